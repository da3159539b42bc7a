/** The pages that ask for a passkey in the middle of something: a first one, and one that proves that somebody is there. */
import { page } from '../ui/page.tsx'
import { ADD_PASSKEY, CONFIRM } from '../words/account.ts'
import { PASSKEY } from '../words/passkey.ts'
import type { AccountFrame } from './account-frame.tsx'
import { NoPasskeys, type Obstacle, PasskeyForm } from './passkey-form.tsx'

interface Asking extends AccountFrame {
  next: string
  obstacle: Obstacle
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function addPasskeyPage({ reader, next, obstacle, freshUntil }: Asking): string {
  return page({
    areas: ['account'],
    reader: reader ?? null,
    islands: ['passkey'],
    title: ADD_PASSKEY.title,
    class: 'alone',
    children: (
      <div class="narrow">
        <h1>{ADD_PASSKEY.title}</h1>
        <p class="prose">{ADD_PASSKEY.text}</p>
        <PasskeyForm obstacle={obstacle} freshUntil={freshUntil} next={next} />
        <p class="words" role="status" data-passkey-words />
        <p>
          <a href={next}>{ADD_PASSKEY.later}</a>
        </p>
      </div>
    ),
  })
}

interface Confirming extends Asking {
  hasPasskey: boolean
  /** Cloudflare Access vouches for this session. */
  byAccess: boolean
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function confirmPage({ reader, next, obstacle, hasPasskey, byAccess }: Confirming): string {
  return page({
    areas: ['account'],
    reader: reader ?? null,
    islands: ['passkey'],
    title: CONFIRM.title,
    class: 'alone',
    children: (
      <div class="narrow">
        <h1>{CONFIRM.title}</h1>
        <p class="prose">{CONFIRM.text}</p>
        {hasPasskey &&
          (obstacle === null ? (
            <>
              <noscript>
                <p class="prose">{PASSKEY.noScript}</p>
              </noscript>
              <button class="button first" type="button" data-passkey="confirm" data-next={next} hidden>
                {CONFIRM.button}
              </button>
            </>
          ) : (
            <NoPasskeys obstacle={obstacle} />
          ))}
        <p class="words" role="status" data-passkey-words />
        <p class="prose soft">{byAccess ? CONFIRM.access : hasPasskey ? CONFIRM.otherwise : CONFIRM.none}</p>
        <p>
          <a href={next}>{CONFIRM.back}</a>
        </p>
      </div>
    ),
  })
}

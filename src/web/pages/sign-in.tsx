/** The page that signs somebody in. */
import { Coded } from '../ui/coded.tsx'
import { Notice } from '../ui/notice.tsx'
import { page } from '../ui/page.tsx'
import { PASSKEY } from '../words/passkey.ts'
import { SIGN_IN } from '../words/sign-in.ts'
import { NoPasskeys, type Obstacle } from './passkey-form.tsx'

export interface SignInView {
  /** Path that it leads to. */
  next: string
  /** Somebody has just signed out. */
  hasSignedOut: boolean
  obstacle: Obstacle
  /** The same page by the name of this machine, where it was asked for by its address. */
  byName: string | null
  /** Cloudflare Access is set up. */
  access: boolean
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function signInPage({ next, hasSignedOut, obstacle, byName, access }: SignInView): string {
  return page({
    areas: ['account'],
    title: SIGN_IN.title,
    class: 'alone',
    at: '/sign-in',
    islands: ['passkey'],
    ownOrigin: true,
    children: (
      <div class="narrow">
        {hasSignedOut && <Notice icon="ok" title={SIGN_IN.signedOut} />}
        <h1>{SIGN_IN.title}</h1>
        <p class="prose">{SIGN_IN.how}</p>
        <div class="acts">
          {obstacle === null ? (
            <button class="button first" type="button" data-passkey="sign-in" data-next={next} hidden>
              {SIGN_IN.passkey}
            </button>
          ) : (
            <NoPasskeys obstacle={obstacle} byName={byName} />
          )}
          {access && (
            <a class="button" href={`/sign-in/access?next=${encodeURIComponent(next)}`}>
              {SIGN_IN.access}
            </a>
          )}
        </div>
        {obstacle === null && (
          <noscript>
            <p class="prose">{PASSKEY.noScript}</p>
          </noscript>
        )}
        <p class="words" role="status" data-passkey-words />
        <div>
          <h2>{SIGN_IN.otherwise}</h2>
          <p class="prose soft">
            <Coded text={SIGN_IN.link} />
          </p>
          <p class="prose soft">
            <Coded text={SIGN_IN.local} />
          </p>
        </div>
      </div>
    ),
  })
}

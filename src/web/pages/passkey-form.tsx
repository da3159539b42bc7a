/** The form that adds a passkey, or why there can be none here. */
import { Entry } from '../ui/entry.tsx'
import { ADD_PASSKEY, SIGN_INS } from '../words/account.ts'
import { PASSKEY } from '../words/passkey.ts'

/** Why a browser would have no passkeys for an address; `null`: it would. */
export type Obstacle = 'address' | 'plain' | null

interface Props {
  obstacle: Obstacle
  /** Milliseconds since 1970. */
  freshUntil: number
  /** Where it leads. */
  next: string
}

export function PasskeyForm({ obstacle, freshUntil, next }: Props) {
  if (obstacle !== null) return <NoPasskeys obstacle={obstacle} />
  return (
    <>
      <noscript>
        <p class="prose">{PASSKEY.noScript}</p>
      </noscript>
      <form class="entries" data-passkey="add" data-next={next} data-fresh-until={freshUntil} hidden>
        <Entry
          id="passkey-name"
          label={SIGN_INS.name}
          hint={SIGN_INS.nameHint}
          control={(described) => (
            <input id="passkey-name" name="name" maxlength={60} autocomplete="off" aria-describedby={described} />
          )}
        />
        <div>
          <button class="button first" type="submit">
            {ADD_PASSKEY.button}
          </button>
        </div>
      </form>
    </>
  )
}

/** @param byName the same page by a name, where it has one */
export function NoPasskeys({ obstacle, byName = null }: { obstacle: Exclude<Obstacle, null>; byName?: string | null }) {
  return (
    <p class="prose">
      {obstacle === 'plain' ? PASSKEY.plain : PASSKEY.byAddress}{' '}
      {obstacle === 'address' &&
        (byName === null ? PASSKEY.byNameOther : <a href={byName}>{`${PASSKEY.byName}: ${new URL(byName).host}`}</a>)}
    </p>
  )
}

/** The page before a shared capture: it asks for the password, or whether the link is to be opened. It tells nothing of the capture. */
import { Notice } from '../ui/notice.tsx'
import { counted } from '../ui/numbers.ts'
import { page } from '../ui/page.tsx'

export interface GateView {
  /** Path of the link. */
  path: string
  asksPassword: boolean
  /** How often the link may still be opened; `null`: not to be told before the password. */
  viewsLeft: number | null
  refused?: 'wrong-password' | 'too-many-tries'
}

/** Goes with status 200; with that of what was refused, where something was. */
export function shareGatePage({ path, asksPassword, viewsLeft, refused }: GateView): string {
  return page({
    title: 'A shared capture',
    class: 'alone',
    ownOrigin: true,
    children: (
      <>
        <h1>A packet capture was shared with you</h1>
        {refused === 'wrong-password' && (
          <div class="above" role="alert">
            <Notice icon="failed" tone="failed" title="That is not the password of this link">
              <p class="prose">Capitals count. Whoever sent you the link knows the password.</p>
            </Notice>
          </div>
        )}
        {refused === 'too-many-tries' ? (
          <div class="above" role="alert">
            <Notice icon="failed" tone="failed" title="Too many passwords were tried with this link">
              <p class="prose">Open the link again in five minutes. Whoever has opened it is not kept out.</p>
            </Notice>
          </div>
        ) : (
          <form class="gate" method="post" action={path}>
            {asksPassword ? (
              <>
                <label for="password">Password of this link</label>
                <input id="password" name="password" type="password" required autocomplete="off" maxlength={256} />
              </>
            ) : (
              <p class="prose">
                {viewsLeft === null || viewsLeft === 1
                  ? 'The link can be opened once more, and that is counted when you press the button.'
                  : `The link can be opened ${counted(viewsLeft, 'more time')}; it is counted when you press the button.`}
              </p>
            )}
            <div>
              <button class="button first" type="submit">
                Open the capture
              </button>
            </div>
          </form>
        )}
        <p class="prose soft">Once it is open, it can be looked at again and downloaded for an hour in this browser.</p>
      </>
    ),
  })
}

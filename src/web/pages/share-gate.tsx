/** The page before a shared capture: it asks for the password, or whether the link is to be opened. It tells nothing of the capture. */
import { Notice } from '../ui/notice.tsx'
import { counted } from '../ui/numbers.ts'
import { page } from '../ui/page.tsx'
import { GATE } from '../words/share.ts'

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
    title: GATE.title,
    class: 'alone',
    ownOrigin: true,
    children: (
      <>
        <h1>{GATE.heading}</h1>
        {refused === 'wrong-password' && (
          <div class="above" role="alert">
            <Notice icon="failed" tone="failed" title={GATE.wrong}>
              <p class="prose">{GATE.wrongText}</p>
            </Notice>
          </div>
        )}
        {refused === 'too-many-tries' ? (
          <div class="above" role="alert">
            <Notice icon="failed" tone="failed" title={GATE.tooMany}>
              <p class="prose">{GATE.tooManyText}</p>
            </Notice>
          </div>
        ) : (
          <form class="gate" method="post" action={path}>
            {asksPassword ? (
              <>
                <label for="password">{GATE.password}</label>
                <input id="password" name="password" type="password" required autocomplete="off" maxlength={256} />
              </>
            ) : (
              <p class="prose">
                {viewsLeft === null || viewsLeft === 1 ? GATE.once : GATE.times(counted(viewsLeft, GATE.moreTime))}
              </p>
            )}
            <div>
              <button class="button first" type="submit">
                {GATE.open}
              </button>
            </div>
          </form>
        )}
        <p class="prose soft">{GATE.anHour}</p>
      </>
    ),
  })
}

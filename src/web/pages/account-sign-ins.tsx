/** By what somebody signs in, and where they are signed in. */
import type { Passkey } from '../../store/passkeys.ts'
import type { Session } from '../../store/sessions.ts'
import { AskFirst } from '../ui/ask-first.tsx'
import { Entry } from '../ui/entry.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import { Item, Items } from '../ui/items.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { ACCOUNT, SIGN_INS } from '../words/account.ts'
import { type AccountFrame, framed } from './account-frame.tsx'
import { browserOf } from './browser.ts'
import { type Obstacle, PasskeyForm } from './passkey-form.tsx'

export interface SignInsView extends AccountFrame {
  passkeys: readonly Passkey[]
  sessions: readonly Session[]
  /** Id of the session that asks. */
  current: string
  obstacle: Obstacle
  /** Cloudflare Access signs them in, too. */
  hasAccess: boolean
  now: number
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function signInsPage(view: SignInsView): string {
  const { passkeys, sessions, current, hasAccess, freshUntil, obstacle } = view
  return framed({
    ...view,
    at: '/account/sign-in',
    title: ACCOUNT.tabs.signIn,
    children: (
      <div class="pair">
        <Panel id="passkeys" title={SIGN_INS.passkeys} count={passkeys.length}>
          <div class="inner">
            <p class="prose soft">{SIGN_INS.passkeysText}</p>
            {passkeys.length === 0 && (
              <p class="prose">{hasAccess ? SIGN_INS.noPasskeysAccess : SIGN_INS.noPasskeys}</p>
            )}
          </div>
          {passkeys.length > 0 && (
            <Items label="passkeys">
              {passkeys.map((passkey) => (
                <Known passkey={passkey} isLast={passkeys.length === 1} hasAccess={hasAccess} freshUntil={freshUntil} />
              ))}
            </Items>
          )}
          <div class="inner apart">
            <PasskeyForm obstacle={obstacle} freshUntil={freshUntil} next="/account/sign-in?done=passkey-added" />
          </div>
        </Panel>
        <Panel
          id="sessions"
          title={SIGN_INS.sessions}
          count={sessions.length}
          aside={
            sessions.length > 1 ? (
              <form method="post" action="/account/sessions/end-others">
                <button class="button small" type="submit">
                  {SIGN_INS.endOthers}
                </button>
              </form>
            ) : null
          }
        >
          <div class="inner">
            <p class="prose soft">{SIGN_INS.sessionsText}</p>
          </div>
          <Items label="sessions">
            {sessions.map((session) => (
              <SignedIn session={session} isCurrent={session.id === current} />
            ))}
          </Items>
        </Panel>
      </div>
    ),
  })
}

interface KnownProps {
  passkey: Passkey
  isLast: boolean
  hasAccess: boolean
  freshUntil: number
}

function Known({ passkey: { id, name, backedUp, createdAt, lastUsedAt }, isLast, hasAccess, freshUntil }: KnownProps) {
  const facts = [
    backedUp ? SIGN_INS.synced : SIGN_INS.bound,
    <>
      {ACCOUNT.made} <When at={createdAt} />
    </>,
    lastUsedAt === null ? (
      ACCOUNT.notUsed
    ) : (
      <>
        {ACCOUNT.inUse} <When at={lastUsedAt} />
      </>
    ),
  ]
  const field = `name-${id}`
  const last = hasAccess ? SIGN_INS.removeLastAccess : SIGN_INS.removeLast
  return (
    <Item title={<Foreign text={name} />} facts={facts}>
      <AskFirst text={SIGN_INS.rename} name={visible(name)}>
        <form class="entries" method="post" action="/account/passkeys/rename">
          <input type="hidden" name="id" value={id} />
          <Entry
            id={field}
            label={SIGN_INS.nameOf(visible(name))}
            control={() => <input id={field} name="name" required maxlength={60} value={name} autocomplete="off" />}
          />
          <div>
            <button class="button" type="submit">
              {SIGN_INS.keepName}
            </button>
          </div>
        </form>
      </AskFirst>
      <AskFirst text={SIGN_INS.remove} name={visible(name)}>
        <p class="prose">{isLast ? last : SIGN_INS.removeText}</p>
        <form method="post" action="/account/passkeys/remove" data-fresh-until={freshUntil}>
          <input type="hidden" name="id" value={id} />
          {isLast && <input type="hidden" name="last" value="yes" />}
          <button class="button danger" type="submit">
            {SIGN_INS.removeNamed(visible(name))}
          </button>
        </form>
      </AskFirst>
    </Item>
  )
}

function SignedIn({
  session: { id, userAgent, method, createdAt, seenAt, address },
  isCurrent,
}: {
  session: Session
  isCurrent: boolean
}) {
  const browser = browserOf(userAgent)
  const facts = [
    SIGN_INS.method[method],
    <>
      {SIGN_INS.since} <When at={createdAt} />
    </>,
    <>
      {SIGN_INS.seen} <When at={seenAt} />
    </>,
    address !== '' && (
      <>
        {SIGN_INS.from} <Foreign text={address} />
      </>
    ),
  ]
  const title = (
    <>
      {browser} {isCurrent && <span class="tag">{SIGN_INS.current}</span>}
    </>
  )
  return (
    <Item title={title} facts={facts}>
      {!isCurrent && (
        <form method="post" action="/account/sessions/end">
          <input type="hidden" name="id" value={id} />
          <button class="button small" type="submit" aria-label={SIGN_INS.endOf(browser)}>
            {SIGN_INS.end}
          </button>
        </form>
      )}
    </Item>
  )
}

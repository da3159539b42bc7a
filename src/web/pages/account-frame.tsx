/** What the pages of somebody's own account have in common: whose it is, the way between them, what was just done. */
import type { Child } from 'hono/jsx'
import type { Account } from '../../store/accounts.ts'
import { Foreign } from '../ui/foreign.tsx'
import { Notice } from '../ui/notice.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { When, Zone } from '../ui/quantity.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { ACCOUNT, DONE } from '../words/account.ts'

export interface AccountFrame {
  reader: Reader | undefined
  account: Account
  /** What was just done, a key of the words. */
  done: string | undefined
  /** Until when the person need not prove to be there again. Milliseconds since 1970. */
  freshUntil: number
}

const TABS = [
  ['/account', ACCOUNT.tabs.overview],
  ['/account/tokens', ACCOUNT.tabs.tokens],
  ['/account/sign-in', ACCOUNT.tabs.signIn],
  ['/account/activity', ACCOUNT.tabs.activity],
] as const

interface Props extends AccountFrame {
  /** Its address. */
  at: string
  title: string
  children: Child
}

export function framed({ reader, account, done, at, title, children }: Props): string {
  const said = done === undefined || !Object.hasOwn(DONE, done) ? undefined : DONE[done]
  return page({
    areas: ['account'],
    reader: reader ?? null,
    at: '/account',
    islands: ['passkey'],
    title,
    children: (
      <div class="stack">
        <div>
          <h1>
            <Foreign text={account.name} />
          </h1>
          <p class="about">
            <span>{account.role === 'admin' ? ACCOUNT.admin : ACCOUNT.member}</span>
            {account.email && (
              <span>
                <Foreign text={account.email} />
              </span>
            )}
            <span>
              {ACCOUNT.since} <When at={account.createdAt} /> <Zone />
            </span>
          </p>
        </div>
        <Tabs label={ACCOUNT.pages} tabs={TABS} at={at} />
        {said && (
          <div role="status">
            <Notice icon="ok" title={said} />
          </div>
        )}
        <p class="words" role="status" data-passkey-words />
        {children}
      </div>
    ),
  })
}

/** What all pages of admins have around them. */
import type { Child } from 'hono/jsx'
import { Notice } from '../ui/notice.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { ADMIN } from '../words/admin.ts'

const TABS = [
  ['/admin', ADMIN.overview],
  ['/admin/accounts', ADMIN.accounts],
  ['/admin/invites', ADMIN.invites],
  ['/admin/audit', ADMIN.audit],
  ['/admin/parses', ADMIN.parses],
  ['/admin/quarantine', ADMIN.quarantine],
  ['/admin/settings', ADMIN.settings],
] as const

export type Tab = (typeof TABS)[number][0]

interface Frame {
  reader: Reader
  at: Tab
  title: string
  /** The heading, where it is more than the title. */
  heading?: Child
  /** What was just done, or not. */
  said?: { tone?: 'failed'; text: string } | null
  children: Child
}

/** A whole document, as text. */
export function adminPage({ reader, at, title, heading, said = null, children }: Frame): string {
  return page({
    areas: ['admin'],
    reader,
    at: '/admin',
    title: `${title} · ${ADMIN.title}`,
    class: 'stack',
    children: (
      <>
        <Tabs label={ADMIN.tabs} tabs={TABS} at={at} />
        <h1>{heading ?? title}</h1>
        {said && (
          <div role={said.tone ? 'alert' : 'status'}>
            <Notice icon={said.tone ?? 'ok'} {...(said.tone ? { tone: said.tone } : {})} title={said.text} />
          </div>
        )}
        {children}
      </>
    ),
  })
}

export const PAGER = { first: ADMIN.first, next: ADMIN.next, label: ADMIN.next } as const

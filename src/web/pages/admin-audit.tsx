/** The audit log as admins see it. */
import type { Action, Entry } from '../../store/audit.ts'
import { Empty } from '../ui/empty.tsx'
import { ChoiceField, TextField } from '../ui/field.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { type Head, Pager, type Pages, Table } from '../ui/table.tsx'
import { ADMIN, AUDIT } from '../words/admin.ts'
import { ACTIONS } from '../words/audit.ts'
import { adminPage, PAGER } from './admin-frame.tsx'
import { setWords } from './set-words.ts'

/** A line, with what its account is called; `null`: the server's own, or gone. */
export type Line = Entry & { account: string | null }

/** What the log is asked for, as it was typed. Days are `2026-11-29`. */
export interface Filter {
  account: string
  action: string
  from: string
  to: string
}

export const isAction = (text: string): text is Action => Object.hasOwn(ACTIONS, text)

/** What an action is called; one that is not known by its own word. */
const actionOf = (action: string) => (isAction(action) ? ACTIONS[action] : action)

const HEADS: Head<Line>[] = [
  { title: AUDIT.at, cell: ({ at }) => <When at={at} /> },
  { title: AUDIT.action, cell: ({ action }) => actionOf(action) },
  { title: AUDIT.actor, kind: 'free', cell: ({ actor }) => (actor === '' ? ADMIN.server : <Foreign text={actor} />) },
  {
    title: AUDIT.account,
    kind: 'free',
    cell: ({ account, accountId }) =>
      account === null ? (
        accountId === 0 ? (
          ADMIN.server
        ) : (
          accountId
        )
      ) : (
        <a href={`/admin/accounts/${accountId}`}>
          <Foreign text={account} />
        </a>
      ),
  },
  {
    title: AUDIT.subject,
    kind: 'free',
    cell: ({ action, subject }) => <Foreign text={action === 'settings-changed' ? setWords(subject) : subject} />,
  },
  { title: AUDIT.address, cell: ({ address }) => <Foreign text={address} /> },
]

export function AuditTable({ label, lines }: { label: string; lines: readonly Line[] }) {
  return <Table label={label} rows={lines} heads={HEADS} />
}

interface View {
  reader: Reader
  lines: readonly Line[]
  filter: Filter
  /** The account that was typed is none. */
  isUnknown: boolean
  pages: Pages
  /** Address of the same as CSV, and how many lines of it there are at most. */
  csv: { address: string; most: number }
}

/** Goes with status 200. */
export function adminAuditPage({ reader, lines, filter, isUnknown, pages, csv }: View): string {
  return adminPage({
    reader,
    at: '/admin/audit',
    title: AUDIT.title,
    children: (
      <>
        <p class="prose soft">{AUDIT.about}</p>
        <form class="filters" method="get" action="/admin/audit">
          <TextField
            name="account"
            label={AUDIT.account}
            value={filter.account}
            wrong={isUnknown ? AUDIT.noAccount(filter.account) : undefined}
          />
          <ChoiceField
            name="action"
            label={AUDIT.action}
            value={filter.action}
            choices={[['', AUDIT.all], ...Object.entries(ACTIONS)]}
          />
          <TextField name="from" type="date" label={AUDIT.from} value={filter.from} />
          <TextField name="to" type="date" label={AUDIT.to} value={filter.to} />
          <button class="button" type="submit">
            {AUDIT.filter}
          </button>
        </form>
        <Panel id="lines" title={AUDIT.title} long aside={<span data-zones />}>
          {lines.length === 0 ? (
            <Empty title={AUDIT.none} text={AUDIT.noneText} />
          ) : (
            <AuditTable label="lines" lines={lines} />
          )}
        </Panel>
        <Pager words={PAGER} {...pages} />
        <p class="prose soft">
          <a class="button" href={csv.address} download>
            {AUDIT.export}
          </a>{' '}
          {AUDIT.exportText(grouped(csv.most))}
        </p>
      </>
    ),
  })
}

/** The first line of the log as a table. */
export const TABLE_HEAD: readonly string[] = AUDIT.csv

/** A line of it. */
export const cellsOf = ({ at, account, accountId, actor, action, subject, address }: Line): string[] => [
  new Date(at).toISOString(),
  account ?? String(accountId),
  actor,
  action,
  subject,
  address,
]

/** The last one where there are more. */
export const cutAfter = (most: number): string[] => [AUDIT.csvCut(grouped(most)), '', '', '', '', '']

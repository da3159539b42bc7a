/** The list of accounts, with what they use of their plans. */
import type { Account, AccountSort } from '../../store/accounts.ts'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import { Meter } from '../ui/meter.tsx'
import { bytes, grouped } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { type Head, Pager, Table } from '../ui/table.tsx'
import { ACCOUNTS, ADMIN } from '../words/admin.ts'
import { adminPage, PAGER } from './admin-frame.tsx'

interface View {
  reader: Reader
  accounts: readonly Account[]
  search: string
  sort: AccountSort
  isFirst: boolean
  /** Id of the account after which the next page begins; `null`: this is the last. */
  next: number | null
}

const addressOf = (sort: AccountSort, search: string, after?: number) => {
  const query = new URLSearchParams({
    ...(search === '' ? {} : { q: search }),
    ...(sort === 'name' ? {} : { sort }),
    ...(after === undefined ? {} : { after: String(after) }),
  })
  return `/admin/accounts${query.size > 0 ? `?${query}` : ''}`
}

/** Goes with status 200. */
export function adminAccountsPage({ reader, accounts, search, sort, isFirst, next }: View): string {
  const sorting = (by: AccountSort) => ({
    sort: addressOf(by, search),
    ...(by === sort ? { sorted: by === 'name' ? ('ascending' as const) : ('descending' as const) } : {}),
  })
  const heads: Head<Account>[] = [
    {
      title: ACCOUNTS.name,
      kind: 'free',
      ...sorting('name'),
      cell: ({ id, name }) => (
        <a href={`/admin/accounts/${id}`}>
          <Foreign text={name} />
        </a>
      ),
    },
    { title: ACCOUNTS.role, cell: ({ role }) => ACCOUNTS.roles[role] },
    { title: ACCOUNTS.files, ...sorting('files'), cell: (account) => <FilesMeter of={account} /> },
    { title: ACCOUNTS.bytes, ...sorting('bytes'), cell: (account) => <BytesMeter of={account} /> },
    { title: ACCOUNTS.created, ...sorting('createdAt'), cell: ({ createdAt }) => <When at={createdAt} /> },
    {
      title: ACCOUNTS.state,
      cell: ({ suspendedAt }) =>
        suspendedAt === null ? ACCOUNTS.active : <strong class="bad">{ACCOUNTS.suspended}</strong>,
    },
  ]
  return adminPage({
    reader,
    at: '/admin/accounts',
    title: ADMIN.accounts,
    children: (
      <>
        <form class="filters" method="get" action="/admin/accounts">
          <TextField name="q" type="search" label={ACCOUNTS.search} value={search} most={100} />
          {sort !== 'name' && <input type="hidden" name="sort" value={sort} />}
          <button class="button" type="submit">
            {ACCOUNTS.find}
          </button>
        </form>
        <Panel id="accounts" title={ACCOUNTS.list} long aside={<span data-zones />}>
          {accounts.length === 0 ? (
            <Empty title={ACCOUNTS.none} text={ACCOUNTS.noneText}>
              <div class="deeds">
                <a class="button" href="/admin/accounts">
                  {ACCOUNTS.showAll}
                </a>
                <a class="button" href="/admin/invites">
                  {ACCOUNTS.makeInvite}
                </a>
              </div>
            </Empty>
          ) : (
            <Table label="accounts" rows={accounts} heads={heads} />
          )}
        </Panel>
        <Pager
          words={PAGER}
          first={isFirst ? null : addressOf(sort, search)}
          next={next === null ? null : addressOf(sort, search, next)}
        />
      </>
    ),
  })
}

export function FilesMeter({ of: { name, files, filesLimit } }: { of: Account }) {
  const label = `${ACCOUNTS.files}: ${visible(name)}`
  return <Meter used={files} limit={filesLimit} label={label} text={ACCOUNTS.of(grouped(files), grouped(filesLimit))} />
}

export function BytesMeter({ of: { name, bytes: used, bytesLimit } }: { of: Account }) {
  const label = `${ACCOUNTS.bytes}: ${visible(name)}`
  const text = ACCOUNTS.of(bytes(used).text, bytes(bytesLimit).text)
  return <Meter used={used} limit={bytesLimit} label={label} text={text} />
}

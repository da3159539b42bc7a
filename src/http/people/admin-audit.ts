/** The audit log, in pages and as CSV. docs/adr/0023. */
import { Hono } from 'hono'
import type { After } from '../../store/audit.ts'
import {
  adminAuditPage,
  cellsOf,
  cutAfter,
  type Filter,
  isAction,
  type Line,
  TABLE_HEAD,
} from '../../web/pages/admin-audit.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import { csvLine } from '../csv.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { INERT } from '../inert.ts'
import { readingPerson } from '../session.ts'
import { begun, encoded } from '../streamed.ts'

/** Lines of a page, and those read at once for a CSV. */
const SHOWN = 50
const AT_ONCE = 500
/** Lines of a CSV: D1 answers 1,000 times to an invocation, and each 500 lines ask twice. */
const MOST_LINES = 50_000
const DAY = 86_400_000

export const auditRoutes = new Hono<Gateway>({ strict: false })
  .get('/admin/audit', async (c) => {
    const { filter, read, isUnknown } = await logFor(c)
    const after = afterIn(c.req.query('after'))
    const found = await read(after, SHOWN + 1)
    const lines = found.slice(0, SHOWN)
    const last = lines.at(-1)
    const query = queryOf(filter)
    const addressOf = (path: string, more = '') => {
      const whole = [query, more].filter((part) => part !== '').join('&')
      return whole === '' ? path : `${path}?${whole}`
    }
    const pages = {
      first: after === null ? null : addressOf('/admin/audit'),
      next: found.length > SHOWN && last ? addressOf('/admin/audit', `after=${last.at}.${last.id}`) : null,
    }
    const csv = { address: addressOf('/admin/audit.csv'), most: MOST_LINES }
    const view = { reader: readingPerson(c), lines, filter, isUnknown, pages, csv }
    return c.body(adminAuditPage(view), 200, PAGE_HEADERS)
  })
  .get('/admin/audit.csv', async (c) => {
    const { read } = await logFor(c)
    return c.body(await begun(encoded(csvOf(read))), 200, {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': 'attachment; filename=audit.csv',
      'Cache-Control': 'private, no-store',
      ...INERT,
    })
  })

/** The log as the query asks for it, in pages, and that query. */
async function logFor(c: GatewayContext) {
  const { accounts, audit } = c.var.store
  const said = (name: keyof Filter) => c.req.query(name)?.trim().slice(0, 100) ?? ''
  const filter = { account: said('account'), action: said('action'), from: said('from'), to: said('to') }
  const account = filter.account === '' ? null : await accounts.named(filter.account)
  const isUnknown = filter.account !== '' && account === null
  const [from, to] = [dayIn(filter.from), dayIn(filter.to)]
  const between = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to: to + DAY }) }
  const action = isAction(filter.action) ? filter.action : null
  const read = async (after: After | null, limit: number): Promise<Line[]> => {
    if (isUnknown) return []
    const entries = await audit.list(account?.id ?? null, action, after, limit, between)
    const names = await accounts.names(entries.map(({ accountId }) => accountId))
    return entries.map((entry) => ({ ...entry, account: names.get(entry.accountId) ?? null }))
  }
  return { filter: { ...filter, action: action ?? '' }, read, isUnknown }
}

const queryOf = (filter: Filter) =>
  String(new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')))

/** Start of a day in UTC; `null` for what is none. Milliseconds since 1970. */
function dayIn(text: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) ? null : time
}

function afterIn(text = ''): After | null {
  const [, at, id] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  return at === undefined ? null : { at: Number(at), id: Number(id) }
}

/** Holds one page at a time. */
async function* csvOf(read: (after: After | null, limit: number) => Promise<Line[]>): AsyncGenerator<string> {
  yield csvLine(TABLE_HEAD)
  let after: After | null = null
  for (let written = 0; written < MOST_LINES; written += AT_ONCE) {
    const lines: Line[] = await read(after, AT_ONCE)
    if (lines.length > 0) yield lines.map((line) => csvLine(cellsOf(line))).join('')
    after = lines.at(-1) ?? null
    if (lines.length < AT_ONCE) return
  }
  if ((await read(after, 1)).length > 0) yield csvLine(cutAfter(MOST_LINES))
}

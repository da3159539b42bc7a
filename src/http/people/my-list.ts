/** Which captures a page of `/my` shows, and in which order. */
import { GatewayError } from '../../errors.ts'
import type { Capture } from '../../store/captures.ts'
import type { Store } from '../../store/open.ts'
import { search } from '../../store/search.ts'
import { parseQuery } from '../../store/search-query.ts'
import type { Listed, Order, SortKey } from '../../web/pages/my-order.ts'

/** Captures on a page. */
export const PAGE = 50
/** As many of the newest that are found are put into another order than by age: D1 has no index for those. */
const MOST_SORTED = 500

/** @param given the page's own query */
export function orderIn(given: (name: string) => string | undefined): Order {
  const [, sign = '', key = ''] = /^(-?)(name|status|packets|size|time|age)$/.exec(given('sort') ?? '') ?? []
  const page = Number(/^[1-9]\d?$/.exec(given('page') ?? '')?.[0] ?? 1)
  const isNatural = key === '' || (key === 'age' && sign === '-')
  return {
    query: (given('q') ?? '').trim(),
    sort: isNatural ? null : { key: key as SortKey, down: sign === '-' },
    cursor: isNatural ? (given('cursor') ?? null) : null,
    page: isNatural ? 1 : page,
  }
}

/**
 * Captures of an account as they are asked for. Reads two rows for each that is shown, a thousand at most where they are sorted, and the index
 * as {@link search} does.
 * @throws GatewayError `bad-query`, `too-broad`, `unavailable`
 */
export async function listed(store: Store, accountId: number, order: Order): Promise<Listed & { stale: string[] }> {
  const { query, sort, cursor, page } = order
  const clauses = parseQuery(openEnded(query))
  const limit = sort === null ? PAGE : MOST_SORTED
  const found = await search(store, accountId, clauses, { limit, after: cursor, extents: query !== '' })
  const { stale, partial } = found
  if (sort === null) {
    const { captures, next } = found
    const protocols = await protocolsOf(store, accountId, captures)
    return {
      captures,
      protocols,
      next: next === null ? null : { cursor: next },
      previous: null,
      partial,
      sorted: null,
      stale,
    }
  }
  const all = sortedBy(found.captures, sort)
  const captures = all.slice((page - 1) * PAGE, page * PAGE)
  return {
    captures,
    protocols: await protocolsOf(store, accountId, captures),
    next: all.length > page * PAGE ? { page: page + 1 } : null,
    previous: page > 1 ? page - 1 : null,
    partial,
    sorted: found.next === null ? null : all.length,
    stale,
  }
}

/** Somebody who types has not ended the last word: it is how one begins. */
const openEnded = (query: string): string => (/(^|\s)-?[\p{L}\p{M}\p{N}]+$/u.test(query) ? `${query}*` : query)

/** What the page can do without: where the index does not answer, none are shown. */
async function protocolsOf(store: Store, accountId: number, captures: Capture[]): Promise<Map<string, string[]>> {
  const ids = captures.map(({ id }) => id)
  if (ids.length === 0) return new Map()
  return store.search.protocols(accountId, ids).catch((error: unknown) => {
    if (error instanceof GatewayError) return new Map<string, string[]>()
    throw error
  })
}

const WAITING: Capture['state'][] = ['uploading', 'stored', 'parsing', 'error', 'ok']

/** What is compared; `null` stands last, whichever way. */
const KEYS: Record<SortKey, (row: Capture) => string | number | null> = {
  name: (row) => row.filename,
  status: (row) => WAITING.indexOf(row.state),
  packets: (row) => row.facts?.packets ?? null,
  size: (row) => (row.state === 'uploading' ? null : row.size),
  time: (row) => (row.facts?.firstTime == null ? null : Number(row.facts.firstTime)),
  age: (row) => row.createdAt,
}

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function sortedBy(captures: Capture[], { key, down }: NonNullable<Order['sort']>): Capture[] {
  const keyed = captures.map((row) => ({ row, key: KEYS[key](row) }))
  const way = down ? -1 : 1
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    if (typeof a.key === 'string') return way * names.compare(a.key, String(b.key))
    return way * (a.key - Number(b.key))
  })
  return keyed.map(({ row }) => row)
}

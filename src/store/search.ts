/** Captures found: the index names them, their rows have the last word. */
import { GatewayError } from '../errors.ts'
import type { Capture } from './captures.ts'
import type { Store } from './open.ts'
import { type Extent, MOST_TERMS } from './search-index.ts'
import { END, type Plan, planOf } from './search-plan.ts'
import type { Clause } from './search-query.ts'
import { idAt, placeOf, timeAt } from './search-terms.ts'

/** Steps in the index that one request takes, and rows that it looks at, before it leaves the rest to the next one. */
const MOST_STEPS = 2000
const MOST_ROWS = 500

/** Captures of one account, newest first. */
export interface Found {
  captures: Capture[]
  /** From where to go on; `null` where there is nothing more. There may be something more though `captures` are few, or none. */
  next: string | null
  /** Ids of what the index has and the account has not: to be taken out of it. */
  stale: string[]
  /** How far each is indexed, by its id; nothing where that was not asked for, or it is not indexed. */
  extents: Map<string, Extent>
  /** Some capture of the account, found or not, is indexed in part; false where that was not asked for. */
  partial: boolean
}

/**
 * The captures of an account of which all clauses hold. Without clauses: all. Reads, of the index, one row a step and term, and one row
 * for each capture that it names.
 * @param page.after where the page before ended, as its `next` says
 * @param page.extents whether it is to be said how far captures are indexed
 * @throws GatewayError `bad-query`, `too-broad`, `unavailable`
 */
export async function search(
  store: Store,
  accountId: number,
  clauses: Clause[],
  page: { limit: number; after: string | null; extents?: boolean },
): Promise<Found> {
  if (page.after !== null && !/^[0-9a-f]{43}g?$/.test(page.after))
    throw new GatewayError('bad-query', 'The cursor is none that a search has given.')
  const plan = planOf(clauses)
  const next = await sourceOf(store, accountId, plan)
  const found: Found = { captures: [], next: null, stale: [], extents: new Map(), partial: false }
  const { captures } = found
  let before = page.after !== null && page.after < plan.before ? page.after : plan.before
  let { steps, rows } = { steps: MOST_STEPS, rows: MOST_ROWS }
  for (let round = 0; ; round++) {
    // Where rows turn out to be others, more are looked at with each round.
    const wanted = Math.min(Math.max(page.limit - captures.length, round * 50), rows)
    const came = await next(before, wanted, steps, page.extents ?? false)
    found.stale.push(...came.stale)
    found.partial ||= came.extents?.partial ?? false
    for (const [id, extent] of came.extents?.of ?? []) found.extents.set(id, extent)
    for (const capture of came.rows) {
      if (!plan.holds(capture)) continue
      captures.push(capture)
      if (captures.length === page.limit && (capture !== came.rows.at(-1) || came.rest !== null))
        return { ...found, next: placeOf(capture.createdAt, capture.id) }
    }
    if (came.rest === null) return found
    before = came.rest
    steps -= came.steps
    rows -= wanted
    if (steps <= 0 || rows <= 0) return { ...found, next: before }
  }
}

interface Came {
  rows: Capture[]
  stale: string[]
  rest: string | null
  steps: number
  extents: { of: Map<string, Extent>; partial: boolean } | null
}

type Next = (before: string, wanted: number, steps: number, extents: boolean) => Promise<Came>

/** Where candidates come from: the index, or, where only the rows can tell, the account's rows. */
async function sourceOf(store: Store, accountId: number, plan: Plan): Promise<Next> {
  const groups = await store.search.expand(accountId, [...plan.wanted, ...plan.unwanted])
  const wanted = groups.slice(0, plan.wanted.length).filter((terms) => terms !== null)
  const unwanted = groups.slice(plan.wanted.length).flatMap((terms) => terms ?? [])
  if (wanted.length === 0)
    return async (before, limit, _, extents) => {
      const behind = before === END ? null : { createdAt: timeAt(before), id: idAt(before) }
      const rows = await store.captures.list(accountId, behind, limit, timeAt(plan.from))
      const last = rows.at(-1)
      const rest = rows.length < limit || last === undefined ? null : placeOf(last.createdAt, last.id)
      const ids = rows.map(({ id }) => id)
      return {
        rows,
        stale: [],
        rest,
        steps: 0,
        extents: extents ? await store.search.extents(accountId, ids) : null,
      }
    }
  // The more terms a step reads, the fewer steps.
  const width = Math.max(...wanted.map((terms) => terms.length))
  const most = (steps: number) => Math.max(2 * wanted.length, Math.ceil((steps * 8) / Math.min(MOST_TERMS, width + 7)))
  return async (before, limit, steps, asked) => {
    const walked = await store.search.walk(accountId, wanted, unwanted, {
      from: plan.from,
      before,
      hits: limit,
      steps: most(steps),
    })
    const ids = walked.hits.map(idAt)
    const [known, extents] = await Promise.all([
      ids.length === 0 ? new Map<string, Capture>() : store.captures.findOwnOf(ids, accountId),
      asked ? store.search.extents(accountId, ids) : null,
    ])
    return {
      rows: ids.flatMap((id) => known.get(id) ?? []),
      stale: ids.filter((id) => !known.has(id)),
      rest: walked.rest,
      steps: walked.hits.length >= limit ? 0 : steps,
      extents,
    }
  }
}

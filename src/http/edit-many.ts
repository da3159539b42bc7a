/** One change made of many captures, each for itself. */
import type { Context } from 'hono'
import { GatewayError } from '../errors.ts'
import { type Capture, type Change, STORED } from '../store/captures.ts'
import { indexDue } from '../store/indexing.ts'
import type { Store } from '../store/open.ts'
import type { Gateway } from './gateway.ts'

/** What became of one. */
export type Outcome = 'done' | 'no-such-capture' | 'was-changed' | 'bad-option'

/**
 * Change those of these that are the caller's. What a change is made from must still be so when it is made. Reads three rows each, writes two.
 * @returns by id; nothing for what the account has not
 */
export async function editMany(
  c: Context<Gateway>,
  ids: string[],
  changeOf: (row: Capture) => Change,
): Promise<Map<string, Outcome>> {
  const { store, principal } = c.var
  const found = await store.captures.findOwnOf(ids, principal.accountId)
  const outcomes = new Map<string, Outcome>()
  const edits = [...found.values()].flatMap((row) => {
    try {
      const { id, revision, generation } = row
      return [{ id, change: changeOf(row), versions: [{ revision, generation, states: STORED }] }]
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      outcomes.set(row.id, 'bad-option') // more tags than one may have
      return []
    }
  })
  const edited = await store.captures.edit(principal.accountId, edits, Date.now())
  c.executionCtx.waitUntil(indexAll(store, edited))
  for (const [at, { id }] of edits.entries()) outcomes.set(id, edited[at] ? 'done' : 'was-changed')
  return outcomes
}

/** One after the other; what is left where this breaks off, the sweep indexes. */
async function indexAll(store: Store, edited: (Capture | null)[]): Promise<void> {
  for (const row of edited) if (row !== null) await indexDue(store, row.id)
}

/** The trash: captures that their owners deleted on a page, which they may have back for a while. docs/adr/0022. */
import { and, eq, inArray, isNotNull, lte, not, or, type Query, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { wordsOf } from '../errors.ts'
import { auditing, type Deed } from './audit.ts'
import { type Capture, notGone, oneOf, STORED } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { indexDue } from './indexing.ts'
import type { Store } from './open.ts'
import { remove } from './removal.ts'
import { captures } from './schema.ts'
import { versionOf } from './search-index.ts'
import { undoGraceIn } from './settings.ts'

/** Whose captures they are, and who does it from where, for the audit log. */
export type Doer = Pick<Deed, 'accountId' | 'actor' | 'address'>

const MINUTE = 60_000

const dialect = new SQLiteAsyncDialect()

/** Verbs on the trash. Each asks in its statements whose the captures are; asked again, it changes nothing more. Ids: at most 100. */
export function trashIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** For each id a line in the audit log, if it is one of the doer's captures of which `where` holds. */
  const lines = (action: Deed['action'], ids: string[], doer: Doer, where: SQL | undefined, now: number) =>
    ids.map((id) => {
      const its = db
        .select({ one: sql`1` })
        .from(captures)
        .where(and(eq(captures.id, id), eq(captures.accountId, doer.accountId), where))
      return auditing({ ...doer, action, subject: id }, now, sql`EXISTS ${its}`)
    })

  /** Statements, together or not at all. */
  const batch = (what: string, queries: (SQL | { toSQL(): Query })[]) => {
    const prepared = queries.map((query) => {
      const built = 'toSQL' in query ? query.toSQL() : dialect.sqlToQuery(query)
      return db.$client.prepare(built.sql).bind(...built.params)
    })
    return soon(what, db.$client.batch(prepared))
  }

  const isStored = inArray(captures.state, STORED)
  const isOrdered = and(eq(captures.state, 'uploading'), or(isNotNull(captures.fetch), isNotNull(captures.make)))
  const isTrashed = eq(captures.state, 'trashed')

  return {
    /**
     * Put captures into the trash; those that are fetched or made still are doomed. One that was not parsed to its end forgets what an
     * earlier parse has found: by that {@link putBack} tells what it was. Writes 2 rows each, 3 with an idempotency key, and 3 for its line.
     * @returns those of the ids that are in the trash now, or doomed
     */
    async put(ids: string[], doer: Doer, now: number): Promise<Capture[]> {
      const theirs = oneOf(ids, doer.accountId)
      const gone = { idempotencyKey: null, leaseUntil: null }
      const trash = db
        .update(captures)
        .set({
          ...gone,
          state: 'trashed',
          facts: sql`CASE WHEN ${captures.state} = 'ok' THEN ${captures.facts} END`,
          failure: sql`CASE WHEN ${captures.state} = 'error' THEN ${captures.failure} END`,
          dueAt: sql`${now} + ${undoGraceIn(settings)}`,
        })
        .where(and(theirs, isStored))
      const doom = db
        .update(captures)
        .set({ ...gone, state: 'doomed', dueAt: now })
        .where(and(theirs, isOrdered))
      await batch('trash', [...lines('capture-deleted', ids, doer, or(isStored, isOrdered), now), trash, doom])
      return soon(
        'look into the trash',
        db
          .select()
          .from(captures)
          .where(and(theirs, not(notGone))),
      )
    },

    /**
     * Take captures out of the trash, each as what it was: one that was not parsed to its end waits for its parse again, with the
     * attempts that it has had: who parsed it before fails at that fence. Writes 2 rows each, and 3 for its line.
     * @returns those of the ids that are there now, in the trash no longer
     */
    async putBack(ids: string[], doer: Doer, now: number): Promise<Capture[]> {
      const theirs = oneOf(ids, doer.accountId)
      const back = db
        .update(captures)
        .set({
          state: sql`CASE WHEN ${captures.failure} IS NOT NULL THEN 'error' WHEN ${captures.facts} IS NOT NULL THEN 'ok' ELSE 'stored' END`,
          revision: sql`${captures.revision} + 1`,
          dueAt: now + Math.min(MINUTE, settings.parseLease),
        })
        .where(and(theirs, isTrashed))
      await batch('return from the trash', [...lines('capture-restored', ids, doer, isTrashed, now), back])
      return soon('look for what is back', db.select().from(captures).where(and(theirs, notGone)))
    },

    /** One capture of this account that is in the trash. Reads one row. */
    async find(id: string, accountId: number): Promise<Capture | null> {
      const own = and(eq(captures.id, id), eq(captures.accountId, accountId), isTrashed)
      return (await soon('look into the trash', db.select().from(captures).where(own)))[0] ?? null
    },

    /** As {@link Store.captures.doom}, for what has lain in the trash for its time. */
    async doomDue(id: string, now: number): Promise<Capture | null> {
      const due = and(eq(captures.id, id), isTrashed, lte(captures.dueAt, now))
      const doomed = db.update(captures).set({ state: 'doomed', dueAt: now }).where(due).returning()
      return (await soon('end of what was in the trash', doomed))[0] ?? null
    },
  }
}

/**
 * Delete captures as their owner does on a page: they are gone for everybody, and may be taken back for a while. What was still fetched or
 * made is deleted at once. A crash leaves at worst words of theirs in the index, whose answers the rows correct, and the sweep the rest.
 * @param ids at most 100
 * @returns ids of those that are in the trash now, and of those that are gone for good
 */
export async function trash(
  store: Store,
  ids: string[],
  doer: Doer,
  now: number,
): Promise<{ trashed: string[]; deleted: string[] }> {
  const gone = await store.trash.put(ids, doer, now)
  for (const capture of gone)
    await (capture.state === 'doomed'
      ? remove(store, capture)
      : store.search.remove(capture, versionOf(capture, true))
    ).catch((error) => console.error(`end of ${capture.id}: ${wordsOf(error)}`))
  const idsOf = (state: Capture['state']) => gone.flatMap((one) => (one.state === state ? one.id : []))
  return { trashed: idsOf('trashed'), deleted: idsOf('doomed') }
}

/**
 * Undo that. What was waiting for its parse gets its job, the rest is indexed again; what of that fails, the sweep does.
 * @param ids at most 100
 * @returns ids of those that are there again
 */
export async function restore(store: Store, ids: string[], doer: Doer, now: number): Promise<string[]> {
  const back = await store.trash.putBack(ids, doer, now)
  for (const capture of back)
    if (capture.state === 'stored') await store.jobs.offer(capture)
    else await indexDue(store, capture.id)
  return back.map(({ id }) => id)
}

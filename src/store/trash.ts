/** The trash: captures that their owners deleted on a page, which they may have back for a while. docs/adr/0022. */
import { and, eq, inArray, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { wordsOf } from '../errors.ts'
import { type Action, auditing, type By, deedOf } from './audit.ts'
import { type Capture, isOrdered, notGone, oneOf, STORED } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { indexDue } from './indexing.ts'
import type { Store } from './open.ts'
import { remove } from './removal.ts'
import { captures } from './schema.ts'
import { versionOf } from './search-index.ts'
import { undoGraceIn } from './settings.ts'
import { together } from './statement.ts'

const MINUTE = 60_000

/** Verbs on the trash. Each asks in its statements whose the captures are; asked again, it changes nothing more. Ids: at most 100. */
export function trashIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** For each id a line in the audit log, if it is one of the account's captures of which `where` holds. */
  const lines = (action: Action, ids: string[], by: By, where: SQL | undefined, now: number) =>
    ids.map((id) => {
      const its = db
        .select({ one: sql`1` })
        .from(captures)
        .where(and(eq(captures.id, id), eq(captures.accountId, by.accountId), where))
      return auditing(deedOf(by, action, id), now, sql`EXISTS ${its}`)
    })

  const isStored = inArray(captures.state, STORED)
  const isTrashed = eq(captures.state, 'trashed')

  return {
    /**
     * Put captures into the trash; those that are fetched or made still are doomed. One that was not parsed to its end forgets what an
     * earlier parse has found: by that {@link putBack} tells what it was. Writes 2 rows each, 3 with an idempotency key, and 3 for its line.
     * @returns those of the ids that are in the trash now, or doomed
     */
    async put(ids: string[], by: By, now: number): Promise<Capture[]> {
      const theirs = oneOf(ids, by.accountId)
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
      const deeds = lines('capture-deleted', ids, by, or(isStored, isOrdered), now)
      await soon('trash', together(db, [...deeds, trash, doom]))
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
    async putBack(ids: string[], by: By, now: number): Promise<Capture[]> {
      const theirs = oneOf(ids, by.accountId)
      const back = db
        .update(captures)
        .set({
          state: sql`CASE WHEN ${captures.failure} IS NOT NULL THEN 'error' WHEN ${captures.facts} IS NOT NULL THEN 'ok' ELSE 'stored' END`,
          revision: sql`${captures.revision} + 1`,
          dueAt: now + Math.min(MINUTE, settings.parseLease),
        })
        .where(and(theirs, isTrashed))
      await soon('return from the trash', together(db, [...lines('capture-restored', ids, by, isTrashed, now), back]))
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
  by: By,
  now: number,
): Promise<{ trashed: string[]; deleted: string[] }> {
  const gone = await store.trash.put(ids, by, now)
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
export async function restore(store: Store, ids: string[], by: By, now: number): Promise<string[]> {
  const back = await store.trash.putBack(ids, by, now)
  for (const capture of back)
    if (capture.state === 'stored') await store.jobs.offer(capture)
    else await indexDue(store, capture.id)
  return back.map(({ id }) => id)
}

/** What an account has in the trash. */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { type Capture, oneOf } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { audit, captures } from './schema.ts'
import { LONGEST_UNDO } from './settings.ts'

/** Verbs on what lies there. */
export function trashedIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /**
     * What an account has in the trash, the latest first. Reads the account's lines in the audit log since the oldest of it can have been
     * deleted, and a row for each that tells of that: no index of captures knows states.
     */
    async list(accountId: number, now: number, limit: number): Promise<Capture[]> {
      const subjects = db
        .selectDistinct({ id: audit.subject })
        .from(audit)
        .where(
          and(
            eq(audit.accountId, accountId),
            gt(audit.at, now - Math.max(settings.trashFor, LONGEST_UNDO)),
            eq(audit.action, 'capture-deleted'),
          ),
        )
      const mine = and(
        inArray(captures.id, subjects),
        sql`+${captures.accountId} = ${accountId}`,
        eq(captures.state, 'trashed'),
      ) // by id, as in oneOf
      const latest = db.select().from(captures).where(mine).orderBy(desc(captures.dueAt), captures.id).limit(limit)
      return soon('list of the trash', latest)
    },

    /** Those of these ids that an account has in the trash. Reads three rows each. @param ids at most 100 */
    async among(ids: string[], accountId: number): Promise<string[]> {
      const mine = and(oneOf(ids, accountId), eq(captures.state, 'trashed'))
      const rows = await soon('look into the trash', db.select({ id: captures.id }).from(captures).where(mine))
      const found = new Set(rows.map(({ id }) => id))
      return ids.filter((id) => found.has(id))
    },
  }
}

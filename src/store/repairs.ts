/** Captures that failed or wait, as an admin sees and moves them: whose, how long, why; never what they are called or hold. */
import { and, asc, desc, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { auditLines, type By } from './audit.ts'
import { ANEW, type Capture, hasBytes, type Place } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { captures } from './schema.ts'

const { id, accountId, state, size, createdAt, failure, attempts, cursor, progress, dueAt, generation } = captures
const SEEN = { id, accountId, state, size, createdAt, failure, attempts, cursor, progress, dueAt, generation }

/** Tags, names, comments and keys are left out. */
export type Trouble = Pick<Capture, keyof typeof SEEN> & {
  /** It was to be fetched or made, and nothing came: there is nothing to parse. */
  isEmpty: boolean
}

const isEmpty = sql<boolean>`NOT ${hasBytes}`.mapWith(Boolean)

/** With its literal, for the partial index. */
const HAS_FAILED = sql`${state} = 'error'`

/** Verbs on what went wrong. */
export function repairsIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** Those of which nothing could be read, the latest first. Reads two rows for each, by their partial index. */
    failed(behind: Place | null, limit: number): Promise<Trouble[]> {
      const older =
        behind === null
          ? undefined
          : or(lt(createdAt, behind.createdAt), and(eq(createdAt, behind.createdAt), lt(id, behind.id)))
      const latest = db
        .select({ ...SEEN, isEmpty })
        .from(captures)
        .where(and(HAS_FAILED, older))
        .orderBy(desc(createdAt), desc(id))
      return soon('captures that failed', latest.limit(limit))
    },

    /** Those that wait for their parse, or are in it, longest due first. Reads only rows that the sweep looks at, by their partial index. */
    waiting(limit: number): Promise<Trouble[]> {
      const waits = and(isNotNull(dueAt), inArray(state, ['stored', 'parsing']))
      const longest = db
        .select({ ...SEEN, isEmpty })
        .from(captures)
        .where(waits)
        .orderBy(asc(dueAt))
      return soon('captures that wait', longest.limit(limit))
    },

    /**
     * Have captures that failed parsed again, each once, whoever else asks. Writes 3 rows each, and 3 of the audit log.
     * @returns those that wait for their parse now
     */
    async retry(ids: string[], by: By, now: number): Promise<Pick<Capture, 'id' | 'generation' | 'cursor'>[]> {
      const asked = sql`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
      const which = and(asked, eq(state, 'error'), hasBytes)
      const each = sql`SELECT ${accountId} AS account_id, ${id} AS subject FROM ${captures} WHERE ${which}`
      const retried = db
        .update(captures)
        .set({ ...ANEW, dueAt: now })
        .where(which)
        .returning({ id, generation, cursor })
      return (await soon('new parses', db.batch([auditLines(db, by, 'capture-retried', now, each), retried])))[1]
    },
  }
}

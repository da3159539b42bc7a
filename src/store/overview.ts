/** What the whole server holds, in figures. */
import { count, isNotNull, sql, sum } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { accounts, captures, quarantine } from './schema.ts'

export interface Overview {
  accounts: number
  suspended: number
  /** Captures in all accounts, those on their way included. */
  captures: number
  /** Bytes stored or reserved, with key logs; without copies. */
  bytes: number
  /** Bytes of seekable copies of what compressed captures hold. */
  copies: number
  /** Captures of which nothing could be read. */
  failed: number
  /** Captures that wait for their parse, or are in it. */
  waiting: number
  /** Objects that no row knows, and their bytes. */
  quarantined: { objects: number; bytes: number }
  /** Bytes of the two databases as D1 counts them; `null`: not told. */
  databases: { main: number | null; search: number | null }
}

type Database = DrizzleD1Database & { $client: D1Database }

const waits = sql`CASE WHEN ${captures.state} IN ('stored', 'parsing') THEN 1 END`

/**
 * Ask for all of it. Reads a row for each account, each capture that failed, waits or has a copy, and each object in quarantine: none
 * for the others.
 */
export async function overviewOf(db: Database, search: D1Database, settings: Settings): Promise<Overview> {
  const asked = db.batch([
    db
      .select({
        accounts: count(),
        suspended: count(accounts.suspendedAt),
        captures: sum(accounts.files).mapWith(Number),
        bytes: sum(accounts.bytes).mapWith(Number),
      })
      .from(accounts),
    db.select({ failed: count() }).from(captures).where(sql`${captures.state} = 'error'`),
    db
      .select({ waiting: count(waits) })
      .from(captures)
      .where(isNotNull(captures.dueAt)),
    db
      .select({ copies: sum(captures.copySize).mapWith(Number) })
      .from(captures)
      .where(isNotNull(captures.copiedAt)),
    db.select({ objects: count(), bytes: sum(quarantine.size).mapWith(Number) }).from(quarantine),
  ])
  const [figures, main, other] = await Promise.all([
    within(settings.bindingDeadline, 'figures of the server', asked),
    bytesOf(db.$client, settings.bindingDeadline),
    bytesOf(search, settings.searchDeadline),
  ])
  const [[held], [failed], [waiting], [copies], [aside]] = figures
  return {
    accounts: held?.accounts ?? 0,
    suspended: held?.suspended ?? 0,
    captures: held?.captures ?? 0,
    bytes: held?.bytes ?? 0,
    copies: copies?.copies ?? 0,
    failed: failed?.failed ?? 0,
    waiting: waiting?.waiting ?? 0,
    quarantined: { objects: aside?.objects ?? 0, bytes: aside?.bytes ?? 0 },
    databases: { main, search: other },
  }
}

/** How large a database is, as D1 says beside each answer. */
async function bytesOf(database: D1Database, deadline: number): Promise<number | null> {
  const asked = within(deadline, 'size of a database', database.prepare('SELECT 1').all())
  return asked.then(({ meta }) => meta.size_after ?? null).catch(() => null)
}

/** Rows of captures whose bytes a job brings, fetched from a URL or made of others: each verb is one step, by the holder of the attempt alone (docs/adr/0009, 0014). */
import { and, asc, eq, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { Capture, Committed } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { FetchJob, MakeJob } from './jobs.ts'
import { accounts, captures, type Failure, uploadParts } from './schema.ts'
import { stillStands } from './tokens.ts'

/** An attempt at a fetch, and what it holds. */
export interface Attempt {
  id: string
  attempt: number
}

const MINUTE = 60_000

/** Verbs on fetches. Each states the rows it writes, indexes counted. */
export function fetchesIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  return {
    /**
     * Take the lease on a fetch, or on what is made, that nobody holds. Writes 1 row.
     * @returns the row with its new attempt, or `null` where somebody holds it or there is nothing to do
     */
    async claim({ captureId, attempt }: FetchJob | MakeJob, now: number): Promise<Capture | null> {
      const free = or(isNull(captures.leaseUntil), lte(captures.leaseUntil, now))
      const claimed = db
        .update(captures)
        .set({ attempts: attempt + 1, leaseUntil: now + settings.uploadLease })
        .where(and(heldBy({ id: captureId, attempt }), isNull(captures.failure), free))
        .returning()
      return (await soon('claim of a fetch', claimed))[0] ?? null
    },

    /** The parts that are in R2, in their order. Reads a row each. */
    parts(id: string): Promise<R2UploadedPart[]> {
      const { number, etag } = uploadParts
      const listed = db.select({ partNumber: number, etag }).from(uploadParts).where(eq(uploadParts.uploadId, id))
      return soon('list of parts', listed.orderBy(asc(number)))
    },

    /** Note that bytes are kept in parts from now on, and of what. Writes 1 row. False where the attempt is over. */
    async began(held: Attempt, uploadId: string, validator: string | null, now: number): Promise<boolean> {
      const noted = db
        .update(captures)
        .set({
          uploadId,
          leaseUntil: now + settings.uploadLease,
          fetch: sql`json_set(${captures.fetch}, '$.validator', ${validator}, '$.partSize', ${settings.partSize})`,
        })
        .where(heldBy(held))
      return (await soon('begin of parts', noted)).meta.changes > 0
    },

    /** Note a part that is in R2, and how far the fetch has come. Writes 2 rows. False where the attempt is over. */
    async keepPart(held: Attempt, part: R2UploadedPart, progress: number | null, now: number): Promise<boolean> {
      const renewed = db
        .update(captures)
        .set({ leaseUntil: now + settings.uploadLease, progress })
        .where(heldBy(held))
      const row = db
        .select({
          uploadId: captures.id,
          number: sql<number>`${part.partNumber}`.as('number'),
          etag: sql<string>`${part.etag}`.as('etag'),
        })
        .from(captures)
        .where(heldBy(held))
      const kept = db
        .insert(uploadParts)
        .select(row)
        .onConflictDoUpdate({ target: [uploadParts.uploadId, uploadParts.number], set: { etag: part.etag } })
      const [answer] = await soon('note of a part', db.batch([renewed, kept]))
      return answer.meta.changes > 0
    },

    /** What was kept cannot be gone on from. Writes 1 row. */
    async forget(held: Attempt): Promise<boolean> {
      const fetch = sql`json_set(${captures.fetch}, '$.validator', NULL)`
      const forgotten = db.update(captures).set({ fetch, progress: null }).where(heldBy(held))
      return (await soon('end of parts', forgotten)).meta.changes > 0
    },

    /** Begin anew under a fresh key; what was kept is gone by then. Writes 1 row and 1 for each part. False where the attempt is over. */
    async restart(held: Attempt, objectKey: string): Promise<boolean> {
      const mine = sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${heldBy(held)})`
      const dropped = db.delete(uploadParts).where(and(eq(uploadParts.uploadId, held.id), mine))
      const begun = db.update(captures).set({ objectKey, uploadId: null, progress: null }).where(heldBy(held))
      const [, answer] = await soon('restart of a fetch', db.batch([dropped, begun]))
      return answer.meta.changes > 0
    },

    /** Say how far it has come, and renew the lease. Writes 1 row. False where the attempt is over. */
    async progressed(held: Attempt, progress: number, now: number): Promise<boolean> {
      const renewed = db
        .update(captures)
        .set({ leaseUntil: now + settings.uploadLease, progress })
        .where(heldBy(held))
      return (await soon('progress', renewed)).meta.changes > 0
    },

    /** Give the lease back, so that another attempt can be made at `dueAt`. Writes 2 rows. False where the attempt is over. */
    async release(held: Attempt, dueAt: number): Promise<boolean> {
      const released = db.update(captures).set({ leaseUntil: null, dueAt }).where(heldBy(held))
      return (await soon('release of a fetch', released)).meta.changes > 0
    },

    /** As {@link release}, where bytes have come and more are wanted: tries count anew. Writes 2 rows. */
    async handOver(held: Attempt, dueAt: number): Promise<boolean> {
      const turns = sql`json_extract(${captures.fetch}, '$.turns') + 1`
      const fetch = sql`json_set(${captures.fetch}, '$.turns', ${turns}, '$.attemptsBefore', ${captures.attempts})`
      const released = db.update(captures).set({ leaseUntil: null, dueAt, fetch }).where(heldBy(held))
      return (await soon('release of a fetch', released)).meta.changes > 0
    },

    /**
     * `uploading` → `stored`, as {@link Store.captures.commit} does it; what was noted of the fetch goes. Writes 2 rows, and 1 for
     * each part.
     * @returns the row, or `null` where the attempt is over or the token that asked no longer stands
     */
    async commit(
      held: Attempt,
      { accountId, tokenHash }: { accountId: number; tokenHash: string },
      done: Pick<Committed, 'size' | 'filename' | 'md5'>,
      now: number,
    ): Promise<Capture | null> {
      const ready = and(heldBy(held), stillStands(tokenHash, now))
      const reserved = sql`(SELECT ${captures.size} FROM ${captures} WHERE ${ready} AND ${captures.size} <> ${done.size})`
      const settle = db
        .update(accounts)
        .set({ bytes: sql`${accounts.bytes} - ${reserved} + ${done.size}` })
        .where(and(eq(accounts.id, accountId), sql`EXISTS ${reserved}`))
      const store = db
        .update(captures)
        .set({
          size: done.size,
          filename: done.filename,
          md5: done.md5,
          state: 'stored',
          attempts: 0,
          progress: null,
          leaseUntil: null,
          uploadId: null,
          dueAt: now + Math.min(MINUTE, settings.parseLease),
          fetch: sql`json_set(${captures.fetch}, '$.sealed', NULL)`,
        })
        .where(ready)
        .returning()
      const over = sql`NOT EXISTS (SELECT 1 FROM ${captures} WHERE ${captures.id} = ${held.id} AND ${captures.state} = 'uploading')`
      const forget = db.delete(uploadParts).where(and(eq(uploadParts.uploadId, held.id), over))
      const [, rows] = await soon('commit', db.batch([settle, store, forget]))
      return rows[0] ?? null
    },

    /**
     * Mark a fetch as failed: from then on it cannot be committed, and what it has brought goes. Writes 2 rows.
     * @returns the row, or `null` where the attempt is over
     */
    async condemn(held: Attempt, failure: Failure, now: number): Promise<Capture | null> {
      const marked = db
        .update(captures)
        .set({ failure, attempts: held.attempt + 1, leaseUntil: null, dueAt: now, progress: null })
        .where(heldBy(held))
        .returning()
      return (await soon('end of a fetch', marked))[0] ?? null
    },

    /** A failed fetch → `error`, without bytes: its quota goes back, but for its place. Its objects are gone by then; it stays due until it is indexed. Writes 2 rows. */
    async end({ id, accountId }: Capture): Promise<void> {
      const failed = and(eq(captures.id, id), eq(captures.state, 'uploading'), isNotNull(captures.failure))
      const size = sql`(SELECT ${captures.size} FROM ${captures} WHERE ${failed})`
      const release = db
        .update(accounts)
        .set({ bytes: sql`${accounts.bytes} - ${size}` })
        .where(and(eq(accounts.id, accountId), sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${failed})`))
      const fetch = sql`json_set(${captures.fetch}, '$.sealed', NULL)`
      const ended = db.update(captures).set({ state: 'error', size: 0, uploadId: null, fetch }).where(failed)
      await soon('end of a fetch', db.batch([release, ended]))
    },

    /** Forget the parts of a fetch that is over. Writes 1 row for each. */
    async dropParts(id: string): Promise<void> {
      await soon('end of parts', db.delete(uploadParts).where(eq(uploadParts.uploadId, id)))
    },
  }
}

/** The row is being fetched or made, and this is the last attempt that was begun. */
function heldBy({ id, attempt }: Attempt) {
  return and(
    eq(captures.id, id),
    eq(captures.state, 'uploading'),
    or(isNotNull(captures.fetch), isNotNull(captures.make)),
    eq(captures.attempts, attempt),
  )
}

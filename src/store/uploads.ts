/** Rows of resumable uploads: who writes to them, and how far they have come (docs/adr/0008). */
import { and, asc, eq, exists, gt, gte, isNull, lt, lte, or, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { isGone } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { captures, uploadParts, uploads } from './schema.ts'
import { together } from './statement.ts'

type Database = DrizzleD1Database & { $client: D1Database }

type UploadRow = typeof uploads.$inferSelect

/** An upload with what its capture's row says. */
export interface ResumableUpload extends UploadRow {
  capture: Pick<
    typeof captures.$inferSelect,
    'state' | 'size' | 'filename' | 'objectKey' | 'uploadId' | 'createdAt'
  > & {
    /** When the upload expires; `null`: it is done. */
    expiresAt: number | null
  }
}

/** How far a request has brought an upload. */
export interface Advance {
  offset: number
  /** It stays what it was when the offset moved first. Bytes. */
  partSize: number
  tailKey: string | null
  /** The first of the parts that are new. */
  firstPart: number
  etags: string[]
  /** The request is at its end: it gives its lease back. */
  last: boolean
}

/** R2 lets an unfinished multipart upload go after seven days. Milliseconds. */
const LONGEST = 6.5 * 86_400_000

/** Verbs on resumable uploads. Each states the rows it writes, indexes counted. */
export function uploadsIn(db: Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** Statements, some of which drizzle's builder has no words for, together or not at all. */
  const batch = (what: string, queries: Parameters<typeof together>[1]) => soon(what, together(db, queries))

  /** The capture of an upload is still on its way. */
  const onItsWay = (id: string, ...more: Parameters<typeof and>) =>
    and(eq(captures.id, id), eq(captures.state, 'uploading'), ...more)

  const heldBy = (id: string, holder: string) => and(eq(uploads.id, id), eq(uploads.holder, holder))

  const expiry = (now: number) => sql`MIN(${now + settings.resumable}, ${captures.createdAt} + ${LONGEST})`

  const { state, size, filename, objectKey, uploadId, createdAt } = captures
  /** By a name of its own: in a batch, a column is known by its name alone. */
  const expiresAt = sql<number | null>`${captures.leaseUntil}`.as('expires_at')

  /** One upload of this account, with its capture. Reads two rows. */
  const look = (id: string, accountId: number) =>
    db
      .select({ upload: uploads, capture: { state, size, filename, objectKey, uploadId, createdAt, expiresAt } })
      .from(uploads)
      .innerJoin(captures, eq(captures.id, uploads.id))
      .where(and(eq(uploads.id, id), eq(uploads.accountId, accountId)))

  const found = (row: Awaited<ReturnType<typeof look>>[number] | undefined): ResumableUpload | null =>
    row && !isGone(row.capture) ? { ...row.upload, capture: row.capture } : null

  /** One upload of this account. Reads two rows. `null` where there is none, or its capture is in the trash or on its way out. */
  async function find(id: string, accountId: number): Promise<ResumableUpload | null> {
    const [row] = await soon('upload look-up', look(id, accountId))
    return found(row)
  }

  return {
    find,

    /**
     * Make the reservation of a capture resumable: it lasts until it expires. Writes 2 rows.
     * @param begun.holder the request that writes to it at once; `null`: none does
     * @returns false where it is no longer uploading
     */
    async begin(
      begun: Pick<UploadRow, 'id' | 'accountId' | 'length' | 'atMost' | 'metadata' | 'holder'>,
      now: number,
    ): Promise<boolean> {
      const { id, accountId, length, atMost, metadata, holder } = begun
      const leaseUntil = holder === null ? null : now + settings.resumeLease
      const insert = sql`
        INSERT INTO uploads (id, account_id, length, at_most, part_size, metadata, holder, lease_until)
        SELECT ${id}, ${accountId}, ${length}, ${atMost}, ${settings.partSize}, ${metadata}, ${holder}, ${leaseUntil}
        FROM captures WHERE id = ${id} AND state = 'uploading'`
      const last = db
        .update(captures)
        .set({ leaseUntil: expiry(now) })
        .where(onItsWay(id))
      const [inserted] = await batch('begin of an upload', [insert, last])
      return (inserted?.meta.changes ?? 0) > 0
    },

    /**
     * Take the right to write to an upload, where nobody has it and its offset is this, and put off its expiration. Reads few
     * rows, writes 2.
     * @param length bytes of the whole, where the request tells them; they stay what they were said first
     * @returns the upload as it is now, `null` where there is none; and whether the right was taken
     */
    async claim(
      { id, accountId, offset, length }: { id: string; accountId: number; offset: number; length: number | null },
      holder: string,
      now: number,
    ): Promise<{ claimed: boolean; upload: ResumableUpload | null }> {
      const alive = db
        .select({ one: sql`1` })
        .from(captures)
        .where(onItsWay(id, gt(captures.leaseUntil, now)))
      const fits =
        length === null
          ? undefined
          : or(
              eq(uploads.length, length),
              and(isNull(uploads.length), gte(uploads.atMost, length), lte(uploads.offset, length)),
            )
      const take = db
        .update(uploads)
        .set({
          holder,
          leaseUntil: now + settings.resumeLease,
          ...(length === null ? {} : { length, atMost: length }),
        })
        .where(
          and(
            eq(uploads.id, id),
            eq(uploads.accountId, accountId),
            eq(uploads.offset, offset),
            or(isNull(uploads.leaseUntil), lte(uploads.leaseUntil, now)),
            fits,
            exists(alive),
          ),
        )
      const taken = sql`EXISTS (SELECT 1 FROM ${uploads} WHERE ${heldBy(id, holder)})`
      const last = db
        .update(captures)
        .set({ leaseUntil: expiry(now) })
        .where(onItsWay(id, taken))
      const [claimed, , [row]] = await soon('claim of an upload', db.batch([take, last, look(id, accountId)]))
      return { claimed: claimed.meta.changes > 0, upload: found(row) }
    },

    /** Renew the right to write. Writes 1 row. False where it was lost. */
    async renew(id: string, holder: string, now: number): Promise<boolean> {
      const renewed = db
        .update(uploads)
        .set({ leaseUntil: now + settings.resumeLease })
        .where(heldBy(id, holder))
      return (await soon('renewal of an upload', renewed)).meta.changes > 0
    },

    /** Give the right to write back: nothing that its holder asked for before is done any more. Writes 1 row. */
    async release(id: string, holder: string): Promise<void> {
      await soon(
        'release of an upload',
        db.update(uploads).set({ holder: null, leaseUntil: null }).where(heldBy(id, holder)),
      )
    },

    /** Note R2's id of the multipart upload that its holder has begun. Writes 1 row. False where it may not go on. */
    async noteMultipart(id: string, holder: string, uploadId: string): Promise<boolean> {
      const held = sql`EXISTS (SELECT 1 FROM ${uploads} WHERE ${heldBy(id, holder)})`
      const noted = db
        .update(captures)
        .set({ uploadId })
        .where(onItsWay(id, isNull(captures.uploadId), held))
      return (await soon('note of a multipart upload', noted)).meta.changes > 0
    },

    /**
     * Record what R2 has more: the offset moves. By its holder alone. Writes 1 row, and 1 for each part. An answer that was lost
     * is settled by reading the row.
     * @returns false where it is no longer its holder's
     */
    async advance(upload: Pick<UploadRow, 'id' | 'accountId' | 'offset'>, holder: string, to: Advance, now: number) {
      const { id, accountId } = upload
      const move = db
        .update(uploads)
        .set({
          offset: to.offset,
          partSize: to.partSize,
          tailKey: to.tailKey,
          leaseUntil: to.last ? null : now + settings.resumeLease,
        })
        .where(and(heldBy(id, holder), eq(uploads.offset, upload.offset)))
      const note = sql`
        INSERT OR REPLACE INTO upload_parts (upload_id, number, etag)
        SELECT ${id}, ${to.firstPart} + key, value FROM json_each(${JSON.stringify(to.etags)})
        WHERE EXISTS (SELECT 1 FROM uploads WHERE id = ${id} AND holder = ${holder} AND "offset" = ${to.offset})`
      try {
        const [moved] = await batch('advance of an upload', [move, note])
        return (moved?.meta.changes ?? 0) > 0
      } catch (error) {
        const row = await find(id, accountId).catch(() => null)
        if (row?.holder === holder && row.offset === to.offset && row.tailKey === to.tailKey) return true
        throw error
      }
    },

    /** The parts that R2 has of an upload, in their order. */
    async parts(id: string): Promise<R2UploadedPart[]> {
      const { number, etag } = uploadParts
      const listed = db.select({ partNumber: number, etag }).from(uploadParts).where(eq(uploadParts.uploadId, id))
      return soon('parts of an upload', listed.orderBy(asc(number)))
    },

    /**
     * Forget uploads that were done before, at most so many, oldest first: their captures stay. Reads only rows of those, by
     * their partial index. Writes 1 row for each and 1 for each of its parts.
     * @returns how many
     */
    async forgetDone(before: number, limit: number): Promise<number> {
      const old = db
        .select({ id: uploads.id })
        .from(uploads)
        .where(and(sql`${uploads.doneAt} IS NOT NULL`, lt(uploads.doneAt, before)))
        .orderBy(asc(uploads.doneAt))
        .limit(limit)
      const parts = db.delete(uploadParts).where(sql`${uploadParts.uploadId} IN ${old}`)
      const ends = db.delete(uploads).where(sql`${uploads.id} IN ${old}`)
      const [, forgotten] = await soon('end of uploads', db.batch([parts, ends]))
      return forgotten.meta.changes
    },
  }
}

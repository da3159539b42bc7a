/** Notes on packets of captures. */
import { and, eq, exists, gt, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { notGone } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { annotations, captures } from './schema.ts'
import { statement } from './statement.ts'

export type Annotation = Pick<typeof annotations.$inferSelect, 'frame' | 'text' | 'user' | 'createdAt'>

/** Notes that a capture may have. */
export const MAX_ANNOTATIONS = 10_000
/** Longest note. Characters. */
export const MAX_NOTE = 4096

/** Verbs on notes. Each that is for an owner asks in its one statement whether the capture is that account's. */
export function annotationsIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  const own = (captureId: string, accountId: number) =>
    and(eq(captures.id, captureId), eq(captures.accountId, accountId), notGone)

  return {
    /**
     * Notes of a capture of this account, by frame. Reads a row, and one for each.
     * @param after only those on later frames
     * @returns at most `limit`; `null` where the account has no such capture
     */
    async page(captureId: string, accountId: number, after: number, limit: number): Promise<Annotation[] | null> {
      const { frame, text, user, createdAt } = annotations
      const rows = await soon(
        'look-up of notes',
        db
          .select({ frame, text, user, createdAt })
          .from(captures)
          .leftJoin(annotations, and(eq(annotations.captureId, captures.id), gt(frame, after)))
          .where(own(captureId, accountId))
          .orderBy(frame)
          .limit(limit),
      )
      return rows.length === 0 ? null : rows.filter((row): row is Annotation => row.frame !== null)
    },

    /**
     * The first notes of a capture, for whoever may see it. Reads a row for each.
     * @param span only those on frames from one to another, both included
     */
    async first(
      captureId: string,
      limit: number,
      span: { from: number; to: number } | null = null,
    ): Promise<Annotation[]> {
      const { frame, text, user, createdAt } = annotations
      const inside = span === null ? undefined : sql`${frame} BETWEEN ${span.from} AND ${span.to}`
      const found = db
        .select({ frame, text, user, createdAt })
        .from(annotations)
        .where(and(eq(annotations.captureId, captureId), inside))
      return soon('look-up of notes', found.orderBy(frame).limit(limit))
    },

    /** One note of a capture of this account. Reads two rows. `null` where there is none. */
    async find(captureId: string, accountId: number, frame: number): Promise<Annotation | null> {
      const { text, user, createdAt } = annotations
      const [row] = await soon(
        'look-up of a note',
        db
          .select({ frame: annotations.frame, text, user, createdAt })
          .from(annotations)
          .innerJoin(captures, eq(captures.id, annotations.captureId))
          .where(and(own(captureId, accountId), eq(annotations.frame, frame))),
      )
      return row ?? null
    },

    /**
     * Write a note, over the one that the frame has. Writes 1 row; reads one for each note of the capture, for they are counted.
     * Asked again, it changes nothing more.
     * @returns the note; `null` where the account has no such capture, or that one as many notes as it may have
     */
    async set(
      captureId: string,
      accountId: number,
      note: { frame: number; text: string },
      now: number,
    ): Promise<Annotation | null> {
      const query = sql`
        INSERT INTO annotations (capture_id, frame, text, user, created_at)
        SELECT captures.id, ${note.frame}, ${note.text}, accounts.name, ${now}
        FROM captures JOIN accounts ON accounts.id = captures.account_id
        WHERE captures.id = ${captureId} AND captures.account_id = ${accountId} AND captures.state NOT IN ('trashed', 'doomed')
          AND (EXISTS (SELECT 1 FROM annotations WHERE capture_id = ${captureId} AND frame = ${note.frame})
            OR (SELECT COUNT(*) FROM annotations WHERE capture_id = ${captureId}) < ${MAX_ANNOTATIONS})
        ON CONFLICT (capture_id, frame) DO UPDATE
          SET text = excluded.text, user = excluded.user, created_at = excluded.created_at
        RETURNING user`
      const { results } = await soon('note', statement(db, query).all<{ user: string }>())
      const [row] = results
      return row ? { ...note, user: row.user, createdAt: now } : null
    },

    /** Take a note away. Writes 1 row. False where there is none, or the account has no such capture. */
    async remove(captureId: string, accountId: number, frame: number): Promise<boolean> {
      const capture = db.select({ one: sql`1` }).from(captures).where(own(captureId, accountId))
      const removed = db
        .delete(annotations)
        .where(and(eq(annotations.captureId, captureId), eq(annotations.frame, frame), exists(capture)))
      return (await soon('end of a note', removed)).meta.changes > 0
    },
  }
}

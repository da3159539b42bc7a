/** Objects that no row knows, kept aside for an operator, and how far the walks through everything have come. */
import { eq } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { cursors, quarantine } from './schema.ts'

/** Verbs on the quarantine and on cursors. */
export function quarantineIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** Note an object that no row knows. Noting it again changes nothing. Writes 1 row. */
    async note(object: R2Object, now: number): Promise<void> {
      const row = {
        objectKey: object.key,
        size: object.size,
        metadata: object.customMetadata ?? {},
        uploadedAt: object.uploaded.getTime(),
        foundAt: now,
      }
      await soon('quarantine', db.insert(quarantine).values(row).onConflictDoNothing())
    },

    /** Where a walk has come to; `null`: at its beginning. */
    async cursor(job: string): Promise<string | null> {
      const [row] = await soon('cursor look-up', db.select().from(cursors).where(eq(cursors.job, job)))
      return row?.cursor ?? null
    },

    /** Remember where a walk has come to. Writes 1 row. */
    async moveCursor(job: string, cursor: string | null): Promise<void> {
      const moved = db
        .insert(cursors)
        .values({ job, cursor })
        .onConflictDoUpdate({ target: cursors.job, set: { cursor } })
      await soon('cursor', moved)
    },
  }
}

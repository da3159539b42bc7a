/** How far the walks through everything have come. */
import { eq } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { cursors } from './schema.ts'

/** Verbs on cursors. */
export function cursorsIn(db: DrizzleD1Database, settings: Settings) {
  return {
    /** Where a walk has come to; `null`: at its beginning. */
    async find(job: string): Promise<string | null> {
      const looked = db.select().from(cursors).where(eq(cursors.job, job))
      const [row] = await within(settings.bindingDeadline, 'cursor look-up', looked)
      return row?.cursor ?? null
    },

    /** Remember where a walk has come to. Writes 1 row. */
    async move(job: string, cursor: string | null): Promise<void> {
      const moved = db
        .insert(cursors)
        .values({ job, cursor })
        .onConflictDoUpdate({ target: cursors.job, set: { cursor } })
      await within(settings.bindingDeadline, 'cursor', moved)
    },
  }
}

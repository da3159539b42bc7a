/** Objects that no row knows, kept aside for an operator. */
import { asc, gt } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { quarantine } from './schema.ts'

export type Aside = typeof quarantine.$inferSelect

/** Verbs on the quarantine. */
export function quarantineIn(db: DrizzleD1Database, settings: Settings) {
  return {
    /** A page of it, by key. Reads two rows for each. @param after key of the last one before; empty: from the start */
    list(after: string, limit: number): Promise<Aside[]> {
      const next = db
        .select()
        .from(quarantine)
        .where(gt(quarantine.objectKey, after))
        .orderBy(asc(quarantine.objectKey))
      return within(settings.bindingDeadline, 'page of the quarantine', next.limit(limit))
    },

    /** Note an object that no row knows. Noting it again changes nothing. Writes 1 row. */
    async note(object: R2Object, now: number): Promise<void> {
      const row = {
        objectKey: object.key,
        size: object.size,
        metadata: object.customMetadata ?? {},
        uploadedAt: object.uploaded.getTime(),
        foundAt: now,
      }
      const noted = db.insert(quarantine).values(row).onConflictDoNothing()
      await within(settings.bindingDeadline, 'quarantine', noted)
    },
  }
}

/** Passkey ceremonies under way: each challenge is good for one answer. */
import { and, eq, gt, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { ceremonies } from './schema.ts'
import { newSecret } from './sessions.ts'
import { hashToken } from './tokens.ts'

export type Ceremony = typeof ceremonies.$inferSelect

/** How long somebody may take over one. Milliseconds. */
export const LONGEST_CEREMONY = 5 * 60_000

/** Verbs on ceremonies. */
export function ceremoniesIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** Begin one. Writes 2 rows. @returns what the browser's cookie holds, which is kept nowhere */
    async begin(ceremony: Pick<Ceremony, 'challenge' | 'purpose' | 'accountId'>, now: number): Promise<string> {
      const secret = newSecret()
      const row = { ...ceremony, hash: await hashToken(secret), expiresAt: now + LONGEST_CEREMONY }
      await soon('new ceremony', db.insert(ceremonies).values(row))
      return secret
    },

    /** Take one up for its answer: it is gone with that, whatever the answer is. Writes 2 rows. @returns `null` where it was, or ran out, or is for something else */
    async take(secret: string, purpose: Ceremony['purpose'], now: number): Promise<Ceremony | null> {
      const hash = await hashToken(secret)
      const standing = and(eq(ceremonies.hash, hash), eq(ceremonies.purpose, purpose), gt(ceremonies.expiresAt, now))
      return (await soon('answer to a ceremony', db.delete(ceremonies).where(standing).returning()))[0] ?? null
    },

    /** Forget some of those that are over. @returns how many */
    async forget(now: number, most: number): Promise<number> {
      const over = sql`DELETE FROM ceremonies WHERE hash IN (SELECT hash FROM ceremonies WHERE expires_at <= ${now} LIMIT ${most})`
      return (await soon('ceremonies that are over', db.run(over))).meta.changes
    },
  }
}

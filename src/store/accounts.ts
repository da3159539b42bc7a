/** Accounts: their plan and what they use of it. */
import { eq, isNotNull } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { accounts } from './schema.ts'

export type Account = typeof accounts.$inferSelect

/** Verbs on accounts. */
export function accountsIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** One account. Reads one row. */
    async find(id: number): Promise<Account | null> {
      const [row] = await soon('account look-up', db.select().from(accounts).where(eq(accounts.id, id)))
      return row ?? null
    },

    /** The accounts whose plan deletes captures after a time. Reads every account. */
    withRetention(): Promise<Account[]> {
      return soon('accounts with retention', db.select().from(accounts).where(isNotNull(accounts.retentionDays)))
    },
  }
}

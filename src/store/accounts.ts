/** Accounts: their plan and what they use of it. */
import { eq, isNotNull } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { accounts, type Visibility } from './schema.ts'

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

    /** Say what new captures of the CloudShark API are; `null`: unlisted. Writes 1 row. @returns the account; `null`: there is none */
    async setDefaultVisibility(id: number, defaultVisibility: Visibility | null): Promise<Account | null> {
      const set = db.update(accounts).set({ defaultVisibility }).where(eq(accounts.id, id)).returning()
      return (await soon('defaults of an account', set))[0] ?? null
    },

    /** The accounts whose plan deletes captures after a time. Reads every account. */
    withRetention(): Promise<Account[]> {
      return soon('accounts with retention', db.select().from(accounts).where(isNotNull(accounts.retentionDays)))
    },
  }
}

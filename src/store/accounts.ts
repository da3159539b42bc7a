/** Accounts: their plan and what they use of it. */
import { eq, isNotNull, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { STANDARD_PLAN } from './plan.ts'
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

    /** The account of this name, in whatever case. Reads the name of each. */
    async named(name: string): Promise<Account | null> {
      const same = db.select().from(accounts).where(sql`${accounts.name} = ${name} COLLATE NOCASE`)
      return (await soon('account look-up', same))[0] ?? null
    },

    /**
     * The account of an address that Cloudflare Access vouches for, made where there is none. Reads one row; writes 5 for a new one.
     * @param email in lower case
     * @param may what such an address is and may be: an admin, given an account
     * @returns `null` where there is none and none may be made
     * @throws GatewayError `name-taken`: there is an account with the address for its name that is not known to be the same person's
     */
    async ofEmail(email: string, may: { admin: boolean; signUp: boolean }, now: number): Promise<Account | null> {
      const find = db.select().from(accounts).where(eq(accounts.email, email))
      const [known] = await soon('account look-up', find)
      if (!known && !may.signUp) return null
      if (!known) {
        const row = {
          ...STANDARD_PLAN,
          name: email,
          email,
          role: may.admin ? ('admin' as const) : ('member' as const),
          createdAt: now,
        }
        await soon('new account', db.insert(accounts).values(row).onConflictDoNothing())
        const [made] = await soon('account look-up', find)
        if (!made) throw new GatewayError('name-taken')
        return made
      }
      if (!may.admin || known.role === 'admin') return known
      const raised = db.update(accounts).set({ role: 'admin' }).where(eq(accounts.id, known.id)).returning()
      return (await soon('role of an account', raised))[0] ?? null
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

/** Accounts: their plan and what they use of it. */
import { and, asc, count, desc, eq, gt, gte, isNotNull, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { auditLine, type By, CHANGED } from './audit.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { Plan } from './plans.ts'
import { accounts, passkeys, sessions, tokens, type Visibility } from './schema.ts'

export type Account = typeof accounts.$inferSelect

/** By what a list of accounts is sorted: names from A on, all else from the most on. */
export const ACCOUNT_SORTS = ['name', 'files', 'bytes', 'createdAt'] as const
export type AccountSort = (typeof ACCOUNT_SORTS)[number]

/** What an admin may change of an account. */
export type AccountChange = Partial<Plan & Pick<Account, 'role' | 'email'>>

/** What opens an account. */
export interface Openers {
  sessions: number
  /** That were not revoked and have not run out. */
  tokens: number
  passkeys: number
}

/** In a statement: another admin is left who can sign in. */
const otherAdmin = (id: number): SQL =>
  sql`EXISTS (SELECT 1 FROM ${accounts} AS other WHERE other.id <> ${id} AND other.role = 'admin' AND other.suspended_at IS NULL)`

/** Verbs on accounts. */
export function accountsIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** Give the tokens of an account what it is now of its `api_allowed`. Writes those that have it otherwise. */
  const carry = (id: number) => {
    const allowed = sql<boolean>`(SELECT ${accounts.apiAllowed} AND ${accounts.suspendedAt} IS NULL FROM ${accounts} WHERE ${accounts.id} = ${id})`
    return db
      .update(tokens)
      .set({ apiAllowed: allowed })
      .where(and(eq(tokens.accountId, id), sql`${tokens.apiAllowed} <> ${allowed}`))
  }

  return {
    /** One account. Reads one row. */
    async find(id: number): Promise<Account | null> {
      const [row] = await soon('account look-up', db.select().from(accounts).where(eq(accounts.id, id)))
      return row ?? null
    },

    /** Whether an address is that of another account than this. Reads one row. */
    async hasEmail(email: string, besides: number): Promise<boolean> {
      const found = db
        .select({ id: accounts.id })
        .from(accounts)
        .where(and(eq(accounts.email, email), ne(accounts.id, besides)))
      return (await soon('address look-up', found)).length > 0
    },

    /** What these accounts are called; those that are not there are left out. Reads a row for each. */
    async names(ids: number[]): Promise<Map<number, string>> {
      const wanted = sql`${accounts.id} IN (SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`
      const found = db.select({ id: accounts.id, name: accounts.name }).from(accounts).where(wanted)
      return new Map((await soon('names of accounts', found)).map(({ id, name }) => [id, name]))
    },

    /**
     * A page of the accounts whose name or address holds a text. Reads every account.
     * @param after the last one of the page before
     */
    page(text: string, sort: AccountSort, after: Account | null, limit: number): Promise<Account[]> {
      const column = accounts[sort]
      const ahead = sort === 'name' ? gt : lt
      const found = and(
        text === ''
          ? undefined
          : sql`instr(lower(${accounts.name} || ' ' || COALESCE(${accounts.email}, '')), lower(${text})) > 0`,
        after === null
          ? undefined
          : or(ahead(column, after[sort]), and(eq(column, after[sort]), gt(accounts.id, after.id))),
      )
      const sorted = db
        .select()
        .from(accounts)
        .where(found)
        .orderBy(sort === 'name' ? asc(column) : desc(column), asc(accounts.id))
      return soon('list of accounts', sorted.limit(limit))
    },

    /** What opens an account. Reads a row for each of them. */
    async openers(id: number, now: number): Promise<Openers> {
      const standing = and(
        eq(tokens.accountId, id),
        isNull(tokens.revokedAt),
        or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
      )
      const [[open], [keys], [passes]] = await soon(
        'openers of an account',
        db.batch([
          db
            .select({ n: count() })
            .from(sessions)
            .where(and(eq(sessions.accountId, id), gte(sessions.expiresAt, now))),
          db.select({ n: count() }).from(tokens).where(standing),
          db.select({ n: count() }).from(passkeys).where(eq(passkeys.accountId, id)),
        ]),
      )
      return { sessions: open?.n ?? 0, tokens: keys?.n ?? 0, passkeys: passes?.n ?? 0 }
    },

    /**
     * Change an account's plan, role or address, and the copy of `api_allowed` that its tokens carry, together. Limits may go below what is in
     * use: nothing is deleted, nothing more goes in. Writes 1 row, 1 for each token where API access comes or goes, and 3 of the audit log.
     * @returns the account; `null`: there is none, the address is another's, or no admin would be left
     */
    async change(id: number, changes: AccountChange, by: By, now: number): Promise<Account | null> {
      const { role, email } = changes
      const may = and(
        eq(accounts.id, id),
        role === 'member' ? or(ne(accounts.role, 'admin'), otherAdmin(id)) : undefined,
        email
          ? sql`NOT EXISTS (SELECT 1 FROM ${accounts} AS other WHERE other.email = ${email} AND other.id <> ${id})`
          : undefined,
      )
      const subject = Object.entries(changes)
        .map(([name, value]) => `${name} ${value ?? 'none'}`)
        .join(', ')
      const changed = db.update(accounts).set(changes).where(may).returning()
      const line = auditLine(db, { ...by, accountId: id, action: 'account-changed', subject }, now, CHANGED)
      const [[row]] = await soon('change of an account', db.batch([changed, line, carry(id)]))
      return row ?? null
    },

    /**
     * From now on nobody signs in to it, its sessions are over, and none of its keys opens anything. Its captures and links stay. Writes 1
     * row, 1 for each token and 3 for each session, and 3 of the audit log.
     * @returns the account; `null`: there is none that is not suspended, or no admin would be left
     */
    async suspend(id: number, by: By, now: number): Promise<Account | null> {
      const may = and(eq(accounts.id, id), isNull(accounts.suspendedAt), or(ne(accounts.role, 'admin'), otherAdmin(id)))
      const suspended = db.update(accounts).set({ suspendedAt: now }).where(may).returning()
      const line = auditLine(db, { ...by, accountId: id, action: 'account-suspended', subject: '' }, now, CHANGED)
      const isSuspended = sql`EXISTS (SELECT 1 FROM ${accounts} WHERE ${accounts.id} = ${id} AND ${accounts.suspendedAt} IS NOT NULL)`
      const ended = db.delete(sessions).where(and(eq(sessions.accountId, id), isSuspended))
      const [[row]] = await soon('suspension', db.batch([suspended, line, carry(id), ended]))
      return row ?? null
    },

    /** Undo {@link suspend}: its keys open what they did. Sessions are begun anew. @returns the account; `null`: none that is suspended */
    async restore(id: number, by: By, now: number): Promise<Account | null> {
      const may = and(eq(accounts.id, id), isNotNull(accounts.suspendedAt))
      const restored = db.update(accounts).set({ suspendedAt: null }).where(may).returning()
      const line = auditLine(db, { ...by, accountId: id, action: 'account-restored', subject: '' }, now, CHANGED)
      const [[row]] = await soon('end of a suspension', db.batch([restored, line, carry(id)]))
      return row ?? null
    },

    /** The account of this name, in whatever case: of two, the one that is written so. Reads the name of each. */
    async named(name: string): Promise<Account | null> {
      const same = db
        .select()
        .from(accounts)
        .where(sql`${accounts.name} = ${name} COLLATE NOCASE`)
        .orderBy(sql`${accounts.name} = ${name} DESC`)
        .limit(1)
      return (await soon('account look-up', same))[0] ?? null
    },

    /**
     * The account of an address that Cloudflare Access vouches for, made where there is none. Reads one row; writes 5 for a new one.
     * @param email in lower case
     * @param may what such an address is and may be: an admin, given an account, by which plan
     * @returns `null` where there is none and none may be made
     * @throws GatewayError `name-taken`: there is an account with the address for its name that is not known to be the same person's
     */
    async ofEmail(
      email: string,
      may: { admin: boolean; signUp: boolean; plan: Plan },
      now: number,
    ): Promise<Account | null> {
      const find = db.select().from(accounts).where(eq(accounts.email, email))
      const [known] = await soon('account look-up', find)
      if (!known && !may.signUp) return null
      if (!known) {
        const row = {
          ...may.plan,
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

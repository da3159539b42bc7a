/** The audit log: what was done that somebody may have to answer for. */
import { and, desc, eq, gte, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { wordsOf } from '../errors.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { audit } from './schema.ts'

/** What is written down. */
export type Action =
  | 'sign-in'
  | 'sign-in-refused'
  | 'sign-out'
  | 'session-ended'
  | 'confirmed'
  | 'confirm-refused'
  | 'passkey-added'
  | 'passkey-renamed'
  | 'passkey-removed'
  | 'key-shown'
  | 'key-generated'
  | 'key-created'
  | 'key-revoked'
  | 'share-made'
  | 'share-revoked'
  | 'capture-deleted'
  | 'capture-restored'
  | 'capture-retried'
  | 'invite-made'
  | 'invite-revoked'
  | 'recovery-made'
  | 'account-made'
  | 'account-changed'
  | 'account-suspended'
  | 'account-restored'
  | 'settings-changed'

/** One line of it. */
export type Entry = typeof audit.$inferSelect

/** What one is made of: `actor`, `subject` and `address` are cut where they are long. */
export type Deed = Pick<Entry, 'accountId' | 'actor' | 'subject' | 'address'> & { action: Action }

/** Who does something, and from where. */
export interface By {
  /** Whose captures and keys they see to. */
  accountId: number
  /** What the log calls them: an account that is signed in by its name, a key as `key <name>`; empty: the server by itself. */
  actor: string
  /** Where the request came from. Empty where it is not known. */
  address: string
}

/** What somebody does in their own account. */
export const deedOf = ({ accountId, actor, address }: By, action: Action, subject: string): Deed => ({
  accountId,
  actor,
  action,
  subject,
  address,
})

/** What the server does by itself in an account. */
export const serverIn = (accountId: number): By => ({ accountId, actor: '', address: '' })

/** Right after a statement of the same batch: it has changed something. */
export const CHANGED = sql`changes() > 0`

/** Characters. */
const LONGEST = 200

/** Where a page of the log begins: after this entry. */
export interface After {
  at: number
  id: number
}

/** The statement that writes a line, for `statement` (store/statement.ts). Writes 3 rows. @param where only if this holds */
export const auditing = (deed: Deed, now: number, where: SQL = sql`1`): SQL =>
  auditingEach(deed, deed.action, now, one(deed, where))

/** The same, with a line for each of these rows, which have `account_id` and `subject`. */
export const auditingEach = (by: Omit<By, 'accountId'>, action: Action, now: number, rows: SQL): SQL =>
  sql`INSERT INTO audit (id, at, account_id, actor, action, subject, address) ${linesOf(by, action, now, rows)}`

/** {@link auditing} for a batch of drizzle's. */
export const auditLine = (db: DrizzleD1Database, deed: Deed, now: number, where: SQL = sql`1`) =>
  auditLines(db, deed, deed.action, now, one(deed, where))

/** {@link auditingEach} for a batch of drizzle's. Writes 3 rows each. */
export const auditLines = (db: DrizzleD1Database, by: Omit<By, 'accountId'>, action: Action, now: number, rows: SQL) =>
  db.insert(audit).select(linesOf(by, action, now, rows))

const one = (deed: Deed, where: SQL) =>
  sql`SELECT ${deed.accountId} AS account_id, ${cut(deed.subject)} AS subject WHERE ${where}`

/** In the order of the table's columns. */
const linesOf = ({ actor, address }: Omit<By, 'accountId'>, action: Action, now: number, rows: SQL) =>
  sql`SELECT NULL, ${now}, account_id, ${cut(actor)}, ${action}, subject, ${cut(address)} FROM (${rows})`

const cut = (text: string) => text.slice(0, LONGEST)

/** Verbs on the audit log. */
export function auditIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** Write a line. Writes 3 rows. @throws GatewayError `unavailable`: then what it would tell of must not be done */
    async write(deed: Deed, now: number): Promise<void> {
      await soon('audit log', db.run(auditing(deed, now)))
    },

    /** Write a line about what is done already: a failure is told to the log of the server alone. */
    async note(deed: Deed, now: number): Promise<void> {
      await this.write(deed, now).catch((error) =>
        console.error(`${deed.action} is not in the audit log: ${wordsOf(error)}`),
      )
    },

    /**
     * A page of it, the latest first. Reads a row for each line, and where an action is asked for the lines between, too.
     * @param accountId `null`: of all accounts
     * @param between from a time on, up to another, which is not included. Milliseconds since 1970
     */
    list(
      accountId: number | null,
      action: Action | null,
      after: After | null,
      limit: number,
      between: { from?: number; to?: number } = {},
    ): Promise<Entry[]> {
      const conditions = and(
        accountId === null ? undefined : eq(audit.accountId, accountId),
        action === null ? undefined : eq(audit.action, action),
        between.from === undefined ? undefined : gte(audit.at, between.from),
        between.to === undefined ? undefined : lt(audit.at, between.to),
        after === null ? undefined : lte(audit.at, after.at), // alone it says to the index where to begin
        after === null ? undefined : or(lt(audit.at, after.at), and(eq(audit.at, after.at), lt(audit.id, after.id))),
      )
      return soon(
        'page of the audit log',
        db.select().from(audit).where(conditions).orderBy(desc(audit.at), desc(audit.id)).limit(limit),
      )
    },

    /** Forget some of what was before. @returns how many lines */
    async forget(before: number, most: number): Promise<number> {
      const old = sql`DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ${before} ORDER BY at LIMIT ${most})`
      return (await soon('old lines of the audit log', db.run(old))).meta.changes
    },
  }
}

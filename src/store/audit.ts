/** The audit log: what was done that somebody may have to answer for. */
import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm'
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
  | 'passkey-added'
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

/** Characters. */
const LONGEST = 200

/** Where a page of the log begins: after this entry. */
export interface After {
  at: number
  id: number
}

/** The statement that writes a line, to be one of a batch with what it tells of. Writes 3 rows. @param where only if this holds */
export function auditing(deed: Deed, now: number, where: SQL = sql`1`): SQL {
  const [actor, subject, address] = [deed.actor, deed.subject, deed.address].map((text) => text.slice(0, LONGEST))
  return sql`INSERT INTO audit (at, account_id, actor, action, subject, address)
    SELECT ${now}, ${deed.accountId}, ${actor}, ${deed.action}, ${subject}, ${address} WHERE ${where}`
}

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

    /** A page of it, the latest first. @param accountId `null`: of all accounts */
    list(accountId: number | null, action: Action | null, after: After | null, limit: number): Promise<Entry[]> {
      const conditions = and(
        accountId === null ? undefined : eq(audit.accountId, accountId),
        action === null ? undefined : eq(audit.action, action),
        after === null ? undefined : or(lt(audit.at, after.at), and(eq(audit.at, after.at), lt(audit.id, after.id))),
      )
      return soon(
        'page of the audit log',
        db.select().from(audit).where(conditions).orderBy(desc(audit.at), desc(audit.id)).limit(limit),
      )
    },

    /** Forget what is older than so many milliseconds. */
    async forget(age: number, now: number): Promise<void> {
      await soon('old lines of the audit log', db.delete(audit).where(lt(audit.at, now - age)))
    },
  }
}

/** Links that sign somebody in once: an invite makes an account, a recovery opens one that is there. */
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import type { Account } from './accounts.ts'
import { auditingEach, auditLine, auditLines, type By, type Deed } from './audit.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { Plan } from './plans.ts'
import { accounts, sessions, signInLinks } from './schema.ts'
import { newName, newSecret } from './sessions.ts'
import { together } from './statement.ts'
import { hashToken } from './tokens.ts'

export type SignInLink = typeof signInLinks.$inferSelect

/** What one is made of. */
export type NewLink = Pick<SignInLink, 'kind' | 'accountId' | 'name' | 'role' | 'plan' | 'madeBy' | 'expiresAt'>

/** Verbs on sign-in links. */
export function signInLinksIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  const standing = (now: number) =>
    and(isNull(signInLinks.usedAt), isNull(signInLinks.revokedAt), gt(signInLinks.expiresAt, now))

  return {
    /** Make one. Writes 2 rows, and 3 of the audit log where it has a deed. @returns what stands in the link, which is kept nowhere */
    async make(link: NewLink, now: number, deed: Deed | null = null): Promise<string> {
      const secret = newSecret()
      const row = { ...link, hash: await hashToken(secret), id: newName(), createdAt: now }
      const line = deed === null ? [] : [auditLine(db, deed, now)]
      await soon('new sign-in link', db.batch([db.insert(signInLinks).values(row), ...line]))
      return secret
    },

    /** One that still opens something. Reads one row; uses nothing up. */
    async find(secret: string, now: number): Promise<SignInLink | null> {
      const found = db
        .select()
        .from(signInLinks)
        .where(and(eq(signInLinks.hash, await hashToken(secret)), standing(now)))
      return (await soon('sign-in link', found))[0] ?? null
    },

    /**
     * Use a recovery up: of many at once, one is told that it was the one. Whoever lost their way in may have lost it to somebody: the sessions that the
     * account has end with it, and the audit log says so; its other recoveries open nothing any more. Writes 1 row for each link, 3 for each session, and 3 of
     * the log.
     * @param by the account's name, and where the request comes from
     * @returns `null` where it opens nothing any more
     */
    async recover(secret: string, by: Omit<By, 'accountId'>, now: number): Promise<SignInLink | null> {
      const hash = await hashToken(secret)
      const opened = sql`SELECT ${signInLinks.accountId} FROM ${signInLinks} WHERE ${and(eq(signInLinks.hash, hash), eq(signInLinks.usedAt, now))}`
      const before = sql`${sessions.accountId} = (${opened}) AND ${sessions.createdAt} <= ${now}`
      const each = sql`SELECT ${sessions.accountId} AS account_id, COUNT(*) || iif(COUNT(*) = 1, ' session', ' sessions') || ', by a recovery link' AS subject
        FROM ${sessions} WHERE ${before} GROUP BY ${sessions.accountId}`
      const used = db
        .update(signInLinks)
        .set({ usedAt: now })
        .where(and(eq(signInLinks.hash, hash), eq(signInLinks.kind, 'recovery'), standing(now)))
        .returning()
      const others = db
        .update(signInLinks)
        .set({ usedAt: now })
        .where(and(eq(signInLinks.kind, 'recovery'), standing(now), sql`${signInLinks.accountId} = (${opened})`))
      const ended = db.delete(sessions).where(before)
      const line = auditLines(db, by, 'session-ended', now, each)
      return (await soon('use of a recovery link', db.batch([used, line, ended, others])))[0][0] ?? null
    },

    /**
     * Use an invite up and make its account, all or nothing: a crash leaves either both or none, and of many at once one makes it. Writes 7 rows;
     * reads each account's name.
     * @param standard the plan that it gets where the invite says nothing else
     * @param address where the request comes from, for the audit log
     * @returns the account; `null` where the link opens nothing any more
     * @throws GatewayError `name-taken`: the link stays as it was
     */
    async accept(secret: string, name: string, standard: Plan, address: string, now: number): Promise<Account | null> {
      const hash = await hashToken(secret)
      const said = (what: Exclude<keyof Plan, 'defaultVisibility'>) => {
        const path = `$.${what}` // an invite may well say that something is null
        return sql`iif(json_type(plan, ${path}) IS NULL, ${standard[what]}, plan ->> ${path})`
      }
      // Of two within one millisecond, the second finds the account of the first.
      const taken = sql`sign_in_links.hash = ${hash} AND sign_in_links.used_at = ${now} AND sign_in_links.account_id IS NULL`
      const isFree = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE name = ${name} COLLATE NOCASE)`
      const [used, inserted] = await soon(
        'acceptance of an invite',
        together<{ id: number }>(db, [
          sql`UPDATE sign_in_links SET used_at = ${now} WHERE hash = ${hash} AND kind = 'invite' AND used_at IS NULL
            AND revoked_at IS NULL AND expires_at > ${now} AND ${isFree}`,
          sql`INSERT INTO accounts (name, role, files_limit, max_file_size, bytes_limit, api_allowed, retention_days, default_visibility, created_at)
            SELECT ${name}, role, ${said('filesLimit')}, ${said('maxFileSize')}, ${said('bytesLimit')}, ${said('apiAllowed')},
              ${said('retentionDays')}, ${standard.defaultVisibility}, ${now} FROM sign_in_links WHERE ${taken} RETURNING id`,
          auditingEach(
            { actor: name, address },
            'account-made',
            now,
            sql`SELECT accounts.id AS account_id, 'invite ' || sign_in_links.id AS subject
              FROM sign_in_links JOIN accounts ON accounts.name = ${name} WHERE ${taken}`,
          ),
          sql`UPDATE sign_in_links SET account_id = (SELECT id FROM accounts WHERE name = ${name}) WHERE ${taken}`,
        ]),
      )
      const id = inserted?.results[0]?.id
      if ((used?.meta.changes ?? 0) > 0 && id !== undefined) {
        const [account] = await soon('account look-up', db.select().from(accounts).where(eq(accounts.id, id)))
        return account ?? null
      }
      if ((await this.find(secret, now)) !== null) throw new GatewayError('name-taken')
      return null
    },

    /** Those that still open something, the latest first; at most 200. */
    list(now: number): Promise<SignInLink[]> {
      return soon(
        'list of sign-in links',
        db.select().from(signInLinks).where(standing(now)).orderBy(desc(signInLinks.createdAt)).limit(200),
      )
    },

    /** Withdraw one. Writes 3 rows of the audit log beside it. @returns whether it was there and unused */
    async revoke(id: string, by: By, now: number): Promise<boolean> {
      const which = and(eq(signInLinks.id, id), standing(now))
      const each = sql`SELECT COALESCE(${signInLinks.accountId}, 0) AS account_id,
        COALESCE(${signInLinks.name} || ' ', '') || ${signInLinks.id} AS subject FROM ${signInLinks} WHERE ${which}`
      const revoked = db.update(signInLinks).set({ revokedAt: now }).where(which)
      const lines = auditLines(db, by, 'invite-revoked', now, each)
      return (await soon('withdrawal of a sign-in link', db.batch([lines, revoked])))[1].meta.changes > 0
    },

    /** Forget some of those that ran out before. @returns how many */
    async forget(before: number, most: number): Promise<number> {
      const over = sql`DELETE FROM sign_in_links WHERE hash IN (SELECT hash FROM sign_in_links WHERE expires_at <= ${before} LIMIT ${most})`
      return (await soon('sign-in links that are over', db.run(over))).meta.changes
    },
  }
}

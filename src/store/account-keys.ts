/** The REST API key of an account: a token like others, but for that its owner may see it again. */
import { and, asc, eq, isNull, notInArray, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { ACCOUNT_KEY } from './account-key.ts'
import { auditing, type Deed } from './audit.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { accountKeys, tokens } from './schema.ts'
import { together } from './statement.ts'
import { KEY, type Key } from './tokens.ts'

/** Keys that were replaced and of which the account's list of tokens still knows. */
const REPLACED_KEPT = 10

/** It, with what tells whether it still opens anything. */
export type AccountKey = typeof accountKeys.$inferSelect & Pick<Key, 'permissions' | 'lastUsedAt'>

/** What tells a new one apart: its hash, and itself as only this Worker can read it. */
export interface NewKey {
  tokenHash: string
  sealed: string | null
}

/** Verbs on these keys. */
export function accountKeysIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** That of an account, if it has one that was not revoked. Reads two rows. */
    async find(accountId: number): Promise<AccountKey | null> {
      const found = db
        .select({
          accountId: accountKeys.accountId,
          tokenHash: accountKeys.tokenHash,
          sealed: accountKeys.sealed,
          createdAt: accountKeys.createdAt,
          permissions: tokens.permissions,
          lastUsedAt: tokens.lastUsedAt,
        })
        .from(accountKeys)
        .innerJoin(tokens, eq(tokens.hash, accountKeys.tokenHash))
        .where(and(eq(accountKeys.accountId, accountId), isNull(tokens.revokedAt)))
      return (await soon('key of an account', found))[0] ?? null
    },

    /**
     * Give an account another one: the one before opens nothing from then on, and the audit log has both, all or nothing. Writes about 10 rows.
     * @throws GatewayError `plan-without-api`, `key-exists` where another token has its name
     */
    async replace(accountId: number, { tokenHash, sealed }: NewKey, deed: Deed, now: number): Promise<void> {
      const current = sql`(SELECT token_hash FROM account_keys WHERE account_id = ${accountId})`
      const replaced = `${ACCOUNT_KEY}, until `
      const isMade = sql`EXISTS (SELECT 1 FROM tokens WHERE hash = ${tokenHash})`
      const allowed = sql`EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND api_allowed AND suspended_at IS NULL)`
      const isFree = sql`NOT EXISTS (SELECT 1 FROM tokens WHERE account_id = ${accountId} AND name = ${ACCOUNT_KEY} AND hash IS NOT ${current})`
      const outcomes = await soon(
        'new key of an account',
        together(db, [
          sql`UPDATE tokens SET revoked_at = COALESCE(revoked_at, ${now}), name = ${replaced} || ${now} || ' ' || substr(hash, 1, 8)
            WHERE hash = ${current} AND ${allowed} AND ${isFree}`,
          sql`INSERT INTO tokens (hash, account_id, name, permissions, default_tags, api_allowed, created_at)
            SELECT ${tokenHash}, id, ${ACCOUNT_KEY}, 'upload,read,delete', '[]', api_allowed, ${now} FROM accounts
            WHERE id = ${accountId} AND ${allowed} AND ${isFree}`,
          sql`INSERT INTO account_keys (account_id, token_hash, sealed, created_at) SELECT ${accountId}, ${tokenHash}, ${sealed}, ${now} WHERE ${isMade}
            ON CONFLICT DO UPDATE SET token_hash = excluded.token_hash, sealed = excluded.sealed, created_at = excluded.created_at`,
          sql`DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens WHERE account_id = ${accountId} AND revoked_at IS NOT NULL
            AND name LIKE ${`${replaced}%`} ORDER BY revoked_at DESC LIMIT -1 OFFSET ${REPLACED_KEPT})`,
          auditing(deed, now, isMade),
        ]),
      )
      if ((outcomes[1]?.meta.changes ?? 0) > 0) return
      const [account] = await soon('account look-up', db.all<{ allowed: number }>(sql`SELECT ${allowed} AS allowed`))
      throw new GatewayError(account?.allowed === 1 ? 'key-exists' : 'plan-without-api')
    },

    /** The other tokens of an account, those that were not revoked, by name. Reads a row or two for each that it ever had. */
    others(accountId: number): Promise<(Key & { hasLogin: number })[]> {
      const mine = db
        .select({ hash: accountKeys.tokenHash })
        .from(accountKeys)
        .where(eq(accountKeys.accountId, accountId))
      const standing = and(eq(tokens.accountId, accountId), isNull(tokens.revokedAt), notInArray(tokens.hash, mine))
      const hasLogin = sql<number>`${tokens.login} IS NOT NULL`
      return soon(
        'list of tokens',
        db
          .select({ ...KEY, hasLogin })
          .from(tokens)
          .where(standing)
          .orderBy(asc(tokens.name))
          .limit(200),
      )
    },
  }
}

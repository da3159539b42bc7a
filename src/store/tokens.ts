/** Tokens: who is asking, and what they may do. */
import { and, asc, eq, getTableColumns, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { auditing, auditLine, type By, CHANGED, deedOf } from './audit.ts'
import { within } from './deadline.ts'
import { hexOf, randomHex } from './digest.ts'
import type { Settings } from './env.ts'
import { accounts, type Login, type Permission, sessions, tokens, type Visibility } from './schema.ts'
import { statement } from './statement.ts'

/** Who a request comes from, as far as its token or session tells. */
export interface Principal extends By {
  /** SHA-256 of the token, or of the session's cookie: {@link stillStands} says whether it still opens anything. */
  tokenHash: string
  permissions: ReadonlySet<Permission>
  /** False where the account's plan has no API access. */
  apiAllowed: boolean
  defaultTags: string[]
  defaultVisibility: Visibility | null
  /** What must come beside the token in a path; `null`: nothing. */
  login: Login | null
}

/** A token as its owner may see it. */
export type Key = Omit<typeof tokens.$inferSelect, 'hash' | 'accountId' | 'apiAllowed' | 'login'>

const HOUR = 3_600_000
/** Tokens that an account may have, revoked ones counted. */
const MOST = 200

/** SHA-256 of a token's characters, as D1 keeps it: 64 hex. */
export async function hashToken(token: string): Promise<string> {
  return hexOf(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
}

/** 128 random bits, as the 32 characters a person holds. */
export const newToken = (): string => randomHex(128)

/** In a statement: a token, or a session, of this hash still opens something. Reads one row, or two. */
export const stillStands = (hash: string, now: number): SQL => sql`(
  EXISTS (SELECT 1 FROM ${tokens} WHERE ${tokens.hash} = ${hash}
    AND ${tokens.revokedAt} IS NULL AND ${tokens.apiAllowed} AND (${tokens.expiresAt} IS NULL OR ${tokens.expiresAt} > ${now}))
  OR EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.hash} = ${hash} AND ${sessions.expiresAt} > ${now}))`

const { hash: _hash, accountId: _accountId, apiAllowed: _apiAllowed, login: _login, ...seen } = getTableColumns(tokens)

/** The columns that its owner may see. */
export const KEY = seen

/** Verbs on tokens. */
export function tokensIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  return {
    /** Tokens of an account that were not revoked, by name. Reads two rows for each that it ever had, at most 400. */
    list(accountId: number): Promise<Key[]> {
      const standing = and(eq(tokens.accountId, accountId), isNull(tokens.revokedAt))
      return soon('list of tokens', db.select(KEY).from(tokens).where(standing).orderBy(asc(tokens.name)).limit(MOST))
    },

    /**
     * Make a token. Writes 2 rows, and 3 of the audit log. None is made of an account that is suspended, though the request came in before.
     * @returns it, with the characters that are nowhere else
     * @throws GatewayError `key-exists`, `too-many-keys`, `plan-without-api` of an account that is suspended
     */
    async create(
      by: By,
      grant: Pick<Key, 'name' | 'permissions' | 'defaultTags' | 'defaultVisibility' | 'expiresAt'>,
      now: number,
    ): Promise<{ key: Key; token: string }> {
      const { accountId } = by
      const token = newToken()
      const { name, permissions, defaultTags, defaultVisibility, expiresAt } = grant
      const made = statement(
        db,
        sql`
        INSERT INTO tokens (hash, account_id, name, permissions, default_tags, default_visibility, api_allowed, created_at, expires_at)
        SELECT ${await hashToken(token)}, id, ${name}, ${permissions}, ${JSON.stringify(defaultTags)}, ${defaultVisibility},
          api_allowed, ${now}, ${expiresAt}
        FROM accounts WHERE id = ${accountId} AND suspended_at IS NULL AND (SELECT COUNT(*) FROM tokens WHERE account_id = ${accountId}) < ${MOST}
        ON CONFLICT DO NOTHING`,
      )
      const line = statement(db, auditing(deedOf(by, 'key-created', name), now, CHANGED))
      const inserted = ((await soon('new token', db.$client.batch([made, line])))[0]?.meta.changes ?? 0) > 0
      const named = and(eq(tokens.accountId, accountId), eq(tokens.name, name))
      const [key] = await soon('token look-up', db.select(KEY).from(tokens).where(named))
      if (!inserted) {
        const account = db
          .select({ suspendedAt: accounts.suspendedAt })
          .from(accounts)
          .where(eq(accounts.id, accountId))
        const isSuspended = (await soon('account look-up', account))[0]?.suspendedAt != null
        throw new GatewayError(isSuspended ? 'plan-without-api' : key ? 'key-exists' : 'too-many-keys')
      }
      if (!key) throw new GatewayError('unavailable')
      return { key, token }
    },

    /**
     * Revoke a token by its name, if another one is left that may manage keys, or `force`. Writes 1 row, and 3 of the audit log.
     * @throws GatewayError `no-such-key`, `last-admin-key`
     */
    async revoke(by: By, name: string, force: boolean, now: number): Promise<void> {
      const { accountId } = by
      const admin = (of: string) => sql.raw(`(',' || ${of}.permissions || ',') LIKE '%,admin,%'`)
      const spared = sql`EXISTS (SELECT 1 FROM tokens AS other WHERE other.account_id = ${accountId} AND other.name <> ${name}
        AND other.revoked_at IS NULL AND other.login IS NULL AND other.api_allowed AND (other.expires_at IS NULL OR other.expires_at > ${now}) AND ${admin('other')})`
      const standing = and(eq(tokens.accountId, accountId), eq(tokens.name, name), isNull(tokens.revokedAt))
      const revoked = db
        .update(tokens)
        .set({ revokedAt: now })
        .where(and(standing, force ? undefined : or(sql`NOT ${admin('tokens')}`, spared)))
      const line = auditLine(db, deedOf(by, 'key-revoked', name), now, CHANGED)
      if ((await soon('revocation', db.batch([revoked, line])))[0].meta.changes > 0) return
      const [key] = await soon('token look-up', db.select(KEY).from(tokens).where(standing))
      throw new GatewayError(key ? 'last-admin-key' : 'no-such-key')
    },

    /** Whether a token or session still opens anything. Reads one row, or two. */
    async stands(hash: string, now: number): Promise<boolean> {
      const asked = db.get<{ stands: number }>(sql`SELECT ${stillStands(hash, now)} AS stands`)
      return (await soon('token look-up', asked)).stands === 1
    },

    /**
     * Who a token belongs to. Reads one row; writes one at most once an hour, its time of use.
     * @param address where the request came from
     * @returns `null` for a token that is unknown, expired or revoked
     */
    async principal(token: string, address: string, now: number): Promise<Principal | null> {
      const hash = await hashToken(token)
      const found = db.select().from(tokens).where(eq(tokens.hash, hash))
      const [row] = await within(settings.bindingDeadline, 'token look-up', found)
      if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return null
      if (row.lastUsedAt === null || row.lastUsedAt < now - HOUR) {
        const used = db
          .update(tokens)
          .set({ lastUsedAt: now })
          .where(and(eq(tokens.hash, hash), or(isNull(tokens.lastUsedAt), lt(tokens.lastUsedAt, now - HOUR))))
        await within(settings.bindingDeadline, 'token use', used).catch(() => undefined)
      }
      return {
        accountId: row.accountId,
        tokenHash: hash,
        actor: `key ${row.name}`,
        address,
        permissions: new Set(row.permissions.split(',') as Permission[]),
        apiAllowed: row.apiAllowed,
        defaultTags: row.defaultTags,
        defaultVisibility: row.defaultVisibility,
        login: row.login,
      }
    },
  }
}

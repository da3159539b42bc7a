/** Tokens: who is asking, and what they may do. */
import { and, asc, eq, getTableColumns, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import { hexOf } from './digest.ts'
import type { Settings } from './env.ts'
import { type Login, type Permission, sessions, tokens, type Visibility } from './schema.ts'

/** Who a request comes from, as far as its token or session tells. */
export interface Principal {
  accountId: number
  /** SHA-256 of the token, or of the session's cookie: {@link stillStands} says whether it still opens anything. */
  tokenHash: string
  /** What the audit log calls them: the key's name, or the account's where somebody is signed in. */
  actor: string
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
const newToken = (): string => hexOf(crypto.getRandomValues(new Uint8Array(16)))

/** In a statement: a token, or a session, of this hash still opens something. Reads one row, or two. */
export const stillStands = (hash: string, now: number): SQL => sql`(
  EXISTS (SELECT 1 FROM ${tokens} WHERE ${tokens.hash} = ${hash}
    AND ${tokens.revokedAt} IS NULL AND ${tokens.apiAllowed} AND (${tokens.expiresAt} IS NULL OR ${tokens.expiresAt} > ${now}))
  OR EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.hash} = ${hash} AND ${sessions.expiresAt} > ${now}))`

const { hash: _hash, accountId: _accountId, apiAllowed: _apiAllowed, login: _login, ...KEY } = getTableColumns(tokens)

/** Verbs on tokens. */
export function tokensIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  return {
    /** Tokens of an account that were not revoked, by name. Reads two rows for each that it ever had, at most 400. */
    list(accountId: number): Promise<Key[]> {
      const standing = and(eq(tokens.accountId, accountId), isNull(tokens.revokedAt))
      return soon('list of tokens', db.select(KEY).from(tokens).where(standing).orderBy(asc(tokens.name)).limit(MOST))
    },

    /**
     * Make a token. Writes 2 rows.
     * @returns it, with the characters that are nowhere else
     * @throws GatewayError `key-exists`, `too-many-keys`
     */
    async create(
      accountId: number,
      grant: Pick<Key, 'name' | 'permissions' | 'defaultTags' | 'defaultVisibility' | 'expiresAt'>,
      now: number,
    ): Promise<{ key: Key; token: string }> {
      const token = newToken()
      const { name, permissions, defaultTags, defaultVisibility, expiresAt } = grant
      const made = db.run(sql`
        INSERT INTO tokens (hash, account_id, name, permissions, default_tags, default_visibility, api_allowed, created_at, expires_at)
        SELECT ${await hashToken(token)}, id, ${name}, ${permissions}, ${JSON.stringify(defaultTags)}, ${defaultVisibility},
          api_allowed, ${now}, ${expiresAt}
        FROM accounts WHERE id = ${accountId} AND (SELECT COUNT(*) FROM tokens WHERE account_id = ${accountId}) < ${MOST}
        ON CONFLICT DO NOTHING`)
      const inserted = (await soon('new token', made)).meta.changes > 0
      const named = and(eq(tokens.accountId, accountId), eq(tokens.name, name))
      const [key] = await soon('token look-up', db.select(KEY).from(tokens).where(named))
      if (!inserted) throw new GatewayError(key ? 'key-exists' : 'too-many-keys')
      if (!key) throw new GatewayError('unavailable')
      return { key, token }
    },

    /**
     * Revoke a token by its name, if another one is left that may manage keys, or `force`. Writes 1 row.
     * @throws GatewayError `no-such-key`, `last-admin-key`
     */
    async revoke(accountId: number, name: string, force: boolean, now: number): Promise<void> {
      const admin = (of: string) => sql.raw(`(',' || ${of}.permissions || ',') LIKE '%,admin,%'`)
      const spared = sql`EXISTS (SELECT 1 FROM tokens AS other WHERE other.account_id = ${accountId} AND other.name <> ${name}
        AND other.revoked_at IS NULL AND other.login IS NULL AND other.api_allowed AND (other.expires_at IS NULL OR other.expires_at > ${now}) AND ${admin('other')})`
      const standing = and(eq(tokens.accountId, accountId), eq(tokens.name, name), isNull(tokens.revokedAt))
      const revoked = db
        .update(tokens)
        .set({ revokedAt: now })
        .where(and(standing, force ? undefined : or(sql`NOT ${admin('tokens')}`, spared)))
      if ((await soon('revocation', revoked)).meta.changes > 0) return
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
     * @returns `null` for a token that is unknown, expired or revoked
     */
    async principal(token: string, now: number): Promise<Principal | null> {
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
        actor: row.name,
        permissions: new Set(row.permissions.split(',') as Permission[]),
        apiAllowed: row.apiAllowed,
        defaultTags: row.defaultTags,
        defaultVisibility: row.defaultVisibility,
        login: row.login,
      }
    },
  }
}

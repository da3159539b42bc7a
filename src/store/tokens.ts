/** Tokens: who is asking, and what they may do. */
import { and, eq, isNull, lt, or } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import { hexOf } from './digest.ts'
import type { Settings } from './env.ts'
import { type Login, type Permission, tokens, type Visibility } from './schema.ts'

/** Who a request comes from, as far as its token tells. */
export interface Principal {
  accountId: number
  tokenHash: string
  permissions: ReadonlySet<Permission>
  /** False where the account's plan has no API access. */
  apiAllowed: boolean
  defaultTags: string[]
  defaultVisibility: Visibility | null
  /** What must come beside the token in a path; `null`: nothing. */
  login: Login | null
}

const HOUR = 3_600_000

/** SHA-256 of a token's characters, as D1 keeps it: 64 hex. */
export async function hashToken(token: string): Promise<string> {
  return hexOf(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
}

/** Verbs on tokens. */
export function tokensIn(db: DrizzleD1Database, settings: Settings) {
  return {
    /** Whether a token still opens anything. Reads one row. */
    async stands(hash: string, now: number): Promise<boolean> {
      const [row] = await within(
        settings.bindingDeadline,
        'token look-up',
        db.select().from(tokens).where(eq(tokens.hash, hash)),
      )
      return (
        row !== undefined && row.revokedAt === null && row.apiAllowed && (row.expiresAt === null || row.expiresAt > now)
      )
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
        permissions: new Set(row.permissions.split(',') as Permission[]),
        apiAllowed: row.apiAllowed,
        defaultTags: row.defaultTags,
        defaultVisibility: row.defaultVisibility,
        login: row.login,
      }
    },
  }
}

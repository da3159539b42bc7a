/** Links that sign somebody in once: an invite makes an account, a recovery opens one that is there. */
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { signInLinks } from './schema.ts'
import { newName, newSecret } from './sessions.ts'
import { hashToken } from './tokens.ts'

export type SignInLink = typeof signInLinks.$inferSelect

/** What one is made of. */
export type NewLink = Pick<SignInLink, 'kind' | 'accountId' | 'name' | 'role' | 'plan' | 'madeBy' | 'expiresAt'>

/** Verbs on sign-in links. */
export function signInLinksIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  const standing = (now: number) =>
    and(isNull(signInLinks.usedAt), isNull(signInLinks.revokedAt), gt(signInLinks.expiresAt, now))

  return {
    /** Make one. Writes 2 rows. @returns what stands in the link, which is kept nowhere */
    async make(link: NewLink, now: number): Promise<string> {
      const secret = newSecret()
      const row = { ...link, hash: await hashToken(secret), id: newName(), createdAt: now }
      await soon('new sign-in link', db.insert(signInLinks).values(row))
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

    /** Use one up: of many at once, one is told that it was the one. Writes 1 row. @returns `null` where it opens nothing any more */
    async use(secret: string, now: number): Promise<SignInLink | null> {
      const used = db
        .update(signInLinks)
        .set({ usedAt: now })
        .where(and(eq(signInLinks.hash, await hashToken(secret)), standing(now)))
        .returning()
      return (await soon('use of a sign-in link', used))[0] ?? null
    },

    /** Those that still open something, the latest first; at most 200. */
    list(now: number): Promise<SignInLink[]> {
      return soon(
        'list of sign-in links',
        db.select().from(signInLinks).where(standing(now)).orderBy(desc(signInLinks.createdAt)).limit(200),
      )
    },

    /** Withdraw one. @returns whether it was there and unused */
    async revoke(id: string, now: number): Promise<boolean> {
      const revoked = db
        .update(signInLinks)
        .set({ revokedAt: now })
        .where(and(eq(signInLinks.id, id), standing(now)))
      return (await soon('withdrawal of a sign-in link', revoked)).meta.changes > 0
    },

    /** Forget those that ended a month ago. */
    async forget(now: number): Promise<void> {
      await soon(
        'sign-in links that are over',
        db.run(sql`DELETE FROM sign_in_links WHERE expires_at <= ${now - 30 * 86_400_000}`),
      )
    },
  }
}

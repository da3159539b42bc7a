/** Sessions: in which browsers somebody is signed in. */
import { and, desc, eq, gt, ne, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { within } from './deadline.ts'
import { randomHex } from './digest.ts'
import type { Settings } from './env.ts'
import { accounts, type SignInMethod, sessions } from './schema.ts'
import { hashToken } from './tokens.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A session that is not used for so long ends. Milliseconds. */
const IDLE = 14 * DAY
/** None lasts longer. Milliseconds. */
export const LONGEST_SESSION = 90 * DAY
/** Longest description of a browser that is kept. Characters. */
const MAX_AGENT = 400

export type Session = typeof sessions.$inferSelect

/** Where somebody signs in from. */
export interface Whence {
  userAgent: string
  address: string
}

/** How somebody proved who they are. */
export interface Proof {
  method: SignInMethod
  /** Until when whoever vouches for them does. */
  until?: number
  /** When they did so, where that was not just now. */
  at?: number
}

/** 256 random bits, as 64 hex: a cookie, or what stands in a link. */
export const newSecret = (): string => randomHex(256)

/** Whether a text could be one. */
export const isSecret = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** 64 random bits, as 16 hex: a name that opens nothing. */
export const newName = (): string => randomHex(64)

/** Verbs on sessions. */
export function sessionsIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** Sign an account in. Writes 3 rows. @returns what the cookie holds, which is kept nowhere */
    async begin(
      accountId: number,
      { method, until, at }: Proof,
      { userAgent, address }: Whence,
      now: number,
    ): Promise<string> {
      const secret = newSecret()
      const session = {
        hash: await hashToken(secret),
        id: newName(),
        accountId,
        method,
        createdAt: now,
        expiresAt: Math.min(now + IDLE, until ?? Number.POSITIVE_INFINITY),
        seenAt: now,
        confirmedAt: Math.min(at ?? now, now),
        userAgent: userAgent.slice(0, MAX_AGENT),
        address,
      }
      await soon('new session', db.insert(sessions).values(session))
      return secret
    },

    /**
     * Whose session this is. Reads two rows; writes three at most once an hour, where use moves its end on.
     * @returns `null` for one that is unknown or over, and for an account that is suspended
     */
    async find(secret: string, now: number) {
      const hash = await hashToken(secret)
      const found = db
        .select({ session: sessions, account: accounts })
        .from(sessions)
        .innerJoin(accounts, eq(accounts.id, sessions.accountId))
        .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, now)))
      const [row] = await soon('session look-up', found)
      if (!row || row.account.suspendedAt !== null) return null
      if (row.session.seenAt < now - HOUR) {
        // What Access vouches for does not outlive its word.
        const { method, createdAt } = row.session
        const expiresAt =
          method === 'access' ? row.session.expiresAt : Math.min(now + IDLE, createdAt + LONGEST_SESSION)
        const used = db.update(sessions).set({ seenAt: now, expiresAt }).where(eq(sessions.hash, hash))
        await soon('session use', used).catch(() => undefined)
      }
      return row
    },

    /** Note that the person has just proved to be there. Writes 1 row. */
    async confirmed(hash: string, now: number): Promise<void> {
      await soon('confirmation', db.update(sessions).set({ confirmedAt: now }).where(eq(sessions.hash, hash)))
    },

    /** Those of an account that have not ended, the latest first; at most 200. */
    list(accountId: number, now: number): Promise<Session[]> {
      const standing = and(eq(sessions.accountId, accountId), gt(sessions.expiresAt, now))
      return soon(
        'list of sessions',
        db.select().from(sessions).where(standing).orderBy(desc(sessions.createdAt)).limit(200),
      )
    },

    /** End one of an account. Writes 3 rows. @returns whether it was there */
    async end(accountId: number, id: string): Promise<boolean> {
      const ended = db.delete(sessions).where(and(eq(sessions.accountId, accountId), eq(sessions.id, id)))
      return (await soon('end of a session', ended)).meta.changes > 0
    },

    /** End all of an account, but for the one whose id is `spared`. @returns how many */
    async endAll(accountId: number, spared = ''): Promise<number> {
      const ended = db.delete(sessions).where(and(eq(sessions.accountId, accountId), ne(sessions.id, spared)))
      return (await soon('end of sessions', ended)).meta.changes
    },

    /** Forget some of those that are over. @returns how many */
    async forget(now: number, most: number): Promise<number> {
      const over = sql`DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ${now} LIMIT ${most})`
      return (await soon('sessions that are over', db.run(over))).meta.changes
    },
  }
}

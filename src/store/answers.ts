/** Answers that were given to requests with an Idempotency-Key, so that the same request is answered once. */
import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { answers } from './schema.ts'

/** A request that has brought no answer for so long has died, and may be made again. */
const ABANDONED = 5 * 60_000

/** A request that is under way under its key. */
export interface Claim {
  accountId: number
  key: string
  /** When it was begun: a fence against one that was begun before it and given up. */
  createdAt: number
}

export interface Answered {
  status: number
  /** JSON. */
  body: string
}

/** Verbs on answers. Each states the rows it writes, indexes counted. */
export function answersIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  const held = ({ accountId, key, createdAt }: Claim) =>
    and(
      eq(answers.accountId, accountId),
      eq(answers.key, key),
      eq(answers.createdAt, createdAt),
      isNull(answers.status),
    )

  return {
    /**
     * Begin a request under its key, or learn how it was answered before. Writes 2 rows, none where it is known.
     * @param digest of all that makes the request what it is. 64 hex
     * @throws GatewayError `still-uploading`, `other-request`
     */
    async begin(accountId: number, key: string, digest: string, now: number): Promise<Claim | Answered> {
      const claim = { accountId, key, createdAt: now }
      const row = { ...claim, digest }
      const begun = db.insert(answers).values(row).onConflictDoNothing().returning()
      if ((await soon('begin of a request', begun)).length > 0) return claim
      const same = and(eq(answers.accountId, accountId), eq(answers.key, key))
      const [earlier] = await soon('look-up of an answer', db.select().from(answers).where(same))
      if (earlier === undefined) throw new GatewayError('still-uploading') // it ended without one just now
      if (earlier.digest !== digest) throw new GatewayError('other-request')
      if (earlier.status !== null) return { status: earlier.status, body: earlier.body ?? '' }
      if (earlier.createdAt > now - ABANDONED) throw new GatewayError('still-uploading')
      const taken = db.update(answers).set({ createdAt: now }).where(held(earlier)).returning()
      if ((await soon('begin of a request', taken)).length === 0) throw new GatewayError('still-uploading')
      return claim
    },

    /** Keep the answer. Writes 1 row. */
    async keep(claim: Claim, { status, body }: Answered): Promise<void> {
      await soon('answer', db.update(answers).set({ status, body }).where(held(claim)))
    },

    /** It was refused, or failed: it may be made again. Writes 2 rows. */
    async drop(claim: Claim): Promise<void> {
      await soon('end of a request', db.delete(answers).where(held(claim)))
    },

    /** Forget the oldest of those that were begun before. Writes 2 rows each. @returns how many there were */
    async forget(before: number, limit: number): Promise<number> {
      const { accountId, key } = answers
      const old = db.select({ accountId, key }).from(answers).where(lt(answers.createdAt, before)).limit(limit)
      const gone = db.delete(answers).where(sql`(${accountId}, ${key}) IN ${old}`)
      return (await soon('answers that are forgotten', gone)).meta.changes
    },
  }
}

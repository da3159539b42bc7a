/** Links that open one capture, or a slice of it, for whoever has them. */
import { and, asc, eq, exists, getTableColumns, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { auditing, auditLines, type By, CHANGED, deedOf } from './audit.ts'
import { type Capture, notGone } from './captures.ts'
import { within } from './deadline.ts'
import { randomHex } from './digest.ts'
import type { Settings } from './env.ts'
import { captures, type Login, type Selected, shares } from './schema.ts'
import { statement } from './statement.ts'

export type Share = typeof shares.$inferSelect

/** Links that a capture may have, ended ones counted until they are forgotten. */
export const MAX_SHARES = 100
/** Wrong passwords that a link hears before it hears none for the rest of a while. */
export const MAX_TRIES = 10
/** That while, from the first of them. Milliseconds. */
export const TRIES_WHILE = 5 * 60_000

/** What its owner says of a new link. */
export interface ShareWish {
  expiresAt: number | null
  password: Login | null
  viewLimit: number | null
  withKeylog: boolean
  selection: Selected | null
}

/** What the audit log calls a link: its beginning, which opens nothing. */
const nameOf = (id: string): string => `${id.slice(0, 8)}…`

/** Verbs on links. Each that is for an owner asks in its one statement whether the link is that account's. */
export function sharesIn(db: DrizzleD1Database & { $client: D1Database }, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  const ofAccount = (id: string, accountId: number) => and(eq(shares.id, id), eq(shares.accountId, accountId))

  /** Its capture is there. Once that is in the trash, a link can be ended still, and no more. */
  const leads = exists(
    db
      .select({ one: sql`1` })
      .from(captures)
      .where(and(eq(captures.id, shares.captureId), notGone)),
  )

  /** One link of this account to a capture that is there. Reads two rows. */
  async function findOwn(id: string, accountId: number): Promise<Share | null> {
    const [row] = await soon(
      'look-up of a link',
      db
        .select()
        .from(shares)
        .where(and(ofAccount(id, accountId), leads)),
    )
    return row ?? null
  }

  return {
    findOwn,

    /**
     * Make a link to a capture of this account. Writes 2 rows, 3 where it expires, and 3 of the audit log; reads one for each that the capture has. An answer
     * that was lost is settled by reading the row.
     * @returns `null` where the account has no such capture, or that one as many links as it may have
     */
    async make(captureId: string, by: By, wish: ShareWish, now: number): Promise<Share | null> {
      const { accountId } = by
      const id = randomHex(128)
      const json = (value: object | null) => (value === null ? null : JSON.stringify(value))
      const made = statement(
        db,
        sql`
        INSERT INTO shares (id, capture_id, account_id, created_at, expires_at, password, view_limit, with_keylog,
          selection, visit_key)
        SELECT ${id}, id, account_id, ${now}, ${wish.expiresAt}, ${json(wish.password)}, ${wish.viewLimit},
          ${wish.withKeylog ? 1 : 0}, ${json(wish.selection)}, ${randomHex(256)}
        FROM captures
        WHERE id = ${captureId} AND account_id = ${accountId} AND state NOT IN ('trashed', 'doomed')
          AND (SELECT COUNT(*) FROM shares WHERE capture_id = ${captureId}) < ${MAX_SHARES}`,
      )
      const line = statement(db, auditing(deedOf(by, 'share-made', `${nameOf(id)} of ${captureId}`), now, CHANGED))
      try {
        if ((await soon('new link', db.$client.batch([made, line])))[0]?.meta.changes === 0) return null
      } catch (error) {
        const found = await findOwn(id, accountId).catch(() => null)
        if (found) return found
        throw error
      }
      const found = await findOwn(id, accountId)
      if (found === null) throw new GatewayError('no-such-capture') // it was deleted just now
      return found
    },

    /** The links of a capture of this account, oldest first. Reads a row for each. `null` where it has no such capture. */
    async list(captureId: string, accountId: number): Promise<Share[] | null> {
      const own = and(eq(captures.id, captureId), eq(captures.accountId, accountId), notGone)
      const of = and(eq(shares.captureId, captureId), eq(shares.accountId, accountId))
      const listed = db.select().from(shares).where(of).orderBy(asc(shares.createdAt)).limit(MAX_SHARES)
      const capture = db.select({ id: captures.id }).from(captures).where(own)
      const [found, rows] = await soon('list of links', db.batch([capture, listed]))
      return found.length === 0 ? null : rows
    },

    /** Change when a link ends. Writes 1 row, 3 where its expiry is another. `null` where it is none of this account's, or revoked. */
    async change(
      id: string,
      accountId: number,
      to: Partial<Pick<Share, 'expiresAt' | 'viewLimit'>>,
    ): Promise<Share | null> {
      const changed = db
        .update(shares)
        .set(to)
        .where(and(ofAccount(id, accountId), isNull(shares.revokedAt), leads))
        .returning()
      return (await soon('change of a link', changed))[0] ?? null
    },

    /** End a link for good; once more changes nothing. Writes 3 rows, and 3 of the audit log. False where it is none of this account's. */
    async revoke(id: string, by: By, now: number): Promise<boolean> {
      const mine = ofAccount(id, by.accountId)
      const stands = sql`SELECT ${shares.accountId} AS account_id, ${`${nameOf(id)} of `} || ${shares.captureId} AS subject
        FROM ${shares} WHERE ${and(mine, isNull(shares.revokedAt))}`
      const line = auditLines(db, by, 'share-revoked', now, stands)
      const revoked = db
        .update(shares)
        .set({
          revokedAt: sql`COALESCE(${shares.revokedAt}, ${now})`,
          expiresAt: sql`MIN(COALESCE(${shares.expiresAt}, ${now}), ${now})`,
        })
        .where(mine)
      return (await soon('end of a link', db.batch([line, revoked])))[1].meta.changes > 0
    },

    /** A link and the capture that it opens, whatever its state. Reads 3 rows. `null` where one of them is gone. */
    async open(id: string): Promise<{ share: Share; capture: Capture } | null> {
      const opens = and(eq(shares.captureId, captures.id), eq(shares.accountId, captures.accountId))
      const [[share], [capture]] = await soon(
        'look-up of a link',
        db.batch([
          db.select().from(shares).where(eq(shares.id, id)),
          db
            .select(getTableColumns(captures))
            .from(captures)
            .innerJoin(shares, opens)
            .where(and(eq(shares.id, id), notGone)),
        ]),
      )
      return share && capture ? { share, capture } : null
    },

    /** Count a view, if the link still has one to give: of those that ask at once, no more are told so. Writes 1 row. */
    async view(id: string, now: number): Promise<boolean> {
      const counted = db
        .update(shares)
        .set({ views: sql`${shares.views} + 1`, lastViewedAt: now })
        .where(
          and(
            eq(shares.id, id),
            isNull(shares.revokedAt),
            or(isNull(shares.expiresAt), gt(shares.expiresAt, now)),
            or(isNull(shares.viewLimit), lt(shares.views, shares.viewLimit)),
          ),
        )
      return (await soon('count of a view', counted)).meta.changes > 0
    },

    /**
     * Take one of the tries at a password that a link has within a while, before the password is looked at. Writes 1 row, none where
     * there is none left.
     */
    async takeTry(id: string, now: number): Promise<boolean> {
      const over = sql`(${shares.triesSince} IS NULL OR ${shares.triesSince} <= ${now - TRIES_WHILE})`
      const taken = db
        .update(shares)
        .set({
          tries: sql`CASE WHEN ${over} THEN 1 ELSE ${shares.tries} + 1 END`,
          triesSince: sql`CASE WHEN ${over} THEN ${now} ELSE ${shares.triesSince} END`,
        })
        .where(and(eq(shares.id, id), or(over, lt(shares.tries, MAX_TRIES))))
      return (await soon('try of a password', taken)).meta.changes > 0
    },

    /** Give a try back: its password was right. Writes 1 row. */
    async giveTryBack(id: string): Promise<void> {
      const given = db
        .update(shares)
        .set({ tries: sql`MAX(${shares.tries} - 1, 0)` })
        .where(eq(shares.id, id))
      await soon('return of a try', given)
    },

    /**
     * Forget links that ended before, at most so many, oldest first. Reads only rows of those, by their partial index. Writes 3 rows
     * for each.
     * @returns how many
     */
    async forgetEnded(before: number, limit: number): Promise<number> {
      const ended = db
        .select({ id: shares.id })
        .from(shares)
        .where(and(sql`${shares.expiresAt} IS NOT NULL`, lt(shares.expiresAt, before)))
        .orderBy(asc(shares.expiresAt))
        .limit(limit)
      return (await soon('end of links', db.delete(shares).where(sql`${shares.id} IN ${ended}`))).meta.changes
    },
  }
}

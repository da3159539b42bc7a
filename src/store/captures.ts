/** Rows of captures: each verb is one step of the order of effects (docs/adr/0001), one statement or one batch. */
import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { GatewayError } from '../errors.ts'
import type { Account } from './accounts.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { ParseJob } from './jobs.ts'
import {
  accounts,
  type BrokenOff,
  captures,
  type Failure,
  type Fetch,
  type Headline,
  type State,
  tokens,
  uploadParts,
  uploads,
  type Visibility,
} from './schema.ts'
import { idAt } from './search-terms.ts'
import type { Principal } from './tokens.ts'

type Database = DrizzleD1Database & { $client: D1Database }

export type Capture = typeof captures.$inferSelect

/** What a reservation needs to know. */
export interface Reservation {
  id: string
  accountId: number
  objectKey: string
  filename: string
  /** Bytes that must be had of the quota. */
  size: number
  /** Bytes that would be good to have, where plan and quota have them; the same as `size` where that is exact. */
  wish: number
  /** `null`: the account's default. */
  visibility: Visibility | null
  idempotencyKey: string | null
  now: number
  /** For what a job fetches: nobody holds the row until then, and all but the bytes is known. */
  fetch?: { what: Fetch; tags: string[]; comments: string }
}

/** What is only known once the last byte has come. */
export interface Committed {
  size: number
  filename: string
  tags: string[]
  comments: string
  sha256: string | null
  md5: string | null
  /** Set where only the beginning came: the idempotency key is given back then, for who asks again wants the whole. */
  brokenOff?: BrokenOff | null
  /** The key log that came with it. */
  keylog?: Keylog | null
}

/** What tells whether an object still belongs to a row. */
export type Known = Pick<Capture, 'state' | 'generation' | 'objectKey' | 'keylogKey'>

/** A key log in R2. */
export interface Keylog {
  key: string
  /** Bytes. */
  size: number
}

/** What a parse found out. */
export interface Parsed {
  facts: Headline | null
  failure: Failure | null
  summaryKey: string | null
  /** Bytes of the seekable copy. */
  copySize: number
  sha256: string | null
  sha1: string | null
  md5: string | null
}

/** Attempts at one part of a parse before the capture ends as `error`: hours of a store that does not answer. */
export const MAX_ATTEMPTS = 64
/** A parse that ended without a word counts as so many: a capture that kills its parsers does so four times. */
const UNTIMELY = 16

const MINUTE = 60_000

/** What a row says of a parse of which nothing is kept. */
const NOTHING = { facts: null, summaryKey: null, copySize: 0, copiedAt: null, progress: null }

const dialect = new SQLiteAsyncDialect()

/** Verbs on captures. Each states the rows it writes, indexes counted. */
export function capturesIn(db: Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** A statement that drizzle's builder has no words for, as one that D1 can batch. */
  const statement = (query: SQL) => {
    const built = dialect.sqlToQuery(query)
    return db.$client.prepare(built.sql).bind(...built.params)
  }

  async function find(id: string): Promise<Capture | null> {
    const [row] = await soon('capture look-up', db.select().from(captures).where(eq(captures.id, id)))
    return row ?? null
  }

  return {
    /** One capture, in whatever state. Reads one row. */
    find,

    /** One capture of this account that is not on its way out. Reads one row. */
    async findOwn(id: string, accountId: number): Promise<Capture | null> {
      const own = and(eq(captures.id, id), eq(captures.accountId, accountId))
      const [row] = await soon('capture look-up', db.select().from(captures).where(own))
      return row && row.state !== 'doomed' ? row : null
    },

    /** A capture that whoever has the link may see. Reads one row. */
    async findUnlisted(id: string): Promise<Capture | null> {
      const open = and(eq(captures.id, id), eq(captures.visibility, 'unlisted'))
      const [row] = await soon('capture look-up', db.select().from(captures).where(open))
      return row && row.state !== 'doomed' ? row : null
    },

    /** Those of these captures that the account has. Reads a row for each. */
    own(ids: string[], accountId: number): Promise<Capture[]> {
      const listed = sql`${captures.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
      const own = and(listed, sql`+${captures.accountId} = ${accountId}`) // else D1 goes through all that the account has
      return soon('look-up of captures', db.select().from(captures).where(own))
    },

    /**
     * Captures of an account in every state, newest first. Reads two rows for each.
     * @param from places as `placeOf` makes them: from the first one
     * @param before and before this one
     */
    newest(accountId: number, from: string, before: string, limit: number): Promise<Capture[]> {
      const time = (place: string) => Number.parseInt(place.slice(0, 11), 16)
      const until = time(before)
      const own = and(
        eq(captures.accountId, accountId),
        gte(captures.createdAt, time(from)),
        Number.isNaN(until)
          ? undefined
          : sql`(${captures.createdAt}, ${captures.id}) < (${until}, ${before.length > 11 ? idAt(before.slice(0, 43)) : ''})`,
      )
      const newest = db.select().from(captures).where(own).orderBy(desc(captures.createdAt), desc(captures.id))
      return soon('look for captures', newest.limit(limit))
    },

    /**
     * Take a place and bytes of the account's quota, together or not at all. Writes 4 rows, 5 with an idempotency key.
     * @returns the bytes that were reserved and what the plan allows, or the earlier capture that has the idempotency key
     * @throws GatewayError `too-large`, `over-files-limit`, `over-storage-limit`, `still-uploading`
     */
    async reserve(asked: Reservation): Promise<{ held: number; maxFileSize: number } | { earlier: Capture }> {
      const { id, accountId, size, wish, now } = asked
      const { what = null, tags = [], comments = '' } = asked.fetch ?? {}
      const leaseUntil = what === null ? now + settings.uploadLease : null
      const dueAt = leaseUntil ?? now + Math.min(MINUTE, settings.parseLease)
      const insert = statement(sql`
        INSERT INTO captures (id, account_id, state, filename, size, visibility, tags, comments, object_key,
          created_at, lease_until, due_at, idempotency_key, fetch)
        SELECT ${id}, id, 'uploading', ${asked.filename}, MAX(${size}, MIN(${wish}, max_file_size, bytes_limit - bytes)),
          COALESCE(${asked.visibility}, default_visibility, 'unlisted'), ${JSON.stringify(tags)}, ${comments},
          ${asked.objectKey}, ${now}, ${leaseUntil}, ${dueAt}, ${asked.idempotencyKey},
          ${what === null ? null : JSON.stringify(what)}
        FROM accounts
        WHERE id = ${accountId} AND files < files_limit AND ${size} <= max_file_size AND bytes + ${size} <= bytes_limit
        ON CONFLICT DO NOTHING
        RETURNING size`)
      const charge = statement(sql`
        UPDATE accounts SET files = files + 1, bytes = bytes + (SELECT size FROM captures WHERE id = ${id})
        WHERE id = ${accountId} AND EXISTS (SELECT 1 FROM captures WHERE id = ${id})`)
      const look = statement(sql`
        SELECT files, files_limit AS filesLimit, max_file_size AS maxFileSize, bytes, bytes_limit AS bytesLimit
        FROM accounts WHERE id = ${accountId}`)
      const [insertion, , found] = await soon('reservation', db.$client.batch([insert, charge, look]))
      const inserted = insertion?.results[0] as { size: number } | undefined
      const account = found?.results[0] as Omit<Account, 'id'> | undefined
      if (!account) throw new GatewayError('unknown-key')
      if (inserted) return { held: inserted.size, maxFileSize: account.maxFileSize }
      if (asked.idempotencyKey !== null) {
        const same = and(eq(captures.accountId, accountId), eq(captures.idempotencyKey, asked.idempotencyKey))
        const [earlier] = await soon('idempotency look-up', db.select().from(captures).where(same))
        if (earlier) return { earlier }
      }
      if (size > account.maxFileSize) throw tooLarge(account)
      if (account.files >= account.filesLimit) throw new GatewayError('over-files-limit')
      if (account.bytes + size > account.bytesLimit) throw new GatewayError('over-storage-limit')
      throw new GatewayError('still-uploading') // whoever had the idempotency key gave up just now
    },

    /**
     * Take more bytes of the quota for an upload that outgrew what it had, and renew its lease. Writes 2 rows.
     * @param held bytes reserved so far
     * @param capture.attempt whose hold it is, where attempts are counted
     * @returns false where the quota has no room for them, or the row is no longer uploading
     */
    async extend(
      capture: { id: string; accountId: number; attempt?: number },
      held: number,
      more: number,
      now: number,
    ): Promise<boolean> {
      const grow = statement(sql`
        UPDATE captures SET size = ${held + more}, lease_until = MAX(lease_until, ${now + settings.uploadLease})
        WHERE id = ${capture.id} AND state = 'uploading' AND attempts = ${capture.attempt ?? 0} AND size = ${held} AND EXISTS (
          SELECT 1 FROM accounts WHERE id = ${capture.accountId} AND bytes + ${more} <= bytes_limit)`)
      const charge = statement(sql`
        UPDATE accounts SET bytes = bytes + ${more}
        WHERE id = ${capture.accountId} AND EXISTS (
          SELECT 1 FROM captures WHERE id = ${capture.id} AND state = 'uploading'
            AND attempts = ${capture.attempt ?? 0} AND size = ${held + more})`)
      const [grown] = await soon('extension of a reservation', db.$client.batch([grow, charge]))
      return (grown?.meta.changes ?? 0) > 0
    },

    /** Renew the lease of an upload, and note R2's upload id where there is one. Writes 1 row. False if it was given up. */
    async renewUpload(id: string, uploadId: string | null, now: number, attempt = 0): Promise<boolean> {
      const still = and(eq(captures.id, id), eq(captures.state, 'uploading'), eq(captures.attempts, attempt))
      const renewed = db
        .update(captures)
        .set({ leaseUntil: now + settings.uploadLease, ...(uploadId === null ? {} : { uploadId }) })
        .where(still)
      return (await soon('renewal of an upload', renewed)).meta.changes > 0
    },

    /**
     * `uploading` → `stored`: the point of success. The bytes that were reserved beyond the true size go back. Writes 1 row,
     * 2 where bytes go back; 4, or 5, where it was resumable.
     * @param held bytes reserved
     * @param resumable its upload is noted as done with it; the sweep, put off while it lasted, looks at it soon again
     * @returns the row, or `null` where it is no longer uploading or its token no longer stands
     */
    async commit(
      id: string,
      principal: Principal,
      held: number,
      done: Committed,
      now: number,
      resumable = false,
    ): Promise<Capture | null> {
      const { keylog = null, brokenOff = null, ...known } = done
      const standing = sql`EXISTS (SELECT 1 FROM ${tokens} WHERE ${tokens.hash} = ${principal.tokenHash}
        AND ${tokens.revokedAt} IS NULL AND ${tokens.apiAllowed} AND (${tokens.expiresAt} IS NULL OR ${tokens.expiresAt} > ${now}))`
      const ready = and(eq(captures.id, id), eq(captures.state, 'uploading'), standing)
      const reserved = sql`(SELECT ${captures.size} FROM ${captures} WHERE ${ready} AND ${captures.size} <> ${done.size})`
      const settle = db
        .update(accounts)
        .set({ bytes: sql`${accounts.bytes} - ${reserved} + ${done.size}` })
        .where(and(eq(accounts.id, principal.accountId), sql`EXISTS ${reserved}`))
      const store = db
        .update(captures)
        .set({
          ...known,
          brokenOff,
          ...(brokenOff === null ? {} : { idempotencyKey: null }),
          keylogKey: keylog?.key ?? null,
          keylogSize: keylog?.size ?? null,
          state: 'stored',
          leaseUntil: null,
          uploadId: null,
          ...(resumable ? { dueAt: now + settings.uploadLease } : {}),
        })
        .where(ready)
        .returning()
      if (resumable) {
        const stored = sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${captures.id} = ${id} AND ${captures.state} = 'stored')`
        const note = db
          .update(uploads)
          .set({ doneAt: now, leaseUntil: null })
          .where(and(eq(uploads.id, id), isNull(uploads.doneAt), stored))
        const [, rows] = await soon('commit', db.batch([settle, store, note]))
        return rows[0] ?? null
      }
      if (held === done.size) return (await soon('commit', store))[0] ?? null
      const [, rows] = await soon('commit', db.batch([settle, store]))
      return rows[0] ?? null
    },

    /**
     * Mark a capture for its end: from then on nobody sees it, and its objects, row and quota go. Writes 2 rows.
     * @param from states in which it may be doomed; its owner may do that while it is fetched, too
     * @returns the row, or `null` where it was in no such state
     */
    async doom(id: string, from: State[], accountId: number | null, now: number): Promise<Capture | null> {
      const [row] = await soon(
        'tombstone',
        db
          .update(captures)
          .set({ state: 'doomed', idempotencyKey: null, dueAt: now })
          .where(
            and(
              eq(captures.id, id),
              accountId === null ? inArray(captures.state, from) : ownersToEnd(from),
              accountId === null ? undefined : eq(captures.accountId, accountId),
            ),
          )
          .returning(),
      )
      return row ?? null
    },

    /** As {@link doom}, for an upload whose lease has run out. */
    async doomExpiredUpload(id: string, now: number): Promise<Capture | null> {
      const expired = and(eq(captures.id, id), eq(captures.state, 'uploading'), lte(captures.leaseUntil, now))
      const [row] = await soon(
        'tombstone of an expired upload',
        db.update(captures).set({ state: 'doomed', idempotencyKey: null, dueAt: now }).where(expired).returning(),
      )
      return row ?? null
    },

    /**
     * Remove the row of a doomed capture, with what is noted of its upload, and give its quota back, together. Its objects are
     * gone by then. Writes 2 rows; 1 more and 1 a part where it was resumable.
     */
    async bury(capture: { id: string; accountId: number }): Promise<void> {
      const doomed = and(eq(captures.id, capture.id), eq(captures.state, 'doomed'))
      const size = sql`(SELECT ${captures.size} FROM ${captures} WHERE ${doomed})`
      const release = db
        .update(accounts)
        .set({ files: sql`${accounts.files} - 1`, bytes: sql`${accounts.bytes} - ${size}` })
        .where(and(eq(accounts.id, capture.accountId), sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${doomed})`))
      const buried = sql`NOT EXISTS (SELECT 1 FROM ${captures} WHERE ${captures.id} = ${capture.id})`
      await soon(
        'burial',
        db.batch([
          release,
          db.delete(captures).where(doomed),
          db.delete(uploadParts).where(and(eq(uploadParts.uploadId, capture.id), buried)),
          db.delete(uploads).where(and(eq(uploads.id, capture.id), buried)),
        ]),
      )
    },

    /**
     * Take the lease on a part of a parse: `stored`, or `parsing` with a lease that ran out, → `parsing`. Writes 1 row.
     * @returns the row with its new attempt, or `null` where somebody holds it or there is nothing to do
     */
    async claim({ captureId, generation, cursor }: ParseJob, now: number): Promise<Capture | null> {
      const free = or(eq(captures.state, 'stored'), and(eq(captures.state, 'parsing'), lte(captures.leaseUntil, now)))
      const [row] = await soon(
        'claim of a parse',
        db
          .update(captures)
          .set({
            state: 'parsing',
            attempts: sql`${captures.attempts} + CASE ${captures.state} WHEN 'stored' THEN 1 ELSE ${UNTIMELY} END`,
            leaseUntil: now + settings.parseLease,
          })
          .where(and(askedFor(captureId, generation, cursor), free))
          .returning(),
      )
      return row ?? null
    },

    /** Renew the lease on a parse, and say how far it has come. Writes 1 row. False where it was lost. */
    async renewParse(capture: Capture, progress: number, now: number): Promise<boolean> {
      const renewed = db
        .update(captures)
        .set({ leaseUntil: now + settings.parseLease, progress })
        .where(heldBy(capture))
      return (await soon('renewal of a parse', renewed)).meta.changes > 0
    },

    /** Give the lease on a parse back, so that a next attempt need not wait for it to run out. Writes 1 row. */
    async releaseParse(capture: Capture): Promise<void> {
      const released = db.update(captures).set({ state: 'stored', leaseUntil: null }).where(heldBy(capture))
      await soon('release of a parse', released)
    },

    /**
     * `parsing` → `stored`, with one part more done: from now on only a job with the next cursor is heard, and attempts count
     * anew. Writes 2 rows.
     * @returns the row, or `null` where the lease was lost
     */
    async advance(capture: Capture, progress: number, now: number): Promise<Capture | null> {
      const dueAt = now + Math.min(MINUTE, settings.parseLease)
      const advanced = db
        .update(captures)
        .set({ state: 'stored', leaseUntil: null, cursor: capture.cursor + 1, attempts: 0, progress, dueAt })
        .where(heldBy(capture))
        .returning()
      return (await soon('advance of a parse', advanced))[0] ?? null
    },

    /**
     * Begin a parse in several parts anew, by the holder of its lease, in a new generation, so that nothing an earlier one still does
     * can be taken for it. Writes 1 row.
     * @returns the row; `null` where the lease was lost
     */
    async restart(capture: Capture): Promise<Capture | null> {
      const anew = { generation: capture.generation + 1, cursor: 0, progress: null }
      const restarted = db.update(captures).set(anew).where(heldBy(capture)).returning()
      return (await soon('restart of a parse', restarted))[0] ?? null
    },

    /**
     * `parsing` → `ok` or `error`, by the holder of the lease alone. Writes 1 row, 2 with a copy. The sweep indexes it where that is
     * not done, or another edit came since. False where the lease was lost.
     * @param indexed the edit as which it is in the index; `null`: it is not
     */
    async record(capture: Capture, parsed: Parsed, indexed: number | null, now: number): Promise<boolean> {
      const copiedAt = parsed.copySize > 0 ? now : null
      const recorded = db
        .update(captures)
        .set({
          ...parsed,
          copiedAt,
          state: parsed.failure ? 'error' : 'ok',
          progress: null,
          leaseUntil: null,
          dueAt: indexed === null ? now : sql`CASE WHEN ${captures.revision} = ${indexed} THEN NULL ELSE ${now} END`,
        })
        .where(heldBy(capture))
      return (await soon('record of a parse', recorded)).meta.changes > 0
    },

    /** Note that a parsed capture is indexed as this row has it, unless another edit or parse came since. Writes 2 rows. */
    async indexed({ id, state, generation, revision }: Capture): Promise<void> {
      const same = and(
        eq(captures.id, id),
        eq(captures.state, state),
        eq(captures.generation, generation),
        eq(captures.revision, revision),
      )
      await soon('note of an index', db.update(captures).set({ dueAt: null }).where(same))
    },

    /**
     * End a parse that had all its attempts and that nobody holds. The sweep indexes it. Writes 2 rows.
     * @returns the row; `null` where somebody holds it, or the sweep goes on trying
     */
    async giveUp({ captureId, generation, cursor }: ParseJob, failure: Failure, now: number): Promise<Capture | null> {
      const idle = or(eq(captures.state, 'stored'), and(eq(captures.state, 'parsing'), lte(captures.leaseUntil, now)))
      const given = db
        .update(captures)
        .set({ ...NOTHING, state: 'error', failure, leaseUntil: null, dueAt: now })
        .where(and(askedFor(captureId, generation, cursor), gte(captures.attempts, MAX_ATTEMPTS), idle))
        .returning()
      return (await soon('end of a parse', given))[0] ?? null
    },

    /** What the sweep has to look at, longest due first. Reads only rows that are due, by their partial index. */
    due(now: number, limit: number): Promise<Capture[]> {
      const isDue = and(isNotNull(captures.dueAt), lte(captures.dueAt, now))
      return soon(
        'look for what is due',
        db.select().from(captures).where(isDue).orderBy(asc(captures.dueAt)).limit(limit),
      )
    },

    /** Look at a row again later. Writes 2 rows. */
    async postpone(capture: Capture, until: number): Promise<void> {
      const same = and(eq(captures.id, capture.id), eq(captures.state, capture.state))
      await soon('postponement', db.update(captures).set({ dueAt: until }).where(same))
    },

    /** When a capture of this age that is still waiting should be looked at again: a minute at first, an hour at most, five minutes within a parse. */
    backOff(capture: Capture, now: number): number {
      const shortest = Math.min(MINUTE, settings.parseLease)
      const longest = (capture.cursor > 0 ? 5 : 60) * MINUTE
      return now + Math.min(longest, Math.max(shortest, (now - capture.createdAt) / 2))
    },

    /** Captures of an account that are older than its retention allows, oldest first. */
    async expired(accountId: number, createdBefore: number, limit: number): Promise<Capture[]> {
      const old = and(
        eq(captures.accountId, accountId),
        lt(captures.createdAt, createdBefore),
        eq(captures.keep, false),
        inArray(captures.state, ['ok', 'error']),
      )
      const oldest = db.select().from(captures).where(old).orderBy(asc(captures.createdAt)).limit(limit)
      return soon('look for what is too old', oldest)
    },

    /** Captures whose seekable copies were made before, oldest first. Reads only rows with copies, by their partial index. */
    copiedBefore(before: number, limit: number): Promise<Capture[]> {
      const old = and(isNotNull(captures.copiedAt), lt(captures.copiedAt, before), eq(captures.state, 'ok'))
      const oldest = db.select().from(captures).where(old).orderBy(asc(captures.copiedAt)).limit(limit)
      return soon('look for old copies', oldest)
    },

    /** Note that the copy of this generation is gone. Writes 2 rows. */
    async copyRemoved({ id, generation }: Capture): Promise<void> {
      const same = and(eq(captures.id, id), eq(captures.generation, generation), eq(captures.state, 'ok'))
      await soon('note of a copy', db.update(captures).set({ copySize: 0, copiedAt: null }).where(same))
    },

    /** Captures in the order of their ids, for a walk through all of them. */
    page(after: string, limit: number): Promise<Capture[]> {
      const rest = db.select().from(captures).where(gt(captures.id, after)).orderBy(asc(captures.id)).limit(limit)
      return soon('page of captures', rest)
    },

    /** The states and generations, and the keys of bytes and key log, of those of these ids that have a row. */
    async known(ids: string[]): Promise<Map<string, Known>> {
      const { id, state, generation, objectKey, keylogKey } = captures
      const columns = { id, state, generation, objectKey, keylogKey }
      const rows = await soon('look-up of ids', db.select(columns).from(captures).where(inArray(captures.id, ids)))
      return new Map(rows.map((row) => [row.id, row]))
    },

    /**
     * Set or take away the key log of a capture, if it still has the one that was known. Writes 1 row.
     * @param known key of the one it has; `null`: none
     * @returns false where it has another by now, or the account has no such capture
     */
    async setKeylog(
      of: Pick<Capture, 'id' | 'accountId'>,
      known: string | null,
      keylog: Keylog | null,
    ): Promise<boolean> {
      const same = and(
        eq(captures.id, of.id),
        eq(captures.accountId, of.accountId),
        inArray(captures.state, ['stored', 'parsing', 'ok', 'error']),
        known === null ? isNull(captures.keylogKey) : eq(captures.keylogKey, known),
      )
      const set = db
        .update(captures)
        .set({ keylogKey: keylog?.key ?? null, keylogSize: keylog?.size ?? null })
        .where(same)
      return (await soon('note of a key log', set)).meta.changes > 0
    },

    /** Count a view. Writes 1 row. */
    async viewed(id: string, now: number): Promise<void> {
      const counted = db
        .update(captures)
        .set({ viewCount: sql`${captures.viewCount} + 1`, lastAccessedAt: now })
        .where(and(eq(captures.id, id), isNull(captures.leaseUntil)))
      await soon('count of a view', counted)
    },
  }
}

/**
 * What an edit of name, tags, comments, visibility or retention sets beside these: its revision, and that a parsed capture must be
 * indexed anew: by `indexDue` (store/indexing.ts) once the edit is answered, else by the sweep in a minute.
 */
export const edited = (now: number) => ({
  revision: sql<number>`${captures.revision} + 1`,
  dueAt: sql<number>`CASE WHEN ${captures.state} IN ('ok', 'error') THEN ${now + MINUTE} ELSE ${captures.dueAt} END`,
})

/** What its owner may end: what is in one of these states, and what is being fetched. */
const ownersToEnd = (from: State[]) =>
  or(inArray(captures.state, from), and(eq(captures.state, 'uploading'), isNotNull(captures.fetch)))

/** The row waits for just this part of this parse. */
function askedFor(captureId: string, generation: number, cursor: number) {
  return and(eq(captures.id, captureId), eq(captures.generation, generation), eq(captures.cursor, cursor))
}

/** The row is parsed by whoever holds this attempt at this part of this generation. */
function heldBy(capture: Capture) {
  return and(
    eq(captures.id, capture.id),
    eq(captures.state, 'parsing'),
    eq(captures.generation, capture.generation),
    eq(captures.cursor, capture.cursor),
    eq(captures.attempts, capture.attempts),
  )
}

/** The refusal of a capture that is larger than the plan allows, with the figure. */
export function tooLarge(account: { maxFileSize: number }): GatewayError {
  return new GatewayError(
    'too-large',
    `The capture is larger than this account may upload: ${account.maxFileSize} bytes.`,
  )
}

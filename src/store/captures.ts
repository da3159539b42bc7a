/** Rows of captures: each verb is one step of the order of effects (docs/adr/0001), one statement or one batch. */
import {
  and,
  asc,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  notInArray,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import type { Account } from './accounts.ts'
import { auditLine, auditLines, type By, CHANGED, type Deed } from './audit.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import type { ParseJob } from './jobs.ts'
import {
  accounts,
  annotations,
  type BrokenOff,
  captures,
  type Failure,
  type Fetch,
  type Headline,
  type Make,
  openedUrls,
  type State,
  shares,
  uploadParts,
  uploads,
  type Visibility,
} from './schema.ts'
import { statement } from './statement.ts'
import { type Principal, stillStands } from './tokens.ts'

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
  /** Digest of the URL that is opened: nothing is reserved where the account has a live capture of it. */
  opens?: string
  idempotencyKey: string | null
  now: number
  /** For what a job fetches: nobody holds the row until then, and all but the bytes is known. */
  fetch?: { what: Fetch; tags: string[]; comments: string }
  /** The same for what a job makes. */
  make?: { what: Make; tags: string[]; comments: string }
  /** As {@link Change.deleteAt}. */
  deleteAt?: number
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

/** The resumable upload that a capture came by. */
export interface OfUpload {
  /** Who has the right to write to it. */
  holder: string
  /** What of its `Upload-Metadata` is kept. */
  metadata: string
}

/** What tells whether an object still belongs to a row. */
export type Known = Pick<Capture, 'state' | 'generation' | 'objectKey' | 'keylogKey'>

/** What its owner may change of a capture. What is not said stays. */
export interface Change {
  filename?: string
  tags?: string[]
  comments?: string
  visibility?: Visibility
  keep?: boolean
  deleteAt?: number | null
}

/** What a capture must still be for a change to be made of it. */
export interface Version {
  revision: number
  generation: number
  states: State[]
}

/** Where a page of a list ends: the next one begins behind it. */
export interface Place {
  createdAt: number
  id: string
}

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

/** Verbs on captures. Each states the rows it writes, indexes counted. */
export function capturesIn(db: Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  async function find(id: string): Promise<Capture | null> {
    const [row] = await soon('capture look-up', db.select().from(captures).where(eq(captures.id, id)))
    return row ?? null
  }

  async function opened(accountId: number, digest: string): Promise<Capture | null> {
    const live = and(
      eq(openedUrls.accountId, accountId),
      eq(openedUrls.digest, digest),
      eq(captures.accountId, accountId),
      notGone,
      ne(captures.state, 'error'),
    )
    const joined = db
      .select({ capture: captures })
      .from(openedUrls)
      .innerJoin(captures, eq(captures.id, openedUrls.captureId))
      .where(live)
    return (await soon('look-up of a URL', joined))[0]?.capture ?? null
  }

  return {
    /** One capture, in whatever state. Reads one row. */
    find,

    /**
     * The capture that an account has of a URL that was opened before, by the URL's digest. Reads 2 rows.
     * @returns `null` where it has none, or that one was deleted or has failed
     */
    opened,

    /** One capture of this account that is neither in the trash nor on its way out. Reads one row. */
    async findOwn(id: string, accountId: number): Promise<Capture | null> {
      const own = and(eq(captures.id, id), eq(captures.accountId, accountId))
      const [row] = await soon('capture look-up', db.select().from(captures).where(own))
      return row && !isGone(row) ? row : null
    },

    /**
     * Captures of this account that are neither in the trash nor on their way out, newest first. Reads two rows for each.
     * @param since none that was made before. Milliseconds since 1970
     */
    list(accountId: number, behind: Place | null, limit: number, since = 0): Promise<Capture[]> {
      const own = and(
        eq(captures.accountId, accountId),
        notGone,
        gte(captures.createdAt, since),
        behind === null ? undefined : lte(captures.createdAt, behind.createdAt),
        behind === null ? undefined : or(lt(captures.createdAt, behind.createdAt), lt(captures.id, behind.id)),
      )
      const newest = db.select().from(captures).where(own).orderBy(desc(captures.createdAt), desc(captures.id))
      return soon('list of captures', newest.limit(limit))
    },

    /** Those of these ids that are this account's, and neither in the trash nor on their way out. Reads three rows each. */
    async findOwnOf(ids: string[], accountId: number): Promise<Map<string, Capture>> {
      const own = and(oneOf(ids, accountId), notGone)
      const rows = await soon('look-up of ids', db.select().from(captures).where(own))
      return new Map(rows.map((row) => [row.id, row]))
    },

    /**
     * Change what its owner says of captures, each if it is still what it is taken for; all in one batch. The one way in which name,
     * tags, comments, visibility and retention change once a capture is stored. Writes 2 rows each, 3 where `deleteAt` comes or goes.
     * @param edits.versions any of these will do; `null`: whatever it is
     * @returns the rows as they are now, in the order of the edits; `null`: the account has no such capture in such a version
     */
    async edit(
      accountId: number,
      edits: { id: string; change: Change; versions: Version[] | null }[],
      now: number,
    ): Promise<(Capture | null)[]> {
      const updates = edits.map(({ id, change, versions }) =>
        db
          .update(captures)
          .set({ ...change, ...edited(now) })
          .where(
            and(
              eq(captures.id, id),
              eq(captures.accountId, accountId),
              inArray(captures.state, STORED),
              versions === null ? undefined : (or(...versions.map(isVersion)) ?? sql`FALSE`),
            ),
          )
          .returning(),
      )
      const [first, ...rest] = updates
      if (first === undefined) return []
      const rows = await soon('edit', db.batch([first, ...rest]))
      return rows.map(([row]) => row ?? null)
    },

    /** A capture that whoever has the link may see. Reads one row. */
    async findUnlisted(id: string): Promise<Capture | null> {
      const open = and(eq(captures.id, id), eq(captures.visibility, 'unlisted'))
      const [row] = await soon('capture look-up', db.select().from(captures).where(open))
      return row && !isGone(row) ? row : null
    },

    /**
     * Take a place and bytes of the account's quota, together or not at all. Writes 4 rows, 5 with an idempotency key or for a URL
     * that is opened, one more with a time to go.
     * @returns the bytes that were reserved and what the plan allows, or the earlier capture that has the idempotency key, or the URL
     * @throws GatewayError `too-large`, `over-files-limit`, `over-storage-limit`, `still-uploading`
     */
    async reserve(asked: Reservation): Promise<{ held: number; maxFileSize: number } | { earlier: Capture }> {
      const { id, accountId, size, wish, now } = asked
      const { tags, comments } = asked.fetch ?? asked.make ?? { tags: [], comments: '' }
      const [fetch, make] = [asked.fetch?.what, asked.make?.what].map((what) => (what ? JSON.stringify(what) : null))
      const leaseUntil = fetch === null && make === null ? now + settings.uploadLease : null
      const dueAt = leaseUntil ?? now + Math.min(MINUTE, settings.parseLease)
      const insert = statement(
        db,
        sql`
        INSERT INTO captures (id, account_id, state, filename, size, visibility, tags, comments, object_key,
          created_at, lease_until, due_at, idempotency_key, fetch, make, delete_at)
        SELECT ${id}, id, 'uploading', ${asked.filename}, MAX(${size}, MIN(${wish}, max_file_size, bytes_limit - bytes)),
          COALESCE(${asked.visibility}, default_visibility, 'unlisted'), ${JSON.stringify(tags)}, ${comments},
          ${asked.objectKey}, ${now}, ${leaseUntil}, ${dueAt}, ${asked.idempotencyKey},
          ${fetch}, ${make}, ${asked.deleteAt ?? null}
        FROM accounts
        WHERE id = ${accountId} AND files < files_limit AND ${size} <= max_file_size AND bytes + ${size} <= bytes_limit
          AND NOT EXISTS (
            SELECT 1 FROM opened_urls JOIN captures AS known ON known.id = opened_urls.capture_id
            WHERE opened_urls.account_id = ${accountId} AND opened_urls.digest = ${asked.opens ?? null}
              AND known.state NOT IN ('trashed', 'doomed') AND known.state <> 'error')
        ON CONFLICT DO NOTHING
        RETURNING size`,
      )
      const charge = statement(
        db,
        sql`
        UPDATE accounts SET files = files + 1, bytes = bytes + (SELECT size FROM captures WHERE id = ${id})
        WHERE id = ${accountId} AND EXISTS (SELECT 1 FROM captures WHERE id = ${id})`,
      )
      const look = statement(
        db,
        sql`
        SELECT files, files_limit AS filesLimit, max_file_size AS maxFileSize, bytes, bytes_limit AS bytesLimit
        FROM accounts WHERE id = ${accountId}`,
      )
      const note = statement(
        db,
        sql`
        INSERT INTO opened_urls (account_id, digest, capture_id, created_at)
        SELECT account_id, ${asked.opens ?? null}, id, created_at FROM captures WHERE id = ${id}
        ON CONFLICT (account_id, digest) DO UPDATE SET capture_id = excluded.capture_id, created_at = excluded.created_at`,
      )
      const steps = [insert, charge, look, ...(asked.opens === undefined ? [] : [note])]
      const [insertion, , found] = await soon('reservation', db.$client.batch(steps))
      const inserted = insertion?.results[0] as { size: number } | undefined
      const account = found?.results[0] as Omit<Account, 'id'> | undefined
      if (!account) throw new GatewayError('unknown-key')
      if (inserted) return { held: inserted.size, maxFileSize: account.maxFileSize }
      if (asked.idempotencyKey !== null) {
        const same = and(eq(captures.accountId, accountId), eq(captures.idempotencyKey, asked.idempotencyKey))
        const [earlier] = await soon('idempotency look-up', db.select().from(captures).where(same))
        if (earlier) return { earlier }
      }
      if (asked.opens !== undefined) {
        const earlier = await opened(accountId, asked.opens)
        if (earlier) return { earlier }
      }
      if (size > account.maxFileSize) throw tooLarge(account)
      if (account.files >= account.filesLimit) throw new GatewayError('over-files-limit')
      if (account.bytes + size > account.bytesLimit) throw new GatewayError('over-storage-limit')
      // Whoever had the idempotency key, or the URL, gave up just now.
      throw new GatewayError(asked.opens === undefined ? 'still-uploading' : 'unavailable')
    },

    /**
     * Take more bytes of the quota for an upload that outgrew what it had, and renew its lease. Writes 2 rows. Of several that ask on
     * the same `held`, one gets them.
     * @param held bytes reserved so far
     * @param capture.attempt whose hold it is, where attempts are counted
     * @param capture.holder whose hold it is, where it is resumable
     * @returns false where the quota has no room for them, or the row is no longer uploading, or no longer theirs
     */
    async extend(
      capture: { id: string; accountId: number; attempt?: number; holder?: string },
      held: number,
      more: number,
      now: number,
    ): Promise<boolean> {
      const { id, accountId, attempt = 0, holder = null } = capture
      const theirs =
        holder === null ? sql`1` : sql`EXISTS (SELECT 1 FROM uploads WHERE id = ${id} AND holder = ${holder})`
      const waits = sql`id = ${id} AND state = 'uploading' AND attempts = ${attempt} AND size = ${held} AND ${theirs}`
      const charged = (bytes: number) =>
        statement(
          db,
          sql`
          UPDATE accounts SET bytes = bytes + ${bytes}
          WHERE id = ${accountId} AND EXISTS (SELECT 1 FROM captures WHERE ${waits})`,
        )
      const grow = statement(
        db,
        sql`
        UPDATE captures SET size = ${held + more}, lease_until = MAX(lease_until, ${now + settings.uploadLease})
        WHERE ${waits} AND EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND bytes <= bytes_limit)`,
      )
      // The last gives back what was too much: the row waits still.
      const all = db.$client.batch([charged(more), grow, charged(-more)])
      const [, grown] = await soon('extension of a reservation', all)
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
     * `uploading` → `stored`: the point of success. The bytes that were reserved beyond the true size go back, those of a key log
     * are taken. Writes 1 row, 2 where bytes go back or are taken; 4, or 5, where it was resumable.
     * @param held bytes reserved
     * @param resumable its upload, which is noted as done with it; the sweep, put off while it lasted, looks at it soon again
     * @returns the row, or `null` where it is no longer uploading or that holder's, its token no longer stands, or its key log does
     *   not fit into the quota
     */
    async commit(
      id: string,
      principal: Principal,
      held: number,
      done: Committed,
      now: number,
      resumable: OfUpload | null = null,
    ): Promise<Capture | null> {
      const { keylog = null, brokenOff = null, ...known } = done
      const standing = stillStands(principal.tokenHash, now)
      const mine = resumable && and(eq(uploads.id, id), eq(uploads.holder, resumable.holder))
      const isHeld = mine ? sql`EXISTS (SELECT 1 FROM ${uploads} WHERE ${mine})` : undefined
      const ready = and(eq(captures.id, id), eq(captures.state, 'uploading'), standing, isHeld)
      const kept = done.size + (keylog?.size ?? 0)
      const reserved = sql`(SELECT ${captures.size} FROM ${captures} WHERE ${ready} AND ${captures.size} <> ${kept})`
      const owner = and(eq(accounts.id, principal.accountId), sql`EXISTS ${reserved}`)
      const settle = db
        .update(accounts)
        .set({ bytes: sql`${accounts.bytes} - ${reserved} + ${kept}` })
        .where(owner)
      const unsettle = db
        .update(accounts)
        .set({ bytes: sql`${accounts.bytes} + ${reserved} - ${kept}` })
        .where(owner)
      const hasRoom = sql`EXISTS (SELECT 1 FROM ${accounts} WHERE ${accounts.id} = ${principal.accountId}
        AND ${accounts.bytes} <= ${accounts.bytesLimit})`
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
        .where(keylog === null ? ready : and(ready, hasRoom))
        .returning()
      const back = keylog === null ? [] : [unsettle] // where there was no room, the row waits still
      if (resumable) {
        const stored = sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${captures.id} = ${id} AND ${captures.state} = 'stored')`
        const note = db
          .update(uploads)
          .set({ doneAt: now, leaseUntil: null, metadata: resumable.metadata })
          .where(and(eq(uploads.id, id), isNull(uploads.doneAt), stored))
        const [, rows] = await soon('commit', db.batch([settle, store, note, ...back]))
        return rows[0] ?? null
      }
      if (held === kept) return (await soon('commit', store))[0] ?? null
      const [, rows] = await soon('commit', db.batch([settle, store, ...back]))
      return rows[0] ?? null
    },

    /**
     * Mark a capture for its end: from then on nobody sees it, and its objects, row and quota go. Writes 2 rows, and 3 of the audit log.
     * @param from states in which it may be doomed; its owner may do that while it is fetched or made, too
     * @param deed what the audit log has of it; `null`: it never was a capture
     * @returns the row, or `null` where it was in no such state
     */
    async doom(
      id: string,
      from: State[],
      accountId: number | null,
      now: number,
      deed: Deed | null = null,
    ): Promise<Capture | null> {
      const doomed = db
        .update(captures)
        .set({ state: 'doomed', idempotencyKey: null, dueAt: now })
        .where(
          and(
            eq(captures.id, id),
            accountId === null ? inArray(captures.state, from) : ownersToEnd(from),
            accountId === null ? undefined : eq(captures.accountId, accountId),
          ),
        )
        .returning()
      const line = deed === null ? [] : [auditLine(db, deed, now, CHANGED)]
      const [[row]] = await soon('tombstone', db.batch([doomed, ...line]))
      return row ?? null
    },

    /**
     * As {@link doom}, by their owner, for those of these ids that are in a state for it. Writes 2 rows each, and 3 of the audit log.
     * @returns their rows
     */
    async doomAll(ids: string[], by: By, now: number): Promise<Capture[]> {
      const mine = and(oneOf(ids, by.accountId), ownersToEnd(STORED))
      const each = sql`SELECT ${captures.accountId} AS account_id, ${captures.id} AS subject FROM ${captures} WHERE ${mine}`
      const lines = auditLines(db, by, 'capture-deleted', now, each)
      const doomed = db
        .update(captures)
        .set({ state: 'doomed', idempotencyKey: null, dueAt: now })
        .where(mine)
        .returning()
      return (await soon('tombstones', db.batch([lines, doomed])))[1]
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
     * Remove the row of a doomed capture, with what is noted of its upload, notes on it and links to it, and give its quota back,
     * together. Its objects are gone by then. Writes 2 rows; 1 more and 1 a part where it was resumable, 1 more where its URL was
     * opened, 1 a note, 2 or 3 a link.
     */
    async bury(capture: { id: string; accountId: number }): Promise<void> {
      const doomed = and(eq(captures.id, capture.id), eq(captures.state, 'doomed'))
      const size = sql`(SELECT ${captures.size} + COALESCE(${captures.keylogSize}, 0) FROM ${captures} WHERE ${doomed})`
      const release = db
        .update(accounts)
        .set({ files: sql`${accounts.files} - 1`, bytes: sql`MAX(0, ${accounts.bytes} - ${size})` })
        .where(and(eq(accounts.id, capture.accountId), sql`EXISTS (SELECT 1 FROM ${captures} WHERE ${doomed})`))
      const digest = sql`(SELECT json_extract(${captures.fetch}, '$.digest') FROM ${captures} WHERE ${doomed})`
      const ofUrl = and(
        eq(openedUrls.accountId, capture.accountId),
        eq(openedUrls.digest, digest),
        eq(openedUrls.captureId, capture.id),
      )
      const buried = sql`NOT EXISTS (SELECT 1 FROM ${captures} WHERE ${captures.id} = ${capture.id})`
      await soon(
        'burial',
        db.batch([
          release,
          db.delete(openedUrls).where(ofUrl),
          db.delete(captures).where(doomed),
          db.delete(uploadParts).where(and(eq(uploadParts.uploadId, capture.id), buried)),
          db.delete(uploads).where(and(eq(uploads.id, capture.id), buried)),
          db.delete(annotations).where(and(eq(annotations.captureId, capture.id), buried)),
          db.delete(shares).where(and(eq(shares.captureId, capture.id), buried)),
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

    /** Captures of an account that are older than its retention allows, those in the trash among them, oldest first. */
    async expired(accountId: number, createdBefore: number, limit: number): Promise<Capture[]> {
      const old = and(
        eq(captures.accountId, accountId),
        lt(captures.createdAt, createdBefore),
        eq(captures.keep, false),
        isNull(captures.deleteAt),
        inArray(captures.state, ['ok', 'error', 'trashed']),
      )
      const oldest = db.select().from(captures).where(old).orderBy(asc(captures.createdAt)).limit(limit)
      return soon('look for what is too old', oldest)
    },

    /** Captures whose owners have said when they go, and it is then, those in the trash among them, longest first. Reads only rows with such a time, by their partial index. */
    toDelete(now: number, limit: number): Promise<Capture[]> {
      const isTime = and(
        isNotNull(captures.deleteAt),
        lte(captures.deleteAt, now),
        inArray(captures.state, [...STORED, 'trashed']),
      )
      const first = db.select().from(captures).where(isTime).orderBy(asc(captures.deleteAt)).limit(limit)
      return soon('look for what is to go', first)
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
     * Set or take away the key log of a capture, if it still has the one that was known, and take or give back its bytes of the quota
     * together. Writes 2 rows.
     * @param known key of the one it has; `null`: none
     * @returns false where it has another by now, or the account has no such capture
     * @throws GatewayError `over-storage-limit`
     */
    async setKeylog(
      of: Pick<Capture, 'id' | 'accountId'>,
      known: string | null,
      keylog: Keylog | null,
      now: number,
    ): Promise<boolean> {
      const same = and(
        eq(captures.id, of.id),
        eq(captures.accountId, of.accountId),
        inArray(captures.state, STORED),
        known === null ? isNull(captures.keylogKey) : eq(captures.keylogKey, known),
      )
      const size = keylog?.size ?? 0
      const more = sql`(SELECT ${size} - COALESCE(${captures.keylogSize}, 0) FROM ${captures} WHERE ${same})`
      const charged = (bytes: SQL) =>
        db
          .update(accounts)
          .set({ bytes: sql`MAX(0, ${accounts.bytes} + ${bytes})` })
          .where(and(eq(accounts.id, of.accountId), sql`EXISTS ${more}`))
      const hasRoom = sql`EXISTS (SELECT 1 FROM ${accounts} WHERE ${accounts.id} = ${of.accountId}
        AND ${accounts.bytes} <= ${accounts.bytesLimit})`
      const fits = or(lte(sql`${size}`, sql`COALESCE(${captures.keylogSize}, 0)`), hasRoom)
      const set = db
        .update(captures)
        .set({
          keylogKey: keylog?.key ?? null,
          keylogSize: keylog?.size ?? null,
          ...edited(now),
        })
        .where(and(same, fits))
      // The last gives back what was too much: the row has still the one that was known.
      const all = db.batch([charged(more), set, charged(sql`-${more}`)])
      const [charge, noted, back] = await soon('note of a key log', all)
      if (noted.meta.changes === 0 && charge.meta.changes > 0 && back.meta.changes > 0)
        throw new GatewayError('over-storage-limit')
      return noted.meta.changes > 0
    },

    /**
     * `ok` or `error` → `stored`: have a capture of this account parsed anew, as a generation of its own. Writes 2 rows, and 3 of the audit log.
     * @returns the row, whose job is to be offered; `null` where it is not parsed, or never had bytes
     */
    async retry(id: string, by: By, now: number): Promise<Capture | null> {
      const parsed = inArray(captures.state, ['ok', 'error'])
      const which = and(eq(captures.id, id), eq(captures.accountId, by.accountId), parsed, hasBytes)
      const each = sql`SELECT ${captures.accountId} AS account_id, ${captures.id} AS subject FROM ${captures} WHERE ${which}`
      const retried = db
        .update(captures)
        .set({ ...ANEW, dueAt: now + Math.min(MINUTE, settings.parseLease) })
        .where(which)
        .returning()
      return (
        (await soon('new parse', db.batch([auditLines(db, by, 'capture-retried', now, each), retried])))[1][0] ?? null
      )
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

/** For all but the trash and what empties it, these are not there. */
const GONE: State[] = ['trashed', 'doomed']

export const isGone = ({ state }: Pick<Capture, 'state'>): boolean => GONE.includes(state)

/** The same in a statement. */
export const notGone = notInArray(captures.state, GONE)

/** It is fetched or made still. */
export const isOrdered = and(eq(captures.state, 'uploading'), or(isNotNull(captures.fetch), isNotNull(captures.make)))

/** What a parsed capture was parsed from: nothing where it could not be fetched or made. */
export const hasBytes = or(and(isNull(captures.fetch), isNull(captures.make)), gt(captures.size, 0))

/** How a new parse of the same bytes begins; `dueAt` beside it. */
export const ANEW = {
  state: 'stored' as const,
  generation: sql`${captures.generation} + 1`,
  attempts: 0,
  cursor: 0,
  progress: null,
  leaseUntil: null,
  failure: null,
}

/** All bytes have come, and nobody has taken them away. */
export const STORED: State[] = ['stored', 'parsing', 'ok', 'error']

/**
 * One parameter for as many ids as there are: D1 takes 100. The `+` keeps SQLite from reading all of the account by its index, which
 * it takes for cheaper than a list of unknown length.
 */
export const oneOf = (ids: string[], accountId: number) =>
  sql`${captures.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND +${captures.accountId} = ${accountId}`

const isVersion = ({ revision, generation, states }: Version) =>
  and(eq(captures.revision, revision), eq(captures.generation, generation), inArray(captures.state, states))

/**
 * What an edit of name, tags, comments, visibility or retention sets beside these: its revision, and that a parsed capture must be
 * indexed anew: by `indexDue` (store/indexing.ts) once the edit is answered, else by the sweep in a minute.
 */
export const edited = (now: number) => ({
  revision: sql<number>`${captures.revision} + 1`,
  dueAt: sql<number>`CASE WHEN ${captures.state} IN ('ok', 'error') THEN ${now + MINUTE} ELSE ${captures.dueAt} END`,
})

/** What its owner may end: what is in one of these states, and what is being fetched or made. */
const ownersToEnd = (from: State[]) => or(inArray(captures.state, from), isOrdered)

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

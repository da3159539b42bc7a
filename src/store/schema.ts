/** The tables in D1. Every column says its unit; times are milliseconds since 1970 unless it says otherwise. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { AskedSelection } from '../summary/asked-selection.ts'

/** Who may see a capture: `unlisted`, whoever has the link; `private`, its owner. */
export type Visibility = 'unlisted' | 'private'

/** What a token may do. `admin` never counts for a token in a path. */
export type Permission = 'upload' | 'read' | 'delete' | 'admin'

/** What a person may do beside what everybody may with their own captures: an `admin` sees to accounts, plans and what failed. */
export type Role = 'member' | 'admin'

/**
 * Where a capture stands. `uploading`: reserved, bytes on their way. `stored`: durable, waits for its parse. `parsing`: a
 * consumer holds its lease. `ok`, `error`: parsed. `trashed`: deleted by its owner on a page, who may undo that until `due_at`; for everything else
 * it is gone. `doomed`: deleted or given up, its objects, row and quota are going.
 */
export type State = 'uploading' | 'stored' | 'parsing' | 'ok' | 'error' | 'trashed' | 'doomed'

/** The facts of a capture that lists and `info` show; the whole summary is an object in R2. Words as `capinfos -M` has them. */
export interface Headline {
  fileType: string
  encapsulation: string
  /** Packets as capinfos counts them. */
  packets: number
  /** Sum of the packets' lengths on the wire. Bytes. */
  dataSize: number
  /** Decimal seconds since 1970, in the file's own precision; `null` where no packet has a time. */
  firstTime: string | null
  lastTime: string | null
  /** Decimal seconds, or `null`. */
  duration: string | null
  averagePacketSize: string
  packetRate: string
  byteRate: string
  bitRate: string
  /** The file ends inside a packet or is damaged; what was read before counts. */
  truncated: boolean
}

/** Why nothing could be read from a capture. */
export interface Failure {
  kind: string
  message: string
  /** Offset in the file. Bytes; `null` where the failure has no place in it. */
  at: number | null
}

/** How an upload ended of which only the beginning was kept: its connection broke, or brought no byte for too long. */
export type BrokenOff = 'cut-off' | 'too-slow'

/** What is fetched into a capture that comes by URL, and how far that is. */
export interface Fetch {
  /** The whole URL with its credentials, sealed for this capture alone (ingest/seal.ts); `null` once the fetch has ended. */
  sealed: string | null
  /** Keyed digest of the URL: whether another request asks for the same. 64 hex. */
  digest: string
  /** The host that was asked for; what answers after redirects may be another. */
  host: string
  /** Host by which the caller reached this server: nothing is fetched from there. */
  self: string
  /** SHA-256 of the token that asked, which must still stand at the end. */
  tokenHash: string
  /** The caller has named the file. */
  named: boolean
  /** What the file was when its bytes began to be kept in parts (If-Range, RFC 9110 §13.1.5); `null`: they cannot be gone on from. */
  validator: string | null
  /** Of those parts. Bytes. */
  partSize: number
  /** Invocations that have handed over to a next one, and the attempts that had been begun by then. */
  turns: number
  attemptsBefore: number
}

/** What a capture is made from, by a job, and how: other captures of the same account. */
export type Make = {
  /** SHA-256 of the token that asked, which must still stand at the end. */
  tokenHash: string
} & Making

export type Making =
  /** All packets of several by time, each capture's interfaces apart. `dropDuplicates`: as `editcap -d` drops them. */
  | { kind: 'merge'; of: string[]; dropDuplicates: boolean }
  /** Some packets of one. */
  | { kind: 'slice'; of: [string]; selection: AskedSelection }

/** What of a capture is shared: packets from one of tshark's `frame.number`s to another, both included; or those of a time. */
export type Selected =
  | { packets: { from: number; to: number } }
  /** Decimal nanoseconds since 1970; `to` is not included. */
  | { times: { from?: string; to?: string } }

/** Who must say their name and password beside a token in a path (RFC 7617). */
export interface Login {
  user: string
  /** PBKDF2 with SHA-256: salt and derived key in hex, and its count of iterations. */
  salt: string
  hash: string
  iterations: number
}

export const accounts = sqliteTable('accounts', {
  id: integer('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** Captures the plan allows, those on their way included. */
  filesLimit: integer('files_limit').notNull(),
  /** Largest capture. Bytes. */
  maxFileSize: integer('max_file_size').notNull(),
  /** Storage the plan allows, for captures as uploaded and their key logs. Bytes. */
  bytesLimit: integer('bytes_limit').notNull(),
  /** Whether the plan allows API tokens to be used. */
  apiAllowed: integer('api_allowed', { mode: 'boolean' }).notNull().default(true),
  /** Days after which captures are deleted; `null`: never. */
  retentionDays: integer('retention_days'),
  /** What new captures of the CloudShark API are; `null`: unlisted. */
  defaultVisibility: text('default_visibility').$type<Visibility>(),
  /** Captures in the account, those on their way included. */
  files: integer('files').notNull().default(0),
  /** Bytes stored or reserved. */
  bytes: integer('bytes').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  role: text('role').$type<Role>().notNull().default('member'),
  /** By which Cloudflare Access knows the person, in lower case; `null`: it does not. */
  email: text('email').unique(),
  /** Since when nobody signs in to it and none of its keys opens anything; `null`: it is as ever. */
  suspendedAt: integer('suspended_at'),
})

/** Made WITHOUT ROWID by hand in its migration: a look-up is one indexed row, an insert one row written. */
export const tokens = sqliteTable(
  'tokens',
  {
    /** SHA-256 of the token's 32 characters, as 64 hex. The token itself is nowhere. */
    hash: text('hash').primaryKey(),
    accountId: integer('account_id').notNull(),
    name: text('name').notNull(),
    /** Comma list of {@link Permission}. */
    permissions: text('permissions').notNull(),
    /** Given to each capture uploaded with it, before those of the request. */
    defaultTags: text('default_tags', { mode: 'json' }).$type<string[]>().notNull(),
    /** `null`: the account's. */
    defaultVisibility: text('default_visibility').$type<Visibility>(),
    /** The account's `api_allowed`, kept here so that a look-up needs no second row. */
    apiAllowed: integer('api_allowed', { mode: 'boolean' }).notNull().default(true),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    /** `null`: the token alone opens. */
    login: text('login', { mode: 'json' }).$type<Login>(),
    /** Sampled: at most once an hour. */
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [uniqueIndex('tokens_by_name').on(table.accountId, table.name)],
)

/** Made WITHOUT ROWID by hand in its migration. A row is written 7 times from reservation to `ok`, indexes counted. */
export const captures = sqliteTable(
  'captures',
  {
    /** UUID, version 4. */
    id: text('id').primaryKey(),
    accountId: integer('account_id').notNull(),
    state: text('state').$type<State>().notNull(),
    filename: text('filename').notNull(),
    /** Bytes of the file; while `uploading`, bytes reserved for it. */
    size: integer('size').notNull(),
    visibility: text('visibility').$type<Visibility>().notNull(),
    tags: text('tags', { mode: 'json' }).$type<string[]>().notNull(),
    comments: text('comments').notNull(),
    /** Key of the bytes in R2: fresh for each attempt. */
    objectKey: text('object_key').notNull(),
    /** R2's id of the multipart upload under way, where there is one. */
    uploadId: text('upload_id'),
    createdAt: integer('created_at').notNull(),
    /** Until when whoever uploads or parses holds the row; `null`: nobody does. */
    leaseUntil: integer('lease_until'),
    /** When the sweep looks at the row next; `null`: nothing is left to do. Not moved on the happy way, which saves writes. */
    dueAt: integer('due_at'),
    /** Counts what is derived: a new parse of the same bytes has a new one. */
    generation: integer('generation').notNull().default(0),
    /**
     * Counts up with each try at this part of the parse that is begun, by more where the one before ended without a word; also the
     * fence that a late parser fails at.
     */
    attempts: integer('attempts').notNull().default(0),
    /** Parts of this parse that are done: the next one goes on from the checkpoint of this number. 0: from the start. */
    cursor: integer('cursor').notNull().default(0),
    /** How far a long parse has come. Percent; `null` where nothing is known of that. */
    progress: integer('progress'),
    idempotencyKey: text('idempotency_key'),
    /** Lower-case hex; known at upload where the client announced it, else after the parse. */
    sha256: text('sha256'),
    sha1: text('sha1'),
    md5: text('md5'),
    facts: text('facts', { mode: 'json' }).$type<Headline>(),
    failure: text('failure', { mode: 'json' }).$type<Failure>(),
    /** Set where only the beginning of the file came: `size` bytes of it. */
    brokenOff: text('broken_off').$type<BrokenOff>(),
    /** Key in R2 of the TLS key log that goes with it, for its owner alone; `null`: there is none. */
    keylogKey: text('keylog_key'),
    /** Bytes of that key log. */
    keylogSize: integer('keylog_size'),
    /** Key of the summary in R2. */
    summaryKey: text('summary_key'),
    /** Bytes in R2 of the seekable copy of what a compressed capture holds; no part of the quota. 0: there is none. */
    copySize: integer('copy_size').notNull().default(0),
    /** When that copy was made; `null`: there is none. */
    copiedAt: integer('copied_at'),
    viewCount: integer('view_count').notNull().default(0),
    lastAccessedAt: integer('last_accessed_at'),
    /** Retention leaves it alone. */
    keep: integer('keep', { mode: 'boolean' }).notNull().default(false),
    /** What it is fetched from; `null`: it was sent. While `uploading`, `attempts` counts the attempts at that. */
    fetch: text('fetch', { mode: 'json' }).$type<Fetch>(),
    /** What it is made from; `null`: it was sent or fetched. While `uploading`, `attempts` counts the attempts at that. */
    make: text('make', { mode: 'json' }).$type<Make>(),
    /** Counts the edits of name, tags, comments, visibility and retention, and the changes of its key log: part of its ETag in `/api/v2`. */
    revision: integer('revision').notNull().default(0),
    /** When it is deleted, whatever the account's retention says; `null`: as that says. */
    deleteAt: integer('delete_at'),
  },
  (table) => [
    index('captures_by_account').on(table.accountId, table.createdAt),
    index('captures_due').on(table.dueAt).where(sql`due_at IS NOT NULL`),
    index('captures_to_delete').on(table.deleteAt).where(sql`delete_at IS NOT NULL`),
    index('captures_failed').on(table.createdAt).where(sql`state = 'error'`),
    index('captures_copied').on(table.copiedAt).where(sql`copied_at IS NOT NULL`),
    uniqueIndex('captures_by_idempotency_key')
      .on(table.accountId, table.idempotencyKey)
      .where(sql`idempotency_key IS NOT NULL`),
  ],
)

/**
 * Uploads that come in pieces and may be gone on with; each stands beside a row of `captures` with its id, which holds its quota
 * and, as its lease, the time at which it expires. Made WITHOUT ROWID by hand in its migration. The first `offset` bytes are in
 * R2: whole parts of a multipart upload, and the object under `tailKey`.
 */
export const uploads = sqliteTable(
  'uploads',
  {
    /** The capture's. */
    id: text('id').primaryKey(),
    accountId: integer('account_id').notNull(),
    /** Bytes of the whole file; `null`: not told yet. */
    length: integer('length'),
    /** What it may not pass: its length, or what the plan allowed when it was begun. Bytes. */
    atMost: integer('at_most').notNull(),
    offset: integer('offset').notNull().default(0),
    /** Of all its parts but the last. Bytes. */
    partSize: integer('part_size').notNull(),
    /** Key of what follows the last whole part; `null`: nothing does. */
    tailKey: text('tail_key'),
    /** `Upload-Metadata` as it was sent; empty where there was none. */
    metadata: text('metadata').notNull(),
    /** Which request has taken the right to write last, a fence: nothing is recorded for any other. */
    holder: text('holder'),
    /** Until when that request has it; `null`: it has ended. */
    leaseUntil: integer('lease_until'),
    /** When the capture was stored; `null`: it is not. */
    doneAt: integer('done_at'),
  },
  (table) => [index('uploads_done').on(table.doneAt).where(sql`done_at IS NOT NULL`)],
)

/** Parts that R2 has of those uploads: it cannot list them itself. Made WITHOUT ROWID by hand in its migration. */
export const uploadParts = sqliteTable(
  'upload_parts',
  {
    uploadId: text('upload_id').notNull(),
    /** From 1. */
    number: integer('number').notNull(),
    etag: text('etag').notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.number] })],
)

/** Objects in R2 that no row knows: kept aside for an operator, never deleted at once. */
export const quarantine = sqliteTable('quarantine', {
  objectKey: text('object_key').primaryKey(),
  size: integer('size').notNull(),
  /** Custom metadata that the upload left on the object. */
  metadata: text('metadata', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  uploadedAt: integer('uploaded_at').notNull(),
  foundAt: integer('found_at').notNull(),
})

/** Where a job that goes through everything in turns has got to. */
export const cursors = sqliteTable('cursors', {
  job: text('job').primaryKey(),
  cursor: text('cursor'),
})

/** Notes on packets. Made WITHOUT ROWID by hand in its migration. */
export const annotations = sqliteTable(
  'annotations',
  {
    captureId: text('capture_id').notNull(),
    /** tshark's `frame.number`. */
    frame: integer('frame').notNull(),
    text: text('text').notNull(),
    /** Name of the account that wrote it. */
    user: text('user').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.captureId, table.frame] })],
)

/** Links that open one capture, or a slice of it, for whoever has them. Made WITHOUT ROWID by hand in its migration. */
export const shares = sqliteTable(
  'shares',
  {
    /** 128 random bits in hex: what stands in the link. */
    id: text('id').primaryKey(),
    captureId: text('capture_id').notNull(),
    accountId: integer('account_id').notNull(),
    createdAt: integer('created_at').notNull(),
    /** `null`: it does not run out. Of one that was revoked, not later than that. */
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    /** `null`: none is asked for. `user` is empty. */
    password: text('password', { mode: 'json' }).$type<Login>(),
    /** Views it may have; `null`: as many as come. */
    viewLimit: integer('view_limit'),
    views: integer('views').notNull().default(0),
    lastViewedAt: integer('last_viewed_at'),
    /** The capture's key log goes with it. */
    withKeylog: integer('with_keylog', { mode: 'boolean' }).notNull().default(false),
    /** What of the capture is open; `null`: all of it. */
    selection: text('selection', { mode: 'json' }).$type<Selected>(),
    /** What visits to it are signed with. 64 hex. */
    visitKey: text('visit_key').notNull(),
    /** Passwords that were tried since, the right ones not counted. */
    tries: integer('tries').notNull().default(0),
    triesSince: integer('tries_since'),
  },
  (table) => [
    index('shares_by_capture').on(table.captureId, table.createdAt),
    index('shares_to_forget').on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
)

/** Which capture an account has of a URL that was opened before. Made WITHOUT ROWID by hand in its migration. */
export const openedUrls = sqliteTable(
  'opened_urls',
  {
    accountId: integer('account_id').notNull(),
    /** Keyed digest of the URL. 64 hex. */
    digest: text('digest').notNull(),
    captureId: text('capture_id').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.digest] })],
)

/** Answers to requests of `/api/v2` that came with an Idempotency-Key, for a day. Made WITHOUT ROWID by hand in its migration. */
export const answers = sqliteTable(
  'answers',
  {
    accountId: integer('account_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body. 64 hex. */
    digest: text('digest').notNull(),
    /** `null`: the first request is still under way. */
    status: integer('status'),
    /** JSON, without secrets; `null` as above. */
    body: text('body'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.key] }), index('answers_by_age').on(table.createdAt)],
)

/** By what a person signs in without a password: the public half (WebAuthn Level 3 §4). Made WITHOUT ROWID by hand in its migration. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    /** The credential's id. Base64url. */
    id: text('id').primaryKey(),
    accountId: integer('account_id').notNull(),
    /** COSE key. Base64url. */
    publicKey: text('public_key').notNull(),
    /** The authenticator's signature counter, where it has one. */
    counter: integer('counter').notNull(),
    transports: text('transports', { mode: 'json' }).$type<string[]>().notNull(),
    /** What its owner calls it. */
    name: text('name').notNull(),
    /** It is kept by more than one device. */
    backedUp: integer('backed_up', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [index('passkeys_by_account').on(table.accountId)],
)

/** How somebody signed in. */
export type SignInMethod = 'passkey' | 'link' | 'access'

/** Browsers in which somebody is signed in. Made WITHOUT ROWID by hand in its migration. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** SHA-256 of the cookie's 64 characters, as 64 hex. The cookie itself is nowhere. */
    hash: text('hash').primaryKey(),
    /** What its owner revokes it by: opens nothing. 16 hex. */
    id: text('id').notNull(),
    accountId: integer('account_id').notNull(),
    method: text('method').$type<SignInMethod>().notNull(),
    createdAt: integer('created_at').notNull(),
    /** Moves on with use, at most to a limit from its creation. */
    expiresAt: integer('expires_at').notNull(),
    /** Sampled: at most once an hour. */
    seenAt: integer('seen_at').notNull(),
    /** When the person last proved to be there: at the sign-in, or by a passkey that was asked again. */
    confirmedAt: integer('confirmed_at').notNull(),
    /** Of the sign-in. Text from outside. */
    userAgent: text('user_agent').notNull(),
    /** Of the sign-in. Empty where it is not known. */
    address: text('address').notNull(),
  },
  (table) => [index('sessions_by_account').on(table.accountId), index('sessions_by_end').on(table.expiresAt)],
)

/** Passkey ceremonies under way: each challenge is good for one answer. Made WITHOUT ROWID by hand in its migration. */
export const ceremonies = sqliteTable(
  'ceremonies',
  {
    /** SHA-256 of what the browser's cookie holds. 64 hex. */
    hash: text('hash').primaryKey(),
    /** Base64url. */
    challenge: text('challenge').notNull(),
    purpose: text('purpose').$type<'register' | 'sign-in' | 'confirm'>().notNull(),
    /** `null`: it is not known yet who comes. */
    accountId: integer('account_id'),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('ceremonies_by_end').on(table.expiresAt)],
)

/** What an account has that is made by an invite: what is not said is as the standard plan has it. */
export interface InvitedPlan {
  filesLimit?: number
  maxFileSize?: number
  bytesLimit?: number
  apiAllowed?: boolean
  retentionDays?: number | null
}

/** Links that sign somebody in once: an invite makes an account, a recovery opens one that is there. Made WITHOUT ROWID by hand in its migration. */
export const signInLinks = sqliteTable(
  'sign_in_links',
  {
    /** SHA-256 of the 64 characters in the link, as 64 hex. */
    hash: text('hash').primaryKey(),
    /** What it is withdrawn by: opens nothing. 16 hex. */
    id: text('id').notNull(),
    kind: text('kind').$type<'invite' | 'recovery'>().notNull(),
    /** Whom a recovery is for; of an invite, whose account came of it. */
    accountId: integer('account_id'),
    /** Of an invite: the name that the account gets; `null`: who comes chooses it. */
    name: text('name'),
    role: text('role').$type<Role>().notNull().default('member'),
    plan: text('plan', { mode: 'json' }).$type<InvitedPlan>().notNull(),
    /** Name of the account that made it; empty: an operator by the admin command. */
    madeBy: text('made_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** It was used, or withdrawn. */
    usedAt: integer('used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('sign_in_links_by_end').on(table.expiresAt)],
)

/** The REST API key of an account, which its owner may see again: apart from `tokens`, where it is a token like others. */
export const accountKeys = sqliteTable('account_keys', {
  accountId: integer('account_id').primaryKey(),
  /** SHA-256 of the key, as in `tokens`. */
  tokenHash: text('token_hash').notNull(),
  /** The key, encrypted by AES-GCM under a secret of the Worker, bound to account and hash; `null`: it cannot be shown again. */
  sealed: text('sealed'),
  createdAt: integer('created_at').notNull(),
})

/** How somebody has the viewer of packets: settings that the server keeps and cannot read without a secret of the Worker. */
export const profiles = sqliteTable(
  'profiles',
  {
    id: text('id').primaryKey(),
    accountId: integer('account_id').notNull(),
    /** What its owner calls it. */
    name: text('name').notNull(),
    /** The whole of it, for it may hold keys of wireless networks: encrypted by AES-GCM, bound to account and id. */
    sealed: text('sealed').notNull(),
    /** Another one with each change. */
    version: text('version').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('profiles_by_name').on(table.accountId, table.name)],
)

/** What was done that somebody may have to answer for. Kept for a time; never edited. */
export const audit = sqliteTable(
  'audit',
  {
    id: integer('id').primaryKey(),
    at: integer('at').notNull(),
    /** Whose account or capture it was done to; 0: the server's own. */
    accountId: integer('account_id').notNull(),
    /** Who did it: the name of an account, and of the key that was used; text from outside. */
    actor: text('actor').notNull(),
    /** What: `sign-in`, `key-shown`, `capture-deleted`, … (store/audit.ts). */
    action: text('action').notNull(),
    /** To what: the id or name of a capture, key, link. Never a secret. Text from outside. */
    subject: text('subject').notNull(),
    /** Where the request came from. Empty where it is not known. */
    address: text('address').notNull(),
  },
  (table) => [index('audit_by_account').on(table.accountId, table.at), index('audit_by_time').on(table.at)],
)

/** What an admin has set for the whole server; what is absent is as the code has it. Made WITHOUT ROWID by hand in its migration. */
export const settings = sqliteTable('settings', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).$type<unknown>().notNull(),
})

/** What an operator does with accounts, tokens and captures, as statements for a database wherever it is. */
import { createHash, randomBytes } from 'node:crypto'
import type { Permission, Visibility } from '../src/store/schema.ts'
import { Refusal, UsageError } from './refusal.ts'
import { type Database, literal, type Row, sql, type Value } from './sql.ts'

const GiB = 2 ** 30

export const PERMISSIONS: readonly Permission[] = ['upload', 'read', 'delete', 'admin']
export const VISIBILITIES: readonly Visibility[] = ['private', 'unlisted']

/** What an account may have. Sizes are bytes. */
export interface Plan {
  filesLimit: number
  maxFileSize: number
  bytesLimit: number
  apiAllowed: boolean
  /** Days; `null`: captures are never deleted for their age. */
  retentionDays: number | null
  /** `null`: what the API's dialect says. */
  defaultVisibility: Visibility | null
}

/** What an account gets that is added without saying more. */
export const STANDARD_PLAN: Plan = {
  filesLimit: 10_000,
  maxFileSize: 5 * GiB,
  bytesLimit: 100 * GiB,
  apiAllowed: true,
  retentionDays: null,
  defaultVisibility: null,
}

/** What the first account of a server gets: its owner's. */
export const OWNERS_PLAN: Plan = {
  ...STANDARD_PLAN,
  filesLimit: 100_000,
  maxFileSize: 80 * GiB,
  bytesLimit: 1024 * GiB,
}

const COLUMNS = {
  filesLimit: 'files_limit',
  maxFileSize: 'max_file_size',
  bytesLimit: 'bytes_limit',
  apiAllowed: 'api_allowed',
  retentionDays: 'retention_days',
  defaultVisibility: 'default_visibility',
} as const satisfies Record<keyof Plan, string>

/** 128 random bits, as the 32 characters a person holds. */
export function newToken(): string {
  return randomBytes(16).toString('hex')
}

/** SHA-256 of the token's 32 characters: all that the database keeps of it. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest('hex')
}

/** @throws Refusal where the name is taken */
export async function addAccount(database: Database, name: string, plan: Plan, now: Date): Promise<void> {
  const [made] = await database.run([insertAccount(checkName('account', name), plan, now)])
  if (!made?.length) throw new Refusal(`There is an account named ${name} already.`)
}

/** The statement that adds an account, if there is none of its name. */
export function insertAccount(name: string, plan: Plan, now: Date): string {
  return sql`INSERT INTO accounts (name, files_limit, max_file_size, bytes_limit, api_allowed, retention_days, default_visibility, created_at)
    VALUES (${name}, ${plan.filesLimit}, ${plan.maxFileSize}, ${plan.bytesLimit}, ${plan.apiAllowed}, ${plan.retentionDays}, ${plan.defaultVisibility}, ${now.getTime()})
    ON CONFLICT DO NOTHING RETURNING id`
}

export async function listAccounts(database: Database): Promise<Row[]> {
  const [rows] = await database.run(['SELECT * FROM accounts ORDER BY name'])
  return (rows ?? []).map(accountSeen)
}

/** @throws Refusal where there is no such account */
export async function showAccount(database: Database, name: string): Promise<Row> {
  const [rows] = await database.run([sql`SELECT * FROM accounts WHERE name = ${name}`])
  const account = rows?.[0]
  if (!account) throw noAccount(name)
  return accountSeen(account)
}

/**
 * Change what is given of an account's plan, and the copy of `api_allowed` that its tokens carry, together.
 * Limits may go below what is in use: nothing is deleted, nothing more goes in.
 * @returns the account as it is now
 */
export async function setPlan(database: Database, name: string, changes: Partial<Plan>): Promise<Row> {
  const sets = Object.entries(changes).map(
    ([key, value]) => `${COLUMNS[key as keyof Plan]} = ${literal(value as Value)}`,
  )
  if (sets.length === 0) throw new UsageError('say what to change: --files, --max-file, --storage, --api, …')
  const [rows] = await database.run([
    `UPDATE accounts SET ${sets.join(', ')} WHERE name = ${literal(name)} RETURNING *`,
    sql`UPDATE tokens SET api_allowed = accounts.api_allowed FROM accounts
      WHERE accounts.name = ${name} AND tokens.account_id = accounts.id AND tokens.api_allowed <> accounts.api_allowed`,
  ])
  const account = rows?.[0]
  if (!account) throw noAccount(name)
  return accountSeen(account)
}

/** What a token may do and gives to captures uploaded with it. */
export interface Grant {
  permissions: Permission[]
  tags: string[]
  /** `null`: the account's. */
  visibility: Visibility | null
  expiresAt: Date | null
}

export const STANDARD_GRANT: Grant = {
  permissions: ['upload', 'read', 'delete'],
  tags: [],
  visibility: null,
  expiresAt: null,
}

/**
 * @returns the token, which is nowhere else
 * @throws Refusal where there is no such account, or it has a token of that name, revoked ones counted
 */
export async function addToken(
  database: Database,
  account: string,
  name: string,
  grant: Grant,
  now: Date,
): Promise<string> {
  const token = newToken()
  const [accounts, made] = await database.run([
    sql`SELECT id FROM accounts WHERE name = ${account}`,
    insertToken(account, checkName('token', name), token, grant, now),
  ])
  if (!accounts?.length) throw noAccount(account)
  if (!made?.length) throw new Refusal(`The account ${account} has a token named ${name} already.`)
  return token
}

/** The statement that adds a token to an account by name, if neither the token nor its name is there. */
export function insertToken(account: string, name: string, token: string, grant: Grant, now: Date): string {
  return sql`INSERT INTO tokens (hash, account_id, name, permissions, default_tags, default_visibility, api_allowed, created_at, expires_at)
    SELECT ${hashOf(token)}, id, ${name}, ${grant.permissions.join(',')}, ${JSON.stringify(grant.tags)}, ${grant.visibility}, api_allowed,
      ${now.getTime()}, ${grant.expiresAt?.getTime() ?? null}
    FROM accounts WHERE name = ${account} ON CONFLICT DO NOTHING RETURNING name`
}

export async function listTokens(database: Database, account: string): Promise<Row[]> {
  const [accounts, tokens] = await database.run([
    sql`SELECT id FROM accounts WHERE name = ${account}`,
    sql`SELECT tokens.* FROM tokens JOIN accounts ON accounts.id = tokens.account_id WHERE accounts.name = ${account} ORDER BY tokens.name`,
  ])
  if (!accounts?.length) throw noAccount(account)
  return (tokens ?? []).map((token) => ({
    name: token.name ?? null,
    permissions: token.permissions ?? null,
    tags: (JSON.parse(String(token.default_tags)) as string[]).join(','),
    visibility: token.default_visibility ?? null,
    created: time(token.created_at),
    expires: time(token.expires_at),
    revoked: time(token.revoked_at),
    lastUsed: time(token.last_used_at),
  }))
}

/** @throws Refusal where there is nothing of that name, or it is revoked already */
export async function revokeToken(database: Database, account: string, name: string, now: Date): Promise<void> {
  const which = sql`name = ${name} AND account_id = (SELECT id FROM accounts WHERE name = ${account})`
  const [accounts, tokens, revoked] = await database.run([
    sql`SELECT id FROM accounts WHERE name = ${account}`,
    `SELECT revoked_at FROM tokens WHERE ${which}`,
    `UPDATE tokens SET revoked_at = ${literal(now.getTime())} WHERE ${which} AND revoked_at IS NULL RETURNING name`,
  ])
  if (!accounts?.length) throw noAccount(account)
  if (!tokens?.length) throw new Refusal(`The account ${account} has no token named ${name}.`)
  if (!revoked?.length) throw new Refusal(`The token ${name} was revoked already, at ${time(tokens[0]?.revoked_at)}.`)
}

/** Have a parsed capture parsed again, by the next sweep. @throws Refusal where it is not parsed yet, or not there */
export async function retryCapture(database: Database, id: string, now: Date): Promise<void> {
  const [before, changed] = await database.run([
    sql`SELECT state FROM captures WHERE id = ${id}`,
    sql`UPDATE captures SET state = 'stored', generation = generation + 1, attempts = 0, lease_until = NULL, failure = NULL, due_at = ${now.getTime()}
      WHERE id = ${id} AND state IN ('ok', 'error') RETURNING id`,
  ])
  if (!before?.length) throw new Refusal(`There is no capture ${id}.`)
  if (!changed?.length)
    throw new Refusal(`The capture ${id} is ${before[0]?.state}: only what is ok or error is parsed again.`)
}

export async function listQuarantine(database: Database): Promise<Row[]> {
  const [rows] = await database.run(['SELECT * FROM quarantine ORDER BY found_at, object_key'])
  return (rows ?? []).map((row) => ({
    key: row.object_key ?? null,
    size: row.size ?? null,
    metadata: row.metadata ?? null,
    uploaded: time(row.uploaded_at),
    found: time(row.found_at),
  }))
}

function accountSeen(row: Row): Row {
  return {
    name: row.name ?? null,
    files: row.files ?? null,
    filesLimit: row.files_limit ?? null,
    bytes: row.bytes ?? null,
    bytesLimit: row.bytes_limit ?? null,
    maxFileSize: row.max_file_size ?? null,
    apiAllowed: row.api_allowed === 1,
    retentionDays: row.retention_days ?? null,
    visibility: row.default_visibility ?? null,
    created: time(row.created_at),
  }
}

function time(milliseconds: Value | undefined): string | null {
  return typeof milliseconds === 'number' ? new Date(milliseconds).toISOString() : null
}

function checkName(what: string, name: string): string {
  if (name.trim() !== name || name === '' || name.length > 100)
    throw new UsageError(
      `the name of ${what === 'account' ? 'an' : 'a'} ${what} has 1 to 100 characters, and no space at its ends`,
    )
  return name
}

function noAccount(name: string): Refusal {
  return new Refusal(`There is no account named ${name}.`)
}

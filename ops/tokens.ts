/** What an operator does with the tokens of an account, as statements for a database wherever it is. */
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Login, Permission, Visibility } from '../src/store/schema.ts'
import { checkName, noAccount } from './accounts.ts'
import { Refusal, UsageError } from './refusal.ts'
import { type Database, literal, type Row, sql, timeOf } from './sql.ts'

export const PERMISSIONS: readonly Permission[] = ['upload', 'read', 'delete', 'admin']

/** 128 random bits, as the 32 characters a person holds. */
export function newToken(): string {
  return randomBytes(16).toString('hex')
}

/** SHA-256 of the token's 32 characters: all that the database keeps of it. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest('hex')
}

/** What a token may do and gives to captures uploaded with it. */
export interface Grant {
  permissions: Permission[]
  tags: string[]
  /** `null`: the account's. */
  visibility: Visibility | null
  expiresAt: Date | null
  /** What must come beside it in a path; `null`: nothing. */
  login: Login | null
}

export const STANDARD_GRANT: Grant = {
  permissions: ['upload', 'read', 'delete'],
  tags: [],
  visibility: null,
  expiresAt: null,
  login: null,
}

/** As many as Workers count: their WebCrypto refuses more. */
const ITERATIONS = 100_000

/** 120 random bits, as 24 characters that every device can type. */
export function newPassword(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return [...randomBytes(24)].map((byte) => alphabet[byte % 32]).join('')
}

/**
 * What the database keeps of a login. The password is nowhere in it.
 * @throws UsageError for a name that HTTP Basic cannot carry (RFC 7617 §2)
 */
export function loginOf(user: string, password: string): Login {
  if (/[\p{Cc}:]/u.test(user) || user.trim() !== user || user === '' || user.length > 100)
    throw new UsageError('--login takes a name of 1 to 100 characters, without a colon and without a space at its ends')
  const salt = randomBytes(16)
  const hash = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  return { user, salt: salt.toString('hex'), hash: hash.toString('hex'), iterations: ITERATIONS }
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
  return sql`INSERT INTO tokens (hash, account_id, name, permissions, default_tags, default_visibility, api_allowed, created_at, expires_at, login)
    SELECT ${hashOf(token)}, id, ${name}, ${grant.permissions.join(',')}, ${JSON.stringify(grant.tags)}, ${grant.visibility}, api_allowed AND suspended_at IS NULL,
      ${now.getTime()}, ${grant.expiresAt?.getTime() ?? null}, ${grant.login && JSON.stringify(grant.login)}
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
    login: typeof token.login === 'string' ? (JSON.parse(token.login) as Login).user : null,
    created: timeOf(token.created_at),
    expires: timeOf(token.expires_at),
    revoked: timeOf(token.revoked_at),
    lastUsed: timeOf(token.last_used_at),
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
  if (!revoked?.length) throw new Refusal(`The token ${name} was revoked already, at ${timeOf(tokens[0]?.revoked_at)}.`)
}

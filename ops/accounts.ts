/** What an operator does with accounts, as statements for a database wherever it is. */
import { type Plan, STANDARD_PLAN } from './plans.ts'
import { Refusal, UsageError } from './refusal.ts'
import { type Database, literal, type Row, sql, timeOf, type Value } from './sql.ts'

const COLUMNS = {
  filesLimit: 'files_limit',
  maxFileSize: 'max_file_size',
  bytesLimit: 'bytes_limit',
  apiAllowed: 'api_allowed',
  retentionDays: 'retention_days',
  defaultVisibility: 'default_visibility',
} as const satisfies Record<keyof Plan, string>

/** Add an account: by the plan that admins have set for new ones, but for what is said here. @throws Refusal where the name is taken */
export async function addAccount(database: Database, name: string, said: Partial<Plan>, now: Date): Promise<void> {
  const [set] = await database.run([sql`SELECT value FROM settings WHERE name = ${'plan'}`])
  const plan = { ...STANDARD_PLAN, ...(set?.[0] ? JSON.parse(String(set[0].value)) : {}), ...said }
  const [made] = await database.run([insertAccount(checkName('account', name), plan, now)])
  if (!made?.length) throw new Refusal(`There is an account named ${name} already.`)
}

/** The statement that adds an account, if there is none of its name, in whatever case. */
export function insertAccount(name: string, plan: Plan, now: Date): string {
  return sql`INSERT INTO accounts (name, files_limit, max_file_size, bytes_limit, api_allowed, retention_days, default_visibility, created_at)
    SELECT ${name}, ${plan.filesLimit}, ${plan.maxFileSize}, ${plan.bytesLimit}, ${plan.apiAllowed}, ${plan.retentionDays}, ${plan.defaultVisibility}, ${now.getTime()}
    WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ${name} COLLATE NOCASE) RETURNING id`
}

/** The statement that makes an account an admin's, or anybody's. */
export function setRole(name: string, isAdmin: boolean): string {
  return sql`UPDATE accounts SET role = ${isAdmin ? 'admin' : 'member'} WHERE name = ${name} RETURNING id`
}

/** Say whether an account sees to the others. @throws Refusal where there is none */
export async function changeRole(database: Database, name: string, isAdmin: boolean): Promise<Row> {
  const [changed] = await database.run([setRole(name, isAdmin)])
  if (!changed?.length) throw noAccount(name)
  return showAccount(database, name)
}

/** Say by which address Cloudflare Access knows the owner of an account; `null`: by none. @throws Refusal where there is none, or another has it */
export async function changeEmail(database: Database, name: string, email: string | null): Promise<Row> {
  const [others] = await database.run([
    sql`SELECT name FROM accounts WHERE email = ${email} AND name <> ${name}`,
    sql`UPDATE accounts SET email = ${email} WHERE name = ${name} AND NOT EXISTS (SELECT 1 FROM accounts WHERE email = ${email} AND name <> ${name})`,
  ])
  if (others?.length) throw new Refusal(`The account ${others[0]?.name} has that address already.`)
  return showAccount(database, name)
}

export async function listAccounts(database: Database): Promise<Row[]> {
  const [rows] = await database.run(['SELECT * FROM accounts ORDER BY name'])
  return (rows ?? []).map(accountSeen)
}

/** One account; `copies`: bytes of copies of what its compressed captures hold, no part of its storage. @throws Refusal where there is none */
export async function showAccount(database: Database, name: string): Promise<Row> {
  const [rows] = await database.run([
    sql`SELECT *, (SELECT COALESCE(SUM(copy_size), 0) FROM captures WHERE account_id = accounts.id) AS copies
      FROM accounts WHERE name = ${name}`,
  ])
  const account = rows?.[0]
  if (!account) throw noAccount(name)
  return { ...accountSeen(account), copies: account.copies ?? null }
}

/**
 * Change what is given of an account's plan, and the copy of `api_allowed` that its tokens carry, together: false while it is suspended.
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
    sql`UPDATE tokens SET api_allowed = (accounts.api_allowed AND accounts.suspended_at IS NULL) FROM accounts
      WHERE accounts.name = ${name} AND tokens.account_id = accounts.id
        AND tokens.api_allowed <> (accounts.api_allowed AND accounts.suspended_at IS NULL)`,
  ])
  const account = rows?.[0]
  if (!account) throw noAccount(name)
  return accountSeen(account)
}

function accountSeen(row: Row): Row {
  return {
    name: row.name ?? null,
    role: row.role ?? null,
    email: row.email ?? null,
    files: row.files ?? null,
    filesLimit: row.files_limit ?? null,
    bytes: row.bytes ?? null,
    bytesLimit: row.bytes_limit ?? null,
    maxFileSize: row.max_file_size ?? null,
    apiAllowed: row.api_allowed === 1,
    retentionDays: row.retention_days ?? null,
    visibility: row.default_visibility ?? null,
    suspended: timeOf(row.suspended_at),
    created: timeOf(row.created_at),
  }
}

/** @throws UsageError for a name that no account and no token may have */
export function checkName(what: string, name: string): string {
  if (name.trim() !== name || name === '' || name.length > 100)
    throw new UsageError(
      `the name of ${what === 'account' ? 'an' : 'a'} ${what} has 1 to 100 characters, and no space at its ends`,
    )
  return name
}

export function noAccount(name: string): Refusal {
  return new Refusal(`There is no account named ${name}: account list shows them, account add makes one.`)
}

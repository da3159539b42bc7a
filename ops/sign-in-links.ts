/** Links that sign somebody in once, as statements for a database wherever it is. */
import { createHash, randomBytes } from 'node:crypto'
import type { InvitedPlan } from '../src/store/schema.ts'
import { checkName, noAccount } from './accounts.ts'
import { Refusal } from './refusal.ts'
import { type Database, sql } from './sql.ts'

interface Secret {
  hash: string
  /** What the link ends in. */
  path: string
}

function newSecret(): Secret {
  const secret = randomBytes(32).toString('hex')
  return { hash: createHash('sha256').update(secret, 'ascii').digest('hex'), path: `/sign-in/${secret}` }
}

const newId = () => randomBytes(8).toString('hex')

/** A link that opens an account by its name until a time; where there is no such account, the statement makes none. */
export function signInLink(account: string, expiresAt: Date, now: Date): { statement: string; path: string } {
  const { hash, path } = newSecret()
  const statement = sql`INSERT INTO sign_in_links (hash, id, kind, account_id, role, plan, made_by, created_at, expires_at)
    SELECT ${hash}, ${newId()}, ${'recovery'}, id, role, ${'{}'}, ${''}, ${now.getTime()}, ${expiresAt.getTime()}
    FROM accounts WHERE name = ${account} RETURNING id`
  return { statement, path }
}

/** A link that opens an account, and its line in the audit log. @returns its path @throws Refusal where there is no such account */
export async function recover(database: Database, account: string, expiresAt: Date, now: Date): Promise<string> {
  const { statement, path } = signInLink(account, expiresAt, now)
  const [made] = await database.run([
    statement,
    sql`INSERT INTO audit (at, account_id, actor, action, subject, address)
      SELECT ${now.getTime()}, id, ${'npm run admin'}, ${'recovery-made'}, ${''}, ${''} FROM accounts WHERE name = ${account}`,
  ])
  if (!made?.length) throw noAccount(account)
  return path
}

/** What an invite gives. */
export interface Invite {
  /** `null`: who comes chooses it. */
  name: string | null
  isAdmin: boolean
  /** What is not said is as the standard plan has it. */
  plan: InvitedPlan
  expiresAt: Date
}

/** A link that makes an account. @returns its path @throws Refusal where the name is taken, UsageError where it is none */
export async function invite(
  database: Database,
  { name, isAdmin, plan, expiresAt }: Invite,
  now: Date,
): Promise<string> {
  const { hash, path } = newSecret()
  if (name !== null) checkName('account', name)
  const role = isAdmin ? 'admin' : 'member'
  const [taken] = await database.run([
    sql`SELECT id FROM accounts WHERE name = ${name} COLLATE NOCASE`,
    sql`INSERT INTO sign_in_links (hash, id, kind, name, role, plan, made_by, created_at, expires_at)
      SELECT ${hash}, ${newId()}, ${'invite'}, ${name}, ${role}, ${JSON.stringify(plan)}, ${''}, ${now.getTime()}, ${expiresAt.getTime()}
      WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ${name} COLLATE NOCASE)`,
    sql`INSERT INTO audit (at, account_id, actor, action, subject, address)
      SELECT ${now.getTime()}, 0, ${'npm run admin'}, ${'invite-made'}, ${name ?? ''}, ${''}
      WHERE EXISTS (SELECT 1 FROM sign_in_links WHERE hash = ${hash})`,
  ])
  if (taken?.length) throw new Refusal(`There is an account named ${name} already: recover ${name} signs its owner in.`)
  return path
}

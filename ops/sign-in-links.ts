/** Links that sign somebody in once, as statements for a database wherever it is. */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from './sql.ts'

/** A link that opens an account by its name, for so many milliseconds; where there is no such account, the statement makes none. */
export function signInLink(account: string, ms: number, now: Date): { statement: string; path: string } {
  const secret = randomBytes(32).toString('hex')
  const hash = createHash('sha256').update(secret, 'ascii').digest('hex')
  const statement = sql`INSERT INTO sign_in_links (hash, id, kind, account_id, role, plan, made_by, created_at, expires_at)
    SELECT ${hash}, ${randomBytes(8).toString('hex')}, ${'recovery'}, id, role, ${'{}'}, ${''}, ${now.getTime()}, ${now.getTime() + ms}
    FROM accounts WHERE name = ${account} RETURNING id`
  return { statement, path: `/sign-in/${secret}` }
}

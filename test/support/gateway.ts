/** The Worker under test, through its own doors, and accounts made straight in its database. */
import { env, exports } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { vi } from 'vitest'
import type { Env } from '../../src/store/env.ts'
import { accounts, captures, type Permission, sessions, tokens } from '../../src/store/schema.ts'
import { newName, newSecret } from '../../src/store/sessions.ts'
import { hashToken } from '../../src/store/tokens.ts'

export const bindings = env as unknown as Env
export const database = drizzle(bindings.DB)

export const ORIGIN = 'http://pcaport.test'

/** Send a request through the Worker's `fetch`. */
export function request(path: string, init?: RequestInit): Promise<Response> {
  const worker = (exports as unknown as { default: Fetcher }).default
  return worker.fetch(new Request(`${ORIGIN}${path}`, { redirect: 'manual', ...init }))
}

/** An account with a token that may upload, read and delete. */
export interface TestAccount {
  accountId: number
  token: string
  bearer: { Authorization: string }
}

let made = 0

/** Make an account of a generous plan, but for what is said otherwise. */
export async function makeAccount(
  plan: Partial<typeof accounts.$inferInsert> = {},
  token: Partial<typeof tokens.$inferInsert> & { may?: Permission[] } = {},
): Promise<TestAccount> {
  const [account] = await database
    .insert(accounts)
    .values({
      name: `account ${++made} ${crypto.randomUUID()}`,
      filesLimit: 1000,
      maxFileSize: 1024 ** 3,
      bytesLimit: 10 * 1024 ** 3,
      createdAt: Date.now(),
      ...plan,
    })
    .returning()
  if (!account) throw new Error('no account was made')
  return { accountId: account.id, ...(await makeToken(account.id, token)) }
}

/** Make another token of an account. */
export async function makeToken(
  accountId: number,
  { may = ['upload', 'read', 'delete'], ...token }: Partial<typeof tokens.$inferInsert> & { may?: Permission[] } = {},
): Promise<{ token: string; bearer: { Authorization: string } }> {
  const text = crypto.randomUUID().replaceAll('-', '')
  await database.insert(tokens).values({
    hash: await hashToken(text),
    accountId,
    name: `token ${text}`,
    permissions: may.join(','),
    defaultTags: [],
    createdAt: Date.now(),
    lastUsedAt: Date.now(),
    ...token,
  })
  return { token: text, bearer: { Authorization: `Bearer ${text}` } }
}

/** Sign an account in. @returns headers of its browser: to look, and to change something from a page of this server */
export async function signedIn(
  accountId: number,
  session: Partial<typeof sessions.$inferInsert> = {},
): Promise<{ looks: { Cookie: string }; acts: Record<string, string> }> {
  const secret = newSecret()
  const now = Date.now()
  await database.insert(sessions).values({
    hash: await hashToken(secret),
    id: newName(),
    accountId,
    method: 'passkey',
    createdAt: now,
    expiresAt: now + 86_400_000,
    seenAt: now,
    confirmedAt: now,
    userAgent: 'a browser',
    address: '',
    ...session,
  })
  const looks = { Cookie: `session=${secret}` }
  return { looks, acts: { ...looks, 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN } }
}

/** A capture's row, as it stands. */
export async function rowOf(id: string) {
  const [row] = await database.select().from(captures).where(eq(captures.id, id))
  return row
}

/** What an account has used. */
export async function usageOf(accountId: number): Promise<{ files: number; bytes: number }> {
  const [account] = await database.select().from(accounts).where(eq(accounts.id, accountId))
  if (!account) throw new Error('there is no such account')
  return { files: account.files, bytes: account.bytes }
}

/** Wait until the queue has parsed a capture. */
export function parsed(id: string) {
  return vi.waitUntil(
    async () => {
      const row = await rowOf(id)
      return row && (row.state === 'ok' || row.state === 'error') ? row : undefined
    },
    { timeout: 25_000, interval: 20 },
  )
}

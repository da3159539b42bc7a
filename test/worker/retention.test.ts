/** Retention keeps up with several accounts, in bounded runs. */
import { eq, inArray } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { retain } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures } from '../../src/store/schema.ts'
import { bindings, database, makeAccount, usageOf } from '../support/gateway.ts'

const DAY = 86_400_000
const MINUTE = 60_000

/** An account with captures that were uploaded so many days ago. */
async function accountWith(count: number, daysAgo: number): Promise<number> {
  const { accountId } = await makeAccount({ retentionDays: 30, files: count })
  const rows = Array.from({ length: count }, (_, index) => ({
    id: crypto.randomUUID(),
    accountId,
    state: 'ok' as const,
    filename: 'old.pcap',
    size: 0,
    visibility: 'unlisted' as const,
    tags: [],
    comments: '',
    objectKey: `captures/${accountId}/${index}`,
    createdAt: Date.now() - daysAgo * DAY + index,
  }))
  for (let at = 0; at < rows.length; at += 5) await database.insert(captures).values(rows.slice(at, at + 5))
  return accountId
}

it('deletes at most 100 captures a run, oldest first, and begins with another account each time', async () => {
  const ids = [await accountWith(80, 40), await accountWith(80, 40), await accountWith(3, 10)]
  const left = async () => Promise.all(ids.map(async (id) => (await usageOf(id)).files))
  const store = openStore(bindings)
  const count = (await store.accounts.withRetention()).length
  const now = Math.ceil(Date.now() / (count * MINUTE)) * count * MINUTE // a minute at which the first one has its turn
  await retain(store, () => now)
  expect((await left()).reduce((sum, files) => sum + files)).toBe(63)
  const kept = await database
    .select()
    .from(captures)
    .where(inArray(captures.accountId, ids))
    .orderBy(captures.createdAt)
  expect(kept.filter((row) => row.accountId === ids[1]).map((row) => row.objectKey)).not.toContain(
    `captures/${ids[1]}/0`,
  )
  await retain(store, () => now + MINUTE)
  expect(await left()).toEqual([0, 0, 3])
  await database.delete(accounts).where(eq(accounts.id, ids[2] ?? 0))
})

/** What `/api/v2` costs in D1 with 100,000 captures in the account: known numbers, which do not grow with the table. */
import { beforeAll, describe, expect, it } from 'vitest'
import { bindings, makeAccount, parsed, type TestAccount } from '../support/gateway.ts'
import { direct, type Meter, metered } from '../support/metering.ts'
import { json } from '../support/openapi.ts'
import { put } from '../support/uploads.ts'

const MANY = 100_000

let account: TestAccount
let id: string
beforeAll(async () => {
  account = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'] })
  const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
  for (let from = 0; from < MANY; from += 20_000)
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 19999)
       INSERT INTO captures (${columns})
       SELECT printf('%08x-0000-4000-8000-000000000000', i), ?2, 'ok', 'x.cap', 1, 'private', '[]', '', 'k' || i, i / 3 FROM n`,
    )
      .bind(from, account.accountId)
      .run()
  id = await put(account)
  await parsed(id)
}, 120_000)

async function costOf(path: string, init: RequestInit = {}): Promise<Meter & { answer: Response }> {
  const { db, meter } = metered(bindings.DB)
  const headers = { ...account.bearer, ...(init.headers as Record<string, string>) }
  const answer = await direct(`/api/v2${path}`, { ...init, headers }, { DB: db })
  expect(answer.status, await answer.clone().text()).toBeLessThan(300)
  return { ...meter, answer }
}

describe(`with ${MANY} captures`, () => {
  it.each([1, 10, 50, 200])('a page of %i reads at most 10 rows for each, and 20', async (limit) => {
    let cursor = ''
    for (let page = 0; page < 3; page++) {
      const { rowsRead, rowsWritten, statements, answer } = await costOf(`/captures?limit=${limit}${cursor}`)
      expect(rowsRead, statements.join('\n')).toBeLessThanOrEqual(10 * limit + 20)
      expect([rowsRead >= limit, rowsWritten, statements.length]).toEqual([true, 0, 2])
      const { captures, next } = (await answer.json()) as { captures: object[]; next: string }
      expect(captures).toHaveLength(limit)
      cursor = `&cursor=${next}`
    }
  })

  it('a page in the middle of the list reads no more', async () => {
    const cursor = btoa(`${Math.floor(MANY / 6)}.80000000-0000-4000-8000-000000000000`).replaceAll('=', '')
    const { rowsRead, answer } = await costOf(`/captures?limit=10&cursor=${cursor}`)
    expect(rowsRead).toBeLessThanOrEqual(120)
    expect(((await answer.json()) as { captures: object[] }).captures).toHaveLength(10)
  })

  it.each([
    ['', 2],
    ['/summary', 2],
    ['/conversations', 2],
    ['/packets/index', 2],
    ['/slice', 2],
    ['/download', 2],
  ])('a capture’s %s reads %i rows and writes none', async (part, rows) => {
    const { rowsRead, rowsWritten } = await costOf(`/captures/${id}${part}`)
    expect([rowsRead, rowsWritten]).toEqual([rows, 0])
  })

  it('the rest costs what it says', async () => {
    const edit = await costOf(`/captures/${id}`, json('PATCH', account, { tags: ['x'] }))
    expect([edit.rowsRead <= 5, edit.rowsWritten]).toEqual([true, 3]) // with what notes that it is indexed
    const once = { 'Idempotency-Key': crypto.randomUUID() }
    const tag = json('POST', account, { action: 'tag', ids: [id], add: ['y'] }, once)
    const first = await costOf('/captures/bulk', tag)
    expect([first.rowsRead <= 14, first.rowsWritten], first.statements.join('\n')).toEqual([true, 6])
    const again = await costOf('/captures/bulk', tag)
    expect([again.rowsRead <= 5, again.rowsWritten], again.statements.join('\n')).toEqual([true, 0])
    expect((await costOf('/account')).rowsRead).toBe(2)
    expect((await costOf('/keys')).rowsRead).toBeLessThanOrEqual(5)
    const remove = await costOf(`/captures/${id}`, { method: 'DELETE' })
    expect([remove.rowsRead <= 14, remove.rowsWritten <= 7], remove.statements.join('\n')).toEqual([true, true]) // 3 of the audit log
  })
})

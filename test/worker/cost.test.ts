/** What requests cost in D1, read from its own `meta`: known numbers, which do not grow with the table. */
import { beforeAll, describe, expect, it } from 'vitest'
import { bindings, makeAccount, parsed, rowOf, type TestAccount } from '../support/gateway.ts'
import { deliver, direct, keptQueue, type Meter, metered } from '../support/metering.ts'
import { CAPTURE, filePart, form, largeCapture, put, streamOf } from '../support/uploads.ts'

let account: TestAccount

/** Upload with everything counted, and parse by the consumer. @returns what it cost from the request to `ok`, in `DB` and in `SEARCH` */
async function costOf(init: RequestInit): Promise<Meter & { search: Meter; indexed: number }> {
  const { db, meter } = metered(bindings.DB)
  const search = metered(bindings.SEARCH)
  const { queue, jobs } = keptQueue()
  const change = { DB: db, PARSE: queue, FETCHES: queue, SEARCH: search.db }
  const answer = await direct(`/api/v1/${account.token}/upload`, { method: 'PUT', ...init }, change)
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { id } = (await answer.json()) as { id: string }
  expect(jobs).toEqual([{ version: 1, captureId: id, generation: 0, cursor: 0 }])
  await deliver(jobs, { change })
  expect((await rowOf(id))?.state).toBe('ok')
  const document = bindings.SEARCH.prepare('SELECT indexed FROM documents WHERE capture_id = ?').bind(id)
  return { ...meter, search: search.meter, indexed: (await document.first<number>('indexed')) ?? 0 }
}

/** What one GET costs. */
async function costOfGet(path: string, headers: Record<string, string> = {}): Promise<Meter> {
  const { db, meter } = metered(bindings.DB)
  const answer = await direct(path, { headers }, { DB: db })
  expect(answer.status).toBe(200)
  return meter
}

const MANY = 2000
/** Parsed captures of this account. */
async function seed() {
  const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
  await bindings.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
     INSERT INTO captures (${columns}, idempotency_key)
     SELECT printf('%08x-0000-4000-8000-000000000000', i), ?, 'ok', 'x.cap', 1, 'private', '[]', '', 'k' || i, i, 'key ' || i FROM n`,
  )
    .bind(account.accountId)
    .run()
}

const UPLOADS: [string, number, () => RequestInit][] = [
  ['a plain PUT', 8, () => ({ body: CAPTURE })],
  ['a PUT of 9 MiB', 8, () => ({ body: largeCapture(9 * 1024 ** 2) })],
  ['a PUT with an Idempotency-Key', 10, () => ({ body: CAPTURE, headers: { 'Idempotency-Key': crypto.randomUUID() } })],
  ['a PUT of unknown length', 10, () => ({ body: streamOf(CAPTURE) })],
  ['a PUT of unknown length beyond 8 MiB', 10, () => ({ body: streamOf(largeCapture(9 * 1024 ** 2)) })],
  ['a form', 10, () => form([filePart()])],
  ['a form beyond 8 MiB', 10, () => form([filePart({ body: largeCapture(9 * 1024 ** 2) })])],
]

describe.each([0, MANY])('with %i captures in the table', (captures) => {
  beforeAll(async () => {
    account = await makeAccount({ filesLimit: 10_000 })
    if (captures > 0) await seed()
  })

  it.each(UPLOADS)('%s writes at most %i rows from request to ok', async (_, most, made) => {
    const meter = await costOf(made())
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(most)
    expect(meter.rowsWritten).toBeGreaterThanOrEqual(7) // D1's meta is there at all
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(40)
    const { search, indexed } = meter
    expect(indexed).toBeGreaterThan(5)
    // Each term once, and the document twice: its own words when the parse begins, all of it at the end.
    expect(search.rowsWritten, search.statements.join('\n')).toBeLessThanOrEqual(indexed + 4)
    expect(search.rowsRead, search.statements.join('\n')).toBeLessThanOrEqual(12 * indexed)
  })

  it('a poll of a status reads at most 2 rows and writes none', async () => {
    const meter = await costOfGet(`/api/v1/pcaps/private/status/${await put(account)}`, account.bearer)
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(2)
    expect(meter.rowsRead).toBeGreaterThan(0)
    expect(meter.rowsWritten).toBe(0)
  })

  it('info reads at most 3 rows, limits 2, a download 2', async () => {
    const id = await put(account)
    expect((await costOfGet(`/api/v1/${account.token}/info/${id}`)).rowsRead).toBeLessThanOrEqual(3)
    expect((await costOfGet(`/api/v1/${account.token}/download/${id}`)).rowsRead).toBeLessThanOrEqual(2)
    expect((await costOfGet('/api/v1/pcaps/private/user/limits', account.bearer)).rowsRead).toBeLessThanOrEqual(2)
  })

  it('a token in a path that opens nothing reads 1 row at most, and writes none', async () => {
    const { db, meter } = metered(bindings.DB)
    const answer = await direct(`/api/v1/${'0'.repeat(32)}/info/x`, {}, { DB: db })
    expect([answer.status, meter.rowsWritten]).toEqual([404, 0])
    expect(meter.rowsRead).toBeLessThanOrEqual(1)
  })

  it('a URL that was opened before is 3 rows read and none written, a new one 5 written', async () => {
    const path = `/api/v1/${account.token}/open?url=http://a.example/${crypto.randomUUID()}`
    const made = metered(bindings.DB)
    expect((await direct(path, {}, { DB: made.db, PARSE: keptQueue().queue })).status).toBe(302)
    expect(made.meter.rowsWritten, made.meter.statements.join('\n')).toBeLessThanOrEqual(5)
    expect(made.meter.rowsRead, made.meter.statements.join('\n')).toBeLessThanOrEqual(12)
    const led = metered(bindings.DB)
    expect((await direct(path, {}, { DB: led.db })).status).toBe(302)
    expect(led.meter.rowsWritten).toBe(0)
    expect(led.meter.rowsRead, led.meter.statements.join('\n')).toBeLessThanOrEqual(3)
  })

  it('the end of a capture whose URL was opened takes that row, too, by its key', async () => {
    const path = `/api/v1/${account.token}/open?url=http://a.example/${crypto.randomUUID()}`
    const id = (await direct(path, {}, { PARSE: keptQueue().queue })).headers.get('x-capture-id')
    const { db, meter } = metered(bindings.DB)
    const answer = await direct(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' }, { DB: db })
    expect(answer.status).toBe(200)
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(9) // 3 of the audit log
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(14)
  })

  it('a refusal of what is no capture writes nothing', async () => {
    const { db, meter } = metered(bindings.DB)
    const body = new TextEncoder().encode('<html></html>')
    const answer = await direct(`/api/v1/${account.token}/upload`, { method: 'PUT', body }, { DB: db })
    expect([answer.status, meter.rowsWritten]).toEqual([415, 0])
  })

  it('a deletion costs the same', async () => {
    const { db, meter } = metered(bindings.DB)
    const search = metered(bindings.SEARCH)
    const id = await put(account)
    expect((await parsed(id)).state).toBe('ok')
    const path = `/api/v1/${account.token}/delete/${id}`
    expect((await direct(path, { method: 'POST' }, { DB: db, SEARCH: search.db })).status).toBe(200)
    expect(search.meter.rowsWritten, search.meter.statements.join('\n')).toBeLessThanOrEqual(60)
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(7) // 3 of the audit log
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(12)
  })
})

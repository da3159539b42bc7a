/** What lies in the trash: gone for everybody, back as it was, gone for good in time. docs/adr/0022. */
import { eq } from 'drizzle-orm'
import { describe, expect, it, vi } from 'vitest'
import { retain } from '../../src/parse/retention.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, audit, captures, settings } from '../../src/store/schema.ts'
import { restore, trash } from '../../src/store/trash.ts'
import {
  bindings,
  database,
  makeAccount,
  parsed,
  request,
  rowOf,
  signedIn,
  type TestAccount,
  usageOf,
} from '../support/gateway.ts'
import { metered } from '../support/metering.ts'
import { json } from '../support/openapi.ts'
import { CAPTURE, put } from '../support/uploads.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const store = openStore(bindings)
const doerOf = ({ accountId }: TestAccount) => ({ accountId, actor: 'somebody', address: '192.0.2.1' })
const putIn = (account: TestAccount, ids: string[], now = Date.now()) => trash(store, ids, doerOf(account), now)
const putBack = (account: TestAccount, ids: string[]) => restore(store, ids, doerOf(account), Date.now())

async function parsedCapture(account: TestAccount): Promise<string> {
  const id = await put(account)
  await parsed(id)
  return id
}

it('is gone for every way to it, and back by each of them', async () => {
  const account = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'] })
  const other = await parsedCapture(account)
  const id = await put(account, '?additional_tags=wanted')
  await parsed(id)
  const share = await request(`/api/v2/captures/${id}/shares`, json('POST', account, {}))
  const { id: link } = (await share.json()) as { id: string }
  await request(`/api/v2/captures/${id}/annotations/1`, json('PUT', account, { text: 'a note' }))
  const v1 = `/api/v1/${account.token}`
  const { bearer } = account
  const ways: [string, RequestInit?][] = [
    [`/captures/${id}`],
    [`/captures/${id}/download`],
    [`/s/${link}`],
    [`/s/${link}/download`],
    [`${v1}/info/${id}`],
    [`${v1}/download/${id}`],
    [`${v1}/annotations/${id}`],
    [`/api/v1/pcaps/private/status/${id}`, { headers: bearer }],
    [`/api/v2/captures/${id}`, { headers: bearer }],
    [`/api/v2/captures/${id}/download`, { headers: bearer }],
    [`/api/v2/captures/${id}/summary`, { headers: bearer }],
    [`/api/v2/captures/${id}/slice`, { headers: bearer }],
    [`/api/v2/captures/${id}/shares`, { headers: bearer }],
    [`/api/v2/captures/${id}/annotations`, { headers: bearer }],
    [`/api/v2/captures/${id}`, json('PATCH', account, { filename: 'other.pcap' })],
    [`/api/v2/captures/${id}/shares`, json('POST', account, {})],
    [`/api/v2/captures/${id}/annotations/1`, json('PUT', account, { text: 'again' })],
    [`/api/v2/shares/${link}`, json('PATCH', account, { viewLimit: 5 })],
    ['/api/v2/captures/merge', json('POST', account, { captures: [id, other] })],
  ]
  const statuses = () => Promise.all(ways.map(async ([path, init]) => `${path} ${(await request(path, init)).status}`))
  const listed = async (path: string) => (await (await request(path, { headers: bearer })).text()).includes(id)
  const lists = () => Promise.all(['/api/v2/captures', '/api/v2/search?q=tag:wanted', `${v1}/search`].map(listed))

  expect(await lists()).toEqual([true, true, true])
  const used = await usageOf(account.accountId)
  await putIn(account, [id])
  for (const one of await statuses()) expect(one).toMatch(/ 404$/)
  expect(await lists()).toEqual([false, false, false])
  expect((await request(`/api/v2/captures/${id}`, { method: 'DELETE', headers: bearer })).status).toBe(404)
  expect((await request(`${v1}/delete/${id}`, { method: 'POST' })).status).toBe(404)
  const bulk = await request('/api/v2/captures/bulk', json('POST', account, { action: 'delete', ids: [id] }))
  expect(await bulk.json()).toEqual({ results: [{ id, outcome: 'no-such-capture' }] })
  expect(await usageOf(account.accountId)).toEqual(used)

  expect(await putBack(account, [id])).toEqual([id])
  for (const one of await statuses()) expect(one).toMatch(/ 20[012]$/)
  await vi.waitUntil(async () => (await lists()).every((one) => one))
  expect((await rowOf(id))?.dueAt).toBeNull()
})

it('says who did it, where from, once however often it is asked', async () => {
  const account = await makeAccount()
  const id = await parsedCapture(account)
  for (let times = 0; times < 2; times++) expect((await putIn(account, [id])).trashed).toEqual([id])
  for (let times = 0; times < 2; times++) expect(await putBack(account, [id])).toEqual([id])
  const lines = await database.select().from(audit).where(eq(audit.accountId, account.accountId))
  expect(lines.map(({ action, subject, actor, address }) => [action, subject, actor, address])).toEqual([
    ['capture-deleted', id, 'somebody', '192.0.2.1'],
    ['capture-restored', id, 'somebody', '192.0.2.1'],
  ])
})

it('is nobody else’s to delete, nor to take back', async () => {
  const [owner, stranger] = [await makeAccount(), await makeAccount()]
  const id = await parsedCapture(owner)
  expect(await putIn(stranger, [id])).toEqual({ trashed: [], deleted: [] })
  expect((await rowOf(id))?.state).toBe('ok')
  await putIn(owner, [id])
  expect(await putBack(stranger, [id])).toEqual([])
  expect((await rowOf(id))?.state).toBe('trashed')
  const lines = await database.select().from(audit).where(eq(audit.accountId, stranger.accountId))
  expect(lines).toEqual([])
})

describe('in time', () => {
  it('it is gone for good, with its bytes and its quota', async () => {
    const account = await makeAccount()
    const id = await parsedCapture(account)
    const key = (await rowOf(id))?.objectKey ?? ''
    await putIn(account, [id])
    await sweep(store, () => Date.now() + 7 * DAY - 60_000)
    expect((await rowOf(id))?.state).toBe('trashed')
    expect(await bindings.CAPTURES.head(key)).not.toBeNull()
    await sweep(store, () => Date.now() + 7 * DAY + 60_000)
    expect([await rowOf(id), await bindings.CAPTURES.head(key)]).toEqual([undefined, null])
    expect(await usageOf(account.accountId)).toEqual({ files: 0, bytes: 0 })
    expect(await putBack(account, [id])).toEqual([])
  })

  it('that is the one that an admin has set, for what is deleted from then on, and the page says which', async () => {
    const account = await makeAccount()
    const [first, second] = [await parsedCapture(account), await parsedCapture(account)]
    const now = Date.now()
    const by = { accountId: 0, actor: 'an admin', address: '' }
    await store.serverSettings.change({ undoGrace: 30 * DAY }, by, now)
    await putIn(account, [first], now)
    await store.serverSettings.change({ undoGrace: 2 * HOUR }, by, now)
    await putIn(account, [second], now)
    await database.delete(settings)
    expect([(await rowOf(first))?.dueAt, (await rowOf(second))?.dueAt]).toEqual([now + 30 * DAY, now + 2 * HOUR])
    const { looks } = await signedIn(account.accountId)
    const page = await (await request(`/captures/${second}`, { headers: looks })).text()
    expect(page).toContain(new Date(now + 2 * HOUR).toISOString().slice(0, 19))
    const listed = await store.trashed.list(account.accountId, now + 29 * DAY, 10)
    expect(listed.map(({ id }) => id)).toEqual([first, second]) // the one that lies longest first
    await sweep(store, () => now + 3 * HOUR)
    expect([(await rowOf(first))?.state, await rowOf(second)]).toEqual(['trashed', undefined])
  })

  it.each([
    ['its owner has said so', { deleteAt: 1 }, {}],
    ['the account keeps nothing that long', { createdAt: 0 }, { retentionDays: 7 }],
  ])('it goes sooner where %s', async (_, row, plan) => {
    const account = await makeAccount()
    const id = await parsedCapture(account)
    await putIn(account, [id])
    await database.update(captures).set(row).where(eq(captures.id, id))
    await database
      .update(accounts)
      .set({ ...plan, createdAt: 1 })
      .where(eq(accounts.id, account.accountId))
    await retain(store, Date.now)
    expect(await rowOf(id)).toBeUndefined()
  })
})

it('gives an Idempotency-Key free: the same file is taken anew', async () => {
  const account = await makeAccount()
  const init = { method: 'PUT', body: CAPTURE, headers: { 'Idempotency-Key': crypto.randomUUID() } }
  const upload = async () =>
    ((await (await request(`/api/v1/${account.token}/upload`, init)).json()) as { id: string }).id
  const first = await upload()
  await putIn(account, [first])
  const second = await upload()
  expect(second).not.toBe(first)
  expect(await putBack(account, [first])).toEqual([first])
})

it('comes back as what it was: read, unreadable, or on its way to be read anew', async () => {
  const account = await makeAccount()
  const [read, unreadable, waiting] = [
    await parsedCapture(account),
    await parsedCapture(account),
    await parsedCapture(account),
  ]
  const failure = { kind: 'unread', message: 'nothing', at: null }
  const failed = { state: 'error', facts: null, failure } as const
  await database.update(captures).set(failed).where(eq(captures.id, unreadable))
  await store.captures.retry(waiting, doerOf(account), Date.now()) // the facts of its first parse are there still
  await putIn(account, [read, unreadable, waiting])
  await putBack(account, [read, unreadable, waiting])
  expect([(await rowOf(read))?.state, (await rowOf(unreadable))?.failure]).toEqual(['ok', failure])
  const again = await parsed(waiting)
  expect([again?.state, again?.generation, again?.facts?.packets]).toEqual([
    'ok',
    1,
    (await rowOf(read))?.facts?.packets,
  ])
})

it('costs the same whatever is in the table', async () => {
  const account = await makeAccount()
  const id = await parsedCapture(account)
  const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
  await bindings.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
     INSERT INTO captures (${columns})
     SELECT printf('%08x-0000-4000-8000-00000000000f', i), ?, 'ok', 'x.cap', 1, 'private', '[]', '', 'k' || i, i FROM n`,
  )
    .bind(account.accountId)
    .run()
  const { db, meter } = metered(bindings.DB)
  const costing = openStore({ ...bindings, DB: db })
  const cost = async (does: () => Promise<unknown>) => {
    Object.assign(meter, { rowsRead: 0, rowsWritten: 0, statements: [] })
    await does()
    return [meter.rowsRead, meter.rowsWritten]
  }
  expect(await cost(() => costing.trash.put([id], doerOf(account), Date.now()))).toEqual([13, 5]) // 2 and 3 for its line in the audit log
  expect(await cost(() => costing.trash.find(id, account.accountId))).toEqual([1, 0])
  expect(await cost(() => costing.trash.putBack([id], doerOf(account), Date.now()))).toEqual([9, 5]) // and so here
  expect(await cost(() => costing.captures.retry(id, doerOf(account), Date.now()))).toEqual([4, 5]) // and so here
})

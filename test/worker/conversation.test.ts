/** A conversation that is cut out of a capture to be looked at: who may, that it is had once, what its page says, and when it goes. */
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { retain } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures } from '../../src/store/schema.ts'
import { bindings, database, makeAccount, rowOf, signedIn, type TestAccount } from '../support/gateway.ts'
import { deliver, direct, keptQueue } from '../support/metering.ts'
import { recordingOf } from '../support/reading.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'

const VIEWER = { script: '/viewer/a.js', style: '/viewer/a.css', worker: '/viewer/w.js', wasm: '/viewer/x', data: '' }
const DAY = 86_400_000

const talk = (port: number) =>
  framesOf({
    client: { host: '192.0.2.10', port },
    server: { host: '198.51.100.7', port: 80 },
    sent: [{ fromServer: false, bytes: new TextEncoder().encode(`from ${port}`) }],
  })
const [ONE, OTHER] = [talk(50_000), talk(50_001)]
/** Two conversations, in turns. */
const FILE = captureOf(ONE.flatMap((frame, i) => [OTHER[i] as Uint8Array, frame]))
const NAME = 'tcp 192.0.2.10 50000 198.51.100.7 80'

let account: TestAccount
let me: Awaited<ReturnType<typeof signedIn>>
let queue: ReturnType<typeof keptQueue>
let source: string

const send = (path: string, init: RequestInit = {}) =>
  direct(path, init, {
    PARSE: queue.queue,
    ASSETS: { fetch: async () => Response.json(VIEWER) } as unknown as Fetcher,
  })
async function work() {
  for (let turn = 0; turn < 20 && queue.jobs.length > 0; turn++)
    await deliver(queue.jobs.splice(0), { change: { PARSE: queue.queue } })
}
const open = (conversation: string, headers: Record<string, string> = me.acts, of = source) =>
  send(`/captures/${of}/conversations`, { method: 'POST', headers, body: new URLSearchParams({ conversation }) })
async function opened(conversation = NAME): Promise<string> {
  const answer = await open(conversation)
  expect(answer.status, await answer.clone().text()).toBe(303)
  const [, id = ''] = /^\/captures\/([0-9a-f-]{36})\/packets$/.exec(answer.headers.get('location') ?? '') ?? []
  return id
}
const ownIds = async () =>
  (await database.select().from(captures).where(eq(captures.accountId, account.accountId))).map(({ id }) => id)
const page = async (path: string, headers: Record<string, string> = me.looks) => (await send(path, { headers })).text()
const told = (html: string) =>
  JSON.parse((/data-told="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&quot;', '"')) as Record<string, unknown>

beforeEach(async () => {
  account = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'] })
  me = await signedIn(account.accountId)
  queue = keptQueue()
  const answer = await send(`/api/v1/${account.token}/upload/two.pcap`, { method: 'PUT', body: FILE })
  source = ((await answer.json()) as { id: string }).id
  await work()
  expect((await rowOf(source))?.state).toBe('ok')
})

describe('a conversation', () => {
  it('becomes a capture of its owner’s that says of which it is, is shown where it was waited for, and goes in a week', async () => {
    const before = Date.now()
    const id = await opened()
    const waiting = await page(`/captures/${id}/packets`)
    expect(waiting).toMatch(/data-refresh="\d+" data-state="uploading"/)
    expect(waiting).toContain('Its packets are shown here as soon as they are there.')
    expect(waiting).toContain(`href="/captures/${source}"`)
    await work()
    const row = await rowOf(id)
    expect(row).toMatchObject({
      state: 'ok',
      filename: 'tcp 192.0.2.10:50000 and 198.51.100.7:80 of two.pcap',
      make: { kind: 'slice', of: [source] },
    })
    expect((row?.deleteAt ?? 0) - before).toBeGreaterThanOrEqual(7 * DAY)
    expect((row?.deleteAt ?? 0) - before).toBeLessThan(7 * DAY + 60_000)
    const file = new Uint8Array(await (await send(`/captures/${id}/download`, { headers: me.looks })).arrayBuffer())
    expect(recordingOf(file).packets.map(({ origlen }) => origlen)).toEqual(ONE.map(({ length }) => length))
    expect(told(await page(`/captures/${id}/packets`))).toMatchObject({ isSlice: true, notesByOwn: true })
    expect(await page(`/captures/${id}`)).toContain('It is deleted by itself on')

    const store = openStore({ ...bindings, PARSE: queue.queue })
    await retain(store, () => before + 6 * DAY)
    expect(await ownIds()).toContain(id)
    await retain(store, () => before + 7 * DAY + 60_000)
    expect(await ownIds()).toEqual([source])
  })

  it('is the same capture each time, whichever end is named first and however it was renamed', async () => {
    const id = await opened()
    expect(await opened('tcp 198.51.100.7 80 192.0.2.10 50000')).toBe(id)
    await work()
    await database.update(captures).set({ filename: 'mine', comments: 'kept' }).where(eq(captures.id, id))
    expect(await opened()).toBe(id)
    expect(await opened('tcp 192.0.2.10 50001 198.51.100.7 80')).not.toBe(id)
    expect(await ownIds()).toHaveLength(3)
  })

  it('is cut out anew where it was deleted, or could not be made', async () => {
    const first = await opened()
    await work()
    await send(`/captures/${first}/delete`, { method: 'POST', headers: me.acts })
    const second = await opened()
    expect(second).not.toBe(first)
    await database.update(accounts).set({ bytesLimit: 1 }).where(eq(accounts.id, account.accountId))
    await work()
    expect(await rowOf(second)).toMatchObject({ state: 'error', size: 0 })
    expect((await send(`/captures/${second}/packets`, { headers: me.looks })).headers.get('location')).toBe(
      `/captures/${second}`,
    )
    await database
      .update(accounts)
      .set({ bytesLimit: 2 ** 30 })
      .where(eq(accounts.id, account.accountId))
    const third = await opened()
    await work()
    expect([(await rowOf(third))?.state, await rowOf(second)]).toEqual(['ok', undefined])
  })

  it('is cut out anew, for nobody else, where what it is of has become private since', async () => {
    const first = await opened()
    await work()
    expect((await rowOf(first))?.visibility).toBe('unlisted')
    await database.update(captures).set({ visibility: 'private' }).where(eq(captures.id, source))
    const second = await opened()
    expect(second).not.toBe(first)
    expect([await rowOf(first), (await rowOf(second))?.visibility]).toEqual([undefined, 'private'])
    await work()
    expect(await opened()).toBe(second)
  })

  it('is cut out of no conversation, and of nothing that has not been read', async () => {
    const id = await opened()
    expect((await open(NAME, me.acts, id)).status).toBe(400)
    await work()
    expect((await open(NAME, me.acts, id)).status).toBe(400)
    expect(await ownIds()).toHaveLength(2)
  })

  it('is cut out by its owner alone, from a page of this server', async () => {
    const other = await signedIn((await makeAccount()).accountId)
    for (const [status, headers] of [
      [404, other.acts],
      [401, { 'Sec-Fetch-Site': 'same-origin' }],
      [401, { ...account.bearer, 'Sec-Fetch-Site': 'same-origin' }],
      [403, { ...me.looks, 'Sec-Fetch-Site': 'cross-site' }],
      [403, { ...me.acts, Origin: 'https://elsewhere.example' }],
      [403, me.looks],
    ] as [number, Record<string, string>][])
      expect([(await open(NAME, headers)).status, headers]).toEqual([status, headers])
    expect((await open(NAME, me.acts, 'nothing')).status).toBe(404)
    expect(await ownIds()).toEqual([source])
  })

  it.each([
    '',
    'tcp',
    'smtp 192.0.2.10 50000 198.51.100.7 80',
    'tcp 192.0.2.10 198.51.100.7',
    'tcp 192.0.2.10 50000 198.51.100.7 65536',
    'tcp 192.0.2.10 5e4 198.51.100.7 80',
    'tcp 192.0.2.10 50000 2001:db8::1 80',
    'ipv4 192.0.2.10 <script>',
    'ipv4 192.0.2.10 50000 198.51.100.7 80',
    `ethernet ${'a'.repeat(9000)} b`,
  ])('is refused where there can be none: %.60j', async (text) => {
    expect((await open(text)).status).toBe(400)
    expect((await open('x'.repeat(300_000))).status).toBe(413)
    expect(await ownIds()).toEqual([source])
  })

  it.each([
    ['files', { filesLimit: 1 }],
    ['storage', { bytesLimit: 0 }],
  ])('is refused or fails where the plan has no room for it: %s', async (_, plan) => {
    await database.update(accounts).set(plan).where(eq(accounts.id, account.accountId))
    const answer = await open(NAME)
    if (answer.status === 303) await work()
    const rows = await database.select().from(captures).where(eq(captures.accountId, account.accountId))
    expect(rows.filter(({ state }) => state === 'ok').map(({ id }) => id)).toEqual([source])
  })
})

describe('the page of a capture', () => {
  const tab = '?tab=conversations&table=tcp'
  const sized = (size: number) => database.update(captures).set({ size }).where(eq(captures.id, source))
  const buttons = (html: string) =>
    [...html.matchAll(/<button[^>]* name="conversation" value="([^"]*)"[^>]*>([^<]*)/g)].map(([, ...said]) => said)

  it('has a button in each row of a large one, a smaller one where it can be seen whole, none where it is small', async () => {
    expect(buttons(await page(`/captures/${source}${tab}`))).toEqual([])
    for (const [size, words] of [
      [30_000_000, 'Open'],
      [300_000_000, 'Open this conversation'],
    ] as const) {
      await sized(size)
      const html = await page(`/captures/${source}${tab}`)
      expect(buttons(html).sort()).toEqual([NAME, 'tcp 192.0.2.10 50001 198.51.100.7 80'].map((name) => [name, words]))
      expect(html).toContain(`method="post" action="/captures/${source}/conversations"`)
      expect(html).toContain('deleted by itself after 7 days')
      expect(told(await page(`/captures/${source}/packets`)).conversations).toBe(`/captures/${source}/conversations`)
    }
    expect(buttons(await page(`/captures/${source}?tab=endpoints&table=tcp`))).toEqual([])
  })

  it('has none for strangers, other accounts, who has a key alone, and by a link that is shared', async () => {
    await sized(300_000_000)
    const made = await send(`/api/v2/captures/${source}/shares`, {
      method: 'POST',
      headers: { ...account.bearer, 'Content-Type': 'application/json' },
      body: '{}',
    })
    const { id: link } = (await made.json()) as { id: string }
    const other = await signedIn((await makeAccount()).accountId)
    for (const [path, headers] of [
      [`/captures/${source}`, {}],
      [`/captures/${source}`, other.looks],
      [`/captures/${source}`, account.bearer],
      [`/s/${link}`, me.looks],
    ] as [string, Record<string, string>][]) {
      const html = await page(path + tab, headers)
      expect(html).toContain('198.51.100.7:80')
      expect(buttons(html)).toEqual([])
      expect(told(await page(`${path}/packets`, headers)).conversations).toBeNull()
    }
  })

  it('gives the packets of a span to whoever sees it, by a link that is shared, too', async () => {
    const made = await send(`/api/v2/captures/${source}/shares`, {
      method: 'POST',
      headers: { ...account.bearer, 'Content-Type': 'application/json' },
      body: '{}',
    })
    const { id: link } = (await made.json()) as { id: string }
    for (const path of [`/captures/${source}`, `/s/${link}`]) {
      const html = await page(`${path}?from=0.002&to=0.006`, {})
      const [, href = ''] = /href="([^"]*\/slice\?[^"]*)"[^>]*>Download these packets/.exec(html) ?? []
      const answer = await send(href.replaceAll('&amp;', '&'))
      const { packets } = recordingOf(new Uint8Array(await answer.arrayBuffer()))
      expect([path, packets.length]).toEqual([path, 4])
      expect(href.startsWith(`${path}/slice?from=`)).toBe(true)
    }
  })

  it('shows its traffic before the notes on its packets', async () => {
    const html = await page(`/captures/${source}`)
    expect(html.indexOf('id="notes"')).toBeGreaterThan(html.indexOf('id="graph"'))
    expect(html.indexOf('id="graph"')).toBeGreaterThan(0)
  })
})

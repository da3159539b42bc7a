/** Links: made and ended by the owner, opened by whoever has them. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { forgetShares } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import { answers, captures, shares } from '../../src/store/schema.ts'
import { MAX_SHARES, MAX_TRIES, TRIES_WHILE } from '../../src/store/shares.ts'
import { createPacketIndex } from '../../src/summary/packet-index.ts'
import { slice as cut } from '../../src/summary/slice.ts'
import { bytes, everyBlock, payload, pcap } from '../support/captures.ts'
import { KEYLOG } from '../support/faults-flows.ts'
import {
  bindings,
  database,
  makeAccount,
  makeToken,
  ORIGIN,
  parsed,
  request,
  rowOf,
  type TestAccount,
} from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { recordingOf } from '../support/reading.ts'
import { CAPTURE, NO_ID, postPrivate, put } from '../support/uploads.ts'

interface Share {
  id: string
  url: string
  captureId: string
  status: string
  expiresAt: string | null
  hasPassword: boolean
  viewLimit: number | null
  views: number
  lastViewedAt: string | null
  keylog: boolean
  packets: { from: number; to: number } | null
  times: { from?: string; to?: string } | null
}

const PASSWORD = 'correct horse battery'
const PAGE = { Accept: 'text/html,application/xhtml+xml' }
const OWN = { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' }

let account: TestAccount
let id = ''
beforeAll(async () => {
  account = await makeAccount({ name: 'the noc of someone' })
  id = await postPrivate(account)
  await parsed(id)
})

const v2 = (path: string, method = 'GET', body?: unknown, by: Pick<TestAccount, 'bearer'> = account) =>
  request(`/api/v2/${path}`, {
    method,
    headers: { ...by.bearer, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

async function make(wish: object = {}, of = id, by = account): Promise<Share> {
  const answer = await v2(`captures/${of}/shares`, 'POST', wish, by)
  expect(answer.status, await answer.clone().text()).toBe(201)
  return answer.json()
}

const listed = async (of = id): Promise<Share[]> =>
  ((await (await v2(`captures/${of}/shares`)).json()) as { shares: Share[] }).shares
const seen = async (share: Share) => (await listed(share.captureId)).find((one) => one.id === share.id) as Share

/** As a browser, or with `{}` as a script. */
const get = (share: Pick<Share, 'id'>, what = '', headers: Record<string, string> = PAGE, method = 'GET') =>
  request(`/s/${share.id}${what}`, { method, headers })
const post = (share: Pick<Share, 'id'>, fields: Record<string, string> = {}, headers: Record<string, string> = OWN) =>
  request(`/s/${share.id}`, { method: 'POST', headers: { ...PAGE, ...headers }, body: new URLSearchParams(fields) })
const basic = (password: string, user = '') => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const cookieOf = (answer: Response) => ({ Cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' })

async function expectProblem(answer: Response, status: number, kind: string): Promise<void> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(JSON.parse(text)).toMatchObject({ status, type: `urn:pcaport:problem:${kind}` })
}

/** A refusal, to a browser and to a script. */
async function expectEnded(share: Pick<Share, 'id'>, status: number, kind: string, words: RegExp): Promise<void> {
  for (const what of ['', '/download', '/keylog']) {
    const page = await get(share, what)
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8'])
    expect(words.test(await page.text())).toBe(true)
    await expectProblem(await get(share, what, {}), status, kind)
    expect((await get(share, what, {}, 'HEAD')).status).toBe(status)
  }
}

describe('a link to a private capture', () => {
  it('opens its page for whoever has it, and tells of nothing else', async () => {
    const share = await make()
    expect(share).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      url: `${ORIGIN}/s/${share.id}`,
      captureId: id,
      status: 'open',
      createdAt: expect.any(String),
      expiresAt: null,
      revokedAt: null,
      hasPassword: false,
      viewLimit: null,
      views: 0,
      lastViewedAt: null,
      keylog: false,
      packets: null,
      times: null,
    })
    const answer = await get(share)
    expect(answer.status).toBe(200)
    const page = await answer.text()
    for (const secret of [id, account.token, 'the noc of someone', '/captures/', 'Private'])
      expect(page.includes(secret), secret).toBe(false)
    for (const told of ['traffic.pcap', `/s/${share.id}/download`, 'Shared by this link', 'noindex'])
      expect(page.includes(told), told).toBe(true)
    const own = await request(`/captures/${id}`, { headers: account.bearer })
    for (const header of ['content-security-policy', 'referrer-policy', 'x-frame-options', 'cache-control'])
      expect(answer.headers.get(header), header).toBe(own.headers.get(header))
    expect((await request(`/captures/${id}`)).status).toBe(404)
    expect((await request(`/captures/${id}/download`)).status).toBe(404)
  })

  it('gives the very bytes, with ranges and validators', async () => {
    const share = await make()
    const whole = await get(share, '/download', {})
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(CAPTURE)
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename=traffic.pcap')
    const etag = whole.headers.get('etag') ?? ''
    const part = await get(share, '/download', { Range: 'bytes=10-19', 'If-Range': etag })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${CAPTURE.length}`])
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(CAPTURE.subarray(10, 20))
    expect((await get(share, '/download', { 'If-None-Match': etag })).status).toBe(304)
    const head = await get(share, '/download', {}, 'HEAD')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(CAPTURE.length)])
    expect((await seen(share)).views).toBe(2)
    for (const [name, value] of whole.headers) expect(`${name}: ${value}`.includes(id)).toBe(false)
  })

  it('counts visits with their last time, no HEAD, and not what belongs to one', async () => {
    const share = await make()
    expect((await get(share, '', PAGE, 'HEAD')).status).toBe(200)
    expect((await seen(share)).views).toBe(0)
    const before = Date.now()
    const opened = await get(share)
    await opened.text()
    const cookie = cookieOf(opened)
    expect(opened.headers.get('set-cookie')).toMatch(
      new RegExp(`^visit=\\d+\\.[0-9a-f]{64}; Path=/s/${share.id}; Max-Age=3600; HttpOnly; SameSite=Lax$`),
    )
    for (const what of ['', '/download']) expect((await get(share, what, { ...PAGE, ...cookie })).status).toBe(200)
    const { views, lastViewedAt } = await seen(share)
    expect(views).toBe(1)
    expect(Date.parse(lastViewedAt ?? '')).toBeGreaterThanOrEqual(before)
    await (await get(share)).text()
    await (await get(share, '/download', {})).arrayBuffer()
    expect((await seen(share)).views).toBe(3)
  })

  it('keeps its cookie to https where it came by that', async () => {
    const share = await make()
    const answer = await direct(`/s/${share.id}`, {}, {})
    expect(answer.headers.get('set-cookie')).not.toContain('Secure')
    const { default: worker } = (await import('cloudflare:workers')).exports as unknown as { default: Fetcher }
    const safe = await worker.fetch(`https://pcaport.test/s/${share.id}`)
    expect(safe.headers.get('set-cookie')).toMatch(/; SameSite=Lax; Secure$/)
  })

  it('shows a capture that is not read yet, without where it comes from', async () => {
    const waiting = await put(account)
    const share = await make({}, waiting)
    const fetch = { host: 'files.internal.example', sealed: null } as never
    await database.update(captures).set({ state: 'uploading', fetch, facts: null }).where(eq(captures.id, waiting))
    const page = await (await get(share)).text()
    expect(page.includes('on their way')).toBe(true)
    expect(page.includes('internal.example')).toBe(false)
    await expectProblem(await get(share, '/download', {}), 404, 'no-such-share')
    await database.update(captures).set({ state: 'error', size: 0 }).where(eq(captures.id, waiting))
    await expectEnded(share, 404, 'no-such-share', /No such link/)
  })

  it('escapes what the capture is called and what is noted', async () => {
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const one = await put(account, `?filename=${encodeURIComponent(hostile)}&comments=${encodeURIComponent(hostile)}`)
    await parsed(one)
    await v2(`captures/${one}/annotations/2`, 'PUT', { text: hostile })
    for (const wish of [{}, { packets: { from: 1, to: 2 } }]) {
      const page = await (await get(await make(wish, one))).text()
      expect(page).not.toContain('<script>alert')
      expect(page.match(/<script(?! type="(module|application\/json)")/g)?.length).toBe(1)
      expect(page.includes('<img src')).toBe(false)
      expect(page.match(/&lt;img src=x/g)?.length).toBeGreaterThan(1)
    }
  })

  it('opens nothing where it is guessed, cut or of other letters', async () => {
    const share = await make()
    for (const guess of ['x', '0'.repeat(32), share.id.slice(1), `${share.id}0`, share.id.toUpperCase(), NO_ID])
      for (const what of ['', '/download', '/keylog', '/else'])
        await expectProblem(await get({ id: guess }, what, {}), 404, 'no-such-share')
    await expectProblem(await get(share, '/else', {}), 404, 'no-such-share')
    const put = await request(`/s/${share.id}`, { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })
})

describe('a link that ends', () => {
  it('expires', async () => {
    const share = await make({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
    const opened = await get(share)
    expect((await opened.text()).includes('until <time')).toBe(true)
    await database.update(shares).set({ expiresAt: Date.now() }).where(eq(shares.id, share.id))
    await expectEnded(share, 410, 'share-expired', /This link has expired/)
    expect((await get(share, '', { ...PAGE, ...cookieOf(opened) })).status).toBe(410)
    expect(await seen(share)).toMatchObject({ status: 'expired', views: 1 })
    const later = new Date(Date.now() + 60_000).toISOString()
    const changed = await v2(`shares/${share.id}`, 'PATCH', { expiresAt: later })
    expect(await changed.json()).toMatchObject({ status: 'open', expiresAt: later })
    expect((await get(share)).status).toBe(200)
    expect(await (await v2(`shares/${share.id}`, 'PATCH', { expiresAt: null })).json()).toMatchObject({
      expiresAt: null,
    })
  })

  it('is withdrawn, for good', async () => {
    const share = await make({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
    const opened = await get(share)
    expect((await v2(`shares/${share.id}`, 'DELETE')).status).toBe(204)
    const { revokedAt } = (await seen(share)) as never
    expect((await v2(`shares/${share.id}`, 'DELETE')).status).toBe(204)
    expect(await seen(share)).toMatchObject({ status: 'revoked', revokedAt })
    await expectEnded(share, 410, 'share-revoked', /This link was withdrawn/)
    expect((await get(share, '/download', { ...cookieOf(opened) })).status).toBe(410)
    await expectProblem(await v2(`shares/${share.id}`, 'PATCH', { viewLimit: 3 }), 410, 'share-revoked')
  })

  it('goes with its capture', async () => {
    const one = await put(account)
    await parsed(one)
    const share = await make({ packets: { from: 1, to: 1 } }, one)
    await request(`/api/v1/${account.token}/delete/${one}`, { method: 'POST' })
    await expectEnded(share, 404, 'no-such-share', /No such link/)
    expect(await database.select().from(shares).where(eq(shares.captureId, one))).toEqual([])
    await expectProblem(await v2(`captures/${one}/shares`), 404, 'no-such-capture')
    await expectProblem(await v2(`captures/${one}/shares`, 'POST', {}), 404, 'no-such-capture')
  })

  it('opens nothing of a capture that is on its way out', async () => {
    const one = await put(account)
    const share = await make({}, one)
    await parsed(one)
    await database.update(captures).set({ state: 'doomed' }).where(eq(captures.id, one))
    await expectProblem(await get(share, '', {}), 404, 'no-such-share')
  })

  it('is forgotten thirty days after its end', async () => {
    const one = await put(account)
    const [kept, ended, revoked] = [await make({}, one), await make({}, one), await make({}, one)]
    const DAY = 86_400_000
    await database
      .update(shares)
      .set({ expiresAt: Date.now() - 10 * DAY })
      .where(eq(shares.id, ended.id))
    await v2(`shares/${revoked.id}`, 'DELETE')
    const leftAfter = async (days: number) => {
      await forgetShares(openStore(bindings), () => Date.now() + days * DAY)
      return (await listed(one)).map((share) => share.id)
    }
    expect(new Set(await leftAfter(19))).toEqual(new Set([kept.id, ended.id, revoked.id]))
    expect(new Set(await leftAfter(21))).toEqual(new Set([kept.id, revoked.id]))
    expect(await leftAfter(31)).toEqual([kept.id])
  })
})

describe('a link with a limit of views', () => {
  it('asks before it opens, so that looking at it is no view, and opens so often', async () => {
    const share = await make({ viewLimit: 2 })
    for (const agent of ['Slackbot-LinkExpanding 1.0', 'Mozilla/5.0']) {
      const gate = await (await get(share, '', { ...PAGE, 'User-Agent': agent })).text()
      expect(gate.includes('2 more times')).toBe(true)
      expect(gate.includes('traffic.pcap')).toBe(false)
    }
    expect((await seen(share)).views).toBe(0)
    for (let view = 0; view < 2; view++) {
      const opened = await post(share)
      expect([opened.status, opened.headers.get('location')]).toEqual([303, `/s/${share.id}`])
      for (let again = 0; again < 2; again++) {
        const page = await get(share, '', { ...PAGE, ...cookieOf(opened) })
        expect((await page.text()).includes('traffic.pcap')).toBe(true)
        const bytes = await get(share, '/download', { ...PAGE, ...cookieOf(opened) })
        expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(CAPTURE)
      }
      expect((await seen(share)).views).toBe(view + 1)
    }
    expect(await seen(share)).toMatchObject({ status: 'used-up', views: 2, viewLimit: 2 })
    await expectEnded(share, 410, 'share-used-up', /used up/)
    expect((await post(share)).status).toBe(410)
    await v2(`shares/${share.id}`, 'PATCH', { viewLimit: 3 })
    expect((await post(share)).status).toBe(303)
  })

  it.each([
    ['opened', (share: Share) => post(share)],
    ['downloaded', (share: Share) => get(share, '/download', {})],
    ['downloaded in part', (share: Share) => get(share, '/download', { Range: 'bytes=0-9' })],
  ])('of 40 who ask at once, 7 get it: %s', async (_, ask) => {
    const share = await make({ viewLimit: 7 })
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(share)))
    const got = answers.filter(({ status }) => status < 400)
    expect(got).toHaveLength(7)
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(33)
    for (const answer of answers) await answer.arrayBuffer()
    expect((await seen(share)).views).toBe(7)
  })

  it('sends who looks at a download to its page, and counts a script’s', async () => {
    const share = await make({ viewLimit: 1 })
    const sent = await get(share, '/download')
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/s/${share.id}`])
    expect((await get(share, '/download', {}, 'HEAD')).status).toBe(200)
    expect((await get(share, '/download', {})).status).toBe(200)
    expect((await get(share, '/download', {})).status).toBe(410)
  })

  it('takes no visit to another link, none made up, and none that is over', async () => {
    const [share, other] = [await make({ viewLimit: 1 }), await make()]
    const cookies = [
      cookieOf(await get(other)).Cookie,
      `visit=${Date.now() + 9_999_999}.${'0'.repeat(64)}`,
      'visit=x',
      'visit=',
    ]
    const opened = await post(share)
    const [until = '', signature = ''] = (cookieOf(opened).Cookie ?? '').replace('visit=', '').split('.')
    cookies.push(`visit=${Number(until) + 1}.${signature}`, `visit=${until}.${signature.replace(/.$/, 'x')}`)
    for (const Cookie of cookies) expect((await get(share, '/download', { Cookie })).status, Cookie).toBe(410)
    const good = { Cookie: `visit=${until}.${signature}` }
    expect((await get(share, '/download', good)).status).toBe(200)
    vi.useFakeTimers({ now: Date.now() + 3_600_001, toFake: ['Date'] })
    try {
      expect((await direct(`/s/${share.id}/download`, { headers: good })).status).toBe(410)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a link with a password', () => {
  it('shows a form that works without scripts, and nothing of the capture', async () => {
    const share = await make({ password: PASSWORD, viewLimit: 5 })
    expect(share.hasPassword).toBe(true)
    const answer = await get(share)
    const page = await answer.text()
    expect(answer.status).toBe(200)
    for (const told of [`<form class="gate" method="post" action="/s/${share.id}">`, 'type="password"'])
      expect(page.includes(told), told).toBe(true)
    for (const secret of ['traffic.pcap', '5 more', id]) expect(page.includes(secret), secret).toBe(false)
    const wrong = await post(share, { password: 'correct horse batter' })
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([403, null])
    expect((await wrong.text()).includes('not the password')).toBe(true)
    expect((await get(share, '/download')).headers.get('location')).toBe(`/s/${share.id}`)
    const right = await post(share, { password: PASSWORD })
    expect([right.status, right.headers.get('location')]).toEqual([303, `/s/${share.id}`])
    const opened = await get(share, '', { ...PAGE, ...cookieOf(right) })
    expect((await opened.text()).includes('traffic.pcap')).toBe(true)
    expect(await seen(share)).toMatchObject({ views: 1 })
  })

  it('lets a script in by basic auth, whatever the user is called', async () => {
    const share = await make({ password: 'pässwörd: ünd mehr' })
    for (const what of ['', '/download']) {
      const none = await get(share, what, {})
      expect(none.headers.get('www-authenticate')).toBe('Basic realm="pcaport share", charset="UTF-8"')
      await expectProblem(none, 401, 'no-password')
      await expectProblem(await get(share, what, basic('wrong-one')), 401, 'wrong-password')
      for (const user of ['', 'me'])
        expect((await get(share, what, basic('pässwörd: ünd mehr', user))).status).toBe(200)
    }
    expect((await get(share, '/download', basic('pa\u0308sswo\u0308rd: u\u0308nd mehr'))).status).toBe(200)
    expect((await get(share, '/download', { Authorization: 'Basic x' })).status).toBe(401)
    expect((await get(share, '/download', account.bearer)).status).toBe(401)
  })

  it('takes its form from its own page alone', async () => {
    const share = await make({ password: PASSWORD, viewLimit: 3 })
    const foreign: Record<string, string>[] = [
      {},
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: ORIGIN, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: `${ORIGIN}.evil.example` },
    ]
    for (const headers of foreign) expect((await post(share, { password: PASSWORD }, headers)).status).toBe(403)
    expect(await seen(share)).toMatchObject({ views: 0 })
    const own: Record<string, string>[] = [{ Origin: ORIGIN }, { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }]
    for (const headers of own) expect((await post(share, { password: PASSWORD }, headers)).status).toBe(303)
  })

  it('hears so many wrong ones in a while and then none, the right one neither, for that while', async () => {
    const share = await make({ password: PASSWORD })
    const opened = await post(share, { password: PASSWORD })
    const answers = await Promise.all(
      Array.from({ length: MAX_TRIES + 6 }, (_, n) => post(share, { password: `wrong one ${n}` })),
    )
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(MAX_TRIES)
    const late = answers.find(({ status }) => status === 429) as Response
    expect(late.headers.get('retry-after')).toBe('300')
    expect((await late.text()).includes('five minutes')).toBe(true)
    expect((await post(share, { password: PASSWORD })).status).toBe(429)
    await expectProblem(await get(share, '/download', basic(PASSWORD)), 429, 'too-many-tries')
    expect((await get(share, '', { ...PAGE, ...cookieOf(opened) })).status).toBe(200)
    const { db, meter } = metered(bindings.DB)
    const refused = await direct(`/s/${share.id}/download`, { headers: basic(PASSWORD) }, { DB: db })
    expect([refused.status, meter.rowsWritten]).toEqual([429, 0])
    await database
      .update(shares)
      .set({ triesSince: Date.now() - TRIES_WHILE })
      .where(eq(shares.id, share.id))
    for (let time = 0; time < MAX_TRIES + 2; time++)
      expect((await get(share, '', { ...PAGE, ...basic(PASSWORD) })).status).toBe(200) // right ones are not counted
  })

  it('keeps it as PBKDF2 of 100,000 rounds, which is as many as the runtime computes, and shows it nowhere', async () => {
    const share = await make({ password: PASSWORD })
    const [row] = await database.select().from(shares).where(eq(shares.id, share.id))
    expect(row?.password).toEqual({
      user: '',
      salt: expect.stringMatching(/^[0-9a-f]{32}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      iterations: 100_000,
    })
    const { pbkdf2Sync } = await import('node:crypto')
    const salt = Buffer.from(row?.password?.salt ?? '', 'hex')
    expect(pbkdf2Sync(PASSWORD, salt, 100_000, 32, 'sha256').toString('hex')).toBe(row?.password?.hash)
    const told = JSON.stringify(await listed())
    for (const secret of [PASSWORD, row?.password?.hash, row?.password?.salt, row?.visitKey])
      expect(told.includes(secret ?? '?')).toBe(false)
  })

  it('compares to the end: by the runtime’s own comparison, of a digest of one length', async () => {
    const share = await make({ password: PASSWORD })
    const compared = vi.spyOn(crypto.subtle, 'timingSafeEqual')
    try {
      for (const said of [PASSWORD, `${PASSWORD}x`, PASSWORD.slice(1), 'x'])
        await direct(`/s/${share.id}/download`, { headers: basic(said) })
      expect(compared.mock.results.map(({ value }) => value)).toEqual([true, false, false, false])
      expect(compared.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual(Array(4).fill([32, 32]))
    } finally {
      compared.mockRestore()
    }
  })
})

describe('a link to a part', () => {
  const content = pcap(Array.from({ length: 40 }, (_, n) => ({ seconds: 1_700_000_000 + n, data: payload(60, n) })))

  /** The part, cut from the file itself. */
  async function wanted(file: Uint8Array, selection: Parameters<typeof cut>[2], secrets = false): Promise<Uint8Array> {
    const indexer = createPacketIndex()
    const reader = openReader(indexer)
    reader.push(file)
    reader.end()
    const source = { size: file.length, read: async (at: number, length: number) => file.slice(at, at + length) }
    const pieces: Uint8Array[] = []
    for await (const piece of cut(indexer.finish(), source, selection, { secrets })) pieces.push(piece.slice())
    return bytes(...pieces)
  }

  it.each([
    ['a capture', content],
    ['a compressed one', gzipSync(content)],
  ])('gives its packets alone, of %s', async (_, file) => {
    const one = await put(account, '?filename=long.pcap', { body: file })
    await parsed(one)
    const share = await make({ packets: { from: 11, to: 13 } }, one)
    expect(share.packets).toEqual({ from: 11, to: 13 })
    const answer = await get(share, '/download', {})
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=long.packets-11-13.pcapng')
    const got = new Uint8Array(await answer.arrayBuffer())
    expect(got).toEqual(await wanted(content, { numbers: { from: 11, to: 13 } }))
    const { packets } = recordingOf(got)
    expect(packets.map(({ seconds }) => seconds)).toEqual([1_700_000_010, 1_700_000_011, 1_700_000_012])
    const page = await (await get(share)).text()
    expect(page.includes('11 to 13')).toBe(true)
    for (const rest of [one, '40', String(file.length), 'Hashes']) expect(page.includes(`>${rest}<`), rest).toBe(false)
    const range = await get(share, '/download', { Range: 'bytes=0-9' })
    expect([range.status, range.headers.get('accept-ranges')]).toEqual([200, 'none'])
    await range.arrayBuffer()
  })

  it('may be of a time, to the nanosecond', async () => {
    const one = await put(account, '', { body: content })
    await parsed(one)
    const times = { from: '2023-11-14T22:13:25Z', to: '1700000008.000000001' }
    const share = await make({ times }, one)
    expect(share.times).toEqual({ from: '2023-11-14T22:13:25Z', to: '2023-11-14T22:13:28.000000001Z' })
    const { packets } = recordingOf(new Uint8Array(await (await get(share, '/download', {})).arrayBuffer()))
    expect(packets.map(({ seconds }) => seconds - 1_700_000_000)).toEqual([5, 6, 7, 8])
    expect((await (await get(share)).text()).includes('2023-11-14')).toBe(true)
  })

  it('shows the notes on it, and no others', async () => {
    const one = await put(account, '', { body: content })
    await parsed(one)
    for (const frame of [2, 11, 14]) await v2(`captures/${one}/annotations/${frame}`, 'PUT', { text: `note ${frame}.` })
    const page = await (await get(await make({ packets: { from: 10, to: 13 } }, one))).text()
    expect(['note 2.', 'note 11.', 'note 14.'].map((text) => page.includes(text))).toEqual([false, true, false])
    const timed = await (await get(await make({ times: { from: '1700000000' } }, one))).text()
    expect(timed.includes('note 2.')).toBe(false)
  })

  it('has the decryption secrets inside only where the key log was shared', async () => {
    const file = everyBlock()
    const one = await put(account, '', { body: file })
    await parsed(one)
    for (const keylog of [false, true]) {
      const share = await make({ packets: { from: 1, to: 3 }, keylog }, one)
      const got = new Uint8Array(await (await get(share, '/download', {})).arrayBuffer())
      expect(Buffer.from(got).includes('CLIENT_RANDOM')).toBe(keylog)
      expect(got).toEqual(await wanted(file, { numbers: { from: 1, to: 3 } }, keylog))
    }
  })

  it('waits for the parse, and says so where it cannot be made', async () => {
    const one = await put(account, '', { body: gzipSync(content) })
    await parsed(one)
    const share = await make({ packets: { from: 1, to: 2 }, viewLimit: 1 }, one)
    await database.update(captures).set({ state: 'parsing' }).where(eq(captures.id, one))
    await expectProblem(await get(share, '/download', {}), 409, 'not-read-yet')
    await database.update(captures).set({ state: 'ok', copySize: 0 }).where(eq(captures.id, one))
    await expectProblem(await get(share, '/download', {}), 409, 'no-copy')
    await database.update(captures).set({ state: 'error' }).where(eq(captures.id, one))
    await expectProblem(await get(share, '/download', {}), 404, 'nothing-read')
    await expectProblem(
      await v2(`captures/${one}/shares`, 'POST', { packets: { from: 1, to: 1 } }),
      422,
      'not-sliceable',
    )
    expect((await seen(share)).views).toBe(0)
  })
})

describe('the key log', () => {
  it('goes with a link only where its owner said so', async () => {
    const one = await put(account)
    await parsed(one)
    const keys = await request(`/api/v2/captures/${one}/keylog`, {
      method: 'PUT',
      headers: account.bearer,
      body: KEYLOG,
    })
    expect(keys.status).toBe(204)
    const [without, included] = [await make({}, one), await make({ keylog: true, viewLimit: 2 }, one)]
    await expectProblem(await get(without, '/keylog', {}), 404, 'no-keylog')
    expect((await (await get(without)).text()).match(/key ?log/i)).toBe(null)
    const opened = await post(included)
    expect((await (await get(included, '', { ...PAGE, ...cookieOf(opened) })).text()).includes('/keylog"')).toBe(true)
    const answer = await get(included, '/keylog', {})
    expect(await answer.text()).toBe(KEYLOG)
    expect([...answer.headers].flat().some((text) => text.includes(one))).toBe(false)
    expect((await seen(included)).views).toBe(2)
    expect((await get(included, '/keylog', {})).status).toBe(410)
  })
})

describe('/api/v2/…/shares', () => {
  it('are for nobody but the owner', async () => {
    const share = await make()
    const other = await makeAccount()
    for (const capture of [id, NO_ID]) {
      await expectProblem(await v2(`captures/${capture}/shares`, 'GET', undefined, other), 404, 'no-such-capture')
      await expectProblem(await v2(`captures/${capture}/shares`, 'POST', {}, other), 404, 'no-such-capture')
    }
    for (const one of [share.id, '0'.repeat(32)]) {
      await expectProblem(await v2(`shares/${one}`, 'PATCH', { viewLimit: 1 }, other), 404, 'no-such-share')
      await expectProblem(await v2(`shares/${one}`, 'DELETE', undefined, other), 404, 'no-such-share')
    }
    expect(await seen(share)).toMatchObject({ status: 'open', viewLimit: null })
  })

  it('take a key that may read what it opens and upload', async () => {
    const share = await make()
    for (const may of ['read', 'upload'] as const) {
      const key = await makeToken(account.accountId, { may: [may] })
      await expectProblem(await v2(`captures/${id}/shares`, 'POST', {}, key), 403, 'forbidden')
      await expectProblem(await v2(`shares/${share.id}`, 'PATCH', {}, key), 403, 'forbidden')
      await expectProblem(await v2(`shares/${share.id}`, 'DELETE', undefined, key), 403, 'forbidden')
      const list = await v2(`captures/${id}/shares`, 'GET', undefined, key)
      expect(list.status).toBe(may === 'read' ? 200 : 403)
    }
    await expectProblem(
      await v2(`captures/${id}/shares`, 'POST', {}, { bearer: { Authorization: '' } }),
      401,
      'no-token',
    )
  })

  it.each([
    [{ expiresAt: '2020-01-01T00:00:00Z' }, /has passed/],
    [{ expiresAt: 'tomorrow' }, /expiresAt/],
    [{ viewLimit: 0 }, /viewLimit/],
    [{ viewLimit: 1.5 }, /viewLimit/],
    [{ password: 'short' }, /password/],
    [{ password: 'x'.repeat(257) }, /password/],
    [{ packets: { from: 2, to: 1 } }, /before/],
    [{ packets: { from: 0, to: 1 } }, /from/],
    [{ packets: { from: 3, to: 9 } }, /ends with 2/],
    [{ packets: { from: 1, to: 1 }, times: { from: '1' } }, /not both/],
    [{ times: {} }, /neither/],
    [{ times: { from: '2', to: '1' } }, /not behind/],
    [{ times: { from: 'noon' } }, /times.from/],
    [{ pasword: PASSWORD }, /pasword/],
  ])('refuse %j', async (wish, words) => {
    const before = (await listed()).length
    const answer = await v2(`captures/${id}/shares`, 'POST', wish)
    expect(await answer.clone().text()).toMatch(words)
    await expectProblem(answer, 400, 'bad-option')
    expect(await listed()).toHaveLength(before)
  })

  it('are 100 at most a capture, also where many are made at once', async () => {
    const one = await put(account)
    const columns = 'id, capture_id, account_id, created_at, visit_key'
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_SHARES - 3})
       INSERT INTO shares (${columns}) SELECT printf('%032x', i), ?, ?, i, 'k' FROM n`,
    )
      .bind(one, account.accountId)
      .run()
    const answers = await Promise.all(Array.from({ length: 8 }, () => v2(`captures/${one}/shares`, 'POST', {})))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 403, 403, 403, 403, 403])
    await expectProblem(answers.find(({ status }) => status === 403) as Response, 403, 'too-many-shares')
    expect(await listed(one)).toHaveLength(MAX_SHARES)
  })

  it('stand in the description of the API', async () => {
    const { paths } = (await (await request('/api/v2/openapi.json')).json()) as {
      paths: Record<string, Record<string, { tags: string[]; responses: object }>>
    }
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method} ${path}`,
        Object.keys(responses).map(Number),
      ]),
    )
    expect(Object.fromEntries(told)).toMatchObject({
      'post /captures/{id}/shares': expect.arrayContaining([201, 400, 401, 403, 404, 422, 503]),
      'get /captures/{id}/shares': expect.arrayContaining([200, 404]),
      'patch /shares/{share}': expect.arrayContaining([200, 404, 410]),
      'delete /shares/{share}': expect.arrayContaining([204, 404]),
      'get /captures/{id}/annotations': expect.arrayContaining([200, 404]),
      'put /captures/{id}/annotations/{frame}': expect.arrayContaining([200, 403, 404]),
      'delete /captures/{id}/annotations/{frame}': expect.arrayContaining([204, 404]),
    })
  })

  it('cost known numbers', async () => {
    const one = await put(account)
    await parsed(one)
    const share = await make({ password: PASSWORD, viewLimit: 9 }, one)
    const open = await make({}, one)
    const cost = async (path: string, headers: Record<string, string> = {}) => {
      const { db, meter } = metered(bindings.DB)
      expect((await direct(path, { headers }, { DB: db })).status).toBe(200)
      return [meter.rowsRead, meter.rowsWritten] as const
    }
    for (const frame of [1, 2]) await v2(`captures/${one}/annotations/${frame}`, 'PUT', { text: 'x' })
    const rows = [
      await cost(`/s/${open.id}`),
      await cost(`/s/${open.id}/download`),
      await cost(`/s/${share.id}/download`, basic(PASSWORD)),
    ]
    for (const [at, most] of [7, 5, 7].entries()) expect(rows[at]?.[0]).toBeLessThanOrEqual(most)
    expect(rows.map(([, written]) => written)).toEqual([1, 1, 3])
    expect((await rowOf(one))?.viewCount).toBe(0)
  })
})

describe('a link to what could not be made of others', () => {
  it('opens nothing, and tells nothing of them', async () => {
    const made = await postPrivate(account)
    await parsed(made)
    const share = await make({}, made)
    await database
      .update(captures)
      .set({
        state: 'error',
        size: 0,
        failure: { kind: 'not-sliceable', message: `The capture ${id} is not there.`, at: null },
        make: { tokenHash: '', kind: 'slice', of: [id], selection: { numbers: { from: 1, to: 1 } } },
      })
      .where(eq(captures.id, made))
    await expectProblem(await get(share, '', {}), 404, 'no-such-share')
    expect(await (await get(share)).text()).not.toContain(id)
  })
})

describe('a password that comes with an Idempotency-Key', () => {
  it('is in no digest that is quick to guess it from', async () => {
    const path = `/api/v2/captures/${id}/shares`
    const key = crypto.randomUUID()
    const ask = (password: string) =>
      request(path, {
        method: 'POST',
        headers: { ...account.bearer, 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ password }),
      })
    const first = await ask(PASSWORD)
    expect(first.status).toBe(201)
    expect(await (await ask(PASSWORD)).json()).toEqual(await first.json())
    await expectProblem(await ask(`${PASSWORD}s`), 422, 'other-request')
    const [stored] = await database.select().from(answers).where(eq(answers.key, key))
    const text = `POST ${path}\n${JSON.stringify({ password: PASSWORD })}`
    expect(stored?.digest).not.toBe(createHash('sha256').update(text).digest('hex'))
    expect(JSON.stringify(stored)).not.toContain(PASSWORD)
  })
})

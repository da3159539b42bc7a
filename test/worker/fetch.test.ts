/** Uploads by URL: from the door to the capture, against a world of the test's own. */
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { consumeFetches } from '../../src/ingest/fetch-consumer.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, tokens, uploadParts } from '../../src/store/schema.ts'
import { bindings, database, makeAccount, rowOf, type TestAccount, usageOf } from '../support/gateway.ts'
import { deliver, direct, keptQueue, metered } from '../support/metering.ts'
import { broken, PUBLIC, type Server, serverOf, type World, worldOf } from '../support/net.ts'
import { CAPTURE, expectRefusal, form, holdingsOf, infoOf, largeCapture, NOTHING } from '../support/uploads.ts'

const MiB = 1024 ** 2
const HOST = 'files.example'

let account: TestAccount
let queue: ReturnType<typeof keptQueue>
beforeEach(async () => {
  account = await makeAccount()
  queue = keptQueue()
})
afterEach(() => vi.restoreAllMocks())

/** Both queues, which nobody works on but {@link work}. */
const queues = () => ({ PARSE: queue.queue, FETCHES: queue.queue })

const send = (query: string, init: RequestInit = { method: 'POST' }, change = {}) =>
  direct(`/api/v1/${account.token}/upload${query}`, init, { ...queues(), ...change })

/** Ask for a URL. @returns the capture's id */
async function order(url: string, more = '', init?: RequestInit): Promise<string> {
  const answer = await send(`?url=${encodeURIComponent(url)}${more}`, init)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { id: string }).id
}

/** Deliver what is in the queue, fetches and parses, until it is empty. */
async function work(net: World, { clock = Date.now, change = {}, turns = 20 } = {}) {
  for (let turn = 0; turn < turns && queue.jobs.length > 0; turn++) {
    const jobs = queue.jobs.splice(0)
    const env = { ...queues(), FETCH_IDLE_SECONDS: '0.3', ...change }
    await deliver(jobs, {
      change: env,
      clock,
      handle: (batch, store, at) => consumeFetches(batch, store, net, at),
    })
    await deliver(
      jobs.filter((job) => !('kind' in job)),
      { change: env, clock },
    )
  }
}

const statusOf = async (id: string) =>
  (await direct(`/api/v1/pcaps/private/status/${id}`, { headers: account.bearer })).json()
const download = async (id: string) =>
  new Uint8Array(await (await direct(`/api/v1/${account.token}/download/${id}`)).arrayBuffer())
const one = (server: Server) => worldOf({ [HOST]: server })

describe('the door', () => {
  const URL_ = `http://${HOST}/a/trace%20one.pcap?X-Signature=abc`
  it.each([
    ['the query and an empty body', `?url=${encodeURIComponent(URL_)}&additional_tags=a,b`, { method: 'POST' }],
    [
      'the query and a body of no type',
      `?url=${encodeURIComponent(URL_)}&additional_tags=a,b`,
      { method: 'POST', body: '' },
    ],
    ['an urlencoded form', '', { method: 'POST', body: new URLSearchParams({ url: URL_, additional_tags: 'a,b' }) }],
    ['a multipart form', '', form([{ name: 'url', body: URL_ }, { name: 'additional_tags', body: 'a,b' }])], // biome-ignore format: a form
  ] as const)('takes a URL from %s and answers at once', async (_, query, init) => {
    const answer = await send(query, init as RequestInit)
    const text = await answer.text()
    expect(text).toMatch(/^\{"filename":"trace one\.pcap","id":"[0-9a-f-]{36}"\}$/)
    const { id } = JSON.parse(text)
    expect(answer.headers.get('location')).toBe(`http://pcaport.test/captures/${id}`)
    expect(await statusOf(id)).toEqual({ status: 'processing' })
    expect(queue.jobs).toEqual([{ version: 1, kind: 'fetch', captureId: id, attempt: 0 }])
    await work(one(serverOf(CAPTURE)))
    expect(await statusOf(id)).toEqual({ status: 'ok' })
    expect(await download(id)).toEqual(CAPTURE)
    expect(await infoOf(account, id)).toMatchObject({ filename: 'trace one.pcap', tag_list: 'a,b', size: 216 })
  })

  it('takes one by A-Packets’ door, which makes it private', async () => {
    const init = form([{ name: 'url', body: `http://${HOST}/x.pcap` }])
    const headers = { ...init.headers, ...account.bearer }
    const answer = await direct('/api/v1/upload/private/', { ...init, headers }, queues())
    const { name, uuid } = (await answer.json()) as { name: string; uuid: string }
    expect([name, (await rowOf(uuid))?.visibility]).toEqual(['x.pcap', 'private'])
  })

  it.each([
    ['a private address', 'http://10.0.0.1/', 403],
    ['its own host', 'http://pcaport.test/api/v1/x/download/y', 403],
    ['another scheme', 'ftp://files.example/', 403],
    ['no URL at all', 'files.example', 400],
  ])('refuses %s at once, and keeps nothing', async (_, url, status) => {
    await expectRefusal(await send(`?url=${encodeURIComponent(url)}`), status, /./)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it.each([
    ['FETCH is off', { FETCH: 'off' }],
    ['there is no secret', { FETCH_SECRET: '' }],
  ])('says that it is off where %s', async (_, change) => {
    await expectRefusal(
      await send('?url=http://files.example/x', { method: 'POST' }, change),
      501,
      /off on this server/,
    )
  })

  it('refuses a token that may not upload, and a full account', async () => {
    const reader = await makeAccount({}, { may: ['read'] })
    await expectRefusal(
      await direct(`/api/v1/${reader.token}/upload?url=http://a.example/`, { method: 'POST' }),
      403,
      /upload/,
    )
    const full = await makeAccount({ filesLimit: 0 })
    await expectRefusal(
      await direct(`/api/v1/${full.token}/upload?url=http://a.example/`, { method: 'POST' }),
      403,
      /many/,
    )
  })

  it('gives the same capture for the same Idempotency-Key and URL, and refuses it for another', async () => {
    const init = { method: 'POST', headers: { 'Idempotency-Key': 'k' } }
    const id = await order(`http://${HOST}/x.pcap`, '', init)
    expect(await order(`http://${HOST}/x.pcap`, '', init)).toBe(id)
    await work(one(serverOf(CAPTURE)))
    expect(await order(`http://${HOST}/x.pcap`, '', init)).toBe(id)
    await expectRefusal(await send(`?url=http://${HOST}/y.pcap`, init), 422, /another capture/)
    expect((await holdingsOf(account.accountId)).rows).toBe(1)
  })

  it('writes 4 rows at the door, and 14 more until it is ok', async () => {
    const { db, meter } = metered(bindings.DB)
    const answer = await send(`?url=http://${HOST}/x.pcap`, { method: 'POST' }, { DB: db })
    expect(answer.status).toBe(200)
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(4)
    await work(one(serverOf(CAPTURE)), { change: { DB: db } })
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(18)
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(60)
  })
})

describe('names', () => {
  it.each([
    [
      'the one that was asked for',
      '&filename=mine.pcap',
      { 'Content-Disposition': 'attachment; filename="theirs.pcap"' },
      'mine.pcap',
    ],
    ['the server’s', '', { 'Content-Disposition': 'attachment; filename="../their s.pcap"' }, 'their s.pcap'],
    [
      'the server’s, beyond Latin-1',
      '',
      { 'Content-Disposition': "attachment; filename*=UTF-8''caf%C3%A9.pcap" },
      'café.pcap',
    ],
    ['the path’s', '', {}, 'x.pcap'],
  ])('are %s', async (_, more, headers, name) => {
    const id = await order(`http://${HOST}/a/x.pcap`, more)
    await work(one(serverOf(CAPTURE, { headers })))
    expect((await rowOf(id))?.filename).toBe(name)
  })
})

describe('secrets', () => {
  const SECRET = 'correct-horse'
  it('nothing of a URL but its host is in a row, a job, a log line or a failure, and nothing sealed is left', async () => {
    const said: string[] = []
    for (const level of ['error', 'log', 'warn'] as const)
      vi.spyOn(console, level).mockImplementation((...words) => void said.push(words.join(' ')))
    const url = `http://user:${SECRET}@${HOST}/x.pcap?sig=${SECRET}`
    const id = await order(url)
    const everything = async () => JSON.stringify([await rowOf(id), queue.jobs, said, await statusOf(id)])
    expect(await everything()).not.toContain(SECRET)
    expect((await rowOf(id))?.fetch).toMatchObject({ host: HOST, sealed: expect.any(String) })
    const gone = one(() => new Response(null, { status: 404 }))
    await work(gone)
    expect(await everything()).not.toContain(SECRET)
    expect(await statusOf(id)).toEqual({ status: 'error', error: 'fetch-failed', message: `${HOST} answered 404.` })
    expect((await rowOf(id))?.fetch?.sealed).toBeNull()
    expect(gone.requests[0]?.headers.get('authorization')).toBe(`Basic ${btoa(`user:${SECRET}`)}`)

    const other = await order(url)
    await work(one(serverOf(CAPTURE)))
    expect(await rowOf(other)).toMatchObject({ state: 'ok', fetch: { sealed: null } })
  })

  it('a URL that was sealed under another secret is not fetched', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    const net = one(serverOf(CAPTURE))
    await work(net, { change: { FETCH_SECRET: 'another one, of 32 characters or more' } })
    expect(net.connections).toEqual([])
    expect(await statusOf(id)).toMatchObject({ status: 'error', error: 'fetch-lost' })
  })
})

describe('a fetch that fails for good', () => {
  it.each<[string, Server, string, RegExp]>([
    ['404', () => new Response('no', { status: 404 }), 'fetch-failed', /files\.example answered 404/],
    ['401', () => new Response('no', { status: 401 }), 'fetch-failed', /answered 401/],
    ['a web page', () => new Response('<!doctype html><p>log in'), 'not-a-capture', /HTML/],
    ['nothing', () => new Response(''), 'not-a-capture', /empty/],
    ['a redirect to a private address', () => Response.redirect('http://192.168.0.1/', 302), 'fetch-refused', /public/],
    ['a redirect to nowhere', () => new Response(null, { status: 302 }), 'fetch-failed', /without saying where/],
    ['a part that was not asked for', () => new Response('x', { status: 206 }), 'fetch-failed', /part/],
  ])('%s: it ends as an error that its owner can read and delete', async (_, server, kind, words) => {
    const id = await order(`http://${HOST}/x.pcap`)
    const net = one(server)
    await work(net)
    expect(net.connections).toEqual([HOST])
    expect(await statusOf(id)).toEqual({ status: 'error', error: kind, message: expect.stringMatching(words) })
    expect(await infoOf(account, id)).toMatchObject({ size: 0, error: { kind } })
    const page = await (await direct(`/captures/${id}`)).text()
    expect(page).toContain('could not be fetched')
    expect(page).not.toMatch(/download/i)
    expect(await usageOf(account.accountId)).toEqual({ files: 1, bytes: 0 })
    expect((await rowOf(id))?.dueAt).toBeNull()
    expect((await direct(`/captures/${id}/download`)).status).toBe(404)
    await direct(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it.each<[string, Partial<typeof accounts.$inferInsert>, Server, string]>([
    ['is announced as too large', { maxFileSize: 100 }, serverOf(CAPTURE), 'too-large'],
    ['turns out too large', { maxFileSize: 100 }, serverOf(CAPTURE, { unmeasured: true }), 'too-large'],
    ['does not fit', { bytesLimit: 100 }, serverOf(CAPTURE), 'over-storage-limit'],
  ])('one that %s', async (_, plan, server, kind) => {
    await database.update(accounts).set(plan).where(eq(accounts.id, account.accountId))
    const id = await order(`http://${HOST}/x.pcap`)
    await work(one(server))
    expect(await statusOf(id)).toMatchObject({ status: 'error', error: kind })
    expect(await holdingsOf(account.accountId)).toEqual({ files: 1, bytes: 0, rows: 1, objects: 0 })
  })

  it('one that never ends stops at the limit of the plan', async () => {
    await database
      .update(accounts)
      .set({ maxFileSize: 20 * MiB })
      .where(eq(accounts.id, account.accountId))
    const id = await order(`http://${HOST}/x.pcap`)
    let given = 0
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            given += MiB
            controller.enqueue(new Uint8Array(MiB).fill(1))
          },
        }),
      )
    await work(one(endless))
    expect(await statusOf(id)).toMatchObject({ error: 'too-large' })
    expect(given).toBeLessThan(30 * MiB)
    expect(await holdingsOf(account.accountId)).toEqual({ files: 1, bytes: 0, rows: 1, objects: 0 })
  })

  it('one whose token was revoked meanwhile', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    await database.update(tokens).set({ revokedAt: 1 }).where(eq(tokens.accountId, account.accountId))
    await work(one(serverOf(CAPTURE)))
    expect(await rowOf(id)).toMatchObject({ state: 'error', size: 0, failure: { kind: 'revoked' } })
  })
})

describe('a server that does not do well', () => {
  it.each<[string, Server, string]>([
    ['answers 503', () => new Response(null, { status: 503 }), 'fetch-failed'],
    ['is not there', () => Promise.reject(new Error(`lost http://u:p@${HOST}/`)), 'fetch-failed'],
    ['sends nothing', () => new Response(new ReadableStream({})), 'fetch-too-slow'],
    [
      'breaks off, and takes no ranges',
      serverOf(CAPTURE, { whole: true, body: (b) => broken(b, 100) }),
      'fetch-cut-off',
    ],
    [
      'says that the file is longer than it is',
      serverOf(CAPTURE, { whole: true, body: (b) => b.slice(0, 100) as Uint8Array<ArrayBuffer> }),
      'fetch-cut-off',
    ],
  ])('is asked five times where it %s', async (_, server, kind) => {
    const id = await order(`http://${HOST}/x.pcap`)
    const net = one(server)
    for (let tries = 1; tries < 5; tries++) {
      await work(net, { turns: 1 })
      expect(await statusOf(id)).toEqual({ status: 'processing' })
      expect(queue.jobs).toEqual([{ version: 1, kind: 'fetch', captureId: id, attempt: tries }])
    }
    await work(net)
    expect(net.connections).toHaveLength(5)
    expect(await statusOf(id)).toMatchObject({ status: 'error', error: kind, message: expect.stringContaining(HOST) })
    expect(await usageOf(account.accountId)).toEqual({ files: 1, bytes: 0 })
  })

  it('that comes back is asked no more', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    let asked = 0
    await work(one((request) => (asked++ < 3 ? new Response(null, { status: 500 }) : serverOf(CAPTURE)(request))))
    expect(await statusOf(id)).toEqual({ status: 'ok' })
  })

  it('that breaks off in the middle is gone on with by Range', async () => {
    const file = largeCapture(200_000)
    const id = await order(`http://${HOST}/x.pcap`)
    const net = one(
      serverOf(file, { body: (bytes, n) => (n < 2 ? broken(bytes, 60_000) : (bytes as Uint8Array<ArrayBuffer>)) }),
    )
    await work(net)
    expect(net.requests.map(({ headers }) => [headers.get('range'), headers.get('if-range')])).toEqual([
      [null, null],
      ['bytes=60000-', '"v1"'],
      ['bytes=120000-', '"v1"'],
    ])
    expect(await download(id)).toEqual(file)
  })

  it('that has another file by then is read from the start', async () => {
    const [old, fresh] = [largeCapture(200_000), CAPTURE]
    const id = await order(`http://${HOST}/x.pcap`)
    let asked = 0
    const first = serverOf(old, { body: (bytes) => broken(bytes, 60_000) })
    await work(one((request) => (asked++ === 0 ? first : serverOf(fresh, { etag: '"v2"' }))(request)))
    expect(await statusOf(id)).toEqual({ status: 'ok' })
    expect(await download(id)).toEqual(fresh)
  })

  it('a body that was compressed on the way is what it was before', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    const net = one(
      () =>
        new Response(CAPTURE as Uint8Array<ArrayBuffer>, {
          headers: { 'Content-Encoding': 'gzip', 'Content-Length': '90' },
        }),
    )
    await work(net)
    expect(net.requests[0]?.headers.get('accept-encoding')).toBe('identity')
    expect(await download(id)).toEqual(CAPTURE)
  })
})

describe('a long file', () => {
  const file = () => largeCapture(11 * MiB)
  const change = { PART_BYTES: String(5 * MiB) } // the least that R2 takes

  it('is gone on with by another consumer where one died, with its progress on the status', {
    timeout: 60_000,
  }, async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    let end = () => {}
    const stuck = new Promise<void>((resolve) => {
      end = resolve
    })
    const stops = serverOf(file(), {
      body: (bytes) => {
        let at = 0
        return new ReadableStream({
          async pull(controller) {
            if (at >= 10.5 * MiB) {
              end()
              await new Promise(() => {})
            }
            controller.enqueue(bytes.slice(at, at + MiB / 2))
            at += MiB / 2
          },
        })
      },
    })
    const [job] = queue.jobs.splice(0)
    const died = deliver([job], {
      change: { ...change, FETCH_IDLE_SECONDS: '1.5', UPLOAD_LEASE_SECONDS: '600' },
      handle: (batch, store, at) => consumeFetches(batch, store, one(stops), at),
    })
    await stuck
    await vi.waitUntil(async () => ((await rowOf(id))?.progress ?? 0) > 80, { timeout: 10_000 })
    expect(await statusOf(id)).toEqual({ status: 'processing', progress: 90 })
    expect(await (await direct(`/captures/${id}`)).text()).toContain('90 %')
    expect(await infoOf(account, id)).toMatchObject({ size: null, num_packets: null })

    const later = () => Date.now() + 3_600_000
    await sweep(openStore({ ...bindings, ...queues() }), later)
    queue.jobs.splice(0, Infinity, ...queue.jobs.filter((asked) => asked.captureId === id))
    expect(queue.jobs).toEqual([{ version: 1, kind: 'fetch', captureId: id, attempt: 1 }])
    const net = one(serverOf(file()))
    await work(net, { clock: later, change })
    expect(net.requests[0]?.headers.get('range')).toBe(`bytes=${10 * MiB}-`)
    expect(await download(id)).toEqual(file())
    await died // whoever was thought dead finds that it is over, and leaves all as it is
    expect(await rowOf(id)).toMatchObject({ state: 'ok', progress: null, uploadId: null })
    expect(await download(id)).toHaveLength(file().length)
    expect(await holdingsOf(account.accountId)).toEqual({ files: 1, bytes: file().length, rows: 1, objects: 1 })
    expect(await database.select().from(uploadParts).where(eq(uploadParts.uploadId, id))).toEqual([])
  })

  it('is handed over when the time of an invocation is over', { timeout: 60_000 }, async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    let ahead = 0
    const takesLong = (bytes: Uint8Array) => {
      let at = 0
      return new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) return controller.close()
          controller.enqueue(bytes.slice(at, at + MiB))
          at += MiB
          if (at === 6 * MiB) ahead = 500_000
        },
      })
    }
    const net = one(serverOf(file(), { body: takesLong }))
    const clock = () => Date.now() + ahead
    await work(net, { clock, change })
    expect(net.requests.map(({ headers }) => headers.get('range'))).toEqual([null, `bytes=${10 * MiB}-`])
    expect(await rowOf(id)).toMatchObject({ state: 'ok', fetch: { turns: 1 } })
    expect(await download(id)).toEqual(file())
  })

  it('begins anew where its server cannot go on', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    let asked = 0
    const server = () =>
      serverOf(file(), {
        whole: true,
        body: (b) => (asked++ === 0 ? broken(b, 6 * MiB) : (b as Uint8Array<ArrayBuffer>)),
      })
    const net = one((request) => server()(request))
    await work(net, { change })
    expect(net.requests.map(({ headers }) => headers.get('range'))).toEqual([null, null])
    expect(await download(id)).toEqual(file())
    expect(await holdingsOf(account.accountId)).toEqual({ files: 1, bytes: file().length, rows: 1, objects: 1 })
  })

  it('can be deleted while it comes', async () => {
    const id = await order(`http://${HOST}/x.pcap`)
    const server = serverOf(file())
    let deleted = 0
    const net = one(async (request) => {
      deleted = (await direct(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })).status
      return server(request)
    })
    await work(net, { change })
    expect(deleted).toBe(200)
    expect(await statusOf(id)).toMatchObject({ error: 'no-such-capture' })
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })
})

it('an address that is looked up twice is believed neither time', async () => {
  let asked = 0
  const flips = () => (asked++ === 0 ? [PUBLIC] : ['10.0.0.1'])
  const id = await order('http://flips.example/x.pcap')
  const net = worldOf({ 'flips.example': () => new Response(null, { status: 503 }) }, { 'flips.example': flips })
  await work(net)
  expect(net.connections).toEqual(['flips.example'])
  expect(await statusOf(id)).toMatchObject({ error: 'fetch-refused' })
  expect(await database.select().from(captures).where(eq(captures.id, id))).toHaveLength(1)
})

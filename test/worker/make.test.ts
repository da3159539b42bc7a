/** Captures made of others: from the doors to the capture. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { eq, inArray } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sweep } from '../../src/parse/sweep.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, uploadParts } from '../../src/store/schema.ts'
import { payload, pcap } from '../support/captures.ts'
import { bindings, database, makeAccount, makeToken, rowOf, type TestAccount, usageOf } from '../support/gateway.ts'
import { deliver, direct, keptQueue, metered } from '../support/metering.ts'
import { recordingOf } from '../support/reading.ts'
import { expectRefusal, form, holdingsOf, infoOf, largeCapture, NO_ID } from '../support/uploads.ts'

let account: TestAccount
let queue: ReturnType<typeof keptQueue>
beforeEach(async () => {
  account = await makeAccount()
  queue = keptQueue()
})
afterEach(() => vi.restoreAllMocks())

const A = pcap([0, 2, 4].map((seconds) => ({ seconds: 1_700_000_000 + seconds, data: payload(60, seconds) })))
const B = pcap([1, 2, 3].map((seconds) => ({ seconds: 1_700_000_000 + seconds, data: payload(61, seconds) })))
const origlens = (file: Uint8Array) => recordingOf(file).packets.map(({ origlen }) => origlen)

const send = (path: string, init: RequestInit = { method: 'POST' }, change = {}) =>
  direct(path, init, { PARSE: queue.queue, ...change })
const merge = (query: string, init?: RequestInit, change = {}) =>
  send(`/api/v1/${account.token}/merge${query}`, init, change)

/** Deliver what is in the queue until it is empty. */
async function work({ change = {}, clock = Date.now } = {}) {
  for (let turn = 0; turn < 20 && queue.jobs.length > 0; turn++)
    await deliver(queue.jobs.splice(0), { change: { PARSE: queue.queue, ...change }, clock })
}

async function upload(body: Uint8Array, name: string, query = ''): Promise<string> {
  const answer = await send(`/api/v1/${account.token}/upload/${name}${query}`, { method: 'PUT', body })
  expect(answer.status, await answer.clone().text()).toBe(200)
  await work()
  return ((await answer.json()) as { id: string }).id
}

const pair = async () => [await upload(A, 'a.pcap'), await upload(B, 'b.pcap')] as const
const download = async (id: string) =>
  new Uint8Array(await (await direct(`/api/v1/${account.token}/download/${id}`)).arrayBuffer())
const statusOf = async (id: string) =>
  (await direct(`/api/v1/pcaps/private/status/${id}`, { headers: account.bearer })).json()
const idOf = async (answer: Response) => {
  expect([200, 202], await answer.clone().text()).toContain(answer.status)
  return ((await answer.json()) as { id: string }).id
}
const json = (body: object, headers = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...account.bearer, ...headers },
  body: JSON.stringify(body),
})

describe('CloudShark’s merge', () => {
  it('answers at once in CloudShark’s words, and takes the capture to ok', async () => {
    const [a, b] = await pair()
    const answer = await merge(`?capture_ids=${a},${b}&additional_tags=x,y`)
    const text = await answer.text()
    expect(text).toMatch(/^\{"id":"[0-9a-f-]{36}","filename":"merged a\.pcap and b\.pcap"\}$/)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    const { id } = JSON.parse(text)
    expect(answer.headers.get('location')).toBe(`http://pcaport.test/captures/${id}`)
    expect(await statusOf(id)).toEqual({ status: 'processing' })
    expect(queue.jobs).toEqual([{ version: 1, kind: 'make', captureId: id, attempt: 0 }])
    await work()
    expect(await statusOf(id)).toEqual({ status: 'ok' })
    expect(await infoOf(account, id)).toMatchObject({ num_packets: 6, tag_list: 'x,y', file_type: 'pcapng' })
    expect(origlens(await download(id))).toEqual([60, 61, 60, 61, 61, 60])
  })

  it.each([
    ['an urlencoded form', (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })],
    ['a multipart form', (fields: Record<string, string>) => form(Object.entries(fields).map(([name, body]) => ({ name, body })))], // biome-ignore format: a table
  ])('takes its options from %s, and drops duplicates', async (_, made) => {
    const [a] = await pair()
    const id = await idOf(
      await merge('', made({ capture_ids: `${a}, ${a}`, duplicates: 'remove', filename: 'once.pcapng' })),
    )
    await work()
    expect(origlens(await download(id))).toEqual([60, 60, 60])
    expect((await rowOf(id))?.filename).toBe('once.pcapng')
  })

  it('names the ids that are none, another account’s among them, and keeps nothing', async () => {
    const [a] = await pair()
    const other = await makeAccount()
    const before = await usageOf(other.accountId)
    await expectRefusal(await merge(`?capture_ids=${a},${NO_ID}`), 404, `There is no such capture: ${NO_ID}.`)
    const foreign = await send(`/api/v1/${other.token}/merge?capture_ids=${a},${a}`)
    await expectRefusal(foreign, 404, new RegExp(`no such capture: ${a}`))
    expect(await usageOf(other.accountId)).toEqual(before)
    await expectRefusal(await merge(`?capture_ids=${a},<script>`), 404, /no such capture: \?script\?\./)
  })

  it.each([
    ['no ids', '', 400, /2 to 20 captures/],
    ['one id', `?capture_ids=${NO_ID}`, 400, /2 to 20 captures/],
    ['too many', `?capture_ids=${Array.from({ length: 21 }, () => NO_ID).join()}`, 400, /2 to 20 captures/],
    ['another word for duplicates', `?capture_ids=${NO_ID},${NO_ID}&duplicates=keep`, 400, /duplicates is `remove`/],
  ])('refuses %s', async (_, query, status, words) => {
    await expectRefusal(await merge(query), status, words)
  })

  it('refuses a token that may not read, one that may not upload, and a full account', async () => {
    const [a, b] = await pair()
    for (const may of ['upload', 'read'] as const) {
      const { token } = await makeToken(account.accountId, { may: [may] })
      await expectRefusal(
        await send(`/api/v1/${token}/merge?capture_ids=${a},${b}`),
        403,
        /permission to (read|upload)/,
      )
    }
    await database.update(accounts).set({ filesLimit: 2 }).where(eq(accounts.id, account.accountId))
    await expectRefusal(await merge(`?capture_ids=${a},${b}`), 403, /as many captures/)
  })

  it('refuses captures that are on their way, and those that came to nothing', async () => {
    const [a, b] = await pair()
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    await expectRefusal(await merge(`?capture_ids=${a},${id}`), 409, new RegExp(`Not there yet.*${id}`))
  })

  it('gives the same capture for the same Idempotency-Key, and refuses it for another', async () => {
    const [a, b] = await pair()
    const init = { method: 'POST', headers: { 'Idempotency-Key': 'k' } }
    const id = await idOf(await merge(`?capture_ids=${a},${b}`, init))
    expect(await idOf(await merge(`?capture_ids=${a},${b}`, init))).toBe(id)
    await work()
    expect(await idOf(await merge(`?capture_ids=${a},${b}`, init))).toBe(id)
    await expectRefusal(await merge(`?capture_ids=${b},${a}`, init), 422, /another capture/)
    await expectRefusal(await merge(`?capture_ids=${a},${b}&duplicates=remove`, init), 422, /another capture/)
  })

  it('is private where a source is, and as the token says where none is', async () => {
    const [a, b] = await pair()
    const unlisted = await idOf(await merge(`?capture_ids=${a},${b}`))
    await database.update(captures).set({ visibility: 'private' }).where(eq(captures.id, b))
    const kept = await idOf(await merge(`?capture_ids=${a},${b}`))
    expect([(await rowOf(unlisted))?.visibility, (await rowOf(kept))?.visibility]).toEqual(['unlisted', 'private'])
  })
})

describe('/api/v2', () => {
  it('merges, with the options of a JSON body', async () => {
    const [a, b] = await pair()
    const body = { captures: [b, a], dropDuplicates: true, filename: 'both.pcapng', tags: ['x'], comments: 'two' }
    const answer = await send('/api/v2/captures/merge', json(body))
    expect([answer.status, answer.headers.get('location')]).toEqual([202, expect.stringContaining('/captures/')])
    const id = await idOf(answer)
    await work()
    expect(await rowOf(id)).toMatchObject({ state: 'ok', filename: 'both.pcapng', tags: ['x'], comments: 'two' })
    expect(origlens(await download(id))).toEqual([60, 61, 61, 60, 61, 60])
  })

  it.each([
    ['numbers', { numbers: { from: 2, to: 3 } }, [61, 60]],
    ['times in seconds', { times: { from: '1700000001', to: '1700000003.5' } }, [61, 60, 61, 61]],
    ['times of RFC 3339', { times: { from: '2023-11-14T22:13:23Z' } }, [61, 60]],
  ])('keeps a slice by %s as a new capture', async (_, selection, wanted) => {
    const [a, b] = await pair()
    const merged = await idOf(await merge(`?capture_ids=${a},${b}`))
    await work()
    const id = await idOf(await send(`/api/v2/captures/${merged}/slices`, json({ selection })))
    await work()
    expect((await rowOf(id))?.filename).toBe('slice of merged a.pcap and b.pcap')
    expect(origlens(await download(id))).toEqual(wanted)
  })

  it('keeps one conversation as a new capture', async () => {
    const a = await upload(A, 'a.pcap')
    const selection = { conversation: conversationOf(A) }
    const id = await idOf(await send(`/api/v2/captures/${a}/slices`, json({ selection })))
    await work()
    expect(recordingOf(await download(id)).packets).toHaveLength(1)
  })

  /** That of the first packet, its ends the other way round. */
  function conversationOf(file: Uint8Array) {
    const first = recordingOf(file).packets[0]?.bytes ?? ''
    const mac = (at: number) => (first.slice(at, at + 12).match(/../g) ?? []).join(':')
    return { table: 'ethernet', a: mac(0), b: mac(12) }
  }

  it.each([
    [{ captures: [NO_ID] }, 'merge', 400, /captures/],
    [{ captures: [NO_ID, NO_ID] }, 'merge', 404, /no such capture/],
    [{ captures: [NO_ID, 'x'] }, 'merge', 400, /captures/],
    [{ captures: [NO_ID, NO_ID], duplicates: 'remove' }, 'merge', 400, /duplicates/],
    [{ selection: { numbers: { from: 1, to: 2 } }, name: 'x' }, `${NO_ID}/slices`, 400, /name/],
    [{ selection: {} }, `${NO_ID}/slices`, 400, /selection/],
    [{ selection: { numbers: { from: 1, to: 2 } } }, `${NO_ID}/slices`, 404, /no such capture/],
    [{ selection: { times: { from: 'noon' } } }, `${NO_ID}/slices`, 400, /noon: not a time/],
    [{ selection: { conversation: { table: 'ipv4', a: 'x', b: 'y' } } }, `${NO_ID}/slices`, 400, /x: not an address/],
  ])('refuses %j', async (body, path, status, words) => {
    const answer = await send(`/api/v2/captures/${path}`, json(body))
    const problem = (await answer.json()) as { detail: string }
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(problem.detail).toMatch(words)
  })

  it('is described', async () => {
    const described = (await (await direct('/api/v2/openapi.json')).json()) as { paths: Record<string, unknown> }
    expect(Object.keys(described.paths)).toEqual(expect.arrayContaining(['/captures/merge', '/captures/{id}/slices']))
  })

  it('cuts nothing out of a capture that is not parsed', async () => {
    const answer = await send(`/api/v1/${account.token}/upload/a.pcap`, { method: 'PUT', body: A })
    const id = await idOf(answer)
    const refused = await send(`/api/v2/captures/${id}/slices`, json({ selection: { numbers: { from: 1, to: 2 } } }))
    expect([refused.status, await refused.json()]).toEqual([409, expect.objectContaining({ detail: expect.stringMatching(/not parsed/) })]) // biome-ignore format: one thought
  })
})

describe('the job', () => {
  it('reads compressed captures from their copies, or as they are', async () => {
    const [a, b] = [await upload(gzipSync(A), 'a.pcap.gz'), await upload(gzipSync(B), 'b.pcap.gz')]
    await database.update(captures).set({ copySize: 0, copiedAt: null }).where(eq(captures.id, b))
    expect((await rowOf(a))?.copySize).toBeGreaterThan(0)
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    await work()
    expect(origlens(await download(id))).toEqual([60, 61, 60, 61, 61, 60])
  })

  it('ends with words where compressed captures would take too much memory side by side', async () => {
    const ids = [await upload(zstdCompressSync(A), 'a.pcap.zst'), await upload(zstdCompressSync(B), 'b.pcap.zst')]
    const withCopies = await idOf(await merge(`?capture_ids=${ids}`))
    await work()
    expect((await rowOf(withCopies))?.state).toBe('ok')
    await database.update(captures).set({ copySize: 0, copiedAt: null }).where(inArray(captures.id, ids))
    const without = await idOf(await merge(`?capture_ids=${ids}`))
    await work()
    expect(await statusOf(without)).toMatchObject({
      error: 'not-to-be-made',
      message: expect.stringMatching(/^So many compressed captures/),
    })
  })

  it('reads twenty captures side by side', async () => {
    const [a, b] = await pair()
    const id = await idOf(await merge(`?capture_ids=${Array.from({ length: 10 }, () => [a, b])}`))
    await work()
    const row = await rowOf(id)
    expect([row?.state, row?.facts?.packets]).toEqual(['ok', 60])
    expect(row?.filename).toBe('merged a.pcap, b.pcap, a.pcap, 16 more and b.pcap')
  })

  it('writes parts, says how far it is, reserves in steps and settles exactly', async () => {
    const large = largeCapture(9 * 1024 ** 2)
    const a = await upload(large, 'a.pcap')
    const id = await idOf(await merge(`?capture_ids=${a},${a}`))
    const seen: unknown[] = []
    const { bucket } = watchedParts(async () => {
      const row = await rowOf(id)
      seen.push(row?.progress)
      expect((await usageOf(account.accountId)).bytes).toBe(large.length + (row?.size ?? 0))
    })
    await work({ change: { CAPTURES: bucket, PART_BYTES: String(5 * 1024 ** 2) } })
    const row = await rowOf(id)
    expect(row).toMatchObject({ state: 'ok', progress: null, uploadId: null })
    expect(seen.filter((progress) => typeof progress === 'number').length).toBeGreaterThan(1)
    expect(await usageOf(account.accountId)).toEqual({ files: 2, bytes: large.length + (row?.size ?? 0) })
    expect(row?.facts?.packets).toBe(2 * Math.ceil((9 * 1024 ** 2) / 65_552))
    expect(await database.select().from(uploadParts).where(eq(uploadParts.uploadId, id))).toEqual([])
  })

  /** The bucket, with something done before each part. */
  function watchedParts(does: () => Promise<void>): { bucket: R2Bucket } {
    const real = bindings.CAPTURES
    const bucket = new Proxy(real, {
      get(_, key) {
        if (key === 'createMultipartUpload')
          return async (...asked: Parameters<R2Bucket['createMultipartUpload']>) => {
            const uploading = await real.createMultipartUpload(...asked)
            return {
              key: uploading.key,
              uploadId: uploading.uploadId,
              async uploadPart(number: number, value: Uint8Array) {
                await does()
                return uploading.uploadPart(number, value)
              },
              complete: (parts: R2UploadedPart[]) => uploading.complete(parts),
            }
          }
        const value = Reflect.get(real, key)
        return typeof value === 'function' ? value.bind(real) : value
      },
    })
    return { bucket }
  }

  it.each([
    ['the plan allows no such size', { maxFileSize: 300 }, /larger than this account may upload: 300/],
    ['the storage is full', { bytesLimit: 600 }, /storage is full/],
  ])('ends with words and without bytes where %s', async (_, plan, words) => {
    const [a, b] = await pair()
    await database.update(accounts).set(plan).where(eq(accounts.id, account.accountId))
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    await work()
    expect(await statusOf(id)).toMatchObject({ status: 'error', message: expect.stringMatching(words) })
    expect(await holdingsOf(account.accountId)).toEqual({ files: 3, bytes: A.length + B.length, rows: 3, objects: 2 })
    expect((await send(`/api/v1/${account.token}/delete/${id}`)).status).toBe(200)
    expect(await holdingsOf(account.accountId)).toEqual({ files: 2, bytes: A.length + B.length, rows: 2, objects: 2 })
  })

  it('that is lost is sent again by the sweep, and one that comes twice or too late does nothing', async () => {
    const [a, b] = await pair()
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    const lost = queue.jobs.splice(0)
    const later = () => Date.now() + 120_000
    await sweep(openStore({ ...bindings, PARSE: queue.queue }), later)
    expect(queue.jobs.filter(({ captureId }) => captureId === id)).toEqual(lost)
    await Promise.all([work(), deliver(lost, { change: { PARSE: queue.queue } })])
    await work()
    expect((await rowOf(id))?.state).toBe('ok')
    const before = await rowOf(id)
    await deliver(lost, { change: { PARSE: queue.queue } })
    expect(await rowOf(id)).toEqual(before)
  })

  it('whose worker died is taken up by another, once its lease is out', async () => {
    const [a, b] = await pair()
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    const store = openStore({ ...bindings, PARSE: queue.queue })
    await store.fetches.claim({ version: 1, kind: 'make', captureId: id, attempt: 0 }, Date.now())
    await work()
    expect((await rowOf(id))?.state).toBe('uploading')
    const later = () => Date.now() + 3_600_000
    await sweep(store, later)
    await work({ clock: later })
    expect(await rowOf(id)).toMatchObject({ state: 'ok', attempts: expect.any(Number) })
  })

  it('is not heard by readers that know no such kind', async () => {
    const [a, b] = await pair()
    const id = await idOf(await merge(`?capture_ids=${a},${b}`))
    expect(queue.jobs[0]).not.toHaveProperty('generation') // what a parse is told by
    expect((await rowOf(id))?.attempts).toBe(0)
  })

  it('writes 4 rows at the door, and 12 more until it is ok', async () => {
    const [a, b] = await pair()
    const { db, meter } = metered(bindings.DB)
    await idOf(await merge(`?capture_ids=${a},${b}`, undefined, { DB: db }))
    expect(meter.rowsWritten, meter.statements.join('\n')).toBe(4)
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(14)
    await work({ change: { DB: db } })
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(16)
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(60)
  })
})

/** Digests, repeated requests, limits, and bodies of every length. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { tokens } from '../../src/store/schema.ts'
import { bytes, pcapHeader } from '../support/captures.ts'
import { bindings, database, makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import {
  CAPTURE,
  CAPTURE_FACTS,
  digestField,
  expectRefusal,
  filePart,
  form,
  holdingsOf,
  infoOf,
  largeCapture,
  NOTHING,
  put,
  streamOf,
} from '../support/uploads.ts'

const MIB = 1024 * 1024
let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})
const upload = (by: TestAccount, init: RequestInit, query = '') =>
  request(`/api/v1/${by.token}/upload${query}`, { method: 'PUT', body: CAPTURE, ...init })
const idOf = async (answer: Response) => {
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { id: string }).id
}
const hex = async (algorithm: string, data: BufferSource) =>
  Buffer.from(await crypto.subtle.digest(algorithm, data)).toString('hex')

const RIGHT = digestField(CAPTURE_FACTS.sha256)
const WRONG = digestField('0'.repeat(64))

/** The ways in which a digest can go with a capture. */
const WAYS = [
  ['PUT', (header: string, value: string) => ({ headers: { [header]: value } })],
  [
    'PUT of unknown length',
    (header: string, value: string) => ({ headers: { [header]: value }, body: streamOf(CAPTURE) }),
  ],
  ['the part of a form', (header: string, value: string) => form([filePart({ headers: { [header]: value } })])],
] as const

describe.each(WAYS)('a digest with %s', (_, made) => {
  it.each([
    ['Content-Digest', RIGHT],
    ['Repr-Digest', RIGHT],
    ['content-digest', `sha-512=:AAAA:, ${RIGHT}`],
    ['Content-Digest', RIGHT.replace('sha-256', 'SHA-256')],
    ['Content-Digest', 'sha-512=:AAAA:'],
    ['Content-Digest', 'unixsum=30637'],
  ])('is taken: %s: %s', async (header, value) => {
    const id = await idOf(await upload(account, made(header, value)))
    if (value.includes('256')) expect((await rowOf(id))?.sha256).toBe(CAPTURE_FACTS.sha256)
    expect((await parsed(id)).sha256).toBe(CAPTURE_FACTS.sha256)
  })

  it.each([
    ['Content-Digest', WRONG, /digest/],
    ['Repr-Digest', WRONG, /digest/],
    ['Content-Digest', 'sha-256=:AAAA:', /RFC 9530/],
    ['Content-Digest', 'sha-256=AAAA', /RFC 9530/],
    ['Repr-Digest', 'sha-256', /RFC 9530/],
    ['Content-Digest', `${RIGHT}, ${WRONG}`, /digest/],
    ['Content-Digest', `sha-256=:${'*'.repeat(43)}=:`, /RFC 9530/],
  ])('is refused, and nothing kept: %s: %s', async (header, value, words) => {
    const mine = await makeAccount()
    const answer = await upload(mine, made(header, value))
    await expectRefusal(answer, 400, words)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })
})

describe('both digest fields', () => {
  it('Repr-Digest counts where Content-Digest has no SHA-256', async () => {
    const headers = { 'Content-Digest': 'sha-512=:AAAA:', 'Repr-Digest': WRONG }
    await expectRefusal(await upload(account, { headers }), 400, /digest/)
    await expectRefusal(await upload(account, form([filePart({ headers })])), 400, /digest/)
  })

  it('two that differ cannot both be right', async () => {
    const headers = { 'Content-Digest': RIGHT, 'Repr-Digest': WRONG }
    await expectRefusal(await upload(account, { headers }), 400, /digest/)
  })

  it('a digest is verified beyond 8 MiB of unknown length', async () => {
    const mine = await makeAccount()
    const whole = largeCapture(9 * MIB)
    const wrong = await upload(mine, { headers: { 'Content-Digest': WRONG }, body: streamOf(whole) })
    await expectRefusal(wrong, 400, /digest/)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
    const digest = digestField(await hex('SHA-256', whole))
    await idOf(await upload(mine, { headers: { 'Content-Digest': digest }, body: streamOf(whole) }))
  })
})

describe('Idempotency-Key', () => {
  const key = (value: string) => ({ 'Idempotency-Key': value })
  it.each([
    ['PUT', () => ({})],
    ['PUT of unknown length', () => ({ body: streamOf(CAPTURE) })],
    ['POST', () => form([filePart()])],
  ] as const)('gives one capture for the same bytes by %s, however often', async (way, made) => {
    const mine = await makeAccount()
    const send = () => {
      const init = made() as RequestInit
      return upload(mine, { ...init, headers: { ...(init.headers as object), ...key(`k-${way}`) } })
    }
    const first = await (await send()).text()
    for (let time = 0; time < 2; time++) expect(await (await send()).text()).toBe(first)
    expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: 216, rows: 1, objects: 1 })
  })

  it('is another’s own: the same key in another account is another capture', async () => {
    const [one, two] = [await makeAccount(), await makeAccount()]
    expect(await put(one, '', { headers: key('k') })).not.toBe(await put(two, '', { headers: key('k') }))
  })

  it('works at the limit of files, where the capture is there already', async () => {
    const mine = await makeAccount({ filesLimit: 1 })
    const id = await put(mine, '', { headers: key('k') })
    expect(await put(mine, '', { headers: key('k') })).toBe(id)
  })

  it.each([
    ['of another length', CAPTURE.subarray(0, 140)],
    ['of the same length', Uint8Array.from(CAPTURE, (byte, at) => (at === 200 ? byte ^ 1 : byte))],
    ['with more behind it', bytes(CAPTURE, [0])],
  ])('is 422 for a body %s, by each way', async (_, other) => {
    const mine = await makeAccount()
    await put(mine, '', { headers: key('k') })
    const made = form([filePart({ body: other })])
    for (const init of [{ body: other }, { body: streamOf(other) }, made])
      await expectRefusal(
        await upload(mine, { ...init, headers: { ...('headers' in init ? init.headers : {}), ...key('k') } }),
        422,
        /another capture/,
      )
    expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: 216, rows: 1, objects: 1 })
  })

  it('is 409 while the first is in flight, and the same capture after it', async () => {
    const mine = await makeAccount()
    const whole = bytes(CAPTURE, new Uint8Array(1000))
    const { readable, writable } = new FixedLengthStream(whole.length)
    const writer = writable.getWriter()
    const first = upload(mine, { headers: key('k'), body: readable })
    await writer.write(whole.subarray(0, 700))
    await vi.waitUntil(async () => (await holdingsOf(mine.accountId)).rows === 1)
    const second = await upload(mine, { headers: key('k'), body: whole })
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/)
    await expectRefusal(second, 409, /under way/)
    await writer.write(whole.subarray(700))
    await writer.close()
    const id = await idOf(await first)
    expect(await idOf(await upload(mine, { headers: key('k'), body: whole }))).toBe(id)
  })

  it('begins anew after the capture is deleted, and after an upload that failed', async () => {
    const mine = await makeAccount()
    const id = await put(mine, '', { headers: key('k') })
    await request(`/api/v1/${mine.token}/delete/${id}`, { method: 'POST' })
    expect((await upload(mine, { headers: { ...key('k'), 'Content-Digest': WRONG } })).status).toBe(400)
    expect(await put(mine, '', { headers: key('k'), body: CAPTURE.subarray(0, 140) })).not.toBe(id)
  })

  it.each(['x'.repeat(256), 'a\tb'])('is 400 where it is %j', async (value) => {
    await expectRefusal(await upload(account, { headers: key(value) }), 400, /Idempotency-Key/)
  })
})

describe('bodies of every length', () => {
  const LENGTHS = [24, 511, 512, 513, 65_536, 8 * MIB - 1, 8 * MIB, 17 * MIB]
  it.each(LENGTHS)('%i bytes come back as they went in, by each way', { timeout: 30_000 }, async (length) => {
    const whole = largeCapture(length).slice(0, length)
    const made = form([filePart({ body: whole })])
    const wanted = Buffer.from(whole)
    for (const init of [{ body: whole }, { body: streamOf(whole, 50_000) }, made]) {
      const id = await idOf(await upload(account, init))
      const back = await request(`/api/v1/${account.token}/download/${id}`)
      expect(wanted.equals(Buffer.from(await back.arrayBuffer()))).toBe(true)
      const row = await parsed(id)
      expect([row.state, row.size]).toEqual(['ok', length])
      if (length <= 65_536) expect(row.sha256).toBe(await hex('SHA-256', whole))
    }
  })

  it('all hashes of a capture of many parts are those of its bytes', { timeout: 30_000 }, async () => {
    const whole = largeCapture(9 * MIB)
    const row = await parsed(await idOf(await upload(account, { body: streamOf(whole) })))
    expect(row).toMatchObject({
      sha256: await hex('SHA-256', whole),
      sha1: await hex('SHA-1', whole),
      md5: await hex('MD5', whole),
    })
    expect((await infoOf(account, row.id)).sha1_hash).toBe(row.sha1)
  })

  it('one of known length is one put', async () => {
    const row = await rowOf(await put(account, '', { body: largeCapture(9 * MIB) }))
    // R2 keeps an MD5 of single puts alone
    expect((await bindings.CAPTURES.head(row?.objectKey ?? ''))?.checksums.md5).toBeDefined()
  })
})

describe('limits of the plan', () => {
  it.each([
    ['PUT', (body: Uint8Array) => ({ body })],
    ['PUT of unknown length', (body: Uint8Array) => ({ body: streamOf(body) })],
    ['POST', (body: Uint8Array) => form([filePart({ body })])],
    [
      'POST of unknown length',
      (body: Uint8Array) => ({ ...form([]), body: streamOf(form([filePart({ body })]).body) }),
    ],
  ] as const)('a %s of just the limit is taken, a byte more is 413 and nothing is kept', async (_, made) => {
    for (const limit of [216, 9 * MIB]) {
      const mine = await makeAccount({ maxFileSize: limit })
      const whole = largeCapture(limit).subarray(0, limit + 1)
      await expectRefusal(await upload(mine, made(whole)), 413, String(limit))
      expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
      await idOf(await upload(mine, made(whole.subarray(0, limit))))
      expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: limit, rows: 1, objects: 1 })
    }
  })

  it.each([MIB, 20 * MIB])(
    'an endless body ends at a limit of %i bytes: 413, and nothing is kept',
    async (maxFileSize) => {
      const mine = await makeAccount({ maxFileSize })
      let sent = 0
      const endless = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(pcapHeader()),
        pull(controller) {
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536))
        },
      })
      await expectRefusal(await upload(mine, { body: endless }), 413, String(maxFileSize))
      expect(sent).toBeLessThan(maxFileSize + 32 * MIB)
      expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
    },
  )

  it('one file more than the plan has is 403, until one is deleted', async () => {
    const mine = await makeAccount({ filesLimit: 1 })
    const id = await put(mine)
    for (const init of [{}, { body: streamOf(CAPTURE) }, form([filePart()])])
      await expectRefusal(await upload(mine, init), 403, /as many captures/)
    expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: 216, rows: 1, objects: 1 })
    await request(`/api/v1/${mine.token}/delete/${id}`, { method: 'POST' })
    await put(mine)
  })

  it.each([
    ['small', 431, CAPTURE, 1],
    ['large', 20 * MIB, null, 1],
  ] as const)('bytes beyond the storage of the plan are 403 by each way: %s', async (_, bytesLimit, small, fit) => {
    const whole = small ?? largeCapture(11 * MIB)
    const mine = await makeAccount({ bytesLimit })
    for (let time = 0; time < fit; time++) await idOf(await upload(mine, { body: whole }))
    for (const init of [{ body: whole }, { body: streamOf(whole) }, form([filePart({ body: whole })])])
      await expectRefusal(await upload(mine, init), 403, /storage/)
    expect(await holdingsOf(mine.accountId)).toEqual({ files: fit, bytes: fit * whole.length, rows: fit, objects: fit })
  })

  it('a capture that is longer than 8 MiB fills the storage to the last byte', async () => {
    const whole = largeCapture(9 * MIB)
    const mine = await makeAccount({ bytesLimit: whole.length })
    await idOf(await upload(mine, { body: streamOf(whole) }))
    expect((await holdingsOf(mine.accountId)).bytes).toBe(whole.length)
  })

  it('a refusal by quota of an announced length comes before the body', async () => {
    const mine = await makeAccount({ maxFileSize: 1000 })
    const { readable, writable } = new FixedLengthStream(5000)
    const writer = writable.getWriter()
    writer.closed.catch(() => undefined)
    const answer = upload(mine, { body: readable })
    await writer.write(largeCapture(2000).subarray(0, 600))
    await expectRefusal(await answer, 413, '1000')
  })
})

describe('a token that is revoked while its capture is on its way', () => {
  it.each([
    ['known', (readable: ReadableStream) => readable],
    ['unknown', (readable: ReadableStream) => readable.pipeThrough(new TransformStream())],
  ] as const)('wins: 403, and nothing is kept, of a body of %s length', async (_, bodyOf) => {
    const mine = await makeAccount()
    const whole = bytes(CAPTURE, new Uint8Array(1000))
    const { readable, writable } = new FixedLengthStream(whole.length)
    const writer = writable.getWriter()
    const answer = upload(mine, { body: bodyOf(readable) })
    await writer.write(whole.subarray(0, 700))
    await scheduler.wait(50)
    await database.update(tokens).set({ revokedAt: Date.now() }).where(eq(tokens.accountId, mine.accountId))
    await writer.write(whole.subarray(700))
    await writer.close()
    await expectRefusal(await answer, 403, /revoked/)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })
})

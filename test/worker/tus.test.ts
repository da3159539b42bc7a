/** The protocol text of tus 1.0.0, sentence by sentence: each MUST and SHOULD that binds a server, and the test that holds it. */
import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../src/parse/sweep.ts'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, tokens, uploads } from '../../src/store/schema.ts'
import { smallParts, wireBody } from '../support/faults.ts'
import {
  bindings,
  database,
  makeAccount,
  makeToken,
  parsed,
  rowOf,
  type TestAccount,
  usageOf,
} from '../support/gateway.ts'
import { metered } from '../support/metering.ts'
import { metadataOf, pathOf, SMALL_PARTS, type Tus, tusOf } from '../support/tus.ts'
import { CAPTURE, expectProblem, holdingsOf, infoOf, largeCapture, NO_ID, NOTHING } from '../support/uploads.ts'

const PARTED: Partial<Env> = { ...SMALL_PARTS, CAPTURES: smallParts(bindings.CAPTURES).bucket }
/** Many parts of 4096 bytes. */
const LARGE = largeCapture(300_000).slice(0, 40_000)
const SIZE = CAPTURE.length

let account: TestAccount
let tus: Tus
let parted: Tus
beforeAll(async () => {
  account = await makeAccount()
  tus = tusOf(account)
  parted = tusOf(account, PARTED)
})

const names = new Set<string>()
/** A test that the table below may name. */
const held: typeof it = ((name: string, work: () => Promise<void>) => {
  names.add(name)
  return it(name, work)
}) as typeof it

const offsetOf = (answer: Response) => Number(answer.headers.get('upload-offset'))
const checksum = (algorithm: string, bytes: Uint8Array) =>
  `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`
const begun = async (length: number | null = SIZE, headers: Record<string, string> = {}) =>
  pathOf(await tus.create(length, headers))
const bytesOf = async (path: string) =>
  new Uint8Array(
    await (
      await tusOf(account, PARTED).asked('GET', `/api/v1/${account.token}/download/${path.slice(7)}`, {})
    ).arrayBuffer(),
  )

describe('Core Protocol', () => {
  held('HEAD tells the offset, also where it is 0 or the upload is done, and the length', async () => {
    const path = await begun()
    const told = async () => {
      const { status, headers } = await tus.head(path)
      return [status, headers.get('upload-offset'), headers.get('upload-length')]
    }
    expect(await told()).toEqual([200, '0', '216'])
    await tus.patch(path, 0, CAPTURE.slice(0, 7))
    expect(await told()).toEqual([200, '7', '216'])
    await tus.patch(path, 7, CAPTURE.slice(7))
    expect(await told()).toEqual([200, '216', '216'])
  })

  held('HEAD is not cached', async () => {
    expect((await tus.head(await begun())).headers.get('cache-control')).toBe('no-store')
  })

  held('what is not there is 404 without an offset, also where it is somebody else’s', async () => {
    const other = tusOf(await makeAccount())
    for (const [client, path] of [[tus, `/files/${NO_ID}`], [tus, '/files/%00'], [other, await begun()]] as const) // biome-ignore format: a list
      for (const answer of [await client.head(path), await client.patch(path, 0, CAPTURE), await client.end(path)]) {
        expect(answer.status).toBe(404)
        expect(answer.headers.get('upload-offset')).toBe(null)
      }
  })

  held('PATCH applies bytes at the offset, answers 204 and the sum as the new offset', async () => {
    const path = pathOf(await parted.create(LARGE.length))
    let offset = 0
    for (const size of [1, 511, 4096, 3, 20_000, 15_389]) {
      const answer = await parted.patch(path, offset, LARGE.slice(offset, offset + size))
      expect([answer.status, offsetOf(answer)]).toEqual([204, offset + size])
      offset += size
    }
    expect(offset).toBe(LARGE.length)
    expect(await bytesOf(path)).toEqual(LARGE)
  })

  held('PATCH at another offset is 409 and changes nothing', async () => {
    const path = await begun()
    await tus.patch(path, 0, CAPTURE.slice(0, 10))
    for (const offset of [0, 9, 11, SIZE])
      await expectProblem(await tus.patch(path, offset, CAPTURE), 409, 'offset-mismatch')
    expect(offsetOf(await tus.head(path))).toBe(10)
    await tus.patch(path, 10, CAPTURE.slice(10))
    expect(await bytesOf(path)).toEqual(CAPTURE)
  })

  held('of two PATCHes at once one wins and the other is 409', async () => {
    const path = await begun()
    const answers = await Promise.all([1, 2, 3, 4].map(() => tus.patch(path, 0, CAPTURE.slice(0, 100))))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409, 409])
    expect(offsetOf(await tus.head(path))).toBe(100)
  })

  it.each([
    ['all of its bytes', CAPTURE.length],
    ['some of its bytes', 100],
  ])('leaves nothing where it is ended while a PATCH that has sent %s is held open', async (_, sent) => {
    const own = await makeAccount()
    const mine = tusOf(own)
    const keylog = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}`
    const path = pathOf(
      await mine.create(CAPTURE.length, { 'Upload-Metadata': metadataOf({ filename: 'x.pcap', keylog }) }),
    )
    const { readable, writable } = new IdentityTransformStream()
    const answer = mine.patch(path, 0, readable)
    const writer = writable.getWriter()
    await writer.write(CAPTURE.slice(0, sent))
    await scheduler.wait(50)
    expect((await mine.end(path)).status).toBe(204)
    await writer.close().catch(() => undefined)
    expect((await answer).status).toBeGreaterThanOrEqual(400)
    expect(await holdingsOf(own.accountId)).toEqual(NOTHING)
    for (const prefix of ['captures', 'summaries', 'keylogs'])
      expect((await bindings.CAPTURES.list({ prefix: `${prefix}/${own.accountId}/` })).objects).toEqual([])
  })

  it('does not tell a key log that came with its metadata', async () => {
    const keylog = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}`
    const path = await begun(SIZE, { 'Upload-Metadata': metadataOf({ filename: 'x.pcap', keylog }) })
    expect((await tus.head(path)).headers.get('upload-metadata')).toBe(metadataOf({ filename: 'x.pcap' }))
    const kept = async () =>
      (
        await database
          .select()
          .from(uploads)
          .where(eq(uploads.id, path.slice(7)))
      )[0]?.metadata
    expect(await kept()).toBe(metadataOf({ filename: 'x.pcap', keylog }))
    expect((await tus.patch(path, 0, CAPTURE)).status).toBe(204)
    expect(await kept()).toBe(metadataOf({ filename: 'x.pcap' })) // D1 has it no longer than it is needed there
    expect((await tus.head(path)).headers.get('upload-metadata')).toBe(metadataOf({ filename: 'x.pcap' }))
  })

  it('does not become a capture while its key log does not fit into the quota', async () => {
    const own = await makeAccount({ bytesLimit: SIZE + 100 })
    const mine = tusOf(own)
    const keylog = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}`
    const path = pathOf(await mine.create(SIZE, { 'Upload-Metadata': metadataOf({ keylog }) }))
    await expectProblem(await mine.patch(path, 0, CAPTURE), 403, 'over-storage-limit')
    expect(await usageOf(own.accountId)).toEqual({ files: 1, bytes: SIZE })
    const more = { bytesLimit: SIZE + keylog.length }
    await database.update(accounts).set(more).where(eq(accounts.id, own.accountId))
    const offset = offsetOf(await mine.head(path))
    if (offset < SIZE) expect((await mine.patch(path, offset, CAPTURE.slice(offset))).status).toBe(204)
    expect(await usageOf(own.accountId)).toEqual({ files: 1, bytes: SIZE + keylog.length })
  })

  held('PATCH of another Content-Type is 415', async () => {
    const path = await begun()
    for (const type of ['application/octet-stream', 'text/plain', 'application/offset+octet-streams'])
      await expectProblem(await tus.patch(path, 0, CAPTURE, { 'Content-Type': type }), 415, 'not-an-offset-stream')
    await expectProblem(await tus.patch(path, 0, CAPTURE, { 'Content-Encoding': 'gzip' }), 415, 'unsupported-encoding')
    expect(offsetOf(await tus.head(path))).toBe(0)
  })

  held('of a PATCH that breaks off, what came is kept', async () => {
    for (const sent of [100, 4096, 9000]) {
      const path = pathOf(await parted.create(LARGE.length))
      await parted.patch(path, 0, wireBody(LARGE, 'reset', sent, 100))
      expect(offsetOf(await parted.head(path))).toBe(sent)
      expect((await parted.patch(path, sent, LARGE.slice(sent))).status).toBe(204)
      expect(await bytesOf(path)).toEqual(LARGE)
    }
  })

  held('a sender who is silent for too long is let go, and what came is kept', async () => {
    const hasty = tusOf(account, { ...PARTED, UPLOAD_IDLE_SECONDS: '0.2' })
    const path = pathOf(await hasty.create(LARGE.length))
    await expectProblem(await hasty.patch(path, 0, wireBody(LARGE, 'stall', 5000)), 408, 'too-slow')
    expect(offsetOf(await hasty.head(path))).toBe(5000)
  })

  held('Tus-Resumable is in every answer', async () => {
    const path = await begun()
    const answers = [
      await tus.create(SIZE),
      await tus.create(null, { 'Upload-Defer-Length': 'x' }),
      await tus.head(path),
      await tus.patch(path, 5, CAPTURE),
      await tus.asked('GET', path, {}),
      await tus.asked('PUT', '/files', {}),
      await tus.asked('HEAD', '/files/a/b', {}),
      await tus.head(path, { Authorization: 'Bearer x' }),
      await tus.end(path),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 200, 409, 405, 405, 404, 401, 204])
    expect(answers.map(({ headers }) => headers.get('tus-resumable'))).toEqual(answers.map(() => '1.0.0'))
  })

  held('another version is 412 with Tus-Version, and is not processed', async () => {
    const path = await begun()
    for (const version of ['0.2.2', '1.0.1', ''])
      for (const answer of [
        await tus.patch(path, 0, CAPTURE, { 'Tus-Resumable': version }),
        await tus.create(SIZE, { 'Tus-Resumable': version }),
      ]) {
        expect(answer.headers.get('tus-version')).toBe('1.0.0')
        await expectProblem(answer, 412, 'wrong-tus-version')
      }
    expect(offsetOf(await tus.head(path))).toBe(0)
  })

  held(
    'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size',
    async () => {
      for (const headers of [{ 'Tus-Resumable': '9' }, { Authorization: '', 'Tus-Resumable': '' }] as Record<
        string,
        string
      >[])
        for (const path of ['/files', '/files/', `/files/${NO_ID}`]) {
          const answer = await tus.asked('OPTIONS', path, headers)
          expect(answer.status).toBe(204)
          expect(Object.fromEntries(answer.headers)).toMatchObject({
            'tus-resumable': '1.0.0',
            'tus-version': '1.0.0',
            'tus-extension': 'creation,creation-with-upload,creation-defer-length,expiration,checksum,termination',
            'tus-checksum-algorithm': 'sha1,sha256',
            'tus-max-size': String(10_000 * 8 * 1024 ** 2),
          })
        }
    },
  )

  held('X-HTTP-Method-Override is the method', async () => {
    const path = await begun()
    const as = (method: string, headers = {}, body?: BodyInit) =>
      tus.asked('POST', path, { 'X-HTTP-Method-Override': method, ...headers }, body)
    const patch = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' }
    expect((await as('PATCH', patch, CAPTURE.slice(0, 9))).status).toBe(204)
    expect(offsetOf(await as('HEAD'))).toBe(9)
    expect((await as('DELETE')).status).toBe(204)
    expect((await as('HEAD')).status).toBe(404)
    expect((await tus.asked('DELETE', path, { 'X-HTTP-Method-Override': 'PUT' })).status).toBe(405)
  })

  held('sizes are non-negative integers, in what comes and in what goes', async () => {
    for (const size of ['-1', '1.5', '1e3', 'x', '', ' ', '99999999999999999999'])
      await expectProblem(
        await tus.create(null, { 'Upload-Defer-Length': '1', 'Upload-Length': size || 'none' }),
        400,
        'bad-option',
      )
    const path = await begun()
    for (const offset of ['-1', '0x0', 'a'])
      await expectProblem(await tus.patch(path, 0, CAPTURE, { 'Upload-Offset': offset }), 400, 'bad-option')
    for (const value of [
      (await tus.head(path)).headers.get('upload-offset'),
      (await tus.head(path)).headers.get('upload-length'),
    ])
      expect(value).toMatch(/^\d+$/)
  })

  held('more bytes than the length are refused', async () => {
    const path = await begun()
    const more = new Uint8Array([...CAPTURE, 1])
    await expectProblem(await tus.patch(path, 0, more), 413, 'too-large')
    await expectProblem(await tus.patch(path, 0, wireBody(more)), 413, 'too-large')
    expect(offsetOf(await tus.head(path))).toBe(0)
  })
})

describe('Creation', () => {
  held('a creation is 201 with a Location', async () => {
    const answer = await tus.create(SIZE)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toMatch(/^http:\/\/pcaport\.test\/files\/[0-9a-f-]{36}$/)
  })

  held('a creation says its length, or that it is deferred', async () => {
    await expectProblem(await tus.create(SIZE, { 'Upload-Defer-Length': '1' }), 400, 'bad-option')
    await expectProblem(await tus.asked('POST', '/files', {}), 400, 'bad-option')
    for (const deferred of ['0', '2', 'true'])
      await expectProblem(await tus.create(null, { 'Upload-Defer-Length': deferred }), 400, 'bad-option')
  })

  held('a length that is deferred is said to be, then told once and not changed', async () => {
    const path = await begun(null)
    const first = await tus.head(path)
    expect([first.headers.get('upload-defer-length'), first.headers.get('upload-length')]).toEqual(['1', null])
    await tus.patch(path, 0, CAPTURE.slice(0, 50))
    expect((await tus.head(path)).headers.get('upload-defer-length')).toBe('1')
    await expectProblem(await tus.patch(path, 50, CAPTURE.slice(50, 60), { 'Upload-Length': '49' }), 400, 'bad-option')
    expect((await tus.patch(path, 50, CAPTURE.slice(50, 60), { 'Upload-Length': String(SIZE) })).status).toBe(204)
    const second = await tus.head(path)
    expect([second.headers.get('upload-defer-length'), second.headers.get('upload-length')]).toEqual([null, '216'])
    await expectProblem(await tus.patch(path, 60, CAPTURE.slice(60), { 'Upload-Length': '300' }), 400, 'bad-option')
    const last = await tus.patch(path, 60, CAPTURE.slice(60))
    expect(last.headers.get('x-capture-id')).toBe(path.slice(7))
    expect(await bytesOf(path)).toEqual(CAPTURE)
    expect((await usageOf(account.accountId)).bytes).toBe(await sumOf(account.accountId))
  })

  held('a deferred length may be told when all has come', async () => {
    for (const size of [216, 4096, 8192, 12_288, 9000]) {
      const bytes = LARGE.slice(0, size)
      const path = pathOf(await parted.create(null))
      expect(offsetOf(await parted.patch(path, 0, bytes))).toBe(size)
      const told = await parted.patch(path, size, new Uint8Array(0), { 'Upload-Length': String(size) })
      expect(told.headers.get('x-capture-id')).toBe(path.slice(7))
      expect(await bytesOf(path)).toEqual(bytes)
    }
    expect((await usageOf(account.accountId)).bytes).toBe(await sumOf(account.accountId))
  })

  held('metadata comes back as it was sent, and names, tags and comments the capture', async () => {
    const metadata = `${metadataOf({ filename: 'Grüße.pcap', additional_tags: 'a,b', comments: 'one\ntwo' })},is_confidential,empty `
    const path = await begun(SIZE, { 'Upload-Metadata': metadata })
    const sent = metadata.trim()
    expect((await tus.head(path)).headers.get('upload-metadata')).toBe(sent)
    await tus.patch(path, 0, CAPTURE)
    expect((await tus.head(path)).headers.get('upload-metadata')).toBe(sent)
    expect(await rowOf(path.slice(7))).toMatchObject({ filename: 'Grüße.pcap', tags: ['a', 'b'], comments: 'one\ntwo' })
    expect((await tus.head(await begun())).headers.get('upload-metadata')).toBe(null)
  })

  held('metadata that is not a list of keys and base64 is 400', async () => {
    for (const metadata of ['a b c', 'filename !!!', 'a,a', 'filename YQ', ',', 'a  YQ==,,b', 'k\u00fc YQ=='])
      await expectProblem(await tus.create(SIZE, { 'Upload-Metadata': metadata }), 400, 'bad-option')
    await expectProblem(
      await tus.create(SIZE, { 'Upload-Metadata': metadataOf({ keylog: 'no key log' }) }),
      400,
      'bad-keylog',
    )
  })

  held('a key log in the metadata is kept with the capture', async () => {
    const keylog = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`
    const path = await begun(SIZE, { 'Upload-Metadata': metadataOf({ keylog }) })
    await tus.patch(path, 0, CAPTURE)
    const row = await rowOf(path.slice(7))
    expect(await (await bindings.CAPTURES.get(row?.keylogKey ?? ''))?.text()).toBe(keylog)
  })

  held('a length above the maximum is 413', async () => {
    const small = tusOf(await makeAccount({ maxFileSize: 1000 }))
    await expectProblem(await small.create(1001), 413, 'too-large')
    await expectProblem(await tus.create(10_000 * 8 * 1024 ** 2 + 1), 413, 'too-large')
    const path = pathOf(await small.create(1000))
    expect((await small.end(path)).status).toBe(204)
  })

  held('a creation may bring bytes, and tells the offset after them', async () => {
    const type = { 'Content-Type': 'application/offset+octet-stream' }
    const part = await tus.create(SIZE, type, CAPTURE.slice(0, 100))
    expect([part.status, offsetOf(part)]).toEqual([201, 100])
    expect((await tus.patch(pathOf(part), 100, CAPTURE.slice(100))).status).toBe(204)
    const whole = await parted.create(LARGE.length, { ...type, 'Upload-Checksum': checksum('sha1', LARGE) }, LARGE)
    expect([whole.status, offsetOf(whole)]).toEqual([201, LARGE.length])
    expect(whole.headers.get('x-capture-url')).toBe(`http://pcaport.test/captures/${pathOf(whole).slice(7)}`)
    expect(await bytesOf(pathOf(whole))).toEqual(LARGE)
    await expectProblem(await tus.create(SIZE, { 'Content-Type': 'text/plain' }, CAPTURE), 415, 'not-an-offset-stream')
  })

  held('of a creation whose bytes fail nothing is kept', async () => {
    const other = await makeAccount()
    const client = tusOf(other, PARTED)
    const type = { 'Content-Type': 'application/offset+octet-stream' }
    await expectProblem(
      await client.create(99, type, new TextEncoder().encode(`<html>${' '.repeat(93)}`)),
      415,
      'not-a-capture',
    )
    await expectProblem(await client.create(0, type), 415, 'not-a-capture')
    await expectProblem(
      await client.create(LARGE.length, { ...type, 'Upload-Checksum': checksum('sha1', CAPTURE) }, LARGE),
      460,
      'checksum-mismatch',
    )
    await client.create(LARGE.length, type, wireBody(LARGE, 'reset', 9000))
    expect(await holdingsOf(other.accountId)).toEqual(NOTHING)
  })
})

describe('Expiration', () => {
  held('Upload-Expires is in answers to POST and PATCH, in the format of RFC 7231, and moves', async () => {
    const path = await begun()
    await database
      .update(captures)
      .set({ leaseUntil: Date.now() + 60_000 })
      .where(eq(captures.id, path.slice(7)))
    const expires = (answer: Response) => answer.headers.get('upload-expires') ?? ''
    const before = expires(await tus.head(path))
    const after = expires(await tus.patch(path, 0, CAPTURE.slice(0, 9)))
    for (const date of [expires(await tus.create(SIZE)), before, after])
      expect(date).toMatch(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/)
    expect(Date.parse(after) - Date.parse(before)).toBeGreaterThan(23 * 3_600_000)
    expect(expires(await tus.patch(path, 9, CAPTURE.slice(9)))).toBe('')
  })

  held('one that has expired is 410, and 404 once it is gone, with its quota', async () => {
    const other = await makeAccount()
    const client = tusOf(other, PARTED)
    const path = pathOf(await client.create(LARGE.length))
    await client.patch(path, 0, LARGE.slice(0, 9000))
    await database
      .update(captures)
      .set({ leaseUntil: 1, dueAt: 1 })
      .where(eq(captures.id, path.slice(7)))
    expect((await client.head(path)).status).toBe(410)
    await expectProblem(await client.patch(path, 9000, LARGE.slice(9000)), 410, 'upload-expired')
    await sweep(openStore({ ...bindings, ...PARTED }), Date.now)
    expect((await client.head(path)).status).toBe(404)
    expect(await holdingsOf(other.accountId)).toEqual(NOTHING)
    expect((await bindings.CAPTURES.list({ prefix: `summaries/${other.accountId}/` })).objects).toEqual([])
    expect(await database.select().from(uploads).where(eq(uploads.accountId, other.accountId))).toEqual([])
  })

  held('one that is done is forgotten after a day; its capture stays', async () => {
    const path = await begun()
    await tus.patch(path, 0, CAPTURE)
    await openStore(bindings).uploads.forgetDone(Date.now() + 1, 1000)
    expect((await tus.head(path)).status).toBe(404)
    expect(await bytesOf(path)).toEqual(CAPTURE)
  })
})

describe('Checksum', () => {
  held('sha1 and sha256 are verified; a mismatch is 460, its bytes are dropped and the offset stays', async () => {
    for (const algorithm of ['sha1', 'sha256']) {
      const path = pathOf(await parted.create(LARGE.length))
      let offset = 0
      for (const size of [100, 10_000, LARGE.length - 10_100]) {
        const bytes = LARGE.slice(offset, offset + size)
        const wrong = bytes.slice()
        wrong[size - 1] = (wrong[size - 1] ?? 0) ^ 1
        const headers = { 'Upload-Checksum': checksum(algorithm, bytes) }
        await expectProblem(await parted.patch(path, offset, wrong, headers), 460, 'checksum-mismatch')
        expect(offsetOf(await parted.head(path))).toBe(offset)
        expect((await parted.patch(path, offset, bytes, headers)).status).toBe(204)
        offset += size
      }
      expect(await bytesOf(path)).toEqual(LARGE)
    }
  })

  held('a piece with a checksum that breaks off is dropped', async () => {
    const path = pathOf(await parted.create(LARGE.length))
    await parted.patch(path, 0, wireBody(LARGE, 'reset', 9000), { 'Upload-Checksum': checksum('sha1', LARGE) })
    expect(offsetOf(await parted.head(path))).toBe(0)
  })

  held('an unknown algorithm, or what is no digest, is 400 and changes nothing', async () => {
    const path = await begun()
    for (const value of [
      'md5 1B2M2Y8AsgTpgAmY7PhCfg==',
      'crc32 AAAAAA==',
      'SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
      'sha1',
      'sha1 abc',
      'sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
    ])
      await expectProblem(await tus.patch(path, 0, CAPTURE, { 'Upload-Checksum': value }), 400, 'bad-option')
    expect(offsetOf(await tus.head(path))).toBe(0)
  })

  held('the protocol’s own example verifies', async () => {
    const path = await begun(20)
    const hello = new TextEncoder().encode('hello world')
    const answer = await tus.patch(path, 0, hello, { 'Upload-Checksum': 'sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=' })
    expect([answer.status, offsetOf(answer)]).toEqual([204, 11])
  })
})

describe('Termination', () => {
  held('DELETE is 204, frees what was held, and after it all is 404', async () => {
    const other = await makeAccount()
    const client = tusOf(other, PARTED)
    const path = pathOf(await client.create(LARGE.length))
    await client.patch(path, 0, LARGE.slice(0, 9000))
    expect((await client.end(path)).status).toBe(204)
    expect([
      (await client.head(path)).status,
      (await client.patch(path, 9000, LARGE)).status,
      (await client.end(path)).status,
    ]).toEqual([404, 404, 404])
    expect(await holdingsOf(other.accountId)).toEqual(NOTHING)
  })

  held('one that is done is deleted by a key that may delete', async () => {
    const other = await makeAccount()
    const uploader = { ...other, ...(await makeToken(other.accountId, { may: ['upload'] })) }
    const path = pathOf(await tusOf(other).create(SIZE))
    await tusOf(other).patch(path, 0, CAPTURE)
    expect((await tusOf(uploader).end(path)).status).toBe(403)
    expect((await tusOf(other).end(path)).status).toBe(204)
    expect((await tusOf(other).head(path)).status).toBe(404)
    expect((await usageOf(other.accountId)).files).toBe(0)
  })
})

describe('Concatenation', () => {
  held('is not announced, and refused', async () => {
    await expectProblem(await tus.create(SIZE, { 'Upload-Concat': 'partial' }), 400, 'bad-option')
    await expectProblem(await tus.create(null, { 'Upload-Concat': 'final;/files/a /files/b' }), 400, 'bad-option')
  })
})

describe('as at the other doors', () => {
  it('a key is needed, one that may upload, of a plan with API access', async () => {
    const bare = tusOf({ ...account, bearer: {} as TestAccount['bearer'] })
    expect((await bare.create(SIZE)).headers.get('www-authenticate')).toMatch(/^Bearer/)
    await expectProblem(await bare.create(SIZE), 401, 'no-token')
    await expectProblem(await tus.create(SIZE, { Authorization: `Bearer ${'0'.repeat(32)}` }), 401, 'unknown-key')
    await expectProblem(await tusOf(await makeAccount({}, { may: ['read', 'delete'] })).create(SIZE), 403, 'forbidden')
    await expectProblem(await tusOf(await makeAccount({}, { apiAllowed: false })).create(SIZE), 403, 'plan-without-api')
  })

  it('the quota is reserved at creation, or in steps where the length is deferred, and comes back', async () => {
    const plan = { filesLimit: 2, bytesLimit: 30_000 }
    const other = await makeAccount(plan)
    const client = tusOf(other, PARTED)
    const path = pathOf(await client.create(20_000))
    await expectProblem(await client.create(10_001), 403, 'over-storage-limit')
    const deferred = pathOf(await client.create(null))
    await expectProblem(await client.create(1), 403, 'over-files-limit')
    await expectProblem(await client.patch(deferred, 0, LARGE), 403, 'over-storage-limit')
    expect((await usageOf(other.accountId)).bytes).toBeLessThanOrEqual(30_000)
    const kept = offsetOf(await client.head(deferred))
    expect(kept).toBe(10_000) // of the piece's eight parts, two
    await expectProblem(
      await client.patch(deferred, kept, LARGE.slice(0, 9), { 'Upload-Length': '30001' }),
      403,
      'over-storage-limit',
    )
    await client.end(path)
    await client.end(deferred)
    expect(await holdingsOf(other.accountId)).toEqual(NOTHING)
  })

  it('what is surely no capture is refused by its first bytes, in however many pieces they come, and nothing is kept', async () => {
    const other = await makeAccount()
    const client = tusOf(other, PARTED)
    const path = pathOf(await client.create(10_000))
    const bytes = new TextEncoder().encode('%PDF-1.7')
    expect((await client.patch(path, 0, bytes.slice(0, 3))).status).toBe(204)
    await expectProblem(await client.patch(path, 3, bytes.slice(3)), 415, 'not-a-capture')
    expect(await holdingsOf(other.accountId)).toEqual(NOTHING)
  })

  it('a key that is revoked before the last byte ends the upload', async () => {
    const other = await makeAccount()
    const client = tusOf(other, PARTED)
    const path = pathOf(await client.create(LARGE.length))
    await client.patch(path, 0, LARGE.slice(0, 9000))
    await database.update(tokens).set({ revokedAt: 1 }).where(eq(tokens.accountId, other.accountId))
    await expectProblem(await client.patch(path, 9000, LARGE.slice(9000)), 401, 'unknown-key')
  })

  it('ends as a capture that is parsed', async () => {
    const path = await begun(SIZE, { 'Upload-Metadata': metadataOf({ filename: 'traffic.pcap' }) })
    const last = await tus.patch(path, 0, CAPTURE)
    const id = last.headers.get('x-capture-id') ?? ''
    expect((await parsed(id)).state).toBe('ok')
    expect(await infoOf(account, id)).toMatchObject({ filename: 'traffic.pcap', num_packets: 2, size: SIZE })
  })

  it('writes at most 7 rows at a creation, 4 at a small piece, 10 and 2 a part at the last', async () => {
    const { db, meter } = metered(bindings.DB)
    const counted = tusOf(await makeAccount(), { ...PARTED, DB: db })
    const writtenBy = async (work: () => Promise<Response>) => {
      const before = meter.rowsWritten
      const answer = await work()
      expect(answer.ok, await answer.text()).toBe(true)
      return meter.rowsWritten - before
    }
    const path = pathOf(await counted.create(LARGE.length))
    expect(meter.rowsWritten, meter.statements.join('\n')).toBeLessThanOrEqual(7)
    expect(await writtenBy(() => counted.patch(path, 0, LARGE.slice(0, 100)))).toBeLessThanOrEqual(4)
    expect(await writtenBy(() => counted.patch(path, 100, LARGE.slice(100, 200)))).toBeLessThanOrEqual(4)
    expect(await writtenBy(() => counted.head(path))).toBe(0)
    const last = await writtenBy(() => counted.patch(path, 200, LARGE.slice(200)))
    expect(last, meter.statements.join('\n')).toBeLessThanOrEqual(10 + 2 * Math.ceil(LARGE.length / 4096))
  })
})

describe('whoever lost the right to write at its end', () => {
  const store = openStore({ ...bindings, ...PARTED })
  const expire = (id: string) => database.update(uploads).set({ leaseUntil: 1 }).where(eq(uploads.id, id))

  /** Bindings that do something right after, or before, the bytes are whole in R2. */
  function meanwhile(real: R2Bucket, before: () => Promise<unknown>, after: () => Promise<unknown>): Partial<Env> {
    const between = async <T>(call: () => Promise<T>) => {
      await before()
      const answer = await call()
      await after()
      return answer
    }
    const members: Record<string, unknown> = {
      put: (...asked: Parameters<R2Bucket['put']>) => between(() => real.put(...asked)),
      resumeMultipartUpload(key: string, uploadId: string) {
        const parts = real.resumeMultipartUpload(key, uploadId)
        return { ...parts, complete: (listed: R2UploadedPart[]) => between(() => parts.complete(listed)) }
      },
    }
    const CAPTURES = new Proxy(real, {
      get(target, name) {
        const member = members[name as string] ?? Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    return { ...PARTED, CAPTURES }
  }
  const nothing = async () => {}

  it.each([
    ['in one put', CAPTURE, 0],
    ['in parts', LARGE, LARGE.length - 100],
  ])('does not make the capture: %s', async (_, bytes, first) => {
    const path = pathOf(await parted.create(bytes.length))
    const id = path.slice(7)
    if (first > 0) expect((await parted.patch(path, 0, bytes.slice(0, first))).status).toBe(204)
    let taken = false
    const { accountId } = account
    const takeOver = async () => {
      await expire(id)
      const offset = (await store.uploads.find(id, accountId))?.offset ?? 0
      const asked = { id, accountId, offset, length: null }
      taken = (await store.uploads.claim(asked, 'another', Date.now())).claimed
    }
    const real = PARTED.CAPTURES as R2Bucket
    const late = tusOf(account, meanwhile(real, nothing, takeOver))
    await expectProblem(await late.patch(path, first, bytes.slice(first)), 409, 'upload-in-use')
    expect(taken).toBe(true)
    expect(await rowOf(id)).toMatchObject({ state: 'uploading', size: bytes.length })
    await store.uploads.release(id, 'another')
    const offset = offsetOf(await parted.head(path))
    if (offset < bytes.length) expect((await parted.patch(path, offset, bytes.slice(offset))).status).toBe(204)
    expect(await bytesOf(path)).toEqual(bytes)
  })

  it('does not take away what another has made a capture', async () => {
    const path = pathOf(await parted.create(SIZE))
    const others = CAPTURE.with(100, 1)
    const overtake = async () => {
      await expire(path.slice(7))
      await parted.patch(path, 0, others)
    }
    const late = tusOf(account, meanwhile(PARTED.CAPTURES as R2Bucket, overtake, nothing))
    await expectProblem(await late.patch(path, 0, CAPTURE), 409, 'upload-in-use')
    expect(await bytesOf(path)).toEqual(others)
  })
})

async function sumOf(accountId: number): Promise<number> {
  const rows = await database.select().from(captures).where(eq(captures.accountId, accountId))
  return rows.reduce((sum, row) => sum + row.size + (row.keylogSize ?? 0), 0)
}

/** What the protocol text asks of a server, by section, in its order; and the test that holds it. */
const CONFORMANCE: [section: string, sentence: string, test: string][] = [
  ['Core Protocol', 'Upload-Offset, Upload-Length: the value MUST be a non-negative integer', 'sizes are non-negative integers, in what comes and in what goes'],
  ['Tus-Version', 'MUST be a comma-separated list, sorted by preference', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['Tus-Resumable', 'MUST be included in every response except for OPTIONS', 'Tus-Resumable is in every answer'],
  ['Tus-Resumable', 'another version: MUST respond 412, MUST include Tus-Version, MUST NOT process', 'another version is 412 with Tus-Version, and is not processed'],
  ['Tus-Extension', 'MUST be a comma-separated list of the extensions supported', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['Tus-Max-Size', 'MUST be a non-negative integer; SHOULD be set if there is a hard limit', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['X-HTTP-Method-Override', 'MUST be interpreted as the method; the actual one MUST be ignored', 'X-HTTP-Method-Override is the method'],
  ['HEAD', 'MUST always include Upload-Offset; MUST include Upload-Length if known', 'HEAD tells the offset, also where it is 0 or the upload is done, and the length'],
  ['HEAD', 'not found: SHOULD return 404, 410 or 403 without Upload-Offset', 'what is not there is 404 without an offset, also where it is somebody else’s'],
  ['HEAD', 'MUST prevent caching by Cache-Control: no-store', 'HEAD is not cached'],
  ['PATCH', 'SHOULD accept PATCH and apply the bytes at the offset', 'PATCH applies bytes at the offset, answers 204 and the sum as the new offset'],
  ['PATCH', 'another Content-Type: SHOULD return 415', 'PATCH of another Content-Type is 415'],
  ['PATCH', 'offsets do not match: MUST respond 409 without modifying the resource', 'PATCH at another offset is 409 and changes nothing'],
  ['PATCH', 'offsets do not match, at once', 'of two PATCHes at once one wins and the other is 409'],
  ['PATCH', 'MUST acknowledge with 204, MUST include the new Upload-Offset, MUST be the sum', 'PATCH applies bytes at the offset, answers 204 and the sum as the new offset'],
  ['PATCH', 'non-existent resource: SHOULD return 404', 'what is not there is 404 without an offset, also where it is somebody else’s'],
  ['PATCH', 'network errors SHOULD be handled predictably; a timeout SHOULD close', 'a sender who is silent for too long is let go, and what came is kept'],
  ['PATCH', 'SHOULD always attempt to store as much of the received data as possible', 'of a PATCH that breaks off, what came is kept'],
  ['OPTIONS', '204 or 200 MUST contain Tus-Version; Tus-Resumable MUST be ignored', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['Creation', 'SHOULD implement; MUST add `creation`', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['Upload-Defer-Length', 'the value MUST be 1; any other should be 400', 'a creation says its length, or that it is deferred'],
  ['Upload-Defer-Length', 'not deferred: MUST be omitted; as long as it is: MUST be set in HEAD; once set MUST NOT be changed', 'a length that is deferred is said to be, then told once and not changed'],
  ['Upload-Metadata', 'MUST consist of key-value pairs; keys MUST be unique, not empty; values MUST be Base64', 'metadata that is not a list of keys and base64 is 400'],
  ['Upload-Metadata', 'SHOULD be validated before it is used as a header', 'metadata that is not a list of keys and base64 is 400'],
  ['POST', 'MUST include Upload-Length or Upload-Defer-Length', 'a creation says its length, or that it is deferred'],
  ['POST', 'responses to HEAD MUST include Upload-Metadata as specified by the client', 'metadata comes back as it was sent, and names, tags and comments the capture'],
  ['POST', 'the length exceeds the maximum: MUST respond 413', 'a length above the maximum is 413'],
  ['POST', 'MUST acknowledge with 201 and MUST set Location', 'a creation is 201 with a Location'],
  ['Creation With Upload', 'SHOULD accept as many bytes as possible; MUST include Upload-Offset after them', 'a creation may bring bytes, and tells the offset after them'],
  ['Expiration', 'Upload-Expires MUST be in every PATCH response and in the POST’s; MUST be in RFC 7231 format', 'Upload-Expires is in answers to POST and PATCH, in the format of RFC 7231, and moves'],
  ['Expiration', 'removed: SHOULD respond 404 or 410, the latter if it keeps track', 'one that has expired is 410, and 404 once it is gone, with its quota'],
  ['Checksum', 'MUST verify; 460: the chunk MUST be discarded and the offset MUST NOT be updated', 'sha1 and sha256 are verified; a mismatch is 460, its bytes are dropped and the offset stays'],
  ['Checksum', '400 for an unknown algorithm: discarded, not updated', 'an unknown algorithm, or what is no digest, is 400 and changes nothing'],
  ['Checksum', 'MUST support at least sha1', 'the protocol’s own example verifies'],
  ['Checksum', 'Tus-Checksum-Algorithm MUST be in the response to OPTIONS, a comma-separated list', 'OPTIONS needs neither key nor version, and tells versions, extensions, algorithms and the largest size'],
  ['Termination', 'SHOULD free resources, MUST respond 204; later SHOULD respond 404 or 410', 'DELETE is 204, frees what was held, and after it all is 404'],
  ['Concatenation', 'supported: MUST add `concatenation`; it is not', 'is not announced, and refused'],
] // biome-ignore format: a table

describe('a part that is surely coming whole', () => {
  const PART = 4096
  /** Parts of which R2 was sent a stream, and what becomes of those calls. */
  const watched = (part: (put: () => Promise<R2UploadedPart>) => Promise<R2UploadedPart>) => {
    const flowing: number[] = []
    const over = (multipart: R2MultipartUpload) =>
      ({
        ...multipart,
        complete: multipart.complete,
        abort: multipart.abort,
        async uploadPart(number: number, value: Uint8Array | ReadableStream) {
          if (!(value instanceof ReadableStream)) return multipart.uploadPart(number, value)
          flowing.push(number)
          return part(() => multipart.uploadPart(number, value))
        },
      }) as R2MultipartUpload
    const { bucket } = smallParts(bindings.CAPTURES)
    const resume = bucket.resumeMultipartUpload
    const CAPTURES = new Proxy(bucket, {
      get: (real, name) => {
        if (name === 'createMultipartUpload')
          return async (key: string, options?: R2MultipartOptions) =>
            over(await real.createMultipartUpload(key, options))
        if (name === 'resumeMultipartUpload') return (key: string, uploadId: string) => over(resume(key, uploadId))
        return Reflect.get(real, name)
      },
    })
    const env: Partial<Env> = { ...SMALL_PARTS, CAPTURES, UPLOAD_IDLE_SECONDS: '1', BINDING_DEADLINE_SECONDS: '1' }
    return { flowing, tus: tusOf(account, env) }
  }
  const whole = LARGE.slice(0, 3 * PART + 100)
  /** Send the rest from an offset on, in drops. */
  const drops = (to: Tus, path: string, from: number, sent = whole.length - from) =>
    to.patch(path, from, wireBody(whole.slice(from), sent < whole.length - from ? 'reset' : 'whole', sent, 300), {
      'Content-Length': String(whole.length - from),
    })

  it('goes to R2 as it comes, and only it', async () => {
    const { flowing, tus: to } = watched((put) => put())
    const path = pathOf(await to.create(whole.length))
    expect((await drops(to, path, 0)).headers.get('x-capture-id')).toBeTruthy()
    expect(flowing).toEqual([1, 2, 3])
    expect(await bytesOf(path)).toEqual(whole)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('planted'))],
    ['is not read by R2', () => new Promise<never>(() => {})],
    [
      'loses its answer',
      (put: () => Promise<R2UploadedPart>) => put().then(() => Promise.reject(new Error('planted'))),
    ],
  ])('and that %s is put from memory', { timeout: 60_000 }, async (_, becomes) => {
    const { flowing, tus: to } = watched(becomes)
    const path = pathOf(await to.create(whole.length))
    expect((await drops(to, path, 0)).headers.get('x-capture-id')).toBeTruthy()
    expect(flowing).toEqual([1, 2, 3])
    expect(await bytesOf(path)).toEqual(whole)
  })

  it('and does not, is kept as far as it came', async () => {
    const { flowing, tus: to } = watched((put) => put())
    const path = pathOf(await to.create(whole.length))
    const sent = PART + 2700
    expect((await drops(to, path, 0, sent)).status).toBe(400)
    expect(flowing).toEqual([1, 2])
    expect(offsetOf(await to.head(path))).toBe(sent)
    expect((await drops(to, path, sent)).headers.get('x-capture-id')).toBeTruthy()
    expect(await bytesOf(path)).toEqual(whole)
  })
})

describe('parts', () => {
  /** Keys that were put, but for those of parts. */
  const counting = () => {
    const puts: string[] = []
    const { bucket } = smallParts(bindings.CAPTURES)
    const CAPTURES = new Proxy(bucket, {
      get(real, name) {
        if (name !== 'put') return Reflect.get(real, name)
        return (key: string, ...more: unknown[]) => {
          puts.push(key)
          return (real.put as (...asked: unknown[]) => Promise<R2Object>)(key, ...more)
        }
      },
    })
    return { tails: () => puts.filter((key) => key.includes('/tail-')).length, bucket: CAPTURES }
  }
  /** Send all of it in pieces of these lengths, the last of them again and again. */
  async function send(to: Tus, path: string, sizes: number[], bytes = LARGE): Promise<void> {
    for (let offset = 0, at = 0; offset < bytes.length; at++) {
      const piece = bytes.slice(offset, offset + (sizes[Math.min(at, sizes.length - 1)] ?? 0))
      const answer = await to.patch(path, offset, piece, { 'Content-Length': String(piece.length) })
      offset += piece.length
      expect([answer.status, offsetOf(answer)]).toEqual([204, offset])
    }
  }

  it.each([
    ['of one length that is a part', [5000], 0],
    ['of one length that is three parts', [15_000], 0],
    ['of one length that is no number of parts', [13_001], 3],
    ['of which the first is too short for a part', [1000, 4096], 10],
    ['of any length after the first', [5000, 5000, 1, 4999, 12_000], 3],
  ])('fit pieces %s', async (_, sizes, tails) => {
    const counted = counting()
    const to = tusOf(account, { ...PARTED, CAPTURES: counted.bucket })
    const path = pathOf(await to.create(LARGE.length))
    await send(to, path, sizes)
    expect(counted.tails()).toBe(tails)
    expect(await bytesOf(path)).toEqual(LARGE)
  })

  it('are as long as the piece that moves the offset first wants them', async () => {
    const path = pathOf(await parted.create(LARGE.length))
    const wrong = { 'Content-Length': '5000', 'Upload-Checksum': checksum('sha1', LARGE) }
    await expectProblem(await parted.patch(path, 0, LARGE.slice(0, 5000), wrong), 460, 'checksum-mismatch')
    await send(parted, path, [4500])
    const [row] = await database
      .select()
      .from(uploads)
      .where(eq(uploads.id, path.slice(7)))
    expect(row?.partSize).toBe(4500)
    expect(await bytesOf(path)).toEqual(LARGE)
  })
})

describe('pieces that trickle', () => {
  const MIB = 1024 ** 2
  const SLOW: Partial<Env> = { UPLOAD_SLOW_SECONDS: '0.1' }
  /** Write some lengths of it, with a pause after each; the rest at once. */
  async function trickled(writable: WritableStream, bytes: Uint8Array, steps: number[]): Promise<void> {
    const writer = writable.getWriter()
    let at = 0
    for (const step of [...steps, bytes.length]) {
      await writer.write(bytes.slice(at, at + step))
      at += step
      await scheduler.wait(130)
    }
    await writer.close()
  }
  const STEPS = [400_000, 20_000, 20_000, 20_000, 90_000, 20_000, 20_000, 700_000, 30_000, 2_000_000, 5_000_000]

  it.each([
    ['a whole upload', 0],
    ['what follows a tail', 3 * MIB],
    ['what follows a short tail', 1000],
  ])('are put together in order, and leave nothing else: %s', { timeout: 60_000 }, async (_, first) => {
    const mine = await makeAccount()
    const to = tusOf(mine, SLOW)
    const whole = largeCapture(12 * MIB)
    const path = pathOf(await to.create(whole.length))
    if (first > 0) expect((await to.patch(path, 0, whole.slice(0, first))).status).toBe(204)
    const { readable, writable } = new IdentityTransformStream()
    const asked = to.patch(path, first, readable)
    await trickled(writable, whole.slice(first), STEPS)
    const id = (await asked).headers.get('x-capture-id')
    expect(id).toBe(path.slice(7))
    const back = await to.asked('GET', `/api/v1/${mine.token}/download/${id}`, {})
    expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(whole))).toBe(true)
    const { objects } = await bindings.CAPTURES.list({ prefix: `summaries/${mine.accountId}/${id}/tail-` })
    expect(objects).toEqual([])
  })

  it('reach R2 by no try that was given up', { timeout: 60_000 }, async () => {
    const mine = await makeAccount()
    const late: ReadableStream[] = []
    const CAPTURES = new Proxy(bindings.CAPTURES, {
      get(real, name) {
        const member = Reflect.get(real, name) as unknown
        if (name !== 'put') return typeof member === 'function' ? member.bind(real) : member
        return (key: string, value: Uint8Array | ReadableStream, options?: R2PutOptions) => {
          if (!(value instanceof ReadableStream) || late.length > 0) return real.put(key, value, options)
          late.push(value)
          return new Promise<never>(() => {})
        }
      },
    })
    const to = tusOf(mine, { ...SLOW, CAPTURES, BINDING_DEADLINE_SECONDS: '1' })
    const whole = largeCapture(MIB)
    const path = pathOf(await to.create(whole.length))
    const { readable, writable } = new IdentityTransformStream()
    const asked = to.patch(path, 0, readable)
    await trickled(writable, whole.slice(0, 400_000), [30_000, 30_000, 300_000])
    expect([(await asked).status, offsetOf(await to.head(path))]).toEqual([204, 400_000])
    expect(late).toHaveLength(1)
    await expect(new Response(late[0]).bytes()).rejects.toThrow()
  })

  it('leave no piece where their checksum is wrong', { timeout: 60_000 }, async () => {
    const mine = await makeAccount()
    const to = tusOf(mine, SLOW)
    const whole = largeCapture(MIB)
    const path = pathOf(await to.create(whole.length))
    const { readable, writable } = new IdentityTransformStream()
    const asked = to.patch(path, 0, readable, { 'Upload-Checksum': checksum('sha1', CAPTURE) })
    await trickled(writable, whole, [30_000, 30_000, 300_000, 20_000])
    await expectProblem(await asked, 460, 'checksum-mismatch')
    expect(offsetOf(await to.head(path))).toBe(0)
    expect((await bindings.CAPTURES.list({ prefix: `summaries/${mine.accountId}/` })).objects).toEqual([])
  })

  it('keep nobody out: twenty of them, and a fast upload', { timeout: 60_000 }, async () => {
    const [many, one] = [await makeAccount(), await makeAccount()]
    const slow = largeCapture(MIB).slice(0, 90_000)
    let over = false
    const trickling = Array.from({ length: 20 }, async () => {
      const to = tusOf(many, SLOW)
      const path = pathOf(await to.create(slow.length))
      const { readable, writable } = new IdentityTransformStream()
      const asked = to.patch(path, 0, readable)
      const writer = writable.getWriter()
      for (let at = 0; at < slow.length - 1; at += 22_000) {
        await writer.write(slow.slice(at, Math.min(at + 22_000, slow.length - 1)))
        await scheduler.wait(50)
      }
      while (!over) await scheduler.wait(20)
      await writer.write(slow.slice(-1))
      await writer.close()
      return (await asked).headers.get('x-capture-id') === path.slice(7)
    })
    await scheduler.wait(500)
    const to = tusOf(one)
    const whole = largeCapture(20 * MIB)
    const path = pathOf(await to.create(whole.length))
    expect((await to.patch(path, 0, whole)).headers.get('x-capture-id')).toBe(path.slice(7))
    over = true
    expect(new Set(await Promise.all(trickling))).toEqual(new Set([true]))
  })
})

describe('conformance', () => {
  it.each(CONFORMANCE)('%s: %s', (_, __, test) => {
    expect([...names]).toContain(test)
  })
})

afterAll(() => console.log(`tus 1.0.0: ${CONFORMANCE.length} sentences, ${names.size} tests`))

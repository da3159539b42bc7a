/** CloudShark's methods besides upload, and what is refused. */

import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { accounts, captures, type Fetch } from '../../src/store/schema.ts'
import { pcapHeader, utf8 } from '../support/captures.ts'
import { database, makeAccount, makeToken, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import {
  CAPTURE,
  CAPTURE_FACTS,
  expectRefusal,
  filePart,
  form,
  holdingsOf,
  infoOf,
  NO_ID,
  NOTHING,
  put,
  streamOf,
} from '../support/uploads.ts'

let account: TestAccount
let base: string
beforeAll(async () => {
  account = await makeAccount()
  base = `/api/v1/${account.token}`
})

const KEYS = [
  ...['id', 'filename', 'file_type', 'encapsulation', 'size', 'data_size', 'num_packets', 'duration', 'start_time'],
  ...['end_time', 'avg_packet_size', 'avg_packet_rate', 'data_byte_rate', 'data_bit_rate', 'truncated', 'comments'],
  ...['tag_list', 'user', 'group', 'group_write?', 'public?', 'created_at', 'last_accessed', 'viewcount'],
  ...['file_source', 'sha1_hash', 'disable_autodelete'],
]
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/

describe('info', () => {
  it('has every fact, in its order and type, once the capture is parsed', async () => {
    const id = await put(account, '?filename=x.cap&additional_tags=a,b&comments=hello')
    await parsed(id)
    const answer = await request(`${base}/info/${id}`)
    const info = (await answer.json()) as Record<string, unknown>
    expect(Object.keys(info)).toEqual(KEYS)
    const [owner] = await database.select().from(accounts).where(eq(accounts.id, account.accountId))
    // figures: capinfos of this very file, and by hand
    expect(info).toEqual({
      id,
      filename: 'x.cap',
      file_type: 'pcap',
      encapsulation: 'ether',
      size: 216,
      data_size: 1560,
      num_packets: 2,
      duration: '2.500000',
      start_time: '2023-11-14T22:13:20+00:00',
      end_time: '2023-11-14T22:13:22+00:00',
      avg_packet_size: '780.00',
      avg_packet_rate: '0.80',
      data_byte_rate: '624.00',
      data_bit_rate: '4992.00',
      truncated: 'No',
      comments: 'hello',
      tag_list: 'a,b',
      user: owner?.name,
      group: '',
      'group_write?': false,
      'public?': false,
      created_at: expect.stringMatching(TIME),
      last_accessed: expect.stringMatching(TIME),
      viewcount: 0,
      file_source: 'upload',
      sha1_hash: CAPTURE_FACTS.sha1,
      disable_autodelete: false,
    })
    expect(Date.now() - Date.parse(String(info.created_at))).toBeLessThan(60_000)
  })

  it('has what is known, and null for the rest, while the capture is processing', async () => {
    const answer = await direct(
      `${base}/upload?filename=x.cap&additional_tags=a`,
      { method: 'PUT', body: CAPTURE },
      {
        PARSE: keptQueue().queue,
      },
    )
    const { id } = (await answer.json()) as { id: string }
    expect((await rowOf(id))?.state).toBe('stored')
    const info = await infoOf(account, id)
    expect(Object.keys(info)).toEqual(KEYS)
    const unknown = Object.keys(info).filter((key) => info[key] === null)
    expect(unknown).toEqual([
      ...['file_type', 'encapsulation', 'data_size', 'num_packets', 'duration', 'start_time', 'end_time'],
      ...['avg_packet_size', 'avg_packet_rate', 'data_byte_rate', 'data_bit_rate', 'truncated', 'sha1_hash'],
    ])
    expect(info).toMatchObject({ id, filename: 'x.cap', size: 216, tag_list: 'a', comments: '', viewcount: 0 })
    expect(info.created_at).toMatch(TIME)
  })

  it('keeps its nulls for a capture from which nothing could be read, but knows its hash', async () => {
    const id = await put(account, '', { body: utf8('surely nothing that reads as packets, nor as anything else') })
    expect((await parsed(id)).state).toBe('error')
    const info = await infoOf(account, id)
    expect(info).toMatchObject({ file_type: null, num_packets: null, truncated: null, size: 58 })
    expect(info.sha1_hash).toMatch(/^[0-9a-f]{40}$/)
  })

  it('says "Yes" of a capture that is cut off inside a packet, and counts what comes before', async () => {
    const id = await put(account, '', { body: CAPTURE.subarray(0, 200) })
    expect((await parsed(id)).state).toBe('ok')
    expect(await infoOf(account, id)).toMatchObject({ truncated: 'Yes', num_packets: 1, data_size: 60, size: 200 })
  })

  it('knows a capture without packets', async () => {
    const id = await put(account, '', { body: pcapHeader() })
    expect((await parsed(id)).state).toBe('ok')
    const info = await infoOf(account, id)
    expect(info).toMatchObject({ num_packets: 0, data_size: 0, start_time: null, end_time: null, truncated: 'No' })
    for (const rate of ['avg_packet_size', 'avg_packet_rate', 'data_byte_rate', 'data_bit_rate', 'duration'])
      expect(info[rate]).toEqual(expect.any(String))
  })

  it('says how a capture came', async () => {
    const id = await put(account)
    const sourceOf = async (change: Partial<typeof captures.$inferInsert>) => {
      await database.update(captures).set(change).where(eq(captures.id, id))
      return (await infoOf(account, id)).file_source
    }
    const fetch = { host: 'files.example' } as Fetch
    expect(await sourceOf({ keep: false })).toBe('upload')
    expect(await sourceOf({ fetch })).toBe('url')
    expect(await sourceOf({ fetch: null, make: { tokenHash: '', kind: 'merge', of: [], dropDuplicates: false } })).toBe(
      'merge',
    )
    expect(
      await sourceOf({ make: { tokenHash: '', kind: 'slice', of: [id], selection: { numbers: { from: 1, to: 1 } } } }),
    ).toBe('slice')
    expect(await sourceOf({ make: null, keep: true })).toBe('upload')
    expect(await infoOf(account, id)).toMatchObject({ disable_autodelete: true })
  })

  it('counts every view of the page, and no other request', async () => {
    const id = await put(account)
    await parsed(id)
    const before = await infoOf(account, id)
    expect(before).toMatchObject({ viewcount: 0, last_accessed: before.created_at })
    await database.update(captures).set({ createdAt: 0 }).where(eq(captures.id, id))
    await Promise.all(Array.from({ length: 20 }, () => direct(`/captures/${id}`)))
    await direct(`/captures/${id}`, { method: 'HEAD' })
    await direct(`/captures/${id}/download`)
    await direct(`${base}/download/${id}`)
    const after = await infoOf(account, id)
    expect(after).toMatchObject({ viewcount: 20, created_at: '1970-01-01T00:00:00+00:00' })
    expect(Date.now() - Date.parse(String(after.last_accessed))).toBeLessThan(60_000)
  })

  it('takes a trailing slash, and HEAD', async () => {
    const id = await put(account)
    expect((await request(`${base}/info/${id}/`)).status).toBe(200)
    const head = await request(`${base}/info/${id}`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([NO_ID, 'x', "'", '%00', 'a'.repeat(300)])('answers 404 for the id %j', async (id) => {
    await expectRefusal(await request(`${base}/info/${id}`), 404, 'There is no such capture.')
  })
})

describe('delete', () => {
  it.each([
    ['POST …/delete/<id>', (id: string) => request(`${base}/delete/${id}`, { method: 'POST' })],
    ['POST …/delete/<id>/', (id: string) => request(`${base}/delete/${id}/`, { method: 'POST' })],
    [
      'POST …/delete with JSON',
      (id: string) => request(`${base}/delete`, { method: 'POST', body: JSON.stringify({ id }) }),
    ],
    [
      'POST …/delete/ with JSON, so called',
      (id: string) =>
        request(`${base}/delete/`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ id }),
        }),
    ],
    [
      'POST …/delete with a urlencoded body',
      (id: string) => request(`${base}/delete`, { method: 'POST', body: new URLSearchParams({ id }) }),
    ],
  ] as const)('by %s takes away row, bytes and quota', async (_, remove) => {
    const mine = await makeAccount()
    const own = base
    base = `/api/v1/${mine.token}`
    try {
      const id = await put(mine)
      await parsed(id)
      const answer = await remove(id)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe(`{"id":"${id}","message":"Capture deleted successfully.","status":200}`)
      expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
      await expectRefusal(await remove(id), 404, 'There is no such capture.')
      await expectRefusal(await request(`${base}/info/${id}`), 404, 'There is no such capture.')
      await expectRefusal(await request(`${base}/download/${id}`), 404, 'There is no such capture.')
    } finally {
      base = own
    }
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{"id":'],
    ['an id that is no text', '{"id":7}'],
    ['JSON null', 'null'],
    ['another key', '{"capture":"x"}'],
    ['more than 64 KiB', `{"id":"${'x'.repeat(70_000)}"}`],
  ])('refuses a body of %s with 400', async (_, body) => {
    await expectRefusal(await request(`${base}/delete`, { method: 'POST', body }), 400, /delete/)
  })

  it('reads no endless body', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) })
    await expectRefusal(await request(`${base}/delete`, { method: 'POST', body: endless }), 400, /too long/)
  })

  it('is not done by GET', async () => {
    const id = await put(account)
    const answer = await request(`${base}/delete/${id}`)
    expect(answer.headers.get('allow')).toBe('POST')
    await expectRefusal(answer, 405, /method/)
    expect(await infoOf(account, id)).toMatchObject({ id })
  })
})

describe('what later issues bring', () => {
  it.each([
    ['url in the query', '?url=http://a.example/x', { method: 'POST' }],
    ['url in a form', '', form([{ name: 'url', body: 'http://a.example/x' }])],
    ['url in an urlencoded body', '', { method: 'POST', body: new URLSearchParams({ url: 'http://a.example/x' }) }],
  ])('an upload with %s is 501 where that is off, and nothing is kept', async (_, query, init) => {
    const mine = await makeAccount()
    await expectRefusal(
      await direct(`/api/v1/${mine.token}/upload${query}`, init, { FETCH: 'off' }),
      501,
      /off on this server/,
    )
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
    const { token } = await makeToken(mine.accountId, { may: ['read'] })
    await expectRefusal(await request(`/api/v1/${token}/upload${query}`, init), 403, /permission/)
    const stranger = await request(`/api/v1/${NO_ID.replaceAll('-', '')}/upload${query}`, init)
    await expectRefusal(stranger, 404, 'API Token is missing or invalid')
  })

  it('keylog with PUT is refused for good, with 400', async () => {
    await expectRefusal(await request(`${base}/upload?keylog=x`, { method: 'PUT', body: CAPTURE }), 400, /keylog/)
  })
})

describe('a token’s tags and visibility', () => {
  it.each([
    ['PUT', '', () => ({ method: 'PUT', body: CAPTURE })],
    ['PUT of unknown length', '', () => ({ method: 'PUT', body: streamOf(CAPTURE) })],
    ['POST', '', () => form([filePart(), { name: 'additional_tags', body: 'a,noc' }])],
    ['POST of a URL', '?url=http://a.example/x', () => ({ method: 'POST' })],
  ] as [string, string, () => RequestInit][])('are given by %s', async (_, query, made) => {
    const plain = await makeAccount({ defaultVisibility: 'private' })
    const { token } = await makeToken(plain.accountId, { defaultTags: ['noc', 'edge'], defaultVisibility: 'unlisted' })
    const tagged = query === '' ? '?additional_tags=a,noc' : `${query}&additional_tags=a,noc`
    const queue = keptQueue().queue
    const ids = []
    for (const by of [token, plain.token]) {
      const answer = await direct(`/api/v1/${by}/upload${tagged}`, made(), { PARSE: queue })
      expect(answer.status).toBe(200)
      ids.push(((await answer.json()) as { id: string }).id)
    }
    expect(await rowOf(ids[0] ?? '')).toMatchObject({ tags: ['noc', 'edge', 'a'], visibility: 'unlisted' })
    expect(await rowOf(ids[1] ?? '')).toMatchObject({ tags: ['a', 'noc'], visibility: 'private' })
  })
})

describe('a method that an address does not take', () => {
  it.each([
    ['GET', 'upload', 'POST, PUT'],
    ['DELETE', 'upload/x.cap', 'POST, PUT'],
    ['POST', `info/${NO_ID}`, 'GET, HEAD'],
    ['PUT', `download/${NO_ID}`, 'GET, HEAD'],
    ['DELETE', `delete/${NO_ID}`, 'POST'],
    ['PATCH', `annotations/${NO_ID}`, 'GET, HEAD, POST'],
    ['DELETE', 'search', 'GET, HEAD, POST'],
    ['GET', 'merge', 'POST'],
  ])('%s …/%s is 405, and says what it takes', async (method, path, allow) => {
    const answer = await request(`${base}/${path}`, { method })
    expect(answer.headers.get('allow')).toBe(allow) // RFC 9110 §15.5.6
    await expectRefusal(answer, 405, /method/)
  })

  it.each(['', '/', '/nothing', '/uploads', '/captures/x', '/info', '/info/a/b', '/download/', '/search/x'])(
    'an address that is none, …%s, is 404',
    async (path) => {
      await expectRefusal(await request(`${base}${path}`), 404, 'There is nothing at this address.')
    },
  )
})

describe('a body that is no capture', () => {
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0)
  const tar = new Uint8Array(1024)
  tar.set(utf8('file.pcap'))
  tar.set(utf8('ustar'), 257)
  it.each([
    ['empty', new Uint8Array(0), /is empty/],
    ['HTML', utf8('<!DOCTYPE html><html><body>Log in</body></html>'), /an HTML page/],
    ['HTML after blanks', utf8('\r\n  <html lang="en">'), /an HTML page/],
    ['JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46), /a JPEG image/],
    ['PNG', png, /a PNG image/],
    ['ZIP', utf8('PK\x03\x04\x14\0\0\0\x08\0'), /a ZIP archive.*Unpack/],
    ['PDF', utf8('%PDF-1.7\n'), /a PDF document/],
    ['JSON', utf8('{"error":"no"}'), /JSON/],
    ['tar', tar, /a tar archive/],
    ['key log', utf8('CLIENT_RANDOM 00 00\n'), /a TLS key log/],
  ] as const)('%s is 415 by name, by each way, and nothing is kept', async (_, body, words) => {
    const mine = await makeAccount()
    const path = `/api/v1/${mine.token}/upload`
    const answers = [
      await request(path, { method: 'PUT', body }),
      await request(path, { method: 'PUT', body: streamOf(body) }),
      await request(path, form([filePart({ body })])),
    ]
    for (const answer of answers) await expectRefusal(answer, 415, words)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it.each([
    ['raw bytes', { body: CAPTURE }],
    [
      'raw bytes as curl --data-binary sends them',
      { body: CAPTURE, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    ['nothing', {}],
    ['JSON', { body: '{}', headers: { 'Content-Type': 'application/json' } }],
  ] as const)('a POST of %s is no form: 415', async (_, init) => {
    await expectRefusal(await request(`${base}/upload`, { method: 'POST', ...init }), 415, /multipart\/form-data/)
  })

  it.each(['br', 'zstd', 'deflate, gzip', 'gzip, gzip', 'x-unknown'])(
    'a Content-Encoding of %s is 415',
    async (encoding) => {
      for (const init of [{ method: 'PUT', body: CAPTURE }, form([filePart()])]) {
        const headers = { ...('headers' in init ? init.headers : {}), 'Content-Encoding': encoding }
        await expectRefusal(await request(`${base}/upload`, { ...init, headers }), 415, /Content-Encoding/)
      }
    },
  )

  it('a Content-Encoding of identity is none', async () => {
    await put(account, '', { headers: { 'Content-Encoding': 'identity' } })
  })

  it('bytes that nobody knows are taken in, and end as an error', async () => {
    const id = await put(account, '', { body: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })
    const row = await parsed(id)
    expect(row.state).toBe('error')
    expect(row.failure?.message).toMatch(/\w/)
  })
})

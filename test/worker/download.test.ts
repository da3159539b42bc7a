/** The bytes come back as they went in: whole, in ranges, or not at all where the caller has them. RFC 9110 §13, §14. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { CAPTURE, CAPTURE_FACTS, digestField, put } from '../support/uploads.ts'

let account: TestAccount
let path: string
let etag: string
let modified: string
beforeAll(async () => {
  account = await makeAccount()
  const id = await put(account, '?filename=x.cap')
  await parsed(id)
  path = `/api/v1/${account.token}/download/${id}`
  const head = await request(path, { method: 'HEAD' })
  etag = head.headers.get('etag') ?? ''
  modified = head.headers.get('last-modified') ?? ''
})
const get = (headers: Record<string, string> = {}, method = 'GET') => request(path, { method, headers })
const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer())

describe('the whole', () => {
  it.each(['', '/'])('comes with its length, name, tag and digest%s', async (slash) => {
    const answer = await request(`${path}${slash}`)
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '216',
      'content-disposition': 'attachment; filename=x.cap',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[^"]+"$/),
      'repr-digest': digestField(CAPTURE_FACTS.sha256),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    })
    expect(await bytesOf(answer)).toEqual(CAPTURE)
  })

  it('is described by HEAD, without a body, ranges ignored', async () => {
    for (const headers of [{}, { Range: 'bytes=0-3' }, { Range: 'bytes=999-' }] as Record<string, string>[]) {
      const answer = await get(headers, 'HEAD')
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-length')).toBe('216')
      expect(answer.headers.get('content-range')).toBeNull()
      expect((await bytesOf(answer)).length).toBe(0)
    }
  })

  it('can be had while the capture is still to be parsed', async () => {
    const id = await put(account)
    expect(await bytesOf(await request(`/api/v1/${account.token}/download/${id}`))).toEqual(CAPTURE)
    await parsed(id)
    expect((await rowOf(id))?.sha256).toBe(CAPTURE_FACTS.sha256)
  })
})

describe('a range', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=0-23', 0, 24],
    ['bytes=24-', 24, 216],
    ['bytes=-16', 200, 216],
    ['bytes=-9999', 0, 216],
    ['bytes=200-9999', 200, 216],
    ['bytes=215-215', 215, 216],
    ['Bytes=0-3', 0, 4],
  ])('%s', async (range, from, to) => {
    const answer = await get({ Range: range })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/216`)
    expect(answer.headers.get('content-length')).toBe(String(to - from))
    expect(answer.headers.get('etag')).toBe(etag)
    expect(await bytesOf(answer)).toEqual(CAPTURE.subarray(from, to))
  })

  it.each(['bytes=216-', 'bytes=500-600', 'bytes=-0', 'bytes=99999999999999999999-'])('%s is 416', async (range) => {
    const answer = await get({ Range: range })
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe('bytes */216')
  })

  it.each(['bytes=0-1,4-5', 'bytes=5-4', 'bytes=a-b', 'bytes=-', 'lines=0-1', 'bytes', ''])(
    '%s is passed over: the whole comes',
    async (range) => {
      const answer = await get({ Range: range })
      expect(answer.status).toBe(200)
      expect(await bytesOf(answer)).toEqual(CAPTURE)
    },
  )
})

describe('conditions', () => {
  it.each([
    ['the tag', () => etag],
    ['the tag, weak', () => `W/${etag}`],
    ['a list with it', () => `"a", ${etag} , "b"`],
    ['any', () => '*'],
  ] as [string, () => string][])('If-None-Match of %s is 304 without a body', async (_, value) => {
    for (const more of [{}, { Range: 'bytes=0-3' }] as Record<string, string>[]) {
      const answer = await get({ 'If-None-Match': value(), ...more })
      expect(answer.status).toBe(304)
      expect(answer.headers.get('etag')).toBe(etag)
      expect((await bytesOf(answer)).length).toBe(0)
    }
  })

  it('If-None-Match of another tag gives the whole', async () => {
    const answer = await get({ 'If-None-Match': '"another", "tag"' })
    expect([answer.status, (await bytesOf(answer)).length]).toEqual([200, 216])
  })

  it.each([
    ['the tag', () => etag, 206],
    ['the date', () => modified, 206],
    ['the tag, weak', () => `W/${etag}`, 200], // RFC 9110 §13.1.5 wants a strong comparison
    ['another tag', () => '"another"', 200],
    ['another date', () => 'Sat, 01 Jan 2000 00:00:00 GMT', 200],
  ] as [string, () => string, number][])('If-Range of %s', async (_, value, status) => {
    const answer = await get({ 'If-Range': value(), Range: 'bytes=0-3' })
    expect(answer.status).toBe(status)
    expect((await bytesOf(answer)).length).toBe(status === 206 ? 4 : 216)
  })
})

/** The bytes come back as they went in: whole, in ranges, or not at all where the caller has them. RFC 9110 §13, §14. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { CAPTURE, CAPTURE_FACTS, digestField, expectRefusal, put } from '../support/uploads.ts'

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
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
function rfc850(date: string): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) \d\d(\d\d) (\S+) GMT$/.exec(date) ?? []
  return `${DAYS[new Date(date).getUTCDay()]}, ${day}-${month}-${year} ${time} GMT`
}
function asctime(date: string): string {
  const [, name, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(date) ?? []
  return `${name} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`
}
const OLD = 'Sat, 01 Jan 2000 00:00:00 GMT'
const LATE = 'Fri, 01 Jan 2100 00:00:00 GMT'
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
    expect(answer.headers.get('content-disposition')).toBeNull()
    await expectRefusal(answer, 416, /outside the capture/)
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
    ['a later date', () => 'Fri, 01 Jan 2100 00:00:00 GMT', 200], // §13.1.5: that very date
    ['the date, as RFC 850 has it', () => rfc850(modified), 206], // §5.6.7: all three forms are read
    ['the date, as asctime has it', () => asctime(modified), 206],
    ['any', () => '*', 200], // §13.1.5 knows no such thing
    ['nonsense', () => 'yesterday', 200],
    ['a list', () => `${etag}, "b"`, 200],
  ] as [string, () => string, number][])('If-Range of %s', async (_, value, status) => {
    const answer = await get({ 'If-Range': value(), Range: 'bytes=0-3' })
    expect(answer.status).toBe(status)
    expect((await bytesOf(answer)).length).toBe(status === 206 ? 4 : 216)
  })

  // In the order of RFC 9110 §13.2.2
  it.each([
    ['If-Modified-Since, the date', () => ({ 'If-Modified-Since': modified }), 304],
    ['If-Modified-Since, the date as asctime has it', () => ({ 'If-Modified-Since': asctime(modified) }), 304],
    ['If-Modified-Since, later', () => ({ 'If-Modified-Since': LATE }), 304],
    ['If-Modified-Since, earlier', () => ({ 'If-Modified-Since': OLD }), 200],
    ['If-Modified-Since, nonsense', () => ({ 'If-Modified-Since': '2100' }), 200],
    ['If-None-Match of another before If-Modified-Since', () => ({ 'If-None-Match': '"x"', 'If-Modified-Since': LATE }), 200], // biome-ignore format: a row
    ['If-None-Match of a list of no tags', () => ({ 'If-None-Match': 'x, y' }), 200],
    ['If-Match', () => ({ 'If-Match': etag }), 200],
    ['If-Match, in a list', () => ({ 'If-Match': `"a,b", ${etag}` }), 200],
    ['If-Match, any', () => ({ 'If-Match': '*' }), 200],
    ['If-Match, weak', () => ({ 'If-Match': `W/${etag}` }), 412],
    ['If-Match of another', () => ({ 'If-Match': '"x"', Range: 'bytes=0-3' }), 412],
    ['If-Match before If-Unmodified-Since', () => ({ 'If-Match': etag, 'If-Unmodified-Since': OLD }), 200],
    ['If-Unmodified-Since, the date', () => ({ 'If-Unmodified-Since': modified }), 200],
    ['If-Unmodified-Since, earlier', () => ({ 'If-Unmodified-Since': OLD }), 412],
    ['If-Unmodified-Since, nonsense', () => ({ 'If-Unmodified-Since': 'x' }), 200],
    ['If-Match and If-None-Match', () => ({ 'If-Match': etag, 'If-None-Match': etag }), 304],
  ] as [string, () => Record<string, string>, number][])('%s', async (_, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await get(headers(), method)
      expect(answer.status).toBe(status)
      if (status === 304) expect(answer.headers.get('content-disposition')).toBeNull()
      if (status === 412 && method === 'GET') await expectRefusal(answer, 412, /If-Match/)
      else expect((await bytesOf(answer)).length).toBe(status === 200 && method === 'GET' ? 216 : 0)
    }
  })
})

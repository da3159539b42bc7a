/** `/view?url=…`: asks first, then makes a capture each time, for whoever has a key. */
import { beforeEach, describe, expect, it } from 'vitest'
import { makeAccount, makeToken, ORIGIN, rowOf, type TestAccount } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import { form, holdingsOf, NOTHING } from '../support/uploads.ts'

const URL_ = 'http://user:secret@files.example/a.pcap?x=1&y="<2>'
const QUERY = `?${new URLSearchParams({ url: URL_ })}`

let account: TestAccount
beforeEach(async () => {
  account = await makeAccount()
})
const view = (query: string, init: RequestInit = {}, headers: Record<string, string> = account.bearer) =>
  direct(
    `/view${query}`,
    { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } },
    {
      PARSE: keptQueue().queue,
    },
  )

async function expectPage(answer: Response, status: number, words: RegExp): Promise<string> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(text.replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '')).toMatch(words)
  return text
}

describe('GET', () => {
  it('asks, by a page without script that goes back to the same address, and makes nothing', async () => {
    for (const method of ['GET', 'HEAD']) expect((await view(QUERY, { method })).status).toBe(200)
    const text = await expectPage(await view(QUERY), 200, /Fetch this capture/)
    expect(text).not.toContain('<script')
    expect(text).toContain('<form method="post" action="/view">')
    expect(text).toContain(
      '<input type="hidden" name="url" value="http://user:secret@files.example/a.pcap?x=1&amp;y=&quot;&lt;2&gt;"/>',
    )
    expect(text.replace(/value="[^"]*"/, '')).not.toContain('secret') // it is shown without
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('says to strangers what to do, as 401', async () => {
    const answer = await view(QUERY, {}, {})
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="pcaport"')
    await expectPage(answer, 401, /Authorization: Bearer/)
    await expectPage(await view(QUERY, {}, { Authorization: `Bearer ${'0'.repeat(32)}` }), 401, /unknown/)
    await expectPage(await view(QUERY, { method: 'POST' }, {}), 401, /Authorization: Bearer/)
  })

  it.each([
    ['no URL', '', 400, /Say what to view/],
    ['what is none', '?url=x', 400, /whole http or https URL/],
    ['a private address', '?url=http://192.168.0.1/', 403, /not a public one/],
    ['another scheme', '?url=javascript:alert(1)', 403, /Only http/],
  ])('refuses %s with a page', async (_, query, status, words) => {
    await expectPage(await view(query), status, words)
    await expectPage(await view(query, { method: 'POST' }), status, words)
  })

  it('refuses a key that may not upload', async () => {
    const reader = await makeToken(account.accountId, { may: ['read'] })
    for (const method of ['GET', 'POST'])
      await expectPage(await view(QUERY, { method }, reader.bearer), 403, /permission to upload/)
  })
})

describe('POST', () => {
  it.each([
    ['the query', QUERY, { method: 'POST' }],
    ['an urlencoded form', '', { method: 'POST', body: new URLSearchParams({ url: URL_ }) }],
    ['a form', '', form([{ name: 'url', body: URL_ }])],
  ] as [string, string, RequestInit][])('makes a new capture of the URL of %s each time', async (_, query, init) => {
    const ids = []
    for (const headers of [{}, { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, { Origin: ORIGIN }]) {
      const answer = await view(query, init, { ...account.bearer, ...headers } as Record<string, string>)
      expect(answer.status).toBe(303)
      const location = answer.headers.get('location') ?? ''
      expect(location).toMatch(new RegExp(`^${ORIGIN}/captures/`))
      ids.push(location.slice(-36))
    }
    expect(new Set(ids).size).toBe(3)
    expect(await rowOf(ids[0] ?? '')).toMatchObject({ filename: 'a.pcap', state: 'uploading', visibility: 'unlisted' })
  })

  it.each([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `${ORIGIN}.evil.example` },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Origin: ORIGIN },
    { 'Sec-Fetch-Site': 'none' },
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' },
  ])('from elsewhere is refused: %j', async (headers) => {
    const all = { ...account.bearer, ...headers } as Record<string, string>
    await expectPage(await view(QUERY, { method: 'POST' }, all), 403, /a page of another site/)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is 405', async (method) => {
    const answer = await view(QUERY, { method })
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
    await expectPage(answer, 405, /for reading/)
  })
})

/** CloudShark's `open`: the same URL gives the same capture again. docs/adr/0017. */
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { consumeFetches } from '../../src/ingest/fetch-consumer.ts'
import { accounts, captures, openedUrls } from '../../src/store/schema.ts'
import {
  bindings,
  database,
  makeAccount,
  makeToken,
  ORIGIN,
  request,
  rowOf,
  type TestAccount,
} from '../support/gateway.ts'
import { deliver, direct, keptQueue, metered } from '../support/metering.ts'
import { type Server, serverOf, worldOf } from '../support/net.ts'
import { CAPTURE, expectRefusal, form, holdingsOf, infoOf, NOTHING } from '../support/uploads.ts'

const URL_ = 'http://files.example/caps/trace%20one.pcap?sig=a+b'

let account: TestAccount
let queue: ReturnType<typeof keptQueue>
beforeEach(async () => {
  account = await makeAccount()
  queue = keptQueue()
})

const open = (query: string, init: RequestInit = {}, token = account.token, change = {}) =>
  direct(`/api/v1/${token}/open${query}`, init, { PARSE: queue.queue, FETCHES: queue.queue, ...change })
const asked = (url: string) => `?${new URLSearchParams({ url })}`

/** The id of the capture that an answer leads to. */
function led(answer: Response): string {
  expect(answer.status).toBe(302)
  const location = answer.headers.get('location') ?? ''
  expect(location).toMatch(new RegExp(`^${ORIGIN}/captures/[0-9a-f-]{36}$`))
  return location.slice(-36)
}

/** Fetch and parse what waits. */
async function work(server: Server = serverOf(CAPTURE)) {
  const net = worldOf({ 'files.example': server })
  while (queue.jobs.length > 0) {
    const jobs = queue.jobs.splice(0)
    const change = { PARSE: queue.queue, FETCHES: queue.queue }
    await deliver(jobs, { change, handle: (batch, store, at) => consumeFetches(batch, store, net, at) })
    await deliver(
      jobs.filter((job) => !('kind' in job)),
      { change },
    )
  }
  return net.requests
}

describe('open', () => {
  it('fetches a URL once, with its options, and leads to that capture ever after', async () => {
    const first = await open(`${asked(URL_)}&additional_tags=a,b&comments=hello`)
    const id = led(first)
    expect(await first.text()).toBe('')
    expect(first.headers.get('x-capture-id')).toBe(id)
    expect(led(await open(asked(URL_)))).toBe(id) // before it was fetched
    expect(await work()).toHaveLength(1)
    for (const again of [asked(URL_), `${asked(URL_)}&additional_tags=c`, asked(`${URL_}#part`)])
      expect(led(await open(again))).toBe(id)
    expect(await work()).toHaveLength(0)
    expect(await infoOf(account, id)).toMatchObject({
      filename: 'trace one.pcap',
      tag_list: 'a,b',
      comments: 'hello',
      num_packets: 2,
      file_source: 'url',
    })
    expect((await holdingsOf(account.accountId)).rows).toBe(1)
  })

  it.each([
    ['a query', asked(URL_), { method: 'POST' }],
    ['a query and an empty body', asked(URL_), { method: 'POST', body: '' }],
    ['an urlencoded form', '', { method: 'POST', body: new URLSearchParams({ url: URL_ }) }],
    ['a form', '', form([{ name: 'url', body: URL_ }])],
    ['a form, so called in its query, too', asked('http://files.example/other'), form([{ name: 'url', body: URL_ }])],
    ['a trailing slash', `/${asked(URL_)}`, {}],
  ] as [string, string, RequestInit][])('takes the URL of %s, and it is the same', async (_, query, init) => {
    const id = led(await open(asked(URL_)))
    expect(led(await open(query, init))).toBe(id)
  })

  it('takes credentials in a URL that is not encoded, as the vendor’s page has it', async () => {
    const id = led(await open('?url=http://username:password@files.example/caps/myfile.cap'))
    const [sent] = await work()
    expect(sent?.headers.get('authorization')).toBe(`Basic ${btoa('username:password')}`)
    expect((await rowOf(id))?.filename).toBe('myfile.cap')
    expect(led(await open(asked('http://files.example/caps/myfile.cap')))).not.toBe(id)
  })

  it('makes one capture of forty that ask at once, through real bindings', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => request(`/api/v1/${account.token}/open${asked(URL_)}`)),
    )
    expect(new Set(answers.map(led)).size).toBe(1)
    expect((await holdingsOf(account.accountId)).rows).toBe(1)
  })

  it('tells accounts apart', async () => {
    const other = await makeAccount()
    expect(led(await open(asked(URL_), {}, other.token))).not.toBe(led(await open(asked(URL_))))
  })

  it('fetches anew what was deleted, and forgets the URL with the capture', async () => {
    const id = led(await open(asked(URL_)))
    await work()
    await direct(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
    expect(await database.select().from(openedUrls).where(eq(openedUrls.accountId, account.accountId))).toEqual([])
    const next = led(await open(asked(URL_)))
    expect(next).not.toBe(id)
    expect(await work()).toHaveLength(1)
  })

  it('fetches anew what is on its way out', async () => {
    const id = led(await open(asked(URL_)))
    await database.update(captures).set({ state: 'doomed' }).where(eq(captures.id, id))
    expect(led(await open(asked(URL_)))).not.toBe(id)
  })

  it('fetches anew what has failed, and the failed one can be deleted without harm', async () => {
    const id = led(await open(asked(URL_)))
    await work(() => new Response(null, { status: 404 }))
    expect((await rowOf(id))?.state).toBe('error')
    const next = led(await open(asked(URL_)))
    expect(next).not.toBe(id)
    await work()
    await direct(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect(led(await open(asked(URL_)))).toBe(next)
  })

  it('gives a new capture the tags and the visibility of its token, else of its account', async () => {
    const locked = await makeToken(account.accountId, { defaultVisibility: 'private', defaultTags: ['noc'] })
    const id = led(await open(`${asked(URL_)}&additional_tags=a`, {}, locked.token))
    expect(await rowOf(id)).toMatchObject({ visibility: 'private', tags: ['noc', 'a'] })
    expect((await direct(`/captures/${id}`)).status).toBe(404) // who follows the link needs the key
    expect((await direct(`/captures/${id}`, { headers: account.bearer })).status).toBe(200)

    const unlisted = led(await open(asked('http://files.example/2')))
    expect((await direct(`/captures/${unlisted}`)).status).toBe(200)
    await database.update(accounts).set({ defaultVisibility: 'private' }).where(eq(accounts.id, account.accountId))
    expect((await rowOf(led(await open(asked('http://files.example/3')))))?.visibility).toBe('private')
  })
})

describe('open refuses', () => {
  it('to make without `upload`, to lead without `read`', async () => {
    const reader = await makeToken(account.accountId, { may: ['read', 'delete'] })
    const writer = await makeToken(account.accountId, { may: ['upload'] })
    await expectRefusal(await open(asked(URL_), {}, reader.token), 403, /permission to upload/)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
    const id = led(await open(asked(URL_), {}, writer.token))
    await expectRefusal(await open(asked(URL_), {}, writer.token), 403, /permission to read/)
    expect(led(await open(asked(URL_), {}, reader.token))).toBe(id)
  })

  it.each([
    ['no URL', '', 400, /\?url=/],
    ['an empty one', '?url=', 400, /\?url=/],
    ['what is none', '?url=files.example', 400, /whole http or https URL/],
    ['one that is too long', `?url=http://a.example/${'x'.repeat(5000)}`, 400, /longer than 4096/],
    ['a private address', '?url=http://10.0.0.1/', 403, /not a public one/],
    ['its own host', `?url=${ORIGIN}/api/v1/x/download/y`, 403, /from itself/],
    ['another scheme', '?url=file:///etc/passwd', 403, /Only http/],
    ['a tag that is too long', `?url=http://a.example/&additional_tags=${'x'.repeat(101)}`, 400, /longer than 100/],
  ])('%s', async (_, query, status, words) => {
    await expectRefusal(await open(query), status, words)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('a full account, an unknown token, and where uploading by URL is off', async () => {
    const full = await makeAccount({ filesLimit: 0 })
    await expectRefusal(await open(asked(URL_), {}, full.token), 403, /as many captures/)
    await expectRefusal(await open(asked(URL_), {}, '0'.repeat(32)), 404, 'API Token is missing or invalid')
    await expectRefusal(await open(asked(URL_), {}, account.token, { FETCH: 'off' }), 501, /off on this server/)
  })

  it('to make anything for HEAD, which is led to what there is', async () => {
    expect((await open(asked(URL_), { method: 'HEAD' })).status).toBe(404)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
    const id = led(await open(asked(URL_)))
    expect(led(await open(asked(URL_), { method: 'HEAD' }))).toBe(id)
  })
})

describe('of a URL', () => {
  it('nothing but a keyed digest is kept in the table', async () => {
    led(await open(asked('http://user:correct-horse@files.example/x?sig=correct-horse')))
    const rows = await database.select().from(openedUrls).where(eq(openedUrls.accountId, account.accountId))
    expect(rows).toEqual([
      expect.objectContaining({ accountId: account.accountId, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ])
    expect(JSON.stringify(rows)).not.toContain('correct-horse')
  })

  it('the first opening writes 5 rows, each one after that none, and reads 3', async () => {
    const first = metered(bindings.DB)
    led(await open(asked(URL_), {}, account.token, { DB: first.db }))
    expect(first.meter.rowsWritten, first.meter.statements.join('\n')).toBeLessThanOrEqual(5)
    const again = metered(bindings.DB)
    led(await open(asked(URL_), {}, account.token, { DB: again.db }))
    expect(again.meter.rowsWritten).toBe(0)
    expect(again.meter.rowsRead, again.meter.statements.join('\n')).toBeLessThanOrEqual(3)
  })
})

/** `/my`: somebody's own captures, found, sorted and handled many at once, through the Worker's own door. */
import { beforeAll, describe, expect, it } from 'vitest'
import { captures } from '../../src/store/schema.ts'
import {
  bindings,
  database,
  makeAccount,
  ORIGIN,
  parsed,
  request,
  rowOf,
  signedIn,
  type TestAccount,
} from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { CAPTURE, put } from '../support/uploads.ts'

type Browser = Awaited<ReturnType<typeof signedIn>>
type Row = typeof captures.$inferInsert

let made = 0
/** A capture that is parsed, straight in the table. @returns its id */
async function seed({ accountId }: TestAccount, row: Partial<Row> = {}): Promise<string> {
  const id = crypto.randomUUID()
  const createdAt = Date.now() - 1000 * ++made
  await database.insert(captures).values({
    id,
    accountId,
    state: 'ok',
    filename: `${made}.pcap`,
    size: 100,
    visibility: 'unlisted',
    tags: [],
    comments: '',
    objectKey: `k${made}`,
    createdAt,
    ...row, // biome-ignore format: one row
  })
  return id
}

const FACTS = { fileType: 'pcap', encapsulation: 'ether', dataSize: 1, firstTime: null, lastTime: null, duration: null, averagePacketSize: '', packetRate: '', byteRate: '', bitRate: '', truncated: false } // biome-ignore format: facts that do not matter

async function look({ looks }: Browser, query = ''): Promise<{ status: number; html: string }> {
  const answer = await request(`/my${query}`, { headers: looks })
  return { status: answer.status, html: await answer.text() }
}

/** The ids of a page's table, in order. */
const idsIn = (html: string) => [...html.matchAll(/<tr data-id="([^"]+)"/g)].map(([, id]) => id)
const linkIn = (html: string, rel: string) =>
  new RegExp(`href="/my([^"]*)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&')

function act({ acts }: Browser, fields: [string, string][], path = '/my', headers: Record<string, string> = {}) {
  return request(path, { method: 'POST', headers: { ...acts, ...headers }, body: new URLSearchParams(fields) })
}
const ids = (...all: string[]) => all.map((id): [string, string] => ['ids', id])
const ledTo = (answer: Response) => {
  expect(answer.status).toBe(303)
  return new URL(answer.headers.get('location') ?? '', ORIGIN).searchParams
}

let account: TestAccount
let browser: Browser
beforeAll(async () => {
  account = await makeAccount()
  browser = await signedIn(account.accountId)
})

it('leads strangers to the sign-in, and back', async () => {
  const answer = await request('/my?q=dns')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?next=%2Fmy%3Fq%3Ddns'])
})

it('teaches the line that sends the first capture, with this host', async () => {
  const { html } = await look(await signedIn((await makeAccount()).accountId))
  expect(html.replace(/<[^>]+>/g, '')).toContain(`curl -T traffic.pcapng ${ORIGIN}/api/v1/$TOKEN/upload`)
  const { html: without } = await look(await signedIn((await makeAccount({ apiAllowed: false })).accountId))
  expect(without).not.toContain('curl')
})

it('shows what is somebody’s own, and nothing of another’s', async () => {
  const other = await makeAccount()
  const [own, foreign] = [await seed(account), await seed(other, { filename: 'of-another.pcap' })]
  const { html } = await look(browser)
  expect(idsIn(html)).toContain(own)
  expect(html).not.toContain(foreign)
  expect(html).not.toContain('of-another')
})

it('shows names, tags and failures as text, whatever they hold', async () => {
  const hostile = await makeAccount()
  const attack = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
  await seed(hostile, {
    filename: attack,
    tags: [attack, "'); drop"],
    comments: attack,
    state: 'error',
    failure: { kind: 'x', message: attack, at: 0 },
  })
  const { html } = await look(
    await signedIn(hostile.accountId),
    `?q=${encodeURIComponent(`"${attack.replaceAll('"', '\\"')}"`)}`,
  )
  const { html: list } = await look(await signedIn(hostile.accountId))
  for (const page of [html, list]) {
    expect(page).not.toContain('<img')
    expect(page.match(/<script/g)).toHaveLength(3) // its own, and two islands
  }
  expect(list).toContain('&lt;img src=x')
})

describe('what is found', () => {
  it('is asked in the language of the API, the last word being how one begins', async () => {
    const mine = await makeAccount()
    const at = await signedIn(mine.accountId)
    const id = await put(mine, '?filename=router-west.pcap&additional_tags=lab')
    await parsed(id)
    for (const query of ['router', 'rout', 'tag:lab', 'name:west', 'size:<1MB status:ok'])
      await expect
        .poll(async () => idsIn((await look(at, `?q=${encodeURIComponent(query)}`)).html), { message: query })
        .toEqual([id])
    expect(idsIn((await look(at, '?q=-tag%3Alab')).html)).toEqual([])
  })

  it('or says beside the field why it cannot be read, and keeps what was typed', async () => {
    const { status, html } = await look(browser, '?q=port%3A70000')
    expect(status).toBe(400)
    expect(html).toContain('The query could not be read at character 5: a port is 0 to 65535.')
    expect(html).toMatch(/value="port:70000"[^>]*aria-invalid="true"/)
    expect(idsIn(html)).toEqual([])
  })

  it('says which protocols are in it, without those that carry them', async () => {
    const mine = await makeAccount()
    const id = await put(mine)
    await parsed(id)
    const { html } = await look(await signedIn(mine.accountId))
    expect(html).toContain('class="protocols"')
  })
})

describe('pages', () => {
  let mine: TestAccount
  let at: Browser
  const all: string[] = []
  beforeAll(async () => {
    mine = await makeAccount()
    at = await signedIn(mine.accountId)
    for (let n = 0; n < 120; n++)
      all.push(
        await seed(mine, {
          filename: `${119 - n}.pcap`,
          size: (n * 7919) % 1000,
          facts: n % 3 ? { ...FACTS, packets: n } : null,
        }),
      )
  }, 60_000)

  it('are newest first, each capture on one of them', async () => {
    const seen: (string | undefined)[] = []
    for (let query: string | undefined = ''; query !== undefined; ) {
      const { html } = await look(at, query)
      seen.push(...idsIn(html))
      query = linkIn(html, 'next')
    }
    expect(seen).toEqual(all)
  })

  it('are sorted over all that was found', async () => {
    const seen: (string | undefined)[] = []
    for (let query: string | undefined = '?sort=name'; query !== undefined; ) {
      const { html } = await look(at, query)
      seen.push(...idsIn(html))
      query = linkIn(html, 'next')
    }
    expect(seen).toEqual([...all].reverse()) // 2.pcap before 10.pcap
    const { html } = await look(at, '?sort=-size')
    const largest = all.map((id, n) => ({ id, size: (n * 7919) % 1000 })).sort((a, b) => b.size - a.size)
    expect(idsIn(html)).toEqual(largest.slice(0, 50).map(({ id }) => id))
    expect(html).toMatch(/aria-sort="descending"><a class="sort"[^>]*>Size/)
    const { html: packets } = await look(at, '?sort=packets&page=3')
    expect(idsIn(packets).at(-1)).toBe(all.filter((_, n) => n % 3 === 0).at(-1)) // what has none stands last
  })

  it.each(['?sort=wrong', '?sort=name&page=0', '?cursor=wrong', '?page=999', `?q=${'x'.repeat(2000)}`])(
    'of an address that nobody made (%#) do no harm',
    async (query) => {
      expect([200, 400]).toContain((await look(at, query)).status)
    },
  )
})

describe('many at once', () => {
  it('are tagged, and lose tags', async () => {
    const some = [await seed(account, { tags: ['old'] }), await seed(account)]
    const led = ledTo(
      await act(browser, [...ids(...some), ['action', 'tag'], ['tags', 'lab, dns'], ['back', '?q=x&sort=name']]),
    )
    expect(Object.fromEntries(led)).toEqual({ q: 'x', sort: 'name', what: 'tagged', done: '2' })
    expect((await rowOf(some[0] as string))?.tags).toEqual(['old', 'lab', 'dns'])
    await act(browser, [...ids(...some), ['action', 'untag'], ['tags', 'old,lab']])
    expect((await rowOf(some[0] as string))?.tags).toEqual(['dns'])
    const full = await seed(account, { tags: Array.from({ length: 64 }, (_, n) => `t${n}`) })
    expect(ledTo(await act(browser, [...ids(full), ['action', 'tag'], ['tags', 'one more']])).get('full')).toBe('1')
    expect((await rowOf(full))?.tags).toHaveLength(64)
  })

  it('become private, and unlisted', async () => {
    const some = [await seed(account), await seed(account)]
    for (const visibility of ['private', 'unlisted'] as const) {
      expect(ledTo(await act(browser, [...ids(...some), ['action', visibility]])).get('done')).toBe('2')
      for (const id of some) expect((await rowOf(id))?.visibility).toBe(visibility)
    }
  })

  it('are deleted, and come back', async () => {
    const some = [await seed(account), await seed(account)]
    const led = ledTo(await act(browser, [...ids(...some), ['action', 'delete']]))
    expect([led.get('done'), led.get('undo')?.split('.').sort()]).toEqual(['2', [...some].sort()])
    for (const id of some) {
      const own = await request(`/captures/${id}`, { headers: browser.looks }) // its owner hears until when it can be had back
      expect([own.status, await own.text()]).toEqual([200, expect.stringContaining('You can have it back until')])
      expect((await request(`/captures/${id}`)).status).toBe(404)
      expect((await request(`/api/v2/captures/${id}`, { headers: browser.looks })).status).toBe(404)
    }
    const { html } = await look(browser, `?${led}`)
    expect(html).toContain('2 captures were deleted.')
    expect(idsIn(html)).not.toContain(some[0])
    expect(idsIn((await look(browser, '?deleted')).html).sort()).toEqual([...some].sort())
    const undone = ledTo(await act(browser, [...ids(...some), ['action', 'restore']]))
    expect(Object.fromEntries(undone)).toMatchObject({ what: 'restored', done: '2' })
    expect(idsIn((await look(browser)).html)).toEqual(expect.arrayContaining(some))
    expect(idsIn((await look(browser, '?deleted')).html)).toEqual([])
  })

  it('of another account stay as they are, and are said to be absent', async () => {
    const other = await makeAccount()
    const foreign = await seed(other)
    const before = await rowOf(foreign)
    const own = await seed(account)
    for (const [action, more] of [
      ['tag', [['tags', 'x']]],
      ['untag', [['tags', 'x']]],
      ['private', []],
      ['unlisted', []],
      ['delete', []],
      ['restore', []],
    ] as [string, [string, string][]][]) {
      const led = ledTo(await act(browser, [...ids(foreign), ['action', action], ...more]))
      expect([led.get('missed'), led.get('done'), led.get('undo')], action).toEqual(['1', null, null])
    }
    expect(await rowOf(foreign)).toEqual(before)
    const both = ledTo(await act(browser, [...ids(own, foreign), ['action', 'delete']]))
    expect([both.get('done'), both.get('missed'), both.get('undo')]).toEqual(['1', '1', own])
    expect((await act(browser, ids(foreign), '/my/download')).status).toBe(404)
    await act(await signedIn(other.accountId), [...ids(foreign), ['action', 'delete']])
    const { html } = await look(browser, `?what=deleted&done=1&undo=${foreign}`)
    expect(html).not.toContain('class="undo"')
    expect(ledTo(await act(browser, [...ids(foreign), ['action', 'restore']])).get('missed')).toBe('1')
    expect((await rowOf(foreign))?.state).toBe('trashed')
    expect(idsIn((await look(browser, '?deleted')).html)).not.toContain(foreign)
  })

  it('do nothing for a page of another site, or of nobody', async () => {
    const id = await seed(account)
    const before = await rowOf(id)
    const body = new URLSearchParams([...ids(id), ['action', 'delete']])
    const others: Record<string, string>[] = [
      {},
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' },
      { 'Sec-Fetch-Site': 'same-site', Origin: 'http://evil.pcaport.test' },
      { Origin: 'null' },
    ]
    for (const path of ['/my', '/my/download'])
      for (const headers of others)
        expect((await request(path, { method: 'POST', headers: { ...browser.looks, ...headers }, body })).status).toBe(
          403,
        )
    expect(
      (await request('/my', { method: 'POST', headers: { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN }, body }))
        .status,
    ).toBe(401)
    expect(await rowOf(id)).toEqual(before)
  })

  it('are at most a hundred', async () => {
    const id = await seed(account)
    const many = Array.from({ length: 100 }, () => crypto.randomUUID())
    expect(ledTo(await act(browser, [...ids(id, ...many), ['action', 'delete']])).get('said')).toBe('many')
    expect((await rowOf(id))?.state).toBe('ok')
    expect(ledTo(await act(browser, [['action', 'delete']])).get('said')).toBe('none')
    expect((await act(browser, [...ids(id), ['action', 'tag'], ['tags', 'x'.repeat(70_000)]])).status).toBe(413)
    expect((await act(browser, [...ids(id), ['action', 'tag'], ['tags', 'x'.repeat(101)]])).status).toBe(400)
    expect((await act(browser, [...ids(id), ['action', 'format']])).status).toBe(400)
  })

  it('are downloaded together, up to a size that is said', async () => {
    const mine = await makeAccount()
    const at = await signedIn(mine.accountId)
    const some = [await put(mine, '?filename=a.pcap'), await put(mine, '?filename=A.pcap')]
    const answer = await act(at, ids(...some), '/my/download')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip'])
    const zip = new Uint8Array(await answer.arrayBuffer())
    expect(answer.headers.get('content-length')).toBe(String(zip.length))
    const text = new TextDecoder('latin1').decode(zip)
    expect(text.split(new TextDecoder('latin1').decode(CAPTURE)).length - 1).toBe(2) // stored as they are
    expect(text).toContain('A (2).pcap')
    expect((await act(at, ids(some[0] as string), '/my/download')).headers.get('location')).toBe(
      `/captures/${some[0]}/download`,
    )
    const large = [await seed(mine, { size: 5 * 1024 ** 3 }), await seed(mine)]
    const said = ledTo(await act(at, ids(...large), '/my/download')).get('said')
    expect(said).toBe('large')
    expect((await look(at, `?said=${said}`)).html).toContain('at most 5 GiB')
  })

  it('break off where one is gone meanwhile: nobody takes it for whole', async () => {
    const mine = await makeAccount()
    const some = [await put(mine), await put(mine)]
    const row = await rowOf(some[1] as string)
    await bindings.CAPTURES.delete(row?.objectKey ?? '')
    const answer = await act(await signedIn(mine.accountId), ids(...some), '/my/download')
    await expect(answer.arrayBuffer()).rejects.toThrow()
  })
})

describe.each([300, 3000])('with %i captures', (many) => {
  let at: Browser
  beforeAll(async () => {
    const { accountId } = await makeAccount({ filesLimit: 10_000 })
    at = await signedIn(accountId)
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO captures (id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at)
       SELECT printf('%08x-0000-4000-8000-%012x', i, ?2), ?2, 'ok', i || '.cap', i, 'private', '[]', '', 'k' || i, i FROM n`,
    )
      .bind(many, accountId)
      .run()
  })

  async function costOf(query: string) {
    const { db, meter } = metered(bindings.DB)
    const search = metered(bindings.SEARCH)
    const answer = await direct(`/my${query}`, { headers: at.looks }, { DB: db, SEARCH: search.db })
    expect(answer.status).toBe(200)
    return { ...meter, search: search.meter, html: await answer.text() }
  }

  it('a page reads two rows for each that it shows, and what the session takes', async () => {
    const { rowsRead, rowsWritten, statements, search, html } = await costOf('')
    expect(idsIn(html)).toHaveLength(50)
    expect(rowsRead, statements.join('\n')).toBeLessThanOrEqual(2 * 51 + 4)
    expect(rowsWritten).toBe(0)
    expect(search.rowsRead, search.statements.join('\n')).toBeLessThanOrEqual(110)
  })

  it('a sorted page reads two for each of 500 at most, and says so', async () => {
    const { rowsRead, statements, html } = await costOf('?sort=-size')
    expect(rowsRead, statements.join('\n')).toBeLessThanOrEqual(2 * 501 + 4)
    expect(html.includes('Only the newest 500')).toBe(many > 500)
  })

  it('what was deleted reads nothing of what was not', async () => {
    expect((await costOf('?deleted')).rowsRead).toBeLessThanOrEqual(10)
  })
})

/** What a capture's page says of its traffic and takes away of it, and the long tables behind that. */
import { beforeAll, describe, expect, it } from 'vitest'
import { manyConversations } from '../support/conversations.ts'
import { bindings, makeAccount, parsed, request, type TestAccount } from '../support/gateway.ts'
import { postPrivate, put } from '../support/uploads.ts'

/** More than the 1,000 rows that the summary's JSON lists. */
const MANY = 1500

let account: TestAccount
let id: string
beforeAll(async () => {
  account = await makeAccount()
  const answer = await request(`/api/v1/${account.token}/upload?filename=many.pcap`, {
    method: 'PUT',
    body: manyConversations(MANY),
  })
  id = ((await answer.json()) as { id: string }).id
  expect((await parsed(id)).state).toBe('ok')
})

/** As `manyConversations` makes them: the i-th by number. */
const addressOf = (i: number) => `10.0.${i >> 8}.${i & 255}`
const bytesOf = (i: number) => 54 + (i % 1000) + 54

interface Row {
  a: string
  aPort: number
  bytesAToB: number
  bytesBToA: number
  start: number
  stream: number
}
interface Page {
  rows: Row[]
  matched: number
  kept: number
  listed: number
  others: { rows: number; packets: number }
  next: string | null
}
const api = async (query: string) =>
  (await (await request(`/api/v2/captures/${id}/${query}`, { headers: account.bearer })).json()) as Page
const page = async (query: string) => (await request(`/captures/${id}${query}`)).text()
const table = async (file: string) => request(`/captures/${id}/tables/${file}`)

/** Rows of the table of a page without script: their first cells. */
const firstCells = (html: string) => [...html.matchAll(/<th scope="row">(?:<a[^>]*>)?([^<]*)/g)].map(([, text]) => text)

describe('a table of more rows than a summary lists', () => {
  it('is paged to its end, each row once', async () => {
    const seen: Row[] = []
    let cursor: string | null = ''
    do {
      const some: Page = await api(`conversations?limit=400${cursor && `&cursor=${cursor}`}`)
      expect([some.matched, some.kept, some.others.rows, some.others.packets]).toEqual([MANY, MANY, 0, 0])
      seen.push(...some.rows)
      cursor = some.next
    } while (cursor !== null)
    expect(seen.map(({ stream }) => stream).sort((a, b) => a - b)).toEqual(Array.from({ length: MANY }, (_, i) => i))
    for (const row of seen) {
      expect([row.a, row.aPort]).toEqual([addressOf(row.stream), 1024 + row.stream])
      expect(row.bytesAToB + row.bytesBToA).toBe(bytesOf(row.stream))
      expect(row.start).toBeCloseTo(row.stream / 1000, 9)
    }
    const sums = seen.map((row) => row.bytesAToB + row.bytesBToA)
    expect(sums).toEqual([...sums].sort((a, b) => b - a))
  })

  it('is sorted as a whole, not only what the summary lists', async () => {
    const last = await api('conversations?sort=-start&limit=2')
    expect(last.rows.map(({ stream }) => stream)).toEqual([MANY - 1, MANY - 2])
    const least = await api('conversations?sort=bytes&limit=2')
    expect(least.rows.map(({ a }) => a)).toEqual([addressOf(0), addressOf(1000)]) // equal ones in the order of the table
  })

  it('is searched as a whole', async () => {
    // Conversation 1003 is among the ones with fewest bytes.
    const found = await api(`conversations?address=${addressOf(1003)}`)
    expect([found.matched, found.rows[0]?.stream]).toEqual([1, 1003])
    const ends = await api(`endpoints?table=ipv4&address=${addressOf(1003)}`)
    expect(ends.matched).toBe(1)
    const servers = await api('endpoints?port=443&limit=100')
    expect(servers.matched).toBe(16)
  })

  it('of a capture that was read before there were any has the rows that its summary lists, and counts the others', async () => {
    const { objects } = await bindings.CAPTURES.list({ prefix: 'summaries/' })
    const key = objects.find((one) => one.key.includes(id) && one.key.endsWith('.tables.json'))?.key ?? ''
    const stored = await (await bindings.CAPTURES.get(key))?.text()
    const { long, ...older } = JSON.parse(stored ?? '')
    expect(long).toHaveLength(4) // TCP's and IPv4's; Ethernet has one row
    await bindings.CAPTURES.put(key, JSON.stringify(older))
    try {
      expect(await api('conversations?limit=1')).toMatchObject({ matched: 1000, kept: MANY, others: { rows: 500 } })
      expect(await page('?tab=conversations')).toContain('500 more rows')
    } finally {
      await bindings.CAPTURES.put(key, stored ?? '')
    }
  })
})

describe('the page', () => {
  it('has a tab for each thing, by its address', async () => {
    for (const [tab, shown] of [
      ['', 'Traffic over time'],
      ['?tab=facts', 'Hashes of the file'],
      ['?tab=protocols', 'Protocol hierarchy'],
      ['?tab=conversations', '10.0.3.231:2023'],
      ['?tab=endpoints&table=ipv4', '192.0.2.7'],
      ['?tab=map', 'Graph of 24 addresses'],
      ['?tab=health', 'Packet lengths'],
      ['?tab=names', 'No names were found'],
      ['?tab=nothing', 'Traffic over time'],
    ] as const) {
      const answer = await request(`/captures/${id}${tab}`)
      expect(answer.status).toBe(200)
      expect(await answer.text(), tab).toContain(shown)
    }
  })

  it('turns, sorts and filters its tables without a script', async () => {
    const last = await page('?tab=conversations&sort=start&from=1400')
    expect(firstCells(last)).toEqual(Array.from({ length: 100 }, (_, i) => `${addressOf(1400 + i)}:${2424 + i}`))
    expect(last).toContain('1,401 to 1,500 of 1,500')
    for (const [filter, wanted] of [
      ['2027', [1003]],
      [addressOf(1003), [1003]],
      [`${addressOf(1003)}:2027`, [1003]],
      [`${addressOf(1003)} 443`, [1003]],
      [`${addressOf(1003)} 444`, []],
    ] as const)
      expect(firstCells(await page(`?tab=conversations&filter=${filter}`)), filter).toEqual(
        wanted.map((i) => `${addressOf(i)}:${1024 + i}`),
      )
  })

  it('leads to packets by display filters', async () => {
    const html = await page('?tab=conversations&filter=2027')
    expect(html).toContain(`href="/captures/${id}/packets?filter=tcp.stream%20eq%201003"`)
  })

  it('has a span of time to take away', async () => {
    const html = await page('?from=0.5&to=0.75')
    expect(html).toContain(`/captures/${id}/slice?from=1700000000.500000000&amp;to=1700000000.750000000`)
    const slice = await request(`/captures/${id}/slice?from=1700000000.500000000&to=1700000000.750000000`)
    const wanted = await request(`/api/v2/captures/${id}/slice?from=1700000000.500000000&to=1700000000.750000000`, {
      headers: account.bearer,
    })
    expect(slice.headers.get('content-disposition')).toBe('attachment; filename=many-slice.pcapng')
    expect(await slice.bytes()).toEqual(await wanted.bytes())
    expect((await request(`/captures/${id}/slice?from=x`)).status).toBe(400)
  })

  it('takes what cannot be read of its query as if it were not there', async () => {
    for (const query of [
      '?from=x&to=1',
      '?from=2&to=1',
      '?tab=conversations&table=x&sort=x&from=-5',
      '?tab=endpoints&from=1e99',
    ])
      expect((await request(`/captures/${id}${query}`)).status, query).toBe(200)
  })

  it('takes a filter as text', async () => {
    const html = await page(`?tab=conversations&filter=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect(html).not.toContain('<script>alert')
  })
})

describe('a table as a file', () => {
  it('is CSV with a line a row, and JSON with the same', async () => {
    const csv = await table('conversations-tcp.csv?sort=start')
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename=many.pcap.conversations-tcp.csv')
    const [head, ...lines] = (await csv.text()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(MANY)
    const columns = head?.split(',') ?? []
    const json = (await (await table('conversations-tcp.json?sort=start')).json()) as Page
    expect(json).toMatchObject({ listed: MANY, kept: MANY, others: { rows: 0 } })
    expect(lines).toEqual(json.rows.map((row) => columns.map((column) => row[column as keyof Row] ?? '').join(',')))
    expect(json.rows.map(({ stream }) => stream)).toEqual(Array.from({ length: MANY }, (_, i) => i))
  })

  it('has the rows that the query is for', async () => {
    const some = (await (await table('conversations-tcp.json?sort=-start&from=10&limit=3')).json()) as Page
    expect([some.matched, ...some.rows.map(({ stream }) => stream)]).toEqual([MANY, 1489, 1488, 1487])
    const found = (await (await table('conversations-tcp.csv?filter=2027')).text()).trimEnd().split('\r\n')
    expect(found).toHaveLength(2)
  })

  it.each([
    'hierarchy',
    'series',
    'lengths',
    'tcp',
    'names-dns',
    'names-tls',
    'names-http',
    'names-dhcp',
    'endpoints-ethernet',
  ])('there is: %s', async (name) => {
    const csv = await table(`${name}.csv`)
    expect([csv.status, (await csv.text()).includes(',')]).toEqual([200, true])
    expect(await (await table(`${name}.json`)).json()).toHaveProperty('rows')
    const head = await request(`/captures/${id}/tables/${name}.csv`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each(['x.csv', 'tcp.xml', 'conversations-x.csv', 'constructor.json', 'tcp'])('there is none: %s', async (name) => {
    expect((await table(name)).status).toBe(404)
  })

  it('of a private capture is for its owner alone', async () => {
    const own = await postPrivate(account)
    await parsed(own)
    for (const path of ['tables/tcp.csv', 'slice?from=1&to=1']) {
      expect((await request(`/captures/${own}/${path}`)).status).toBe(404)
      expect((await request(`/captures/${own}/${path}`, { headers: account.bearer })).status).toBe(200)
    }
  })

  it('comes with a share link of the whole capture, not with one of a part', async () => {
    const shared = async (body: object) => {
      const answer = await request(`/api/v2/captures/${id}/shares`, {
        method: 'POST',
        headers: { ...account.bearer, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      return ((await answer.json()) as { id: string }).id
    }
    const whole = await shared({})
    const html = await (await request(`/s/${whole}?tab=conversations`)).text()
    expect(html).toContain(`/s/${whole}/tables/conversations-tcp.csv`)
    expect(html).not.toContain(id)
    const csv = await request(`/s/${whole}/tables/conversations-tcp.csv`)
    expect((await csv.text()).trimEnd().split('\r\n')).toHaveLength(MANY + 1)
    const part = await shared({ packets: { from: 1, to: 2 } })
    expect((await request(`/s/${part}/tables/conversations-tcp.csv`)).status).toBe(404)
  })
})

it('a capture without packets of a kind says so', async () => {
  const small = await put(account)
  await parsed(small)
  expect(await (await request(`/captures/${small}?tab=conversations`)).text()).toMatch(/Conversations/)
  expect((await request(`/captures/${small}?tab=map`)).status).toBe(200)
})

/** What is in a capture, by `/api/v2`: its facts and tables, its packet index, slices of it. */
import { createExecutionContext } from 'cloudflare:test'
import { gzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { captures } from '../../src/store/schema.ts'
import { traffic } from '../fuzz/captures.ts'
import { ipv4, SYN, tcp, udp } from '../summary/frames.ts'
import { bytes, everyBlock, NANOSECONDS, pcap, pcapng } from '../support/captures.ts'
import { bindings, database, makeAccount, makeToken, parsed, type TestAccount } from '../support/gateway.ts'
import { asked, expectProblem } from '../support/openapi.ts'
import { largeCapture, NO_ID, put } from '../support/uploads.ts'

let account: TestAccount
/** Of 1,320 packets, and of 20 that are 1.000000001 s apart. */
let id: string
let nano: string
/** Of six, in three conversations. */
let calls: string | undefined
const get = (path: string, headers: Record<string, string> = {}) =>
  asked(path, { headers: { ...account.bearer, ...headers } })
const json = async <T>(path: string): Promise<T> => {
  const answer = await get(path)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json()
}
async function kept(body: Uint8Array, filename: string): Promise<string> {
  const made = await put(account, `?filename=${filename}`, { body })
  await parsed(made)
  return made
}
beforeAll(async () => {
  account = await makeAccount()
  id = await kept(traffic(120), 'traffic.pcap')
  const packets = Array.from({ length: 20 }, (_, at) => ({ seconds: 1_700_000_000 + at, fraction: at }))
  nano = await kept(pcap(packets, { magic: 0xa1b23c4d }), 'nano.pcap')
})

interface Page {
  rows: Record<string, number | string | null>[]
  matched: number
  kept: number
  others: Record<string, number>
  next: string | null
}

describe('the tables', () => {
  it('of a capture have what capinfos and tshark say in short', async () => {
    const { facts, lengths, tcp, talkers, names } = await json<Record<string, Record<string, unknown> & unknown[]>>(
      `/captures/${id}/summary`,
    )
    expect(facts).toMatchObject({ verdict: 'whole', packets: 1320, fileType: 'pcap' })
    const counted = (lengths as unknown as { packets: number }[]).reduce((sum, { packets }) => sum + packets, 0)
    expect([counted, talkers?.length !== 0, typeof tcp?.streams]).toEqual([1320, true, 'number'])
    expect(Object.keys(names ?? {})).toEqual(['dns', 'tls', 'http', 'dhcp'])
  })

  it('are sorted, filtered and paged; what is not in a page is counted', async () => {
    const path = `/captures/${id}/conversations`
    const all = await json<Page>(`${path}?limit=1000`)
    expect(all.rows.length).toBeGreaterThan(10)
    expect([all.matched, all.kept, all.next]).toEqual([all.rows.length, all.rows.length, null])
    const bytes = (row: Page['rows'][number]) => Number(row.bytesAToB) + Number(row.bytesBToA)
    expect(all.rows).toEqual([...all.rows].sort((a, b) => bytes(b) - bytes(a)))
    const early = (await json<Page>(`${path}?sort=start&limit=1000`)).rows.map(({ start }) => Number(start))
    expect(early).toEqual([...early].sort((a, b) => a - b))
    const walked: Page['rows'] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await json(`${path}?limit=7${cursor && `&cursor=${cursor}`}`)
      expect(page.matched).toBe(all.rows.length)
      walked.push(...page.rows)
      cursor = page.next
    }
    expect(walked).toEqual(all.rows)
    const { a, aPort } = all.rows[3] ?? {}
    const some = await json<Page>(`${path}?address=${a}&port=${aPort}`)
    expect(some.matched).toBeGreaterThan(0)
    expect(some.rows).toEqual(
      all.rows.filter((row) => (row.a === a || row.b === a) && (row.aPort === aPort || row.bPort === aPort)),
    )
  })

  it('of endpoints add up to those of conversations', async () => {
    for (const table of ['ethernet', 'ipv4', 'tcp', 'udp']) {
      const conversations = await json<Page>(`/captures/${id}/conversations?table=${table}&limit=1000`)
      const endpoints = await json<Page>(`/captures/${id}/endpoints?table=${table}&limit=1000&sort=-bytesSent`)
      const sum = (page: Page, ...of: string[]) =>
        page.rows.reduce((so, row) => so + of.reduce((of, name) => of + Number(row[name]), 0), 0)
      expect(sum(endpoints, 'bytesSent')).toBe(sum(conversations, 'bytesAToB', 'bytesBToA'))
      const sent = endpoints.rows.map(({ bytesSent }) => Number(bytesSent))
      expect(sent).toEqual([...sent].sort((a, b) => b - a))
    }
  })

  it('have the hierarchy as a list, cut at a depth, and say so', async () => {
    interface Listed {
      rows: { path: string; protocol: string; depth: number; frames: number }[]
      leftOut: { rows: number }
    }
    const whole = await json<Listed>(`/captures/${id}/hierarchy`)
    expect(whole.rows[0]).toMatchObject({ path: 'raw', depth: 1, frames: 1320 })
    for (const { path, protocol, depth } of whole.rows)
      expect([path.split('/').at(-1), path.split('/').length]).toEqual([protocol, depth])
    const cut = await json<Listed>(`/captures/${id}/hierarchy?depth=2`)
    expect(cut.rows).toEqual(whole.rows.filter(({ depth }) => depth <= 2))
    expect(cut.rows.length + cut.leftOut.rows).toBe(whole.rows.length)
  })

  it('have the series in as many points as are wanted, and lose no packet', async () => {
    interface Series {
      interval: number
      packets: number[]
      protocols: { packets: number[] }[]
    }
    const whole = await json<Series>(`/captures/${id}/series`)
    const coarse = await json<Series>(`/captures/${id}/series?points=7`)
    const sum = (numbers: number[]) => numbers.reduce((so, number) => so + number, 0)
    expect(coarse.packets.length).toBeLessThanOrEqual(7)
    expect(sum(coarse.packets)).toBe(1320)
    expect(coarse.interval / whole.interval).toBe(Math.ceil(whole.packets.length / 7))
    expect(sum(coarse.protocols.flatMap(({ packets }) => packets))).toBe(1320)
  })

  it.each([
    'conversations?table=nothing',
    'conversations?sort=name',
    'conversations?limit=1001',
    'conversations?cursor=0',
    'conversations?cursor=1-5',
    'conversations?port=65536',
    'endpoints?sort=duration',
    'hierarchy?depth=0',
    'series?points=1001',
  ])('refuse %s', async (query) => {
    await expectProblem(await get(`/captures/${id}/${query}`), 400, 'bad-option')
  })

  const PARTS = ['summary', 'conversations', 'endpoints', 'hierarchy', 'series', 'packets/index', 'slice']

  it('are not there while the capture is parsed, and where nothing could be read: with words', async () => {
    const nonsense = await put(account, '', { body: 'nothing that anybody knows' })
    await parsed(nonsense)
    const busy = await kept(traffic(2), 'busy.pcap')
    await database.update(captures).set({ state: 'parsing' }).where(eq(captures.id, busy))
    for (const part of PARTS) {
      const words = await expectProblem(await get(`/captures/${nonsense}/${part}`), 404, 'nothing-read')
      expect(words).toMatch(/^Nothing could be read: .*\.$/)
      const answer = await get(`/captures/${busy}/${part}`)
      expect(answer.headers.get('retry-after')).toBe('5')
      await expectProblem(answer, 409, 'not-read-yet')
    }
  })

  it('have a tag, by which they are not sent again', async () => {
    for (const part of PARTS) {
      const whole = await get(`/captures/${id}/${part}`)
      const etag = whole.headers.get('etag') ?? ''
      await whole.body?.cancel()
      expect((await get(`/captures/${id}/${part}`, { 'If-None-Match': etag })).status).toBe(304)
    }
  })
})

describe('the packet index', () => {
  it('says where packets stand, in numbers, offsets and nanoseconds', async () => {
    const { format, frames, spans, slices } = await json<{
      format: string
      frames: number
      spans: { number: number; at: number; first: string; last: string }[]
      slices: object
    }>(`/captures/${id}/packets/index`)
    expect([format, frames, slices]).toEqual(['pcap', 1320, { pcapng: null, pcap: null }])
    expect(spans.map(({ number, at }) => [number, at === 0])).toEqual([
      [1, true],
      [1001, false],
    ])
    const small = await json<{ spans: object[] }>(`/captures/${nano}/packets/index`)
    expect(small.spans).toEqual([{ number: 1, at: 0, first: '1700000000.000000000', last: '1700000019.000000019' }])
  })

  it('says why there is no slice of some format', async () => {
    const sections = await kept(everyBlock(), 'blocks.pcapng')
    const { slices } = await json<{ slices: Record<string, string | null> }>(`/captures/${sections}/packets/index`)
    expect(slices).toEqual({ pcapng: null, pcap: expect.stringMatching(/pcap cannot hold/) })
    const answer = await get(`/captures/${sections}/slice?format=pcap`)
    expect(await expectProblem(answer, 422, 'not-sliceable')).toBe(`${slices.pcap}.`)
  })
})

describe('a slice', () => {
  const slice = (of: string, query: string, init: RequestInit = {}) =>
    asked(`/captures/${of}/slice?${query}`, { ...init, headers: account.bearer })
  /** A slice is a capture: it is taken in as any. @returns its packets' number and times */
  async function factsOf(answer: Response) {
    expect(answer.status).toBe(200)
    const made = await kept(new Uint8Array(await answer.arrayBuffer()), 'slice')
    const { status, facts } = await json<{ status: string; facts: Record<string, unknown> }>(`/captures/${made}`)
    expect([status, facts.truncated]).toEqual(['ok', false])
    return [facts.packets, facts.firstTime, facts.lastTime]
  }
  const from = (at: number) => `17000000${String(at).padStart(2, '0')}.${String(at).padStart(9, '0')}`

  it.each([
    ['from=5&to=7', 3, 4, 6],
    ['from=18', 3, 17, 19],
    ['to=2', 2, 0, 1],
    ['', 20, 0, 19],
    [`from=${from(4)}&to=${from(6)}`, 2, 4, 5],
    [`from=${from(4)}1&to=${from(6)}`, 2, 4, 5, 'bad'],
    ['from=2023-11-14T22:13:24.000000004Z&to=2023-11-14T22:13:26.000000006Z', 2, 4, 5],
    ['from=2023-11-14T22:13:24.000000005Z&to=2023-11-14T22:13:26.000000007Z', 2, 5, 6],
    ['from=2023-11-14T23:13:24%2B01:00&to=2023-11-14T21:13:25-01:00', 1, 4, 4],
    ['to=1700000001.0', 1, 0, 0],
    ['from=1700000019.', 1, 19, 19],
  ])('%s has %i packets', async (query, packets, first, last, refused?: string) => {
    if (refused !== undefined) {
      await expectProblem(await slice(nano, query), 400, 'bad-option')
      return
    }
    expect(await factsOf(await slice(nano, query))).toEqual([packets, from(first), from(last)])
    expect(await factsOf(await slice(nano, `${query}&format=pcap`))).toEqual([packets, from(first), from(last)])
  })

  it.each([
    ['table=tcp&a=10.0.0.1&aPort=40000&b=10.0.0.2&bPort=443', [0, 1, 4]],
    ['table=tcp&a=10.0.0.2&aPort=443&b=10.0.0.1&bPort=40000', [0, 1, 4]],
    ['table=tcp&a=10.0.0.1&b=10.0.0.2', [0, 1, 2, 4]],
    ['table=udp&a=10.0.0.2&b=10.0.0.1', [3]],
    ['table=ipv4&a=10.0.0.1&b=10.0.0.2', [0, 1, 2, 3, 4]],
    ['table=ipv4&a=10.0.0.1&b=10.0.0.3', [5]],
    ['stream=0', [0, 1, 4]],
    ['table=tcp&stream=1', [2]],
    ['table=udp&stream=0', [3]],
    ['stream=2', []],
  ])('%s has packets %j', async (query, wanted) => {
    const there = { from: 40_000, to: 443 }
    const back = ipv4(6, tcp(bytes(), { from: 443, to: 40_000 }), { from: '10.0.0.2', to: '10.0.0.1' })
    const packets = [
      ipv4(6, tcp(bytes(), { ...there, flags: SYN })),
      back,
      ipv4(6, tcp(bytes(), { ...there, from: 40_001, flags: SYN })),
      ipv4(17, udp(bytes([1, 2, 3]))),
      ipv4(6, tcp(bytes(), there)),
      ipv4(1, bytes([8, 0, 0, 0, 0, 0, 0, 0]), { to: '10.0.0.3' }),
    ].map((data, at) => ({ data, seconds: 1_700_000_000 + at, fraction: at }))
    calls ??= await kept(pcap(packets, { linktype: 101, magic: NANOSECONDS }), 'calls.pcap')
    const some = [wanted.length, ...[wanted.at(0), wanted.at(-1)].map((at) => (at === undefined ? null : from(at)))]
    for (const format of ['pcapng', 'pcap'])
      expect(await factsOf(await slice(calls, `${query}&format=${format}`))).toEqual(some)
  })

  it('of nothing is a capture without packets', async () => {
    for (const query of ['from=21', 'from=1800000000.0', 'to=1000000000.0'])
      for (const format of ['pcap', 'pcapng'])
        expect(await factsOf(await slice(nano, `${query}&format=${format}`))).toEqual([0, null, null])
  })

  it('has a name, a type, and no length before it is cut; HEAD says so without cutting', async () => {
    for (const [format, type] of [
      ['pcapng', 'application/x-pcapng'],
      ['pcap', 'application/vnd.tcpdump.pcap'],
    ]) {
      const head = await slice(id, `from=1&to=2&format=${format}`, { method: 'HEAD' })
      const answer = await slice(id, `from=1&to=2&format=${format}`)
      for (const { status, headers } of [head, answer])
        expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
          200,
          type,
          `attachment; filename=traffic-slice.${format}`,
        ])
      expect([head.body, (await answer.arrayBuffer()).byteLength > 100]).toEqual([null, true])
    }
  })

  it.each([
    'from=x',
    'from=1&to=1700000000.0',
    'from=7&to=5',
    'from=2023-11-14T22:13:24',
    'from=2023-13-14T22:13:24Z',
    'from=1e3',
    'from=-1',
    'format=snoop',
    'secrets=1',
    'table=tcp',
    'table=tcp&a=192.0.2.1',
    'a=192.0.2.1&b=192.0.2.2',
    'table=tcp&a=192.0.2.1&b=2001:db8::1',
    'table=tcp&a=nobody&b=192.0.2.1',
    'table=tcp&a=192.0.2.1&b=192.0.2.2&aPort=1',
    'table=ipv4&a=192.0.2.1&b=192.0.2.2&aPort=1&bPort=2',
    'table=ipv4&stream=1',
    'stream=-1',
    'stream=200000',
    'stream=1&from=1',
    'stream=1&a=192.0.2.1',
  ])('%s is refused', async (query) => {
    await expectProblem(await slice(nano, query), 400, 'bad-option')
  })

  it('of a compressed capture is that of what it holds, until its copy is gone', async () => {
    const packed = await kept(gzipSync(traffic(120)), 'traffic.pcap.gz')
    const bytes = async (of: string) => Buffer.from(await (await slice(of, 'from=900&to=1100')).arrayBuffer())
    expect(Buffer.compare(await bytes(packed), await bytes(id))).toBe(0)
    const answer = await slice(packed, '')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=traffic-slice.pcapng')
    await answer.body?.cancel()
    await database.update(captures).set({ copySize: 0, copiedAt: null }).where(eq(captures.id, packed))
    expect(await expectProblem(await slice(packed, 'from=1&to=2'), 409, 'no-copy')).toMatch(/download the whole/)
  })

  it('brings the secrets inside the capture along only where it is asked to', async () => {
    const secret = await kept(everyBlock(), 'secret.pcapng')
    const holds = async (query: string) =>
      Buffer.from(await (await slice(secret, query)).arrayBuffer()).includes('CLIENT_RANDOM')
    expect(Buffer.from(everyBlock()).includes('CLIENT_RANDOM')).toBe(true)
    expect([await holds(''), await holds('secrets=false'), await holds('secrets=true')]).toEqual([false, false, true])
  })

  it('is read no faster than it is taken: some MB of a capture lie between', async () => {
    const large = await kept(largeCapture(48 * 1024 ** 2), 'large.pcap')
    let read = 0
    const counted = new Proxy(bindings.CAPTURES, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const { range } = (args[1] ?? {}) as { range?: { length: number } }
          if (name === 'get') read += range?.length ?? 0
          return Reflect.apply(value, target, args)
        }
      },
    })
    const asking = new Request(`http://pcaport.test/api/v2/captures/${large}/slice`, { headers: account.bearer })
    const answer = await app.fetch(asking, { ...bindings, CAPTURES: counted }, createExecutionContext())
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    let taken = 0
    while (taken < 5 * 1024 ** 2) taken += (await reader.read()).value?.length ?? 0
    await scheduler.wait(300)
    expect(read).toBeLessThan(taken + 4 * 1024 ** 2)
    await reader.cancel()
  })

  it('that nobody reads on is not cut on', async () => {
    const answer = await slice(id, '')
    const reader = answer.body?.getReader()
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0)
    await reader?.cancel()
    expect((await slice(id, 'from=1&to=1')).status).toBe(200)
  })

  it('that cannot be read from its store is 503 before its first byte', async () => {
    const lost = await kept(traffic(3), 'lost.pcap')
    const [row] = await database.select().from(captures).where(eq(captures.id, lost))
    await bindings.CAPTURES.delete(row?.objectKey ?? '')
    await expectProblem(await slice(lost, 'from=1'), 503, 'unavailable')
  })

  it('is for who may read', async () => {
    const { bearer } = await makeToken(account.accountId, { may: ['upload'] })
    await expectProblem(await asked(`/captures/${id}/slice`, { headers: bearer }), 403, 'forbidden')
    await expectProblem(await slice(NO_ID, ''), 404, 'no-such-capture')
  })
})

describe('what is too large to be cut', () => {
  it('is refused in words: interfaces that take 25 MiB to describe', async () => {
    const { section, interface: described, packet } = pcapng()
    const comments = Array.from({ length: 16 }, (): [number, Uint8Array] => [1, new Uint8Array(65_000).fill(97)])
    const many = Array.from({ length: 26 }, () => described(comments))
    const wide = await kept(gzipSync(bytes(section(), ...many, packet())), 'wide.pcapng.gz')
    await expectProblem(await get(`/captures/${wide}/slice?from=1&to=1`), 422, 'not-sliceable')
  })
})

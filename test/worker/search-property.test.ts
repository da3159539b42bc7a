/** Searches over many small captures find what a look at each of them finds, by the language's own words alone. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { indexCapture, type StoredTerms } from '../../src/store/indexing.ts'
import { derivedKeysFor } from '../../src/store/objects.ts'
import { openStore } from '../../src/store/open.ts'
import { captures, type Headline } from '../../src/store/schema.ts'
import { search } from '../../src/store/search.ts'
import { parseQuery } from '../../src/store/search-query.ts'
import type { Terms } from '../../src/summary/terms.ts'
import { bindings, database, makeAccount } from '../support/gateway.ts'

const CAPTURES = 300
const SEED = 20_261_129
const DAY = 86_400_000
const EPOCH = Date.UTC(2026, 0, 1)

/** What a capture holds, in the plainest form: the naive scan reads this, and nothing else. */
interface Plain {
  id: string
  filename: string
  tags: string[]
  comments: string
  size: number
  createdAt: number
  failed: boolean
  /** Days since the first of 2026. */
  days: [from: number, to: number]
  protocols: string[]
  /** Conversations: two addresses and a service port. */
  talks: [a: string, b: string, port: number][]
  dns: string[]
  sni: string[]
}

const octet = fc.integer({ min: 0, max: 3 })
const address = fc.tuple(fc.constantFrom(10, 192), octet, octet, octet).map((octets) => octets.join('.'))
const address6 = fc.tuple(octet, octet).map(([a, b]) => `2001:db8:${a}::${b}`)
const someAddress = fc.oneof({ weight: 4, arbitrary: address }, { weight: 1, arbitrary: address6 })
const port = fc.constantFrom(53, 80, 443)
const name = fc
  .tuple(
    fc.constantFrom('www', 'api', 'a.b', 'x.y.z'),
    fc.constantFrom('example', 'other'),
    fc.constantFrom('com', 'org'),
  )
  .map((labels) => labels.join('.'))
const word = fc.constantFrom('lab', 'Router', 'router1', 'dhcp', 'fail', 'Müller', 'noc')
const tag = fc.constantFrom('lab', 'Edge', 'old', 'two words')

const plain: fc.Arbitrary<Plain> = fc.record({
  id: fc.uuid({ version: 4 }),
  filename: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `${words.join('-')}.pcap`),
  tags: fc.uniqueArray(tag, { maxLength: 2 }),
  comments: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')),
  size: fc.constantFrom(1, 24, 1000, 1_000_000, 5_000_000),
  createdAt: fc.integer({ min: 0, max: 40 }).map((day) => EPOCH + day * DAY),
  failed: fc.boolean(),
  days: fc
    .tuple(fc.integer({ min: -400, max: 60 }), fc.constantFrom(0, 0, 0, 1, 20, 100, 9000))
    .map(([from, length]): [number, number] => [from, from + length]),
  protocols: fc.uniqueArray(fc.constantFrom('tcp', 'udp', 'dns', 'tls', 'quic'), { maxLength: 3 }),
  talks: fc.array(fc.tuple(someAddress, someAddress, port), { maxLength: 3 }),
  dns: fc.uniqueArray(name, { maxLength: 2 }),
  sni: fc.uniqueArray(name, { maxLength: 2 }),
})

const iso = (day: number) => new Date(EPOCH + day * DAY).toISOString().slice(0, 10)
const fold = (text: string) => text.toLowerCase()
const split = (text: string) =>
  fold(text)
    .split(/[^a-z0-9ü]+/)
    .filter((each) => each !== '')
const bitsOf = (text: string) =>
  text.includes('.')
    ? text
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('')
    : expanded(text)
        .map((part) => Number.parseInt(part, 16).toString(2).padStart(16, '0'))
        .join('')
function expanded(text: string): string[] {
  const [head = '', tail = ''] = text.split('::')
  const [before, after] = [head.split(':'), tail.split(':').filter((part) => part !== '')]
  return text.includes('::')
    ? [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
    : before
}
function inNet(ip: string, net: string): boolean {
  const [base = '', length] = net.split('/')
  if (base.includes('.') !== ip.includes('.')) return false
  const bits = length === undefined ? bitsOf(base).length : Number(length)
  return bitsOf(ip).slice(0, bits) === bitsOf(base).slice(0, bits)
}
const has = (text: string, words: string[], open: boolean) =>
  split(text).some((_, at, all) =>
    words.every((each, index) =>
      open && index === words.length - 1 ? all[at + index]?.startsWith(each) : all[at + index] === each,
    ),
  )

/** A part of a query, and what it says of a capture. Addresses and ports beside each other are looked at together. */
type Part = { text: string; says?: (of: Plain) => boolean; net?: string; port?: number }

const net = fc.oneof(
  someAddress,
  fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([base, bits]) => `${base}/${bits}`),
  fc.tuple(address6, fc.integer({ min: 20, max: 128 })).map(([base, bits]) => `${base}/${bits}`),
)
const day = fc.integer({ min: -420, max: 80 })
const part: fc.Arbitrary<Part> = fc.oneof(
  net.map((text) => ({ text: `ip:${text}`, net: text })),
  port.map((number) => ({ text: `port:${number}`, port: number })),
  fc
    .constantFrom('tcp', 'QUIC', 'smb')
    .map((proto) => ({ text: `proto:${proto}`, says: (of: Plain) => of.protocols.includes(fold(proto)) })),
  name.map((text) => ({ text: `dns:${text}`, says: (of: Plain) => of.dns.includes(text) })),
  fc.constantFrom('com', 'example.com', 'b.other.org', 'y.z.example.org').map((text) => ({
    text: `sni:*.${text}`,
    says: (of: Plain) => of.sni.some((each) => each.endsWith(`.${text}`)),
  })),
  fc.constantFrom('*.example.com', 'api.other.org').map((text) => ({
    text: `host:${text}`,
    says: (of: Plain) =>
      [...of.dns, ...of.sni].some((each) => (text.startsWith('*') ? each.endsWith(text.slice(1)) : each === text)),
  })),
  tag.map((text) => ({ text: `tag:"${text}"`, says: (of: Plain) => of.tags.includes(text) })),
  fc.constantFrom('out', 'ER', 'router1', 'b-d', 'p', 'pcap').map((text) => ({
    text: `name:${text}`,
    says: (of: Plain) => fold(of.filename).includes(fold(text)),
  })),
  fc
    .tuple(
      fc.constantFrom<string[]>(['lab'], ['router'], ['rou'], ['dhcp', 'fail'], ['dhcp', 'f'], ['müller']),
      fc.boolean(),
    )
    .map(([words, open]) => ({
      text: `"${words.join(' ')}${open ? '*' : ''}"`,
      says: (of: Plain) => [of.filename, of.comments, ...of.tags].some((text) => has(text, words, open)),
    })),
  fc
    .constantFrom('lab', 'noc')
    .map((text) => ({ text: `comment:${text}`, says: (of: Plain) => has(of.comments, [text], false) })),
  day.map((from) => ({ text: `after:${iso(from)}`, says: (of: Plain) => of.days[1] >= from })),
  day.map((to) => ({ text: `before:${iso(to)}`, says: (of: Plain) => of.days[0] < to })),
  day.map((on) => ({ text: `on:${iso(on)}`, says: (of: Plain) => of.days[0] <= on && of.days[1] >= on })),
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9 })).map(([from, more]) => ({
    text: `uploaded:${iso(from)}..${iso(from + more)}`,
    says: (of: Plain) => of.createdAt >= EPOCH + from * DAY && of.createdAt < EPOCH + (from + more + 1) * DAY,
  })),
  fc
    .constantFrom<[string, (size: number) => boolean]>(
      ['>1k', (size) => size > 1000],
      ['<1k', (size) => size < 1000],
      ['24', (size) => size === 24],
      ['0.5kB..1MB', (size) => size >= 500 && size <= 1_000_000],
    )
    .map(([text, says]) => ({ text: `size:${text}`, says: (of: Plain) => says(of.size) })),
  fc.constantFrom('ok', 'error', 'processing').map((status) => ({
    text: `status:${status}`,
    says: (of: Plain) => status === (of.failed ? 'error' : 'ok'),
  })),
)

const query = fc.array(
  fc.tuple(
    part,
    fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  ),
  { maxLength: 4 },
)

function holds(of: Plain, parts: [Part, boolean][]): boolean {
  const wanted = parts.filter(([, not]) => !not).map(([each]) => each)
  const ports = wanted.flatMap(({ port: one }) => one ?? [])
  return parts.every(([each, not]) => {
    const seen = (one: number | null) =>
      of.talks.some(
        ([a, b, to]) =>
          (one === null || to === one) && (each.net === undefined || inNet(a, each.net) || inNet(b, each.net)),
      )
    if (each.net !== undefined) return not ? !seen(null) : ports.length > 0 ? ports.every(seen) : seen(null)
    if (each.port !== undefined) return seen(each.port) !== not
    return each.says?.(of) !== not
  })
}

const heaviest = <Row>(rows: Row[]) => ({ rows: [...new Set(rows)], leftOut: 0, beyond: 0 })

function termsOf({ protocols, talks, dns, sni }: Plain): Terms {
  const services = new Map(
    talks.flatMap(([a, b, to]) => [a, b].map((ip) => [`${ip} ${to}`, [ip, to] as [string, number]])),
  )
  return {
    protocols,
    addresses: heaviest([...talks.map(([a]) => a), ...talks.map(([, b]) => b)]),
    services: heaviest([...services.values()]),
    ports: heaviest(talks.map(([, , to]) => to)),
    macs: heaviest([]),
    names: { dns: heaviest(dns), tls: heaviest(sni), http: heaviest([]), dhcp: heaviest([]) },
  }
}

const store = openStore(bindings)
const all = fc.sample(plain, { numRuns: CAPTURES, seed: SEED })
let accountId = 0

beforeAll(async () => {
  const mine = await makeAccount({ filesLimit: 10_000 })
  const stranger = await makeAccount({ filesLimit: 10_000 })
  accountId = mine.accountId
  for (const [at, of] of all.entries()) {
    const seconds = (date: number) => String((EPOCH + date * DAY) / 1000)
    const row: typeof captures.$inferInsert = {
      id: of.id,
      accountId: mine.accountId,
      state: of.failed ? 'error' : 'ok',
      filename: of.filename,
      size: of.size,
      visibility: 'private',
      tags: of.tags,
      comments: of.comments,
      objectKey: `captures/${of.id}`,
      createdAt: of.createdAt,
      summaryKey: 'some',
      facts: { firstTime: seconds(of.days[0]), lastTime: seconds(of.days[1]) } as Headline,
    }
    // Every third capture somebody else has, too: nothing of that may be found.
    const rows = at % 3 === 0 ? [row, { ...row, id: crypto.randomUUID(), accountId: stranger.accountId }] : [row]
    for (const one of rows) {
      const [made] = await database.insert(captures).values(one).returning()
      if (!made) throw new Error('no row was made')
      const stored: StoredTerms = { version: 1, terms: termsOf(of) }
      await bindings.CAPTURES.put(derivedKeysFor(made).terms, JSON.stringify(stored))
      await indexCapture(store, made)
    }
  }
}, 60_000)

async function found(text: string, limit: number): Promise<string[]> {
  const ids: string[] = []
  let after: string | null = null
  do {
    const page = await search(store, accountId, parseQuery(text), { limit, after })
    expect(page.captures.length).toBeLessThanOrEqual(limit)
    expect(page.stale).toEqual([])
    ids.push(...page.captures.map(({ id }) => id))
    after = page.next
  } while (after !== null)
  return ids
}

describe('a search', () => {
  it('finds what a look at each capture finds, newest first, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom(1000, 40), async (parts, limit) => {
        const text = parts.map(([each, not]) => `${not ? '-' : ''}${each.text}`).join(' ')
        const wanted = all
          .filter((of) => holds(of, parts))
          .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        expect(await found(text, limit), text).toEqual(wanted.map(({ id }) => id))
      }),
      { seed: SEED, numRuns: 150 },
    )
  }, 120_000)
})

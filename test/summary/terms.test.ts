/** What a capture can be found by: all that tshark sees of addresses and of the ports that SYNs go to, and the heaviest where there is too much. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { termsInTables } from '../../src/store/search-terms.ts'
import { createSummary, type Summary } from '../../src/summary/summary.ts'
import { bytes } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { packetOf, summaryOf } from './summarised.ts'

const corpus = process.env.PCAPORT_CORPUS ?? ''
const FILES = 14

function summarised(path: string): Summary {
  const summary = createSummary()
  const reader = openReader(summary)
  reader.push(new Uint8Array(readFileSync(path)))
  reader.end()
  return summary
}

/** Captures of middling size, from all over the corpus. */
function files(): string[] {
  const lines = readFileSync(join(corpus, 'MANIFEST.tsv'), 'utf8').split('\n').slice(1)
  const paths = lines
    .map((line) => join(corpus, line.split('\t')[1] ?? ''))
    .filter((path) => /\.(pcap|pcapng|cap)$/.test(path))
  const fitting = paths.filter((path) => statSync(path).size > 3000 && statSync(path).size < 300_000)
  const step = Math.max(1, Math.floor(fitting.length / (FILES * 8)))
  return fitting.filter((_, at) => at % step === 0)
}

const FIELDS = ['tcp.stream', 'tcp.dstport', 'tcp.flags', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst']

/** Fields of each packet, as tshark has them; `null` where it does not get to the end. */
function fieldsOf(path: string): string[][] | null {
  const args = ['-n', '-r', path, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])]
  try {
    const out = execFileSync('tshark', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    })
    return out.split('\n').map((line) => line.split('\t'))
  } catch {
    return null
  }
}

describe.skipIf(!needs.corpus.met || !needs.tshark.met)('of captures of the corpus', () => {
  it('the addresses are those of tshark, and the services those that SYNs went to', { timeout: 120_000 }, () => {
    let compared = 0
    let syns = 0
    for (const path of files()) {
      if (compared >= FILES) break
      const { protocols, addresses, services, ports } = summarised(path).terms()
      if (!protocols.includes('tcp')) continue
      const packets = fieldsOf(path)
      if (packets === null) continue
      compared++
      const seen = new Set(addresses.rows)
      const all = new Set(packets.flatMap((cells) => cells.slice(3)).flatMap((cell) => cell.split(',')))
      for (const address of seen) expect(all.has(address), `${path} ${address}`).toBe(true)
      const pairs = new Set(services.rows.map(([address, port]) => `${address} ${port}`))
      const streams = new Set<string>()
      for (const [stream = '', port = '', flags, ...ends] of packets) {
        if ([stream, ...ends].some((cell) => cell.includes(','))) continue // headers within ICMP, tunnels
        for (const end of ends) if (end !== '') expect(seen.has(end), `${path} ${end}`).toBe(true)
        const isFirst = stream !== '' && !streams.has(stream)
        streams.add(stream)
        if (!isFirst || (Number(flags) & 0x12) !== 2) continue
        syns++
        expect(ports.rows, path).toContain(Number(port))
        for (const end of ends) if (end !== '') expect(pairs.has(`${end} ${port}`), `${path} ${end} ${port}`).toBe(true)
      }
    }
    console.log(`terms beside tshark: ${compared} captures, ${syns} SYNs`)
    expect(compared).toBeGreaterThan(8)
    expect(syns).toBeGreaterThan(10)
  })
})

describe('of too much', () => {
  const u16 = (value: number) => [value >> 8, value & 255]
  /** UDP from one address to another, as raw IPv4. */
  const datagram = (from: number, to: number, ports: [number, number], length: number) =>
    bytes(
      [0x45, 0, ...u16(28 + length), 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, ...u16(from), 10, 1, ...u16(to)],
      [...u16(ports[0]), ...u16(ports[1]), ...u16(8 + length), 0, 0],
      new Uint8Array(length),
    )
  const packets = Array.from({ length: 4000 }, (_, at) =>
    packetOf(228, datagram(at, 1, [at + 1, 60_000], at % 700), { seconds: at }),
  )
  const summary = summaryOf(packets)
  const terms = summary.terms()

  it('the heaviest are there, and the rest is counted', () => {
    expect(terms.addresses.rows.length).toBe(3000)
    expect(terms.addresses.leftOut).toBe(1001)
    expect(terms.addresses.rows[0]).toBe('10.1.0.1')
    expect(terms.addresses.rows).toContain('10.0.2.187') // number 699, with the longest
    expect(terms.addresses.rows).not.toContain('10.0.0.0')
    expect([terms.ports.rows.length, terms.ports.leftOut]).toEqual([1000, 3000])
    expect(terms.services.leftOut).toBeGreaterThanOrEqual(5000)
  })

  it('what the tables had no room for is told', () => {
    expect(summaryOf(packets, { conversations: 100 }).terms().services.beyond).toBe(3900)
  })

  it('what tables list makes terms, too, and they tell what they do not list', () => {
    const { addresses, services } = termsInTables(summary.finish())
    expect(addresses.rows.length).toBe(1000)
    expect(addresses.leftOut).toBe(3001)
    expect(services.leftOut).toBe(3000)
    const small = summaryOf(packets.slice(0, 20))
    const [ours, theirs] = [small.terms(), termsInTables(small.finish())]
    expect(new Set(theirs.addresses.rows)).toEqual(new Set(ours.addresses.rows))
    expect(new Set(theirs.services.rows.map(String))).toEqual(new Set(ours.services.rows.map(String)))
    expect(theirs.protocols).toEqual(ours.protocols)
  })
})

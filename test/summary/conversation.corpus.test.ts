/** Slices of one conversation beside tshark's display filters, and beside the tables. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import type { ConversationKey } from '../../src/summary/conversation-choice.ts'
import { createSummary } from '../../src/summary/summary.ts'
import { TABLES } from '../../src/summary/tables.ts'
import { corpusPath, readCorpusFile, readObjects, readTable } from '../corpus/oracle.ts'
import { needs } from '../support/needs.ts'
import { indexOf, SMALL_SPANS, sliceOf, unitsOf } from './slicing.ts'

/** What tshark found in the files, of each kind one or two. */
const KINDS = [
  /ip:tcp/,
  /ipv6:tcp/,
  /ipv6:udp/,
  /ip:gre:.*tcp/,
  /vlan:.*tcp/,
  /udp:vxlan/,
  /mpls.*tcp/,
  /ip:sctp/,
  /ip:data/,
  /ipv6:ipv6.fraghdr/,
  /udp:gtp:ip/,
]

function samples(): string[] {
  if (!needs.corpus.met) return []
  const fit = new Set(
    readTable('MANIFEST.tsv')
      .filter(
        ({ rc, packets, codec, size, file_type }) =>
          rc === '0' &&
          codec === '' &&
          /pcap/.test(file_type ?? '') &&
          Number(packets) >= 10 &&
          Number(packets) <= 1000 &&
          Number(size) < 1_000_000,
      )
      .map(({ file }) => file),
  )
  const found = new Set<string>()
  const files = readObjects<{ file: string; protocols?: Record<string, number> }>('oracle/packets.jsonl').filter(
    ({ file }) => fit.has(file),
  )
  for (const kind of KINDS) {
    const suits = files.find(
      ({ file, protocols = {} }) => !found.has(file) && Object.keys(protocols).some((path) => kind.test(path)),
    )
    if (suits) found.add(suits.file)
  }
  return [...found]
}

/**
 * tshark's numbers of the packets of each stream. Not those in which an ICMP error quotes a packet of one: neither our tables nor
 * tshark's own conversations count them.
 */
function tshark(file: string, field: string): Map<number, number[]> {
  const lines = execFileSync(
    'tshark',
    [
      '-n',
      '-r',
      corpusPath(file),
      '-T',
      'fields',
      '-e',
      'frame.number',
      '-e',
      field,
      '-Y',
      `${field} && !icmp && !icmpv6`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 },
  ).toString()
  const streams = new Map<number, number[]>()
  for (const line of lines.trim().split('\n').filter(Boolean)) {
    const [number, all = ''] = line.split('\t')
    for (const stream of all.split(',')) streams.set(Number(stream), [...(streams.get(Number(stream)) ?? []), Number(number)]) // biome-ignore format: one thought
  }
  return streams
}

/** Of so many conversations of a table one is looked at. */
const MOST = 6

describe.skipIf(!needs.corpus.met || !needs.tshark.met)('a slice of one conversation', () => {
  it.each(samples())('%s: the packets that tshark and the tables have', { timeout: 60_000 }, async (file) => {
    const content = readCorpusFile(file)
    const index = indexOf(content, SMALL_SPANS)
    const numbersOf = async (conversation: ConversationKey) =>
      unitsOf((await sliceOf(content, { conversation }, { index })).file).map(({ id }) => Number(id))
    let streams = 0
    for (const table of ['tcp', 'udp'] as const)
      for (const [stream, numbers] of [...tshark(file, `${table}.stream`)].slice(0, MOST)) {
        expect(await numbersOf({ table, stream }), `${table}.stream ${stream}`).toEqual(numbers)
        streams++
      }
    const summary = createSummary()
    const reader = openReader(summary)
    reader.push(content)
    reader.end()
    const { conversations } = summary.finish()
    for (const table of TABLES) {
      const { rows } = conversations[table]
      for (const { a, b, aPort, bPort } of rows.slice(0, MOST)) {
        const ends = { table, a: b, b: a, ...(aPort === null ? {} : { aPort: bPort ?? 0, bPort: aPort }) }
        const numbers = await numbersOf(ends)
        const same = rows.filter(
          (row) =>
            (row.a === a && row.b === b && row.aPort === aPort && row.bPort === bPort) ||
            (row.a === b && row.b === a && row.aPort === bPort && row.bPort === aPort),
        )
        const counted = same.reduce((sum, row) => sum + row.packetsAToB + row.packetsBToA, 0)
        // A frame can have several headers of one conversation; it is in a slice once.
        expect(numbers.length, JSON.stringify(ends)).toBeLessThanOrEqual(counted)
        expect(numbers.length, JSON.stringify(ends)).toBeGreaterThanOrEqual(Math.ceil(counted / 2))
        expect(numbers).toEqual([...new Set(numbers)].sort((x, y) => x - y))
        streams++
      }
    }
    expect(streams).toBeGreaterThan(0)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PSEUDO_HEADER_ROOM } from '../../src/capture/pseudo-headers.ts'
import { createSummary, type Tables } from '../../src/summary/summary.ts'
import { TABLES } from '../../src/summary/tables.ts'
import { has } from '../support/needs.ts'
import { HEADERS, type Header } from './headers.ts'
import { differences, ourHierarchy, rowsOfTshark, theirHierarchy, tsharkOf } from './oracle-tables.ts'
import { packetOf, summaryOf } from './summarised.ts'
import { DATAGRAMS, VARIANTS } from './variants.ts'

const ALL = [...HEADERS, ...VARIANTS]
const TRANSPORT = ['tcp', 'udp', 'udplite', 'sctp', 'dccp']

/** The path of the only packet, down to the transport protocol. */
function pathOf(tables: Tables): string {
  const path: string[] = []
  let [node] = tables.hierarchy
  while (node !== undefined) {
    path.push(node.protocol)
    if (TRANSPORT.includes(node.protocol)) break
    node = node.children[0]
  }
  return path.join('/')
}

describe('headers', () => {
  // Each was run through tshark 4.0.17 too, with these results.
  it.each(ALL.map((header) => [header.name, header] as const))('reads %s', (_, { linktype, packet, path, rows }) => {
    const tables = summaryOf([packetOf(linktype, packet)]).finish()
    expect(pathOf(tables)).toBe(path)
    expect(TABLES.map((name) => tables.conversations[name].kept)).toEqual(rows)
  })

  it.skipIf(!has('tshark'))('are all read as tshark reads them, in one capture', () => {
    const packets = ALL.map(({ linktype, packet }, seconds) => packetOf(linktype, packet, { seconds }))
    const tables = summaryOf(packets).finish()
    const text = tsharkOf(packets)
    expect(differences(ourHierarchy(tables), theirHierarchy(text))).toEqual([])
    expect(TABLES.map((name) => tables.conversations[name].kept)).toEqual(rowsOfTshark(text))
  })

  it('looks at nothing behind the captured bytes', () => {
    for (const { linktype, packet } of ALL) {
      const lengths = Array.from(packet, (_, caplen) => caplen)
      const cut = lengths.map((caplen) =>
        packetOf(linktype, packet.slice(0, caplen), { caplen, origlen: packet.length }),
      )
      // The same, with other bytes where nothing was captured.
      const among = lengths.map((caplen) => {
        const strange = new Uint8Array(packet.length + 64).fill(0x45)
        strange.set(packet.subarray(0, caplen))
        return packetOf(linktype, strange, { caplen, origlen: packet.length })
      })
      expect(summaryOf(among).finish()).toEqual(summaryOf(cut).finish())
    }
  })
})

describe('a datagram in two fragments', () => {
  // Each was run through tshark 4.0.17 too, with these results.
  it.each(DATAGRAMS)('is read when it begins with $name', ({ packets, shown }) => {
    const tables = summaryOf(packets.map((packet) => packetOf(229, packet))).finish()
    expect(ourHierarchy(tables).map((line) => line.replace(/ \d+$/, ''))).toEqual(shown)
  })

  it.skipIf(!has('tshark'))('is read as tshark reads it', () => {
    const packets = DATAGRAMS.flatMap(({ packets }) => packets).map((packet, seconds) =>
      packetOf(229, packet, { seconds }),
    )
    const tables = summaryOf(packets).finish()
    const text = tsharkOf(packets)
    expect(differences(ourHierarchy(tables), theirHierarchy(text))).toEqual([])
    expect(TABLES.map((name) => tables.conversations[name].kept)).toEqual(rowsOfTshark(text))
  })
})

it('counts what a packet carries under its home address, the packet under its care-of address', () => {
  const packet = VARIANTS.find(({ name }) => name === 'a Home Address option') as Header
  const { udp, ipv6 } = summaryOf([packetOf(packet.linktype, packet.packet)]).finish().conversations
  expect(udp.rows[0]).toMatchObject({ a: '2001:db8::ff', b: '2001:db8::2' })
  expect(ipv6.rows[0]).toMatchObject({ a: '2001:db8::1', b: '2001:db8::2' })
})

describe('any bytes', () => {
  const linktypes = Array.from({ length: 300 }, (_, linktype) => linktype).concat([65_600, 65_607, 65_662, 65_673])

  it('are read without a throw, whatever the link type', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(fc.constantFrom(...linktypes), bytes, fc.nat(0xffff), (linktype, data, more) => {
        const summary = createSummary()
        const shifted = new Uint8Array(PSEUDO_HEADER_ROOM + data.length)
        shifted.set(data, PSEUDO_HEADER_ROOM)
        summary.packet(packetOf(linktype, data, { origlen: data.length + more }))
        summary.packet(packetOf(linktype, shifted, { start: PSEUDO_HEADER_ROOM, caplen: data.length }))
        const { frames, hierarchy } = summary.finish()
        expect(hierarchy.reduce((sum, node) => sum + node.frames, 0)).toBeLessThanOrEqual(frames)
      }),
      { numRuns: 3000 },
    )
  })

  it('are read without a throw where headers are right until one is not', () => {
    const mutation = fc.record({
      header: fc.constantFrom(...ALL),
      at: fc.nat(400),
      byte: fc.nat(255),
      caplen: fc.nat(400),
    })
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 20 }), (mutations) => {
        const summary = createSummary({ conversations: 8 })
        for (const { header, at, byte, caplen } of mutations) {
          const data = header.packet.slice()
          data[at % data.length] = byte
          summary.packet(
            packetOf(header.linktype, data, { caplen: Math.min(caplen, data.length), seconds: byte - 100 }),
          )
        }
        expect(summary.finish().frames).toBe(mutations.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('that nest without end are read in bounded time', () => {
    const labels = new Uint8Array(262_144)
    const mpls = packetOf(1, labels)
    labels.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x47])
    const vlans = packetOf(
      1,
      new Uint8Array(262_144).map((_, at) => (at % 4 === 0 ? 0x81 : 0)),
    )
    const summary = createSummary()
    const before = performance.now()
    for (let i = 0; i < 2000; i++) {
      summary.packet(mpls)
      summary.packet(vlans)
    }
    expect(performance.now() - before).toBeLessThan(2000)
    expect(summary.finish().frames).toBe(4000)
  })
})

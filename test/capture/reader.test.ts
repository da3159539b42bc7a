import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { createFacts } from '../../src/summary/facts.ts'
import {
  bytes,
  everyBlock,
  MODIFIED,
  NANOSECONDS,
  type Order,
  payload,
  pcap,
  pcapng,
  utf8,
} from '../support/captures.ts'
import { chunksOf, factsByCheckpoints, factsOf, recordingOf } from '../support/reading.ts'
import { EVERY_RECORD_FORMAT } from '../support/records.ts'

const ORDERS: Order[] = ['little', 'big']
const FILES = ORDERS.flatMap((order): [string, Uint8Array][] => [
  [`${order}-endian pcap`, pcap([{}, { data: payload(0) }, { data: payload(3000), origlen: 9000 }, {}], { order })],
  [`${order}-endian pcap of nanoseconds`, pcap([{}, { fraction: 999_999_999 }], { order, magic: NANOSECONDS })],
  [`${order}-endian modified pcap`, pcap([{}, { seconds: 1 }], { order, magic: MODIFIED })],
  [`${order}-endian pcap that is damaged`, pcap([{}, { caplen: 2 ** 31 }], { order })],
  [`${order}-endian pcapng`, everyBlock(order)],
  [`${order}-endian pcapng that is damaged`, bytes(everyBlock(order), everyBlock(order).fill(7, 100, 120))],
]).concat(EVERY_RECORD_FORMAT)

const RUNS = { seed: 7, numRuns: 300 }

describe('a reader', () => {
  it.each(FILES)('tells the same of a %s for chunks of 1, 2, 7 and 65536 bytes', (_, file) => {
    const { told } = recordingOf(file)
    for (const size of [1, 2, 7, 65_536]) expect(recordingOf(file, size).told).toEqual(told)
  })

  it.each(FILES)('cut at every offset of a %s, tells of the packets before the cut', (_, file) => {
    const { packets, told } = recordingOf(file)
    for (let cut = 0; cut <= file.length; cut++) {
      const before = recordingOf(file.subarray(0, cut), 64)
      // Cut within the first records, by which formats are told apart, it can be taken for another, or for none.
      if (before.told[0]?.[1] !== told[0]?.[1]) continue
      expect(before.packets).toEqual(packets.slice(0, before.packets.length))
      const next = packets[before.packets.length]
      if (next !== undefined) expect(cut).toBeLessThan(next.at + next.caplen + 128) // headers and options at most
      expect(before.told.filter(([callback]) => callback === 'fault').length).toBeLessThanOrEqual(1)
    }
  })

  it.each(FILES)('gives the facts of a %s wherever it is stopped and taken up again', (_, file) => {
    const whole = factsOf(file)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: file.length }), { maxLength: 6 }), (cuts) => {
        expect(factsByCheckpoints(file, cuts)).toEqual(whole)
      }),
      { ...RUNS, numRuns: 100 },
    )
  })

  it('needs no packet bytes to be gathered for a sink that wants none', () => {
    const file = pcap([{}, {}, {}, { data: payload(100_000) }, {}])
    const reader = openReader(createFacts())
    let most = 0
    for (const chunk of chunksOf(file, 1000)) {
      reader.push(chunk)
      most = Math.max(most, reader.held)
    }
    reader.end()
    expect(most).toBeLessThan(1024)
    expect(recordingOf(file, 1000, 0).told.length).toBe(recordingOf(file).told.length)
  })

  it.each([
    ['empty', new Uint8Array(0), 'empty'],
    ['HTML', utf8('<!doctype html><html></html>'), 'unrecognised'],
    ['three bytes of a pcap', Uint8Array.of(0xd4, 0xc3, 0xb2), 'unrecognised'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'unread'],
    ['a Sniffer capture', utf8('TRSNIFF data    \x1a'), 'unread'],
    ['a CommView capture', Uint8Array.of(52, 1, 52, 1, 0, 0xe9, 7, 3, 0x16, 9, 5, 13, 0x11, 0x1c, 2, 0), 'unread'],
  ])('refuses a file that is %s', (_, file, what) => {
    expect(recordingOf(file).told).toEqual([['fault', expect.objectContaining({ at: 0, what })]])
  })

  it('names what it knows and does not read', () => {
    const sniffer = utf8('TRSNIFF data    \x1a')
    expect(recordingOf(sniffer).told).toEqual([
      ['fault', expect.objectContaining({ message: expect.stringContaining('Sniffer') })],
    ])
  })

  it('counts the bytes after a fault', () => {
    const reader = openReader(createFacts())
    reader.push(new Uint8Array(100))
    reader.push(new Uint8Array(100))
    reader.end()
    expect(reader.size).toBe(200)
  })

  it('throws at nothing, whatever is changed in a file', () => {
    const change = fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(
        fc.constantFrom(...FILES.map(([, file]) => file)),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 500 }),
        (file, changes, chunk) => {
          const changed = file.slice()
          for (const { at, octet } of changes) changed[at % changed.length] = octet
          expect(recordingOf(changed, chunk).told).toEqual(recordingOf(changed).told)
          JSON.stringify(factsOf(changed))
        },
      ),
      { ...RUNS, numRuns: 2000 },
    )
  })

  it('throws at nothing that begins like a capture', () => {
    const beginning = fc.constantFrom(...FILES.map(([, file]) => file.subarray(0, 28)))
    fc.assert(
      fc.property(beginning, fc.uint8Array({ maxLength: 300 }), (head, rest) => {
        factsOf(bytes(head, rest))
      }),
      { ...RUNS, numRuns: 2000 },
    )
  })

  it('reads a million sections in bounded memory', () => {
    const ng = pcapng()
    const section = bytes(...Array.from({ length: 1000 }, () => ng.section([[4, utf8('a program')]])))
    const facts = createFacts()
    const reader = openReader(facts)
    for (let i = 0; i < 1000; i++) reader.push(section)
    reader.end()
    const { sections, sectionCount, leftOut } = facts.finish(reader.size)
    expect([sections.length, sectionCount, leftOut.sections]).toEqual([1000, 1_000_000, 999_000])
  })
})

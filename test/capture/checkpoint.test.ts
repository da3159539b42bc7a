import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Checkpoint, openReader } from '../../src/capture/reader.ts'
import { originals } from '../fuzz/captures.ts'
import { bytes, everyBlock, MODIFIED, NANOSECONDS, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { recorder, recordingOf, type Told } from '../support/reading.ts'
import { EVERY_RECORD_FORMAT, erf, erfSection, hostId, nettl, snoop } from '../support/records.ts'

const MADE: [string, Uint8Array][] = [
  ...(['little', 'big'] as const).flatMap((order): [string, Uint8Array][] => [
    [`${order}-endian pcap`, pcap([{}, { data: payload(0) }, { data: payload(3000), origlen: 9000 }, {}], { order })],
    [`${order}-endian pcap of nanoseconds`, pcap([{}, { fraction: 999_999_999 }], { order, magic: NANOSECONDS })],
    [`${order}-endian modified pcap`, pcap([{}, { seconds: 1 }, {}, {}], { order, magic: MODIFIED })],
    [`${order}-endian pcapng`, everyBlock(order)],
  ]),
  ['pcap of two long packets', pcap([{ data: payload(70_000) }, { data: payload(200_000) }])],
  ['pcap of version 2.3', pcap([{}, { data: payload(90) }], { minor: 3 })],
  ['pcap of AIX', pcap([{}, {}], { minor: 2, linktype: 6 })],
  ...EVERY_RECORD_FORMAT,
  [
    'snoop of Surveyor, wireless',
    snoop(
      [10, 20, 30].map((length) => ({ data: payload(99).fill(length), padding: 20 })),
      { datalink: 18 },
    ),
  ],
  [
    'nettl of a driver',
    nettl([40, 30, 0].map((caplen) => ({ subsystem: 11, data: new Uint8Array(24 + caplen).fill(caplen, 5, 6) }))),
  ],
]

/** Push sizes, and whether the reader is thrown away after each. */
const steps = (length: number) =>
  fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: length })), fc.boolean()), {
    maxLength: 12,
  })

/** All that a sink is told where the reader is thrown away, and taken up again from its checkpoint as JSON. */
function toldByCheckpoints(file: Uint8Array, plan: [size: number, thrownAway: boolean][]): Told[] {
  const sink = recorder()
  let reader = openReader(sink)
  let at = 0
  for (const [size, thrownAway] of plan) {
    reader.push(file.subarray(at, at + size))
    at = Math.min(file.length, at + size)
    const checkpoint = thrownAway ? reader.checkpoint() : null
    if (checkpoint === null) continue
    const kept = JSON.stringify(checkpoint)
    expect(JSON.parse(kept)).toStrictEqual(checkpoint)
    const taken: Checkpoint = JSON.parse(kept)
    reader = openReader(sink, taken)
    at = taken.at
  }
  reader.push(file.subarray(at))
  reader.end()
  return sink.told
}

const told = (file: Uint8Array) => recordingOf(file).told

describe('a reader that is taken up again from a checkpoint', () => {
  it.each(MADE)('tells of a %s what it tells in one go', (_, file) => {
    const whole = told(file)
    fc.assert(
      fc.property(steps(file.length), (plan) => {
        expect(toldByCheckpoints(file, plan)).toEqual(whole)
      }),
      { seed: 5, numRuns: file.length > 50_000 ? 20 : 150 },
    )
  })

  it('tells the same of what is cut off or damaged', () => {
    const change = fc.record({ at: fc.nat(), octet: fc.nat(255) })
    const damaged = fc
      .tuple(
        fc.constantFrom(...MADE.filter(([, file]) => file.length < 10_000)),
        fc.array(change, { maxLength: 4 }),
        fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat()),
      )
      .map(([[, file], changes, cut]) => {
        const changed = file.slice(0, cut < Number.POSITIVE_INFINITY ? cut % file.length : undefined)
        for (const { at, octet } of changes) changed[at % changed.length] = octet
        return changed
      })
    fc.assert(
      fc.property(damaged, steps(2000), (file, plan) => {
        expect(toldByCheckpoints(file, plan)).toEqual(told(file))
      }),
      { seed: 6, numRuns: 3000 },
    )
  })

  it('tells the same of files of the corpus', () => {
    const files = originals(24 * 1024)
    const sample = files.filter((_, i) => i % Math.ceil(files.length / 150) === 0)
    fc.assert(
      fc.property(fc.constantFrom(...sample), steps(24 * 1024), ({ content }, plan) => {
        const file = content()
        expect(toldByCheckpoints(file, plan)).toEqual(told(file))
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it.each(MADE)(
    'hears of a fault, and does not hang, where the bytes of a %s are not those it was to get',
    (_, file) => {
      const reader = openReader(recorder())
      reader.push(file.subarray(0, file.length >> 1))
      const checkpoint = reader.checkpoint()
      const sink = recorder()
      const resumed = openReader(sink, checkpoint ?? undefined)
      resumed.push(new Uint8Array(2 ** 20).fill(0xee))
      resumed.end()
      expect(sink.told.at(-1)?.[0]).toBe('fault')
    },
  )

  it('goes on where a long packet begins within what was looked at to know the format', () => {
    const file = pcap([{}, { data: payload(90_000) }, { caplen: 0, data: payload(0) }, { data: payload(100_000) }, {}])
    for (const size of [999, 65_536]) expect(recordingOf(file, size, 0).packets.length).toBe(5)
  })

  it('keeps a checkpoint of bounded size, whatever a file describes', () => {
    const ng = pcapng()
    const described = ng.interface([ng.tsoffset(-(2n ** 63n)), ng.tsresol(255)], {
      snaplen: 2 ** 32 - 1,
      linktype: 65_535,
    })
    const interfaces = bytes(...Array.from({ length: 1000 }, () => described))
    const ofPcapng = openReader(recorder())
    ofPcapng.push(ng.section())
    for (let i = 0; i < 70; i++) ofPcapng.push(interfaces)
    expect(JSON.stringify(ofPcapng.checkpoint()).length).toBeLessThan(6_000_000)

    const ofErf = openReader(recorder(0))
    ofErf.push(erf({}, {}, {}))
    const text = utf8('\u0001'.repeat(200))
    for (let i = 0; i < 3000; i++) {
      const tags = [1, 12, 13, 36].map((tag): [number, Uint8Array] => [tag, text])
      ofErf.push(erf({ type: 27, extensions: [hostId(i, 1)], data: erfSection(0xff03, 1, tags) }))
    }
    expect(JSON.stringify(ofErf.checkpoint()).length).toBeLessThan(4_000_000)
  })
})

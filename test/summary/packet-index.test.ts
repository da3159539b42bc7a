import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Checkpoint, openReader } from '../../src/capture/reader.ts'
import { createPacketIndex, type PacketIndex } from '../../src/summary/packet-index.ts'
import { decodeIndex } from '../../src/summary/packet-index-coding.ts'
import { bytes, everyBlock, MODIFIED, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { recordingOf } from '../support/reading.ts'
import { EVERY_RECORD_FORMAT } from '../support/records.ts'
import { capture } from './slicing.ts'

const SMALL = { spanFrames: 2, spanBytes: 300 }

/** Indexed with all of the state written down and taken up again at each cut. */
function encodedIndex(content: Uint8Array, cuts: number[] = [], spans = SMALL): Uint8Array {
  let checkpoint: Checkpoint | undefined
  let state: Uint8Array | undefined
  let from = 0
  for (const cut of [...cuts.sort((a, b) => a - b), content.length]) {
    if (cut < from) continue
    const index = createPacketIndex(state, spans)
    const reader = openReader(index, checkpoint)
    reader.push(content.subarray(from, cut))
    if (cut === content.length) reader.end()
    const taken = reader.checkpoint()
    if (cut === content.length) return index.encode()
    if (taken === null) continue
    checkpoint = JSON.parse(JSON.stringify(taken)) as Checkpoint
    state = index.encode()
    from = taken.at
  }
  throw new Error('not reached')
}

const indexOf = (content: Uint8Array, spans = SMALL): PacketIndex => decodeIndex(encodedIndex(content, [], spans))

describe('the packet index', () => {
  it('has spans with their first packet, offset, section, interfaces and times', () => {
    const write = pcapng('big')
    const packet = (time: bigint) => write.packet(payload(16), { time: time * 1_000_000n })
    const head = bytes(write.section(), write.interface())
    const one = packet(7n).length
    const content = bytes(head, packet(7n), packet(3n), packet(5n), write.section(), write.interface(), packet(4n))
    const untimed = { before: null }
    expect(indexOf(content).spans).toEqual([
      { ...untimed, number: 1, at: 0, section: 0, interfaces: 0, least: 3_000_000_000n, greatest: 7_000_000_000n },
      {
        ...untimed,
        number: 3,
        at: head.length + 2 * one,
        section: 0,
        interfaces: 1,
        least: 4_000_000_000n,
        greatest: 5_000_000_000n,
      },
    ])
  })

  it('gives a packet without a time that of the packet before it, and the first ones none', () => {
    const write = pcapng()
    const simple = write.simplePacket(payload(16))
    const timed = write.packet(payload(16), { time: 9_000_000n })
    const content = bytes(write.section(), write.interface(), simple, timed, simple, simple)
    const [first, second] = indexOf(content).spans
    expect(first).toMatchObject({ number: 1, least: null, greatest: 9_000_000_000n })
    expect(second).toMatchObject({ number: 3, before: 9_000_000_000n, least: 9_000_000_000n })
  })

  describe('is the same, byte for byte, wherever the reading was cut', () => {
    const untimed = bytes(
      pcapng().section(),
      pcapng().interface(),
      ...Array.from({ length: 9 }, (_, i) => pcapng().simplePacket(payload(i))),
    )
    it.each([
      ['every block', bytes(everyBlock(), everyBlock('big'), everyBlock())],
      ['packets without a time', untimed],
      ...(['little', 'big'] as const).map((order): [string, Uint8Array] => [
        `a ${order}-endian pcap`,
        pcap([{}, { data: payload(900) }, { seconds: 1 }, {}, {}], { order }),
      ]),
      ['a modified pcap', pcap([{}, {}, {}, {}], { magic: MODIFIED })],
      ['a pcap of AIX', pcap([{}, {}, {}], { minor: 2, linktype: 15 })],
      ...EVERY_RECORD_FORMAT,
    ])('%s', (_, content) => {
      const whole = encodedIndex(content)
      fc.assert(
        fc.property(fc.array(fc.nat(content.length), { maxLength: 20 }), (cuts) => {
          expect(encodedIndex(content, cuts)).toEqual(whole)
        }),
        { numRuns: 60 },
      )
    })

    it('a capture made of anything', () => {
      fc.assert(
        fc.property(capture, fc.array(fc.nat(9000), { maxLength: 20 }), (content, cuts) => {
          const within = cuts.map((cut) => cut % content.length)
          expect(encodedIndex(content, within)).toEqual(encodedIndex(content))
        }),
        { numRuns: 200 },
      )
    })

    it('one with so many spans that they grow', () => {
      const content = pcap(Array.from({ length: 17_000 }, (_, i) => ({ seconds: i, data: payload(1) })))
      const spans = { spanFrames: 1, spanBytes: 1_048_576 }
      const whole = encodedIndex(content, [], spans)
      const record = 17
      for (const cut of [16_383, 16_384, 16_385, 16_386].map((i) => 24 + i * record))
        expect(encodedIndex(content, [cut, cut + record], spans)).toEqual(whole)
    })
  })

  it('counts what a reader tells again once', () => {
    const content = EVERY_RECORD_FORMAT.find(([name]) => name === 'ERF with provenance')?.[1] ?? new Uint8Array(0)
    const { told } = recordingOf(content)
    expect(told.filter(([callback]) => callback === 'interface').length).toBeGreaterThan(3)
    expect(told.filter(([callback]) => callback === 'section').length).toBeGreaterThan(1)
    expect(indexOf(content)).toMatchObject({ sections: 1, interfaces: 3 }) // as tshark's frame.interface_id
  })

  it('says where names and secrets stand, in sections without packets too', () => {
    const write = pcapng()
    const secrets = write.secrets(utf8('CLIENT_RANDOM\n'))
    const head = write.section()
    const { headers } = indexOf(bytes(head, secrets, head, head, write.interface(), write.packet()))
    expect(headers.map(({ index, lookups }) => ({ index, lookups }))).toEqual([
      { index: 0, lookups: [head.length, secrets.length] },
      { index: 2, lookups: [] },
    ])
  })

  it('takes 14 bytes a span or less: 1,000 packets, or a MiB', () => {
    const content = pcap(
      Array.from({ length: 100_000 }, (_, i) => ({
        seconds: 1_700_000_000 + (i >> 6),
        fraction: i,
        data: payload(20),
      })),
    )
    const spans = { spanFrames: 1000, spanBytes: 1_048_576 }
    expect(indexOf(content, spans).spans).toHaveLength(100)
    expect(encodedIndex(content, [], spans).length).toBeLessThan(100 * 14 + 100)
  })

  it('never has more than 16,384 spans: they grow', () => {
    const content = pcap(Array.from({ length: 40_000 }, (_, i) => ({ seconds: i, data: payload(1) })))
    const { spans, spanFrames } = indexOf(content, { spanFrames: 1, spanBytes: 1_048_576 })
    expect(spanFrames).toBe(4)
    expect(spans.length).toBeLessThan(16_384)
    expect(spans[1]).toMatchObject({ number: 5, least: 4_000_000_000n, greatest: 7_000_000_000n })
  })

  it('stays small for 200,000 sections without packets', () => {
    const write = pcapng()
    const one = bytes(write.section(), write.interface())
    const content = new Uint8Array(one.length * 200_000)
    for (let at = 0; at < content.length; at += one.length) content.set(one, at)
    expect(encodedIndex(content).length).toBeLessThan(100)
  })

  it('is refused when it is of another version, or cut off', () => {
    const encoded = encodedIndex(everyBlock())
    expect(() => decodeIndex(encoded.subarray(0, -1))).toThrow(RangeError)
    expect(() => decodeIndex(Uint8Array.of(99))).toThrow(RangeError)
  })
})

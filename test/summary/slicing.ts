/** Slices in tests: how to cut them, what to expect in them, and what to cut them from. */
import fc from 'fast-check'
import { blockLength, storedPacket } from '../../src/capture/pcapng-writer.ts'
import { openReader } from '../../src/capture/reader.ts'
import type { Frame, Interface, Section } from '../../src/capture/sink.ts'
import { createPacketIndex, type PacketIndex } from '../../src/summary/packet-index.ts'
import { decodeIndex } from '../../src/summary/packet-index-coding.ts'
import { type SliceOptions, slice } from '../../src/summary/slice.ts'
import type { Selection } from '../../src/summary/slice-choice.ts'
import { bytes, type Order, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { recordingOf, type ToldPacket } from '../support/reading.ts'

/** So small that short captures have several spans. */
export const SMALL_SPANS = { spanFrames: 3, spanBytes: 700 }

/** As it is when it has been written down and read again. */
export function indexOf(content: Uint8Array, spans?: { spanFrames: number; spanBytes: number }): PacketIndex {
  const index = createPacketIndex(undefined, spans)
  const reader = openReader(index)
  reader.push(content)
  reader.end()
  return decodeIndex(index.encode())
}

export interface Slicing extends SliceOptions {
  index?: PacketIndex
  /** Bytes that the source says it has, and that it gives at most at once. */
  size?: number
  most?: number
}

/** @returns the slice, and how many bytes of the capture were read for it */
export async function sliceOf(
  content: Uint8Array,
  selection: Selection,
  { index = indexOf(content, SMALL_SPANS), size = content.length, most = size, ...options }: Slicing = {},
): Promise<{ file: Uint8Array; read: number }> {
  const parts: Uint8Array[] = []
  let read = 0
  const source = {
    size,
    read: async (at: number, length: number) => {
      read += length
      return content.slice(at, at + Math.min(length, most))
    },
  }
  for await (const part of slice(index, source, selection, options)) parts.push(part)
  return { file: bytes(...parts), read }
}

/** Anything with a frame number, with all that belongs to it. */
export interface Unit {
  number: number
  /** In nanoseconds, taken over from the one before where it has none; `null`: none at all. */
  time: bigint | null
  /** What a slice must bring. */
  content: object
  copied: boolean
  id: bigint | null
}

/** Read all of a capture. */
export function unitsOf(file: Uint8Array): Unit[] {
  const units: Unit[] = []
  const interfaces: Interface[] = []
  let section: Section | null = null
  let time: bigint | null = null
  for (const [callback, ...what] of recordingOf(file).told) {
    if (callback === 'section') section = what[0] as Section
    if (callback === 'interface') interfaces.push(what[0] as Interface)
    if (callback === 'packetComment')
      (units.at(-1) as Unit & { content: { comments: unknown[] } }).content.comments.push(what[1])
    if (callback !== 'packet' && callback !== 'frame') continue
    const unit = what[0] as ToldPacket | Frame
    if (unit.timed) time = BigInt(unit.seconds) * 1_000_000_000n + BigInt(unit.nanoseconds)
    const { at, number, ...rest } = unit.timed ? unit : { ...unit, seconds: 0, nanoseconds: 0 }
    const littleEndian = section?.byteOrder === 'little'
    const isPcapng = section?.version === '1.0'
    const raw = isPcapng ? file.subarray(at, at + blockLength(file, at, littleEndian)) : null
    const { at: _, index: __, ...sectionText } = section as Section
    const content: Record<string, unknown> = { ...rest, comments: [] }
    let id: bigint | null = null
    if ('interfaceId' in rest) {
      const { at: _at, id: _id, section: _section, ...described } = interfaces[rest.interfaceId] as Interface
      const stored = raw === null ? null : storedPacket(raw, littleEndian)
      const { id: own, others } = optionsOf(stored?.options ?? new Uint8Array(0), littleEndian)
      id = own
      Object.assign(content, { interfaceId: null, described, options: others })
      if (stored !== null)
        Object.assign(content, { interfaceId: stored.interfaceId, ticks: [stored.ticksHigh, stored.ticksLow] })
    }
    if (isPcapng) content.section = sectionText
    const copied = raw === null || new DataView(raw.buffer, raw.byteOffset).getUint32(0, littleEndian) !== 0x40000bad
    units.push({ number, time, content, copied, id })
  }
  return units
}

function optionsOf(options: Uint8Array, littleEndian: boolean): { id: bigint | null; others: string[] } {
  const view = new DataView(options.buffer, options.byteOffset, options.length)
  const others: string[] = []
  let id: bigint | null = null
  for (let at = 0; options.length - at >= 4; ) {
    const [code, length] = [view.getUint16(at, littleEndian), view.getUint16(at + 2, littleEndian)]
    if (code === 0) break
    if (code === 5) id = view.getBigUint64(at + 4, littleEndian)
    else if (code !== 4)
      others.push(`${code}:${Buffer.from(options.subarray(at + 4, at + 4 + length)).toString('hex')}`)
    at += 4 + length + (-length & 3)
  }
  return { id, others }
}

export const contents = (units: Unit[]) => units.map(({ content }) => content)

/** A capture made of what `fc` draws: sections of both byte orders, blocks of all kinds. */
export const capture = fc
  .array(
    fc.record({
      order: fc.constantFrom<Order>('little', 'big'),
      blocks: fc.array(
        fc.tuple(
          fc.constantFrom('E', 'E', 'E', 'E', 'P', 'S', 'I', 'N', 'D', 'T', 'C', 'X', 'J', 'U'),
          fc.nat(200),
          fc.integer({ min: -50, max: 50 }),
        ),
        { maxLength: 40 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((sections) => {
    const parts: Uint8Array[] = []
    let clock = 1_700_000_000
    for (const [s, { order, blocks }] of sections.entries()) {
      const write = pcapng(order)
      const resolutions: number[] = []
      const describe = (size: number) => {
        const tsresol = [6, 9, 3, 0x8a][size % 4] as number
        resolutions.push(tsresol & 0x80 ? 1024 : 10 ** tsresol)
        const options = [[2, utf8(`if ${s}.${resolutions.length}`)], write.tsresol(tsresol)] as [number, Uint8Array][]
        if (size % 5 === 0) options.push(write.tsoffset(BigInt(size)))
        parts.push(write.interface(options, { linktype: size % 3 === 0 ? 101 : 1, snaplen: size % 7 === 0 ? 100 : 0 }))
      }
      parts.push(write.section([[1, utf8(`section ${s}`)]]))
      describe(blocks.length)
      for (const [kind, size, step] of blocks) {
        clock += step
        const data = payload(size, size)
        const interfaceId = size % resolutions.length
        const time = BigInt(clock) * BigInt(resolutions[interfaceId] as number) + BigInt(size % 3)
        const options: [number, Uint8Array][] = []
        if (size % 2) options.push([1, utf8(`comment ${size}`)])
        if (size % 3 === 0) options.push([2, new Uint8Array(4)])
        if (size % 5 === 0) options.push([5, new Uint8Array(8)])
        if (kind === 'E') parts.push(write.packet(data, { interfaceId, time, origlen: size + step + 50 }, options))
        if (kind === 'P') parts.push(write.oldPacket(data, { interfaceId, time, drops: size }, options.slice(0, 1)))
        if (kind === 'S') parts.push(write.simplePacket(data.subarray(0, 100), Math.min(size, 100)))
        if (kind === 'I') describe(size)
        if (kind === 'N') parts.push(write.names([[1, bytes([192, 0, 2, size], utf8(`name${s}\0`))]]))
        if (kind === 'D') parts.push(write.secrets(utf8(`CLIENT_RANDOM ${s} ${size}\n`)))
        if (kind === 'T') parts.push(write.statistics(interfaceId))
        if (kind === 'C') parts.push(write.custom(data))
        if (kind === 'X') parts.push(write.custom(data, { copied: false }))
        if (kind === 'J') parts.push(write.journal(`__REALTIME_TIMESTAMP=${clock}000001\nMESSAGE=${size}\n`))
        if (kind === 'U') parts.push(write.block(0x8000_0001, data))
      }
    }
    return bytes(...parts)
  })

/** A pcap made of what `fc` draws: its records and its variants. */
export const pcapCapture = fc
  .record({
    order: fc.constantFrom<Order>('little', 'big'),
    magic: fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34),
    linktype: fc.constantFrom(1, 101, 204),
    records: fc.array(
      fc.record({
        seconds: fc.oneof(fc.nat(), fc.constant(0x40000bad), fc.constant(0xffffffff)),
        fraction: fc.nat(1_999_999),
        data: fc.integer({ min: 1, max: 300 }).map((size) => payload(size, size)),
        origlen: fc.integer({ min: 300, max: 2000 }),
      }),
      { maxLength: 60 },
    ),
  })
  .map(({ records, ...header }) => pcap(records, header))

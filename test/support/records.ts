/** Builds files of the formats that are one record after the other, for tests. */
import { bytes, payload, utf8, writer } from './captures.ts'

const big = writer('big')
const little = writer('little')
const zeros = (length: number) => new Uint8Array(length)

export interface SnoopRecord {
  data?: Uint8Array
  caplen?: number
  origlen?: number
  length?: number
  microseconds?: number
  padding?: number
}

export function snoop(records: SnoopRecord[], { version = 2, datalink = 4 } = {}): Uint8Array {
  const { u32 } = big
  const written = records.map(({ data = payload(60), microseconds = 5, padding = -data.length & 3, ...lengths }, i) => {
    const { caplen = data.length, origlen = data.length, length = 24 + data.length + padding } = lengths
    return bytes(u32(origlen), u32(caplen), u32(length), u32(0), u32(1000 + i), u32(microseconds), data, zeros(padding))
  })
  return bytes(utf8('snoop\0\0\0'), u32(version), u32(datalink), ...written)
}

/** Times are microseconds since 1970. */
export function btsnoop(times: bigint[], { version = 1, datalink = 1002, data = payload(9), origlen = 9 } = {}) {
  const { u32, u64 } = big
  const records = times.map((time) =>
    bytes(u32(origlen), u32(data.length), u32(0), u32(0), u64(BigInt.asUintN(64, time + 0x00dcddb30f2f8000n)), data),
  )
  return bytes(utf8('btsnoop\0'), u32(version), u32(datalink), ...records)
}

/** The packets are of these types. */
export function packetlogger(types: number[], { order = 'big' as 'big' | 'little', data = payload(20) } = {}) {
  const { u32 } = writer(order)
  const records = types.map((type, i) => bytes(u32(9 + data.length), u32(1_500_000_000 + i), u32(7), [type], data))
  return bytes(...records)
}

export interface Netmon {
  major?: 1 | 2
  minor?: number
  network?: number
  trailer?: (i: number) => Uint8Array
  /** What the frame table lists, by index of the frame. */
  table?: number[]
}

/** Frames of these lengths, a millisecond (of version 2 a microsecond) apart. */
export function netmon(lengths: number[], { major = 2, minor = 0, network = 1, trailer, table }: Netmon = {}) {
  const { u16, u32, u64 } = little
  const frames = lengths.map((length, i) => {
    const head = major === 1 ? [u32(i), u16(length), u16(length)] : [u64(BigInt(i)), u32(length), u32(length)]
    return bytes(...head, payload(length), trailer?.(i) ?? zeros(0))
  })
  const offsets = frames.map((_, i) => 128 + frames.slice(0, i).reduce((sum, frame) => sum + frame.length, 0))
  const tableAt = 128 + frames.reduce((sum, frame) => sum + frame.length, 0)
  const listed = (table ?? offsets.map((_, i) => i)).map((i) => u32(offsets[i] ?? 0))
  const start = [2025, 3, 6, 22, 9, 5, 13, 138].map((part) => u16(part)) // 2025-03-22T09:05:13.138
  const magic = utf8(major === 1 ? 'RTSS' : 'GMBU')
  const header = bytes(magic, [minor, major], u16(network), ...start, u32(tableAt), u32(4 * listed.length))
  return bytes(header, zeros(128 - header.length), ...frames, ...listed, utf8('and more'))
}

export interface NettlRecord {
  subsystem?: number
  kind?: number
  header?: number
  data?: Uint8Array
}

export function nettl(records: NettlRecord[]): Uint8Array {
  const { u16, u32 } = big
  const written = records.map(({ subsystem = 210, kind = 0x20000000, header = 68, data = payload(60) }, i) => {
    const fields = bytes(u16(header), u16(subsystem), zeros(8), u32(kind), zeros(16))
    const lengths = bytes(u32(data.length), u32(data.length), u32(1000 + i), u32(5))
    return bytes(fields, lengths, zeros(Math.max(64, header) - 48), data)
  })
  return bytes([0x54, 0x52, 0, 0x64], zeros(124), ...written)
}

export interface ErfRecord {
  type?: number
  flags?: number
  /** Seconds. */
  time?: number
  data?: Uint8Array
  wlen?: number
  length?: number
  extensions?: Uint8Array[]
}

export function erfRecord(record: ErfRecord = {}): Uint8Array {
  const { u16, u64 } = big
  const { type = 1, flags = 4, time = 1_500_000_000.5, data = payload(60), extensions = [] } = record
  const chain = extensions.map((extension, i) => {
    const more = i + 1 < extensions.length ? 0x80 : 0
    return bytes([(extension[0] ?? 0) | more], extension.subarray(1))
  })
  const { wlen = data.length, length = 16 + 8 * chain.length + data.length } = record
  const head = [type | (chain.length > 0 ? 0x80 : 0), flags]
  return bytes(u64(BigInt(time * 2 ** 32)).reverse(), head, u16(length), u16(0), u16(wlen), ...chain, data)
}

export const erf = (...records: ErfRecord[]): Uint8Array => bytes(...records.map(erfRecord))

/** An extension header that says which host and source a record is from. */
export const hostId = (host: number, source: number): Uint8Array => bytes([17, source, 0, 0], big.u32(host))

/** A section of a provenance record, with its tags. */
export const erfSection = (type: number, id: number, tags: [number, Uint8Array][]): Uint8Array => {
  const { u16 } = big
  const written = tags.map(([tag, value]) => bytes(u16(tag), u16(value.length), value, zeros(-value.length & 3)))
  return bytes(u16(type), u16(4), u16(id), u16(0), ...written)
}

/** One file of each format. */
export const EVERY_RECORD_FORMAT: [string, Uint8Array][] = [
  ['snoop', snoop([{}, { data: payload(3001), origlen: 9000 }, { data: payload(0) }, {}])],
  ['snoop of Surveyor', snoop([{ padding: 20 }, { padding: 33 }])],
  ['snoop of ATM', snoop([{}, {}], { datalink: 18 })],
  ['btsnoop', btsnoop([5n, 1_500_000_000_000_000n, 1_500_000_000_000_001n])],
  ['PacketLogger', packetlogger([0, 1, 2, 3, 252, 0, 0, 0])],
  ['NetMon 1', netmon([60, 61, 900], { major: 1 })],
  ['NetMon 2', netmon([60, 61, 900])],
  ['NetMon 2.1', netmon([60, 61, 0], { minor: 1, trailer: (i) => little.u16([1, 2, 0xfffd][i] ?? 1) })],
  ['nettl', nettl([{}, { subsystem: 2 }, { subsystem: 174, header: 100 }, { kind: 0 }])],
  ['ERF', erf({}, { type: 2, flags: 1, data: payload(900) }, { type: 48, data: zeros(8) }, {}, {})],
  [
    'ERF with provenance',
    erf(
      { extensions: [hostId(7, 5)] },
      {
        type: 27,
        extensions: [hostId(7, 5)],
        data: bytes(
          erfSection(0xff00, 1, [
            [16, utf8('a program')],
            [36, utf8('tcp')],
          ]),
          erfSection(0xff01, 1, [[20, utf8('a machine')]]),
          erfSection(0xff03, 1, [[12, utf8('eth0')]]),
          erfSection(0xff03, 3, [[13, utf8('the third')]]),
        ),
      },
      { extensions: [hostId(7, 5)], flags: 2 },
      { extensions: [hostId(8, 5)], flags: 2 },
    ),
  ],
]

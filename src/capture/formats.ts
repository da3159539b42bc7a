/** The formats there are, by the first bytes of a file. A new one is a file with a `Walker`, and a line here. */
import { BtsnoopWalker } from './btsnoop.ts'
import { ErfWalker, mayBeErf } from './erf.ts'
import { NetmonWalker } from './netmon.ts'
import { NettlWalker } from './nettl.ts'
import { mayBePacketLogger, PacketLoggerWalker } from './packetlogger.ts'
import { isPcapMagic, PcapWalker } from './pcap.ts'
import { PcapngWalker } from './pcapng.ts'
import type { Sink } from './sink.ts'
import { SnoopWalker } from './snoop.ts'
import type { Walker } from './walker.ts'

/** Bytes that suffice to recognise any file; a shorter file is recognised by what there is of it. */
export const RECOGNISABLE = 16

export type FormatFamily = keyof typeof FAMILIES

/** What a file is, by its first bytes. */
export type Recognition =
  | { kind: 'capture'; family: FormatFamily }
  /** To be decompressed by whoever feeds the reader. */
  | { kind: 'compressed'; name: 'gzip' | 'zstd' | 'lz4' }
  /** Known by name, in words; not read. */
  | { kind: 'unread'; name: string }
  | { kind: 'unknown' }

export function recognise(head: Uint8Array): Recognition {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.length >= 4 && isPcapMagic(view.getUint32(0, true), view.getUint32(0, false))) return capture('pcap')
  const found = MAGICS.find(([magic]) => begins(head, magic))?.[1]
  if (found !== undefined) return found
  if (isCommView(view)) return unread('a CommView capture')
  if (mayBePacketLogger(view)) return capture('packetlogger')
  return mayBeErf(view) ? capture('erf') : { kind: 'unknown' }
}

/** Open the reader of a family, at the file's start or where `state` was taken. */
export function openWalker(family: FormatFamily, sink: Sink, state?: object): Walker {
  const Family = FAMILIES[family]
  return new Family(sink, state as never)
}

const FAMILIES = {
  pcap: PcapWalker,
  pcapng: PcapngWalker,
  snoop: SnoopWalker,
  btsnoop: BtsnoopWalker,
  packetlogger: PacketLoggerWalker,
  netmon: NetmonWalker,
  nettl: NettlWalker,
  erf: ErfWalker,
} as const

const capture = (family: FormatFamily): Recognition => ({ kind: 'capture', family })
const unread = (name: string): Recognition => ({ kind: 'unread', name })

/** First bytes, as hexadecimal octets or as text. */
const MAGICS: [string | number[], Recognition][] = [
  [[0x0a, 0x0d, 0x0d, 0x0a], capture('pcapng')],
  [[0x1f, 0x8b], { kind: 'compressed', name: 'gzip' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { kind: 'compressed', name: 'zstd' }],
  [[0x04, 0x22, 0x4d, 0x18], { kind: 'compressed', name: 'lz4' }],
  [[0x02, 0x21, 0x4c, 0x18], unread('legacy lz4')],
  ...Array.from({ length: 16 }, (_, i): [number[], Recognition] => [
    [0x50 + i, 0x2a, 0x4d, 0x18],
    unread('a zstd or lz4 stream that begins with a skippable frame'),
  ]),
  [[0x5d, 0x00, 0x00], unread('lzma')],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unread('xz')],
  ['BZh', unread('bzip2')],
  ['snoop\0\0\0', capture('snoop')],
  ['btsnoop\0', capture('btsnoop')],
  [[0x54, 0x52, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], capture('nettl')],
  [[0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0xd0, 0x00], capture('nettl')], // HP-UX 9
  ['RTSS', capture('netmon')],
  ['GMBU', capture('netmon')],
  ['XCP\0', unread('a NetXRay or Windows Sniffer capture')],
  ['VL\0\0', unread('a NetXRay capture')],
  ['TRSNIFF data    ', unread('a Sniffer capture')],
  ['ObserverPktBuffe', unread('an Observer capture')],
  [[0x05, 0x56, 0x4e, 0x46], unread('a Visual Networks capture')],
  [[0xaa, 0xaa, 0xaa, 0xaa], unread('an Accellent 5Views capture')],
  [[0x00, 0x00, 0x02, 0x00, 0x12, 0x05, 0x00, 0x10], unread('a K12 capture')],
  ['+---------+-----', unread('a K12 text capture')],
  [[0x01, 0x10, 0x4c, 0x00, 0x01, 0x05], unread('a LANalyzer capture')],
]

/** CommView has no magic number: a length, in the older format twice and followed by a version, and then a date and a time. */
function isCommView(head: DataView): boolean {
  if (head.byteLength < RECOGNISABLE) return false
  const isOlder = head.getUint16(0, true) === head.getUint16(2, true) && head.getUint8(4) === 0
  const at = isOlder ? 5 : 4
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = Array.from({ length: 5 }, (_, i) =>
    head.getUint8(at + 2 + i),
  )
  const year = head.getUint16(at, true)
  const microseconds = head.getUint32(at + 7, true)
  return (
    year >= 1990 &&
    year < 2100 &&
    month > 0 &&
    month <= 12 &&
    day > 0 &&
    day <= 31 &&
    hour < 24 &&
    minute < 60 &&
    second <= 60 &&
    microseconds < 1_000_000
  )
}

const begins = (head: Uint8Array, magic: string | number[]): boolean => {
  const octets = typeof magic === 'string' ? [...magic].map((letter) => letter.charCodeAt(0)) : magic
  return octets.every((octet, i) => head[i] === octet)
}

/** The formats there are, by the first bytes of a file. A new one is a file with a `Walker`, and a line here. */
import { isPcapMagic, PcapWalker } from './pcap.ts'
import { PcapngWalker } from './pcapng.ts'
import type { Sink } from './sink.ts'
import type { Walker } from './walker.ts'

/** Bytes that suffice to recognise any file; a shorter file is recognised by what there is of it. */
export const RECOGNISABLE = 16

export type FormatFamily = 'pcap' | 'pcapng'

/** What a file is, by its first bytes. */
export type Recognition =
  | { kind: 'capture'; family: FormatFamily }
  /** To be decompressed by whoever feeds the reader. */
  | { kind: 'compressed'; name: 'gzip' | 'zstd' | 'lz4' }
  /** Known by name, in words; not read. */
  | { kind: 'unread'; name: string }
  | { kind: 'unknown' }

export function recognise(head: Uint8Array): Recognition {
  if (head.length >= 4) {
    const view = new DataView(head.buffer, head.byteOffset, 4)
    if (isPcapMagic(view.getUint32(0, true), view.getUint32(0, false))) return { kind: 'capture', family: 'pcap' }
  }
  return MAGICS.find(([magic]) => begins(head, magic))?.[1] ?? { kind: 'unknown' }
}

/** Open the reader of a family, at the file's start or where `state` was taken. */
export function openWalker(family: FormatFamily, sink: Sink, state?: object): Walker {
  const Family = FAMILIES[family]
  return new Family(sink, state as never)
}

const FAMILIES = { pcap: PcapWalker, pcapng: PcapngWalker } as const satisfies Record<FormatFamily, unknown>

const unread = (name: string): Recognition => ({ kind: 'unread', name })

/** First bytes, as hexadecimal octets or as text. */
const MAGICS: [string | number[], Recognition][] = [
  [[0x0a, 0x0d, 0x0d, 0x0a], { kind: 'capture', family: 'pcapng' }],
  [[0x1f, 0x8b], { kind: 'compressed', name: 'gzip' }],
  [[0x28, 0xb5, 0x2f, 0xfd], { kind: 'compressed', name: 'zstd' }],
  [[0x04, 0x22, 0x4d, 0x18], { kind: 'compressed', name: 'lz4' }],
  [[0x02, 0x21, 0x4c, 0x18], unread('legacy lz4')],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unread('xz')],
  ['BZh', unread('bzip2')],
  [[0x1c, 0x00, 0x01, 0xab], unread('an IXIA capture')],
  [[0x1c, 0x00, 0x01, 0xac], unread('an IXIA capture')],
  [[0xab, 0x01, 0x00, 0x1c], unread('an IXIA capture')],
  [[0xac, 0x01, 0x00, 0x1c], unread('an IXIA capture')],
  ['snoop\0\0\0', unread('a snoop capture')],
  ['btsnoop\0', unread('a btsnoop capture')],
  ['RTSS', unread('a Microsoft NetMon 1 capture')],
  ['GMBU', unread('a Microsoft NetMon 2 capture')],
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

const begins = (head: Uint8Array, magic: string | number[]): boolean => {
  const octets = typeof magic === 'string' ? [...magic].map((letter) => letter.charCodeAt(0)) : magic
  return octets.every((octet, i) => head[i] === octet)
}

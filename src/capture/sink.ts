/** What a reader tells of a capture, piece by piece, in file order. */
import type { Fault } from './faults.ts'
import type { Packet } from './packet.ts'
import type { InterfaceOptions, InterfaceStatistics, SectionOptions } from './pcapng-options.ts'
import type { Precision } from './timestamps.ts'

/** Takes in a capture. Whatever is handed over beside packets is the sink's to keep; `at` is always a file offset. */
export interface Sink {
  /** Bytes of each packet that the sink looks at, up to 262,144; 0 if none. The reader need not gather more. */
  readonly snaplen: number
  /** The file's format is known. Called before all else but a refusal. */
  format(format: FormatName): void
  /** What stands before the packets has been read and makes sense. */
  opened(): void
  /** Told again with the same `index` or `id` when more has become known. */
  section(section: Section): void
  interface(described: Interface): void
  packet(packet: Packet): void
  /** A block that holds no packet, yet takes a frame number. */
  frame(frame: Frame): void
  packetComment(frame: number, comment: string): void
  nameResolution(names: NameResolution): void
  interfaceStatistics(statistics: InterfaceStatistics): void
  decryptionSecrets(secrets: DecryptionSecrets): void
  fault(fault: Fault): void
}

/** Formats by the short name that capinfos gives them. */
export type FormatName =
  | 'pcap'
  | 'nsecpcap'
  | 'modpcap'
  | 'rh6_1pcap'
  | 'suse6_3pcap'
  | 'nokiapcap'
  | 'aixpcap'
  | 'pcapng'
  | 'snoop'
  | 'shomiti'
  | 'btsnoop'
  | 'pklg'
  | 'netmon1'
  | 'netmon2'
  | 'erf'
  | 'nettl'

/** A pcapng section. A pcap file is one section without options. */
export interface Section extends SectionOptions {
  at: number
  /** From 0, in file order. */
  index: number
  byteOrder: 'little' | 'big'
  /** `major.minor` */
  version: string
}

/** A capture interface, described by an IDB or by a pcap file header. */
export interface Interface extends InterfaceOptions {
  at: number
  /** Index in the whole file. */
  id: number
  section: number
  linktype: number
  /** Bytes kept of each packet, as written; 0 in an IDB means no limit. */
  snaplen: number
  ticksPerSecond: bigint
  /** The file does not tell of interfaces; this one stands for all packets of a link type. */
  implied?: true
  /** Decimal places that capinfos gives this interface's times. */
  precision: Precision
}

/** A custom block, a systemd journal entry or a Sysdig event. */
export interface Frame {
  /** As `Packet.number`. */
  number: number
  at: number
  kind: 'custom' | 'journal' | 'sysdig'
  timed: boolean
  seconds: number
  nanoseconds: number
  /** Bytes that tshark reports for it. */
  caplen: number
  origlen: number
}

/** A Name Resolution Block: how many names it gives to addresses. */
export interface NameResolution {
  at: number
  /** Bytes of the block; 0 if it is not all there, as the file ends within it. */
  length: number
  ipv4: number
  ipv6: number
}

/** A Decryption Secrets Block. The secrets themselves stay in the file, `length` bytes of block at `at`. */
export interface DecryptionSecrets {
  at: number
  length: number
  /** As registered: 0x544c534b is a TLS key log. */
  type: number
}

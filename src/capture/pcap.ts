/** The pcap file format, draft-ietf-opsawg-pcap, and its variants, which no document describes: checked against capinfos 4.0.17. */
import { linktypeOf, maxCaplen } from './linktypes.ts'
import { blankPacket } from './packet.ts'
import { hasPseudoHeader, stripPseudoHeader } from './pseudo-headers.ts'
import type { FormatName, Sink } from './sink.ts'
import { Walker } from './walker.ts'

// File header: magic 0, major 4, minor 6, thiszone 8 (ignored), sigfigs 12, snaplen 16, linktype and FCS 20.
const FILE_HEADER = 24
// Record: seconds 0, fraction 4, caplen 8, origlen 12, and in some variants more: interface, protocol, packet type, ….
const RECORD_HEADER = 16

/** Bits of the link type field that must be zero; those above hold the length of the FCS. */
const RESERVED_BITS = 0x03ff0000

/** How the records of a file are written. */
interface Variant {
  format: FormatName
  perSecond: 1_000_000 | 1_000_000_000
  recordHeader: number
}

const PCAP: Variant = { format: 'pcap', perSecond: 1_000_000, recordHeader: RECORD_HEADER }
const NANOSECONDS: Variant = { format: 'nsecpcap', perSecond: 1_000_000_000, recordHeader: RECORD_HEADER }
const MODIFIED: Variant = { format: 'modpcap', perSecond: 1_000_000, recordHeader: 24 }
const RED_HAT: Variant = { format: 'rh6_1pcap', perSecond: 1_000_000, recordHeader: 24 }
const SUSE: Variant = { format: 'suse6_3pcap', perSecond: 1_000_000, recordHeader: 28 }
const NOKIA: Variant = { format: 'nokiapcap', perSecond: 1_000_000, recordHeader: 20 }
const AIX: Variant = { format: 'aixpcap', perSecond: 1_000_000_000, recordHeader: RECORD_HEADER }

/** What a magic number can mean, when read in the file's byte order: the likeliest first. */
const MAGICS = new Map<number, Variant[]>([
  [0xa1b2c3d4, [PCAP, RED_HAT, NOKIA]],
  [0xa1b23c4d, [NANOSECONDS]],
  [0xa1b2cd34, [MODIFIED, SUSE]],
  [0x1c0001ac, [PCAP]],
  [0x1c0001ab, [PCAP]],
])
/** IXIA's, in whose files the length of all records follows the header. */
const IXIA = [0x1c0001ac, 0x1c0001ab]
const IXIA_FILE_HEADER = 28

/** AIX writes version 2.2, and for the link type its interface type: Ethernet, Token Ring, FDDI, loopback. */
const AIX_LINKTYPES = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
])
/** It puts three octets before an FDDI frame. */
const AIX_FDDI_PADDING = 3
const FDDI = 10

/** Records by which variants are told apart, and bytes of the file that are looked at for that. */
const RECORDS_TRIED = 3
const MOST_TRIED = 1024 * 1024
/** A packet longer than that on the wire is hardly one. */
const UNLIKELY_ORIGLEN = 134_217_728

/** Which length comes first in a record: caplen since 2.4, origlen before 2.3, and in 2.3 the smaller is the caplen. */
type LengthOrder = 'caplen-first' | 'origlen-first' | 'either'

interface PcapState {
  /** The file header has been read. */
  begun: boolean
  littleEndian: boolean
  perSecond: number
  recordHeader: number
  lengthOrder: LengthOrder
  linktype: number
  /** Bytes between a record's header and its packet. */
  padding: number
  packets: number
}

const BEFORE_HEADER: PcapState = {
  begun: false,
  littleEndian: true,
  perSecond: 0,
  recordHeader: 0,
  lengthOrder: 'caplen-first',
  linktype: 0,
  padding: 0,
  packets: 0,
}

/** @returns whether a file that begins with this 32-bit word, in either byte order, is a pcap */
export const isPcapMagic = (littleEndianWord: number, bigEndianWord: number): boolean =>
  MAGICS.has(littleEndianWord) || MAGICS.has(bigEndianWord)

/** Reads pcap. Holds at most one record, up to `MAX_SNAPLEN` bytes of it. */
export class PcapWalker extends Walker {
  readonly state: PcapState
  private readonly packet = blankPacket()

  constructor(sink: Sink, state: PcapState = BEFORE_HEADER) {
    super(sink)
    this.state = { ...state }
  }

  override get begun(): boolean {
    return this.state.begun
  }

  override walk(bytes: Uint8Array, from: number, to: number, offset: number): number {
    if (this.state.begun) return this.walkRecords(bytes, from, to, offset)
    if (to - from < FILE_HEADER) {
      this.ask(FILE_HEADER)
      return from
    }
    const length = this.readFileHeader(new DataView(bytes.buffer, bytes.byteOffset + from, to - from))
    return this.stopped || length === null ? from : this.walkRecords(bytes, from + length, to, offset + length)
  }

  override end(at: number | null): void {
    if (at === null) return
    if (this.state.begun) this.fault(at, 'truncated-record', 'the file ends within a packet record')
    else this.fault(at, 'truncated-header', 'the file ends within its header')
  }

  /** @param view the file from its start. @returns the header's length; `null` if more must be seen to know the variant */
  private readFileHeader(view: DataView): number | null {
    const littleEndian = MAGICS.has(view.getUint32(0, true))
    const magic = view.getUint32(0, littleEndian)
    const length = IXIA.includes(magic) ? IXIA_FILE_HEADER : FILE_HEADER
    if (view.byteLength < length) {
      this.ask(length)
      return null
    }
    const major = view.getUint16(4, littleEndian)
    const minor = view.getUint16(6, littleEndian)
    const snaplen = view.getUint32(16, littleEndian)
    const linktypeField = view.getUint32(20, littleEndian)
    const ofAix = magic === 0xa1b2c3d4 && major === 2 && minor === 2 ? AIX_LINKTYPES.get(linktypeField) : undefined
    const linktype = ofAix ?? linktypeField & 0xffff
    const variants = ofAix === undefined ? (MAGICS.get(magic) ?? []) : [AIX]
    const lengthOrder = lengthOrderOf(major, minor)
    const supported = major >= 2 && (linktypeField & RESERVED_BITS) === 0 && linktypeOf(linktype) !== null
    const trial = new Trial(view, length, littleEndian, { snaplen, linktype, lengthOrder }, this.over)
    const variant = supported ? trial.choose(variants) : variants[0]
    if (variant === undefined) {
      this.ask(trial.need)
      return null
    }
    const { format, perSecond, recordHeader } = variant
    this.sink.format(format)
    if (major < 2) this.fault(0, 'unsupported', `pcap version ${major}.${minor}`)
    else if (linktypeField & RESERVED_BITS) this.fault(0, 'unsupported', 'reserved bits are set in the link type')
    else if (linktypeOf(linktype) === null) this.fault(0, 'unsupported', `link type ${linktype}`)
    if (this.stopped) return null
    const padding = ofAix === FDDI ? AIX_FDDI_PADDING : 0
    Object.assign(this.state, { begun: true, littleEndian, perSecond, recordHeader, lengthOrder, linktype, padding })
    this.sink.section({
      at: 0,
      index: 0,
      byteOrder: littleEndian ? 'little' : 'big',
      version: `${major}.${minor}`,
      comments: [],
    })
    this.sink.interface({
      at: 0,
      id: 0,
      section: 0,
      linktype,
      snaplen,
      ticksPerSecond: BigInt(perSecond),
      precision: perSecond === 1_000_000 ? 6 : 9,
      ...(perSecond === 1_000_000_000 && { if_tsresol: 9 }),
      comments: [],
    })
    this.sink.opened()
    return length
  }

  private walkRecords(bytes: Uint8Array, from: number, to: number, offset: number): number {
    const { littleEndian, perSecond, recordHeader, lengthOrder, linktype, padding } = this.state
    const { sink, packet } = this
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const limit = maxCaplen(linktype)
    const strip = hasPseudoHeader(linktype)
    const toNanoseconds = 1_000_000_000 / perSecond
    packet.linktype = linktype
    packet.timed = true
    packet.data = bytes
    let at = from
    while (to - at >= recordHeader) {
      let caplen = view.getUint32(at + 8, littleEndian)
      let origlen = view.getUint32(at + 12, littleEndian)
      if (lengthOrder !== 'caplen-first' && (lengthOrder === 'origlen-first' || caplen > origlen))
        [caplen, origlen] = [origlen, caplen]
      if (caplen > limit) {
        this.fault(offset + at - from, 'bad-length', `a packet of ${caplen} bytes; at most ${limit} can be`)
        return at
      }
      const end = at + recordHeader + caplen - this.gap
      if (end > to) {
        const held = Math.min(caplen, this.held)
        this.ask(recordHeader + held, recordHeader + held, caplen - held)
        return at
      }
      this.gap = 0
      const fraction = view.getUint32(at + 4, littleEndian)
      packet.seconds = view.getUint32(at, littleEndian)
      packet.nanoseconds = fraction * toNanoseconds
      if (fraction >= perSecond) {
        packet.seconds += Math.floor(fraction / perSecond)
        packet.nanoseconds = (fraction % perSecond) * toNanoseconds
      }
      packet.number = ++this.state.packets
      packet.at = offset + at - from
      packet.caplen = caplen
      packet.origlen = origlen
      packet.start = at + recordHeader
      if (padding > 0) {
        if (caplen < padding) {
          this.fault(packet.at, 'bad-length', `a packet of ${caplen} bytes, less than its padding`)
          return at
        }
        packet.start += padding
        packet.caplen -= padding
        packet.origlen = Math.max(0, origlen - padding)
      }
      if (strip) {
        const problem = stripPseudoHeader(packet, true)
        if (problem !== null) {
          this.fault(packet.at, 'bad-pseudo-header', problem)
          return at
        }
      }
      sink.packet(packet)
      at = end
    }
    if (at < to) this.ask(recordHeader)
    return at
  }
}

/** What of a file header the records must agree with. */
interface Frame {
  snaplen: number
  linktype: number
  lengthOrder: LengthOrder
}

/** Tells variants apart that have one magic number, by how well the first records fit. */
class Trial {
  /** Bytes of the file that must be seen before there is a choice. */
  need = 0
  private readonly view: DataView
  private readonly start: number
  private readonly littleEndian: boolean
  private readonly frame: Frame
  private readonly whole: boolean

  /** @param whole whether the file ends with `view` */
  constructor(view: DataView, start: number, littleEndian: boolean, frame: Frame, whole: boolean) {
    this.view = view
    this.start = start
    this.littleEndian = littleEndian
    this.frame = frame
    this.whole = whole
  }

  /** @returns the first variant with the fewest oddities; `undefined` if that takes `need` bytes of the file */
  choose(variants: Variant[]): Variant | undefined {
    let best: Variant | undefined = variants[0]
    let fewest = Number.POSITIVE_INFINITY
    if (variants.length === 1) return best
    for (const variant of variants) {
      const odd = this.oddities(variant)
      if (odd === null) return undefined
      if (odd === 0) return variant
      if (odd < fewest) {
        best = variant
        fewest = odd
      }
    }
    return best
  }

  /** @returns how many oddities the first odd one of the first records has, 0 if there is none */
  private oddities({ recordHeader, perSecond }: Variant): number | null {
    const { view, littleEndian } = this
    const { snaplen, linktype, lengthOrder } = this.frame
    let at = this.start
    for (let i = 0; i < RECORDS_TRIED; i++) {
      if (at === view.byteLength && this.whole) return 0
      const head = this.reaches(at + recordHeader)
      if (head !== true) return head
      let caplen = view.getUint32(at + 8, littleEndian)
      let origlen = view.getUint32(at + 12, littleEndian)
      if (lengthOrder !== 'caplen-first' && (lengthOrder === 'origlen-first' || caplen > origlen))
        [caplen, origlen] = [origlen, caplen]
      const odd = [
        view.getUint32(at + 4, littleEndian) >= perSecond,
        caplen > maxCaplen(linktype),
        origlen > UNLIKELY_ORIGLEN,
        caplen > snaplen,
        caplen > origlen,
      ].filter((is) => is).length
      if (odd > 0) return odd
      at += recordHeader + caplen
      const data = this.reaches(at)
      if (data !== true) return data
    }
    return 0
  }

  /** @returns whether the file reaches so far; if not, the oddities that this is, or `null` where it is not known yet */
  private reaches(end: number): true | 0 | 1 | null {
    if (end <= this.view.byteLength) return true
    if (end > MOST_TRIED) return 0
    if (this.whole) return 1
    this.need = end
    return null
  }
}

const lengthOrderOf = (major: number, minor: number): LengthOrder =>
  major > 2 || minor > 3 ? 'caplen-first' : minor === 3 ? 'either' : 'origlen-first'

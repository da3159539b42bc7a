/** The pcap file format and its modified ("Kuznetzov") variant. draft-ietf-opsawg-pcap. */
import { linktypeOf, maxCaplen } from './linktypes.ts'
import { blankPacket } from './packet.ts'
import { hasPseudoHeader, stripPseudoHeader } from './pseudo-headers.ts'
import type { FormatName, Sink } from './sink.ts'
import { Walker } from './walker.ts'

// File header: magic 0, major 4, minor 6, thiszone 8 (ignored), sigfigs 12, snaplen 16, linktype and FCS 20.
const FILE_HEADER = 24
// Record: seconds 0, fraction 4, caplen 8, origlen 12, and in the modified variant ifindex, protocol, type, padding.
const RECORD_HEADER = 16
const MODIFIED_RECORD_HEADER = 24

/** Bits of the link type field that must be zero; those above hold the length of the FCS. */
const RESERVED_BITS = 0x03ff0000

/** What a magic number says, when read in the file's byte order. */
const MAGICS = new Map<number, { format: FormatName; perSecond: 1_000_000 | 1_000_000_000; recordHeader: number }>([
  [0xa1b2c3d4, { format: 'pcap', perSecond: 1_000_000, recordHeader: RECORD_HEADER }],
  [0xa1b23c4d, { format: 'nsecpcap', perSecond: 1_000_000_000, recordHeader: RECORD_HEADER }],
  [0xa1b2cd34, { format: 'modpcap', perSecond: 1_000_000, recordHeader: MODIFIED_RECORD_HEADER }],
])

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
  packets: number
}

const BEFORE_HEADER: PcapState = {
  begun: false,
  littleEndian: true,
  perSecond: 0,
  recordHeader: 0,
  lengthOrder: 'caplen-first',
  linktype: 0,
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

  override walk(bytes: Uint8Array, from: number, to: number, offset: number): number {
    if (this.state.begun) return this.walkRecords(bytes, from, to, offset)
    if (to - from < FILE_HEADER) {
      this.ask(FILE_HEADER)
      return from
    }
    this.readFileHeader(new DataView(bytes.buffer, bytes.byteOffset + from, FILE_HEADER))
    return this.stopped ? from : this.walkRecords(bytes, from + FILE_HEADER, to, offset + FILE_HEADER)
  }

  override end(at: number | null): void {
    if (at === null) return
    if (this.state.begun) this.fault(at, 'truncated-record', 'the file ends within a packet record')
    else this.fault(at, 'truncated-header', 'the file ends within its header')
  }

  private readFileHeader(view: DataView) {
    const littleEndian = MAGICS.has(view.getUint32(0, true))
    const magic = MAGICS.get(view.getUint32(0, littleEndian))
    if (magic === undefined) return this.fault(0, 'unrecognised', 'not a pcap file')
    this.sink.format(magic.format)
    const major = view.getUint16(4, littleEndian)
    const minor = view.getUint16(6, littleEndian)
    if (major < 2) return this.fault(0, 'unsupported', `pcap version ${major}.${minor}`)
    const linktypeField = view.getUint32(20, littleEndian)
    if (linktypeField & RESERVED_BITS) return this.fault(0, 'unsupported', 'reserved bits are set in the link type')
    const linktype = linktypeField & 0xffff
    if (linktypeOf(linktype) === null) return this.fault(0, 'unsupported', `link type ${linktype}`)
    Object.assign(this.state, {
      begun: true,
      littleEndian,
      perSecond: magic.perSecond,
      recordHeader: magic.recordHeader,
      lengthOrder: lengthOrderOf(major, minor),
      linktype,
    })
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
      snaplen: view.getUint32(16, littleEndian),
      ticksPerSecond: BigInt(magic.perSecond),
      precision: magic.perSecond === 1_000_000 ? 6 : 9,
      ...(magic.perSecond === 1_000_000_000 && { if_tsresol: 9 }),
      comments: [],
    })
    this.sink.opened()
  }

  private walkRecords(bytes: Uint8Array, from: number, to: number, offset: number): number {
    const { littleEndian, perSecond, recordHeader, lengthOrder, linktype } = this.state
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

const lengthOrderOf = (major: number, minor: number): LengthOrder =>
  major > 2 || minor > 3 ? 'caplen-first' : minor === 3 ? 'either' : 'origlen-first'

/** Traces of HP-UX's nettl. No specification is at hand: fields and subsystems are as probing capinfos 4.0.17 showed them. */
import {
  ETHERNET_NETTL,
  FDDI_NETTL,
  ICMP_NETTL,
  ICMPV6_NETTL,
  IP_NETTL,
  SEVERAL_LINKTYPES,
  TELNET_NETTL,
  TOKEN_RING_NETTL,
  X25_NETTL,
} from './linktypes.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Sink } from './sink.ts'
import { readTime } from './timestamps.ts'

/** Magic 0, and then what tells of the machine. */
const FILE_HEADER = 128
// Record: length of the header 0, subsystem 2, device 4, kind 12, caplen 32, origlen 36, seconds 40, microseconds 44.
const LEAST_RECORD_HEADER = 64

/** Bits of a record's kind: a packet going in, or out. Whatever else is traced is taken for raw IP. */
const PACKET = 0x30000000

/** What a subsystem traces: a link type, and how many bytes of its own stand before the packet. */
interface Subsystem {
  linktype: number
  skip: number
}

/** A driver's packets have a header of their own, whose lengths stand above the record's: caplen 4, origlen 6. */
const DRIVER = 11
const DRIVER_HEADER = 24

const ETHERNET = [
  DRIVER,
  37,
  164,
  172,
  173,
  178,
  179,
  180,
  185,
  189,
  190,
  210,
  233,
  252,
  253,
  265,
  269,
  270,
  271,
  275,
  277,
  278,
]
const SUBSYSTEMS = new Map<number, Subsystem>([
  ...ETHERNET.map((id): [number, Subsystem] => [id, { linktype: ETHERNET_NETTL, skip: 0 }]),
  [2, { linktype: IP_NETTL, skip: 26 }],
  [6, { linktype: IP_NETTL, skip: 0 }],
  [8, { linktype: IP_NETTL, skip: 0 }],
  [9, { linktype: IP_NETTL, skip: 0 }],
  [23, { linktype: ICMP_NETTL, skip: 0 }],
  [31, { linktype: TOKEN_RING_NETTL, skip: 0 }],
  [34, { linktype: X25_NETTL, skip: 24 }],
  [35, { linktype: X25_NETTL, skip: 24 }],
  [95, { linktype: FDDI_NETTL, skip: 0 }],
  [174, { linktype: FDDI_NETTL, skip: 3 }],
  [176, { linktype: FDDI_NETTL, skip: 3 }],
  [177, { linktype: FDDI_NETTL, skip: 3 }],
  [187, { linktype: TOKEN_RING_NETTL, skip: 0 }],
  [244, { linktype: IP_NETTL, skip: 0 }],
  [245, { linktype: ICMPV6_NETTL, skip: 0 }],
  [267, { linktype: TELNET_NETTL, skip: 0 }],
  [268, { linktype: IP_NETTL, skip: 8 }],
])
/** Any other is taken for a LAN driver. */
const OTHER: Subsystem = { linktype: ETHERNET_NETTL, skip: 0 }
const NO_PACKET: Subsystem = { linktype: IP_NETTL, skip: 0 }
/** Subsystems by which, in the first record, the link type of the whole file is not told. */
const OF_NO_FILE = [34, 35, 268]

interface NettlState extends RecordsState {
  /** The link types met so far, in the order of the interfaces that stand for them; the first is the file's. */
  linktypes: number[]
}

/** Reads nettl; see `RecordWalker`. */
export class NettlWalker extends RecordWalker<NettlState> {
  protected override readonly recordHeader = LEAST_RECORD_HEADER

  constructor(sink: Sink, state: NettlState = { begun: false, packets: 0, linktypes: [] }) {
    super(sink, state)
    this.state.linktypes = [...state.linktypes]
  }

  protected override readFileHeader(view: DataView): number | null {
    if (view.byteLength < FILE_HEADER + 4) {
      this.ask(FILE_HEADER + 4)
      return null
    }
    const subsystem = view.getUint16(FILE_HEADER + 2)
    const linktype = OF_NO_FILE.includes(subsystem) ? undefined : SUBSYSTEMS.get(subsystem)?.linktype
    this.sink.format('nettl')
    this.state.linktypes.push(linktype ?? SEVERAL_LINKTYPES)
    this.tell('', { linktype: linktype ?? SEVERAL_LINKTYPES, implied: true })
    return FILE_HEADER
  }

  protected override readRecord(view: DataView, at: number, offset: number, to: number): number {
    const { packet } = this
    const header = view.getUint16(at)
    const subsystem = view.getUint16(at + 2)
    const isPacket = (view.getUint32(at + 12) & PACKET) !== 0
    if (header < LEAST_RECORD_HEADER) {
      this.fault(offset, 'bad-length', `a record header of ${header} bytes`)
      return 0
    }
    readTime(packet, view.getUint32(at + 40), view.getUint32(at + 44))
    if (isPacket && subsystem === DRIVER) return this.readDriverRecord(view, at, header, to)
    const { linktype, skip } = isPacket ? (SUBSYSTEMS.get(subsystem) ?? OTHER) : NO_PACKET
    const caplen = view.getUint32(at + 32)
    packet.linktype = linktype
    if (!this.fits(caplen, offset)) return 0
    if (caplen < skip) {
      this.fault(offset, 'bad-length', `a packet of ${caplen} bytes, less than the ${skip} before it`)
      return 0
    }
    packet.caplen = caplen - skip
    packet.origlen = Math.max(0, view.getUint32(at + 36) - skip)
    packet.start = header + skip
    return header + caplen
  }

  private readDriverRecord(view: DataView, at: number, header: number, to: number): number {
    const { packet } = this
    const start = header + DRIVER_HEADER
    if (to - at < start) {
      this.ask(start)
      return 0
    }
    packet.linktype = ETHERNET_NETTL
    packet.caplen = view.getUint16(at + header + 4)
    packet.origlen = view.getUint16(at + header + 6)
    packet.start = start
    return start + packet.caplen
  }

  protected override readTrailer(): boolean {
    this.turnTo(this.state.linktypes)
    return true
  }
}

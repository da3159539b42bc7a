/** The snoop format. RFC 1761; and the variant of Shomiti's, later Finisar's, Surveyor. */
import { FDDI, IEEE_802_11_RADIO, IP_OVER_IB } from './linktypes.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Sink } from './sink.ts'
import { readTime } from './timestamps.ts'

// File header: magic 0, version 8, datalink type 12.
const FILE_HEADER = 16
// Record: origlen 0, caplen 4, record length with header and padding 8, drops 12, seconds 16, microseconds 20.
const RECORD_HEADER = 24

/** RFC 1761 is version 2; Surveyor also wrote 3 to 5. */
const VERSIONS = [2, 5] as const

/** LINKTYPE_ values by datalink type. RFC 1761 and https://www.iana.org/assignments/snoop-datalink-types. */
const LINKTYPES = new Map([
  [0, 1], // IEEE 802.3
  [2, 6], // Token Ring
  [4, 1], // Ethernet
  [8, FDDI],
  [9, 0],
  [14, 0], // loopback
  [16, 122], // IP over Fibre Channel
  [18, 123], // ATM
  [26, IP_OVER_IB],
])

/** The same for Surveyor: promiscuous and full-duplex Ethernet and Token Ring, each at several speeds; and wireless. */
const SURVEYOR_LINKTYPES = new Map([
  [0, 1],
  [2, 6],
  [4, 1],
  [8, FDDI],
  [10, 1],
  [11, 6],
  [12, 1],
  [13, 6],
  [14, 6],
  [18, IEEE_802_11_RADIO],
  [19, 1],
])
/** Before a wireless packet: four octets, of which the last is the length of the radio information that follows. */
const RADIO_PREFIX = 4
const LEAST_RADIO = 8
/** Surveyor puts data of its own behind a packet; others pad it by less than this. */
const SURVEYOR_PADDING = 16

interface SnoopState extends RecordsState {
  linktype: number
}

/** Reads snoop; see `RecordWalker`. */
export class SnoopWalker extends RecordWalker<SnoopState> {
  protected override readonly recordHeader = RECORD_HEADER
  protected override readonly pseudoHeaders = true

  constructor(sink: Sink, state: SnoopState = { begun: false, packets: 0, linktype: 0 }) {
    super(sink, state)
    this.packet.linktype = this.state.linktype
  }

  protected override readFileHeader(view: DataView): number | null {
    const empty = this.over && view.byteLength === FILE_HEADER
    if (view.byteLength < FILE_HEADER + RECORD_HEADER && !empty) {
      this.ask(FILE_HEADER + RECORD_HEADER)
      return null
    }
    const version = view.getUint32(8)
    const datalink = view.getUint32(12)
    const ofSurveyor =
      !empty && view.getUint32(FILE_HEADER + 8) - RECORD_HEADER - view.getUint32(FILE_HEADER + 4) >= SURVEYOR_PADDING
    this.sink.format(ofSurveyor ? 'shomiti' : 'snoop')
    const linktype = (ofSurveyor ? SURVEYOR_LINKTYPES : LINKTYPES).get(datalink)
    if (version < VERSIONS[0] || version > VERSIONS[1]) this.fault(0, 'unsupported', `snoop version ${version}`)
    else if (linktype === undefined) this.fault(0, 'unsupported', `snoop datalink type ${datalink}`)
    else {
      this.state.linktype = linktype
      this.packet.linktype = linktype
      this.tell(String(version), { linktype })
    }
    return FILE_HEADER
  }

  protected override readRecord(view: DataView, at: number, offset: number): number {
    const { packet } = this
    packet.origlen = view.getUint32(at)
    packet.caplen = view.getUint32(at + 4)
    const length = view.getUint32(at + 8)
    if (!this.fits(packet.caplen, offset) || !this.fits(packet.origlen, offset)) return 0
    if (length < RECORD_HEADER + packet.caplen) {
      this.fault(offset, 'bad-length', `a packet of ${packet.caplen} bytes in a record of ${length}`)
      return 0
    }
    readTime(packet, view.getUint32(at + 16), view.getUint32(at + 20))
    packet.start = RECORD_HEADER
    return length
  }

  protected override readTrailer(view: DataView): boolean {
    return this.packet.linktype !== IEEE_802_11_RADIO || this.stripRadio(view)
  }

  private stripRadio(view: DataView): boolean {
    const { packet } = this
    const { start, caplen } = packet
    const radio = caplen < RADIO_PREFIX + LEAST_RADIO ? 0 : view.getUint8(start + RADIO_PREFIX - 1)
    const length = RADIO_PREFIX + radio
    if (radio < LEAST_RADIO || length > caplen) {
      this.fault(packet.at, 'bad-pseudo-header', `radio information of ${radio} bytes in a packet of ${caplen}`)
      return false
    }
    packet.start += length
    packet.caplen -= length
    packet.origlen = Math.max(0, packet.origlen - length)
    return true
  }
}

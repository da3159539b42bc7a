/** Apple's PacketLogger format, which has neither a file header nor a magic number. Checked against capinfos 4.0.17. */
import { PACKETLOGGER } from './linktypes.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Sink } from './sink.ts'
import { readTime } from './timestamps.ts'

// Record: length of all after itself 0, seconds 4, microseconds 8; the packet begins with its type.
const RECORD_HEADER = 12
/** Bytes of a record that its length counts before the packet. */
const COUNTED = 8
const HEAD = RECORD_HEADER + 1

/** What a file must begin with, as nothing else tells the format. */
const RECORDS_TRIED = 5
const MOST_TRIED_LENGTH = 65_535
/** Types: HCI and ACL each way and SCO; vendor's; configuration, notes and connections. */
const TYPES = new Set([0, 1, 2, 3, 8, 9, 10, 11, 247, 248, 249, 250, 251, 252, 253, 254])

interface PacketLoggerState extends RecordsState {
  littleEndian: boolean
}

/** @returns whether these first bytes can be those of a PacketLogger file */
export const mayBePacketLogger = (head: DataView): boolean =>
  head.byteLength >= HEAD && isRecord(head, 0, isLittleEndian(head))

/** Lengths are small, so the half that is zero tells the byte order. */
const isLittleEndian = (view: DataView): boolean => view.getUint16(0) !== 0 && view.getUint16(2) === 0

function isRecord(view: DataView, at: number, littleEndian: boolean): boolean {
  const length = view.getUint32(at, littleEndian)
  return (
    length >= COUNTED &&
    length <= MOST_TRIED_LENGTH &&
    view.getUint32(at + 8, littleEndian) < 1_000_000 &&
    TYPES.has(view.getUint8(at + RECORD_HEADER))
  )
}

/** Reads PacketLogger; see `RecordWalker`. */
export class PacketLoggerWalker extends RecordWalker<PacketLoggerState> {
  protected override readonly recordHeader = RECORD_HEADER

  constructor(sink: Sink, state: PacketLoggerState = { begun: false, packets: 0, littleEndian: false }) {
    super(sink, state)
    this.packet.linktype = PACKETLOGGER
  }

  protected override readFileHeader(view: DataView): number | null {
    const littleEndian = isLittleEndian(view)
    for (let at = 0, i = 0; i < RECORDS_TRIED; i++) {
      const rest = view.byteLength - at
      if (this.over && rest === 0 && i > 0) break
      if (rest < HEAD && !this.over) {
        this.ask(at + HEAD)
        return null
      }
      if (rest < HEAD || !isRecord(view, at, littleEndian)) {
        this.fault(0, 'unrecognised', 'the file begins like no capture')
        return null
      }
      at += RECORD_HEADER - COUNTED + view.getUint32(at, littleEndian)
      if (this.over && at > view.byteLength) break
    }
    this.sink.format('pklg')
    this.state.littleEndian = littleEndian
    this.tell('', { linktype: PACKETLOGGER })
    return 0
  }

  protected override readRecord(view: DataView, at: number, offset: number): number {
    const { packet } = this
    const { littleEndian } = this.state
    const length = view.getUint32(at, littleEndian)
    if (length < COUNTED) {
      this.fault(offset, 'bad-length', `a record of ${length} bytes`)
      return 0
    }
    packet.caplen = length - COUNTED
    packet.origlen = packet.caplen
    if (!this.fits(packet.caplen, offset)) return 0
    readTime(packet, view.getUint32(at + 4, littleEndian), view.getUint32(at + 8, littleEndian))
    packet.start = RECORD_HEADER
    return RECORD_HEADER + packet.caplen
  }
}

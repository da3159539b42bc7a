/** The btsnoop format of Symbian, Android and BlueZ: snoop for Bluetooth. Checked against capinfos 4.0.17. */
import { BLUETOOTH_HCI } from './linktypes.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Sink } from './sink.ts'
import { Clock } from './timestamps.ts'

// File header: magic 0, version 8, datalink type 12.
const FILE_HEADER = 16
// Record: origlen 0, caplen 4, flags 8, drops 12, microseconds since the year 0 16.
const RECORD_HEADER = 24
const VERSION = 1

/** LINKTYPE_ values by datalink type. The flags stand for what pcap has in a pseudo-header. */
const LINKTYPES = new Map([
  [1001, BLUETOOTH_HCI], // HCI, without a transport
  [1002, 201], // HCI UART, "H4"
  [2001, 254], // BlueZ monitor
])

/** From the year 0 to 1970. Seconds. */
const EPOCH = 62_168_256_000

interface BtsnoopState extends RecordsState {
  linktype: number
}

/** Reads btsnoop; see `RecordWalker`. */
export class BtsnoopWalker extends RecordWalker<BtsnoopState> {
  protected override readonly recordHeader = RECORD_HEADER
  private readonly clock = new Clock(1_000_000n, -EPOCH)

  constructor(sink: Sink, state: BtsnoopState = { begun: false, packets: 0, linktype: 0 }) {
    super(sink, state)
    this.packet.linktype = this.state.linktype
  }

  protected override readFileHeader(view: DataView): number | null {
    if (view.byteLength < FILE_HEADER) {
      this.ask(FILE_HEADER)
      return null
    }
    const version = view.getUint32(8)
    const datalink = view.getUint32(12)
    const linktype = LINKTYPES.get(datalink)
    this.sink.format('btsnoop')
    if (version !== VERSION) this.fault(0, 'unsupported', `btsnoop version ${version}`)
    else if (linktype === undefined) this.fault(0, 'unsupported', `btsnoop datalink type ${datalink}`)
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
    if (!this.fits(packet.caplen, offset)) return 0
    this.clock.read(view.getUint32(at + 16), view.getUint32(at + 20), packet)
    packet.start = RECORD_HEADER
    return RECORD_HEADER + packet.caplen
  }
}

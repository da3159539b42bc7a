/** Formats that are a file header and then one record after the other, each a header and a packet. */
import { maxCaplen } from './linktypes.ts'
import { blankPacket, type Packet } from './packet.ts'
import { hasPseudoHeader, stripPseudoHeader } from './pseudo-headers.ts'
import type { Interface, Sink } from './sink.ts'
import { Walker } from './walker.ts'

/** What must be known to go on, whatever the format. */
export interface RecordsState {
  /** The file header has been read. */
  begun: boolean
  packets: number
}

/** Reads such a format. Holds at most one record, up to `MAX_SNAPLEN` bytes of it, and what `readFileHeader` asks for. */
export abstract class RecordWalker<State extends RecordsState> extends Walker {
  readonly state: State
  protected readonly packet: Packet = blankPacket()
  /** Bytes of a record that must be there for `readRecord`. */
  protected abstract readonly recordHeader: number
  /** Whether packets have the pseudo-headers that pcap gives their link types. */
  protected readonly pseudoHeaders: boolean = false

  constructor(sink: Sink, state: State) {
    super(sink)
    this.state = { ...state }
  }

  /**
   * Read what stands before the first record, and tell the sink of it.
   * @param view the file from its start, as far as it is there
   * @returns the header's length; `null` after asking for more, or after a fault
   */
  protected abstract readFileHeader(view: DataView): number | null

  /**
   * Fill the packet from a record's header; `start` from the record's start.
   * @param offset of the record in the file
   * @returns the record's length; 0 after asking for more, or after a fault
   */
  protected abstract readRecord(view: DataView, at: number, offset: number, to: number): number

  /** @returns whether the record that has been read, and now is whole, holds a packet */
  protected readTrailer(_view: DataView, _end: number): boolean {
    return true
  }

  override get begun(): boolean {
    return this.state.begun
  }

  override walk(bytes: Uint8Array, from: number, to: number, offset: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = from
    if (!this.state.begun) {
      const length = this.readFileHeader(new DataView(bytes.buffer, bytes.byteOffset + from, to - from))
      if (length === null || this.stopped) return from
      this.state.begun = true
      at += length
    }
    const { packet } = this
    packet.data = bytes
    packet.timed = true
    while (to - at >= this.recordHeader) {
      packet.at = offset + at - from
      const length = this.readRecord(view, at, packet.at, to)
      if (length === 0) return at
      const end = at + length - this.gap
      if (end > to) {
        this.askForRecord(length)
        return at
      }
      packet.start += at
      if (this.readTrailer(view, end)) this.hand()
      if (this.stopped) return at
      this.gap = 0
      at = end
    }
    if (at < to) this.ask(this.recordHeader)
    return at
  }

  override end(at: number | null): void {
    if (at === null && this.state.begun) return
    if (this.state.begun) this.fault(at ?? 0, 'truncated-record', 'the file ends within a packet record')
    else this.fault(at ?? 0, 'truncated-header', 'the file ends within its header')
  }

  /** Bytes at the end of a record that are always gathered. */
  protected get trailer(): number {
    return 0
  }

  private askForRecord(length: number) {
    const held = Math.min(length, this.packet.start + Math.min(this.packet.caplen, this.held))
    const gap = Math.max(0, length - held - this.trailer)
    this.ask(length - gap, gap > 0 ? held : length - gap, gap)
  }

  private hand() {
    const { packet } = this
    if (this.pseudoHeaders && hasPseudoHeader(packet.linktype)) {
      const problem = stripPseudoHeader(packet, true)
      if (problem !== null) return this.fault(packet.at, 'bad-pseudo-header', problem)
    }
    packet.number = ++this.state.packets
    this.sink.packet(packet)
  }

  /** @returns whether a packet may be so large, after a fault if not */
  protected fits(caplen: number, offset: number): boolean {
    const limit = maxCaplen(this.packet.linktype)
    if (caplen <= limit) return true
    this.fault(offset, 'bad-length', `a packet of ${caplen} bytes; at most ${limit} can be`)
    return false
  }

  /** Tell of the section and the interface that the file as a whole is. */
  protected tell(version: string, described: Pick<Interface, 'linktype'> & Partial<Interface>): void {
    this.sink.section({ at: 0, index: 0, byteOrder: 'big', version, comments: [] })
    this.tellInterface(described)
    this.sink.opened()
  }

  protected tellInterface(described: Pick<Interface, 'linktype'> & Partial<Interface>): void {
    const at = described.at ?? 0
    this.sink.interface({
      at,
      id: 0,
      section: 0,
      snaplen: 0,
      ticksPerSecond: 1_000_000n,
      precision: 6,
      comments: [],
      ...described,
    })
  }

  /**
   * Have the packet on the implied interface of its link type.
   * @param linktypes those met so far, by interface
   */
  protected turnTo(linktypes: number[], described: Partial<Interface> = {}): void {
    const { linktype, at } = this.packet
    let id = linktypes.indexOf(linktype)
    if (id < 0) {
      id = linktypes.push(linktype) - 1
      this.tellInterface({ ...described, at, id, linktype, implied: true })
    }
    this.packet.interfaceId = id
  }
}

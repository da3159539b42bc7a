/** Slices of formats that are one record after the other: pcap, and all but pcapng. */
import { SEVERAL_LINKTYPES } from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import { pcapDataOf } from '../capture/pcap-data.ts'
import { pcapHeader, pcapRecord } from '../capture/pcap-writer.ts'
import { PcapngWriter } from '../capture/pcapng-writer.ts'
import type { Interface, Section } from '../capture/sink.ts'
import type { PacketIndex, PcapForm, Span } from './packet-index.ts'
import { type RangedSource, wholeRead } from './ranged-source.ts'
import { type Channel, channelOf, fcsLength, interfaceOptions, storedAs } from './record-interfaces.ts'
import type { Choice } from './slice-choice.ts'
import { Knife, type Piece, type Start } from './slice-knife.ts'
import { openingBefore } from './slice-opening.ts'

/** Bytes of pcap's file header. */
const PCAP_HEADER = 24

/** An interface in a slice. */
interface Written {
  id: number
  channel: Channel
}

/** Cuts records: into pcapng of one section, or into pcap. Holds what was kept and not yet taken, and the interfaces. */
export class RecordKnife extends Knife {
  private readonly index: PacketIndex
  private readonly source: RangedSource
  private readonly form: PcapForm | null
  private readonly writer = new PcapngWriter()
  /** As the file has them; and for those among them that are written, or need not be, what they are in the slice. */
  private readonly interfaces: Interface[] = []
  private readonly channels: Written[] = []
  private begun = false
  /** Interfaces in the slice so far. */
  private written = 0
  /** Seconds since 1970 from which the slice's clocks count. */
  private readonly epoch: number
  private littleEndian = true
  private fcslen: number | null = null
  private dataOf = pcapDataOf('packetlogger', {})

  /**
   * @param epoch seconds since 1970 from which clocks are to count
   * @param form of the slice, if it is to be a pcap
   */
  constructor(index: PacketIndex, source: RangedSource, choice: Choice, epoch: number, form: PcapForm | null) {
    super(choice)
    this.index = index
    this.source = source
    this.epoch = epoch
    this.form = form
    if (form !== null) this.writer.append(pcapHeader(form.linktype, form.snaplen, form.perSecond))
  }

  override async open(span: Span): Promise<Start | null> {
    const opening = await openingBefore(span.at, this.index.headers[0]?.runs ?? [], this.source, this)
    if (opening === null) return null
    const { family, state } = opening.checkpoint
    if (family === 'pcap') this.fcslen = fcsLength(await wholeRead(this.source, 0, PCAP_HEADER), this.littleEndian)
    this.dataOf = pcapDataOf(family, state)
    this.begin(span, opening.packets)
    const at = Math.max(span.at, this.index.begins)
    return { at, from: { family, state, at } }
  }

  override take(): Piece[] {
    return [this.writer.take()]
  }

  override section({ byteOrder }: Section): void {
    this.littleEndian = byteOrder === 'little'
  }

  /** As it was first described, by whatever one record says of it: so a slice does not hang on where its spans begin. */
  override interface(described: Interface): void {
    const { id, at } = described
    const known = this.interfaces[id]
    if (known === undefined || (known.at === at && id >= this.channels.length)) this.interfaces[id] = described
  }

  protected override keepPacket(packet: Packet, number: number): void {
    const data = this.dataOf(packet, this.place(packet.at))
    if (this.form !== null) {
      const { seconds, nanoseconds, caplen } = packet
      const origlen = packet.origlen + data.length - caplen
      this.writer.append(pcapRecord(seconds, nanoseconds, this.form.perSecond, data, origlen))
      return
    }
    if (!this.begun || this.channels.length < this.interfaces.length) this.describe()
    const { id, channel } = this.channels[packet.interfaceId] as Written
    this.writer.packet(storedAs(packet, data, id, channel, this.epoch), number)
  }

  protected override keepFrame(): void {}

  /** Write the section, and the interfaces that there are. One that stands for several link types is not one of a slice. */
  private describe() {
    const { writer, channels, interfaces, epoch, fcslen } = this
    if (!this.begun) writer.section()
    this.begun = true
    for (const described of interfaces.slice(channels.length)) {
      const { linktype, snaplen } = described
      const channel = channelOf(described)
      channels.push({ id: this.written, channel })
      if (linktype === SEVERAL_LINKTYPES) continue
      writer.interface(linktype, snaplen, interfaceOptions(described, channel, epoch, fcslen))
      this.written++
    }
  }
}

/** Slices of formats that are one record after the other: pcap, and all but pcapng. */
import { joined } from '../capture/joined.ts'
import { SEVERAL_LINKTYPES } from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import { pcapDataOf } from '../capture/pcap-data.ts'
import { pcapHeader, pcapRecord } from '../capture/pcap-writer.ts'
import { type Option, PcapngWriter } from '../capture/pcapng-writer.ts'
import type { Interface, Section } from '../capture/sink.ts'
import type { PacketIndex, PcapForm, Span } from './packet-index.ts'
import { type RangedSource, wholeRead } from './ranged-source.ts'
import type { Choice } from './slice-choice.ts'
import { Knife, type Piece, type Start } from './slice-knife.ts'
import { openingBefore } from './slice-opening.ts'

// Options of an Interface Description Block. draft-ietf-opsawg-pcapng §4.2.
const COMMENT = 1
const IF_NAME = 2
const IF_DESCRIPTION = 3
const IF_SPEED = 8
const IF_TSRESOL = 9
const IF_FILTER = 11
const IF_FCSLEN = 13
const IF_TSOFFSET = 14
/** First octet of an `if_filter` that is no bytecode. */
const FILTER_AS_TEXT = Uint8Array.of(0)

const ERF = 197
/** Bytes of pcap's file header. */
const PCAP_HEADER = 24

/** An interface in a slice. */
interface Channel {
  id: number
  ticksPerSecond: number
  nanosecondsPerTick: number
}

/** Cuts records: into pcapng of one section, or into pcap. Holds what was kept and not yet taken, and the interfaces. */
export class RecordKnife extends Knife {
  private readonly index: PacketIndex
  private readonly source: RangedSource
  private readonly form: PcapForm | null
  private readonly writer = new PcapngWriter()
  /** As the file has them; and for those among them that are written, or need not be, what they are in the slice. */
  private readonly interfaces: Interface[] = []
  private readonly channels: Channel[] = []
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
    const { seconds, nanoseconds, caplen } = packet
    const data = this.dataOf(packet, this.place(packet.at))
    const origlen = packet.origlen + data.length - caplen
    if (this.form !== null) {
      this.writer.append(pcapRecord(seconds, nanoseconds, this.form.perSecond, data, origlen))
      return
    }
    if (!this.begun || this.channels.length < this.interfaces.length) this.describe()
    const { id, ticksPerSecond, nanosecondsPerTick } = this.channels[packet.interfaceId] as Channel
    const fraction = Math.floor(nanoseconds / nanosecondsPerTick)
    const [ticksHigh, ticksLow] = ticksIn(seconds - this.epoch, ticksPerSecond, fraction)
    this.writer.packet(
      { interfaceId: id, ticksHigh, ticksLow, data, origlen, options: NO_BYTES, dropped: null },
      number,
    )
  }

  protected override keepFrame(): void {}

  /** Write the section, and the interfaces that there are. One that stands for several link types is not one of a slice. */
  private describe() {
    const { writer, channels, interfaces, epoch, fcslen } = this
    if (!this.begun) writer.section()
    this.begun = true
    for (const described of interfaces.slice(channels.length)) {
      const { linktype, snaplen } = described
      // The time in an ERF header is finer than that of the pcap record around it, and takes its place.
      const ticksPerSecond = linktype === ERF ? 1_000_000_000 : Number(described.ticksPerSecond)
      channels.push({ id: this.written, ticksPerSecond, nanosecondsPerTick: 1_000_000_000 / ticksPerSecond })
      if (linktype === SEVERAL_LINKTYPES) continue
      writer.interface(linktype, snaplen, optionsOf(described, ticksPerSecond, epoch, fcslen))
      this.written++
    }
  }
}

/** A count of 64 bits, in halves: in parts that 53 bits can hold, as big integers cost more than all else here. */
function ticksIn(seconds: number, perSecond: number, fraction: number): [high: number, low: number] {
  const rest = (seconds % 65_536) * perSecond + fraction
  const upper = Math.floor(seconds / 65_536) * perSecond + Math.floor(rest / 65_536)
  return [Math.floor(upper / 65_536), (upper % 65_536) * 65_536 + (rest % 65_536)]
}

const NO_BYTES = new Uint8Array(0)
const encoder = new TextEncoder()

function optionsOf(described: Interface, ticksPerSecond: number, epoch: number, fcslen: number | null): Option[] {
  const { if_name, if_description, if_speed, if_filter, comments } = described
  const options: Option[] = [[IF_TSRESOL, Uint8Array.of(String(ticksPerSecond).length - 1)]]
  if (epoch !== 0) options.push([IF_TSOFFSET, u64(BigInt(epoch))])
  if (fcslen !== null) options.push([IF_FCSLEN, Uint8Array.of(fcslen)])
  if (if_name !== undefined) options.push([IF_NAME, encoder.encode(if_name)])
  if (if_description !== undefined) options.push([IF_DESCRIPTION, encoder.encode(if_description)])
  if (if_speed !== undefined) options.push([IF_SPEED, u64(BigInt(if_speed))])
  if (if_filter !== undefined) options.push([IF_FILTER, joined([FILTER_AS_TEXT, encoder.encode(if_filter)])])
  for (const comment of comments) options.push([COMMENT, encoder.encode(comment)])
  return options
}

/** Little-endian, as the writer is; of a negative number its two's complement. */
function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

/** Bytes of frame check sequence that a pcap file header gives: a number of 16-bit words. `null`: it does not say. */
function fcsLength(header: Uint8Array, littleEndian: boolean): number | null {
  const field = new DataView(header.buffer, header.byteOffset, header.length).getUint32(20, littleEndian)
  return field & 0x04000000 ? (field >>> 28) * 2 : null
}

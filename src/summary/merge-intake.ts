/** One of the captures that are put together: what it holds, in file order, a window at a time. */
import { type FormatFamily, recognise } from '../capture/formats.ts'
import { joined } from '../capture/joined.ts'
import { SEVERAL_LINKTYPES, unwritableWords } from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import { isForPcap, pcapDataOf } from '../capture/pcap-data.ts'
import { littleEndianBlock } from '../capture/pcapng-byte-order.ts'
import { blockLength, PcapngWriter, type StoredPacket, storedPacket } from '../capture/pcapng-writer.ts'
import { type Checkpoint, openReader, type Reader } from '../capture/reader.ts'
import type { FormatName, Frame, Interface, Section, Sink } from '../capture/sink.ts'
import { type Channel, channelOf, fcsLength, interfaceOptions, storedAs } from './record-interfaces.ts'

/** Least bytes that are looked at together. */
const WINDOW = 256 * 1024
/** A packet, or another block, of more bytes is not put together with others. */
const MOST_BLOCK = 24 * 1024 * 1024
/** What the longest blocks of all sources may take together. Bytes. */
const ALL_BLOCKS = 64 * 1024 * 1024
/** What a notice takes beside its block. Bytes. */
const NOTICE = 128

/** A packet, or a block that takes a number. */
export interface Unit {
  timed: boolean
  seconds: number
  nanoseconds: number
  /** Its interface's number is that in the whole file. `null`: it is no packet. */
  packet: StoredPacket | null
  /** Bytes of the packet without its pseudo-header, which are its last. */
  caplen: number
  /** In little-endian, where it is no packet. */
  block: Uint8Array
}

/** What stands between packets. Blocks are in little-endian. */
export type Notice =
  /** An interface, by its number in the whole file; without a block where it is none of pcapng's. */
  | { what: 'interface'; id: number; block: Uint8Array | null }
  /** Statistics of one. */
  | { what: 'statistics'; id: number; block: Uint8Array }
  /** Names or secrets. */
  | { what: 'lookup'; block: Uint8Array }

/**
 * Reads a capture of any format. What is damaged or cut short ends it: what was read before counts. Holds the bytes of one window
 * (256 KiB and one chunk, or one block, if that is longer), and what stands in it; of what stands before a packet as much as one block.
 */
export class Intake {
  /** The next unit; `null`: there is none, or none is known yet. */
  head: Unit | null = null
  /** What stands before it, and was not taken yet. */
  private notices: Notice[] = []
  private noticed = 0
  private readonly most: number
  private readonly chunks: AsyncIterator<Uint8Array>
  private told: (Notice | Unit)[] = []
  private at = 0
  private teller: Teller | null = null
  private reader: Reader | null = null
  private from: Checkpoint | undefined
  private rest: Uint8Array = NO_BYTES
  private restAt = 0
  private over = false

  /** @param beside how many sources are read at once, this one counted: the more, the less each may hold */
  constructor(source: AsyncIterable<Uint8Array>, beside: number) {
    this.most = Math.min(MOST_BLOCK, Math.floor(ALL_BLOCKS / beside))
    this.chunks = source[Symbol.asyncIterator]()
  }

  /** Read up to the first unit. @returns what the file begins with: interfaces that are described before all else */
  async open(): Promise<Notice[]> {
    while (!this.over && !this.told.some((told) => 'timed' in told)) await this.fill()
    return this.told.splice(0, this.teller?.beginning ?? 0) as Notice[]
  }

  /** More must be read before {@link next} can tell. */
  get wanting(): boolean {
    return this.head === null && !this.over && this.at === this.told.length
  }

  /** The next unit becomes the head, where it is known; what stands before it is noted. */
  next(): void {
    while (this.head === null && this.at < this.told.length) {
      const told = this.told[this.at++] as Notice | Unit
      if ('timed' in told) this.head = told
      else this.notices.push(told)
    }
  }

  /** What was noted since this was last asked for. */
  takeNotices(): Notice[] {
    this.noticed = 0
    return this.notices.splice(0)
  }

  /** Read the next window. @throws RangeError where more would be held than may be */
  async fill(): Promise<void> {
    this.told.splice(0, this.at)
    this.at = 0
    const { bytes, ended } = await this.read(Math.max(WINDOW, this.rest.length))
    const window = this.rest.length === 0 ? bytes : joined([this.rest, bytes])
    if (window.length > this.most) throw new RangeError(`a packet or block of more than ${this.most} bytes`)
    if (window.length > 0) this.walk(window, ended)
    if (!ended && !this.over) return
    this.over = true
    await this.close()
  }

  /** Let go of the source. */
  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async read(wanted: number): Promise<{ bytes: Uint8Array; ended: boolean }> {
    const parts: Uint8Array[] = []
    for (let held = 0; held < wanted; ) {
      const { done, value } = await this.chunks.next()
      if (done) return { bytes: joined(parts), ended: true }
      held += value.length
      parts.push(value.slice()) // a chunk holds only until the next is pulled
    }
    return { bytes: parts.length === 1 ? (parts[0] as Uint8Array) : joined(parts), ended: false }
  }

  private walk(window: Uint8Array, ended: boolean) {
    const teller = this.openTeller(window)
    if (teller === null) {
      this.over = true // the file begins like no capture
      return
    }
    const windowAt = this.restAt
    let bytes = window
    if (this.from === undefined && teller instanceof RecordTeller) {
      this.from = teller.openingOf(window, ended)
      if (this.from !== undefined) bytes = window.subarray(this.from.at)
    }
    if (this.from === undefined && teller instanceof RecordTeller) this.rest = window
    else {
      const bytesAt = windowAt + window.length - bytes.length
      // A reader of its own for each window: what it tells then lies in the window, in one piece.
      this.reader = openReader(teller, this.from)
      teller.show(bytes, bytesAt)
      this.reader.push(bytes)
      if (this.reader.ended) this.over = true
      this.from = this.reader.checkpoint() ?? this.from
      this.restAt = this.from?.at ?? 0
      this.rest = bytes.subarray(this.restAt - bytesAt)
      if (ended && !this.over) {
        teller.show(this.rest, this.restAt)
        this.reader.end()
      }
    }
    for (const told of teller.take()) {
      this.told.push(told)
      if (!('timed' in told)) this.noticed += NOTICE + (told.block?.length ?? 0)
    }
    if (this.noticed > this.most)
      throw new RangeError(
        `more than ${this.most} bytes of interfaces, names, secrets and statistics between two packets`,
      )
  }

  private openTeller(window: Uint8Array): Teller | null {
    if (this.teller !== null) return this.teller
    const found = recognise(window)
    if (found.kind !== 'capture') return null
    this.teller = found.family === 'pcapng' ? new PcapngTeller() : new RecordTeller(found.family)
    return this.teller
  }
}

/** Makes units and notices of what a reader tells. */
abstract class Teller implements Sink {
  readonly snaplen = 0
  /** Notices that stand before all else; 0 until that is known. */
  beginning = 0
  protected told: (Notice | Unit)[] = []
  private given = 0
  protected bytes: Uint8Array = NO_BYTES
  protected bytesAt = 0

  /** The bytes in which all that is told next lies in one piece, of which the first stands at `at` in the file. */
  show(bytes: Uint8Array, at: number): void {
    this.bytes = bytes
    this.bytesAt = at
  }

  take(): (Notice | Unit)[] {
    this.given += this.told.length
    return this.told.splice(0)
  }

  abstract section(section: Section): void
  abstract interface(described: Interface): void
  abstract packet(packet: Packet): void
  frame(_frame: Frame): void {}
  format(_name: FormatName): void {}
  opened(): void {
    this.beginning = this.given + this.told.length
  }
  packetComment(): void {}
  nameResolution(_names: { at: number; length: number }): void {}
  interfaceStatistics(_statistics: { at: number; interfaceId: number | null }): void {}
  decryptionSecrets(_secrets: { at: number }): void {}
  fault(): void {}
}

/** Of pcapng: its own blocks. */
class PcapngTeller extends Teller {
  private littleEndian = true

  override section({ byteOrder }: Section): void {
    this.littleEndian = byteOrder === 'little'
  }

  override interface({ at, id }: Interface): void {
    this.told.push({ what: 'interface', id, block: this.copyAt(at) })
  }

  override packet(packet: Packet): void {
    const { timed, seconds, nanoseconds, caplen, interfaceId } = packet
    const block = this.blockAt(packet.at)
    const stored = { ...(storedPacket(block, true) ?? simplePacket(block, packet)), interfaceId }
    this.told.push({ timed, seconds, nanoseconds, packet: stored, caplen, block })
  }

  override frame({ at, timed, seconds, nanoseconds }: Frame): void {
    this.told.push({ timed, seconds, nanoseconds, packet: null, caplen: 0, block: this.blockAt(at) })
  }

  override nameResolution({ at, length }: { at: number; length: number }): void {
    if (length > 0) this.told.push({ what: 'lookup', block: this.copyAt(at) }) // else it is not all there
  }

  override decryptionSecrets({ at }: { at: number }): void {
    this.told.push({ what: 'lookup', block: this.copyAt(at) })
  }

  override interfaceStatistics({ at, interfaceId: id }: { at: number; interfaceId: number | null }): void {
    if (id !== null) this.told.push({ what: 'statistics', id, block: this.copyAt(at) })
  }

  private blockAt(at: number): Uint8Array {
    const from = at - this.bytesAt
    const block = this.bytes.subarray(from, from + blockLength(this.bytes, from, this.littleEndian))
    return this.littleEndian ? block : littleEndianBlock(block)
  }

  /** It may be waited with until the window has gone. */
  private copyAt(at: number): Uint8Array {
    const block = this.blockAt(at)
    return this.littleEndian ? block.slice() : block
  }
}

/** From a Simple Packet Block in little-endian, which has no time: an Enhanced one gets that of 1970, as mergecap writes it. */
function simplePacket(block: Uint8Array, { caplen, origlen }: Packet): StoredPacket {
  const written = new DataView(block.buffer, block.byteOffset, block.length).getUint32(8, true)
  const data = block.subarray(12, 12 + caplen + written - origlen)
  return { interfaceId: 0, ticksHigh: 0, ticksLow: 0, data, origlen: written, options: NO_BYTES, dropped: null }
}

/** Of formats that are one record after the other: packets and interfaces as slices have them. */
class RecordTeller extends Teller {
  private readonly family: FormatFamily
  private name: FormatName | null = null
  private readonly writer = new PcapngWriter()
  private readonly channels: Channel[] = []
  /** Interfaces that wait to be described, for more may become known of them: those met before the first packet. */
  private waiting: Interface[] | null = []
  private littleEndian = true
  private fcslen: number | null = null
  /** Seconds since 1970 from which clocks count. */
  private epoch = 0
  private dataOf = pcapDataOf('packetlogger', {})

  constructor(family: FormatFamily) {
    super()
    this.family = family
  }

  /** What a reader knows at the first packet, whose record is whole in the file's first bytes. `undefined`: there is none yet. */
  openingOf(bytes: Uint8Array, ended: boolean): Checkpoint | undefined {
    let opening: Checkpoint | undefined
    let first = 0
    this.waiting = []
    this.told = []
    const scout = {
      ...SILENT,
      format: (name: FormatName) => this.format(name),
      section: (section: Section) => this.section(section),
      interface: (described: Interface) => {
        if (opening === undefined) this.interface(described)
      },
      packet: ({ at, seconds }: Packet) => {
        if (opening !== undefined) return
        const checkpoint = reader.checkpoint()
        if (checkpoint === null) return
        opening = { ...checkpoint, at }
        first = seconds
      },
    }
    const reader = openReader(scout)
    reader.push(bytes)
    if (ended) reader.end()
    if (opening === undefined && !ended) return undefined
    if (this.family === 'pcap') this.fcslen = fcsLength(bytes, this.littleEndian)
    if (first < 0 || first >= CLOCK) this.epoch = first - EARLIER
    if (opening !== undefined) this.dataOf = pcapDataOf(this.family, opening.state)
    const waiting = this.waiting
    this.waiting = null
    for (const described of waiting) this.describe(described)
    this.opened()
    return opening
  }

  override format(name: FormatName): void {
    this.name = name
  }

  override section({ byteOrder }: Section): void {
    this.littleEndian = byteOrder === 'little'
  }

  /** As it was first described, by whatever one record says of it. */
  override interface(described: Interface): void {
    const { id, at } = described
    if (this.waiting === null) {
      if (id >= this.channels.length) this.describe(described)
    } else if (this.waiting[id] === undefined || this.waiting[id].at === at) this.waiting[id] = described
  }

  override packet(packet: Packet): void {
    const { timed, seconds, nanoseconds, caplen, interfaceId } = packet
    const channel = this.channels[interfaceId] as Channel
    const data = this.dataOf(packet, packet.at - this.bytesAt)
    const since = seconds - this.epoch
    if (since < 0 || since >= 2 ** 64 / channel.ticksPerSecond - 1)
      throw new RangeError('the times of a capture lie too far apart for pcapng')
    const stored = storedAs(packet, data, interfaceId, channel, this.epoch)
    this.told.push({ timed, seconds, nanoseconds, packet: stored, caplen, block: NO_BYTES })
  }

  private describe(described: Interface) {
    const { id, linktype, snaplen } = described
    const channel = channelOf(described)
    this.channels[id] = channel
    if (linktype === SEVERAL_LINKTYPES) {
      this.told.push({ what: 'interface', id, block: null })
      return
    }
    if (!isForPcap(linktype, this.name, id)) throw new RangeError(unwritableWords(linktype))
    this.writer.interface(linktype, snaplen, interfaceOptions(described, channel, this.epoch, this.fcslen))
    this.told.push({ what: 'interface', id, block: this.writer.take() })
  }
}

const nothing = () => {}
const SILENT: Omit<Sink, 'format' | 'section' | 'interface' | 'packet'> = {
  snaplen: 0,
  opened: nothing,
  frame: nothing,
  packetComment: nothing,
  nameResolution: nothing,
  interfaceStatistics: nothing,
  decryptionSecrets: nothing,
  fault: nothing,
}

const NO_BYTES = new Uint8Array(0)
/** Seconds since 1970 that a clock can tell which ticks in nanoseconds; and how far one that begins elsewhere begins before the first packet. */
const CLOCK = Math.floor(2 ** 64 / 1e9)
const EARLIER = 2 ** 32

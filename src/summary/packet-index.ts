/** Where in a capture its packets stand, by number and by time, so that a slice can be read from the middle. */
import { SEVERAL_LINKTYPES } from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import { isForPcap } from '../capture/pcap-data.ts'
import type { DecryptionSecrets, FormatName, Frame, Interface, NameResolution, Section, Sink } from '../capture/sink.ts'
import type { Moment } from '../capture/timestamps.ts'
import { decodeIndex, encodeIndex } from './packet-index-coding.ts'

/** A span of the file ends after so many frame numbers or bytes, whichever comes first. */
const SPAN_FRAMES = 1000
const SPAN_BYTES = 1024 * 1024
/** Where there would be more spans, neighbours become one, and from there on spans are twice as long. */
const MAX_SPANS = 16_384
/** Runs of section and interface blocks that are noted. When there are more, the last span goes on to the file's end. */
const MAX_RUNS = 65_536
/** Blocks of names and secrets that are noted; a slice has no others. */
const MAX_LOOKUPS = 65_536
/** Bytes from one header block to the next up to which they are read in one go. */
const RUN_GAP = 65_536

/** A stretch of the file that begins with the packet `number`, and lasts until the next one begins. */
export interface Span {
  /** tshark's `frame.number` of the first packet; the first span has 1. */
  number: number
  /** File offset of its record or block; the first span begins at 0, with the file's header. */
  at: number
  /** Index of the section that is open at its start. */
  section: number
  /** Interfaces of the whole file described before its start. */
  interfaces: number
  /** Nanoseconds since 1970. `null`: it holds a packet without a time that follows none with one. */
  least: bigint | null
  /** `null`: no packet has a time, or takes one over. */
  greatest: bigint | null
  /** The time that packets without one at the span's start take over; `null` where they need none, or there is none. */
  before: bigint | null
}

/** What a section's packets need that stands elsewhere. Kept of sections in which a span begins or that have lookups. */
export interface SectionHeader {
  /** From 0, in file order. */
  index: number
  at: number
  littleEndian: boolean
  /**
   * Its section header and interface descriptions: pairs of the first and the last block's offset in each run. Of formats other
   * than pcapng, the file header and the records in which interfaces were first met, and between them others.
   */
  runs: number[]
  /** It has more runs than are noted: no span begins behind the first of these. */
  cut: boolean
  /** Its name resolution and decryption secrets: pairs of a block's offset and length. */
  lookups: number[]
}

/** What the header of a pcap with all of the capture's packets would say. */
export interface PcapForm {
  linktype: number
  /** The greatest of the interfaces; 0: no limit. */
  snaplen: number
  perSecond: 1_000_000 | 1_000_000_000
}

/** Plain data; written down by `encodeIndex`. */
export interface PacketIndex {
  format: FormatName | null
  /** File offset of the first packet; in a pcap the header's length. */
  begins: number
  /** Frame numbers, interfaces and sections so far. */
  frames: number
  interfaces: number
  sections: number
  spanFrames: number
  spanBytes: number
  /** The last time met. */
  time: bigint | null
  /** The last thing met was a section or an interface: another one lengthens its run. */
  inRun: boolean
  /** There were more lookups than are noted. */
  lookupsLeftOut: boolean
  /** A packet or frame without a time was met. */
  untimed: boolean
  /** An interface with a link type of its own was met. */
  linked: boolean
  /** The first link type met that pcap and pcapng have no number for; `null`: they have one for each. */
  unwritable: number | null
  /** `null`: none can, by linktypes or clocks. */
  pcap: PcapForm | null
  spans: Span[]
  headers: SectionHeader[]
}

const emptyIndex = (spanFrames: number, spanBytes: number): PacketIndex => ({
  format: null,
  begins: 0,
  frames: 0,
  interfaces: 0,
  sections: 0,
  spanFrames,
  spanBytes,
  time: null,
  inRun: false,
  lookupsLeftOut: false,
  untimed: false,
  linked: false,
  unwritable: null,
  pcap: null,
  spans: [],
  headers: [],
})

/**
 * Start an index; or go on with one, given what `encode` gave when the reader's checkpoint was taken.
 *
 * A packet without a time has that of the nearest packet before it in the file that has one; before the first of these it
 * has none, and counts as earlier than all.
 */
export const createPacketIndex = (
  from?: Uint8Array,
  { spanFrames = SPAN_FRAMES, spanBytes = SPAN_BYTES } = {},
): PacketIndexer => new PacketIndexer(from === undefined ? emptyIndex(spanFrames, spanBytes) : decodeIndex(from))

/**
 * Notes where packets stand. Holds at most 16,384 spans, 65,536 runs and 65,536 lookups: about 6 MB, of which a
 * capture of 1 GiB with packets of 1,000 bytes takes 200 kB.
 */
export class PacketIndexer implements Sink {
  readonly snaplen = 0
  private readonly index: PacketIndex
  /** Least and greatest time of the last span, and the last time met; as numbers, for there is one of these a packet. */
  private readonly least: Moment = { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 }
  private readonly greatest: Moment = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 }
  private readonly last: Moment = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 }
  private runs: number
  private lookups: number
  /** A new span begins at this frame number, or at this offset. */
  private nextNumber = 0
  private nextAt = 0

  constructor(index: PacketIndex) {
    this.index = index
    this.runs = countOf(index.headers, 'runs')
    this.lookups = countOf(index.headers, 'lookups')
    if (index.time !== null) set(this.last, momentOf(index.time))
    const span = index.spans.at(-1)
    if (span === undefined) return
    set(this.least, span.least === null ? EARLIEST : momentOf(span.least))
    if (span.greatest !== null) set(this.greatest, momentOf(span.greatest))
    this.nextNumber = span.number + index.spanFrames
    this.nextAt = span.at + index.spanBytes
  }

  /** The index so far, as bytes: 14 or so a span, and what sections there are. */
  encode(): Uint8Array {
    return encodeIndex(this.finish())
  }

  /** The index so far. It stays this object's own. */
  finish(): PacketIndex {
    this.settle()
    return this.index
  }

  format(format: FormatName): void {
    this.index.format = format
  }

  opened(): void {}

  section({ at, index, byteOrder }: Section): void {
    if (index < this.index.sections) return // told again
    this.dropUnneeded(this.index.headers.at(-1))
    this.index.sections++
    this.index.headers.push({ index, at, littleEndian: byteOrder === 'little', runs: [], cut: false, lookups: [] })
    this.index.inRun = false
    this.note(at)
    if (index > 0) this.index.pcap = null
  }

  interface({ at, id, linktype, snaplen, ticksPerSecond }: Interface): void {
    const { index } = this
    if (id < index.interfaces) return // told again
    if (linktype !== SEVERAL_LINKTYPES) {
      if (!isForPcap(linktype, index.format, id)) index.unwritable ??= linktype
      const so = index.linked ? index.pcap : undefined
      index.pcap = index.sections > 1 ? null : pcapForm(so, linktype, snaplen, ticksPerSecond)
      index.linked = true
    }
    index.interfaces++
    this.note(at)
  }

  packet({ number, at, timed, seconds, nanoseconds }: Packet): void {
    this.take(number, at, timed, seconds, nanoseconds)
  }

  frame({ number, at, timed, seconds, nanoseconds }: Frame): void {
    this.index.untimed = true // nothing that a pcap can hold
    this.take(number, at, timed, seconds, nanoseconds)
  }

  packetComment(): void {}

  nameResolution({ at, length }: NameResolution): void {
    this.look(at, length)
  }

  interfaceStatistics(): void {
    this.index.inRun = false
  }

  decryptionSecrets({ at, length }: DecryptionSecrets): void {
    this.look(at, length)
  }

  fault(): void {}

  private take(number: number, at: number, timed: boolean, seconds: number, nanoseconds: number) {
    const { index, last } = this
    index.inRun = false
    index.frames = number
    if (number >= this.nextNumber || at >= this.nextAt) this.open(number, at, timed)
    if (timed) {
      last.seconds = seconds
      last.nanoseconds = nanoseconds
    } else index.untimed = true
    if (isBefore(last, this.least)) set(this.least, last)
    if (isBefore(this.greatest, last)) set(this.greatest, last)
  }

  private open(number: number, at: number, timed: boolean) {
    const { index } = this
    const first = index.spans.length === 0
    if (first) index.begins = at
    else if (index.headers.at(-1)?.cut) return
    this.settle()
    index.spans.push({
      number: first ? 1 : number,
      at: first ? 0 : at,
      section: first ? 0 : index.sections - 1,
      interfaces: first ? 0 : index.interfaces,
      least: null,
      greatest: null,
      before: timed ? null : timeOf(this.last),
    })
    this.least.seconds = Number.POSITIVE_INFINITY
    this.greatest.seconds = Number.NEGATIVE_INFINITY
    if (index.spans.length > MAX_SPANS) this.halve()
    this.nextNumber = (first ? 1 : number) + index.spanFrames
    this.nextAt = (first ? 0 : at) + index.spanBytes
  }

  /** Write the last span's times down. */
  private settle() {
    const span = this.index.spans.at(-1)
    this.index.time = timeOf(this.last)
    if (span === undefined) return
    span.least = timeOf(this.least)
    span.greatest = timeOf(this.greatest)
  }

  /** Make one of each two spans, but leave the last one alone, which has just begun. */
  private halve() {
    const { index } = this
    const closed = index.spans.slice(0, -1)
    const last = index.spans.slice(-1)
    index.spans = []
    for (let i = 0; i < closed.length; i += 2) index.spans.push(joined(closed[i] as Span, closed[i + 1]))
    index.spans.push(...last)
    index.spanFrames *= 2
    index.spanBytes *= 2
    const begun = new Set(index.spans.map(({ section }) => section))
    index.headers = index.headers.filter((header) => begun.has(header.index) || header.lookups.length > 0)
    this.runs = countOf(index.headers, 'runs')
  }

  /** Note a section header's or an interface description's place. */
  private note(at: number) {
    const { index } = this
    const header = index.headers.at(-1)
    const inRun = index.inRun
    index.inRun = true
    if (header === undefined || header.cut) return
    const { runs } = header
    const goesOn = inRun || (index.format !== 'pcapng' && runs.length > 0)
    if (goesOn && at - (runs.at(-1) ?? 0) <= RUN_GAP) runs[runs.length - 1] = at
    else if (this.runs < MAX_RUNS) {
      runs.push(at, at)
      this.runs++
    } else header.cut = true
  }

  private look(at: number, length: number) {
    this.index.inRun = false
    if (length === 0) return // not all there
    if (this.lookups === MAX_LOOKUPS) {
      this.index.lookupsLeftOut = true
      return
    }
    this.index.headers.at(-1)?.lookups.push(at, length)
    this.lookups++
  }

  /** A section is over: one in which no span begins is read where it stands. */
  private dropUnneeded(header: SectionHeader | undefined) {
    const { headers, spans } = this.index
    if (header === undefined || header.lookups.length > 0 || spans.at(-1)?.section === header.index) return
    headers.pop()
    this.runs -= header.runs.length / 2
  }
}

/** Before all times. */
const EARLIEST: Moment = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 }

/** @returns whether one moment is before another */
export const isBefore = (a: Moment, b: Moment): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds)

/** Nanoseconds since 1970 as a moment. */
export function momentOf(time: bigint): Moment {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return { seconds: Number((time - nanoseconds) / 1_000_000_000n), nanoseconds: Number(nanoseconds) }
}

const timeOf = ({ seconds, nanoseconds }: Moment): bigint | null =>
  Number.isFinite(seconds) ? BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) : null

function set(into: Moment, { seconds, nanoseconds }: Moment) {
  into.seconds = seconds
  into.nanoseconds = nanoseconds
}

const countOf = (headers: SectionHeader[], list: 'runs' | 'lookups') =>
  headers.reduce((sum, header) => sum + header[list].length / 2, 0)

function joined(first: Span, second: Span | undefined): Span {
  if (second === undefined) return first
  const least =
    first.least === null || second.least === null ? null : first.least < second.least ? first.least : second.least
  const greatest =
    first.greatest === null || (second.greatest !== null && second.greatest > first.greatest)
      ? second.greatest
      : first.greatest
  return { ...first, least, greatest }
}

/** With one more interface. `undefined`: it is the first. */
function pcapForm(
  so: PcapForm | null | undefined,
  linktype: number,
  snaplen: number,
  ticksPerSecond: bigint,
): PcapForm | null {
  const perSecond = 1_000_000n % ticksPerSecond === 0n ? 1_000_000 : 1_000_000_000
  if (1_000_000_000n % ticksPerSecond !== 0n || so === null) return null
  if (so === undefined) return { linktype, snaplen, perSecond }
  if (so.linktype !== linktype) return null
  return {
    linktype,
    snaplen: snaplen === 0 || so.snaplen === 0 ? 0 : Math.max(snaplen, so.snaplen),
    perSecond: perSecond > so.perSecond ? perSecond : so.perSecond,
  }
}

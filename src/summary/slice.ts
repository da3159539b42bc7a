/** Some packets of a capture as a capture of their own, read from where the packet index says that they stand. */
import { joined } from '../capture/joined.ts'
import type { Packet } from '../capture/packet.ts'
import { fcsLength, type PcapLayout, pcapHeader, pcapRecord, storedRecord } from '../capture/pcap-writer.ts'
import { blockLength, PcapngWriter, storedPacket } from '../capture/pcapng-writer.ts'
import { type Checkpoint, openReader, type Reader } from '../capture/reader.ts'
import type { Frame, Interface, Section, Sink } from '../capture/sink.ts'
import type { Moment } from '../capture/timestamps.ts'
import { isBefore, momentOf, type PacketIndex, type PcapForm, type SectionHeader, type Span } from './packet-index.ts'

/** A (decompressed) capture of which any part can be read. */
export interface RangedSource {
  /** Bytes. */
  readonly size: number
  /** The bytes from `offset`, which lies within the file: `length` of them, or fewer where it ends. The caller's to keep. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Which packets. A packet without a time has that of the packet before it: see `createPacketIndex`. */
export type Selection =
  /** tshark's `frame.number`, from the first to the last, both included. */
  | { numbers: { from: number; to: number } }
  /** Nanoseconds since 1970, `to` not included. Without `from`, packets that have no time at all come too. */
  | { times: { from?: bigint; to?: bigint } }

export interface SliceOptions {
  /** `pcapng` if it is not given. */
  format?: 'pcapng' | 'pcap'
  /** Put the name resolution and the decryption secrets of each section in: for who has the right to keys. */
  secrets?: boolean
}

/** Bytes of a slice or where they stand in the source. */
type Piece = Uint8Array | { at: number; length: number }

/** Read so much at once. Bytes. */
const READ = 1024 * 1024
/** Read so much of a pcap at once to learn how it is laid out. Bytes. */
const BEGINNING = 64 * 1024
/** Bytes read of the last block in a run, which mostly has no more. */
const LAST_BLOCK = 512

/**
 * Cut a slice. A pcapng slice of a pcapng capture has its sections in their byte orders, with all options; in each, the
 * interfaces as they stand in the file, up to the slice's last packet. Each packet is an Enhanced Packet Block with the ticks
 * of its interface's clock as they were, its options, and its number in the capture as `epb_packetid` (one that it had gives
 * way). A Simple Packet Block stays one: its interface is the section's first, as before; it has no room for a number.
 * Custom, journal and Sysdig blocks that take a number are copied, custom ones that must not be copied left out.
 * A pcap slice has neither numbers nor comments.
 *
 * Reads the spans in which the packets stand, and before them their section's header. Holds one read of 1 MiB, one block,
 * what it makes of them, and the interface descriptions of one section.
 * @param index of the whole source
 * @throws RangeError for `pcap` where `pcapFormOf(index)` is `null`; for a format that slices are not made of
 */
export async function* slice(
  index: PacketIndex,
  source: RangedSource,
  selection: Selection,
  options: SliceOptions = {},
): AsyncGenerator<Uint8Array> {
  const form = options.format === 'pcap' ? pcapFormOf(index) : null
  if (options.format === 'pcap' && form === null) throw new RangeError('a pcap cannot hold this capture')
  let empty = true
  for await (const bytes of cut(index, source, selection, options.secrets === true, form)) {
    if (bytes.length > 0) yield bytes
    if (bytes.length > 0) empty = false
  }
  if (empty) yield form === null ? emptyPcapng() : pcapHeader(form.linktype, form.snaplen, form.perSecond)
}

/**
 * The header of a pcap that can hold any slice: of one section, one linktype, with clocks that tick in whole nanoseconds
 * from 1970 to 2106, and a time for each packet.
 * @returns `null` if there is none
 */
export function pcapFormOf({ format, pcap, untimed, spans }: PacketIndex): PcapForm | null {
  if (format !== 'pcapng') return pcap
  const fits = ({ least, greatest }: Span) => (least ?? -1n) >= 0n && (greatest ?? -1n) < 2n ** 32n * 1_000_000_000n
  return !untimed && spans.every(fits) ? pcap : null
}

async function* cut(
  index: PacketIndex,
  source: RangedSource,
  selection: Selection,
  secrets: boolean,
  form: PcapForm | null,
): AsyncGenerator<Uint8Array> {
  if (index.spans.length === 0) return
  const choice = choose(selection)
  const knife =
    index.format === 'pcapng'
      ? new PcapngKnife(choice, form, secrets ? index.headers : [])
      : new PcapKnife(choice, await pcapFile(index, source), form)
  for (const { span, end } of stretches(index.spans, choice, source.size)) {
    const reader = await openStretch(index, source, span, knife)
    if (reader === null) return
    for await (const piece of readStretch(reader, source, end, knife)) {
      if (piece instanceof Uint8Array) yield piece
      else yield* piecesOf(source, piece.at, piece.length)
    }
    if (knife.done) return
  }
}

/** What a selection says, ready to be asked of each packet. */
interface Choice {
  first: number
  last: number
  from: Moment
  to: Moment
  span(span: Span, next: Span | undefined): boolean
}

const NEVER: Moment = { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 }
const ALWAYS: Moment = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 }

function choose(selection: Selection): Choice {
  if ('numbers' in selection) {
    const { from, to } = selection.numbers
    const span = ({ number }: Span, next: Span | undefined) =>
      number <= to && (next === undefined || next.number > from)
    return { first: from, last: to, from: ALWAYS, to: NEVER, span }
  }
  const { from, to } = selection.times
  return {
    first: 1,
    last: Number.POSITIVE_INFINITY,
    from: from === undefined ? ALWAYS : momentOf(from),
    to: to === undefined ? NEVER : momentOf(to),
    span: ({ least, greatest }) =>
      (to === undefined || least === null || least < to) &&
      (from === undefined || (greatest !== null && greatest >= from)),
  }
}

/** Runs of neighbouring spans that hold what is chosen, and the offset at which each ends. */
function* stretches(spans: Span[], choice: Choice, size: number): Generator<{ span: Span; end: number }> {
  let first: Span | null = null
  for (const [i, span] of spans.entries()) {
    const next = spans[i + 1]
    const chosen = choice.span(span, next)
    if (first !== null && !chosen) yield { span: first, end: span.at }
    first = chosen ? (first ?? span) : null
  }
  if (first !== null) yield { span: first, end: size }
}

/** Open a reader at the start of a span, by giving it what stands before the section's packets. */
async function openStretch(index: PacketIndex, source: RangedSource, span: Span, knife: Knife): Promise<Reader | null> {
  const header = index.headers.find((one) => one.index === span.section)
  knife.begin(span, header?.index ?? 0)
  if (index.format === 'pcapng' && span.at === 0) return openReader(knife)
  if (knife instanceof PcapKnife) return openReader(knife, { ...knife.file.start, at: Math.max(span.at, index.begins) })
  const head = await sectionHead(source, header, span.at)
  const opening = openReader(knife)
  knife.show(head, 0)
  opening.push(head)
  const checkpoint = opening.checkpoint()
  return checkpoint === null ? null : openReader(knife, { ...checkpoint, at: span.at })
}

/** A section's header and its interfaces, as far as they stand before `end`. */
async function sectionHead(source: RangedSource, header: SectionHeader | undefined, end: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const { runs, littleEndian } = header ?? { runs: [], littleEndian: true }
  for (let i = 0; i < runs.length; i += 2) {
    const [from, last] = [runs[i] as number, runs[i + 1] as number]
    if (from >= end) break
    const begun = await wholeRead(source, from, Math.min(last + LAST_BLOCK, end) - from)
    const length = last - from + blockLength(begun, last - from, littleEndian)
    parts.push(begun.subarray(0, length))
    if (length > begun.length) parts.push(await wholeRead(source, from + begun.length, length - begun.length))
  }
  return joined(parts)
}

/** Read from where a reader stands up to `end`, and give out what the knife makes of it. */
async function* readStretch(reader: Reader, source: RangedSource, end: number, knife: Knife): AsyncGenerator<Piece> {
  let at = reader.size
  let rest: Uint8Array = new Uint8Array(0)
  while (at < end && !knife.done) {
    // What is not whole yet is joined to what follows: twice as much each time, so that large blocks stay cheap.
    const chunk = await source.read(at, Math.min(end - at, Math.max(READ, rest.length)))
    if (chunk.length === 0) return
    const window = rest.length === 0 ? chunk : joined([rest, chunk])
    const windowAt = at - rest.length
    knife.show(window, windowAt)
    reader.push(chunk)
    at += chunk.length
    yield* knife.take()
    const checkpoint: Checkpoint | null = reader.checkpoint()
    if (checkpoint === null) return
    rest = window.subarray(checkpoint.at - windowAt)
  }
}

/** Hears what a reader reads, and copies what is chosen out of the bytes that the reader was given. */
abstract class Knife implements Sink {
  readonly snaplen = 0
  /** The last packet that was chosen, or one beyond it, has been met. */
  done = false
  protected bytes: Uint8Array = new Uint8Array(0)
  private bytesAt = 0
  private readonly choice: Choice
  private numbersBefore = 0
  protected sectionsBefore = 0
  private readonly time: Moment = { seconds: 0, nanoseconds: 0 }

  constructor(choice: Choice) {
    this.choice = choice
  }

  /** A reader begins at a span's start, and counts from there. */
  begin(span: Span, section: number): void {
    this.numbersBefore = span.number - 1
    this.sectionsBefore = section
    Object.assign(this.time, span.before === null ? ALWAYS : momentOf(span.before))
  }

  /** The bytes in which what is told next stands, of which the first is at `at` in the file. */
  show(bytes: Uint8Array, at: number): void {
    this.bytes = bytes
    this.bytesAt = at
  }

  /** What was copied since the last time. */
  abstract take(): Piece[]
  protected abstract keepPacket(packet: Packet, number: number): void
  protected abstract keepFrame(frame: Frame): void
  abstract section(section: Section): void
  abstract interface(described: Interface): void

  packet(packet: Packet): void {
    const number = packet.number + this.numbersBefore
    if (this.chooses(number, packet)) this.keepPacket(packet, number)
  }

  frame(frame: Frame): void {
    if (this.chooses(frame.number + this.numbersBefore, frame)) this.keepFrame(frame)
  }

  format(): void {}
  opened(): void {}
  packetComment(): void {}
  nameResolution(): void {}
  interfaceStatistics(): void {}
  decryptionSecrets(): void {}
  fault(): void {}

  /** Where something that was told with this `at` stands in `bytes`. */
  protected place(at: number): number {
    return at - this.bytesAt
  }

  private chooses(number: number, { timed, seconds, nanoseconds }: Packet | Frame): boolean {
    const { choice, time } = this
    if (timed) {
      time.seconds = seconds
      time.nanoseconds = nanoseconds
    }
    if (number >= choice.last) this.done = true
    return number >= choice.first && number <= choice.last && !isBefore(time, choice.from) && isBefore(time, choice.to)
  }
}

/** A section of which packets may be chosen; it is written with the first of them. */
interface OpenSection {
  index: number
  littleEndian: boolean
  block: Uint8Array
  begun: boolean
  /** Interface descriptions. Those that are written are not needed any more. */
  interfaces: Uint8Array[]
  written: number
}

/** Cuts pcapng. */
class PcapngKnife extends Knife {
  private readonly form: PcapForm | null
  private readonly headers: SectionHeader[]
  private readonly writer = new PcapngWriter()
  private pieces: Piece[] = []
  private open: OpenSection | null = null

  /** @param headers of the sections whose names and secrets come with them */
  constructor(choice: Choice, form: PcapForm | null, headers: SectionHeader[]) {
    super(choice)
    this.form = form
    this.headers = headers
    if (form !== null) this.writer.append(pcapHeader(form.linktype, form.snaplen, form.perSecond))
  }

  override take(): Piece[] {
    this.pieces.push(this.writer.take())
    return this.pieces.splice(0)
  }

  override section({ at, index, byteOrder }: Section): void {
    const number = index + this.sectionsBefore
    const littleEndian = byteOrder === 'little'
    if (this.open?.index === number) this.open.interfaces = []
    else this.open = { index: number, littleEndian, block: new Uint8Array(0), begun: false, interfaces: [], written: 0 }
    this.open.block = this.open.begun ? this.open.block : this.blockAt(at).slice()
  }

  override interface({ at }: Interface): void {
    if (this.open === null) return
    const { interfaces, written } = this.open
    interfaces.push(interfaces.length < written ? new Uint8Array(0) : this.blockAt(at).slice())
  }

  protected override keepPacket({ at, seconds, nanoseconds }: Packet, number: number): void {
    const block = this.blockAt(at)
    const stored = storedPacket(block, this.open?.littleEndian ?? true)
    if (this.form !== null) {
      if (stored === null) return
      const fraction = this.form.perSecond === 1_000_000 ? nanoseconds / 1000 : nanoseconds
      this.writer.append(pcapRecord(seconds, fraction, stored.data, stored.origlen))
      return
    }
    this.beginSection()
    if (stored === null) this.writer.copy(block)
    else this.writer.packet(stored, number)
  }

  protected override keepFrame({ at }: Frame): void {
    if (this.form !== null) return
    this.beginSection()
    this.writer.copy(this.blockAt(at))
  }

  private beginSection() {
    const { open, writer } = this
    if (open === null || (open.begun && open.written === open.interfaces.length)) return
    if (!open.begun) writer.littleEndian = open.littleEndian
    if (!open.begun) writer.copySection(open.block)
    for (; open.written < open.interfaces.length; open.written++) {
      writer.copy(open.interfaces[open.written] as Uint8Array)
      open.interfaces[open.written] = NO_BYTES
    }
    if (!open.begun) this.bring(this.headers.find(({ index }) => index === open.index)?.lookups ?? [])
    open.begun = true
  }

  private bring(lookups: number[]) {
    this.pieces.push(this.writer.take())
    for (let i = 0; i < lookups.length; i += 2)
      this.pieces.push({ at: lookups[i] as number, length: lookups[i + 1] as number })
  }

  private blockAt(at: number): Uint8Array {
    const from = this.place(at)
    return this.bytes.subarray(from, from + blockLength(this.bytes, from, this.open?.littleEndian ?? true))
  }
}

/** Cuts pcap and its variants: into pcapng of one section and one interface, or into pcap. */
class PcapKnife extends Knife {
  readonly file: PcapFile
  private readonly form: PcapForm | null
  private readonly writer = new PcapngWriter()

  constructor(choice: Choice, file: PcapFile, form: PcapForm | null) {
    super(choice)
    this.file = file
    this.form = form
    const { linktype, snaplen, fcslen, layout } = file
    if (form !== null) {
      this.writer.append(pcapHeader(form.linktype, form.snaplen, form.perSecond))
      return
    }
    this.writer.section()
    this.writer.interface(linktype, snaplen, layout.perSecond === 1_000_000 ? 6 : 9, fcslen)
  }

  override take(): Piece[] {
    return [this.writer.take()]
  }

  override section(): void {}
  override interface(): void {}

  protected override keepPacket({ at }: Packet, number: number): void {
    const { layout } = this.file
    const { seconds, fraction, data, origlen } = storedRecord(this.bytes, this.place(at), layout)
    if (this.form !== null) {
      this.writer.append(pcapRecord(seconds, fraction, data, origlen))
      return
    }
    const ticks = BigInt(seconds) * BigInt(layout.perSecond) + BigInt(fraction)
    const [ticksHigh, ticksLow] = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)]
    this.writer.packet({ interfaceId: 0, ticksHigh, ticksLow, data, origlen, options: NO_BYTES, dropped: null }, number)
  }

  protected override keepFrame(): void {}
}

/** What a pcap file's beginning says. */
interface PcapFile {
  /** A reader's state before the first record. */
  start: Checkpoint
  layout: PcapLayout
  linktype: number
  snaplen: number
  fcslen: number | null
}

/** Read a pcap file's beginning, as much as it takes to know its variant. @throws RangeError if it is none */
async function pcapFile(index: PacketIndex, source: RangedSource): Promise<PcapFile> {
  let file: PcapFile | null = null
  let header: Uint8Array = NO_BYTES
  const reader = openReader({
    ...DEAF,
    interface: ({ linktype, snaplen }) => {
      const start = reader.checkpoint()
      if (start?.family !== 'pcap' || file !== null) return
      const layout = start.state as PcapLayout
      file = { start, layout, linktype, snaplen, fcslen: fcsLength(header, layout.littleEndian) }
    },
  })
  for (let at = 0; at < source.size && file === null; ) {
    const chunk = await source.read(at, Math.min(BEGINNING, source.size - at))
    if (chunk.length === 0) break
    if (at === 0) header = chunk.subarray(0, 24)
    at += chunk.length
    reader.push(chunk)
  }
  if (file === null) reader.end()
  if (file === null) throw new RangeError(`slices are not made of ${index.format}`)
  return file
}

const ignore = () => undefined
const DEAF: Sink = {
  snaplen: 0,
  format: ignore,
  opened: ignore,
  section: ignore,
  interface: ignore,
  packet: ignore,
  frame: ignore,
  packetComment: ignore,
  nameResolution: ignore,
  interfaceStatistics: ignore,
  decryptionSecrets: ignore,
  fault: ignore,
}

const NO_BYTES = new Uint8Array(0)

function emptyPcapng(): Uint8Array {
  const writer = new PcapngWriter()
  writer.section()
  return writer.take()
}

async function* piecesOf(source: RangedSource, at: number, length: number): AsyncGenerator<Uint8Array> {
  const end = Math.min(at + length, source.size)
  for (let from = at; from < end; ) {
    const chunk = await source.read(from, Math.min(end - from, READ))
    if (chunk.length === 0) return
    yield chunk
    from += chunk.length
  }
}

async function wholeRead(source: RangedSource, at: number, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of piecesOf(source, at, length)) parts.push(part)
  return joined(parts)
}

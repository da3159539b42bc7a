/** Slices of pcapng: its own blocks, section by section. */
import { joined } from '../capture/joined.ts'
import type { Packet } from '../capture/packet.ts'
import { pcapHeader, pcapRecord } from '../capture/pcap-writer.ts'
import { blockLength, PcapngWriter, storedPacket } from '../capture/pcapng-writer.ts'
import { openReader } from '../capture/reader.ts'
import type { Frame, Interface, Section } from '../capture/sink.ts'
import type { PacketIndex, PcapForm, SectionHeader, Span } from './packet-index.ts'
import { type RangedSource, wholeRead } from './ranged-source.ts'
import type { Choice } from './slice-choice.ts'
import { Knife, type Piece, type Start } from './slice-knife.ts'

/** Bytes read of the last block in a run, which mostly has no more. */
const LAST_BLOCK = 512
/** What may describe the interfaces of a section. Bytes. */
const MOST_INTERFACES = 24 * 1024 * 1024

/** A section of which packets may be chosen; it is written with the first of them. */
interface OpenSection {
  index: number
  littleEndian: boolean
  block: Uint8Array
  begun: boolean
  /** Interface descriptions. Those that are written are not needed any more. */
  interfaces: Uint8Array[]
  /** Bytes of all of them. */
  described: number
  written: number
}

/** Cuts pcapng. Holds what was kept and not yet taken, and the interface descriptions of one section. */
export class PcapngKnife extends Knife {
  private readonly index: PacketIndex
  private readonly source: RangedSource
  private readonly secrets: boolean
  private readonly form: PcapForm | null
  private readonly writer = new PcapngWriter()
  private pieces: Piece[] = []
  private sectionsBefore = 0
  private current: OpenSection | null = null

  /**
   * @param secrets whether names and secrets come with their sections
   * @param form of the slice, if it is to be a pcap
   */
  constructor(index: PacketIndex, source: RangedSource, choice: Choice, secrets: boolean, form: PcapForm | null) {
    super(choice)
    this.index = index
    this.source = source
    this.secrets = secrets
    this.form = form
    if (form !== null) this.writer.append(pcapHeader(form.linktype, form.snaplen, form.perSecond))
  }

  override async open(span: Span): Promise<Start | null> {
    this.begin(span, 0)
    this.sectionsBefore = span.section
    if (span.at === 0) return { at: 0, from: undefined }
    const header = this.headerOf(span.section)
    if (header === undefined) return null
    const head = await sectionHead(this.source, header, span.at)
    const opening = openReader(this)
    this.show(head, 0)
    opening.push(head)
    const checkpoint = opening.checkpoint()
    return checkpoint === null ? null : { at: span.at, from: { ...checkpoint, at: span.at } }
  }

  override take(): Piece[] {
    this.pieces.push(this.writer.take())
    return this.pieces.splice(0)
  }

  override section({ at, index, byteOrder }: Section): void {
    const number = index + this.sectionsBefore
    const littleEndian = byteOrder === 'little'
    if (this.current?.index === number) Object.assign(this.current, { interfaces: [], described: 0 })
    else {
      const none = { block: NO_BYTES, begun: false, interfaces: [], described: 0, written: 0 }
      this.current = { index: number, littleEndian, ...none }
    }
    this.current.block = this.current.begun ? this.current.block : this.blockAt(at).slice()
  }

  override interface({ at }: Interface): void {
    if (this.current === null) return
    const { interfaces, written } = this.current
    const block = this.blockAt(at)
    this.current.described += block.length
    if (this.current.described > MOST_INTERFACES) throw tooLong()
    interfaces.push(interfaces.length < written ? NO_BYTES : block.slice())
  }

  protected override keepPacket({ at, seconds, nanoseconds }: Packet, number: number): void {
    const block = this.blockAt(at)
    const stored = storedPacket(block, this.current?.littleEndian ?? true)
    if (this.form !== null) {
      if (stored === null) return
      const { perSecond } = this.form
      this.writer.append(pcapRecord(seconds, nanoseconds, perSecond, stored.data, stored.origlen))
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
    const { current, writer } = this
    if (current === null || (current.begun && current.written === current.interfaces.length)) return
    if (!current.begun) writer.littleEndian = current.littleEndian
    if (!current.begun) writer.copySection(current.block)
    for (; current.written < current.interfaces.length; current.written++) {
      writer.copy(current.interfaces[current.written] as Uint8Array)
      current.interfaces[current.written] = NO_BYTES
    }
    if (!current.begun && this.secrets) this.bring(this.headerOf(current.index)?.lookups ?? [])
    current.begun = true
  }

  private bring(lookups: number[]) {
    this.pieces.push(this.writer.take())
    for (let i = 0; i < lookups.length; i += 2)
      this.pieces.push({ at: lookups[i] as number, length: lookups[i + 1] as number })
  }

  private headerOf(section: number): SectionHeader | undefined {
    return this.index.headers.find(({ index }) => index === section)
  }

  private blockAt(at: number): Uint8Array {
    const from = this.place(at)
    return this.bytes.subarray(from, from + blockLength(this.bytes, from, this.current?.littleEndian ?? true))
  }
}

const NO_BYTES = new Uint8Array(0)

const tooLong = () => new RangeError(`a section whose interfaces take more than ${MOST_INTERFACES} bytes to describe`)

/** A section's header and its interfaces, as far as they stand before `end`. */
async function sectionHead(source: RangedSource, header: SectionHeader, end: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const { runs, littleEndian } = header
  let held = 0
  for (let i = 0; i < runs.length; i += 2) {
    const [from, last] = [runs[i] as number, runs[i + 1] as number]
    if (from >= end) break
    if (held + last - from > MOST_INTERFACES) throw tooLong()
    const begun = await wholeRead(source, from, Math.min(last + LAST_BLOCK, end) - from)
    const length = last - from + blockLength(begun, last - from, littleEndian)
    held += length
    if (held > MOST_INTERFACES) throw tooLong()
    parts.push(begun.subarray(0, length))
    if (length > begun.length) parts.push(await wholeRead(source, from + begun.length, length - begun.length))
  }
  return joined(parts)
}

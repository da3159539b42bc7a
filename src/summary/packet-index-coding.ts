/** The packet index as bytes: numbers in base 128, each span by what it differs in from the one before. */
import type { FormatName } from '../capture/sink.ts'
import type { PacketIndex, SectionHeader, Span } from './packet-index.ts'

/** An index of another version is not read. */
export const INDEX_VERSION = 2

/** What a span's first octet says. */
const HAS_LEAST = 1
const HAS_GREATEST = 2
const HAS_BEFORE = 4
/** Its times are multiples of a microsecond, and written as such. */
const MICROSECONDS = 8
/** Section and interfaces are other than in the span before. */
const MOVED = 16

/** An index that is not done is written down whole: `decodeIndex` gives one that can be gone on with. */
export function encodeIndex(index: PacketIndex): Uint8Array {
  const out = new Encoder()
  out.number(INDEX_VERSION)
  out.text(index.format ?? '')
  for (const key of COUNTS) out.number(index[key])
  for (const key of FLAGS) out.number(index[key] ? 1 : 0)
  out.number(index.time === null ? 0 : 1)
  out.signed(index.time ?? 0n)
  out.number(index.unwritable === null ? 0 : index.unwritable + 1)
  out.number(index.pcap === null ? 0 : index.pcap.perSecond)
  out.number(index.pcap?.linktype ?? 0)
  out.number(index.pcap?.snaplen ?? 0)
  out.number(index.headers.length)
  let at = 0
  for (const header of index.headers) {
    out.number(header.index * 4 + (header.cut ? 2 : 0) + (header.littleEndian ? 1 : 0))
    out.number(header.at - at)
    at = header.at
    out.rising(header.runs, at)
    out.number(header.lookups.length / 2)
    for (let i = 0, before = at; i < header.lookups.length; i += 2) {
      out.number((header.lookups[i] as number) - before)
      out.number(header.lookups[i + 1] as number)
      before = header.lookups[i] as number
    }
  }
  out.number(index.spans.length)
  let before = FIRST
  for (const span of index.spans) {
    writeSpan(out, span, before)
    before = span
  }
  return out.done()
}

/** @throws RangeError if these bytes are no index, or a later version's */
export function decodeIndex(bytes: Uint8Array): PacketIndex {
  const from = new Decoder(bytes)
  if (from.number() !== INDEX_VERSION) throw new RangeError('not a packet index of this version')
  const index = { format: (from.text() || null) as FormatName | null } as PacketIndex
  for (const key of COUNTS) index[key] = from.number()
  for (const key of FLAGS) index[key] = from.number() === 1
  const timed = from.number() === 1
  const time = from.signed()
  index.time = timed ? time : null
  const unwritable = from.number()
  index.unwritable = unwritable === 0 ? null : unwritable - 1
  const [perSecond, linktype, snaplen] = [from.number(), from.number(), from.number()]
  index.pcap =
    perSecond === 0 ? null : { perSecond: perSecond === 1_000_000 ? 1_000_000 : 1_000_000_000, linktype, snaplen }
  let at = 0
  index.headers = from.list(() => {
    const head = from.number()
    at += from.number()
    const header: SectionHeader = {
      index: Math.floor(head / 4),
      at,
      littleEndian: (head & 1) !== 0,
      cut: (head & 2) !== 0,
      runs: [],
      lookups: [],
    }
    header.runs = from.rising(at)
    let before = at
    for (let left = from.number(); left > 0; left--) {
      before += from.number()
      header.lookups.push(before, from.number())
    }
    return header
  })
  let before = FIRST
  index.spans = from.list(() => {
    before = readSpan(from, before)
    return before
  })
  return index
}

const COUNTS = ['begins', 'frames', 'interfaces', 'sections', 'spanFrames', 'spanBytes'] as const
const FLAGS = ['inRun', 'lookupsLeftOut', 'untimed', 'linked'] as const
const FIRST: Span = { number: 0, at: 0, section: 0, interfaces: 0, least: 0n, greatest: 0n, before: null }

/** Times stand by what they differ in from the least time of the span before, or the span's own. */
function writeSpan(out: Encoder, span: Span, before: Span) {
  const { least, greatest } = span
  const base = before.least ?? 0n
  const unit = [base, least, greatest, span.before].every((time) => (time ?? 0n) % 1000n === 0n) ? 1000n : 1n
  const moved = span.section !== before.section || span.interfaces !== before.interfaces
  out.number(
    (least === null ? 0 : HAS_LEAST) |
      (greatest === null ? 0 : HAS_GREATEST) |
      (span.before === null ? 0 : HAS_BEFORE) |
      (unit === 1000n ? MICROSECONDS : 0) |
      (moved ? MOVED : 0),
  )
  out.number(span.number - before.number)
  out.number(span.at - before.at)
  if (moved) out.number(span.section - before.section)
  if (moved) out.number(span.interfaces - before.interfaces)
  if (least !== null) out.signed((least - base) / unit)
  if (greatest !== null) out.signed((greatest - (least ?? base)) / unit)
  if (span.before !== null) out.signed((span.before - base) / unit)
}

function readSpan(from: Decoder, before: Span): Span {
  const flags = from.number()
  const unit = flags & MICROSECONDS ? 1000n : 1n
  const base = before.least ?? 0n
  const span = { ...before, number: before.number + from.number(), at: before.at + from.number() }
  if (flags & MOVED) span.section += from.number()
  if (flags & MOVED) span.interfaces += from.number()
  span.least = flags & HAS_LEAST ? base + from.signed() * unit : null
  span.greatest = flags & HAS_GREATEST ? (span.least ?? base) + from.signed() * unit : null
  span.before = flags & HAS_BEFORE ? base + from.signed() * unit : null
  return span
}

/** Integers in base 128, the lowest digit first, each but the last with its high bit set; signs in the lowest bit. */
class Encoder {
  private bytes = new Uint8Array(4096)
  private length = 0

  number(value: number) {
    let rest = value
    while (rest > 127) {
      this.octet((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.octet(rest)
  }

  signed(value: bigint) {
    let rest = value < 0n ? -value * 2n - 1n : value * 2n
    while (rest > 127n) {
      this.octet(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    this.octet(Number(rest))
  }

  /** Numbers of which none is less than the one before. */
  rising(values: number[], from: number) {
    this.number(values.length)
    let before = from
    for (const value of values) {
      this.number(value - before)
      before = value
    }
  }

  text(value: string) {
    this.number(value.length)
    for (const letter of value) this.octet(letter.charCodeAt(0))
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  private octet(value: number) {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(this.length * 2)
      larger.set(this.bytes)
      this.bytes = larger
    }
    this.bytes[this.length++] = value
  }
}

class Decoder {
  private readonly bytes: Uint8Array
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  number(): number {
    let value = 0
    for (let place = 1; ; place *= 128) {
      const octet = this.octet()
      value += (octet & 127) * place
      if (octet < 128) return value
    }
  }

  signed(): bigint {
    let value = 0n
    for (let place = 0n; ; place += 7n) {
      const octet = this.octet()
      value |= BigInt(octet & 127) << place
      if (octet < 128) return value & 1n ? -((value + 1n) / 2n) : value / 2n
    }
  }

  rising(from: number): number[] {
    let before = from
    return this.list(() => {
      before += this.number()
      return before
    })
  }

  text(): string {
    return String.fromCharCode(...this.list(() => this.octet()))
  }

  /** A count, and so many of what `read` reads. */
  list<T>(read: () => T): T[] {
    const list: T[] = []
    for (let left = this.number(); left > 0; left--) list.push(read())
    return list
  }

  private octet(): number {
    const octet = this.bytes[this.at++]
    if (octet === undefined) throw new RangeError('a packet index that ends too early')
    return octet
  }
}

/** Some packets of a capture as a capture of their own, read from where the packet index says that they stand. */
import { joined } from '../capture/joined.ts'
import { unwritableWords } from '../capture/linktypes.ts'
import { pcapHeader } from '../capture/pcap-writer.ts'
import { PcapngWriter } from '../capture/pcapng-writer.ts'
import { openReader } from '../capture/reader.ts'
import type { FormatName } from '../capture/sink.ts'
import { momentOf, type PacketIndex, type PcapForm, type Span } from './packet-index.ts'
import { piecesOf, type RangedSource, READ, someRead } from './ranged-source.ts'
import { type Choice, choose, type Selection } from './slice-choice.ts'
import type { Knife } from './slice-knife.ts'
import { PcapngKnife } from './slice-pcapng.ts'
import { RecordKnife } from './slice-records.ts'

export interface SliceOptions {
  /** `pcapng` if it is not given. */
  format?: 'pcapng' | 'pcap'
  /** Put the name resolution and the decryption secrets of each section in: for who has the right to keys. */
  secrets?: boolean
}

/** A packet, or another block, of more bytes is not cut out. */
const MOST_BLOCK = 24 * 1024 * 1024

/**
 * Cut a slice.
 *
 * Of a pcapng capture it has the sections in their byte orders, with all options; in each, the interfaces as they stand in
 * the file, up to the slice's last packet. Each packet is an Enhanced Packet Block with the ticks of its interface's clock as
 * they were, its options, and its number in the capture as `epb_packetid` (one that it had gives way). A Simple Packet Block
 * stays one: its interface is the section's first, as before; it has no room for a number. Custom, journal and Sysdig blocks
 * that take a number are copied, custom ones that must not be copied left out.
 *
 * Of any other capture it has one section and the interfaces that the reader told of up to the slice's last packet, as they
 * were first described, and packets as editcap writes them: with the pseudo-headers of pcap, whatever the format has instead.
 *
 * A pcap slice has neither numbers nor comments.
 *
 * Reads the spans in which the packets stand, and before them what a reader must know there: the section's header, or the
 * file's beginning and the records in which interfaces were first met. Holds one read of 1 MiB and one block, each some times
 * over, which is 6 MB where blocks are small; and the interface descriptions of one section.
 * @param index of the whole source
 * @throws RangeError where `refusalOf` says why, or a list does not ascend: before the first byte; where the source does not
 * give the bytes that it is said to have; where a block, or what describes a section's interfaces, is longer than 24 MiB
 */
export async function* slice(
  index: PacketIndex,
  source: RangedSource,
  selection: Selection,
  options: SliceOptions = {},
): AsyncGenerator<Uint8Array> {
  const refusal = refusalOf(index, options.format)
  if (refusal !== null) throw new RangeError(refusal)
  const form = options.format === 'pcap' ? pcapFormOf(index) : null
  let empty = true
  for await (const bytes of cut(index, source, choose(selection), options.secrets === true, form)) {
    if (bytes.length > 0) yield bytes
    if (bytes.length > 0) empty = false
  }
  if (empty) yield form === null ? emptyPcapng() : pcapHeader(form.linktype, form.snaplen, form.perSecond)
}

/** @returns why no slice can be made of this capture in this format, in words for its owner; `null` if one can */
export function refusalOf(index: PacketIndex, format: SliceOptions['format'] = 'pcapng'): string | null {
  const { unwritable, spans } = index
  if (unwritable !== null) return `${unwritableWords(unwritable)}; download the whole capture instead`
  if (format === 'pcap' && pcapFormOf(index) === null)
    return 'a pcap cannot hold this capture: ask for a slice as pcapng instead'
  if (index.format === 'netmon2' && extent(spans) >= CLOCK)
    return 'the times lie too far apart for pcapng: download the whole capture instead'
  return null
}

/**
 * The header of a pcap that can hold any slice: of one section, one linktype, with clocks that tick in whole nanoseconds
 * from 1970 to 2106, and a time for each packet.
 * @returns `null` if there is none
 */
export function pcapFormOf({ format, pcap, untimed, spans }: PacketIndex): PcapForm | null {
  if (PCAP_FORMATS.has(format)) return pcap
  const fits = ({ least, greatest }: Span) => (least ?? -1n) >= 0n && (greatest ?? -1n) < 2n ** 32n * 1_000_000_000n
  return !untimed && spans.every(fits) ? pcap : null
}

const PCAP_FORMATS: ReadonlySet<FormatName | null> = new Set<FormatName>([
  'pcap',
  'nsecpcap',
  'modpcap',
  'rh6_1pcap',
  'suse6_3pcap',
  'nokiapcap',
  'aixpcap',
])
/** What a clock of pcapng can tell that ticks in nanoseconds. Of formats that do so, only NetMon 2 knows times further apart. */
const CLOCK = 2n ** 64n

/** From the least time to the greatest. Nanoseconds. */
function extent(spans: Span[]): bigint {
  const [least, greatest] = [leastOf(spans), greatestOf(spans)]
  return least === null || greatest === null ? 0n : greatest - least
}

const leastOf = (spans: Span[]) =>
  spans.reduce<bigint | null>((so, { least }) => (least === null || (so !== null && so <= least) ? so : least), null)
const greatestOf = (spans: Span[]) =>
  spans.reduce<bigint | null>(
    (so, { greatest }) => (greatest === null || (so !== null && so >= greatest) ? so : greatest),
    null,
  )

/** Seconds since 1970 from which clocks must count that do not reach from 1970 to all times. */
function epochOf(spans: Span[]): number {
  const least = leastOf(spans) ?? 0n
  return least < 0n || (greatestOf(spans) ?? 0n) >= CLOCK ? momentOf(least).seconds : 0
}

async function* cut(
  index: PacketIndex,
  source: RangedSource,
  choice: Choice,
  secrets: boolean,
  form: PcapForm | null,
): AsyncGenerator<Uint8Array> {
  const { spans } = index
  const knife =
    index.format === 'pcapng'
      ? new PcapngKnife(index, source, choice, secrets, form)
      : new RecordKnife(index, source, choice, epochOf(spans), form)
  for (const { span, end } of stretches(spans, choice, source.size)) {
    yield* cutStretch(knife, source, span, end)
    if (knife.done) return
  }
}

/** Runs of neighbouring spans that may hold what is chosen, and the offset at which each ends. */
function* stretches(spans: Span[], choice: Choice, size: number): Generator<{ span: Span; end: number }> {
  let first: Span | null = null
  for (const [i, span] of spans.entries()) {
    const chosen = choice.hasSome(span, spans[i + 1])
    if (first !== null && !chosen) yield { span: first, end: span.at }
    first = chosen ? (first ?? span) : null
  }
  if (first !== null) yield { span: first, end: size }
}

/** Read from a span up to `end`, and give out what the knife makes of it. */
async function* cutStretch(knife: Knife, source: RangedSource, span: Span, end: number): AsyncGenerator<Uint8Array> {
  const start = await knife.open(span)
  if (start === null) return
  let { at, from } = start
  let rest: Uint8Array = new Uint8Array(0)
  while (at < end && !knife.done) {
    // What is not whole yet is joined to what follows: twice as much each time, so that large blocks stay cheap.
    if (rest.length > MOST_BLOCK) throw new RangeError(`a packet or block of more than ${MOST_BLOCK} bytes`)
    const most = Math.max(READ, Math.min(rest.length, MOST_BLOCK - rest.length))
    const chunk = await someRead(source, at, Math.min(end - at, most))
    const window = rest.length === 0 ? chunk : joined([rest, chunk])
    const windowAt = at - rest.length
    at += chunk.length
    // A reader of its own for each window: what it tells then lies in the window, in one piece.
    const reader = openReader(knife, from)
    knife.show(window, windowAt)
    reader.push(window)
    for (const piece of knife.take()) {
      if (piece instanceof Uint8Array) yield piece
      else yield* piecesOf(source, piece.at, piece.length)
    }
    if (reader.ended) return
    from = reader.checkpoint() ?? from
    rest = window.subarray((from?.at ?? 0) - windowAt)
  }
}

function emptyPcapng(): Uint8Array {
  const writer = new PcapngWriter()
  writer.section()
  return writer.take()
}

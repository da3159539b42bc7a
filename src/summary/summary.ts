/** From packets to tables, as tshark counts them. */
import type { Packet } from '../capture/packet.ts'
import type { Frame, Sink } from '../capture/sink.ts'
import { Hierarchy, type HierarchyNode } from './hierarchy.ts'
import { type LengthBucket, Lengths } from './lengths.ts'
import { walkPacket } from './link.ts'
import { type LongTables, longTables } from './long-tables.ts'
import type { NameCount, Names } from './names.ts'
import { protocol } from './protocols.ts'
import { joined, PIECE, Saved, Scribe } from './saving.ts'
import { type Series, TimeSeries } from './series.ts'
import type { TcpHealth } from './streams.ts'
import {
  type Conversation,
  conversations,
  type Endpoint,
  endpoints,
  TABLES,
  type Table,
  type TableName,
} from './tables.ts'
import { Tally } from './tally.ts'
import { type Terms, termsOf } from './terms.ts'
import { Walk } from './walk.ts'

/** Conversations kept in each table. */
const CONVERSATIONS = 200_000
/** Rows that `finish` lists of each table, names of each kind, and talkers. */
const ROWS = 1000
const NAMES = 200
const TALKERS = 20

/** What a custom block or a journal entry is in tshark's hierarchy. */
const DATA = protocol('data')
const JOURNAL = protocol('systemd_journal')

export interface SummaryOptions {
  /** Most conversations that each table keeps; what comes beyond is counted in its `others`. */
  conversations?: number
}

/** All that a summary says. Plain JSON. */
export interface Tables {
  /** Time of the first frame, to which times of rows and points are relative: decimal seconds since 1970. Older summaries have none. */
  base?: string
  /** As tshark counts: packets, and pcapng blocks that are none but take a number. */
  frames: number
  /** Lengths on the wire. */
  bytes: number
  /** Down to the transport protocols as tshark has it; below that `guess` marks what ports and first bytes say. */
  hierarchy: HierarchyNode[]
  conversations: Record<TableName, Table<Conversation>>
  endpoints: Record<TableName, Table<Endpoint>>
  /** The IP addresses with most bytes sent and received, of both versions. */
  talkers: Endpoint[]
  series: Series
  lengths: LengthBucket[]
  tcp: TcpHealth
  names: Record<'dns' | 'tls' | 'http' | 'dhcp', NameTable>
  /** What the bounds left out beside rows: headers that the hierarchy has no node for, IP datagrams given up before they were whole. */
  leftOut: { headers: number; datagrams: number }
}

/** Names seen most. `others` counts the sightings of names there was no room for. */
export interface NameTable {
  rows: NameCount[]
  kept: number
  others: number
}

/**
 * A new summary; or one taken up where `save` wrote it down, with the bounds that it had then.
 * @throws Error where another version of pcaport wrote it: the capture must be read anew
 */
export function createSummary(options: SummaryOptions = {}, saved?: Uint8Array): Summary {
  const summary = new Summary(options)
  if (saved !== undefined) for (const _ of summary.load(new Saved(saved)));
  return summary
}

/** What a summary knows, written down: no packet may come before the last piece was taken. */
export interface Saving {
  /** Bytes of all pieces together. */
  length: number
  /** 1 MiB each, the last one shorter, each a buffer of its own. They can be made more than once. */
  pieces(): Iterable<Uint8Array<ArrayBuffer>>
}

/**
 * A summary taken up where `saving` wrote it down, from pieces of any size. Beside the tables it holds up to 3 MiB and two pieces.
 * @throws Error where another version of pcaport wrote it: the capture must be read anew; or where it ends too early
 */
export async function loadSummary(pieces: AsyncIterable<Uint8Array>): Promise<Summary> {
  const coming = pieces[Symbol.asyncIterator]()
  const summary = new Summary({})
  let over = false
  /** As many pieces as there must be to have `PIECE` bytes. */
  const more = async (left: number) => {
    const taken: Uint8Array[] = []
    for (let had = left; had < PIECE && !over; ) {
      const { value, done } = await coming.next()
      if (done) over = true
      else {
        taken.push(value)
        had += value.length
      }
    }
    return taken
  }
  try {
    const saved = new Saved(joined(await more(0)))
    for (const _ of summary.load(saved)) if (saved.left < PIECE && !over) saved.give(await more(saved.left))
  } finally {
    if (!over) await coming.return?.()
  }
  return summary
}

/** A sink for a reader: takes the packets of one capture, and says at the end what they were. Never throws for what they hold. */
export class Summary implements Sink {
  /** Whole packets: fragments and the names in a TLS or HTTP message need their bytes. */
  readonly snaplen = 262_144
  frames = 0
  private bytes = 0
  private readonly hierarchy = new Hierarchy()
  private readonly tally: Tally
  private readonly walk: Walk
  private readonly series = new TimeSeries()
  private readonly lengths = new Lengths()
  /** The time of the first frame. */
  private seconds = 0
  private nanoseconds = 0

  constructor(options: SummaryOptions) {
    this.tally = new Tally(options.conversations ?? CONVERSATIONS)
    this.walk = new Walk(this.hierarchy, this.tally)
  }

  packet(packet: Packet): void {
    const { walk } = this
    const time = this.timeOf(packet)
    walkPacket(walk, packet, time)
    this.count(walk.node, packet.origlen, time)
  }

  frame(frame: Frame): void {
    const node = this.hierarchy.child(0, frame.kind === 'journal' ? JOURNAL : DATA, false)
    this.count(node, frame.origlen, this.timeOf(frame))
  }

  /** Everything so far. Each table lists `rows` of its rows, those with most bytes. */
  finish(rows = ROWS): Tables {
    const { tally, walk } = this
    const each = <Row>(make: (name: TableName) => Table<Row>) =>
      Object.fromEntries(TABLES.map((name) => [name, make(name)])) as Record<TableName, Table<Row>>
    const ends = each((name) => endpoints(tally, name, rows))
    const { dns, tls, http, dhcp } = walk.applications
    return {
      base: `${this.seconds}.${String(this.nanoseconds).padStart(9, '0')}`,
      frames: this.frames,
      bytes: this.bytes,
      hierarchy: this.hierarchy.tree(),
      conversations: each((name) => conversations(tally, name, rows)),
      endpoints: ends,
      talkers: [...ends.ipv4.rows.slice(0, TALKERS), ...ends.ipv6.rows.slice(0, TALKERS)]
        .sort((a, b) => b.bytesSent + b.bytesReceived - a.bytesSent - a.bytesReceived)
        .slice(0, TALKERS),
      series: this.series.report(),
      lengths: this.lengths.report(),
      tcp: tally.tcp.health(),
      names: { dns: listed(dns), tls: listed(tls), http: listed(http), dhcp: listed(dhcp) },
      leftOut: { headers: this.hierarchy.leftOut, datagrams: walk.fragments.dropped },
    }
  }

  /** The tables of which `finish` lists only some rows, longer. */
  longTables(listed = ROWS, longest?: number): LongTables {
    return longTables(this.tally, listed, longest)
  }

  /** What the capture can be found by. */
  terms(): Terms {
    return termsOf(this.hierarchy.tree(), this.tally, this.walk.applications)
  }

  /** Bytes of all tables now, by their own account. */
  bytesHeld(): number {
    return this.parts().reduce((sum, part) => sum + part.bytesHeld(), 0)
  }

  /** All that is known between two packets, in one array: see `saving`. */
  save(): Uint8Array<ArrayBuffer> {
    const { length, pieces } = this.saving()
    const bytes = new Uint8Array(length)
    let at = 0
    for (const piece of pieces()) {
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }

  /**
   * All that is known between two packets, to be taken up again by `createSummary` or `loadSummary`. Beside the tables two pieces are held:
   * a first pass measures them. 3 to 60 kB for captures of a few megabytes, 20 to 45 bytes for each conversation; all tables full: 25 MB.
   */
  saving(): Saving {
    const measuring = new Scribe(true)
    for (const _ of this.write(measuring));
    return { length: measuring.length, pieces: () => this.pieces() }
  }

  /** Take up what was saved, in steps of at most `PIECE` bytes. To be called on a new summary. */
  *load(saved: Saved): Generator<void> {
    this.frames = saved.number()
    this.bytes = saved.number()
    this.seconds = saved.near(0)
    this.nanoseconds = saved.near(0)
    for (const part of this.parts()) {
      yield
      yield* part.load(saved) ?? []
    }
  }

  // What a capture says beside its packets is not for the tables.
  format(): void {}
  opened(): void {}
  section(): void {}
  interface(): void {}
  packetComment(): void {}
  nameResolution(): void {}
  interfaceStatistics(): void {}
  decryptionSecrets(): void {}
  fault(): void {}

  private *pieces(): Generator<Uint8Array<ArrayBuffer>> {
    const scribe = new Scribe(false)
    for (const _ of this.write(scribe)) yield* scribe.taken()
    yield* scribe.taken()
    yield scribe.rest()
  }

  private *write(scribe: Scribe): Generator<void> {
    scribe.number(this.frames)
    scribe.number(this.bytes)
    scribe.near(this.seconds, 0)
    scribe.near(this.nanoseconds, 0)
    for (const part of this.parts()) {
      yield
      yield* part.save(scribe) ?? []
    }
  }

  private parts() {
    const { hierarchy, tally, walk, series, lengths } = this
    return [hierarchy, tally, walk.fragments, walk.applications, series, lengths]
  }

  private count(node: number, length: number, time: number): void {
    this.frames++
    this.bytes += length
    this.hierarchy.count(node, length)
    this.series.count(time, this.hierarchy.protocolAt(node), length)
    this.lengths.count(length)
  }

  /** Nanoseconds since the first frame, exact for 104 days. A frame without a time is at 1970, as tshark has it. */
  private timeOf(from: { timed: boolean; seconds: number; nanoseconds: number }): number {
    const seconds = from.timed ? from.seconds : 0
    const nanoseconds = from.timed ? from.nanoseconds : 0
    if (this.frames === 0) {
      this.seconds = seconds
      this.nanoseconds = nanoseconds
    }
    return (seconds - this.seconds) * 1e9 + (nanoseconds - this.nanoseconds)
  }
}

const listed = (names: Names): NameTable => ({ rows: names.top(NAMES), kept: names.count, others: names.others })

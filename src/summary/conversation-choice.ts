/** Whether a packet counts in one conversation, told by the walk that fills the summary's tables. */
import { ipv4Word, ipv6Words, macWords, type Words } from './addresses.ts'
import { i32, u16 } from './bytes.ts'
import type { ConversationTable } from './conversation-table.ts'
import { Hierarchy } from './hierarchy.ts'
import { walkPacket } from './link.ts'
import type { Choice } from './slice-choice.ts'
import { Streams } from './streams.ts'
import { hasPorts, type TableName } from './tables.ts'
import { Tally } from './tally.ts'
import { Walk } from './walk.ts'

/** One conversation of a summary's table. */
export type ConversationKey =
  /** Between two addresses, which end is which does not matter; of a table with ports, between these, or all where none are said. */
  | { table: TableName; a: string; b: string; aPort?: number | undefined; bPort?: number | undefined }
  /** The one that tshark's `tcp.stream` or `udp.stream` numbers so, from 0. */
  | { table: 'tcp' | 'udp'; stream: number }

/** Conversations that are told apart to count them, as in a summary. */
const STREAMS = 200_000

/**
 * All packets of a conversation: of a datagram in fragments the one with which it is whole, as in the tables and in tshark, of a
 * tunnel what any header in it says. Holds the datagrams under way; for a stream by its number, the table.
 * @throws RangeError where an end is none, or the number too large
 */
export function byConversation(key: ConversationKey): Choice {
  const watch = 'stream' in key ? new StreamTally(key.table, key.stream) : new EndsTally(endsOf(key))
  const walk = new Walk(new Hierarchy(), watch)
  return {
    last: Number.POSITIVE_INFINITY,
    snaplen: 262_144,
    hasSome: () => true,
    has(_number, _time, packet) {
      watch.met = false
      if (packet !== null) walkPacket(walk, packet, 0)
      return watch.met
    },
  }
}

/** A conversation's ends as they stand in packets. */
interface Ends {
  table: TableName
  /** 2 words of a MAC address, 1 of IPv4, 4 of IPv6. */
  a: number[]
  b: number[]
  ports: [a: number, b: number] | null
}

function endsOf({ table, a, b, aPort, bPort }: Extract<ConversationKey, { a: string }>): Ends {
  const wordsOf = (text: string): number[] => {
    const v4 = ipv4Word(text)
    const words =
      table === 'ethernet'
        ? macWords(text)
        : table === 'ipv6' || (hasPorts(table) && v4 === null)
          ? ipv6Words(text)
          : v4 === null
            ? null
            : [v4]
    if (words === null) throw new RangeError(`${text}: not an address of the ${table} table`)
    return words
  }
  const ends = { a: wordsOf(a), b: wordsOf(b) }
  if (ends.a.length !== ends.b.length) throw new RangeError(`${a} and ${b}: addresses of different kinds`)
  if (aPort === undefined && bPort === undefined) return { table, ...ends, ports: null }
  if (!hasPorts(table)) throw new RangeError(`the ${table} table has no ports`)
  if (!isPort(aPort) || !isPort(bPort)) throw new RangeError('a conversation has a port at each end, from 0 to 65535')
  return { table, ...ends, ports: [aPort, bPort] }
}

const isPort = (port: number | undefined): port is number =>
  port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535

/** Has no rows: looks at each header for the two ends. */
class EndsTally extends Tally {
  met = false
  override readonly tcp: Streams
  private readonly ends: Ends
  /** Which end the innermost IP header comes from; both where they are one, neither where it is another's. */
  private fromA = false
  private fromB = false

  constructor(ends: Ends) {
    super(0)
    this.ends = ends
    this.tcp = new WatchedStreams(0, (walk, from, to) => this.ports(this.tcp, walk, from, to))
  }

  override frame({ data }: Walk, at: number): void {
    if (this.ends.table !== 'ethernet') return
    const to = [i32(data, at), u16(data, at + 4)]
    this.compare([i32(data, at + 6), u16(data, at + 10)], to)
    this.met ||= this.fromA || this.fromB
  }

  override packet4(walk: Walk, from: number, to: number): void {
    this.compare([from], [to])
    this.met ||= this.ends.table === 'ipv4' && (this.fromA || this.fromB)
    walk.pair = this.fromA || this.fromB ? 0 : -2
  }

  override packet6(walk: Walk, from: number, to: number): void {
    this.pair6(walk, from, to)
    this.met ||= this.ends.table === 'ipv6' && (this.fromA || this.fromB)
  }

  override pair6(walk: Walk, from: number, to: number): void {
    this.compare(addressAt(walk.data, from), addressAt(walk.data, to))
    walk.pair = this.fromA || this.fromB ? 1 : -1
  }

  override ports(table: ConversationTable, walk: Walk, from: number, to: number): number {
    const { ports } = this.ends
    if (table !== this[this.ends.table] || walk.pair < 0) return -1
    const isAToB = this.fromA && (ports === null || (from === ports[0] && to === ports[1]))
    const isBToA = this.fromB && (ports === null || (from === ports[1] && to === ports[0]))
    this.met ||= isAToB || isBToA
    return -1
  }

  private compare(from: number[], to: number[]) {
    const { a, b } = this.ends
    this.fromA = isSame(from, a) && isSame(to, b)
    this.fromB = isSame(from, b) && isSame(to, a)
  }
}

const addressAt = (data: Uint8Array, at: number): Words =>
  [0, 4, 8, 12].map((offset) => i32(data, at + offset)) as Words

const isSame = (a: number[], b: number[]): boolean => a.length === b.length && a.every((word, i) => word === b[i])

/** Has the rows of a summary, of which it looks for one. */
class StreamTally extends Tally {
  met = false
  override readonly tcp: Streams
  private readonly table: 'tcp' | 'udp'
  private readonly stream: number

  constructor(table: 'tcp' | 'udp', stream: number) {
    super(STREAMS)
    if (!Number.isInteger(stream) || stream < 0 || stream >= STREAMS)
      throw new RangeError(`streams are numbered from 0, and the first ${STREAMS} are told apart`)
    this.table = table
    this.stream = stream
    this.tcp = new WatchedStreams(STREAMS, null, (row) => this.look('tcp', row))
  }

  override ports(table: ConversationTable, walk: Walk, from: number, to: number): number {
    const row = super.ports(table, walk, from, to)
    if (table === this.udp) this.look('udp', row)
    return row
  }

  private look(table: 'tcp' | 'udp', row: number) {
    this.met ||= table === this.table && row === this.stream
  }
}

/** Streams that say which one each segment is of; or that have none, and hand on its ports. */
class WatchedStreams extends Streams {
  private readonly instead: ((walk: Walk, from: number, to: number) => number) | null
  private readonly tell: (row: number) => void

  constructor(
    bound: number,
    instead: ((walk: Walk, from: number, to: number) => number) | null,
    tell: (row: number) => void = () => {},
  ) {
    super(bound)
    this.instead = instead
    this.tell = tell
  }

  override segment(...asked: Parameters<Streams['segment']>): number {
    const [walk, from, to] = asked
    const row = this.instead === null ? super.segment(...asked) : this.instead(walk, from, to)
    this.tell(row)
    return row
  }
}

/** A tally as plain rows: conversations, endpoints and talkers, sorted and bounded. */
import { ipv4Text, ipv6Text, macText, type Words } from './addresses.ts'
import { ConversationTable } from './conversation-table.ts'
import { protocolName } from './protocols.ts'
import { Streams } from './streams.ts'
import type { Tally } from './tally.ts'

export const TABLES = ['ethernet', 'ipv4', 'ipv6', 'tcp', 'udp', 'sctp'] as const
export type TableName = (typeof TABLES)[number]

/** Side A is the sender of the conversation's first packet in the file. Bytes are lengths on the wire of whole frames. */
export interface Conversation {
  a: string
  b: string
  /** `null` where the table has no ports. */
  aPort: number | null
  bPort: number | null
  packetsAToB: number
  bytesAToB: number
  packetsBToA: number
  bytesBToA: number
  /** Seconds from the first frame to the conversation's least time; and from there to its greatest. */
  start: number
  duration: number
  /** TCP alone: what the first bytes say it carries, and segments sent again; else `null`. */
  guess: string | null
  retransmissions: number | null
  /** tshark's `tcp.stream` or `udp.stream`; `null` in other tables. */
  stream: number | null
}

export interface Endpoint {
  address: string
  port: number | null
  packetsSent: number
  bytesSent: number
  packetsReceived: number
  bytesReceived: number
}

/** A row that stays as it is, of one that may be read over. */
export const keptConversation = (row: Conversation): Conversation => ({
  a: row.a,
  b: row.b,
  aPort: row.aPort,
  bPort: row.bPort,
  packetsAToB: row.packetsAToB,
  bytesAToB: row.bytesAToB,
  packetsBToA: row.packetsBToA,
  bytesBToA: row.bytesBToA,
  start: row.start,
  duration: row.duration,
  guess: row.guess,
  retransmissions: row.retransmissions,
  stream: row.stream ?? null, // older summaries have none
})

/** A row that stays as it is, of one that may be read over. */
export const keptEndpoint = (row: Endpoint): Endpoint => ({
  address: row.address,
  port: row.port,
  packetsSent: row.packetsSent,
  bytesSent: row.bytesSent,
  packetsReceived: row.packetsReceived,
  bytesReceived: row.bytesReceived,
})

/** The rows with most bytes. What has none is in `others`, exactly: rows of the table that are not listed, and packets that got no row. */
export interface Table<Row> {
  rows: Row[]
  /** Conversations or endpoints that were kept; `rows` may hold fewer. */
  kept: number
  others: Others
}

/** What is in no row that is listed. */
export interface Others {
  /** Kept but not listed. */
  rows: number
  /** Packets and bytes of these, and of the conversations beyond the table's bound. */
  packets: number
  bytes: number
  /** Of which packets without a row at all. */
  packetsBeyondBound: number
}

/** The ends of a row's key, as text. */
interface Ends {
  low: string
  high: string
  lowPort: number | null
  highPort: number | null
}

export function conversations(tally: Tally, name: TableName, most: number): Table<Conversation> {
  const { listed, kept, others } = listedConversations(tally, name, most)
  return { rows: Array.from(listed, (row) => conversation(tally, name, row)), kept, others }
}

/** The numbers of the rows with most bytes, these first. Takes 12 bytes for each row of the table while it runs. */
export function listedConversations(tally: Tally, name: TableName, most: number) {
  const { listed, kept } = byBytes(tally[name], most)
  return { listed, kept, others: othersOf(tally[name], listed, kept, 1) }
}

export function endpoints(tally: Tally, name: TableName, most: number): Table<Endpoint> {
  const ends = endsOfAll(tally, name)
  const { listed, kept, others } = listedEndpoints(tally, name, ends, most)
  return { rows: Array.from(listed, (row) => endpoint(ends, name, row)), kept, others }
}

/**
 * Endpoints are not counted on the way: they are the sums of the conversations that have a row. A key is its kind (0 of Ethernet, 4, 6), up
 * to four words of address, and the port. Holds 50 to 70 bytes an endpoint.
 */
export function endsOfAll(tally: Tally, name: TableName): ConversationTable {
  const table = tally[name]
  const ends = new ConversationTable(6, table.rows * 2 + 1)
  for (let row = 0; row < table.rows; row++)
    for (let side = 0; side < 2; side++) {
      const sent = table.packetsOf(row, side)
      const received = table.packetsOf(row, 1 - side)
      if (sent + received === 0) continue
      endKey(tally, name, row, side, ends.key)
      const end = ends.find(0)
      ends.add(end, 0, sent, table.bytesOf(row, side))
      ends.add(end, 1, received, table.bytesOf(row, 1 - side))
    }
  return ends
}

/** The numbers of the rows of {@link endsOfAll} with most bytes, these first. */
export function listedEndpoints(tally: Tally, name: TableName, ends: ConversationTable, most: number) {
  const table = tally[name]
  const { listed, kept } = byBytes(ends, most)
  const others = othersOf(ends, listed, kept, 2)
  others.packets += table.others.packets
  others.bytes += table.others.bytes
  others.packetsBeyondBound = table.others.packets
  return { listed, kept, others }
}

/** An end of conversations, and the service that these were with. */
export interface Service {
  address: string
  port: number
  /** Of all these conversations. Bytes. */
  bytes: number
}

/**
 * Both ends of the conversations with ports, each with the port of their service; those with most bytes first. Memory as for
 * {@link endpoints}.
 */
export function services(tally: Tally, name: 'tcp' | 'udp' | 'sctp', most: number): { rows: Service[]; kept: number } {
  const table = tally[name]
  const ends = new ConversationTable(6, table.rows * 2 + 1)
  for (let row = 0; row < table.rows; row++) {
    const port = servicePortOf(table, row)
    for (let side = 0; side < 2; side++) {
      endKey(tally, name, row, side, ends.key)
      ends.key[5] = port
      ends.add(ends.find(0), 0, table.packetsOf(row, 0) + table.packetsOf(row, 1), bytesOf(table, row))
    }
  }
  const { listed, kept } = byBytes(ends, most)
  const rows = Array.from(listed, (row) => {
    const { address, port, bytesSent } = endpoint(ends, name, row)
    return { address, port: port ?? 0, bytes: bytesSent }
  })
  return { rows, kept }
}

/** Bytes of the conversations with each service port, over TCP, UDP and SCTP. Takes half a megabyte. */
export function bytesByServicePort(tally: Tally): Float64Array {
  const bytes = new Float64Array(65_536)
  for (const name of ['tcp', 'udp', 'sctp'] as const) {
    const table = tally[name]
    for (let row = 0; row < table.rows; row++) {
      const port = servicePortOf(table, row)
      bytes[port] = (bytes[port] as number) + bytesOf(table, row)
    }
  }
  return bytes
}

/** The port that a conversation is about: of a TCP stream whose SYN was seen, the one that its first packet went to; else the lower one. */
function servicePortOf(table: ConversationTable, row: number): number {
  const ports = table.wordOf(row, 1)
  const low = ports >>> 16
  const high = ports & 0xffff
  if (table instanceof Streams && table.openedOf(row)) return table.firstOf(row) === 0 ? high : low
  return Math.min(low, high)
}

function endpoint(ends: ConversationTable, name: TableName, row: number): Endpoint {
  const kind = ends.wordOf(row, 0)
  const words = [1, 2, 3, 4].map((word) => ends.wordOf(row, word)) as Words
  return {
    address: kind === 0 ? macText(words[0], words[1]) : kind === 4 ? ipv4Text(words[0]) : ipv6Text(words),
    port: hasPorts(name) ? ends.wordOf(row, 5) : null,
    packetsSent: ends.packetsOf(row, 0),
    bytesSent: ends.bytesOf(row, 0),
    packetsReceived: ends.packetsOf(row, 1),
    bytesReceived: ends.bytesOf(row, 1),
  }
}

/** What is not among the rows that are listed; an endpoint table counts each packet at `sides` of its rows. */
function othersOf(table: ConversationTable, listed: Uint32Array, kept: number, sides: number): Others {
  let { packets, bytes } = table.others
  const packetsBeyondBound = packets
  const isListed = new Uint8Array(table.rows)
  for (const row of listed) isListed[row] = 1
  for (let row = 0; row < table.rows; row++) {
    if (isListed[row] === 1) continue
    packets += (table.packetsOf(row, 0) + table.packetsOf(row, 1)) / sides
    bytes += bytesOf(table, row) / sides
  }
  return { rows: kept - listed.length, packets, bytes, packetsBeyondBound }
}

const bytesOf = (table: ConversationTable, row: number): number => table.bytesOf(row, 0) + table.bytesOf(row, 1)

/** Of the rows in which something was counted the `most` with most bytes, these first; of equals the one that came first. */
function byBytes(table: ConversationTable, most: number): { listed: Uint32Array; kept: number } {
  const rows = new Uint32Array(table.rows)
  const bytes = new Float64Array(table.rows)
  let kept = 0
  for (let row = 0; row < table.rows; row++) {
    if (table.packetsOf(row, 0) === 0 && table.packetsOf(row, 1) === 0) continue
    rows[kept] = row
    bytes[kept++] = bytesOf(table, row)
  }
  const inOrder = (a: number, b: number) => bytesOf(table, b) - bytesOf(table, a) || a - b
  if (kept <= most) return { listed: rows.subarray(0, kept).sort(inOrder), kept }
  // Numbers alone are sorted much faster than rows by their numbers. They say what the last row has that is listed, and how many
  // rows with no more than this there is room for.
  const sorted = bytes.slice(0, kept).sort()
  const least = sorted[kept - most] as number
  let room = 0
  for (let at = kept - most; at < kept && sorted[at] === least; at++) room++
  const listed = new Uint32Array(most)
  let count = 0
  for (let i = 0; count < most; i++) {
    const value = bytes[i] as number
    if (value > least || (value === least && room-- > 0)) listed[count++] = rows[i] as number
  }
  return { listed: listed.sort(inOrder), kept }
}

function conversation(tally: Tally, name: TableName, row: number): Conversation {
  const table = tally[name]
  const { low, high, lowPort, highPort } = endsOf(tally, name, row)
  const first = table.firstOf(row)
  const start = table.timeOf(row, 0)
  const streams = table instanceof Streams ? table : null
  const application = streams?.applicationOf(row) ?? -1
  return {
    a: first === 0 ? low : high,
    b: first === 0 ? high : low,
    aPort: first === 0 ? lowPort : highPort,
    bPort: first === 0 ? highPort : lowPort,
    packetsAToB: table.packetsOf(row, first),
    bytesAToB: table.bytesOf(row, first),
    packetsBToA: table.packetsOf(row, 1 - first),
    bytesBToA: table.bytesOf(row, 1 - first),
    start: start / 1e9,
    duration: (table.timeOf(row, 1) - start) / 1e9,
    guess: application >= 0 ? protocolName(application) : null,
    retransmissions: streams?.retransmissionsOf(row) ?? null,
    stream: name === 'tcp' || name === 'udp' ? row : null,
  }
}

/** Whether a table is of conversations between ports. */
export const hasPorts = (name: TableName): boolean => name === 'tcp' || name === 'udp' || name === 'sctp'

function endsOf(tally: Tally, name: TableName, row: number): Ends {
  const table = tally[name]
  if (name === 'ethernet') {
    const tails = table.wordOf(row, 1)
    const low = macText(table.wordOf(row, 0), tails >>> 16)
    return { low, high: macText(table.wordOf(row, 2), tails), lowPort: null, highPort: null }
  }
  const pair = pairOf(tally, name, row)
  const ports = hasPorts(name) ? table.wordOf(row, 1) : null
  return {
    low: addressText(tally, pair, 0),
    high: addressText(tally, pair, 1),
    lowPort: ports === null ? null : ports >>> 16,
    highPort: ports === null ? null : ports & 0xffff,
  }
}

/** The pair number of a row of an IP table or of one with ports. */
const pairOf = (tally: Tally, name: TableName, row: number): number =>
  hasPorts(name) ? tally[name].wordOf(row, 0) : row * 2 + (name === 'ipv6' ? 1 : 0)

function addressText(tally: Tally, pair: number, side: number): string {
  const row = pair >> 1
  if ((pair & 1) === 0) return ipv4Text(tally.ipv4.wordOf(row, side))
  return ipv6Text([0, 1, 2, 3].map((word) => tally.ipv6.wordOf(row, side * 4 + word)) as Words)
}

/** Put one end of a row into `key`: its kind (0, 4 or 6), up to four words of address, and its port. */
export function endKey(tally: Tally, name: TableName, row: number, side: number, key: Int32Array): void {
  const table = tally[name]
  key.fill(0)
  if (name === 'ethernet') {
    const tails = table.wordOf(row, 1)
    key[1] = table.wordOf(row, side * 2)
    key[2] = side === 0 ? tails >>> 16 : tails & 0xffff
    return
  }
  const pair = pairOf(tally, name, row)
  if (hasPorts(name)) key[5] = side === 0 ? table.wordOf(row, 1) >>> 16 : table.wordOf(row, 1) & 0xffff
  if ((pair & 1) === 0) {
    key[0] = 4
    key[1] = tally.ipv4.wordOf(pair >> 1, side)
    return
  }
  key[0] = 6
  for (let word = 0; word < 4; word++) key[1 + word] = tally.ipv6.wordOf(pair >> 1, side * 4 + word)
}

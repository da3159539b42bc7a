/** Tables with more rows than are listed in JSON, written down at a fixed width a row, so that they can be read in part. */
import { ipv4Text, ipv6Text, macText } from './addresses.ts'
import type { ConversationTable } from './conversation-table.ts'
import { protocolName } from './protocols.ts'
import { Streams } from './streams.ts'
import {
  type Conversation,
  type Endpoint,
  endKey,
  endsOfAll,
  hasPorts,
  listedConversations,
  listedEndpoints,
  type Others,
  TABLES,
  type TableName,
} from './tables.ts'
import type { Tally } from './tally.ts'

/** Rows that are written of each table: those with most bytes. */
export const LONGEST = 100_000

/** Rows written in one piece. */
const ROWS_A_PIECE = 1024

export type TableKind = 'conversations' | 'endpoints'

/** Where one table stands, and how: plain JSON. Its rows follow each other in the order of their bytes, most first. */
export interface LongTable {
  of: TableKind
  table: TableName
  /** Offset of its first row. */
  at: number
  rows: number
  kept: number
  others: Others
  /** Bytes of an address: 4 of IPv4, 6 of Ethernet; 17 where IPv6 may be in it: the version, and 16 of which IPv4 has 4. */
  address: 4 | 6 | 17
  /** Names of what first bytes say that a stream carries; rows name them by number, from 1. */
  guesses: string[]
}

export interface LongTables {
  tables: LongTable[]
  /** Bytes of all pieces together. */
  length: number
  /** Can be made more than once. */
  pieces(): Iterable<Uint8Array<ArrayBuffer>>
}

/**
 * The tables that have more rows than `listed`, up to `LONGEST` of each. While the pieces are made it holds the table that is written: 12 bytes
 * a row of conversations, and of endpoints what `endsOfAll` holds.
 */
export function longTables(tally: Tally, listed: number, longest = LONGEST): LongTables {
  const tables: LongTable[] = []
  let length = 0
  for (const table of TABLES) {
    for (const which of ['conversations', 'endpoints'] as const) {
      if (tally[table].rows * (which === 'conversations' ? 1 : 2) <= listed) continue
      const { listed: rows, kept, others } = listingOf(tally, which, table, longest)
      if (kept <= listed) continue
      const long: LongTable = {
        of: which,
        table,
        at: length,
        rows: rows.length,
        kept,
        others,
        address: table === 'ethernet' ? 6 : table === 'ipv4' || tally.ipv6.rows === 0 ? 4 : 17,
        guesses: which === 'conversations' ? guessesOf(tally[table], rows) : [],
      }
      tables.push(long)
      length += rows.length * widthOf(long)
    }
  }
  return {
    tables,
    length,
    *pieces() {
      for (const long of tables) yield* piecesOf(tally, long)
    },
  }
}

/** Bytes of a row. */
export function widthOf(long: LongTable): number {
  return long.of === 'conversations' ? conversationFields(long).width : endpointFields(long).width
}

/** A row to be moved along a table of conversations. */
export class LongConversation implements Conversation {
  private readonly long: LongTable
  private readonly fields: ReturnType<typeof conversationFields>
  private view: DataView = new DataView(new ArrayBuffer(0))
  private at = 0

  constructor(long: LongTable) {
    this.long = long
    this.fields = conversationFields(long)
  }
  move(view: DataView, at: number): void {
    this.view = view
    this.at = at
  }
  get a() {
    return addressText(this.view, this.at, this.long.address)
  }
  get b() {
    return addressText(this.view, this.at + this.long.address, this.long.address)
  }
  get aPort() {
    return this.u16(this.fields.aPort)
  }
  get bPort() {
    return this.u16(this.fields.bPort)
  }
  get packetsAToB() {
    return this.view.getUint32(this.at + this.fields.packetsAToB)
  }
  get packetsBToA() {
    return this.view.getUint32(this.at + this.fields.packetsBToA)
  }
  get bytesAToB() {
    return this.view.getFloat64(this.at + this.fields.bytesAToB)
  }
  get bytesBToA() {
    return this.view.getFloat64(this.at + this.fields.bytesBToA)
  }
  get start() {
    return this.view.getFloat64(this.at + this.fields.start)
  }
  get duration() {
    return this.view.getFloat64(this.at + this.fields.duration)
  }
  get guess() {
    const number = this.u16(this.fields.guess)
    return number === null ? null : (this.long.guesses[number - 1] ?? null)
  }
  get retransmissions() {
    return this.u32(this.fields.retransmissions)
  }
  get stream() {
    return this.u32(this.fields.stream)
  }
  private u16(field: number | null) {
    return field === null ? null : this.view.getUint16(this.at + field)
  }
  private u32(field: number | null) {
    return field === null ? null : this.view.getUint32(this.at + field)
  }
}

/** A row to be moved along a table of endpoints. */
export class LongEndpoint implements Endpoint {
  private readonly long: LongTable
  private readonly fields: ReturnType<typeof endpointFields>
  private view: DataView = new DataView(new ArrayBuffer(0))
  private at = 0

  constructor(long: LongTable) {
    this.long = long
    this.fields = endpointFields(long)
  }
  move(view: DataView, at: number): void {
    this.view = view
    this.at = at
  }
  get address() {
    return addressText(this.view, this.at, this.long.address)
  }
  get port() {
    return this.fields.port === null ? null : this.view.getUint16(this.at + this.fields.port)
  }
  get packetsSent() {
    return this.view.getUint32(this.at + this.fields.packetsSent)
  }
  get packetsReceived() {
    return this.view.getUint32(this.at + this.fields.packetsReceived)
  }
  get bytesSent() {
    return this.view.getFloat64(this.at + this.fields.bytesSent)
  }
  get bytesReceived() {
    return this.view.getFloat64(this.at + this.fields.bytesReceived)
  }
}

/** Where the fields of a row stand in it; `null`: the table has none of them. */
function conversationFields({ table, address }: LongTable) {
  let at = 2 * address
  const field = (bytes: number) => {
    const here = at
    at += bytes
    return here
  }
  const withPorts = (bytes: number) => (hasPorts(table) ? field(bytes) : null)
  const ofTcp = (bytes: number) => (table === 'tcp' ? field(bytes) : null)
  return {
    aPort: withPorts(2),
    bPort: withPorts(2),
    packetsAToB: field(4),
    packetsBToA: field(4),
    bytesAToB: field(8),
    bytesBToA: field(8),
    start: field(8),
    duration: field(8),
    guess: ofTcp(2),
    retransmissions: ofTcp(4),
    stream: table === 'tcp' || table === 'udp' ? field(4) : null,
    width: at,
  }
}

function endpointFields({ table, address }: LongTable) {
  const port = hasPorts(table) ? address : null
  const at = address + (port === null ? 0 : 2)
  return {
    port,
    packetsSent: at,
    packetsReceived: at + 4,
    bytesSent: at + 8,
    bytesReceived: at + 16,
    width: at + 24,
  }
}

function listingOf(tally: Tally, of: TableKind, table: TableName, longest: number) {
  return of === 'conversations'
    ? listedConversations(tally, table, longest)
    : listedEndpoints(tally, table, endsOfAll(tally, table), longest)
}

function guessesOf(table: ConversationTable, rows: Uint32Array): string[] {
  if (!(table instanceof Streams)) return []
  const met = new Set<number>()
  for (const row of rows) met.add(table.applicationOf(row))
  met.delete(-1)
  return [...met].map(protocolName)
}

function* piecesOf(tally: Tally, long: LongTable): Generator<Uint8Array<ArrayBuffer>> {
  const conversations = long.of === 'conversations'
  const ends = conversations ? null : endsOfAll(tally, long.table)
  const { listed } =
    ends === null
      ? listedConversations(tally, long.table, long.rows)
      : listedEndpoints(tally, long.table, ends, long.rows)
  const width = widthOf(long)
  const write = ends === null ? conversationWriter(tally, long) : endpointWriter(ends, long)
  for (let from = 0; from < listed.length; from += ROWS_A_PIECE) {
    const rows = listed.subarray(from, from + ROWS_A_PIECE)
    const view = new DataView(new ArrayBuffer(rows.length * width))
    rows.forEach((row, i) => {
      write(view, i * width, row)
    })
    yield new Uint8Array(view.buffer)
  }
}

type Write = (view: DataView, at: number, row: number) => void

function conversationWriter(tally: Tally, long: LongTable): Write {
  const table = tally[long.table]
  const streams = table instanceof Streams ? table : null
  const fields = conversationFields(long)
  const numbers = new Map(long.guesses.map((name, i) => [name, i + 1]))
  const key = new Int32Array(6)
  return (view, at, row) => {
    const first = table.firstOf(row)
    for (let which = 0; which < 2; which++) {
      endKey(tally, long.table, row, which === 0 ? first : 1 - first, key)
      writeAddress(view, at + which * long.address, long.address, key)
      const port = which === 0 ? fields.aPort : fields.bPort
      if (port !== null) view.setUint16(at + port, key[5] as number)
    }
    view.setUint32(at + fields.packetsAToB, table.packetsOf(row, first))
    view.setUint32(at + fields.packetsBToA, table.packetsOf(row, 1 - first))
    view.setFloat64(at + fields.bytesAToB, table.bytesOf(row, first))
    view.setFloat64(at + fields.bytesBToA, table.bytesOf(row, 1 - first))
    const start = table.timeOf(row, 0)
    view.setFloat64(at + fields.start, start / 1e9)
    view.setFloat64(at + fields.duration, (table.timeOf(row, 1) - start) / 1e9)
    if (fields.stream !== null) view.setUint32(at + fields.stream, row)
    if (streams === null || fields.guess === null || fields.retransmissions === null) return
    const application = streams.applicationOf(row)
    view.setUint16(at + fields.guess, application < 0 ? 0 : (numbers.get(protocolName(application)) ?? 0))
    view.setUint32(at + fields.retransmissions, streams.retransmissionsOf(row))
  }
}

function endpointWriter(ends: ConversationTable, long: LongTable): Write {
  const fields = endpointFields(long)
  const key = new Int32Array(6)
  return (view, at, row) => {
    for (let word = 0; word < 6; word++) key[word] = ends.wordOf(row, word)
    writeAddress(view, at, long.address, key)
    if (fields.port !== null) view.setUint16(at + fields.port, key[5] as number)
    view.setUint32(at + fields.packetsSent, ends.packetsOf(row, 0))
    view.setUint32(at + fields.packetsReceived, ends.packetsOf(row, 1))
    view.setFloat64(at + fields.bytesSent, ends.bytesOf(row, 0))
    view.setFloat64(at + fields.bytesReceived, ends.bytesOf(row, 1))
  }
}

/** @param key as `endKey` makes it */
function writeAddress(view: DataView, at: number, width: 4 | 6 | 17, key: Int32Array): void {
  if (width === 17) {
    view.setUint8(at, key[0] as number)
    for (let word = 0; word < 4; word++) view.setInt32(at + 1 + word * 4, key[1 + word] as number)
    return
  }
  view.setInt32(at, key[1] as number)
  if (width === 6) view.setUint16(at + 4, key[2] as number)
}

function addressText(view: DataView, at: number, width: 4 | 6 | 17): string {
  if (width === 4) return ipv4Text(view.getInt32(at))
  if (width === 6) return macText(view.getInt32(at), view.getUint16(at + 4))
  if (view.getUint8(at) === 4) return ipv4Text(view.getInt32(at + 1))
  return ipv6Text([view.getInt32(at + 1), view.getInt32(at + 5), view.getInt32(at + 9), view.getInt32(at + 13)])
}

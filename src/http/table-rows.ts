/** A page of a table's rows: filtered, sorted and cut out of all that are listed. */
import type { Listing } from '../parse/opened.ts'
import { type Conversation, type Endpoint, keptConversation, keptEndpoint } from '../summary/tables.ts'

/** What rows can be sorted by; `bytes` with the greatest first is the order in which they are kept. */
export const CONVERSATION_ORDER = {
  bytes: (row: Conversation) => row.bytesAToB + row.bytesBToA,
  packets: (row: Conversation) => row.packetsAToB + row.packetsBToA,
  start: (row: Conversation) => row.start,
  duration: (row: Conversation) => row.duration,
  retransmissions: (row: Conversation) => row.retransmissions ?? -1,
}
export const ENDPOINT_ORDER = {
  bytes: (row: Endpoint) => row.bytesSent + row.bytesReceived,
  packets: (row: Endpoint) => row.packetsSent + row.packetsReceived,
  bytesSent: (row: Endpoint) => row.bytesSent,
  bytesReceived: (row: Endpoint) => row.bytesReceived,
}

export interface Wanted<Row> {
  /** `null`: all. */
  matches: ((row: Row) => boolean) | null
  /** A column, `-` before it for the greatest first. Equal ones stay in the order of their bytes. */
  sort: string
  from: number
  limit: number
}

export interface Found<Row> {
  rows: Row[]
  /** Listed rows that match. */
  matched: number
}

export const conversationsIn = (listing: Listing<Conversation>, wanted: Wanted<Conversation>) =>
  found(listing, wanted, CONVERSATION_ORDER, keptConversation)

export const endpointsIn = (listing: Listing<Endpoint>, wanted: Wanted<Endpoint>) =>
  found(listing, wanted, ENDPOINT_ORDER, keptEndpoint)

/** All rows that match, in order, some at a time: each holds until the next. Holds 12 bytes a row of the table unless they are wanted as they are kept. */
export async function* allIn<Row>(
  listing: Listing<Row>,
  { matches, sort }: Pick<Wanted<Row>, 'matches' | 'sort'>,
  order: Record<string, (row: Row) => number>,
  keep: (row: Row) => Row,
): AsyncGenerator<Iterable<Row>> {
  if (sort === KEPT_ORDER) {
    for await (const some of listing.rows()) yield matches === null ? some : Iterator.from(some).filter(matches)
    return
  }
  const positions = await sorted(listing, matches, sort, order)
  for (let from = 0; from < positions.length; from += IN_ORDER)
    yield await rowsAt(listing, positions.subarray(from, from + IN_ORDER), keep)
}

const KEPT_ORDER = '-bytes'
/** Rows held at once where they are wanted in another order than they are kept in: each time the table is read. */
const IN_ORDER = 20_000

/** Reads what it gives, where rows are wanted as they are kept; else the table, twice. Holds 12 bytes a row of it. */
async function found<Row>(
  listing: Listing<Row>,
  { matches, sort, from, limit }: Wanted<Row>,
  order: Record<string, (row: Row) => number>,
  keep: (row: Row) => Row,
): Promise<Found<Row>> {
  if (matches === null && sort === KEPT_ORDER) {
    const rows: Row[] = []
    for await (const some of listing.rows(from, from + limit)) for (const row of some) rows.push(keep(row))
    return { rows, matched: listing.listed }
  }
  const positions = await sorted(listing, matches, sort, order)
  const rows = await rowsAt(listing, positions.subarray(from, from + limit), keep)
  return { rows, matched: positions.length }
}

/** Positions of the rows that match, sorted. */
async function sorted<Row>(
  listing: Listing<Row>,
  matches: ((row: Row) => boolean) | null,
  sort: string,
  order: Record<string, (row: Row) => number>,
): Promise<Uint32Array> {
  const by = order[sort.replace('-', '')] ?? (() => 0)
  const sign = sort.startsWith('-') ? -1 : 1
  const positions = new Uint32Array(listing.listed)
  const keys = new Float64Array(listing.listed)
  let position = 0
  let count = 0
  for await (const some of listing.rows())
    for (const row of some) {
      if (matches === null || matches(row)) {
        positions[count++] = position
        keys[position] = sign * by(row)
      }
      position++
    }
  const matched = positions.subarray(0, count)
  if (sort !== KEPT_ORDER) matched.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)
  return matched
}

/** The rows at these positions, in their order. */
async function rowsAt<Row>(listing: Listing<Row>, positions: Uint32Array, keep: (row: Row) => Row): Promise<Row[]> {
  if (positions.length === 0) return []
  const wanted = new Map(Array.from(positions, (position, i) => [position, i]))
  const rows: Row[] = new Array(positions.length)
  let position = positions.reduce((least, one) => Math.min(least, one))
  const end = positions.reduce((most, one) => Math.max(most, one)) + 1
  for await (const some of listing.rows(position, end))
    for (const row of some) {
      const i = wanted.get(position++)
      if (i !== undefined) rows[i] = keep(row)
    }
  return rows
}

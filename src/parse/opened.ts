/** A capture that was parsed, opened to be read: its facts, its tables, its packet index, and slices of it. */

import { StoredBytes } from '../capture/stored-bytes.ts'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Facts } from '../summary/facts.ts'
import { LongConversation, LongEndpoint, type LongTable, type TableKind, widthOf } from '../summary/long-tables.ts'
import type { PacketIndex } from '../summary/packet-index.ts'
import { decodeIndex } from '../summary/packet-index-coding.ts'
import { refusalOf, type SliceOptions, slice } from '../summary/slice.ts'
import type { Selection } from '../summary/slice-choice.ts'
import type { Tables } from '../summary/summary.ts'
import { type Conversation, type Endpoint, type Others, TABLES, type Table, type TableName } from '../summary/tables.ts'
import { chunksOf } from './chunks.ts'
import { contentOf } from './content.ts'
import type { StoredFacts, StoredTables } from './result.ts'

/** All that capinfos says. @throws GatewayError `not-read-yet`, `nothing-read`, `unavailable` */
export async function factsOf(store: Store, capture: Capture): Promise<Facts> {
  const { facts } = derivedKeysFor(parsedOf(capture))
  return there(await store.objects.json<StoredFacts>(facts)).facts
}

/** What tshark counts. Holds up to some MB. @throws GatewayError `not-read-yet`, `nothing-read`, `unavailable` */
export async function tablesOf(store: Store, capture: Capture): Promise<Tables> {
  const { tables } = derivedKeysFor(parsedOf(capture))
  return there(await store.objects.json<StoredTables>(tables)).tables
}

/** The tables of conversations and of endpoints, to be read row by row. */
export interface Listings {
  conversations: Record<TableName, Listing<Conversation>>
  endpoints: Record<TableName, Listing<Endpoint>>
}

/** Rows of a table in the order of their bytes, most first; what is in none of them is in `others`. */
export interface Listing<Row> {
  listed: number
  kept: number
  others: Others
  /** Those from one position to before another, some at a time. Each row holds until the next is asked for. @throws GatewayError `unavailable` */
  rows(from?: number, to?: number): AsyncGenerator<Iterable<Row>>
}

/**
 * What tshark counts, with all rows that are kept of it. Holds what {@link tablesOf} holds, and of longer tables a chunk while they are read.
 * @throws GatewayError `not-read-yet`, `nothing-read`, `unavailable`
 */
export async function openTables(store: Store, capture: Capture): Promise<{ tables: Tables; listings: Listings }> {
  const keys = derivedKeysFor(parsedOf(capture))
  const { tables, long = [] } = there(await store.objects.json<StoredTables>(keys.tables))
  const longOf = (of: TableKind, name: TableName) => long.find((one) => one.of === of && one.table === name)
  const each = <Row>(of: TableKind, short: Record<TableName, Table<Row>>, rowOf: (long: LongTable) => Movable<Row>) =>
    Object.fromEntries(
      TABLES.map((name) => {
        const found = longOf(of, name)
        return [name, found ? longListing(store, keys.rows, found, rowOf(found)) : shortListing(short[name])]
      }),
    ) as Record<TableName, Listing<Row>>
  return {
    tables,
    listings: {
      conversations: each('conversations', tables.conversations, (found) => new LongConversation(found)),
      endpoints: each('endpoints', tables.endpoints, (found) => new LongEndpoint(found)),
    },
  }
}

type Movable<Row> = Row & { move(view: DataView, at: number): void }

const shortListing = <Row>({ rows, kept, others }: Table<Row>): Listing<Row> => ({
  listed: rows.length,
  kept,
  others,
  async *rows(from = 0, to = rows.length) {
    yield rows.slice(from, to)
  },
})

function longListing<Row>(store: Store, key: string, long: LongTable, row: Movable<Row>): Listing<Row> {
  const { rows: listed, kept, others } = long
  const width = widthOf(long)
  return {
    listed,
    kept,
    others,
    async *rows(from = 0, to = listed) {
      const count = Math.min(to, listed) - from
      if (count <= 0) return
      const object = there(await store.objects.get(key, { offset: long.at + from * width, length: count * width }))
      const stored = new StoredBytes(chunksOf(object.body, store.settings.bindingDeadline, ROWS_CHUNK))
      try {
        for (let left = count; left > 0; ) {
          const bytes = await stored.take(Math.min(left, ROWS_AT_ONCE) * width)
          if (bytes.length < width) throw new GatewayError('unavailable')
          yield along(row, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), width)
          left -= Math.floor(bytes.length / width)
        }
      } finally {
        await stored.close()
      }
    },
  }
}

function* along<Row>(row: Movable<Row>, view: DataView, width: number): Generator<Row> {
  for (let at = 0; at + width <= view.byteLength; at += width) {
    row.move(view, at)
    yield row
  }
}

/** Rows of a longer table that are looked at in one go, and bytes of it read in one. */
const ROWS_AT_ONCE = 1024
const ROWS_CHUNK = 256 * 1024

/**
 * Where its packets stand. Holds up to 6 MB.
 * @throws GatewayError `not-read-yet`, `nothing-read`, `not-sliceable`, `unavailable`
 */
export async function packetIndexOf(store: Store, capture: Capture): Promise<PacketIndex> {
  const { index } = derivedKeysFor(parsedOf(capture))
  const bytes = there(await store.objects.bytes(index))
  try {
    return decodeIndex(bytes)
  } catch {
    throw new GatewayError('not-sliceable', 'The packet index of this capture was written by another version.')
  }
}

/**
 * A slice of it, in pieces. What can be refused is refused before the first one; holds what `slice` holds, the index, and of a
 * compressed capture one frame of its copy.
 * @throws GatewayError `not-read-yet`, `nothing-read`, `no-copy`, `not-sliceable`, `unavailable`; the last one between pieces, too
 */
export async function sliceOf(
  store: Store,
  capture: Capture,
  selection: Selection,
  options: SliceOptions = {},
): Promise<AsyncGenerator<Uint8Array>> {
  const index = await packetIndexOf(store, capture)
  const refusal = refusalOf(index, options.format)
  if (refusal !== null) throw new GatewayError('not-sliceable', `${refusal}.`)
  const content = await contentOf(store, capture)
  if (content === null) throw new GatewayError('no-copy')
  return told(slice(index, content, selection, options))
}

/** @throws GatewayError `not-sliceable` in the words of a RangeError */
async function* told(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError('not-sliceable', `This cannot be cut: ${error.message}.`)
    throw error
  }
}

/** @throws GatewayError `not-read-yet`, `nothing-read` */
function parsedOf(capture: Capture): Capture {
  if (capture.state === 'ok') return capture
  if (capture.state !== 'error') throw new GatewayError('not-read-yet')
  throw new GatewayError(
    'nothing-read',
    capture.failure ? `Nothing could be read: ${capture.failure.message}.` : undefined,
  )
}

/** @throws GatewayError `unavailable` where an object is on its way out, for a new parse or for good */
function there<T>(object: T | null): T {
  if (object === null) throw new GatewayError('unavailable')
  return object
}

/** A capture's tables as files, from its page: `…/tables/<name>.csv` and `.json`. */

import { GatewayError } from '../errors.ts'
import { openTables } from '../parse/opened.ts'
import type { Capture } from '../store/captures.ts'
import { flatHierarchy } from '../summary/hierarchy.ts'
import type { TableKind } from '../summary/long-tables.ts'
import type { Tables } from '../summary/summary.ts'
import {
  type Conversation,
  type Endpoint,
  keptConversation,
  keptEndpoint,
  TABLES,
  type TableName,
} from '../summary/tables.ts'
import { csvLine } from './csv.ts'
import { contentDisposition } from './download.ts'
import type { GatewayContext } from './gateway.ts'
import { INERT_UNLISTED } from './inert.ts'
import { rowsLike } from './row-filter.ts'
import { begun, encoded } from './streamed.ts'
import { allIn, CONVERSATION_ORDER, ENDPOINT_ORDER } from './table-rows.ts'
import { rowsOf, wishOf } from './traffic.ts'

/** Rows that are given in one answer where a part of a table is asked for. */
const MOST = 500

/** A table that a summary holds whole: its columns, and its rows. */
interface Short {
  columns: string[]
  rows: (string | number | null)[][]
}

const SHORT: Record<string, (tables: Tables) => Short> = {
  hierarchy: ({ hierarchy }) => ({
    columns: ['path', 'protocol', 'depth', 'guess', 'frames', 'bytes'],
    rows: [...flatHierarchy(hierarchy)].map(({ path, protocol, depth, guess, frames, bytes }) => [
      path,
      protocol,
      depth,
      guess ? 'yes' : 'no',
      frames,
      bytes,
    ]),
  }),
  series: ({ series }) => ({
    columns: [
      'seconds',
      'packets',
      'bytes',
      ...series.protocols.flatMap(({ protocol }) => [
        `${protocol ?? 'others'} packets`,
        `${protocol ?? 'others'} bytes`,
      ]),
    ],
    rows: series.packets.map((packets, at) => [
      Number((series.start + at * series.interval).toFixed(9)),
      packets,
      series.bytes[at] ?? 0,
      ...series.protocols.flatMap((lane) => [lane.packets[at] ?? 0, lane.bytes[at] ?? 0]),
    ]),
  }),
  lengths: ({ lengths }) => ({
    columns: ['from', 'to', 'packets', 'average', 'min', 'max'],
    rows: lengths.map(({ from, to, packets, average, min, max }) => [from, to, packets, average, min, max]),
  }),
  tcp: ({ tcp }) => ({ columns: ['figure', 'value'], rows: Object.entries(tcp) }),
  ...Object.fromEntries(
    (['dns', 'tls', 'http', 'dhcp'] as const).map((kind) => [
      `names-${kind}`,
      ({ names }: Tables) => ({
        columns: ['name', 'count'],
        rows: names[kind].rows.map(({ name, count }) => [name, count]),
      }),
    ]),
  ),
}

const CONVERSATION_COLUMNS = Object.keys(keptConversation({} as Conversation)) as (keyof Conversation)[]
const ENDPOINT_COLUMNS = Object.keys(keptEndpoint({} as Endpoint)) as (keyof Endpoint)[]

/**
 * One of a capture's tables. Rows of conversations and endpoints are chosen and sorted by the query, and with `limit` a part of them is given as
 * JSON; the whole is sent as it is read. @throws GatewayError `no-such-route` where there is no such table
 */
export async function tableFile(c: GatewayContext, capture: Capture, file: string): Promise<Response> {
  const [, name = '', format = ''] = /^([a-z0-9-]{1,40})\.(csv|json)$/.exec(file) ?? []
  const [, of, table] = /^(conversations|endpoints)-([a-z0-9]+)$/.exec(name) ?? []
  const isLong = of !== undefined && TABLES.includes(table as TableName)
  if (!isLong && !Object.hasOwn(SHORT, name)) throw new GatewayError('no-such-route')
  const { tables, listings } = await openTables(c.var.store, capture)
  const headers = {
    'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
    'Content-Disposition': contentDisposition(`${capture.filename}.${name}.${format}`),
    'Cache-Control': 'private, no-store',
    ...INERT_UNLISTED,
  }
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers })
  if (!isLong) {
    const short = (SHORT[name] as (tables: Tables) => Short)(tables)
    return new Response(format === 'csv' ? csvOf(short) : jsonOf(name, short), { headers })
  }
  const query = new URL(c.req.url).searchParams
  const [kind, layer] = [of as TableKind, table as TableName]
  const wish = wishOf(kind, query)
  const { listed, kept, others } = listings[kind][layer]
  const about = { table: name, listed, kept, others }
  if (format === 'json' && query.has('limit')) {
    const from = wholeIn(query, 'from', listed, 0)
    const found = await rowsOf(listings, kind, layer, { ...wish, from, limit: wholeIn(query, 'limit', MOST, 1) })
    return new Response(JSON.stringify({ ...about, matched: found.matched, rows: found.rows }), { headers })
  }
  const like = rowsLike(wish.filter)
  const lines =
    kind === 'conversations'
      ? linesOf(
          allIn(
            listings.conversations[layer],
            { matches: like.conversations, sort: wish.sort },
            CONVERSATION_ORDER,
            keptConversation,
          ),
          CONVERSATION_COLUMNS,
          format,
          about,
        )
      : linesOf(
          allIn(listings.endpoints[layer], { matches: like.endpoints, sort: wish.sort }, ENDPOINT_ORDER, keptEndpoint),
          ENDPOINT_COLUMNS,
          format,
          about,
        )
  return new Response(await begun(encoded(lines)), { headers })
}

/** A whole number from a query, 0 or more. @param least stands for what is none */
function wholeIn(query: URLSearchParams, name: string, most: number, least: number): number {
  const text = query.get(name) ?? ''
  return Math.max(least, Math.min(most, /^\d{1,9}$/.test(text) ? Number(text) : least))
}

const csvOf = ({ columns, rows }: Short): string => [columns, ...rows].map(csvLine).join('')

const jsonOf = (table: string, { columns, rows }: Short): string =>
  JSON.stringify({
    table,
    rows: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]))),
  })

/** Lines, some at a time. */
async function* linesOf<Row>(
  rows: AsyncGenerator<Iterable<Row>>,
  columns: (keyof Row & string)[],
  format: string,
  about: object,
): AsyncGenerator<string> {
  const cells = (row: Row) => columns.map((column) => row[column] as string | number | null)
  if (format === 'csv') {
    yield csvLine(columns)
    for await (const some of rows) yield textOf(some, (row) => csvLine(cells(row)))
    return
  }
  yield `${JSON.stringify(about).slice(0, -1)},"rows":[\n`
  let before = ''
  for await (const some of rows)
    yield textOf(some, (row) => {
      const line = `${before}${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))}`
      before = ',\n'
      return line
    })
  yield '\n]}\n'
}

function textOf<Row>(rows: Iterable<Row>, lineOf: (row: Row) => string): string {
  let text = ''
  for (const row of rows) text += lineOf(row)
  return text
}

/** What is in a capture, table by table: sorted, filtered and paged here, from what its parse has kept. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { factsOf, type Listing, openTables, tablesOf } from '../../parse/opened.ts'
import { flatHierarchy } from '../../summary/hierarchy.ts'
import type { Conversation as ConversationRow, Endpoint as EndpointRow } from '../../summary/tables.ts'
import { TABLES } from '../../summary/tables.ts'
import { ownCapture } from '../own-capture.ts'
import { conversationsIn, endpointsIn, type Found, type Wanted } from '../table-rows.ts'
import { etagOf } from './capture.ts'
import { answerOf, bearer, captureId, doors, keyTo, notModified, refusals, tagged, unchanged } from './doors.ts'

const tags = ['summary']
const common = { method: 'get', tags, security: bearer, middleware: keyTo('read') } as const
const UNREAD = ['no-such-capture', 'not-read-yet', 'nothing-read'] as const
const Count = z.number().openapi({ description: 'May lie beyond 2^53, and is near to it then.' })

const Endpoint = z
  .object({
    address: z.string(),
    port: z.int().nullable(),
    packetsSent: Count,
    bytesSent: Count,
    packetsReceived: Count,
    bytesReceived: Count,
  })
  .openapi('Endpoint')

const Conversation = z
  .object({
    a: z.string().openapi({ description: 'The sender of the first packet.' }),
    b: z.string(),
    aPort: z.int().nullable(),
    bPort: z.int().nullable(),
    packetsAToB: Count,
    bytesAToB: Count,
    packetsBToA: Count,
    bytesBToA: Count,
    start: z.number().openapi({ description: 'Seconds since the first frame.' }),
    duration: z.number().openapi({ description: 'Seconds.' }),
    guess: z.string().nullable().openapi({ description: 'What its first bytes say it carries; TCP alone.' }),
    retransmissions: z.int().nullable(),
    stream: z.int().nullable().openapi({ description: "tshark's `tcp.stream` or `udp.stream`." }),
  })
  .openapi('Conversation')

const Names = z.object({
  rows: z.array(z.object({ name: z.string(), count: z.int() })),
  kept: z.int(),
  others: Count.openapi({ description: 'Sightings of names that there was no room for.' }),
})

const Fault = z.object({ at: z.number(), what: z.string(), message: z.string() })
const Texts = z.array(z.string())

const Facts = z
  .looseObject({
    verdict: z.enum(['whole', 'truncated', 'damaged', 'refused']),
    truncated: z.boolean(),
    faults: z.array(Fault),
    fileType: z.string().nullable(),
    fileTypeName: z.string().nullable(),
    compression: z.enum(['gzip', 'zstd', 'lz4']).nullable(),
    encapsulation: z.string(),
    encapsulationName: z.string(),
    encapsulations: z.array(z.object({ name: z.string(), count: z.number() })),
    timePrecision: z.string(),
    snaplen: z.int().nullable(),
    snaplenInferred: z.object({ min: z.int(), max: z.int() }).nullable(),
    packets: z.int(),
    frames: z.int(),
    fileSize: z.int(),
    dataSize: z.union([z.number(), z.string()]),
    firstTime: z.string().nullable(),
    lastTime: z.string().nullable(),
    duration: z.string().nullable(),
    byteRate: z.string(),
    bitRate: z.string(),
    packetRate: z.string(),
    averagePacketSize: z.string(),
    strictTimeOrder: z.enum(['True', 'False', 'Unknown']),
    sections: z.array(z.looseObject({ byteOrder: z.string(), version: z.string(), comments: Texts })),
    sectionCount: z.int(),
    interfaces: z.array(
      z.looseObject({
        section: z.int(),
        linktype: z.int(),
        encapsulation: z.string(),
        snaplen: z.number(),
        ticksPerSecond: z.string(),
        packets: z.int(),
        comments: Texts,
      }),
    ),
    interfaceCount: z.int(),
    decryptionSecrets: z.int(),
    comments: Texts,
    packetComments: z.int(),
    leftOut: z.object({ sections: z.int(), interfaces: z.int(), faults: z.int(), texts: z.int() }),
  })
  .openapi('Facts')

const summary = createRoute({
  ...common,
  path: '/captures/{id}/summary',
  operationId: 'readSummary',
  summary: 'All facts, and what is short of the tables',
  request: { params: captureId },
  responses: {
    200: answerOf(
      'What capinfos says; then packet lengths, the health of TCP, talkers and names.',
      z.object({
        facts: Facts,
        lengths: z.array(
          z.object({
            from: z.number(),
            to: z.number().nullable(),
            packets: z.int(),
            average: z.number().nullable(),
            min: z.number().nullable(),
            max: z.number().nullable(),
          }),
        ),
        tcp: z.object({
          streams: z.int(),
          opened: z.int(),
          unanswered: z.int(),
          resets: z.int(),
          streamsReset: z.int(),
          retransmissions: z.int(),
          zeroWindows: z.int(),
        }),
        talkers: z.array(Endpoint),
        names: z.object({ dns: Names, tls: Names, http: Names, dhcp: Names }),
        leftOut: z.object({ headers: z.int(), datagrams: z.int() }),
      }),
    ),
    ...notModified,
    ...refusals(...UNREAD),
  },
})

/** What stands beside the rows of a page, so that nothing is left out in silence. */
const beside = {
  matched: z.int().openapi({ description: 'Rows that are listed and match the filter; `rows` has a page of them.' }),
  kept: z.int().openapi({ description: 'Rows that the capture has.' }),
  others: z.object({ rows: z.int(), packets: z.number(), bytes: z.number(), packetsBeyondBound: z.number() }).openapi({
    description: 'What is in no listed row: kept rows beyond the 100,000 with most bytes, and packets that got no row.',
  }),
  next: z.string().nullable().openapi({ description: 'The cursor of the next page.' }),
}

const page = {
  table: z.enum(TABLES).default('tcp'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
  address: z.string().max(100).optional().openapi({ description: 'Rows with this address alone.' }),
  port: z.coerce.number().int().min(0).max(65_535).optional().openapi({ description: 'Rows with this port alone.' }),
}

/** A column to sort by; `-` before it: the greatest first. */
const sortBy = <const Column extends string>(...columns: Column[]) =>
  z.enum(columns.flatMap((column) => [column, `-${column}` as const])).default('-bytes' as never)

const conversations = createRoute({
  ...common,
  path: '/captures/{id}/conversations',
  operationId: 'listConversations',
  summary: 'Who spoke with whom',
  request: {
    params: captureId,
    query: z.object({ ...page, sort: sortBy('bytes', 'packets', 'start', 'duration', 'retransmissions') }),
  },
  responses: {
    200: answerOf('A page of them.', z.object({ table: z.enum(TABLES), rows: z.array(Conversation), ...beside })),
    ...notModified,
    ...refusals(...UNREAD),
  },
})

const endpoints = createRoute({
  ...common,
  path: '/captures/{id}/endpoints',
  operationId: 'listEndpoints',
  summary: 'Who took part',
  request: {
    params: captureId,
    query: z.object({ ...page, sort: sortBy('bytes', 'packets', 'bytesSent', 'bytesReceived') }),
  },
  responses: {
    200: answerOf('A page of them.', z.object({ table: z.enum(TABLES), rows: z.array(Endpoint), ...beside })),
    ...notModified,
    ...refusals(...UNREAD),
  },
})

const hierarchy = createRoute({
  ...common,
  path: '/captures/{id}/hierarchy',
  operationId: 'readHierarchy',
  summary: 'Which protocols stand on which, as a list from the outside in',
  request: {
    params: captureId,
    query: z.object({
      depth: z.coerce
        .number()
        .int()
        .min(1)
        .max(64)
        .default(64)
        .openapi({ description: 'Protocols of a path, at most.' }),
    }),
  },
  responses: {
    200: answerOf(
      'Each protocol behind the one that it stands on.',
      z.object({
        frames: z.int(),
        bytes: Count,
        rows: z.array(
          z.object({
            path: z.string().openapi({ example: 'eth/ip/tcp' }),
            protocol: z.string(),
            depth: z.int(),
            guess: z.boolean().openapi({ description: 'By port or first bytes, not by what the layer below says.' }),
            frames: z.int(),
            bytes: Count,
          }),
        ),
        leftOut: z.object({
          rows: z.int().openapi({ description: 'Deeper than was asked for.' }),
          headers: z
            .int()
            .openapi({ description: 'That the hierarchy had no room for; their frames count above them.' }),
        }),
      }),
    ),
    ...notModified,
    ...refusals(...UNREAD),
  },
})

const Numbers = z.array(z.number())

const series = createRoute({
  ...common,
  path: '/captures/{id}/series',
  operationId: 'readSeries',
  summary: 'How much went by when',
  request: {
    params: captureId,
    query: z.object({
      points: z.coerce.number().int().min(1).max(1000).default(1000).openapi({ description: 'At most.' }),
    }),
  },
  responses: {
    200: answerOf(
      'Packets and bytes of each interval; by protocol, null for those that are not kept apart.',
      z.object({
        start: z.number().openapi({ description: 'Seconds since the first frame.' }),
        interval: z.number().openapi({ description: 'Seconds.' }),
        packets: Numbers,
        bytes: Numbers,
        protocols: z.array(z.object({ protocol: z.string().nullable(), packets: Numbers, bytes: Numbers })),
      }),
    ),
    ...notModified,
    ...refusals(...UNREAD),
  },
})

export const tables = doors()
  .openapi(summary, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const [facts, { lengths, tcp, talkers, names, leftOut }] = await Promise.all([
      factsOf(c.var.store, row),
      tablesOf(c.var.store, row),
    ])
    return c.json({ facts, lengths, tcp, talkers, names, leftOut }, 200, tagged(etagOf(row)))
  })
  .openapi(conversations, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const { table, address, port, ...asked } = c.req.valid('query')
    const { listings } = await openTables(c.var.store, row)
    const matches = (each: ConversationRow) =>
      (address === undefined || each.a === address || each.b === address) &&
      (port === undefined || each.aPort === port || each.bPort === port)
    const some = (address ?? port) === undefined ? null : matches
    const answer = await answerFor(listings.conversations[table], conversationsIn, some, asked, row.generation)
    return c.json({ table, ...answer }, 200, tagged(etagOf(row)))
  })
  .openapi(endpoints, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const { table, address, port, ...asked } = c.req.valid('query')
    const { listings } = await openTables(c.var.store, row)
    const matches = (each: EndpointRow) =>
      (address === undefined || each.address === address) && (port === undefined || each.port === port)
    const some = (address ?? port) === undefined ? null : matches
    const answer = await answerFor(listings.endpoints[table], endpointsIn, some, asked, row.generation)
    return c.json({ table, ...answer }, 200, tagged(etagOf(row)))
  })
  .openapi(hierarchy, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const { frames, bytes, hierarchy: roots, leftOut } = await tablesOf(c.var.store, row)
    const all = [...flatHierarchy(roots)]
    const rows = all.filter(({ depth }) => depth <= c.req.valid('query').depth)
    const left = { rows: all.length - rows.length, headers: leftOut.headers }
    return c.json({ frames, bytes, rows, leftOut: left }, 200, tagged(etagOf(row)))
  })
  .openapi(series, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const { series } = await tablesOf(c.var.store, row)
    const times = Math.max(1, Math.ceil(series.packets.length / c.req.valid('query').points))
    return c.json(
      {
        start: series.start,
        interval: series.interval * times,
        packets: coarser(series.packets, times),
        bytes: coarser(series.bytes, times),
        protocols: series.protocols.map(({ protocol, packets, bytes }) => ({
          protocol,
          packets: coarser(packets, times),
          bytes: coarser(bytes, times),
        })),
      },
      200,
      tagged(etagOf(row)),
    )
  })

/** What is answered of a table: a page of it, and what stands beside. @throws GatewayError `bad-option` */
async function answerFor<Row>(
  listing: Listing<Row>,
  find: (listing: Listing<Row>, wanted: Wanted<Row>) => Promise<Found<Row>>,
  matches: Wanted<Row>['matches'],
  { sort, limit, cursor }: { sort: string; limit: number; cursor?: string | undefined },
  generation: number,
) {
  const from = cursor === undefined ? 0 : offsetIn(cursor, generation)
  const { rows, matched } = await find(listing, { matches, sort, from, limit })
  const next = from + limit < matched ? `${generation}-${from + limit}` : null
  return { rows, matched, kept: listing.kept, others: listing.others, next }
}

/** @throws GatewayError `bad-option`, also where the capture was read anew since */
function offsetIn(cursor: string, generation: number): number {
  const [, of, offset] = /^(\d{1,9})-(\d{1,9})$/.exec(cursor) ?? []
  if (Number(of) !== generation) throw new GatewayError('bad-option', 'cursor: no page begins there, or no longer.')
  return Number(offset)
}

/** So many neighbours added up to one. */
function coarser(numbers: number[], times: number): number[] {
  if (times === 1) return numbers
  return Array.from({ length: Math.ceil(numbers.length / times) }, (_, at) =>
    numbers.slice(at * times, (at + 1) * times).reduce((sum, number) => sum + number, 0),
  )
}

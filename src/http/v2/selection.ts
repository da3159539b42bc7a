/** Which packets a slice has, as they are asked for in a query or in JSON: by number, by time, or one conversation. */
import { z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { type AskedSelection, selectionOf as possible, timeOf } from '../../summary/asked-selection.ts'
import type { ConversationKey } from '../../summary/conversation-choice.ts'
import type { Selection } from '../../summary/slice-choice.ts'
import { TABLES } from '../../summary/tables.ts'

const BOUND =
  'A packet number (`17`), or a time to the nanosecond: ISO 8601 with its zone (`2026-11-29T08:00:00.000000001Z`), or seconds since 1970 with a point (`1700000000.0`).'

const Bound = z.string().max(64).optional()
const Address = z.string().max(64)
const QueryPort = z.coerce.number().int().min(0).max(65_535).optional()

/** For a route's `request.query`. */
export const asked = {
  from: Bound.openapi({ description: `The first one. ${BOUND}` }),
  to: Bound.openapi({ description: `The last packet, or the time before which all lie. ${BOUND}` }),
  table: z.enum(TABLES).optional().openapi({
    description: 'Of a conversation, instead of `from` and `to`: with `a` and `b`, or with `stream`.',
  }),
  a: Address.optional().openapi({ description: 'The address of one end, whichever.' }),
  b: Address.optional().openapi({ description: 'That of the other.' }),
  aPort: QueryPort.openapi({ description: 'The port of `a`; without ports all conversations between the two.' }),
  bPort: QueryPort,
  stream: z.coerce.number().int().min(0).optional().openapi({
    description: "tshark's `tcp.stream` or `udp.stream`, by `table`; those of TCP do without one.",
  }),
}

const Port = z.int().min(0).max(65_535)
const Ends = z.strictObject({
  table: z.enum(TABLES),
  a: Address.openapi({ example: '192.0.2.1' }),
  b: Address.openapi({ example: '198.51.100.7' }),
  aPort: Port.optional(),
  bPort: Port.optional(),
})
const Stream = z.strictObject({ table: z.enum(['tcp', 'udp']), stream: z.int().min(0) })

/** For what stands in a JSON body. */
export const AskedPackets = z
  .union([
    z.strictObject({ numbers: z.strictObject({ from: z.int().min(1), to: z.int().min(1) }) }),
    z.strictObject({ times: z.strictObject({ from: Bound, to: Bound }) }),
    z.strictObject({ conversation: z.union([Stream, Ends]) }),
  ])
  .openapi('Selection', {
    description:
      'By `frame.number`, both included; by time, in seconds since 1970 or as RFC 3339 has it, `to` not included; or one conversation: ' +
      'between two addresses, and ports where they are said, whichever is which, or by `tcp.stream` or `udp.stream`.',
  })

/** The greatest number that a packet of any capture can have. */
const LAST = Number.MAX_SAFE_INTEGER

type Asked = z.infer<z.ZodObject<typeof asked>>

/** What a query asks for. @throws GatewayError `bad-option` */
export function selectionOf({ from, to, ...ends }: Asked): Selection {
  const conversation = conversationOf(ends)
  if (conversation !== null && (from ?? to) !== undefined)
    throw new GatewayError('bad-option', 'A slice is of a conversation, or goes from and to: not both.')
  if (conversation !== null) return checked({ conversation })
  const [first, last] = [boundOf('from', from), boundOf('to', to)]
  if (first !== null && last !== null && typeof first !== typeof last)
    throw new GatewayError('bad-option', 'from and to are both packet numbers, or both times.')
  if (first !== null && last !== null && first > last) throw new GatewayError('bad-option', 'from lies behind to.')
  if (typeof first === 'bigint' || typeof last === 'bigint')
    return {
      times: {
        ...(typeof first === 'bigint' ? { from: first } : {}),
        ...(typeof last === 'bigint' ? { to: last } : {}),
      },
    }
  return { numbers: { from: first ?? 1, to: last ?? LAST } }
}

/**
 * The same of what stands in JSON.
 * @param where its name there, for the words of a refusal
 * @throws GatewayError `bad-option` where there can be no such packets
 */
export function checked(selection: AskedSelection, where?: string): Selection {
  try {
    return possible(selection)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new GatewayError('bad-option', `${where === undefined ? '' : `${where}: `}${error.message}.`)
  }
}

/** @returns `null` where none is asked for @throws GatewayError `bad-option` */
function conversationOf({ table, a, b, aPort, bPort, stream }: Omit<Asked, 'from' | 'to'>): ConversationKey | null {
  if (stream !== undefined) {
    if ((a ?? b ?? aPort ?? bPort) !== undefined)
      throw new GatewayError('bad-option', 'A conversation is named by its stream, or by its ends: not both.')
    if (table !== undefined && table !== 'tcp' && table !== 'udp')
      throw new GatewayError('bad-option', `The ${table} table has no streams.`)
    return { table: table ?? 'tcp', stream }
  }
  if ((table ?? a ?? b ?? aPort ?? bPort) === undefined) return null
  if (table === undefined || a === undefined || b === undefined)
    throw new GatewayError('bad-option', 'A conversation is named by its table, and by its ends a and b or its stream.')
  return { table, a, b, aPort, bPort }
}

/** A packet number, or nanoseconds since 1970. */
function boundOf(name: string, text: string | undefined): number | bigint | null {
  if (text === undefined) return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  try {
    if (!/^-?\d+$/.test(text)) return timeOf(text) // a time in seconds has a point, so that it is no number
  } catch {
    // said below
  }
  throw new GatewayError(
    'bad-option',
    `${name} is no packet number and no time; in a query a + of a zone is written %2B.`,
  )
}

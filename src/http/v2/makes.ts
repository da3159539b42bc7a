/** Captures made of others: several put together, and some packets of one. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { MOST_SOURCES, orderMake } from '../../ingest/make-order.ts'
import { optionsFrom } from '../../ingest/options.ts'
import type { Making } from '../../store/schema.ts'
import { type AskedSelection, selectionOf } from '../../summary/asked-selection.ts'
import { TABLES } from '../../summary/tables.ts'
import { allowedTo } from '../auth.ts'
import type { GatewayContext } from '../gateway.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { captureHeaders } from '../links.ts'
import { BODY, bearer, captureId, doors, jsonBody, jsonOf, keyTo, refusals } from './doors.ts'

const Made = z
  .object({ id: z.uuid(), filename: z.string() })
  .openapi('Made', { description: 'A capture that will be there: its status says how far it is.' })

/** What is said of the new capture. */
const about = {
  filename: z.string().max(1024).optional().openapi({ example: 'both-sides.pcapng' }),
  tags: z.array(z.string()).max(64).optional().openapi({ description: 'After those of the token.' }),
  comments: z.string().optional(),
}

const headers = z.object({
  'idempotency-key': z.string().optional().openapi({ description: 'Asked again with the same: the same capture.' }),
})

const Merge = z
  .strictObject({
    captures: z.array(z.uuid()).min(2).max(MOST_SOURCES).openapi({
      description: 'Where times are equal, packets come in the order of these.',
    }),
    dropDuplicates: z.boolean().default(false).openapi({
      description: 'Leave packets out whose bytes one of the four before has, as `editcap -d` does.',
    }),
    ...about,
  })
  .openapi('Merge')

const Port = z.int().min(0).max(65_535)
const Ends = z.object({
  table: z.enum(TABLES),
  a: z.string().max(64).openapi({ example: '192.0.2.1' }),
  b: z.string().max(64).openapi({ example: '198.51.100.7' }),
  aPort: Port.optional(),
  bPort: Port.optional(),
})
const Stream = z.object({ table: z.enum(['tcp', 'udp']), stream: z.int().min(0) })

/** Which packets. */
export const Selection = z
  .union([
    z.strictObject({ numbers: z.strictObject({ from: z.int().min(1), to: z.int().min(1) }) }),
    z.strictObject({
      times: z.strictObject({ from: z.string().max(64).optional(), to: z.string().max(64).optional() }),
    }),
    z.strictObject({ conversation: z.union([z.strictObject(Stream.shape), z.strictObject(Ends.shape)]) }),
  ])
  .openapi('Selection', {
    description:
      'By `frame.number`, both included; by time, in seconds since 1970 or as RFC 3339 has it, `to` not included; or one conversation: ' +
      'between two addresses, and ports where they are said, whichever is which, or by `tcp.stream` or `udp.stream`.',
  })

const Slice = z.strictObject({ selection: Selection, ...about }).openapi('Slice')

const answers = {
  202: {
    description: 'It will be made.',
    content: { 'application/json': { schema: Made } },
    headers: z.object({ Location: z.string() }),
  },
  ...refusals(
    'no-such-capture',
    'not-ready',
    'other-body',
    'still-uploading',
    'over-files-limit',
    'over-storage-limit',
    ...BODY,
  ),
}

const mergeThem = createRoute({
  method: 'post',
  path: '/captures/merge',
  operationId: 'mergeCaptures',
  summary: 'Put captures together',
  description: 'All packets by time, into a new pcapng capture, each source’s interfaces apart.',
  tags: ['captures'],
  security: bearer,
  middleware: [...keyTo('upload'), allowedTo('read'), jsonBody] as const,
  request: {
    headers,
    body: jsonOf(Merge, { captures: ['12345678-1234-4234-8234-123456789abc', '12345678-1234-4234-8234-123456789abc'] }),
  },
  responses: answers,
})

const sliceIt = createRoute({
  method: 'post',
  path: '/captures/{id}/slices',
  operationId: 'keepSlice',
  summary: 'Keep some packets of a capture as a new one',
  description: 'As pcapng. The capture must be parsed.',
  tags: ['captures'],
  security: bearer,
  middleware: [...keyTo('upload'), allowedTo('read'), jsonBody] as const,
  request: {
    headers,
    params: captureId,
    body: jsonOf(Slice, { selection: { numbers: { from: 1, to: 9 } } }),
  },
  responses: answers,
})

export const makes = doors()
  .openapi(mergeThem, async (c) => {
    const { captures, dropDuplicates, ...said } = c.req.valid('json')
    const made = await make(c, { kind: 'merge', of: captures.map((id) => id.toLowerCase()), dropDuplicates }, said)
    return c.json(made, 202, captureHeaders(c, made.id))
  })
  .openapi(sliceIt, async (c) => {
    const { selection, ...said } = c.req.valid('json')
    refuseImpossible(selection)
    const made = await make(c, { kind: 'slice', of: [c.req.valid('param').id.toLowerCase()], selection }, said)
    return c.json(made, 202, captureHeaders(c, made.id))
  })

/** @throws GatewayError `bad-option` */
function refuseImpossible(selection: AskedSelection): void {
  try {
    selectionOf(selection)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new GatewayError('bad-option', `selection: ${error.message}.`)
  }
}

interface Said {
  filename?: string | undefined
  tags?: string[] | undefined
  comments?: string | undefined
}

async function make(c: GatewayContext, making: Making, { filename, tags, comments }: Said) {
  const { principal, store } = c.var
  if (tags?.some((tag) => tag.includes(','))) throw new GatewayError('bad-option', 'tags: a tag has no comma.')
  const said: Record<string, string | undefined> = { filename, comments, additional_tags: tags?.join(',') }
  const options = optionsFrom((name) => said[name], principal.defaultTags)
  const { id, filename: named } = await orderMake(
    store,
    { principal, making, options, idempotencyKey: idempotencyKeyOf(c) },
    Date.now,
  )
  return { id, filename: named }
}

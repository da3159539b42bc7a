/** Captures made of others: several put together, and some packets of one. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { MOST_SOURCES, orderMake } from '../../ingest/make-order.ts'
import { optionsFrom } from '../../ingest/options.ts'
import type { Making } from '../../store/schema.ts'
import { allowedTo } from '../auth.ts'
import type { GatewayContext } from '../gateway.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { captureHeaders } from '../links.ts'
import { answerOf, BODY, bearer, captureId, doors, EXAMPLE_ID, jsonBody, jsonOf, keyTo, refusals } from './doors.ts'
import { AskedPackets, checked } from './selection.ts'

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

const Slice = z.strictObject({ selection: AskedPackets, ...about }).openapi('Slice')

const middleware = [...keyTo('upload'), allowedTo('read'), jsonBody]

const answers = { 202: { ...answerOf('It will be made.', Made), headers: z.object({ Location: z.string() }) } }

/** Refusals of both. */
const REFUSALS = [
  'no-such-capture',
  'other-body',
  'still-uploading',
  'over-files-limit',
  'over-storage-limit',
  ...BODY,
] as const

const mergeThem = createRoute({
  method: 'post',
  path: '/captures/merge',
  operationId: 'mergeCaptures',
  summary: 'Put captures together',
  description: 'All packets by time, into a new pcapng capture, each source’s interfaces apart.',
  tags: ['captures'],
  security: bearer,
  middleware,
  request: { headers, body: jsonOf(Merge, { captures: [EXAMPLE_ID, EXAMPLE_ID] }) },
  responses: { ...answers, ...refusals(...REFUSALS, 'not-there-yet') },
})

const sliceIt = createRoute({
  method: 'post',
  path: '/captures/{id}/slices',
  operationId: 'keepSlice',
  summary: 'Keep some packets of a capture as a new one',
  description: 'As pcapng. The capture must be parsed.',
  tags: ['captures'],
  security: bearer,
  middleware,
  request: {
    headers,
    params: captureId,
    body: jsonOf(Slice, { selection: { conversation: { table: 'tcp', stream: 7 } } }),
  },
  responses: { ...answers, ...refusals(...REFUSALS, 'not-read-yet', 'nothing-read') },
})

export const makes = doors()
  .openapi(mergeThem, async (c) => {
    const { captures, dropDuplicates, ...said } = c.req.valid('json')
    const made = await make(c, { kind: 'merge', of: captures.map((id) => id.toLowerCase()), dropDuplicates }, said)
    return c.json(made, 202, captureHeaders(c, made.id))
  })
  .openapi(sliceIt, async (c) => {
    const { selection, ...said } = c.req.valid('json')
    checked(selection, 'selection')
    const made = await make(c, { kind: 'slice', of: [c.req.valid('param').id.toLowerCase()], selection }, said)
    return c.json(made, 202, captureHeaders(c, made.id))
  })

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

/** Notes on packets. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { MAX_NOTE, type Annotation as Row } from '../../store/annotations.ts'
import { annotate, frameIn } from '../note.ts'
import { ownCapture } from '../own-capture.ts'
import { BODY, bearer, captureId, doors, jsonBody, jsonOf, keyTo, refusals } from './doors.ts'

/** Notes in one answer. */
const PAGE = 500

const Annotation = z
  .object({
    frame: z.int().openapi({ description: "The packet: tshark's frame.number." }),
    text: z.string(),
    user: z.string().openapi({ description: 'Name of the account that wrote it.' }),
    createdAt: z.iso.datetime(),
  })
  .openapi('Annotation')

const ofFrame = captureId.extend({ frame: z.string().regex(/^[1-9]\d{0,14}$/, 'it is the number of a packet') })
const tags = ['annotations']

const list = createRoute({
  method: 'get',
  path: '/captures/{id}/annotations',
  operationId: 'listAnnotations',
  summary: 'Notes on packets, by frame',
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: {
    params: captureId,
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,15}$/, 'it is a frame')
        .optional()
        .openapi({ description: 'Only notes on later frames: the `next` of an earlier answer.' }),
    }),
  },
  responses: {
    200: {
      description: `At most ${PAGE} notes, and after which frame to go on; null: these are all.`,
      content: {
        'application/json': { schema: z.object({ annotations: z.array(Annotation), next: z.int().nullable() }) },
      },
    },
    ...refusals('no-such-capture'),
  },
})

const write = createRoute({
  method: 'put',
  path: '/captures/{id}/annotations/{frame}',
  operationId: 'writeAnnotation',
  summary: 'Write a note on a packet',
  description: 'A note that the packet has gives way.',
  tags,
  security: bearer,
  middleware: [...keyTo('upload'), jsonBody] as const,
  request: {
    params: ofFrame,
    body: jsonOf(z.strictObject({ text: z.string().max(4 * MAX_NOTE) }), { text: 'the retransmission begins here' }),
  },
  responses: {
    200: { description: 'The note as it is kept.', content: { 'application/json': { schema: Annotation } } },
    ...refusals('no-such-capture', 'too-many-notes', ...BODY),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/captures/{id}/annotations/{frame}',
  operationId: 'removeAnnotation',
  summary: 'Take the note on a packet away',
  tags,
  security: bearer,
  middleware: keyTo('upload'),
  request: { params: ofFrame },
  responses: {
    204: { description: 'It is gone.' },
    ...refusals('no-such-capture', 'no-such-note'),
  },
})

const shown = ({ frame, text, user, createdAt }: Row) => ({
  frame,
  text,
  user,
  createdAt: new Date(createdAt).toISOString(),
})

export const annotations = doors()
  .openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    const after = Number(c.req.valid('query').after ?? 0)
    const found = await c.var.store.annotations.page(id, c.var.principal.accountId, after, PAGE)
    if (found === null) throw new GatewayError('no-such-capture')
    const next = found.length < PAGE ? null : (found.at(-1)?.frame ?? null)
    return c.json({ annotations: found.map(shown), next }, 200)
  })
  .openapi(write, async (c) => {
    const capture = await ownCapture(c)
    const frame = frameIn(c.req.valid('param').frame)
    return c.json(shown(await annotate(c, capture, frame, c.req.valid('json').text)), 200)
  })
  .openapi(remove, async (c) => {
    const { id } = await ownCapture(c)
    const gone = await c.var.store.annotations.remove(
      id,
      c.var.principal.accountId,
      frameIn(c.req.valid('param').frame),
    )
    if (!gone) throw new GatewayError('no-such-note')
    return c.body(null, 204)
  })

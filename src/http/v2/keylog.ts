/** The TLS key log of a capture: for its owner's bearer key alone. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { deleteKeylog, readKeylog } from '../../ingest/keylog.ts'
import { pull } from '../../ingest/source.ts'
import type { Capture } from '../../store/captures.ts'
import type { GatewayContext } from '../gateway.ts'
import { keylogAnswer, seeLength, takeKeylog } from '../keylog.ts'
import { bearer, captureId, doors, keyTo, refusals } from './doors.ts'

const common = { path: '/captures/{id}/keylog' as const, tags: ['key logs'], security: bearer }
const text = { 'text/plain': { schema: z.string() } }

const read = createRoute({
  ...common,
  method: 'get',
  operationId: 'readKeylog',
  summary: 'The TLS key log of a capture',
  middleware: keyTo('read'),
  request: { params: captureId },
  responses: { 200: { description: 'As it was sent.', content: text }, ...refusals('no-such-capture', 'no-keylog') },
})

const replace = createRoute({
  ...common,
  method: 'put',
  operationId: 'replaceKeylog',
  summary: 'Give a capture a TLS key log, or another one',
  description: 'Up to 8 MiB in the format of NSS (RFC 9850); whatever its Content-Type.',
  middleware: keyTo('upload'),
  request: {
    params: captureId,
    body: {
      content: { '*/*': { schema: z.string(), example: `CLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n` } },
    },
  },
  responses: {
    204: { description: 'It is kept.' },
    ...refusals('no-such-capture', 'bad-keylog', 'keylog-changed', 'too-slow', 'cut-off', 'storage-failed'),
  },
})

const remove = createRoute({
  ...common,
  method: 'delete',
  operationId: 'deleteKeylog',
  summary: 'Take the key log of a capture away',
  middleware: keyTo('delete'),
  request: { params: captureId },
  responses: { 204: { description: 'There is none.' }, ...refusals('no-such-capture', 'keylog-changed') },
})

export const keylog = doors()
  .openapi(read, async (c) => {
    const { keylogKey, id } = await ownCapture(c)
    return (await keylogAnswer(c, keylogKey, `attachment; filename=${id}.keylog`)) as never
  })
  .openapi(replace, async (c) => {
    const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
    const work = take(c, body).catch(async (error) => {
      await body.discard()
      throw error
    })
    c.executionCtx.waitUntil(work.catch(() => undefined)) // a sender who leaves does not end the cleaning up
    await work
    return c.body(null, 204)
  })
  .openapi(remove, async (c) => {
    await deleteKeylog(c.var.store, await ownCapture(c))
    return c.body(null, 204)
  })

async function take(c: GatewayContext, body: ReturnType<typeof pull>): Promise<void> {
  const capture = await ownCapture(c)
  seeLength(c)
  await takeKeylog(c, capture, await readKeylog(body, capture.accountId))
}

/** @throws GatewayError `no-such-capture`, also while it is still on its way in */
async function ownCapture(c: GatewayContext): Promise<Capture> {
  const capture = await c.var.store.captures.findOwn(c.req.param('id') ?? '', c.var.principal.accountId)
  if (!capture || capture.state === 'uploading') throw new GatewayError('no-such-capture')
  return capture
}

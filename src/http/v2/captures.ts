/** Captures: one of them. */
import { createRoute, z } from '@hono/zod-openapi'
import { allowedTo, bearerKey } from '../auth.ts'
import { ownCapture } from '../own-capture.ts'
import { Capture, captureOf } from './capture.ts'
import { bearer, doors, refusals } from './doors.ts'

const readOne = createRoute({
  method: 'get',
  path: '/captures/{id}',
  summary: 'One capture',
  security: bearer,
  middleware: [bearerKey, allowedTo('read')] as const,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: { description: 'The capture.', content: { 'application/json': { schema: Capture } } },
    ...refusals('no-such-capture'),
  },
})

export const captures = doors().openapi(readOne, async (c) => c.json(captureOf(await ownCapture(c)), 200))

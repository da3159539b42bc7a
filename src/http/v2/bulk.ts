/** One thing done with many captures. */
import { createRoute, z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { wordsOf } from '../../errors.ts'
import { tagsFrom } from '../../ingest/options.ts'
import { remove } from '../../store/removal.ts'
import { demand } from '../auth.ts'
import { editMany } from '../edit-many.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { answerOf, BODY, bearer, doors, EXAMPLE_ID, jsonBody, jsonOf, keyTo, ONCE, refusals } from './doors.ts'
import { once } from './once.ts'

const Ids = z.array(z.uuid()).min(1).max(100)
const Tags = z.array(z.string()).max(64)
const Deed = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('delete'), ids: Ids }),
    z.strictObject({ action: z.literal('tag'), ids: Ids, add: Tags.default([]), remove: Tags.default([]) }),
    z.strictObject({ action: z.literal('visibility'), ids: Ids, visibility: z.enum(['unlisted', 'private']) }),
  ])
  .openapi('Bulk')

/** Stands before `once`, so that nobody is told again what they may not do. @throws GatewayError `forbidden` */
const allowedToDo = createMiddleware<Gateway>(async (c, next) => {
  const deed = (await c.req.json()) as { action?: unknown } | null
  demand(c, deed?.action === 'delete' ? 'delete' : 'upload')
  if (deed?.action === 'visibility') demand(c, 'read') // else a key could open what it may not read
  await next()
})

const Outcome = z.enum(['done', 'no-such-capture', 'was-changed', 'bad-option'])

const bulk = createRoute({
  method: 'post',
  path: '/captures/bulk',
  operationId: 'bulk',
  summary: 'Delete, tag or show up to 100 captures',
  description:
    'Each is done or not for itself; deleting takes the permission to delete, the rest that to upload, and showing that to read, too.',
  tags: ['captures'],
  security: bearer,
  middleware: [...keyTo('delete', 'upload'), jsonBody, allowedToDo, once()] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: jsonOf(Deed, {
      action: 'tag',
      ids: [EXAMPLE_ID],
      add: ['lab'],
      remove: ['new'],
    }),
  },
  responses: {
    200: answerOf(
      'What became of each, in the order of `ids`.',
      z.object({ results: z.array(z.object({ id: z.uuid(), outcome: Outcome })) }),
    ),
    ...refusals(...BODY, ...ONCE),
  },
})

type Outcomes = Map<string, z.infer<typeof Outcome>>

export const bulks = doors().openapi(bulk, async (c) => {
  const deed = c.req.valid('json')
  const ids = [...new Set(deed.ids)]
  const outcomes =
    deed.action === 'delete'
      ? await removeAll(c, ids)
      : await editMany(c, ids, ({ tags }) => {
          if (deed.action === 'visibility') return { visibility: deed.visibility }
          const gone = new Set(tagsFrom(deed.remove.join(',')))
          return {
            tags: tagsFrom(
              deed.add.join(','),
              tags.filter((tag) => !gone.has(tag)),
            ),
          }
        })
  return c.json({ results: deed.ids.map((id) => ({ id, outcome: outcomes.get(id) ?? 'no-such-capture' })) }, 200)
})

/** All tombstones at once; what they stand for goes after the answer, and what is left then the sweep takes. */
async function removeAll(c: GatewayContext, ids: string[]): Promise<Outcomes> {
  const { store, principal } = c.var
  const doomed = await store.captures.doomAll(ids, principal, Date.now())
  const work = async () => {
    for (const capture of doomed)
      await remove(store, capture).catch((error) => console.error(`end of ${capture.id}: ${wordsOf(error)}`))
  }
  c.executionCtx.waitUntil(work())
  return new Map(doomed.map(({ id }) => [id, 'done']))
}

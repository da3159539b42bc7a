/** Captures found by what is in them. */
import { createRoute, z } from '@hono/zod-openapi'
import { search as searchIn } from '../../store/search.ts'
import { parseQuery } from '../../store/search-query.ts'
import { tidyIndex } from '../found.ts'
import { originOf } from '../links.ts'
import { Capture, captureOf } from './capture.ts'
import { bearer, doors, keyTo, refusals } from './doors.ts'

const Found = z
  .object({
    captures: z.array(
      Capture.extend({
        indexed: z.object({ terms: z.int(), of: z.int() }).nullable().openapi({
          description: 'Terms by which it is found, and how many there are at least. `null`: it is not indexed yet.',
        }),
      }),
    ),
    next: z.string().nullable().openapi({
      description:
        'The `cursor` to go on with; `null`: there is nothing more. Where it is set there may be more, however few were found so far.',
    }),
    partial: z.boolean().openapi({
      description:
        'Some captures of the account have more in them than is indexed: they may be missing here. `indexed:partial` finds them.',
    }),
  })
  .openapi('Found')

const find = createRoute({
  method: 'get',
  path: '/search',
  operationId: 'searchCaptures',
  summary: 'Captures by what is in them',
  description: 'Newest first. The language of queries is in docs/search.md.',
  tags: ['search'],
  security: bearer,
  middleware: keyTo('read'),
  request: {
    query: z.object({
      q: z.string().default('').openapi({ example: 'ip:10.1.2.3 port:443 on:2026-11-24 -tag:old' }),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(64).optional(),
    }),
  },
  responses: {
    200: { description: 'What was found.', content: { 'application/json': { schema: Found } } },
    ...refusals('bad-query', 'too-broad'),
  },
})

export const search = doors().openapi(find, async (c) => {
  const { store, principal } = c.var
  const { q, limit, cursor = null } = c.req.valid('query')
  const found = await searchIn(store, principal.accountId, parseQuery(q), { limit, after: cursor, extents: true })
  tidyIndex(c, found.stale)
  const captures = found.captures.map((capture) => {
    const { indexed: terms, total: of } = found.extents.get(capture.id) ?? {}
    return {
      ...captureOf(capture, originOf(c)),
      indexed: terms === undefined || of === undefined ? null : { terms, of },
    }
  })
  return c.json({ captures, next: found.next, partial: found.partial }, 200)
})

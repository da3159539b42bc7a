/** What every route of `/api/v2` is made of: who may ask, what is checked, how it is refused. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { FAULTS, type Fault, GatewayError } from '../../errors.ts'
import type { Gateway } from '../gateway.ts'

/** A group of routes. What does not fit a route's schema is refused as `bad-option`, with where and why. */
export const doors = () =>
  new OpenAPIHono<Gateway>({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      const where = issue?.path.join('.')
      throw new GatewayError('bad-option', `${where ? `${where}: ` : ''}${issue?.message ?? 'it cannot be read'}.`)
    },
  })

/** For a route's `security`: the bearer key. */
export const bearer = [{ bearer: [] as string[] }]

/** A problem as RFC 9457 has it. */
const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:pcaport:problem:no-such-capture' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  })
  .openapi('Problem')

/** The refusals of a route, for its `responses`: those of every route with a key, and these. */
export function refusals(...kinds: Fault[]) {
  const all: Fault[] = [
    'no-token',
    'unknown-key',
    'forbidden',
    'plan-without-api',
    'bad-option',
    'unavailable',
    ...kinds,
  ]
  const content = { 'application/problem+json': { schema: Problem } }
  const byStatus = Map.groupBy(all, (kind) => FAULTS[kind].status)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      { description: [...new Set(same)].map((kind) => FAULTS[kind].message).join(' '), content },
    ]),
  )
}

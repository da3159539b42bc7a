/** What every route of `/api/v2` is made of: who may ask, what is checked, how it is refused. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { FAULTS, type Fault, GatewayError } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import { hexOf } from '../../store/digest.ts'
import type { Permission } from '../../store/schema.ts'
import { allowedTo, keyOrSession } from '../auth.ts'
import { isNamedIn } from '../etags.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'

/** Longest JSON body. Bytes. */
const MAX_JSON = 64 * 1024

/** A group of routes. What does not fit a route's schema is refused as `bad-option`, with where and why. */
export const doors = () =>
  new OpenAPIHono<Gateway>({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      // An id that is none names nothing, as one does that was never given.
      if (result.target === 'param' && issue?.path[0] === 'id') throw new GatewayError('no-such-capture')
      const where = issue?.path.join('.')
      throw new GatewayError('bad-option', `${where ? `${where}: ` : ''}${issue?.message ?? 'it cannot be read'}.`)
    },
  })

/** For a route's `security`: the bearer key. */
export const bearer = [{ bearer: [] as string[] }]

/** For a route's `middleware`: a bearer key with any of these permissions. */
export const keyTo = (
  ...permissions: [Permission, ...Permission[]]
): [MiddlewareHandler<Gateway>, MiddlewareHandler<Gateway>] => [keyOrSession, allowedTo(...permissions)]

/** What stands for a capture in examples. */
export const EXAMPLE_ID = '12345678-1234-4234-8234-123456789abc'

/** The `:id` of a capture. */
export const captureId = z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) })

/**
 * Reads a JSON body before zod-openapi does, which would hold it however long it is.
 * @throws GatewayError `not-json`, `body-too-long`, `bad-option`
 */
export const jsonBody = createMiddleware<Gateway>(async (c, next) => {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  try {
    if (!/^application\/([a-z.-]+\+)?json\s*(;|$)/i.test(c.req.header('content-type') ?? ''))
      throw new GatewayError('not-json')
    const text = await textOf(body, MAX_JSON)
    if (text === null) throw new GatewayError('body-too-long')
    parsed(text)
    c.req.bodyCache.text = Promise.resolve(text) as never // typed as what it comes to
  } catch (error) {
    await body.discard()
    throw error
  }
  await next()
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new GatewayError('bad-option', 'The body is no JSON.')
  }
}

/** For a route's `request.body`: JSON of this schema, with one that will do. */
export const jsonOf = <Schema extends z.ZodType>(schema: Schema, example: z.input<Schema>) => ({
  required: true,
  content: { 'application/json': { schema, example } },
})

/** For a route's `responses`: JSON of this schema. */
export const answerOf = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

/** Headers of an answer that may be asked for again by its tag. */
export const tagged = (etag: string) => ({ ETag: etag, 'Cache-Control': 'private, no-cache' })

/** What is answered to one who has the present version (RFC 9110 §13.1.2); `null` to all others. */
export function unchanged(c: GatewayContext, etag: string): Response | null {
  if (!isNamedIn(c.req.header('if-none-match'), etag)) return null
  return new Response(null, { status: 304, headers: tagged(etag) })
}

/** Tags an answer by what it says, where nothing simpler tells of a change, and answers who has it with 304. Holds the answer. */
export const taggedByContent = createMiddleware<Gateway>(async (c, next) => {
  await next()
  if (c.res.status !== 200) return
  const bytes = await c.res.clone().arrayBuffer()
  const etag = `"${hexOf(await crypto.subtle.digest('SHA-1', bytes))}"`
  const same = unchanged(c, etag)
  if (same) c.res = same
  else for (const [name, value] of Object.entries(tagged(etag))) c.res.headers.set(name, value)
})

/** For a route's `responses`, where {@link unchanged} may be answered. Kept from the types: a client that asks without a tag never sees it. */
export const notModified: object = { 304: { description: 'It is what `If-None-Match` names.' } }

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
    'internal',
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

/** Refusals of a route with a JSON body. */
export const BODY = ['body-too-long', 'not-json', 'too-slow', 'cut-off'] as const satisfies Fault[]
/** Refusals of a route that obeys `Idempotency-Key`. */
export const ONCE = ['still-uploading', 'other-request'] as const satisfies Fault[]

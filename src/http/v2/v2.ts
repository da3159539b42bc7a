/** pcaport's own API, `/api/v2`: bearer keys, and problems as RFC 9457 has them. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { hexOf } from '../../store/digest.ts'
import { problemBody, speak } from '../dialect.ts'
import { isNamedIn } from '../etags.ts'
import { account } from './account.ts'
import { annotations } from './annotations.ts'
import { bulks } from './bulk.ts'
import { captures } from './captures.ts'
import { doors } from './doors.ts'
import { keylog } from './keylog.ts'
import { keys } from './keys.ts'
import { makes } from './makes.ts'
import { packets } from './packets.ts'
import { search } from './search.ts'
import { shares } from './shares.ts'
import { tables } from './tables.ts'

const description = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'readDescription',
  summary: 'This description',
  tags: ['description'],
  responses: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } } },
})

const v2 = doors()
  .route('/', captures)
  .route('/', bulks)
  .route('/', search)
  .route('/', tables)
  .route('/', packets)
  .route('/', makes)
  .route('/', keylog)
  .route('/', annotations)
  .route('/', shares)
  .route('/', keys)
  .route('/', account)

/** The routes, for a typed client. */
export type Api = typeof v2

v2.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })

v2.openapi(description, async (c) => {
  const json = documentText()
  const etag = `"${hexOf(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(json)))}"`
  const headers = { ETag: etag, 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' }
  if (isNamedIn(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers }) as never
  return new Response(json, { headers: { ...headers, 'Content-Type': 'application/json' } }) as never
})

let text: string | null = null

/** The description, which is the same as long as the Worker is. */
function documentText(): string {
  text ??= JSON.stringify(
    v2.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'pcaport', version: '2', description: ABOUT, license: { name: 'MIT' } },
      servers: [{ url: '/api/v2' }],
    }),
  )
  return text
}

const ABOUT = `Packet captures of an account. Times are ISO 8601 in UTC, those of packets decimal seconds since 1970; sizes are bytes.
Refusals are problems as RFC 9457 has them: \`type\` is \`urn:pcaport:problem:<kind>\`. A POST that takes an \`Idempotency-Key\` is done once
and, for a day, answered as it was answered then.`

for (const [path, methods] of methodsByPath())
  v2.all(path, (c) => {
    c.header('Allow', methods.join(', '))
    throw new GatewayError('method-not-allowed')
  })

v2.all('*', () => {
  throw new GatewayError('no-such-route')
}).onError(speak(problemBody, 'application/problem+json'))

/** What may be asked of each path, those first that are more than a pattern. RFC 9110 §15.5.6. */
function methodsByPath(): [string, string[]][] {
  const found = new Map<string, string[]>()
  for (const definition of v2.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const path = definition.route.path.replaceAll(/{(.+?)}/g, ':$1')
    const method = definition.route.method.toUpperCase()
    found.set(path, [...(found.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
  }
  return [...found].sort(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')))
}

export { v2 }

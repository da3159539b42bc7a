/** The order of the doors. */
import { Hono } from 'hono'
import { GatewayError } from './errors.ts'
import { apackets } from './http/apackets.ts'
import { cloudshark } from './http/cloudshark/cloudshark.ts'
import { apacketsBody, speak } from './http/dialect.ts'
import { docs } from './http/docs.ts'
import type { Gateway } from './http/gateway.ts'
import { pages } from './http/pages.ts'
import { people } from './http/people/people.ts'
import { share } from './http/share.ts'
import { tus } from './http/tus.ts'
import { v2 } from './http/v2/v2.ts'
import { openStore } from './store/open.ts'

export const app = new Hono<Gateway>({ strict: false })
  .use(async (c, next) => {
    c.set('store', openStore(c.env))
    await next()
    c.res.headers.set('X-Content-Type-Options', 'nosniff')
    c.res.headers.set('Referrer-Policy', 'no-referrer')
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
  })
  .route('/api/v1', apackets) // before CloudShark's: `upload` and `pcaps` are no tokens
  .route('/api/v1', cloudshark)
  .route('/api/v2', v2)
  .route('/api', docs)
  .all('/api/*', () => {
    throw new GatewayError('no-such-route')
  })
  .route('/files', tus)
  .route('/', share)
  .route('/', people)
  .route('/', pages)
  .onError(speak(apacketsBody))

/** pcaport's own API, `/api/v2`: bearer keys, and problems as RFC 9457 has them. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { problemBody, speak } from '../dialect.ts'
import type { Gateway } from '../gateway.ts'
import { keylog } from './keylog.ts'

export const v2 = new Hono<Gateway>({ strict: false })
  .route('/', keylog)
  .all('*', () => {
    throw new GatewayError('no-such-route')
  })
  .onError(speak(problemBody, 'application/problem+json'))

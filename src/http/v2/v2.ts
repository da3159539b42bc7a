/** pcaport's own API, `/api/v2`: bearer keys, and problems as RFC 9457 has them. */
import { GatewayError } from '../../errors.ts'
import { problemBody, speak } from '../dialect.ts'
import { captures } from './captures.ts'
import { doors } from './doors.ts'
import { keylog } from './keylog.ts'
import { search } from './search.ts'

const v2 = doors().route('/', keylog).route('/', captures).route('/', search)

v2.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })

v2.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'pcaport', version: '2' } })
  .all('*', () => {
    throw new GatewayError('no-such-route')
  })
  .onError(speak(problemBody, 'application/problem+json'))

export { v2 }

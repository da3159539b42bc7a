/** The A-Packets REST API: `Authorization: Bearer <REST API key>`. What is uploaded here is private. */
import { Hono } from 'hono'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { allowedTo, bearerKey } from './auth.ts'
import { apacketsBody, speak } from './dialect.ts'
import type { Gateway } from './gateway.ts'
import { captureHeaders } from './links.ts'
import { receive } from './upload.ts'

export const apackets = new Hono<Gateway>({ strict: false })
  .use('/upload/*', bearerKey)
  .use('/pcaps/*', bearerKey)
  .post('/upload/private', allowedTo('upload'), async (c) => {
    const { id, filename } = await receive(c, 'private')
    return c.json({ name: filename, uuid: id }, 200, captureHeaders(c, id))
  })
  .get('/pcaps/private/status/:id', allowedTo('read'), async (c) => {
    const capture = await c.var.store.captures.findOwn(c.req.param('id'), c.var.principal.accountId)
    if (!capture) throw new GatewayError('no-such-capture')
    return c.json(statusOf(capture))
  })
  .get('/pcaps/private/user/limits', allowedTo('read'), async (c) => {
    const account = await c.var.store.accounts.find(c.var.principal.accountId)
    if (!account) throw new GatewayError('unknown-key')
    const { files, filesLimit, maxFileSize } = account
    return c.json({ currentFilesCount: files, filesLimit, maxFileSize })
  })
  .all('/upload/private', (c) => {
    c.header('Allow', 'POST')
    throw new GatewayError('method-not-allowed')
  })
  .on(['POST', 'PUT', 'PATCH', 'DELETE'], ['/pcaps/private/status/:id', '/pcaps/private/user/limits'], (c) => {
    c.header('Allow', 'GET, HEAD')
    throw new GatewayError('method-not-allowed')
  })
  .all('/upload/*', noSuchRoute)
  .all('/pcaps/*', noSuchRoute)
  .onError(speak(apacketsBody))

function noSuchRoute(): never {
  throw new GatewayError('no-such-route')
}

function statusOf(capture: Capture) {
  if (capture.state === 'ok') return { status: 'ok' }
  if (capture.state !== 'error')
    return { status: 'processing', ...(capture.progress === null ? {} : { progress: capture.progress }) }
  const { kind = 'unknown', message = 'The capture could not be read.' } = capture.failure ?? {}
  return { status: 'error', error: kind, message }
}

/** The CloudShark API, `/api/v1/:token/…`: routes, JSON and errors as its clients know them. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import { deleteCapture } from '../../store/removal.ts'
import { allowedTo, pathToken } from '../auth.ts'
import { cloudsharkBody, speak } from '../dialect.ts'
import { download } from '../download.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { infoOf } from '../info.ts'
import { captureHeaders } from '../links.ts'
import { ownCapture } from '../own-capture.ts'
import { receive } from '../upload.ts'
import { readAnnotations, writeAnnotation } from './annotations.ts'
import { merge } from './merge.ts'
import { open } from './open.ts'
import { search } from './search.ts'

/** Longest body of a POST that is no upload. Bytes. */
const MAX_JSON = 64 * 1024

/** What a refused method is answered with. RFC 9110 §15.5.6. */
const ALLOWED: Record<string, string> = {
  upload: 'POST, PUT',
  info: 'GET, HEAD',
  download: 'GET, HEAD',
  delete: 'POST',
  search: 'GET, HEAD, POST',
  open: 'GET, HEAD, POST',
  annotations: 'GET, HEAD, POST',
  merge: 'POST',
}

export const cloudshark = new Hono<Gateway>({ strict: false })
  .use('/:token/*', pathToken)
  .on(['POST', 'PUT'], '/:token/upload/:name?', allowedTo('upload'), async (c) => {
    const capture = await receive(c, null)
    const { id, filename } = capture
    return c.body(JSON.stringify({ filename, id }), 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      ...captureHeaders(c, id),
    }) // clients grep for id: last
  })
  .get('/:token/info/:id', allowedTo('read'), async (c) => {
    const capture = await ownCapture(c)
    const account = await c.var.store.accounts.find(c.var.principal.accountId)
    return c.json(infoOf(capture, account?.name ?? ''))
  })
  .get('/:token/download/:id', allowedTo('read'), async (c) => download(c, await ownCapture(c)))
  .post('/:token/delete/:id?', allowedTo('delete'), async (c) => {
    const id = c.req.param('id') ?? (await idInBody(c))
    if (!(await deleteCapture(c.var.store, id, c.var.principal, Date.now()))) throw new GatewayError('no-such-capture')
    return c.json({ id, message: 'Capture deleted successfully.', status: 200 })
  })
  .on(['GET', 'POST'], '/:token/search', allowedTo('read'), search)
  .on(['GET', 'POST'], '/:token/open', open)
  .get('/:token/annotations/:id', allowedTo('read'), readAnnotations)
  .post('/:token/annotations/:id', allowedTo('upload'), writeAnnotation)
  .post('/:token/merge', allowedTo('upload'), merge)
  .all('/:token/:method{upload|info|download|delete|search|open|annotations|merge}/*', (c) => {
    const allowed = ALLOWED[c.req.param('method')] ?? ''
    if (allowed.split(', ').includes(c.req.raw.method)) throw new GatewayError('no-such-route') // an id is missing, or too much is there
    c.header('Allow', allowed)
    throw new GatewayError('method-not-allowed')
  })
  .all('*', () => {
    throw new GatewayError('no-such-route') // mounting drops a sub-app's notFound, keeps its onError
  })
  .onError(speak(cloudsharkBody))

/** The `id` of a JSON or urlencoded body. @throws GatewayError `bad-option` */
async function idInBody(c: GatewayContext): Promise<string> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  const text = await textOf(body, MAX_JSON)
  if (text === null) {
    await body.discard()
    throw new GatewayError('bad-option', 'The body is too long for a request to delete.')
  }
  try {
    const id = (JSON.parse(text) as { id?: unknown } | null)?.id
    if (typeof id === 'string') return id
  } catch {
    const id = new URLSearchParams(text).get('id')
    if (id) return id
  }
  throw new GatewayError('bad-option', 'Say which capture to delete: …/delete/<id>, or a JSON body {"id":"<id>"}.')
}

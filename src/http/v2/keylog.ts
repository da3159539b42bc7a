/** The TLS key log of a capture: for its owner's bearer key alone. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { deleteKeylog, MAX_KEYLOG, readKeylog, replaceKeylog } from '../../ingest/keylog.ts'
import { pull } from '../../ingest/source.ts'
import type { Capture } from '../../store/captures.ts'
import { allowedTo, bearerKey } from '../auth.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'

export const keylog = new Hono<Gateway>({ strict: false })
  .use('/captures/:id/keylog', bearerKey)
  .get('/captures/:id/keylog', allowedTo('read'), async (c) => {
    const { keylogKey, id } = await ownCapture(c)
    if (keylogKey === null) throw new GatewayError('no-keylog')
    const { objects } = c.var.store
    const isHead = c.req.raw.method === 'HEAD'
    const object = isHead ? await objects.head(keylogKey) : await objects.get(keylogKey)
    if (object === null) throw new GatewayError('no-keylog') // replaced just now
    const headers = {
      'Content-Type': 'text/plain; charset=us-ascii',
      'Content-Disposition': `attachment; filename=${id}.keylog`,
      'Content-Length': String(object.size),
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'Cross-Origin-Resource-Policy': 'same-origin',
    }
    return new Response(isHead ? null : (object as R2ObjectBody).body, { headers })
  })
  .put('/captures/:id/keylog', allowedTo('upload'), async (c) => {
    const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
    const work = take(c, body).catch(async (error) => {
      await body.discard()
      throw error
    })
    c.executionCtx.waitUntil(work.catch(() => undefined)) // a sender who leaves does not end the cleaning up
    await work
    return c.body(null, 204)
  })
  .delete('/captures/:id/keylog', allowedTo('delete'), async (c) => {
    await deleteKeylog(c.var.store, await ownCapture(c))
    return c.body(null, 204)
  })
  .all('/captures/:id/keylog', (c) => {
    c.header('Allow', 'GET, HEAD, PUT, DELETE')
    throw new GatewayError('method-not-allowed')
  })

async function take(c: GatewayContext, body: ReturnType<typeof pull>): Promise<void> {
  const capture = await ownCapture(c)
  if (Number(c.req.header('content-length')) > MAX_KEYLOG)
    throw new GatewayError('bad-keylog', `The key log is longer than ${MAX_KEYLOG} bytes.`)
  const came = await readKeylog(body, capture.accountId)
  if (came === null) throw new GatewayError('bad-keylog', 'The key log is empty.')
  if (!(await replaceKeylog(c.var.store, capture, came))) throw new GatewayError('no-such-capture')
}

/** @throws GatewayError `no-such-capture`, also while it is still on its way in */
async function ownCapture(c: GatewayContext): Promise<Capture> {
  const capture = await c.var.store.captures.findOwn(c.req.param('id') ?? '', c.var.principal.accountId)
  if (!capture || capture.state === 'uploading') throw new GatewayError('no-such-capture')
  return capture
}

/** The TLS key log of a capture on the wire, for those who may have it. */

import { GatewayError } from '../errors.ts'
import { type CameKeylog, MAX_KEYLOG, replaceKeylog } from '../ingest/keylog.ts'
import type { Capture } from '../store/captures.ts'
import type { GatewayContext } from './gateway.ts'
import { INERT_UNLISTED } from './inert.ts'

/**
 * Answer with it. Streams, holds nothing.
 * @param disposition a `Content-Disposition`
 * @throws GatewayError `no-keylog`
 */
export async function keylogAnswer(c: GatewayContext, key: string | null, disposition: string): Promise<Response> {
  if (key === null) throw new GatewayError('no-keylog')
  const { objects } = c.var.store
  const isHead = c.req.raw.method === 'HEAD'
  const object = isHead ? await objects.head(key) : await objects.get(key)
  if (object === null) throw new GatewayError('no-keylog') // replaced just now
  const headers = {
    'Content-Type': 'text/plain; charset=us-ascii',
    'Content-Disposition': disposition,
    'Content-Length': String(object.size),
    'Cache-Control': 'no-store',
    ...INERT_UNLISTED,
  }
  return new Response(isHead ? null : (object as R2ObjectBody).body, { headers })
}

/**
 * Keep one that came, in place of the one that the capture has.
 * @param came `null`: it was empty
 * @throws GatewayError `bad-keylog`, `no-such-capture`, those of {@link replaceKeylog}
 */
export async function takeKeylog(c: GatewayContext, capture: Capture, came: CameKeylog | null): Promise<void> {
  if (came === null) throw new GatewayError('bad-keylog', 'The key log is empty.')
  if (!(await replaceKeylog(c.var.store, capture, came))) throw new GatewayError('no-such-capture')
}

/** @throws GatewayError `bad-keylog` of one that is announced to be too long */
export function seeLength(c: GatewayContext): void {
  if (Number(c.req.header('content-length')) > MAX_KEYLOG)
    throw new GatewayError('bad-keylog', `The key log is longer than ${MAX_KEYLOG} bytes.`)
}

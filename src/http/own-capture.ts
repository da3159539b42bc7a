/** The capture that a request names, if it is the caller's. */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import type { GatewayContext } from './gateway.ts'

/** The capture of `:id`, in any state but on its way out. @throws GatewayError `no-such-capture` */
export async function ownCapture(c: GatewayContext): Promise<Capture> {
  const capture = await c.var.store.captures.findOwn(c.req.param('id') ?? '', c.var.principal.accountId)
  if (!capture) throw new GatewayError('no-such-capture')
  return capture
}

/** Whether a form was sent by a page of this server. */
import { GatewayError } from '../errors.ts'
import type { GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'

/**
 * By what browsers say and pages cannot (Fetch Metadata; RFC 6454 §7). Who says neither is refused, too: scripts have other ways.
 * @throws GatewayError `other-site`
 */
export function seeSite(c: GatewayContext): void {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOwn = origin === originOf(c)
  // Where a page's referrer is withheld, so is its origin.
  const isSame =
    site === undefined ? isOwn : site === 'same-origin' && (isOwn || origin === undefined || origin === 'null')
  if (!isSame) throw new GatewayError('other-site')
}

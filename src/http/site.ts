/** Whose page sent a request, as browsers say it in headers that no page can set. */
import type { GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'

/**
 * Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), else `Origin` (RFC 6454 §7). `none`: no page did: an address that was typed, or
 * no browser at all.
 */
export function siteOf(c: GatewayContext): 'own' | 'none' | 'other' {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOwn = origin === undefined || origin === originOf(c)
  if (site === undefined) return origin === undefined ? 'none' : isOwn ? 'own' : 'other'
  if (!isOwn && origin !== 'null') return 'other' // `null` is what is left of it without a referrer
  if (site === 'same-origin') return 'own'
  return site === 'none' && origin === undefined ? 'none' : 'other'
}

/** Somebody follows a link, and sees where it leads. */
export const isFollowed = (c: GatewayContext): boolean =>
  ['GET', 'HEAD'].includes(c.req.raw.method) &&
  c.req.header('sec-fetch-mode') === 'navigate' &&
  c.req.header('sec-fetch-dest') === 'document'

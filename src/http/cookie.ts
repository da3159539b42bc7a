/** Cookies that this server gives: out of reach of scripts, and over TLS only where it is reached by it. RFC 6265bis. */
import type { GatewayContext } from './gateway.ts'

export const isSecure = (c: GatewayContext): boolean => new URL(c.req.url).protocol === 'https:'

/** With `__Host-` no other host and no plain connection can have set it (§4.1.3.2); for those with the path `/`. */
export const hostCookie = (c: GatewayContext, name: string): string => (isSecure(c) ? `__Host-${name}` : name)

/** A `Set-Cookie`. @param seconds that it lasts; 0 takes it away */
export const setCookie = (
  c: GatewayContext,
  cookie: { name: string; value: string; path: string; seconds: number; sameSite: 'Lax' | 'Strict' },
): string =>
  `${cookie.name}=${cookie.value}; Path=${cookie.path}; Max-Age=${cookie.seconds}; HttpOnly; SameSite=${cookie.sameSite}${isSecure(c) ? '; Secure' : ''}`

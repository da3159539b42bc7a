/** A visit to a shared capture: what one reader asks for within an hour of having opened it, known by a signed cookie. */
import { getCookie } from 'hono/cookie'
import { bytesOf, hexOf } from '../store/digest.ts'
import type { Share } from '../store/shares.ts'
import { setCookie } from './cookie.ts'
import type { GatewayContext } from './gateway.ts'

/** How long it lasts. Milliseconds. */
const LASTS = 3_600_000

const COOKIE = 'visit'
const encoder = new TextEncoder()

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

const keyOf = (share: Share) => crypto.subtle.importKey('raw', bytesOf(share.visitKey), HMAC, false, ['sign', 'verify'])

/** What is signed: nothing that another link's cookie, or a later time, could be taken for. */
const claimOf = (share: Share, until: number) => encoder.encode(`visit ${share.id} ${until}`)

/** Whether the caller has opened this link within the hour. Compared by the runtime, in constant time. */
export async function isVisiting(c: GatewayContext, share: Share, now: number): Promise<boolean> {
  const [, until = '', signature = ''] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(getCookie(c, COOKIE) ?? '') ?? []
  if (Number(until) <= now) return false
  return crypto.subtle.verify('HMAC', await keyOf(share), bytesOf(signature), claimOf(share, Number(until)))
}

/** The `Set-Cookie` that begins a visit: for this link alone, out of reach of scripts, not sent from other sites' forms. */
export async function visitCookie(c: GatewayContext, share: Share, now: number): Promise<string> {
  const until = now + LASTS
  const signed = await crypto.subtle.sign('HMAC', await keyOf(share), claimOf(share, until))
  const signature = hexOf(signed)
  const value = `${until}.${signature}`
  return setCookie(c, { name: COOKIE, value, path: `/s/${share.id}`, seconds: LASTS / 1000, sameSite: 'Lax' })
}

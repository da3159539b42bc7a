/** Who is signed in: a cookie that this server's own pages alone can use. docs/adr/0018. */
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '../errors.ts'
import type { Account } from '../store/accounts.ts'
import type { Deed } from '../store/audit.ts'
import { LONGEST_SESSION, type Proof, type Session, type Whence } from '../store/sessions.ts'
import type { Principal } from '../store/tokens.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { siteOf } from './site.ts'

/** Somebody who is signed in. */
export interface Person {
  account: Account
  session: Session
  /** Where the request came from. Empty where it is not known. */
  address: string
}

const SECRET = /^[0-9a-f]{64}$/
/** How long somebody who has just proved to be there need not do so again. Milliseconds. */
export const FRESH = 10 * 60_000

const isSecure = (c: GatewayContext) => new URL(c.req.url).protocol === 'https:'

/** `__Host-`: no other host and no plain connection can have set it (RFC 6265bis §4.1.3.2). */
const nameOf = (c: GatewayContext) => (isSecure(c) ? '__Host-session' : 'session')

const secretOf = (c: GatewayContext) => getCookie(c, nameOf(c)) ?? ''

/** Whether the request has the form of one by somebody who is signed in. */
export const hasSession = (c: GatewayContext): boolean => SECRET.test(secretOf(c))

/** Who is signed in; `null`: a stranger. Reads two rows, once a request, and none without a cookie. */
export async function personOf(c: GatewayContext): Promise<Person | null> {
  if (c.var.person !== undefined) return c.var.person
  if (!hasSession(c)) return null
  const found = await c.var.store.sessions.find(secretOf(c), Date.now())
  if (found === null) return null
  const person = { ...found, address: whenceOf(c).address }
  c.set('person', person)
  return person
}

/** Who reads a page, for its top line; `null`: a stranger. */
export async function readerOf(c: GatewayContext): Promise<{ name: string; isAdmin: boolean } | null> {
  const person = await personOf(c)
  return person && { name: person.account.name, isAdmin: person.account.role === 'admin' }
}

/** What the person may do by the APIs that their pages call: all with their own captures and keys. */
export function principalOfPerson({ account, session, address }: Person): Principal {
  return {
    accountId: account.id,
    tokenHash: session.hash,
    actor: account.name,
    address,
    permissions: new Set(['upload', 'read', 'delete', 'admin']),
    apiAllowed: true,
    defaultTags: [],
    defaultVisibility: null,
    login: null,
  }
}

/**
 * For pages of somebody's own: strangers are led to the sign-in and back. What changes something must come from a page of this server.
 * @throws GatewayError `other-site`, `not-signed-in` where it is no page that is asked for
 */
export const signedIn = createMiddleware<Gateway>(async (c, next) => {
  const isSafe = c.req.raw.method === 'GET' || c.req.raw.method === 'HEAD'
  if (!isSafe && siteOf(c) !== 'own') throw new GatewayError('other-site')
  const person = await personOf(c)
  if (person === null) {
    if (!isSafe) throw new GatewayError('not-signed-in')
    const { pathname, search } = new URL(c.req.url)
    return c.body(null, 303, { Location: `/sign-in?next=${encodeURIComponent(pathname + search)}` })
  }
  c.set('principal', principalOfPerson(person))
  await next()
})

/**
 * For the pages of admins. To all others, strangers too, they are not there. What changes something must come from a page of this server.
 * @throws GatewayError `no-such-route`, `other-site`
 */
export const adminsOnly = createMiddleware<Gateway>(async (c, next) => {
  const person = await personOf(c)
  if (person?.account.role !== 'admin') throw new GatewayError('no-such-route')
  const isSafe = c.req.raw.method === 'GET' || c.req.raw.method === 'HEAD'
  if (!isSafe && siteOf(c) !== 'own') throw new GatewayError('other-site')
  c.set('principal', principalOfPerson(person))
  await next()
})

/** Who reads a page behind {@link adminsOnly}. */
export const readingAdmin = (c: GatewayContext) => ({ name: c.var.person.account.name, isAdmin: true })

/** Whether the person has proved to be there within the last ten minutes. */
export const isFresh = ({ session }: Person, now: number): boolean => now - session.confirmedAt < FRESH

/** What was asked for is done when the person has proved to be there, and asks again on the page at `next`. */
export const confirmFirst = (c: GatewayContext, next: string): Response =>
  c.body(null, 303, { Location: `/account/confirm?next=${encodeURIComponent(next)}` })

/** Where a request comes from, as far as Cloudflare and the browser tell. */
export const whenceOf = (c: GatewayContext): Whence => ({
  userAgent: c.req.header('user-agent') ?? '',
  address: c.req.header('cf-connecting-ip') ?? '',
})

/**
 * Sign an account in, in this browser: always a new session, whatever cookie came along. The audit log has it before the cookie is given.
 * @returns the `Set-Cookie`
 * @throws GatewayError `unavailable`
 */
export async function signIn(c: GatewayContext, account: Pick<Account, 'id' | 'name'>, proof: Proof): Promise<string> {
  const { sessions, audit } = c.var.store
  const now = Date.now()
  const whence = whenceOf(c)
  await audit.write(deedOf(c, account, 'sign-in', proof.method), now)
  const before = await personOf(c)
  if (before) await sessions.end(before.account.id, before.session.id) // nothing in this browser could end it any more
  const lasts = Math.min(LONGEST_SESSION, (proof.until ?? Number.POSITIVE_INFINITY) - now)
  return cookie(c, await sessions.begin(account.id, proof, whence, now), lasts)
}

/** What somebody did to their own account, for the audit log. */
export const deedOf = (
  c: GatewayContext,
  account: Pick<Account, 'id' | 'name'>,
  action: Deed['action'],
  subject: string,
): Deed => ({ accountId: account.id, actor: account.name, action, subject, address: whenceOf(c).address })

/** The `Set-Cookie` that takes the session away. */
export const signedOut = (c: GatewayContext): string => cookie(c, '', 0)

/** `Lax`: a link from elsewhere opens a page of one's own, and no form from elsewhere does anything. */
function cookie(c: GatewayContext, secret: string, ms: number): string {
  const scope = `Path=/; Max-Age=${Math.floor(ms / 1000)}; HttpOnly; SameSite=Lax`
  return `${nameOf(c)}=${secret}; ${scope}${isSecure(c) ? '; Secure' : ''}`
}

/** Where the sign-in leads: a path of this server, whatever was asked for. */
export function nextOf(next: string | undefined): string {
  const isPath =
    next !== undefined && next.length <= 2000 && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\')
  return isPath ? next : '/my'
}

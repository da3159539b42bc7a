/** Who is signed in: a cookie that this server's own pages alone can use. docs/adr/0018. */
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '../errors.ts'
import type { Account } from '../store/accounts.ts'
import { type By, deedOf } from '../store/audit.ts'
import { isSecret, LONGEST_SESSION, type Proof, type Session, type Whence } from '../store/sessions.ts'
import type { Principal } from '../store/tokens.ts'
import { hostCookie, setCookie } from './cookie.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { siteOf } from './site.ts'

/** Somebody who is signed in. */
export interface Person {
  account: Account
  session: Session
}

/** How long somebody who has just proved to be there need not do so again. Milliseconds. */
export const FRESH = 10 * 60_000

const nameOf = (c: GatewayContext) => hostCookie(c, 'session')

const secretOf = (c: GatewayContext) => getCookie(c, nameOf(c)) ?? ''

/** Whether the request has the form of one by somebody who is signed in. */
export const hasSession = (c: GatewayContext): boolean => isSecret(secretOf(c))

/** Who is signed in; `null`: a stranger. Reads two rows, once a request, and none without a cookie. */
export function personOf(c: GatewayContext): Promise<Person | null> {
  const asked = c.var.asked ?? (hasSession(c) ? lookUp(c) : Promise.resolve(null))
  c.set('asked', asked)
  return asked
}

async function lookUp(c: GatewayContext): Promise<Person | null> {
  const person = await c.var.store.sessions.find(secretOf(c), Date.now())
  if (person) c.set('person', person)
  return person
}

/** Who reads a page where somebody is signed in, for its top line. */
export const readingPerson = (c: GatewayContext) => ({
  name: c.var.person.account.name,
  isAdmin: c.var.person.account.role === 'admin',
})

/** The same; `null`: a stranger. */
export const readerOf = async (c: GatewayContext) => ((await personOf(c)) ? readingPerson(c) : null)

/** An account, for the audit log, and where the request comes from. */
export const byOf = (c: GatewayContext, { id, name }: Pick<Account, 'id' | 'name'>): By => ({
  accountId: id,
  actor: name,
  address: whenceOf(c).address,
})

/** What the person may do by the APIs that their pages call: all with their own captures and keys. */
export function principalOfPerson(c: GatewayContext, { account, session }: Person): Principal {
  return {
    ...byOf(c, account),
    tokenHash: session.hash,
    permissions: new Set(['upload', 'read', 'delete', 'admin']),
    apiAllowed: true,
    defaultTags: [],
    defaultVisibility: null,
    login: null,
  }
}

/** Whether a request only looks. */
export const isSafe = ({ req }: GatewayContext): boolean => req.raw.method === 'GET' || req.raw.method === 'HEAD'

/** What changes something must come from a page of this server. @throws GatewayError `other-site` */
export function seeOwnSite(c: GatewayContext): void {
  if (siteOf(c) !== 'own') throw new GatewayError('other-site')
}

/**
 * For pages of somebody's own: strangers are led to the sign-in and back. What changes something must come from a page of this server.
 * @throws GatewayError `other-site`, `not-signed-in` where it is no page that is asked for
 */
export const signedIn = createMiddleware<Gateway>(async (c, next) => {
  if (!isSafe(c)) seeOwnSite(c)
  const person = await personOf(c)
  if (person === null) {
    if (!isSafe(c)) throw new GatewayError('not-signed-in')
    const { pathname, search } = new URL(c.req.url)
    return c.body(null, 303, { Location: `/sign-in?next=${encodeURIComponent(pathname + search)}` })
  }
  c.set('principal', principalOfPerson(c, person))
  await next()
})

/**
 * For the pages of admins. To all others, strangers too, they are not there. What changes something must come from a page of this server.
 * @throws GatewayError `no-such-route`, `other-site`
 */
export const adminsOnly = createMiddleware<Gateway>(async (c, next) => {
  const person = await personOf(c)
  if (person?.account.role !== 'admin') throw new GatewayError('no-such-route')
  if (!isSafe(c)) seeOwnSite(c)
  c.set('principal', principalOfPerson(c, person))
  await next()
})

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
  await audit.write(deedOf(byOf(c, account), 'sign-in', proof.method), now)
  const before = await personOf(c)
  if (before) await sessions.end(before.account.id, before.session.id) // nothing in this browser could end it any more
  const lasts = Math.min(LONGEST_SESSION, (proof.until ?? Number.POSITIVE_INFINITY) - now)
  return cookie(c, await sessions.begin(account.id, proof, whence, now), lasts)
}

/** The `Set-Cookie` that takes the session away. */
export const signedOut = (c: GatewayContext): string => cookie(c, '', 0)

/** `Lax`: a link from elsewhere opens a page of one's own, and no form from elsewhere does anything. */
const cookie = (c: GatewayContext, value: string, ms: number): string =>
  setCookie(c, { name: nameOf(c), value, path: '/', seconds: Math.floor(ms / 1000), sameSite: 'Lax' })

/** Where the sign-in leads: a path of this server, whatever was asked for. */
export function nextOf(next: string | undefined): string {
  const isPath =
    next !== undefined && next.length <= 2000 && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\')
  return isPath ? next : '/my'
}

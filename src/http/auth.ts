/** Who is asking: a token in the path, a bearer key, or somebody who is signed in. One key serves both APIs. */
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '../errors.ts'
import type { Permission } from '../store/schema.ts'
import type { Principal } from '../store/tokens.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { seeLogin } from './login.ts'
import { hasSession, isSafe, personOf, principalOfPerson, seeOwnSite, whenceOf } from './session.ts'
import { isFollowed, siteOf } from './site.ts'

/** 128 bits in hex. CloudShark says that case does not matter. */
const TOKEN = /^[0-9a-f]{32}$/i

/** What a token may do when it stands in a path, where logs and histories see it. */
const IN_A_PATH: ReadonlySet<Permission> = new Set(['upload', 'read', 'delete'])

async function principalOf(c: GatewayContext, token: string | undefined): Promise<Principal | null> {
  if (token === undefined || !TOKEN.test(token)) return null
  return c.var.store.tokens.principal(token.toLowerCase(), whenceOf(c).address, Date.now())
}

/**
 * The token of `/:token/…`, and the login beside it where it wants one.
 * @throws GatewayError `unknown-path-token`, `plan-without-api`, `other-site`, those of {@link seeLogin}
 */
export const pathToken = createMiddleware<Gateway>(async (c, next) => {
  const principal = await principalOf(c, c.req.param('token'))
  if (!principal) throw new GatewayError('unknown-path-token')
  const { login, tokenHash } = principal
  if (login !== null) {
    if (siteOf(c) === 'other' && !isFollowed(c)) throw new GatewayError('other-site') // browsers send a login along by themselves
    await seeLogin(login, tokenHash, c.req.header('authorization'), Date.now())
  }
  if (!principal.apiAllowed) throw new GatewayError('plan-without-api')
  c.set('principal', { ...principal, permissions: principal.permissions.intersection(IN_A_PATH) })
  await next()
})

/**
 * The key of `Authorization: Bearer …` (RFC 6750 §2.1). A token that wants a login is none: the login cannot stand beside it.
 * @throws GatewayError `no-token`, `unknown-key`, `key-with-login`, `plan-without-api`
 */
export const bearerKey = createMiddleware<Gateway>(async (c, next) => {
  const header = c.req.header('authorization')
  if (header === undefined) throw new GatewayError('no-token')
  const principal = await principalOf(c, bearerOf(header))
  if (!principal) throw new GatewayError('unknown-key')
  if (principal.login !== null) throw new GatewayError('key-with-login')
  if (!principal.apiAllowed) throw new GatewayError('plan-without-api')
  c.set('principal', principal)
  await next()
})

/**
 * A bearer key, or without one whoever is signed in, asked from a page of this very server: a session does what the pages do, in each plan.
 * @throws GatewayError those of {@link bearerKey}; `other-site`
 */
export const keyOrSession = createMiddleware<Gateway>(async (c, next) => {
  if (c.req.header('authorization') !== undefined || !hasSession(c)) return bearerKey(c, next)
  if (!isSafe(c)) seeOwnSite(c)
  else if (siteOf(c) === 'other') throw new GatewayError('other-site')
  const person = await personOf(c)
  if (person === null) throw new GatewayError('no-token')
  c.set('principal', principalOfPerson(c, person))
  await next()
})

/** Whose page it is, where that need not be told: the owner of a bearer key, or who is signed in. `null` for strangers. */
export async function visitor(c: GatewayContext): Promise<Principal | null> {
  const header = c.req.header('authorization')
  if (header === undefined) {
    const person = await personOf(c)
    return person && principalOfPerson(c, person)
  }
  const principal = await principalOf(c, bearerOf(header))
  return principal?.apiAllowed && principal.login === null && principal.permissions.has('read') ? principal : null
}

/** Asks for any of these permissions. @throws GatewayError `forbidden` */
export function demand(c: GatewayContext, ...permissions: [Permission, ...Permission[]]): void {
  if (permissions.some((permission) => c.var.principal.permissions.has(permission))) return
  const deeds = permissions.map((permission) => DEEDS[permission]).join(' or to ')
  throw new GatewayError('forbidden', `This API token does not have the permission to ${deeds}.`)
}

/** Asks for any of these permissions. @throws GatewayError `forbidden` */
export const allowedTo = (...permissions: [Permission, ...Permission[]]) =>
  createMiddleware<Gateway>(async (c, next) => {
    demand(c, ...permissions)
    await next()
  })

const DEEDS: Record<Permission, string> = {
  upload: 'upload',
  read: 'read',
  delete: 'delete',
  admin: 'manage keys and the account: that takes `admin`',
}

function bearerOf(header: string): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header)?.[1]
}

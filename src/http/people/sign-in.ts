/** Signing in and out. docs/adr/0018. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import type { Account } from '../../store/accounts.ts'
import { deedOf } from '../../store/audit.ts'
import { isSecret } from '../../store/sessions.ts'
import type { SignInLink } from '../../store/sign-in-links.ts'
import { ISLAND_HEADERS, PAGE_HEADERS } from '../../web/pages/headers.ts'
import { signInPage } from '../../web/pages/sign-in.tsx'
import { deadLinkPage, type Refused, signInLinkPage } from '../../web/pages/sign-in-link.tsx'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { byOf, nextOf, personOf, seeOwnSite, signedOut, signIn, whenceOf } from '../session.ts'
import { isFollowed, siteOf } from '../site.ts'
import { vouchedFor } from './access.ts'
import { countAttempt } from './attempts.ts'
import { obstacleOf } from './ceremony.ts'

export const signInRoutes = new Hono<Gateway>({ strict: false })
  .get('/sign-in', async (c) => {
    const next = nextOf(c.req.query('next'))
    if (await personOf(c)) return c.body(null, 303, { Location: next })
    const view = {
      next,
      hasSignedOut: c.req.query('done') === 'signed-out',
      obstacle: obstacleOf(c),
      byName: byNameOf(c),
      access: c.var.store.settings.access !== null,
    }
    return c.body(signInPage(view), 200, ISLAND_HEADERS)
  })
  .get('/sign-in/access', async (c) => {
    const { access } = c.var.store.settings
    if (access === null) throw new GatewayError('no-such-route')
    if (siteOf(c) === 'other' && !isFollowed(c)) throw new GatewayError('other-site') // Access leads here by a link
    const now = Date.now()
    countAttempt(c, now)
    const { email, until, at } = await vouchedFor(c, access, now)
    const { plan } = await c.var.store.serverSettings.read()
    const may = { admin: access.admins.includes(email), signUp: access.signup, plan }
    const account = await c.var.store.accounts.ofEmail(email, may, now)
    if (account === null) throw new GatewayError('no-account')
    await refuseSuspended(c, account, 'access')
    return c.body(null, 303, {
      Location: nextOf(c.req.query('next')),
      'Set-Cookie': await signIn(c, account, { method: 'access', until, at }),
    })
  })
  .get('/sign-in/:secret', async (c) => {
    const link = await linkOf(c)
    const told = link && (await toldOf(c, link))
    if (!told) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    return c.body(signInLinkPage({ path: pathOf(c), ...told }), 200, PAGE_HEADERS)
  })
  .post('/sign-in/:secret', async (c) => {
    seeOwnSite(c)
    const link = await linkOf(c)
    const told = link && (await toldOf(c, link))
    if (!told) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    let account: Account | null
    if (link.kind === 'invite') {
      const isGiven = told.name !== null
      const name = told.name ?? ((await fieldsIn(c)).get('name') ?? '').trim()
      const again = (refused: Refused) =>
        c.body(signInLinkPage({ path: pathOf(c), ...told, typed: name, refused }), 422, PAGE_HEADERS)
      if (!isGiven && !isName(name)) return again('not-a-name')
      try {
        account = await c.var.store.signInLinks.accept(
          c.req.param('secret'),
          name,
          (await c.var.store.serverSettings.read()).plan,
          whenceOf(c).address,
          Date.now(),
        )
      } catch (error) {
        if (error instanceof GatewayError && error.kind === 'name-taken') return again('name-taken')
        throw error
      }
    } else {
      const by = { actor: told.name ?? '', address: whenceOf(c).address }
      const used = await c.var.store.signInLinks.recover(c.req.param('secret'), by, Date.now())
      account = used && used.accountId !== null ? await c.var.store.accounts.find(used.accountId) : null
    }
    if (account === null || account.suspendedAt !== null) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    const Location = await afterLink(c, account)
    return c.body(null, 303, { Location, 'Set-Cookie': await signIn(c, account, { method: 'link' }) })
  })
  .post('/sign-out', async (c) => {
    seeOwnSite(c)
    const person = await personOf(c)
    if (person) {
      const { account, session } = person
      await c.var.store.sessions.end(account.id, session.id)
      await c.var.store.audit.note(deedOf(byOf(c, account), 'sign-out', ''), Date.now())
    }
    const gone = { 'Set-Cookie': signedOut(c), 'Clear-Site-Data': '"cache"' }
    return c.body(null, 303, { Location: '/sign-in?done=signed-out', ...gone })
  })

/** Whether an account may be called so: 1 to 100 characters that can be seen, on one line. */
const isName = (name: string) => name.length <= 100 && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name)

/** A person who proves to be one that may not come in is refused, and the log has it. @throws GatewayError `suspended` */
export async function refuseSuspended(c: GatewayContext, account: Account, how: string): Promise<void> {
  if (account.suspendedAt === null) return
  await c.var.store.audit.note(deedOf(byOf(c, account), 'sign-in-refused', `${how}: suspended`), Date.now())
  throw new GatewayError('suspended')
}

/** Of a link, with where its reader wanted to go. */
const pathOf = (c: GatewayContext) => c.req.path + nextIn(c)

/** `?next=` of a request, as far as it leads somewhere here; else empty. */
function nextIn(c: GatewayContext): string {
  const next = c.req.query('next')
  return next === undefined ? '' : `?next=${encodeURIComponent(nextOf(next))}`
}

/** Where a link leads: to adding a passkey where the account has none, which leads on to where its reader wanted to go. */
async function afterLink(c: GatewayContext, account: Account): Promise<string> {
  const passkeys = await c.var.store.passkeys.list(account.id)
  return passkeys.length === 0 ? `/account/passkey${nextIn(c)}` : nextOf(c.req.query('next'))
}

/** The link that was followed, if it still opens something. */
function linkOf(c: GatewayContext) {
  const secret = c.req.param('secret') ?? ''
  return isSecret(secret) ? c.var.store.signInLinks.find(secret, Date.now()) : null
}

/** Whom a link signs in: by which name, unless who comes chooses it. `null`: nobody. */
async function toldOf(c: GatewayContext, link: SignInLink): Promise<{ isNew: boolean; name: string | null } | null> {
  const { accounts } = c.var.store
  if (link.kind === 'invite') {
    const isTaken = link.name !== null && (await accounts.named(link.name)) !== null
    return { isNew: true, name: isTaken ? null : link.name }
  }
  const account = link.accountId === null ? null : await accounts.find(link.accountId)
  return account && account.suspendedAt === null ? { isNew: false, name: account.name } : null
}

/** The same page by the name of this machine; `null`: it was not asked for by the machine's own address. */
function byNameOf(c: GatewayContext): string | null {
  const url = new URL(c.req.url)
  if (!/^127\.[\d.]+$|^\[::1\]$/.test(url.hostname)) return null
  url.hostname = 'localhost'
  return url.href
}

/** Signing in and out. docs/adr/0018. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import { signInPage } from '../../web/pages/sign-in.tsx'
import { deadLinkPage, signInLinkPage } from '../../web/pages/sign-in-link.tsx'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { nextOf, personOf, signedOut, signIn, whenceOf } from '../session.ts'
import { siteOf } from '../site.ts'

const SECRET = /^[0-9a-f]{64}$/

export const signInRoutes = new Hono<Gateway>({ strict: false })
  .get('/sign-in', async (c) => {
    const next = nextOf(c.req.query('next'))
    if (await personOf(c)) return c.body(null, 303, { Location: next })
    return c.body(signInPage({ next, hasSignedOut: c.req.query('done') === 'signed-out' }), 200, PAGE_HEADERS)
  })
  .get('/sign-in/:secret', async (c) => {
    const link = await linkOf(c)
    const account = link && link.accountId !== null ? await c.var.store.accounts.find(link.accountId) : null
    if (account === null || account.suspendedAt !== null) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    return c.body(signInLinkPage({ path: c.req.path, name: account.name }), 200, PAGE_HEADERS)
  })
  .post('/sign-in/:secret', async (c) => {
    if (siteOf(c) !== 'own') throw new GatewayError('other-site')
    if ((await linkOf(c)) === null) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    const used = await c.var.store.signInLinks.use(c.req.param('secret'), Date.now())
    const account = used && used.accountId !== null ? await c.var.store.accounts.find(used.accountId) : null
    if (account === null || account.suspendedAt !== null) return c.body(deadLinkPage(), 410, PAGE_HEADERS)
    return c.body(null, 303, { Location: '/my', 'Set-Cookie': await signIn(c, account, 'link') })
  })
  .post('/sign-out', async (c) => {
    if (siteOf(c) !== 'own') throw new GatewayError('other-site')
    const person = await personOf(c)
    if (person) {
      const { account, session } = person
      const { sessions, audit } = c.var.store
      await sessions.end(account.id, session.id)
      const { address } = whenceOf(c)
      await audit.note(
        { accountId: account.id, actor: account.name, action: 'sign-out', subject: '', address },
        Date.now(),
      )
    }
    const gone = { 'Set-Cookie': signedOut(c), 'Clear-Site-Data': '"cache"' }
    return c.body(null, 303, { Location: '/sign-in?done=signed-out', ...gone })
  })

/** The link that was followed, if it still opens something. */
function linkOf(c: GatewayContext) {
  const secret = c.req.param('secret') ?? ''
  return SECRET.test(secret) ? c.var.store.signInLinks.find(secret, Date.now()) : null
}

/** Accounts as admins see and change them. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { ACCOUNT_SORTS, type Account, type AccountSort } from '../../store/accounts.ts'
import { type AccountView, adminAccountPage } from '../../web/pages/admin-account.tsx'
import { adminAccountsPage } from '../../web/pages/admin-accounts.tsx'
import { adminLinkPage } from '../../web/pages/admin-invites.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { originOf } from '../links.ts'
import { confirmFirst, isFresh, readingPerson } from '../session.ts'
import { planFrom, typedPlan } from './typed-plan.ts'

/** Rows of a page. */
const SHOWN = 50
/** Lines of the audit log on the page of an account. */
const LINES = 10
/** How long a recovery link can be used. Milliseconds. */
const RECOVERY = 86_400_000

const isSort = (text: string): text is AccountSort => (ACCOUNT_SORTS as readonly string[]).includes(text)

export const accountRoutes = new Hono<Gateway>({ strict: false })
  .get('/admin/accounts', async (c) => {
    const { accounts } = c.var.store
    const search = c.req.query('q')?.trim().slice(0, 100) ?? ''
    const asked = c.req.query('sort') ?? ''
    const sort = isSort(asked) ? asked : 'name'
    const after = await known(c, c.req.query('after'))
    const found = await accounts.page(search, sort, after, SHOWN + 1)
    const shown = found.slice(0, SHOWN)
    const next = found.length > SHOWN ? (shown.at(-1)?.id ?? null) : null
    const view = { reader: readingPerson(c), accounts: shown, search, sort, isFirst: after === null, next }
    return c.body(adminAccountsPage(view), 200, PAGE_HEADERS)
  })
  .get('/admin/accounts/:id', async (c) => {
    const done = c.req.query('done')
    const isDone = done === 'plan' || done === 'identity' || done === 'suspended' || done === 'restored'
    return show(c, await asked(c), isDone ? { done } : {})
  })
  .post('/admin/accounts/:id/plan', async (c) => {
    const account = await asked(c)
    const typed = typedPlan(await fieldsIn(c))
    const read = planFrom(typed)
    if ('wrong' in read) return show(c, account, { plan: { typed, wrong: read.wrong } }, 422)
    await c.var.store.accounts.change(account.id, read.plan, c.var.principal, Date.now())
    return done(c, account, 'plan')
  })
  .post('/admin/accounts/:id/identity', async (c) => {
    const account = await asked(c)
    const form = await fieldsIn(c)
    if (!isFresh(c.var.person, Date.now())) return confirmFirst(c, `/admin/accounts/${account.id}`)
    const role = form.get('role') === 'admin' ? 'admin' : 'member'
    const email = (form.get('email') ?? '').trim().toLowerCase()
    if (isOwn(c, account) && role !== account.role) return show(c, account, { refused: 'ownAccount' }, 403)
    const identity = { role, email: email.slice(0, 254) }
    if (email !== '' && !/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(email))
      return show(c, account, { identity: { ...identity, wrong: 'badEmail' } }, 422)
    const changes = { role, email: email === '' ? null : email } as const
    if (await c.var.store.accounts.change(account.id, changes, c.var.principal, Date.now()))
      return done(c, account, 'identity')
    const isTaken = changes.email !== null && (await c.var.store.accounts.hasEmail(changes.email, account.id))
    if (!isTaken) return show(c, account, { refused: 'lastAdmin' }, 403)
    return show(c, account, { identity: { ...identity, wrong: 'emailTaken' } }, 422)
  })
  .post('/admin/accounts/:id/suspend', async (c) => {
    const account = await asked(c)
    if (isOwn(c, account)) return show(c, account, { refused: 'ownAccount' }, 403)
    const suspended = await c.var.store.accounts.suspend(account.id, c.var.principal, Date.now())
    if (suspended === null && account.suspendedAt === null) return show(c, account, { refused: 'lastAdmin' }, 403)
    return done(c, account, 'suspended')
  })
  .post('/admin/accounts/:id/restore', async (c) => {
    const account = await asked(c)
    await c.var.store.accounts.restore(account.id, c.var.principal, Date.now())
    return done(c, account, 'restored')
  })
  .post('/admin/accounts/:id/recovery', async (c) => {
    const { id, name, role } = await asked(c)
    const { principal, store } = c.var
    const now = Date.now()
    if (!isFresh(c.var.person, now)) return confirmFirst(c, `/admin/accounts/${id}`)
    const expiresAt = now + RECOVERY
    const link = {
      kind: 'recovery',
      accountId: id,
      name: null,
      role,
      plan: {},
      madeBy: principal.actor,
      expiresAt,
    } as const
    const deed = { ...principal, accountId: id, action: 'recovery-made', subject: '' } as const
    const secret = await store.signInLinks.make(link, now, deed)
    const view = {
      reader: readingPerson(c),
      at: '/admin/accounts',
      link: `${originOf(c)}/sign-in/${secret}`,
      recovers: name,
      expiresAt,
      back: `/admin/accounts/${id}`,
    } as const
    return c.body(adminLinkPage(view), 200, PAGE_HEADERS)
  })

const isOwn = (c: GatewayContext, { id }: Account): boolean => id === c.var.person.account.id

async function known(c: GatewayContext, id: string | undefined): Promise<Account | null> {
  return /^\d{1,15}$/.test(id ?? '') ? c.var.store.accounts.find(Number(id)) : null
}

/** The account of `:id`. @throws GatewayError `no-such-route` */
async function asked(c: GatewayContext): Promise<Account> {
  const account = await known(c, c.req.param('id'))
  if (account === null) throw new GatewayError('no-such-route')
  return account
}

const done = (c: GatewayContext, { id }: Account, what: NonNullable<AccountView['done']>): Response =>
  c.body(null, 303, { Location: `/admin/accounts/${id}?done=${what}` })

/** The page of an account. */
async function show(
  c: GatewayContext,
  account: Account,
  more: Partial<AccountView>,
  status: 200 | 403 | 422 = 200,
): Promise<Response> {
  const { accounts, audit } = c.var.store
  const [openers, lines] = await Promise.all([
    accounts.openers(account.id, Date.now()),
    audit.list(account.id, null, null, LINES),
  ])
  const view = {
    reader: readingPerson(c),
    account,
    openers,
    lines: lines.map((line) => ({ ...line, account: account.name })),
    isOwn: isOwn(c, account),
    ...more,
  }
  return c.body(adminAccountPage(view), status, PAGE_HEADERS)
}

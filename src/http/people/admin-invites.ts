/** Invites as admins make and withdraw them. */
import { Hono } from 'hono'
import type { ServerSettings } from '../../store/settings.ts'
import { adminInvitesPage, adminLinkPage, INVITE_DAYS, type TypedInvite } from '../../web/pages/admin-invites.tsx'
import { typedOf, type Wrong } from '../../web/pages/admin-plan.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { originOf } from '../links.ts'
import { confirmFirst, isFresh, readingPerson } from '../session.ts'
import { planFrom, typedPlan } from './typed-plan.ts'

const DAY = 86_400_000

export const inviteRoutes = new Hono<Gateway>({ strict: false })
  .get('/admin/invites', async (c) => {
    const done = c.req.query('done')
    const typed = freshFrom(await c.var.store.serverSettings.read())
    return show(c, { typed, done: done === 'withdrawn' || done === 'gone' ? done : undefined })
  })
  .post('/admin/invites', async (c) => {
    const { principal, store } = c.var
    const form = await fieldsIn(c)
    const name = form.get('name') ?? ''
    const typed = { ...typedPlan(form), name, role: form.get('role') ?? '', days: form.get('days') ?? '' }
    const days = INVITE_DAYS.find((each) => String(each) === typed.days)
    const role = typed.role === 'admin' || typed.role === 'member' ? typed.role : null
    const isName = name.trim() === name && name.length <= 100
    const isTaken = name !== '' && isName && (await store.accounts.named(name)) !== null
    const read = planFrom(typed)
    if (days === undefined || role === null || !isName || isTaken || 'wrong' in read) {
      const wrong: Wrong<keyof TypedInvite> = {
        ...('wrong' in read ? read.wrong : {}),
        ...(isName ? (isTaken ? { name: 'nameTaken' } : {}) : { name: 'name' }),
        ...(role === null ? { role: 'choice' } : {}),
        ...(days === undefined ? { days: 'choice' } : {}),
      }
      return show(c, { typed, wrong }, 422)
    }
    const { defaultVisibility: _, ...plan } = read.plan
    const now = Date.now()
    if (!isFresh(c.var.person, now)) return confirmFirst(c, '/admin/invites')
    const expiresAt = now + days * DAY
    const named = name === '' ? null : name
    const link = {
      kind: 'invite',
      accountId: null,
      name: named,
      role,
      plan,
      madeBy: principal.actor,
      expiresAt,
    } as const
    const deed = {
      ...principal,
      accountId: 0,
      action: 'invite-made',
      subject: `${named ?? 'anybody'}, ${role}`,
    } as const
    const secret = await store.signInLinks.make(link, now, deed)
    const view = {
      reader: readingPerson(c),
      at: '/admin/invites',
      link: `${originOf(c)}/sign-in/${secret}`,
      recovers: null,
      expiresAt,
      back: '/admin/invites',
    } as const
    return c.body(adminLinkPage(view), 200, PAGE_HEADERS)
  })
  .post('/admin/invites/:id/withdraw', async (c) => {
    const wasThere = await c.var.store.signInLinks.revoke(c.req.param('id'), c.var.principal, Date.now())
    return c.body(null, 303, { Location: `/admin/invites?done=${wasThere ? 'withdrawn' : 'gone'}` })
  })

/** The form before anything is typed. */
const freshFrom = ({ plan }: ServerSettings): TypedInvite => ({ ...typedOf(plan), name: '', role: 'member', days: '7' })

async function show(
  c: GatewayContext,
  about: Pick<Parameters<typeof adminInvitesPage>[0], 'typed' | 'wrong' | 'done'>,
  status: 200 | 422 = 200,
): Promise<Response> {
  const { accounts, signInLinks } = c.var.store
  const links = await signInLinks.list(Date.now())
  const names = await accounts.names(links.flatMap(({ accountId }) => accountId ?? []))
  const shown = links.map((link) => ({ ...link, account: names.get(link.accountId ?? 0) ?? null }))
  return c.body(adminInvitesPage({ reader: readingPerson(c), links: shown, ...about }), status, PAGE_HEADERS)
}

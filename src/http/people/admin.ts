/** `/admin`: for admins alone, to all others not there. docs/adr/0023. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { adminOverviewPage } from '../../web/pages/admin-overview.tsx'
import { adminQuarantinePage } from '../../web/pages/admin-quarantine.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway } from '../gateway.ts'
import { adminsOnly, readingPerson } from '../session.ts'
import { accountRoutes } from './admin-accounts.ts'
import { auditRoutes } from './admin-audit.ts'
import { inviteRoutes } from './admin-invites.ts'
import { parseRoutes } from './admin-parses.ts'
import { settingsRoutes } from './admin-settings.ts'

/** Rows of a page. */
const SHOWN = 50

export const adminRoutes = new Hono<Gateway>({ strict: false })
  .use('/admin/*', adminsOnly)
  .get('/admin', async (c) => {
    const overview = await c.var.store.overview()
    return c.body(adminOverviewPage({ reader: readingPerson(c), overview }), 200, PAGE_HEADERS)
  })
  .get('/admin/quarantine', async (c) => {
    const after = c.req.query('after')?.slice(0, 1024) ?? ''
    const found = await c.var.store.quarantine.list(after, SHOWN + 1)
    const objects = found.slice(0, SHOWN)
    const pages = {
      first: after === '' ? null : '/admin/quarantine',
      next:
        found.length > SHOWN ? `/admin/quarantine?after=${encodeURIComponent(objects.at(-1)?.objectKey ?? '')}` : null,
    }
    return c.body(adminQuarantinePage({ reader: readingPerson(c), objects, pages }), 200, PAGE_HEADERS)
  })
  .route('/', accountRoutes)
  .route('/', inviteRoutes)
  .route('/', auditRoutes)
  .route('/', parseRoutes)
  .route('/', settingsRoutes)
  .all('/admin/*', () => {
    throw new GatewayError('no-such-route')
  })

/** `/upload`: the page that uploads, and its forms. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { ISLAND_HEADERS } from '../../web/pages/headers.ts'
import { uploadPage } from '../../web/pages/upload.tsx'
import type { Gateway } from '../gateway.ts'
import { captureHeaders } from '../links.ts'
import { readerOf, signedIn } from '../session.ts'
import { receive } from '../upload.ts'

export const uploadRoutes = new Hono<Gateway>({ strict: false })
  .use('/upload', signedIn)
  .get('/upload', async (c) => {
    const reader = await readerOf(c)
    if (reader === null) throw new GatewayError('not-signed-in')
    const fetches = c.var.store.settings.fetch !== null
    return c.body(uploadPage({ reader, plan: c.var.person.account, fetches }), 200, ISLAND_HEADERS)
  })
  .post('/upload', async (c) => {
    const { id } = await receive(c, null)
    return c.body(null, 303, captureHeaders(c, id))
  })

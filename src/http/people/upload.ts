/** `/upload`: the page that uploads, and its forms. */
import { Hono } from 'hono'
import { ISLAND_HEADERS } from '../../web/pages/headers.ts'
import { uploadPage } from '../../web/pages/upload.tsx'
import type { Gateway } from '../gateway.ts'
import { captureHeaders } from '../links.ts'
import { readingPerson, signedIn } from '../session.ts'
import { receive } from '../upload.ts'

export const uploadRoutes = new Hono<Gateway>({ strict: false })
  .use('/upload', signedIn)
  .get('/upload', async (c) => {
    const fetches = c.var.store.settings.fetch !== null
    return c.body(uploadPage({ reader: readingPerson(c), plan: c.var.person.account, fetches }), 200, ISLAND_HEADERS)
  })
  .post('/upload', async (c) => {
    const { id } = await receive(c, null)
    return c.body(null, 303, captureHeaders(c, id))
  })

/** The pages, and the bytes behind their download links. */
import { Hono } from 'hono'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { capturePage } from '../web/pages/capture.tsx'
import { ISLAND_HEADERS, PAGE_HEADERS } from '../web/pages/headers.ts'
import { homePage, LATEST } from '../web/pages/home.tsx'
import { landingPage } from '../web/pages/landing.tsx'
import { NOTES_SHOWN } from '../web/pages/notes.tsx'
import { keyOrSession, visitor } from './auth.ts'
import { download } from './download.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'
import { pageFaults } from './page-faults.ts'
import { pageSlice } from './page-slice.ts'
import { readerOf } from './session.ts'
import { tableFile } from './table-files.ts'
import { trafficOf } from './traffic.ts'
import { askView, makeView } from './view.ts'

type Summary = NonNullable<Parameters<typeof capturePage>[0]['summary']>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Methods of `/view`. */
const ASKED_BY = ['GET', 'HEAD', 'POST']

export const pages = new Hono<Gateway>({ strict: false })
  .get('/', async (c) => {
    const reader = await readerOf(c)
    if (reader === null) return c.body(landingPage({ origin: originOf(c) }), 200, PAGE_HEADERS)
    const captures = await c.var.store.captures.list(c.var.person.account.id, null, LATEST)
    return c.body(homePage({ reader, captures, most: c.var.person.account.maxFileSize }), 200, ISLAND_HEADERS)
  })
  .get('/captures/:id', async (c) => {
    const capture = await visibleCapture(c)
    const { annotations, captures, objects } = c.var.store
    const now = new Date()
    const path = `/captures/${capture.id}`
    const isOwn = (await visitor(c))?.accountId === capture.accountId
    const [summary, notes, traffic] = await Promise.all([
      capture.summaryKey === null ? null : objects.json<Summary>(capture.summaryKey),
      annotations.first(capture.id, NOTES_SHOWN + 1),
      trafficOf(c, capture, { path, packets: `${path}/packets`, slices: `${path}/slice`, isOwn }),
    ])
    const parsed = capture.state === 'ok' || capture.state === 'error' // before that the page fetches itself
    if (c.req.raw.method !== 'HEAD' && parsed)
      c.executionCtx.waitUntil(captures.viewed(capture.id, now.getTime()).catch(() => undefined))
    return c.body(
      capturePage({ capture, summary, origin: originOf(c), now, notes, traffic, reader: await readerOf(c) }),
      200,
      ISLAND_HEADERS,
    )
  })
  .get('/captures/:id/download', async (c) => download(c, await visibleCapture(c)))
  .get('/captures/:id/tables/:file', async (c) => tableFile(c, await visibleCapture(c), c.req.param('file')))
  .get('/captures/:id/slice', async (c) => pageSlice(c, await visibleCapture(c)))
  .use('/view', async (c, next) => {
    if (ASKED_BY.includes(c.req.raw.method)) return keyOrSession(c, next)
    c.header('Allow', ASKED_BY.join(', '))
    throw new GatewayError('method-not-allowed')
  })
  .get('/view', askView)
  .post('/view', makeView)
  .all('*', () => {
    throw new GatewayError('no-such-route')
  })
  .onError(pageFaults)

/** The capture of this link, if this visitor may see it: a private one is as absent to strangers as one that never was. */
async function visibleCapture(c: GatewayContext): Promise<Capture> {
  const id = c.req.param('id') ?? ''
  if (!UUID.test(id)) throw new GatewayError('no-such-capture')
  const { captures } = c.var.store
  const owner = await visitor(c)
  const capture = (owner && (await captures.findOwn(id, owner.accountId))) ?? (await captures.findUnlisted(id))
  if (!capture) throw new GatewayError('no-such-capture')
  return capture
}

/** The pages, and the bytes behind their download links. */
import { Hono } from 'hono'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { ISLAND_HEADERS, PAGE_HEADERS } from '../web/pages/headers.ts'
import { homePage, LATEST } from '../web/pages/home.tsx'
import { landingPage } from '../web/pages/landing.tsx'
import { trashedPage } from '../web/pages/trashed.tsx'
import { keyOrSession, visitor } from './auth.ts'
import { pageOf } from './capture-page.ts'
import { download } from './download.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'
import { pageFaults } from './page-faults.ts'
import { pageSlice } from './page-slice.ts'
import { personOf, readerOf } from './session.ts'
import { tableFile } from './table-files.ts'
import { askView, makeView } from './view.ts'

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
    const capture = await visibleCapture(c).catch(
      async (error: unknown) => (await ownTrashed(c)) ?? Promise.reject(error),
    )
    if (capture.state === 'trashed') {
      const reader = await readerOf(c)
      return c.body(trashedPage({ capture, reader }), 200, PAGE_HEADERS)
    }
    const { page, isOwn } = await pageOf(c, capture)
    const parsed = capture.state === 'ok' || capture.state === 'error' // before that the page fetches itself
    if (c.req.raw.method !== 'HEAD' && parsed && !isOwn)
      c.executionCtx.waitUntil(c.var.store.captures.viewed(capture.id, Date.now()).catch(() => undefined))
    return c.body(page, 200, ISLAND_HEADERS)
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

/** The capture of this link, where whoever is signed in has it in the trash. */
async function ownTrashed(c: GatewayContext): Promise<Capture | null> {
  const person = c.req.header('authorization') === undefined ? await personOf(c) : null
  return person && c.var.store.trash.find(c.req.param('id') ?? '', person.account.id)
}

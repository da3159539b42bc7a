/** The pages, and the bytes behind their download links. */
import { Hono } from 'hono'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { ISLAND_HEADERS, PACKETS_HEADERS, PAGE_HEADERS } from '../web/pages/headers.ts'
import { homePage, LATEST } from '../web/pages/home.tsx'
import { landingPage } from '../web/pages/landing.tsx'
import { NOTES_SHOWN } from '../web/pages/notes.tsx'
import { packetsPage } from '../web/pages/packets.tsx'
import { trashedPage } from '../web/pages/trashed.tsx'
import { keyOrSession, visitor } from './auth.ts'
import { isOwners, pageOf } from './capture-page.ts'
import { headersOf, problemBody, statusOf } from './dialect.ts'
import { download } from './download.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { CAPTURE_ID, originOf } from './links.ts'
import { pageFaults } from './page-faults.ts'
import { personOf, readerOf } from './session.ts'
import { sliceAnswer } from './slice.ts'
import { tableFile } from './table-files.ts'
import { selectionOf } from './v2/selection.ts'
import { askView, makeView } from './view.ts'
import { commentsIn, conversationsOf, hasPackets, isComing, profilesFor, viewerAssets, wholeView } from './viewer.ts'

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
    const capture = await visible(c)
      .then(({ capture }) => capture)
      .catch(async (error: unknown) => (await ownTrashed(c)) ?? Promise.reject(error))
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
  .get('/captures/:id/download', async (c) => download(c, (await visible(c)).capture))
  .get('/captures/:id/tables/:file', async (c) => tableFile(c, (await visible(c)).capture, c.req.param('file')))
  .get('/captures/:id/packets', async (c) => {
    const assets = await viewerAssets(c)
    const { capture, isOwn } = await visible(c)
    const path = `/captures/${capture.id}`
    if (isComing(capture)) return c.body((await pageOf(c, capture, null, true)).page, 200, ISLAND_HEADERS)
    if (!hasPackets(capture)) return c.redirect(path, 303)
    const keylog = isOwn && capture.keylogKey !== null ? `/api/v2${path}/keylog` : null
    const [notes, comments, reader, isMine] = await Promise.all([
      c.var.store.annotations.first(capture.id, NOTES_SHOWN + 1),
      commentsIn(c, capture),
      readerOf(c),
      isOwners(c, capture),
    ])
    const view = {
      ...wholeView(capture, path, keylog, notes),
      annotations: isOwn && reader !== null ? `/api/v2${path}/annotations` : null,
      comments,
      profiles: profilesFor(c, reader),
      conversations: isMine ? conversationsOf(capture) : null,
    }
    return c.body(packetsPage(view, assets, reader), 200, PACKETS_HEADERS)
  })
  .get('/captures/:id/slice', async (c) => {
    const { capture } = await visible(c)
    const selection = selectionOf({ from: c.req.query('from'), to: c.req.query('to') })
    // with the secrets that the file has: whoever sees this has its download, too
    return sliceAnswer(c, capture, selection, { secrets: true }, { 'Cache-Control': 'private, no-store' })
  })
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
  .onError((error, c) => {
    if (!(error instanceof GatewayError) || !c.req.path.endsWith('/slice')) return pageFaults(error, c)
    return c.json(problemBody(error.kind, error.message), statusOf(error.kind), {
      ...headersOf(error.kind),
      'Content-Type': 'application/problem+json',
    })
  })

/** The capture of this link, if this visitor may see it: a private one is as absent to strangers as one that never was. */
async function visible(c: GatewayContext): Promise<{ capture: Capture; isOwn: boolean }> {
  const id = c.req.param('id') ?? ''
  if (!CAPTURE_ID.test(id)) throw new GatewayError('no-such-capture')
  const { captures } = c.var.store
  const owner = await visitor(c)
  const own = owner && (await captures.findOwn(id, owner.accountId))
  const capture = own ?? (await captures.findUnlisted(id))
  if (!capture) throw new GatewayError('no-such-capture')
  return { capture, isOwn: own !== null }
}

/** The capture of this link, where whoever is signed in has it in the trash. */
async function ownTrashed(c: GatewayContext): Promise<Capture | null> {
  const person = c.req.header('authorization') === undefined ? await personOf(c) : null
  return person && c.var.store.trash.find(c.req.param('id') ?? '', person.account.id)
}

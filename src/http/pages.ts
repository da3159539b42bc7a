/** The pages, and the bytes behind their download links. */
import { Hono } from 'hono'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { capturePage } from '../web/pages/capture.tsx'
import { errorPage } from '../web/pages/error.tsx'
import { PACKETS_HEADERS, PAGE_HEADERS } from '../web/pages/headers.ts'
import { landingPage } from '../web/pages/landing.tsx'
import { notFoundPage } from '../web/pages/not-found.tsx'
import { NOTES_SHOWN } from '../web/pages/notes.tsx'
import { packetsPage } from '../web/pages/packets.tsx'
import { bearerKey, visitor } from './auth.ts'
import { headersOf, problemBody, statusOf } from './dialect.ts'
import { download } from './download.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'
import { sliceAnswer } from './slice.ts'
import { selectionOf } from './v2/selection.ts'
import { askView, makeView } from './view.ts'
import { hasPackets, viewerAssets, wholeView } from './viewer.ts'

type Summary = NonNullable<Parameters<typeof capturePage>[0]['summary']>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Methods of `/view`. */
const ASKED_BY = ['GET', 'HEAD', 'POST']

export const pages = new Hono<Gateway>({ strict: false })
  .get('/', (c) => c.body(landingPage({ origin: originOf(c) }), 200, PAGE_HEADERS))
  .get('/captures/:id', async (c) => {
    const { capture } = await visible(c)
    const { annotations, captures, objects, viewer } = c.var.store
    const now = new Date()
    const [summary, notes, assets] = await Promise.all([
      capture.summaryKey === null ? null : objects.json<Summary>(capture.summaryKey),
      annotations.first(capture.id, NOTES_SHOWN + 1),
      viewer.assets(),
    ])
    const view = { capture, summary, origin: originOf(c), now, notes, viewer: hasPackets(capture) ? assets : null }
    const parsed = capture.state === 'ok' || capture.state === 'error' // before that the page fetches itself
    if (c.req.raw.method !== 'HEAD' && parsed)
      c.executionCtx.waitUntil(captures.viewed(capture.id, now.getTime()).catch(() => undefined))
    return c.body(capturePage(view), 200, PAGE_HEADERS)
  })
  .get('/captures/:id/download', async (c) => download(c, (await visible(c)).capture))
  .get('/captures/:id/packets', async (c) => {
    const assets = await viewerAssets(c)
    const { capture, isOwn } = await visible(c)
    const path = `/captures/${capture.id}`
    if (!hasPackets(capture)) return c.redirect(path, 303)
    const keylog = isOwn && capture.keylogKey !== null ? `/api/v2${path}/keylog` : null
    const notes = await c.var.store.annotations.first(capture.id, NOTES_SHOWN + 1)
    return c.body(packetsPage(wholeView(capture, path, keylog, notes), assets), 200, PACKETS_HEADERS)
  })
  .get('/captures/:id/slice', async (c) => {
    const { capture } = await visible(c)
    const selection = selectionOf({ from: c.req.query('from'), to: c.req.query('to') })
    // with the secrets that the file has: whoever sees this has its download, too
    return sliceAnswer(c, capture, selection, { secrets: true }, { 'Cache-Control': 'private, no-store' })
  })
  .use('/view', async (c, next) => {
    if (ASKED_BY.includes(c.req.raw.method)) return bearerKey(c, next)
    c.header('Allow', ASKED_BY.join(', '))
    throw new GatewayError('method-not-allowed')
  })
  .get('/view', askView)
  .post('/view', makeView)
  .all('*', () => {
    throw new GatewayError('no-such-route')
  })
  .onError((error, c) => {
    const fault = error instanceof GatewayError ? error : new GatewayError('internal')
    if (fault !== error) console.error(error.stack ?? error.message)
    if (c.req.path.endsWith('/slice'))
      return c.json(problemBody(fault.kind, fault.message), statusOf(fault.kind), {
        ...headersOf(fault.kind),
        'Content-Type': 'application/problem+json',
      })
    const page =
      statusOf(fault.kind) === 404 ? notFoundPage({ origin: originOf(c) }) : errorPage(fault.kind, fault.message)
    return c.body(page, statusOf(fault.kind), { ...PAGE_HEADERS, ...headersOf(fault.kind) })
  })

/** The capture of this link, if this visitor may see it: a private one is as absent to strangers as one that never was. */
async function visible(c: GatewayContext): Promise<{ capture: Capture; isOwn: boolean }> {
  const id = c.req.param('id') ?? ''
  if (!UUID.test(id)) throw new GatewayError('no-such-capture')
  const { captures } = c.var.store
  const owner = await visitor(c)
  const own = owner && (await captures.findOwn(id, owner.accountId))
  const capture = own ?? (await captures.findUnlisted(id))
  if (!capture) throw new GatewayError('no-such-capture')
  return { capture, isOwn: own !== null }
}

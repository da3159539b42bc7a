/** What a link opens: `/s/<id>`, for whoever has it. docs/adr/0016. */

import { Hono } from 'hono'
import { FAULTS, GatewayError } from '../errors.ts'
import { pull, textOf } from '../ingest/source.ts'
import { sliceOf } from '../parse/opened.ts'
import type { Capture } from '../store/captures.ts'
import type { Selected } from '../store/schema.ts'
import type { Share } from '../store/shares.ts'
import type { Selection } from '../summary/slice-choice.ts'
import { capturePage } from '../web/pages/capture.tsx'
import { errorPage } from '../web/pages/error.tsx'
import { ISLAND_HEADERS, PACKETS_HEADERS, PAGE_HEADERS } from '../web/pages/headers.ts'
import { NOTES_SHOWN } from '../web/pages/notes.tsx'
import { type PacketsView, packetsPage } from '../web/pages/packets.tsx'
import { shareGatePage } from '../web/pages/share-gate.tsx'
import type { Shared } from '../web/pages/shared.tsx'
import { sharedSlicePage } from '../web/pages/shared-slice.tsx'
import { headersOf, problemBody, statusOf } from './dialect.ts'
import { contentDisposition, download } from './download.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { INERT_UNLISTED } from './inert.ts'
import { keylogAnswer } from './keylog.ts'
import { originOf } from './links.ts'
import { basicOf, isPassword } from './password.ts'
import { siteOf } from './site.ts'
import { sliceAnswer } from './slice.ts'
import { begun } from './streamed.ts'
import { tableFile } from './table-files.ts'
import { trafficOf } from './traffic.ts'
import { selectionOf as selectionIn } from './v2/selection.ts'
import { commentsIn, hasPackets, isNothing, viewerAssets, wholeView } from './viewer.ts'
import { isVisiting, visitCookie } from './visit.ts'

type Summary = NonNullable<Parameters<typeof capturePage>[0]['summary']>

const ID = /^[0-9a-f]{32}$/
/** Longest form with a password. Bytes. */
const MAX_FORM = 4096

export const share = new Hono<Gateway>({ strict: false })
  .get('/s/:id', async (c) => {
    const opened = await open(c)
    const password = basicOf(c.req.header('authorization'))?.password ?? null
    if (isGated(opened) && password === null) {
      if (opened.share.password !== null && !wantsPage(c)) throw new GatewayError('no-password')
      return gate(c, opened.share)
    }
    await seePassword(c, opened, password)
    const page = await pageOf(c, opened)
    return c.body(page, 200, { ...ISLAND_HEADERS, ...(await counted(c, opened)) })
  })
  .post('/s/:id', async (c) => {
    if (siteOf(c) !== 'own') throw new GatewayError('other-site')
    const opened = await open(c)
    const headers: Record<string, string> = { Location: `/s/${opened.share.id}` }
    if (!isGated(opened)) return c.body(null, 303, headers)
    try {
      await seePassword(c, opened, await passwordIn(c))
    } catch (error) {
      const kind = error instanceof GatewayError ? error.kind : 'internal'
      if (kind === 'wrong-password' || kind === 'too-many-tries') return gate(c, opened.share, kind)
      throw error
    }
    return c.body(null, 303, { ...headers, ...(await counted(c, opened)) })
  })
  .get('/s/:id/download', async (c) => {
    const opened = await admitted(c)
    if (opened === null) return c.redirect(`/s/${c.req.param('id')}`, 303)
    const { capture, share } = opened
    const answer = await (share.selection === null
      ? download(c, capture)
      : slice(c, capture, share.selection, share.withKeylog))
    return taken(c, opened, answer)
  })
  .get('/s/:id/tables/:file', async (c) => {
    const opened = await admitted(c)
    if (opened === null) return c.redirect(`/s/${c.req.param('id')}`, 303)
    if (opened.share.selection !== null) throw new GatewayError('no-such-share') // of a part nothing is known beside its packets
    return taken(c, opened, await tableFile(c, opened.capture, c.req.param('file')))
  })
  .get('/s/:id/keylog', async (c) => {
    const opened = await admitted(c)
    if (opened === null) return c.redirect(`/s/${c.req.param('id')}`, 303)
    return taken(c, opened, await keylog(c, opened))
  })
  .get('/s/:id/packets', async (c) => {
    const assets = await viewerAssets(c)
    const opened = await admitted(c)
    if (opened === null) return c.redirect(`/s/${c.req.param('id')}`, 303)
    if (!hasPackets(opened.capture)) return c.redirect(`/s/${opened.share.id}`, 303)
    const page = packetsPage(await packetsOf(c, opened), assets)
    return c.body(page, 200, { ...PACKETS_HEADERS, ...(await counted(c, opened)) })
  })
  .get('/s/:id/slice', async (c) => {
    const opened = await admitted(c)
    if (opened === null) return c.redirect(`/s/${c.req.param('id')}`, 303)
    const { capture, share } = opened
    if (share.selection !== null)
      throw new GatewayError('not-sliceable', 'A part is shared by this link: it is given whole.')
    const asked = selectionIn({ from: c.req.query('from'), to: c.req.query('to') })
    const headers = { 'Cache-Control': 'private, no-store', 'X-Robots-Tag': 'noindex' }
    return taken(c, opened, await sliceAnswer(c, capture, asked, { secrets: true }, headers))
  })
  .all('/s/:id/:what{download|keylog|packets|slice}?', (c) => {
    c.header('Allow', c.req.param('what') ? 'GET, HEAD' : 'GET, HEAD, POST')
    throw new GatewayError('method-not-allowed')
  })
  .all('/s/*', () => {
    throw new GatewayError('no-such-share')
  })
  .onError((error, c) => {
    const fault = error instanceof GatewayError ? error : new GatewayError('internal')
    if (fault !== error) console.error(error.stack ?? error.message)
    const kind = fault.kind === 'no-such-capture' ? 'no-such-share' : fault.kind
    const headers = { ...headersOf(kind), Vary: 'Accept' }
    if (wantsPage(c)) return c.body(errorPage(kind), statusOf(kind), { ...PAGE_HEADERS, ...headers })
    const message = kind === fault.kind ? fault.message : FAULTS[kind].message
    return c.json(problemBody(kind, message), statusOf(kind), {
      ...headers,
      'Content-Type': 'application/problem+json',
    })
  })

/** A link that may still be opened, or is visited. */
interface Opened {
  share: Share
  capture: Capture
  /** The caller has opened it within the hour. */
  isVisit: boolean
}

/** @throws GatewayError `no-such-share`, `share-revoked`, `share-expired`, `share-used-up` */
async function open(c: GatewayContext): Promise<Opened> {
  const id = c.req.param('id') ?? ''
  const found = ID.test(id) ? await c.var.store.shares.open(id) : null
  if (found === null || isNothing(found.capture)) throw new GatewayError('no-such-share') // why there is nothing is its owner's
  const { share, capture } = found
  const now = Date.now()
  if (share.revokedAt !== null) throw new GatewayError('share-revoked')
  if (share.expiresAt !== null && share.expiresAt <= now) throw new GatewayError('share-expired')
  const isVisit = await isVisiting(c, share, now)
  if (!isVisit && share.viewLimit !== null && share.views >= share.viewLimit) throw new GatewayError('share-used-up')
  return { share, capture, isVisit }
}

/** A page stands before it: for its password, or so that looking whether the link is there does not count as a view. */
const isGated = ({ share, isVisit }: Opened) => !isVisit && (share.password !== null || share.viewLimit !== null)

/** Somebody looks, not a script. */
const wantsPage = (c: GatewayContext) => /\btext\/html\b/i.test(c.req.header('accept') ?? '')

/** A link that this caller may have something of; `null`: who looks is to open its page first. @throws GatewayError */
async function admitted(c: GatewayContext): Promise<Opened | null> {
  const opened = await open(c)
  const password = basicOf(c.req.header('authorization'))?.password ?? null
  if (password === null && isGated(opened) && wantsPage(c)) return null
  await seePassword(c, opened, password)
  return opened
}

/**
 * See that the caller knows the password, where there is one. A try is taken before it is looked at and given back where it was right,
 * so that of many at once, too, no more are looked at than may be. Writes 2 rows.
 * @throws GatewayError `no-password`, `wrong-password`, `too-many-tries`
 */
async function seePassword(c: GatewayContext, { share, isVisit }: Opened, said: string | null): Promise<void> {
  if (share.password === null || isVisit) return
  if (said === null) throw new GatewayError('no-password')
  const { shares } = c.var.store
  if (!(await shares.takeTry(share.id, Date.now()))) throw new GatewayError('too-many-tries')
  if (!(await isPassword(said, share.password))) throw new GatewayError('wrong-password')
  await shares.giveTryBack(share.id)
}

/**
 * Count a view, once everything for it has been read: the headers that begin a visit. None by HEAD, or within a visit.
 * @throws GatewayError `share-used-up` and those of {@link open}, also for those who asked at the same time as the last that got one
 */
async function counted(c: GatewayContext, { share, isVisit }: Opened): Promise<Record<string, string>> {
  if (isVisit || c.req.raw.method === 'HEAD') return {}
  const now = Date.now()
  if (!(await c.var.store.shares.view(share.id, now))) {
    await open(c) // it may have ended otherwise, just now
    throw new GatewayError('share-used-up')
  }
  return { 'Set-Cookie': await visitCookie(c, share, now) }
}

/** The answer, counted as a view if bytes go out with it and it is none of a visit. */
async function taken(c: GatewayContext, opened: Opened, answer: Response): Promise<Response> {
  if (answer.status !== 200 && answer.status !== 206) return answer
  try {
    for (const [name, value] of Object.entries(await counted(c, opened))) answer.headers.set(name, value)
    return answer
  } catch (error) {
    await answer.body?.cancel().catch(() => undefined)
    throw error
  }
}

function gate(c: GatewayContext, share: Share, refused?: 'wrong-password' | 'too-many-tries'): Response {
  const asksPassword = share.password !== null
  const viewsLeft = share.viewLimit === null || asksPassword ? null : share.viewLimit - share.views
  const page = shareGatePage({ path: `/s/${share.id}`, asksPassword, viewsLeft, ...(refused ? { refused } : {}) })
  // By 401 the browser would ask for a user and a password itself.
  const status = refused === undefined ? 200 : refused === 'wrong-password' ? 403 : statusOf(refused)
  const headers = refused === 'too-many-tries' ? headersOf(refused) : {}
  return c.body(page, status, { ...PAGE_HEADERS, ...headers })
}

/** The password of a small form; empty where it has none. */
async function passwordIn(c: GatewayContext): Promise<string> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  try {
    return new URLSearchParams((await textOf(body, MAX_FORM)) ?? '').get('password') ?? ''
  } finally {
    await body.discard()
  }
}

async function pageOf(c: GatewayContext, { share, capture }: Opened): Promise<string> {
  const { annotations, objects, viewer } = c.var.store
  const { selection } = share
  const shared: Shared = {
    id: share.id,
    viewer: hasPackets(capture) ? await viewer.assets() : null,
    origin: originOf(c),
    expiresAt: share.expiresAt,
    hasKeylog: share.withKeylog && capture.keylogKey !== null,
    isGated: share.password !== null || share.viewLimit !== null,
  }
  if (selection !== null) {
    const span = 'packets' in selection ? selection.packets : null // which notes fall into a time is not known
    const notes = span === null ? [] : await annotations.first(capture.id, NOTES_SHOWN + 1, span)
    return sharedSlicePage({ shared, filename: partName(capture.filename, selection), selected: selection, notes })
  }
  const path = `/s/${share.id}`
  const [summary, notes, traffic] = await Promise.all([
    capture.summaryKey === null ? null : objects.json<Summary>(capture.summaryKey),
    annotations.first(capture.id, NOTES_SHOWN + 1),
    trafficOf(c, capture, { path, packets: `${path}/packets`, slices: `${path}/slice`, isOwn: null }),
  ])
  const shown = { ...capture, fetch: null } // where it came from is its owner's
  return capturePage({ capture: shown, summary, origin: shared.origin, now: new Date(), notes, traffic, shared })
}

async function packetsOf(c: GatewayContext, { share, capture }: Opened): Promise<PacketsView> {
  const path = `/s/${share.id}`
  const keylog = share.withKeylog && capture.keylogKey !== null ? `${path}/keylog` : null
  const { selection } = share
  const span = selection !== null && 'packets' in selection ? selection.packets : undefined
  const isHidden = selection !== null && span === undefined // which notes fall into a time is not known
  const notes = isHidden ? [] : await c.var.store.annotations.first(capture.id, NOTES_SHOWN + 1, span)
  if (selection === null) return { ...wholeView(capture, path, keylog, notes), comments: await commentsIn(c, capture) }
  const filename = partName(capture.filename, selection)
  const unknown = { slices: null, size: null, packets: null, content: null }
  return { ...wholeView(capture, path, keylog, notes), filename, isSlice: true, notesByOwn: false, ...unknown }
}

/** A part, made as it is read. Its length is not known before. */
async function slice(c: GatewayContext, capture: Capture, selected: Selected, secrets: boolean): Promise<Response> {
  const pieces = await sliceOf(c.var.store, capture, selectionOf(selected), { secrets })
  const headers = {
    'Content-Type': 'application/vnd.tcpdump.pcap',
    'Content-Disposition': contentDisposition(partName(capture.filename, selected)),
    'Accept-Ranges': 'none',
    'Cache-Control': 'private, no-store',
    ...INERT_UNLISTED,
  }
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers })
  return new Response(await begun(pieces), { headers })
}

function selectionOf(selected: Selected): Selection {
  if ('packets' in selected) return { numbers: selected.packets }
  const { from, to } = selected.times
  return {
    times: {
      ...(from === undefined ? {} : { from: BigInt(from) }),
      ...(to === undefined ? {} : { to: BigInt(to) }),
    },
  }
}

/** @throws GatewayError `no-keylog`, also where it is not shared */
async function keylog(c: GatewayContext, { share, capture }: Opened): Promise<Response> {
  if (!share.withKeylog) throw new GatewayError('no-keylog')
  return keylogAnswer(c, capture.keylogKey, contentDisposition(`${stemOf(capture.filename)}.keylog`))
}

const stemOf = (filename: string) => filename.replace(/(.)\.[A-Za-z0-9]{1,8}$/, '$1')

/** `traffic.packets-3-9.pcapng` */
function partName(filename: string, selected: Selected): string {
  const part = 'packets' in selected ? `packets-${selected.packets.from}-${selected.packets.to}` : 'part'
  return `${stemOf(filename)}.${part}.pcapng`
}

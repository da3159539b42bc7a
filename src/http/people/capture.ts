/** What its signed-in owner does with a capture on its page: forms that lead back to it. docs/adr/0022. */
import { type Context, Hono } from 'hono'
import { type Fault, GatewayError } from '../../errors.ts'
import { openForm } from '../../ingest/form.ts'
import { deleteKeylog } from '../../ingest/keylog.ts'
import { pull } from '../../ingest/source.ts'
import { type Capture, STORED, type Version } from '../../store/captures.ts'
import { restore, trash } from '../../store/trash.ts'
import type { Opened } from '../../web/pages/capture-forms.tsx'
import type { Done } from '../../web/pages/capture-owner.tsx'
import { ISLAND_HEADERS } from '../../web/pages/headers.ts'
import { OWNER } from '../../web/words/capture-owner.ts'
import { pageOf } from '../capture-page.ts'
import { orderConversation } from '../conversation.ts'
import { headersOf, statusOf } from '../dialect.ts'
import { contentDisposition } from '../download.ts'
import { changeOf, editCapture, retryCapture } from '../edits.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { smallBody } from '../given.ts'
import { keylogAnswer, seeLength, takeKeylog } from '../keylog.ts'
import { annotate, frameIn } from '../note.ts'
import { ownCapture } from '../own-capture.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from '../password.ts'
import { signedIn } from '../session.ts'
import { MOST_VIEWS, makeShare, type Wish } from '../sharing.ts'

/** Longest form: the longest comment, of characters that take nine bytes here. Bytes. */
const MAX_FORM = 256 * 1024

/** What the person can put right in the form itself. */
const IN_THE_FORM: ReadonlySet<Fault> = new Set([
  'bad-option',
  'was-changed',
  'too-many-shares',
  'too-many-notes',
  'not-sliceable',
  'bad-keylog',
  'keylog-changed',
  'over-storage-limit',
  'not-there-yet',
  'body-too-long',
  'bad-form',
] satisfies Fault[])

type Typed = (name: string) => string
const NOTHING: Typed = () => ''

export const captureRoutes = new Hono<Gateway>({ strict: false })
  .post('/captures/:id/edit', signedIn, (c) =>
    inForm(c, 'edit', async (typed) => {
      const change = changeOf(
        {
          filename: typed('filename'),
          tags: [typed('tags')],
          comments: typed('comments'),
          visibility: visibilityIn(typed('visibility')),
          retention: retentionIn(typed),
        },
        Date.now(),
      )
      await editCapture(c, idOf(c), change, versionIn(typed('version')))
      return back(c, 'edited')
    }),
  )
  .post('/captures/:id/shares', signedIn, (c) =>
    inForm(c, 'share', async (typed) => {
      const { id } = await makeShare(c, wishIn(typed))
      return back(c, 'shared', `&share=${id}`)
    }),
  )
  .post('/captures/:id/shares/:share/revoke', signedIn, async (c) => {
    const capture = await ownCapture(c)
    const { shares } = c.var.store
    const share = await shares.findOwn(c.req.param('share'), capture.accountId)
    if (share?.captureId !== capture.id) throw new GatewayError('no-such-share')
    if (!(await shares.revoke(share.id, c.var.principal, Date.now()))) throw new GatewayError('no-such-share')
    return back(c, 'revoked')
  })
  .post('/captures/:id/notes', signedIn, (c) =>
    inForm(c, 'note', async (typed) => {
      await annotate(c, await ownCapture(c), frameIn(typed('frame')), typed('text'))
      return back(c, 'noted')
    }),
  )
  .post('/captures/:id/notes/:frame/remove', signedIn, async (c) => {
    const { id, accountId } = await ownCapture(c)
    await c.var.store.annotations.remove(id, accountId, frameIn(c.req.param('frame')))
    return back(c, 'note-removed')
  })
  .post('/captures/:id/conversations', signedIn, async (c) => {
    const typed = await typedIn(c)
    const id = await orderConversation(c, await ownCapture(c), typed('conversation'))
    const hasViewer = (await c.var.store.viewer.assets()) !== null
    return c.body(null, 303, { Location: `/captures/${id}${hasViewer ? '/packets' : ''}` })
  })
  .get('/captures/:id/keylog', signedIn, async (c) => {
    const { keylogKey, filename } = await ownCapture(c)
    return keylogAnswer(c, keylogKey, contentDisposition(`${filename}.keylog`))
  })
  .post('/captures/:id/keylog', signedIn, (c) =>
    refusable(c, 'keylog', NOTHING, async () => {
      await receiveKeylog(c, await ownCapture(c))
      return back(c, 'keylog-kept')
    }),
  )
  .post('/captures/:id/keylog/remove', signedIn, async (c) => {
    await deleteKeylog(c.var.store, await ownCapture(c))
    return back(c, 'keylog-removed')
  })
  .post('/captures/:id/retry', signedIn, async (c) => {
    await retryCapture(c, idOf(c))
    return back(c, 'retried')
  })
  .post('/captures/:id/delete', signedIn, async (c) => {
    const { trashed, deleted } = await trash(c.var.store, [idOf(c)], c.var.principal, Date.now())
    if (trashed.length > 0) return c.body(null, 303, { Location: `/captures/${idOf(c)}` })
    if (deleted.length > 0) return c.body(null, 303, { Location: '/my' })
    const { state } = await ownCapture(c)
    throw new GatewayError(state === 'uploading' ? 'not-there-yet' : 'unavailable')
  })
  .post('/captures/:id/restore', signedIn, async (c) => {
    if ((await restore(c.var.store, [idOf(c)], c.var.principal, Date.now())).length === 0)
      throw new GatewayError('no-such-capture')
    return back(c, 'restored')
  })

const idOf = (c: GatewayContext): string => c.req.param('id') ?? ''

/** Back to the page, which says what was done. The id is one of a capture: it was found by it. */
const back = (c: Context, done: Done, about = '') =>
  c.body(null, 303, { Location: `/captures/${c.req.param('id')}?done=${done}${about}` })

/** Do what a form asks for. What can be put right in it is refused by the page with the form open, and what was typed. */
async function inForm(c: GatewayContext, opened: Opened, does: (typed: Typed) => Promise<Response>): Promise<Response> {
  let typed = NOTHING
  return refusable(
    c,
    opened,
    (name) => typed(name),
    async () => {
      typed = await typedIn(c)
      return does(typed)
    },
  )
}

async function refusable(
  c: GatewayContext,
  opened: Opened,
  typed: Typed,
  does: () => Promise<Response>,
): Promise<Response> {
  try {
    return await does()
  } catch (error) {
    if (!(error instanceof GatewayError) || !IN_THE_FORM.has(error.kind)) throw error
    const words = error.kind === 'was-changed' ? OWNER.changed : error.message
    const { page } = await pageOf(c, await ownCapture(c), { opened, words, typed })
    return c.body(page, statusOf(error.kind), { ...ISLAND_HEADERS, ...headersOf(error.kind) })
  }
}

/** The fields of a small form; line ends as they are kept. @throws GatewayError `body-too-long` */
async function typedIn(c: GatewayContext): Promise<Typed> {
  const fields = new URLSearchParams(await smallBody(c, MAX_FORM))
  return (name) => (fields.get(name) ?? '').replaceAll('\r\n', '\n')
}

async function receiveKeylog(c: GatewayContext, capture: Capture): Promise<void> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: true })
  try {
    seeLength(c)
    const form = await openForm(body, c.req.header('content-type') ?? '', capture.accountId, new Set())
    try {
      await form.finish()
      const came = form.takeKeylog()
      if (came === null) throw new GatewayError('bad-keylog', OWNER.keylog.empty)
      await takeKeylog(c, capture, came)
    } finally {
      form.release()
    }
  } finally {
    await body.discard()
  }
}

/** What the form was made of. @returns a version that there is none of where it says nothing that can be read */
function versionIn(text: string): Version[] {
  const [, revision, generation] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  return revision === undefined ? [] : [{ revision: Number(revision), generation: Number(generation), states: STORED }]
}

function visibilityIn(text: string) {
  if (text === 'unlisted' || text === 'private') return text
  throw new GatewayError('bad-option')
}

function retentionIn(typed: Typed) {
  if (typed('retention') === 'until') return { deleteAt: timeIn(typed('deleteAt')) }
  return { keep: typed('retention') === 'keep' }
}

/** A time to come, as `datetime-local` has it, in UTC. @throws GatewayError `bad-option` in words for the form */
function timeIn(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN
  if (Number.isNaN(time)) throw new GatewayError('bad-option', OWNER.noTime)
  if (time <= Date.now()) throw new GatewayError('bad-option', OWNER.past)
  return new Date(time).toISOString()
}

/** @throws GatewayError `bad-option` in words for the form */
function wishIn(typed: Typed): Wish {
  const whole = (name: string, words: string, most = Number.MAX_SAFE_INTEGER) => {
    const number = /^\d{1,15}$/.test(typed(name)) ? Number(typed(name)) : 0
    if (number < 1 || number > most) throw new GatewayError('bad-option', words)
    return number
  }
  const wish: Wish = { keylog: typed('keylog') === '1' }
  if (typed('expiresAt') !== '') wish.expiresAt = timeIn(typed('expiresAt'))
  if (typed('viewLimit') !== '') wish.viewLimit = whole('viewLimit', OWNER.badLimit, MOST_VIEWS)
  const password = typed('password')
  if (password !== '') {
    if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD)
      throw new GatewayError('bad-option', OWNER.badPassword(MIN_PASSWORD, MAX_PASSWORD))
    wish.password = password
  }
  if (typed('what') === 'packets')
    wish.packets = { from: whole('firstPacket', OWNER.badPackets), to: whole('lastPacket', OWNER.badPackets) }
  if (typed('what') === 'times')
    wish.times = { from: typed('fromTime').trim() || undefined, to: typed('toTime').trim() || undefined }
  return wish
}

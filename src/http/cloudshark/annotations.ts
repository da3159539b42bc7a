/** Notes on packets, as CloudShark's clients ask for them. */
import { GatewayError } from '../../errors.ts'
import type { Annotation } from '../../store/annotations.ts'
import type { GatewayContext } from '../gateway.ts'
import { givenIn } from '../given.ts'
import { annotate, frameIn } from '../note.ts'
import { ownCapture } from '../own-capture.ts'
import { streamed } from '../streamed.ts'

/** Notes read at once. */
const PAGE = 500

const OPTIONS = new Set(['frame', 'text', 'quiet'])

/** All notes of a capture, by frame. Holds 500 of them. @throws GatewayError `no-such-capture` */
export async function readAnnotations(c: GatewayContext): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const page = (after: number) => c.var.store.annotations.page(id, c.var.principal.accountId, after, PAGE)
  const first = await page(0)
  if (first === null) throw new GatewayError('no-such-capture')
  const headers = { 'Content-Type': 'application/json' }
  if (first.length < PAGE) return c.body(JSON.stringify(first.map((note) => lineOf(id, note))), 200, headers)
  return c.body(streamed(listed(id, first, page)), 200, headers)
}

/**
 * Write a note, or with `frame` alone take one away, which is no fault where there is none. Answered with all notes, if the token may
 * read them and does not ask for quiet.
 * @throws GatewayError `bad-option`, `no-such-capture`, `too-many-notes`
 */
export async function writeAnnotation(c: GatewayContext): Promise<Response> {
  const given = await givenIn(c, OPTIONS)
  const capture = await ownCapture(c)
  const frame = frameIn(given('frame'))
  const text = given('text')
  if (text === undefined) await c.var.store.annotations.remove(capture.id, c.var.principal.accountId, frame)
  else await annotate(c, capture, frame, text)
  const quiet = c.req.query('quiet') ?? given('quiet')
  const isQuiet = quiet !== undefined && quiet !== '0' && quiet !== 'false'
  if (isQuiet || !c.var.principal.permissions.has('read')) return c.body(null, 204)
  return readAnnotations(c)
}

const lineOf = (id: string, { frame, text, user }: Annotation) => ({ line: frame, capture_id: id, text, user })

const encoder = new TextEncoder()

/** The array, a page at a time. */
async function* listed(
  id: string,
  first: Annotation[],
  page: (after: number) => Promise<Annotation[] | null>,
): AsyncGenerator<Uint8Array> {
  let mark = '['
  for (let notes: Annotation[] | null = first; notes?.length; ) {
    const lines = notes.map((note) => JSON.stringify(lineOf(id, note)))
    yield encoder.encode(mark + lines.join(','))
    mark = ','
    notes = notes.length < PAGE ? null : await page(notes.at(-1)?.frame ?? 0)
  }
  yield encoder.encode(']')
}

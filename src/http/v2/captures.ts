/** Captures: listed, one read, changed and deleted. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import type { Place } from '../../store/captures.ts'
import { deleteCapture } from '../../store/removal.ts'
import { allowedTo } from '../auth.ts'
import { download } from '../download.ts'
import { changeOf, editCapture, retryCapture } from '../edits.ts'
import { CAPTURE_ID, originOf } from '../links.ts'
import { ownCapture } from '../own-capture.ts'
import { Capture, captureOf, etagOf, versionsIn } from './capture.ts'
import {
  answerOf,
  BODY,
  bearer,
  captureId,
  doors,
  jsonBody,
  jsonOf,
  keyTo,
  notModified,
  refusals,
  tagged,
  taggedByContent,
  unchanged,
} from './doors.ts'

const tags = ['captures']

const list = createRoute({
  method: 'get',
  path: '/captures',
  operationId: 'listCaptures',
  summary: 'Captures of the account, newest first',
  tags,
  security: bearer,
  middleware: [...keyTo('read'), taggedByContent],
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().optional().openapi({ description: '`next` of the page before.' }),
    }),
  },
  responses: {
    200: answerOf(
      'A page of them.',
      z.object({
        captures: z.array(Capture),
        next: z.string().nullable().openapi({ description: 'The cursor of the next page; null: this is the last.' }),
      }),
    ),
    ...notModified,
    ...refusals(),
  },
})

const readOne = createRoute({
  method: 'get',
  path: '/captures/{id}',
  operationId: 'readCapture',
  summary: 'One capture',
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: { params: captureId },
  responses: {
    200: {
      ...answerOf('The capture.', Capture),
      headers: { ETag: { schema: { type: 'string' }, description: 'Of all but views and progress; for `If-Match`.' } },
    },
    ...notModified,
    ...refusals('no-such-capture'),
  },
})

const Edit = z
  .strictObject({
    filename: z.string().max(4096).optional(),
    tags: z
      .array(z.string())
      .max(1000)
      .optional()
      .openapi({ description: 'Instead of those it has. A comma parts two tags.' }),
    comments: z.string().optional(),
    visibility: z.enum(['unlisted', 'private']).optional(),
    retention: z
      .union([
        z.strictObject({ keep: z.boolean() }),
        z.strictObject({ deleteAt: z.iso.datetime({ offset: true }).nullable() }),
      ])
      .optional()
      .openapi({
        description:
          'Kept whatever the plan says (`keep`: true), deleted at a time to come, or as the plan says (`keep`: false): each ends the others.',
      }),
  })
  .openapi('Edit')

const edit = createRoute({
  method: 'patch',
  path: '/captures/{id}',
  operationId: 'editCapture',
  summary: 'Change what is said of a capture',
  description:
    'What is not named stays. With `If-Match`, only the version that was read is changed. Takes a key that may read and upload: it is told all, and may show it to others.',
  tags,
  security: bearer,
  middleware: [...keyTo('upload'), allowedTo('read'), jsonBody] as const,
  request: {
    params: captureId,
    headers: z.object({ 'if-match': z.string().optional() }),
    body: jsonOf(Edit, { filename: 'router-1.pcapng', tags: ['lab', 'dns'], retention: { keep: true } }),
  },
  responses: {
    200: answerOf('The capture as it is now.', Capture),
    ...refusals('no-such-capture', 'not-there-yet', 'was-changed', ...BODY),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/captures/{id}',
  operationId: 'deleteCapture',
  summary: 'Delete a capture',
  tags,
  security: bearer,
  middleware: keyTo('delete'),
  request: { params: captureId },
  responses: { 204: { description: 'It is gone.' }, ...refusals('no-such-capture') },
})

const reparse = createRoute({
  method: 'post',
  path: '/captures/{id}/reparse',
  operationId: 'reparseCapture',
  summary: 'Have a capture read anew',
  description:
    'After a failure that was not its own; or to slice a compressed capture again, whose seekable copy is kept for 30 days (`no-copy`). Takes a key that may read and upload.',
  tags,
  security: bearer,
  middleware: [...keyTo('upload'), allowedTo('read')] as const,
  request: { params: captureId },
  responses: {
    202: answerOf('It waits to be read.', Capture),
    ...refusals('no-such-capture', 'not-there-yet', 'not-read-yet', 'no-bytes'),
  },
})

const bytes = createRoute({
  method: 'get',
  path: '/captures/{id}/download',
  operationId: 'downloadCapture',
  summary: 'The very bytes that were uploaded',
  description:
    'Whole or one range of them (`Range`, `If-Range`), with validators and, where it is known, `Repr-Digest`.',
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: { params: captureId },
  responses: {
    200: { description: 'The file.', content: { 'application/vnd.tcpdump.pcap': { schema: BINARY() } } },
    206: { description: 'A part of it.', content: { 'application/vnd.tcpdump.pcap': { schema: BINARY() } } },
    ...notModified,
    ...refusals('no-such-capture', 'range-not-satisfiable'),
  },
})

export const captures = doors()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const behind = cursor === undefined ? null : placeIn(cursor)
    const rows = await c.var.store.captures.list(c.var.principal.accountId, behind, limit + 1)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const next = rows.length > limit && last ? cursorOf(last) : null
    return c.json({ captures: page.map((row) => captureOf(row, originOf(c))), next }, 200)
  })
  .openapi(readOne, async (c) => {
    const row = await ownCapture(c)
    const isSettled = row.state === 'ok' || row.state === 'error'
    const shown = c.json(captureOf(row, originOf(c)), 200, tagged(etagOf(row)))
    // Who waits for a parse wants to hear of its progress, which is not in the tag.
    return ((isSettled && unchanged(c, etagOf(row))) || shown) as typeof shown
  })
  .openapi(edit, async (c) => {
    const change = changeOf(c.req.valid('json'), Date.now())
    const row = await editCapture(c, c.req.valid('param').id, change, versionsIn(c.req.header('if-match')))
    return c.json(captureOf(row, originOf(c)), 200, tagged(etagOf(row)))
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid('param')
    if (!(await deleteCapture(c.var.store, id, c.var.principal, Date.now()))) throw new GatewayError('no-such-capture')
    return c.body(null, 204)
  })
  .openapi(reparse, async (c) => {
    const row = await retryCapture(c, c.req.valid('param').id)
    return c.json(captureOf(row, originOf(c)), 202, tagged(etagOf(row)))
  })
  .openapi(bytes, async (c) => {
    const answer = await download(c, await ownCapture(c))
    if (answer.status !== 416) return answer
    c.header('Content-Range', answer.headers.get('content-range') ?? undefined)
    throw new GatewayError('range-not-satisfiable')
  })

const cursorOf = ({ createdAt, id }: Place): string => btoa(`${createdAt}.${id}`).replaceAll('=', '')

/** @throws GatewayError `bad-option` */
function placeIn(cursor: string): Place {
  const [time = '', id = ''] = decoded(cursor).split('.')
  if (!/^\d{1,15}$/.test(time) || !CAPTURE_ID.test(id))
    throw new GatewayError('bad-option', 'cursor: no page begins there.')
  return { createdAt: Number(time), id }
}

function decoded(cursor: string): string {
  try {
    return atob(cursor)
  } catch {
    return ''
  }
}

/** Bytes, in a description. */
function BINARY() {
  return z.string().openapi({ format: 'binary' })
}

/** Resumable uploads: tus 1.0.0 at `/files`. https://tus.io/protocols/resumable-upload */

import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '../errors.ts'
import { encodingOf } from '../ingest/decoding.ts'
import {
  begin,
  type Caller,
  largestUpload,
  look,
  type Piece,
  type Progress,
  resume,
  terminate,
} from '../ingest/resumable.ts'
import { pull } from '../ingest/source.ts'
import { withoutKeylog } from '../ingest/upload-metadata.ts'
import { hexOf } from '../store/digest.ts'
import { deleteCapture } from '../store/removal.ts'
import type { Permission } from '../store/schema.ts'
import { keyOrSession } from './auth.ts'
import { apacketsBody, speak } from './dialect.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { captureHeaders, originOf } from './links.ts'

const VERSION = '1.0.0'
/** Concatenation is not among them: R2 has no way to make one object of others without copying them. */
const EXTENSIONS = 'creation,creation-with-upload,creation-defer-length,expiration,checksum,termination'
const OFFSET_STREAM = /^application\/offset\+octet-stream\s*(;|$)/i
/** A sender silent for so long is let go: it may come again. Milliseconds. */
const IDLE = 30_000

/** Algorithms of `Upload-Checksum`, and the length of their digests in bytes. */
const ALGORITHMS: Record<string, { algorithm: 'SHA-1' | 'SHA-256'; length: number }> = {
  sha1: { algorithm: 'SHA-1', length: 20 },
  sha256: { algorithm: 'SHA-256', length: 32 },
}

/** Core Protocol, Headers: `Tus-Resumable` is in each request but OPTIONS, and in each answer. */
const version = createMiddleware<Gateway>(async (c, next) => {
  await next()
  c.res.headers.set('Tus-Resumable', VERSION)
  if (c.res.status === 412) c.res.headers.set('Tus-Version', VERSION)
})

/** Core Protocol, X-HTTP-Method-Override: it is the method, whatever the request's own is. */
const methodOf = (c: GatewayContext): string =>
  (c.req.header('x-http-method-override') ?? c.req.method).trim().toUpperCase()

type Handler = (c: GatewayContext) => Promise<Response>

/** By method: what it needs the permission to, and what it does. */
const ALL: Record<string, [Permission, Handler]> = { POST: ['upload', create] }
const ONE: Record<string, [Permission, Handler]> = {
  HEAD: ['upload', tell],
  PATCH: ['upload', append],
  DELETE: ['upload', end],
}

export const tus = new Hono<Gateway>({ strict: false })
  .use(version)
  .use(async (c, next) => {
    if (methodOf(c) === 'OPTIONS') return options(c)
    if (c.req.header('tus-resumable') !== VERSION) throw new GatewayError('wrong-tus-version')
    return next()
  })
  .use(keyOrSession)
  .all('/', (c) => handle(c, ALL))
  .all('/:id', (c) => handle(c, ONE))
  .all('*', () => {
    throw new GatewayError('no-such-route')
  })
  .onError(speak(apacketsBody))

async function handle(c: GatewayContext, methods: typeof ALL): Promise<Response> {
  const [permission, handler] = methods[methodOf(c)] ?? []
  if (permission === undefined || handler === undefined) {
    c.header('Allow', ['OPTIONS', ...Object.keys(methods)].join(', '))
    throw new GatewayError('method-not-allowed')
  }
  if (!c.var.principal.permissions.has(permission))
    throw new GatewayError('forbidden', `This API token does not have the permission to ${permission}.`)
  return handler(c)
}

/** OPTIONS, without a key. */
function options(c: GatewayContext): Response {
  return c.body(null, 204, {
    'Tus-Version': VERSION,
    'Tus-Extension': EXTENSIONS,
    'Tus-Max-Size': String(largestUpload(c.var.store.settings.partSize)),
    'Tus-Checksum-Algorithm': Object.keys(ALGORITHMS).join(','),
  })
}

/** Creation, Creation With Upload. */
function create(c: GatewayContext): Promise<Response> {
  return withBody(c, async (body) => {
    const length = sizeIn(c, 'upload-length')
    const deferred = c.req.header('upload-defer-length')
    if (deferred !== undefined && deferred !== '1')
      throw new GatewayError('bad-option', 'Upload-Defer-Length can be 1 only.')
    if ((length === null) === (deferred === undefined))
      throw new GatewayError('bad-option', 'Say either Upload-Length or Upload-Defer-Length: 1.')
    if (c.req.header('upload-concat') !== undefined)
      throw new GatewayError('bad-option', 'Concatenation is not available here: send the capture as one upload.')
    const isUpload = OFFSET_STREAM.test(c.req.header('content-type') ?? '')
    if (!isUpload && (await body.read()) !== null) throw new GatewayError('not-an-offset-stream')
    const metadata = c.req.header('upload-metadata') ?? ''
    const piece = isUpload ? pieceOf(c, body) : null
    const progress = await begin(c.var.store, { ...callerOf(c), length, metadata, piece }, Date.now)
    return c.body(null, 201, {
      ...headersOf(c, progress),
      Location: `${originOf(c)}/files/${progress.id}`,
    })
  })
}

/** Core Protocol, PATCH. */
function append(c: GatewayContext): Promise<Response> {
  return withBody(c, async (body) => {
    if (!OFFSET_STREAM.test(c.req.header('content-type') ?? '')) throw new GatewayError('not-an-offset-stream')
    const offset = sizeIn(c, 'upload-offset')
    if (offset === null) throw new GatewayError('bad-option', 'Upload-Offset is missing.')
    const length = sizeIn(c, 'upload-length')
    const asked = { ...callerOf(c), id: idOf(c), offset, length, piece: pieceOf(c, body) }
    return c.body(null, 204, headersOf(c, await resume(c.var.store, asked, Date.now)))
  })
}

/**
 * Core Protocol, HEAD. Where the store does not answer, or another request does not come to its end, it says 423: at that clients
 * ask again, while at other failures tus-js-client begins the whole upload anew.
 */
async function tell(c: GatewayContext): Promise<Response> {
  const progress = await look(c.var.store, { ...callerOf(c), id: idOf(c) }, Date.now).catch((error: unknown) => {
    const kind = error instanceof GatewayError ? error.kind : 'internal'
    throw kind === 'unavailable' || kind === 'upload-in-use' ? new GatewayError('upload-locked') : error
  })
  const { length, metadata } = progress
  return c.body(null, 200, {
    ...headersOf(c, progress),
    'Cache-Control': 'no-store',
    ...(length === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(length) }),
    ...(withoutKeylog(metadata) === '' ? {} : { 'Upload-Metadata': withoutKeylog(metadata) }),
  })
}

/** Termination. One that is done is its capture, and for that the key must be one that may delete. */
async function end(c: GatewayContext): Promise<Response> {
  const { store, principal } = c.var
  const id = idOf(c)
  if (!(await terminate(store, { id, principal }, Date.now))) {
    if (!principal.permissions.has('delete'))
      throw new GatewayError('forbidden', 'This API token does not have the permission to delete.')
    if (!(await deleteCapture(store, id, principal.accountId, Date.now()))) throw new GatewayError('no-such-upload')
  }
  return c.body(null, 204)
}

const callerOf = (c: GatewayContext): Caller => ({
  principal: c.var.principal,
  userAgent: c.req.header('user-agent'),
})

const idOf = (c: GatewayContext): string => c.req.param('id') ?? ''

/** What every answer about an upload says. */
function headersOf(c: GatewayContext, { id, offset, expiresAt, done }: Progress): Record<string, string> {
  const { Location, ...capture } = captureHeaders(c, id)
  return {
    'Upload-Offset': String(offset),
    ...(expiresAt === null ? {} : { 'Upload-Expires': new Date(expiresAt).toUTCString() }),
    ...(done ? capture : {}),
  }
}

/** @throws GatewayError `bad-option` for what is no size */
function sizeIn(c: GatewayContext, field: string): number | null {
  const text = c.req.header(field)
  if (text === undefined) return null
  if (!/^\d{1,15}$/.test(text)) throw new GatewayError('bad-option', `${field} is not a number of bytes.`)
  return Number(text)
}

function pieceOf(c: GatewayContext, source: Piece['source']): Piece {
  if (encodingOf(c.req.header('content-encoding')) !== 'identity')
    throw new GatewayError('unsupported-encoding', 'A piece of an upload is sent as it is, without a Content-Encoding.')
  return { source, size: sizeIn(c, 'content-length'), checksum: checksumOf(c.req.header('upload-checksum')) }
}

/** Checksum, Upload-Checksum. @throws GatewayError `bad-option` for an algorithm that is not known, or what is no digest of it */
function checksumOf(field: string | undefined): Piece['checksum'] {
  if (field === undefined) return null
  const [, name = '', text = ''] = /^(\S+) +([A-Za-z0-9+/]+={0,2})$/.exec(field.trim()) ?? []
  const known = ALGORITHMS[name]
  if (!known)
    throw new GatewayError('bad-option', `Upload-Checksum wants one of ${Object.keys(ALGORITHMS).join(', ')}.`)
  const digest = text.length % 4 === 0 ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : null
  if (digest?.length !== known.length) throw new GatewayError('bad-option', 'Upload-Checksum is no digest in base64.')
  return { algorithm: known.algorithm, hex: hexOf(digest) }
}

/** Work on a body. What is refused is read on for a little, so that its sender gets to read why. */
function withBody(c: GatewayContext, work: (body: ReturnType<typeof pull>) => Promise<Response>): Promise<Response> {
  const body = pull(c.req.raw.body, Math.min(IDLE, c.var.store.settings.uploadIdle))
  const worked = (async () => {
    try {
      return await work(body)
    } catch (error) {
      await body.discard()
      throw error
    }
  })()
  c.executionCtx.waitUntil(worked.catch(() => undefined)) // a sender who leaves does not end the keeping of what came
  return worked
}

/** An upload as it stands on the wire, in either dialect: a raw body or a form. */
import { GatewayError } from '../errors.ts'
import type { Keeping } from '../ingest/broken-off.ts'
import { digested, encodingOf, gunzipped } from '../ingest/decoding.ts'
import { announcedSha256 } from '../ingest/digest.ts'
import { orderFetch } from '../ingest/fetch-order.ts'
import { openForm } from '../ingest/form.ts'
import { ingest, type Upload } from '../ingest/ingest.ts'
import { cleanFilename, type Given, optionsFrom, visibilityFrom } from '../ingest/options.ts'
import { pull, type Source, textOf } from '../ingest/source.ts'
import type { Capture } from '../store/captures.ts'
import type { Visibility } from '../store/schema.ts'
import type { GatewayContext } from './gateway.ts'
import { isUrlencoded, MAX_URLENCODED, queryOf } from './given.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { selfOf } from './links.ts'

/**
 * Take in the capture that a request brings. What is refused is read on for a little, so that its sender gets to read why.
 * @param visibility what this door gives captures; `null`: as the request says, else the token, else the account
 */
export async function receive(c: GatewayContext, visibility: Visibility | null): Promise<Received> {
  const isForm = /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')
  const drips = lengthOf(c) === null || c.req.query('keep_partial') === '1'
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isForm, drips })
  const work = (async () => {
    try {
      const isCoded = encodingOf(c.req.header('content-encoding')) === 'gzip'
      const wire: Wire = { source: body, isCoded, length: isCoded ? null : lengthOf(c) }
      if (isForm) return await takeForm(c, wire, visibility)
      if (c.req.method === 'POST') return await takeUrl(c, await givenWithUrl(c, body), visibility)
      const asked = visibility ?? visibilityFrom(queryOf(c))
      return whole(await ingest(c.var.store, { ...(await rawUpload(c, wire)), visibility: asked }, Date.now))
    } catch (error) {
      await body.discard()
      throw error
    }
  })()
  c.executionCtx.waitUntil(work.catch(() => undefined)) // a sender who leaves does not end the cleaning up
  return work
}

/** A capture that has been taken in, or that will be fetched. */
type Received = Pick<Capture, 'id' | 'filename'>

/** A success is answered only for what came whole. @throws GatewayError what broke it off, with the words that it is kept */
function whole(capture: Capture): Capture {
  if (capture.brokenOff === null) return capture
  throw new GatewayError(
    capture.brokenOff,
    `The upload broke off after ${capture.size} bytes. They are kept as the capture ${capture.id}, which is marked truncated.`,
  )
}

/** A request's body as it comes. */
interface Wire {
  source: Source
  /** It is gzip, by its Content-Encoding. */
  isCoded: boolean
  /** Length of the content; `null` where it is not known. Bytes. */
  length: number | null
}

function lengthOf(c: GatewayContext): number | null {
  const length = c.req.header('content-length')
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : null
}

/**
 * What is kept of an upload that breaks off. Not said: what a live stream brings, that is a raw body of unknown length, unless its
 * sender has prepared for asking again. Who says what the bytes hash to wants them all.
 */
function keepingOf(given: Given, isLive: boolean, digest: string | null): Keeping {
  const asked = given('keep_partial')
  if (asked !== undefined && asked !== '0' && asked !== '1')
    throw new GatewayError('bad-option', 'keep_partial is 1 (keep what has come of an upload that breaks off) or 0.')
  if (digest !== null || asked === '0') return 'nothing'
  if (asked === '1') return 'all'
  return isLive ? 'captures' : 'nothing'
}

/** A body that is the file itself. */
async function rawUpload(c: GatewayContext, { source, isCoded, length }: Wire): Promise<Omit<Upload, 'visibility'>> {
  const given = queryOf(c)
  refuseKeylogInQuery(given)
  const options = optionsFrom(given, c.var.principal.defaultTags)
  const caller = callerOf(c)
  const sha256 = announcedSha256(c.req.header('content-digest'), c.req.header('repr-digest'))
  const isLive = lengthOf(c) === null && caller.idempotencyKey === null
  return {
    ...caller,
    // Both fields are of the bytes as they are coded: RFC 9530 §2, §3, RFC 9110 §8.1.
    source: isCoded ? gunzipped(sha256 === null ? source : digested(source, sha256)) : source,
    size: length,
    atMost: null,
    sha256: isCoded ? null : sha256,
    keeping: keepingOf(given, isLive, sha256),
    filename: options.filename || cleanFilename(c.req.param('name') ?? ''),
    finish: async () => options,
  }
}

/** A form; its options, and a key log, may stand behind its file. */
async function takeForm(c: GatewayContext, wire: Wire, visibility: Visibility | null): Promise<Received> {
  const query = queryOf(c)
  refuseKeylogInQuery(query)
  const source = wire.isCoded ? gunzipped(wire.source) : wire.source
  const form = await openForm(source, c.req.header('content-type') ?? '', c.var.principal.accountId)
  const given: Given = (name) => form.fields.get(name) || query(name)
  try {
    if (form.file === null) {
      if (form.takeKeylog() !== null && given('url')) throw new GatewayError('bad-option', NO_KEYLOG)
      if (given('url')) return await takeUrl(c, given, visibility)
      throw new GatewayError('no-file')
    }
    const sha256 = announcedSha256(...form.file.digests)
    const asked = visibilityFrom(given)
    const upload: Upload = {
      ...callerOf(c),
      visibility: visibility ?? asked,
      source: form.file,
      size: null,
      atMost: wire.length,
      sha256,
      filename: cleanFilename(given('filename') ?? '') || cleanFilename(form.file.filename),
      keeping: keepingOf(query, false, sha256),
      finish: async (brokenOff) => {
        if (!brokenOff) await form.finish()
        if (visibilityFrom(given) !== asked) throw new GatewayError('bad-option', VISIBILITY_FIRST)
        return optionsFrom(given, c.var.principal.defaultTags)
      },
      takeKeylog: form.takeKeylog,
    }
    return whole(await ingest(c.var.store, upload, Date.now))
  } finally {
    form.release()
  }
}

const VISIBILITY_FIRST = 'visibility stands before the file in a form, or in the query.'
const NO_KEYLOG = 'A key log cannot be sent along with `url`: add it when the capture is there.'

/** What is to be fetched. @throws GatewayError `not-a-form` where there is no `url` */
async function takeUrl(c: GatewayContext, given: Given, visibility: Visibility | null): Promise<Received> {
  refuseKeylogInQuery(given)
  const url = given('url')
  if (url === undefined) throw new GatewayError('not-a-form')
  const options = optionsFrom(given, c.var.principal.defaultTags)
  const asked = { visibility: visibility ?? visibilityFrom(given) }
  return orderFetch(c.var.store, { ...callerOf(c), url, self: selfOf(c), options, ...asked }, Date.now)
}

/** Secrets do not belong into addresses. @throws GatewayError `bad-option` */
function refuseKeylogInQuery(query: Given): void {
  if (query('keylog') !== undefined)
    throw new GatewayError(
      'bad-option',
      'keylog cannot be sent with PUT or in the query: send it as a part of a POST form.',
    )
}

function callerOf(c: GatewayContext): Pick<Upload, 'principal' | 'idempotencyKey' | 'userAgent'> {
  return {
    principal: c.var.principal,
    idempotencyKey: idempotencyKeyOf(c),
    userAgent: c.req.header('user-agent'),
  }
}

/**
 * The options of a POST that is no multipart form: its query, and a small urlencoded body that names a `url`. curl says that of a
 * raw capture, too, and a packet may hold `&url=`.
 */
async function givenWithUrl(c: GatewayContext, source: Source): Promise<Given> {
  const query = queryOf(c)
  if (!isUrlencoded(c.req.header('content-type') ?? '')) return query
  const text = await textOf(source, MAX_URLENCODED)
  if (text === null || text.includes('\0')) return query
  const form = new URLSearchParams(text)
  return (name) => form.get(name) || query(name)
}

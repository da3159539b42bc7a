/** An upload as it stands on the wire, in either dialect: a raw body or a form. */
import { GatewayError } from '../errors.ts'
import { announcedSha256 } from '../ingest/digest.ts'
import { type Form, openForm } from '../ingest/form.ts'
import { ingest, type Upload } from '../ingest/ingest.ts'
import { cleanFilename, type Given, optionsFrom } from '../ingest/options.ts'
import { pull, textOf } from '../ingest/source.ts'
import type { Capture } from '../store/captures.ts'
import type { Visibility } from '../store/schema.ts'
import type { GatewayContext } from './gateway.ts'

/** Longest `application/x-www-form-urlencoded` body that is looked into. Bytes. */
const MAX_URLENCODED = 64 * 1024

/**
 * Take in the capture that a request brings. What is refused is read on for a little, so that its sender gets to read why.
 * @param visibility what this door gives captures; `null`: as the token or the account says
 */
export async function receive(c: GatewayContext, visibility: Visibility | null): Promise<Capture> {
  const isForm = /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isForm })
  const work = (async () => {
    try {
      refuseEncoding(c)
      const upload = isForm ? await formUpload(c, body) : await rawUpload(c, body)
      return await ingest(c.var.store, { ...upload, visibility }, Date.now)
    } catch (error) {
      await body.discard()
      throw error
    }
  })()
  c.executionCtx.waitUntil(work.catch(() => undefined)) // a sender who leaves does not end the cleaning up
  return work
}

type Wire = Omit<Upload, 'visibility'>

/** A body that is the file itself. */
async function rawUpload(c: GatewayContext, source: ReturnType<typeof pull>): Promise<Wire> {
  const given = queryOf(c)
  if (c.req.method === 'POST') {
    if (given('url') !== undefined || (await urlencodedUrl(c, source))) throw new GatewayError('not-yet', FETCHING)
    throw new GatewayError('not-a-form')
  }
  if (given('keylog') !== undefined)
    throw new GatewayError('bad-option', 'keylog cannot be sent with PUT: send it as a part of a POST form.')
  const length = c.req.header('content-length')
  const options = optionsFrom(given, c.var.principal.defaultTags)
  return {
    ...callerOf(c),
    source,
    size: length !== undefined && /^\d+$/.test(length) ? Number(length) : null,
    atMost: null,
    sha256: announcedSha256(c.req.header('content-digest'), c.req.header('repr-digest')),
    filename: options.filename || cleanFilename(c.req.param('name') ?? ''),
    finish: async () => options,
  }
}

/** A form; its options may stand behind its file. */
async function formUpload(c: GatewayContext, source: ReturnType<typeof pull>): Promise<Wire> {
  const form = await openForm(source, c.req.header('content-type') ?? '')
  const query = queryOf(c)
  const given: Given = (name) => form.fields.get(name) || query(name)
  if (form.file === null) {
    if (given('url')) throw new GatewayError('not-yet', FETCHING)
    throw new GatewayError('no-file')
  }
  const length = c.req.header('content-length')
  return {
    ...callerOf(c),
    source: form.file,
    size: null,
    atMost: length !== undefined && /^\d+$/.test(length) ? Number(length) : null,
    sha256: announcedSha256(...form.file.digests),
    filename: cleanFilename(given('filename') ?? '') || cleanFilename(form.file.filename),
    finish: async () => {
      await form.finish()
      refuseKeylog(form)
      return optionsFrom(given, c.var.principal.defaultTags)
    },
  }
}

const FETCHING = 'Uploading by URL is not available on this server: send the file itself.'

function refuseKeylog(form: Form): void {
  if (form.otherFiles.has('keylog') || form.fields.get('keylog'))
    throw new GatewayError('not-yet', 'Key logs are not available on this server: send the capture without one.')
}

function refuseEncoding(c: GatewayContext): void {
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && !/^\s*(identity)?\s*$/i.test(encoding)) throw new GatewayError('unsupported-encoding')
}

function callerOf(c: GatewayContext): Pick<Upload, 'principal' | 'idempotencyKey' | 'userAgent'> {
  const idempotencyKey = c.req.header('idempotency-key')
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(idempotencyKey))
    throw new GatewayError('bad-option', 'Idempotency-Key is not 1 to 255 printable characters.')
  return {
    principal: c.var.principal,
    idempotencyKey: idempotencyKey ?? null,
    userAgent: c.req.header('user-agent'),
  }
}

const queryOf =
  (c: GatewayContext): Given =>
  (name) =>
    c.req.query(name) || undefined

/** Whether a small urlencoded body names a `url`. curl says that of a raw capture, too, and a packet may hold `&url=`. */
async function urlencodedUrl(c: GatewayContext, source: ReturnType<typeof pull>): Promise<boolean> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) return false
  const text = await textOf(source, MAX_URLENCODED)
  return text !== null && !text.includes('\0') && Boolean(new URLSearchParams(text).get('url'))
}

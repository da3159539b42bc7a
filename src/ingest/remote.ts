/** A file on somebody else's server, as a source: redirects by hand, each hop looked at, gone on with in the middle where it breaks off. */
import { GatewayError } from '../errors.ts'
import { dispositionOf } from './disposition.ts'
import type { Net } from './net.ts'
import { cleanFilename } from './options.ts'
import { pull, type Source } from './source.ts'
import { type Rules, seeAddresses, type Target, targetOf } from './target.ts'

/** What a fetch needs to know of its surroundings. */
export interface Way {
  net: Net
  rules: Rules
  /** A server that brings nothing for so long is asked anew. Milliseconds. */
  idle: number
}

/** Why a file could not be had, in words that its caller may read: never more of the URL than a host. */
export class FetchFailure extends Error {
  readonly kind: 'fetch-failed' | 'fetch-refused' | 'fetch-cut-off' | 'fetch-too-slow' | 'fetch-changed'
  /** Another attempt may do better. */
  readonly again: boolean
  constructor(kind: FetchFailure['kind'], words: string, again: boolean) {
    super(words)
    this.kind = kind
    this.again = again
  }
}

/** A file that is being read. */
export interface Remote extends Source {
  /** Where reading began: what was asked for, or 0. Bytes. */
  readonly from: number
  /** Bytes of the whole file; `null` where the server did not tell. */
  readonly total: number | null
  /** What `If-Range` takes, where the server can go on in the middle; `null`: it cannot. */
  readonly validator: string | null
  /** From `Content-Disposition`; empty where there is none. */
  readonly filename: string
  /** Let it go. */
  close(): void
}

/** Where an earlier attempt has come to. */
export interface Place {
  at: number
  validator: string
}

const MAX_REDIRECTS = 5
/** How long a server may take for the head of its answer. Milliseconds. */
const HEAD_PATIENCE = 30_000
/** Times that a connection which breaks off is opened anew before it has brought a byte more. */
const REOPENINGS = 3
/** Statuses after which asking again makes sense. RFC 9110 §15.5.9, §15.6; RFC 6585 §4; RFC 8470 §5.2. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Open the file of a URL. Holds one chunk. What breaks off is gone on with by Range (RFC 9110 §14.2), if the server gave what
 * `If-Range` needs; each time the way there is gone and looked at anew.
 * @param place where to go on; a server that answers with the whole file then, or with another one, is no success
 * @throws FetchFailure, while it is read too
 */
export async function openRemote(text: string, way: Way, place: Place | null = null): Promise<Remote> {
  const first = await ask(text, way, place)
  const { total, validator, filename, from } = first
  let answer: Answer | null = first
  let at = from
  let broken = 0

  return {
    total,
    validator,
    filename,
    from,
    async read() {
      for (;;)
        try {
          answer ??= await ask(text, way, { at, validator: validator ?? '' })
          const chunk = await answer.body.read()
          if (chunk === null && total !== null && at < total) throw new GatewayError('cut-off')
          at += chunk?.length ?? 0
          if (chunk !== null) broken = 0
          return chunk
        } catch (error) {
          const failure = inWords(error, first.host)
          answer?.close()
          answer = null
          if (validator === null || !isPassing(failure) || broken++ === REOPENINGS) throw failure
          await scheduler.wait(Math.min(way.idle, 250 * 4 ** (broken - 1)))
        }
    },
    close: () => answer?.close(),
  }
}

/** Asking once more for the rest may do. */
const isPassing = (error: unknown) => error instanceof FetchFailure && error.again && error.kind !== 'fetch-changed'

function inWords(error: unknown, host: string): unknown {
  if (!(error instanceof GatewayError)) return error
  if (error.kind === 'too-slow') return new FetchFailure('fetch-too-slow', `${host} sent nothing for too long.`, true)
  return new FetchFailure('fetch-cut-off', `${host} broke off before the whole file had come.`, true)
}

interface Answer extends Pick<Remote, 'from' | 'total' | 'validator' | 'filename'> {
  host: string
  body: Source
  close(): void
}

/** One way to the file, redirects and all. @throws FetchFailure */
async function ask(text: string, way: Way, place: Place | null): Promise<Answer> {
  let target = look(() => targetOf(text, way.rules))
  const origin = target.url.origin
  const { authorization } = target
  for (let hop = 0; ; hop++) {
    await seen(target, way)
    const headers = new Headers({ 'Accept-Encoding': 'identity', Accept: '*/*', 'User-Agent': 'pcaport' })
    // Who was given credentials is the only one to see them, on the way back too.
    if (authorization !== null && target.url.origin === origin) headers.set('Authorization', authorization)
    if (place !== null) {
      headers.set('Range', `bytes=${place.at}-`)
      headers.set('If-Range', place.validator)
    }
    const { response, close } = await headOf(target, headers, way)
    const location = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status))
      try {
        const { host } = target.url
        return { ...readHead(response, target.url, place), host, body: pull(response.body, way.idle), close }
      } catch (error) {
        close()
        throw error
      }
    close()
    if (location === null) throw failed(target.url, `answered ${response.status} without saying where to`, false)
    if (hop === MAX_REDIRECTS) throw failed(target.url, `is the end of more than ${MAX_REDIRECTS} redirects`, false)
    const base = target.url
    const next = look(() => targetOf(location, way.rules, base))
    if (next.authorization !== null)
      throw new FetchFailure('fetch-refused', 'A redirect holds credentials: it was not followed.', false)
    target = next
  }
}

/** @throws FetchFailure for what is refused before anybody is asked */
function look(does: () => Target): Target {
  try {
    return does()
  } catch (error) {
    throw refused(error)
  }
}

function refused(error: unknown): unknown {
  return error instanceof GatewayError ? new FetchFailure('fetch-refused', error.message, false) : error
}

async function seen(target: Target, { net }: Way): Promise<void> {
  try {
    await seeAddresses(target, net.resolve)
  } catch (error) {
    if (error instanceof GatewayError) throw refused(error)
    throw failed(target.url, 'could not be found: its name was not resolved', true)
  }
}

/** The head of an answer, soon. Nothing that the network says of a failure is handed on: it may name what was asked for. */
async function headOf({ url }: Target, headers: Headers, { net, idle }: Way) {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), Math.min(HEAD_PATIENCE, idle))
  try {
    const response = await net.fetch(url, { headers, redirect: 'manual', cache: 'no-store', signal: giveUp.signal })
    return { response, close: () => giveUp.abort() }
  } catch {
    if (giveUp.signal.aborted) throw new FetchFailure('fetch-too-slow', `${url.host} did not answer in time.`, true)
    throw failed(url, 'could not be reached', true)
  } finally {
    clearTimeout(timer)
  }
}

/** What the head of an answer says. @throws FetchFailure */
function readHead(
  { status, headers }: Response,
  url: URL,
  place: Place | null,
): Omit<Answer, 'host' | 'body' | 'close'> {
  if (status === 416 && place && totalIn(headers) === place.at) return end(place)
  if (status !== 200 && status !== 206) throw failed(url, `answered ${status}`, PASSING.has(status))
  // The runtime has taken such a coding off: the length is that of something else, and so would be a range.
  const isCoded = !/^\s*(identity)?\s*$/i.test(headers.get('content-encoding') ?? '')
  if (place !== null) {
    const from = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]
    const current = validatorOf(headers)
    if (status !== 206 || isCoded || Number(from) !== place.at || (current !== null && current !== place.validator))
      throw new FetchFailure('fetch-changed', `The file on ${url.host} changed while it was fetched.`, true)
    return { from: place.at, total: totalIn(headers), validator: place.validator, filename: filenameOf(headers) }
  }
  if (status === 206) throw failed(url, 'answered with a part that nobody had asked for', false)
  const length = headers.get('content-length') ?? ''
  const canGoOn = !isCoded && /\bbytes\b/i.test(headers.get('accept-ranges') ?? '')
  return {
    from: 0,
    total: !isCoded && /^\d+$/.test(length) ? Number(length) : null,
    validator: canGoOn ? validatorOf(headers) : null,
    filename: filenameOf(headers),
  }
}

/** There is nothing behind what an earlier attempt has. */
const end = ({ at, validator }: Place) => ({ from: at, total: at, validator, filename: '' })

/** A strong entity tag, or a date where there is no tag at all. RFC 9110 §13.1.5. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get('etag')
  if (etag !== null) return /^"[^"]*"$/.test(etag) ? etag : null
  return headers.get('last-modified')
}

function totalIn(headers: Headers): number | null {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
  return total === undefined ? null : Number(total)
}

function filenameOf(headers: Headers): string {
  try {
    return cleanFilename(dispositionOf(headers.get('content-disposition') ?? '').filename ?? '')
  } catch {
    return ''
  }
}

const failed = (url: URL, what: string, again: boolean) =>
  new FetchFailure('fetch-failed', `${url.host} ${what}.`, again)

/** The very bytes that were uploaded, whole or a range of them (RFC 9110 §13, §14). */

import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { isNamedIn, tagsIn } from './etags.ts'
import type { GatewayContext } from './gateway.ts'
import { INERT_UNLISTED } from './inert.ts'

/**
 * Answer with a capture's bytes; streams, holds nothing.
 * @throws GatewayError `no-such-capture`, `precondition-failed`, `range-not-satisfiable`
 */
export async function download(c: GatewayContext, capture: Capture): Promise<Response> {
  const { objects } = c.var.store
  if (capture.state === 'uploading') throw new GatewayError('no-such-capture')
  const head = await objects.head(capture.objectKey)
  if (!head) throw new GatewayError('no-such-capture')
  const headers = new Headers({
    'Content-Type': 'application/vnd.tcpdump.pcap',
    'Content-Disposition': contentDisposition(capture.filename),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    'Last-Modified': head.uploaded.toUTCString(),
    ETag: head.httpEtag,
    ...INERT_UNLISTED,
  })
  if (capture.sha256) headers.set('Repr-Digest', `sha-256=:${base64OfHex(capture.sha256)}:`)
  const verdict = preconditions(c, head.httpEtag, head.uploaded)
  if (verdict === 412) throw new GatewayError('precondition-failed')
  if (verdict === 304) {
    for (const name of [...headers.keys()]) if (!WITH_304.has(name)) headers.delete(name)
    return new Response(null, { status: 304, headers })
  }

  const current = isCurrent(c.req.header('if-range'), head.httpEtag, head.uploaded)
  const whole = c.req.raw.method === 'HEAD' || !current // only GET has ranges: RFC 9110 §14.2
  const range = whole ? null : rangeOf(c.req.header('range'), head.size)
  if (range === 'unsatisfiable') {
    c.header('Content-Range', `bytes */${head.size}`)
    throw new GatewayError('range-not-satisfiable')
  }
  headers.set('Content-Length', String(range ? range.length : head.size))
  if (range) headers.set('Content-Range', `bytes ${range.offset}-${range.offset + range.length - 1}/${head.size}`)
  const status = range ? 206 : 200
  if (c.req.raw.method === 'HEAD') return new Response(null, { status, headers })
  const object = await objects.get(capture.objectKey, range ?? undefined)
  if (!object) throw new GatewayError('no-such-capture')
  const body = new FixedLengthStream(range ? range.length : head.size)
  c.executionCtx.waitUntil(object.body.pipeTo(body.writable).catch(() => undefined))
  return new Response(body.readable, { status, headers })
}

/** One byte range; `null` for none, for several and for what cannot be read: the whole is a right answer to each. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { offset: number; length: number } | 'unsatisfiable' | null {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < offset) return null
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset + 1 }
}

/** What a 304 carries: RFC 9110 §15.4.5, and what keeps the body inert. */
const WITH_304 = new Set(['etag', 'last-modified', 'cache-control', 'content-security-policy', 'x-robots-tag'])

/** What comes of a request's preconditions, in the order of RFC 9110 §13.2.2; `null`: it goes on. */
function preconditions(c: GatewayContext, etag: string, modified: Date): 304 | 412 | null {
  const ifMatch = c.req.header('if-match')
  const unmodifiedSince = timeOf(c.req.header('if-unmodified-since'))
  if (ifMatch !== undefined) {
    const tags = tagsIn(ifMatch)
    if (tags !== '*' && !tags.includes(etag)) return 412
  } else if (unmodifiedSince !== null && secondsOf(modified) > secondsOf(unmodifiedSince)) return 412
  const ifNoneMatch = c.req.header('if-none-match')
  if (ifNoneMatch !== undefined) return isNamedIn(ifNoneMatch, etag) ? 304 : null
  const modifiedSince = timeOf(c.req.header('if-modified-since'))
  return modifiedSince !== null && secondsOf(modified) <= secondsOf(modifiedSince) ? 304 : null
}

/** Whether what a range is wanted of is what there is: that very tag, or that very date, for bytes that never change (§13.1.5). */
function isCurrent(ifRange: string | undefined, etag: string, modified: Date): boolean {
  if (ifRange === undefined || ifRange === etag) return true
  const time = timeOf(ifRange)
  return time !== null && secondsOf(time) === secondsOf(modified)
}

const DAY = /^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?[ ,]/

/** A date in one of the three forms of HTTP (§5.6.7). `null` for what is none: it is passed over. */
function timeOf(header: string | undefined): Date | null {
  if (header === undefined || !DAY.test(header)) return null
  const date = new Date(header.endsWith(' GMT') ? header : `${header} GMT`)
  return Number.isNaN(date.getTime()) ? null : date
}

const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000)

/** Characters that turn the writing direction: a name may show another ending than it has. */
export const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * `filename*=` first, `filename=` last and unquoted where it is a plain token: what CloudShark's clients cut out with a
 * simple pattern (RFC 6266 §4.3, RFC 8187).
 */
export function contentDisposition(name: string): string {
  const filename = name.replace(TURNING, '_')
  if (/^[A-Za-z0-9!#$&+.^_`|~-]+$/.test(filename)) return `attachment; filename=${filename}`
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  return `attachment; filename*=UTF-8''${encoded}; filename="${plain}"`
}

function base64OfHex(hex: string): string {
  return btoa(hex.replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16))))
}

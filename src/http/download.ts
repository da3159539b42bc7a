/** The very bytes that were uploaded, whole or a range of them (RFC 9110 §13, §14). */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { isNamedIn } from './etags.ts'
import type { GatewayContext } from './gateway.ts'

/** Answer with a capture's bytes; streams, holds nothing. */
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
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
  })
  if (capture.sha256) headers.set('Repr-Digest', `sha-256=:${base64OfHex(capture.sha256)}:`)
  if (isNamedIn(c.req.header('if-none-match'), head.httpEtag)) return new Response(null, { status: 304, headers })

  const ifRange = c.req.header('if-range')
  const current = ifRange === undefined || ifRange === head.httpEtag || ifRange === headers.get('Last-Modified')
  const whole = c.req.raw.method === 'HEAD' || !current // only GET has ranges: RFC 9110 §14.2
  const range = whole ? null : rangeOf(c.req.header('range'), head.size)
  if (range === 'unsatisfiable') {
    headers.set('Content-Range', `bytes */${head.size}`)
    headers.delete('Content-Disposition')
    return new Response(null, { status: 416, headers })
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

/** Characters that turn the writing direction: a name may show another ending than it has. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

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

/** A world outside for fetches: names with addresses, servers that answer as a test says, and a record of who was connected to. */
import type { Net } from '../../src/ingest/net.ts'

/** What a server of this world does with a request. */
export type Server = (request: Request) => Response | Promise<Response>

/** A public address, RFC 7534's neighbour: nobody connects to it here. */
export const PUBLIC = '93.184.215.14'

export interface World extends Net {
  /** Hosts and ports that were connected to, in order. */
  connections: string[]
  /** Requests as their servers got them. */
  requests: Request[]
  /** Names that were resolved, in order. */
  lookUps: string[]
}

/**
 * @param servers by host, with the port where it is an unusual one
 * @param addresses of each name, or what gives them; a name that is not there has a public one
 */
export function worldOf(
  servers: Record<string, Server>,
  addresses: Record<string, string[] | (() => string[])> = {},
): World {
  const connections: string[] = []
  const requests: Request[] = []
  const lookUps: string[] = []
  return {
    connections,
    requests,
    lookUps,
    async resolve(name) {
      lookUps.push(name)
      const found = addresses[name] ?? [PUBLIC]
      return typeof found === 'function' ? found() : found
    },
    async fetch(url, init) {
      connections.push(url.host)
      const request = new Request(url, init as RequestInit)
      requests.push(request)
      const server = servers[url.host]
      if (!server) throw new Error('Network connection lost.')
      return server(request)
    },
  }
}

/** How a server of one file behaves. */
export interface Serving {
  etag?: string | null
  /** It does not say how long the file is. */
  unmeasured?: true
  /** It takes no ranges. */
  whole?: true
  headers?: Record<string, string>
  /** What is done to the bytes of the n-th answer, from 0. */
  body?: (bytes: Uint8Array, answer: number) => BodyInit
}

/** A server of one file, with ranges and validators (RFC 9110 §13, §14). */
export function serverOf(
  file: Uint8Array,
  {
    etag = '"v1"',
    unmeasured,
    whole,
    headers: more = {},
    body = (bytes) => bytes as Uint8Array<ArrayBuffer>,
  }: Serving = {},
): Server {
  let answers = 0
  return (request) => {
    const headers = new Headers(more)
    if (!whole) headers.set('Accept-Ranges', 'bytes')
    if (etag !== null) headers.set('ETag', etag)
    const from = /^bytes=(\d+)-$/.exec(request.headers.get('range') ?? '')?.[1]
    const current = request.headers.get('if-range') === etag
    if (from !== undefined && current && !whole) {
      const at = Number(from)
      if (at >= file.length) {
        headers.set('Content-Range', `bytes */${file.length}`)
        return new Response(null, { status: 416, headers })
      }
      headers.set('Content-Range', `bytes ${at}-${file.length - 1}/${file.length}`)
      return new Response(body(file.slice(at), answers++), { status: 206, headers })
    }
    if (!unmeasured) headers.set('Content-Length', String(file.length))
    return new Response(body(file.slice(), answers++), { status: 200, headers })
  }
}

/** The first bytes of a body, then the connection breaks. */
export function broken(bytes: Uint8Array, after: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= after) return controller.error(new Error('Network connection lost.'))
      controller.enqueue(bytes.slice(at, Math.min(at + 16_384, after)))
      at += 16_384
    },
  })
}

/** HTTP/2 in the clear by Node's own client and server, recorded: a body that is packed, one in several frames with trailers, one that the client sends. */
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { recorded } from './recorded-tls.ts'
import { captureOf, framesOf } from './tcp-traffic.ts'

export async function recordedHttp2(): Promise<Uint8Array> {
  const server = http2.createServer()
  server.on('stream', (stream, { ':path': path }) => {
    const isLong = path === '/long'
    stream.respond(
      { ':status': 200, ...(path === '/packed' ? { 'content-encoding': 'gzip' } : {}) },
      { waitForTrailers: isLong },
    )
    if (isLong) stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': 'the end' }))
    stream.end(isLong ? 'z'.repeat(40_000) : path === '/packed' ? gzipSync('hello '.repeat(1000)) : 'a page\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = await recorded(
    (server.address() as AddressInfo).port,
    async (port) => {
      const session = http2.connect(`http://127.0.0.1:${port}`)
      const requests = ['/page', '/packed', '/long'].map((path) => session.request({ ':path': path }).end())
      requests.push(session.request({ ':path': '/sent', ':method': 'POST' }).end('some data\n'))
      await Promise.all(requests.map((request) => once(request.resume(), 'end')))
      session.close()
      await once(session, 'close')
    },
    50_004,
  )
  server.close()
  return captureOf(framesOf({ ...connection, server: { ...connection.server, port: 80 } }))
}

/** A small capture of plain HTTP, in memory and in a file for tshark. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureOf, framesOf } from './tcp-traffic.ts'

const OBJECT = `<!doctype html><title>A page</title>${'<p>of some length</p>'.repeat(200)}\n`

export async function httpCapture() {
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const request = (path: string) => ({
    fromServer: false,
    bytes: utf8(`GET ${path} HTTP/1.1\r\nHost: www.example.net\r\nUser-Agent: test\r\n\r\n`),
  })
  const response = (type: string, body: string) => ({
    fromServer: true,
    bytes: utf8(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  })
  const frames = framesOf({
    client: { host: '192.0.2.10', port: 50_000 },
    server: { host: '198.51.100.7', port: 80 },
    sent: [
      request('/page.html'),
      response('text/html', OBJECT),
      request('/style.css'),
      response('text/css', 'p { color: red }\n'),
    ],
  })
  const bytes = captureOf(frames)
  const path = join(await mkdtemp(join(tmpdir(), 'pcaport-web-')), 'web.pcap')
  await writeFile(path, bytes)
  return { bytes, path, object: OBJECT }
}

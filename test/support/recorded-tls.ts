/** Real TLS by Node's own client and server, recorded: 1.2 and 1.3 with HTTP/1.1 in them, 1.3 with HTTP/2; and the keys that the client wrote down. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import http2 from 'node:http2'
import https from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { bytes } from '../summary/frames.ts'
import { pcapng } from './captures.ts'
import { type Connection, captureOf, framesOf } from './tcp-traffic.ts'

const run = promisify(execFile)

async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), 'pcaport-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    '-subj',
    '/CN=www.example.net',
  ])
  const made = { key: await readFile(key), cert: await readFile(cert) }
  await rm(folder, { recursive: true })
  return made
}

/** Everything that a client and a server on this machine say to each other. */
export async function recorded(
  port: number,
  client: (port: number) => Promise<void>,
  clientPort: number,
): Promise<Connection> {
  const sent: Connection['sent'] = []
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const say = (fromServer: boolean) => (chunk: Buffer) => sent.push({ fromServer, bytes: Uint8Array.from(chunk) })
    near
      .on('data', say(false))
      .on('error', () => {})
      .pipe(far)
    far
      .on('data', say(true))
      .on('error', () => {})
      .pipe(near)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  await client((proxy.address() as AddressInfo).port)
  proxy.close()
  return { client: { host: '192.0.2.10', port: clientPort }, server: { host: '198.51.100.7', port: 443 }, sent }
}

/** @returns the capture; the same with the keys in a Decryption Secrets Block; the key log */
export async function recordedTls() {
  const keys = await certificate()
  let keylog = ''
  const kept = (line: Buffer) => {
    keylog += line.toString()
  }
  const plain = https.createServer({ ...keys }, (_, response) => response.end('a page\n'))
  const second = http2.createSecureServer({ ...keys })
  second.on('stream', (stream) => {
    stream.respond({ ':status': 200 })
    stream.end('a page\n')
  })
  for (const server of [plain, second]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
  const first = (version: tls.SecureVersion, path: string) => async (port: number) => {
    const agent = new https.Agent({
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
      servername: 'www.example.net',
    })
    agent.on('keylog', kept)
    await new Promise<void>((resolve, reject) =>
      https
        .get({ port, host: '127.0.0.1', path, agent, headers: { Host: 'www.example.net' } }, (answer) =>
          answer.resume().on('end', resolve),
        )
        .on('error', reject),
    )
    agent.destroy()
  }
  const overHttp2 = async (port: number) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      servername: 'www.example.net',
    })
    socket.on('keylog', kept)
    const session = http2.connect('https://www.example.net', { createConnection: () => socket })
    const request = session.request({ ':path': '/over-http2' })
    await once(request.resume().end(), 'end')
    session.close()
    await once(session, 'close')
  }
  const connections = [
    await recorded(portOf(plain), first('TLSv1.2', '/over-tls12'), 50_001),
    await recorded(portOf(plain), first('TLSv1.3', '/over-tls13'), 50_002),
    await recorded(portOf(second), overHttp2, 50_003),
  ]
  plain.close()
  second.close()
  const frames = connections.flatMap(framesOf)
  const ng = pcapng()
  const embedded = bytes(
    ng.section(),
    ng.interface(),
    ng.secrets(new TextEncoder().encode(keylog)),
    ...frames.map((frame, i) => ng.packet(frame, { time: 1_700_000_000_000_000n + BigInt(i) * 1000n })),
  )
  return { bytes: captureOf(frames), embedded, keylog }
}

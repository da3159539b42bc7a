/** Stand-ins for a gateway, where a test needs answers that a real one gives seldom or not yet. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Stub {
  host: string
  stop(): Promise<void>
}

/** Answers each request with a status and JSON. */
export async function answering(
  answer: (method: string, path: string) => { status: number; body: object; headers?: Record<string, string> },
): Promise<Stub & { asked: string[] }> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    await buffer(request).catch(() => null)
    asked.push(`${request.method} ${request.url}`)
    const { status, body, headers = {} } = answer(request.method ?? '', request.url ?? '')
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  return { ...(await listening(server)), asked }
}

/** What came of an upload by tus. */
export interface TusUpload {
  metadata: string
  length: number
  bytes: Buffer[]
  offset: number
}

/** A tus 1.0.0 server with creation, that keeps what it got of a request that broke. */
export async function tusServer(
  id: string,
): Promise<Stub & { uploads: TusUpload[]; received: () => number; requests: string[] }> {
  const uploads: TusUpload[] = []
  const requests: string[] = []
  let received = 0
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { method, headers, url = '' } = request
    requests.push(`${method}`)
    const say = (status: number, more: Record<string, string | number> = {}) =>
      response.writeHead(status, { 'Tus-Resumable': '1.0.0', ...more }).end()
    if (headers['tus-resumable'] !== '1.0.0') return say(412)
    if (headers.authorization === undefined) return say(401)
    if (method === 'POST') {
      uploads.push({
        metadata: String(headers['upload-metadata']),
        length: Number(headers['upload-length']),
        bytes: [],
        offset: 0,
      })
      return say(201, { Location: `/files/${uploads.length - 1}` })
    }
    const upload = uploads[Number(url.split('/').at(-1))]
    if (upload === undefined) return say(404)
    const state = () => ({
      'Upload-Offset': upload.offset,
      'Upload-Length': upload.length,
      ...(upload.offset === upload.length ? { 'X-Capture-Id': id } : {}),
    })
    if (method === 'HEAD') return say(200, state())
    if (Number(headers['upload-offset']) !== upload.offset) return say(409)
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
      upload.bytes.push(chunk)
      upload.offset += chunk.length
    })
    request.on('end', () => say(204, state()))
    request.on('error', () => {})
  }
  return { ...(await listening(createServer(handle))), uploads, received: () => received, requests }
}

/** Passes connections on to a gateway; the first one is cut after `up` bytes of what is sent, or `down` of what is answered. */
export async function cuttingProxy(
  to: string,
  up: number,
  down = Number.POSITIVE_INFINITY,
): Promise<Stub & { connections: () => number }> {
  let connections = 0
  const server = createTcpServer((near) => {
    const far = connect(Number(new URL(to).port), '127.0.0.1')
    const isFirst = connections++ === 0
    const end = () => {
      near.destroy()
      far.destroy()
    }
    const pass = (from: Socket, into: Socket, most: number) => {
      let passed = 0
      from.on('data', (chunk: Buffer) => {
        passed += chunk.length
        into.write(chunk)
        if (isFirst && passed > most) end()
      })
      from.on('error', end)
      from.on('close', end)
    }
    pass(near, far, up)
    pass(far, near, down)
  })
  return { ...(await listening(server)), connections: () => connections }
}

async function listening(server: Server): Promise<Stub> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped())
        ;(server as { closeAllConnections?: () => void }).closeAllConnections?.()
      }),
  }
}

/** Uploads by URL from a real HTTP server, by a real `npm start`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { type Server, startServer } from '../support/server.ts'

const MiB = 1024 ** 2
const FILE = pcap(Array.from({ length: 320 }, () => ({ data: payload(65_536) })))
const SMALL = pcap([{ data: payload(60) }])

interface Seen {
  path: string
  range: string | undefined
  authorization: string | undefined
}
const seen: Seen[] = []
let port = 0

/** The file from where it is asked for, broken off after so many bytes. */
function serve(request: IncomingMessage, response: ServerResponse, file: Uint8Array, breakAfter = Infinity) {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const headers = { 'Accept-Ranges': 'bytes', ETag: '"1"', 'Content-Length': file.length - from }
  const range = { 'Content-Range': `bytes ${from}-${file.length - 1}/${file.length}` }
  response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...headers, ...range } : headers)
  if (file.length - from <= breakAfter) return response.end(file.subarray(from))
  response.write(file.subarray(from, from + breakAfter), () => setTimeout(() => response.destroy(), 50))
}

const PATHS: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/plain.pcap': (request, response) => serve(request, response, SMALL),
  '/hop': (_, response) => response.writeHead(302, { Location: '/hop2' }).end(),
  '/hop2': (_, response) => response.writeHead(307, { Location: `http://127.0.0.1:${port}/plain.pcap` }).end(),
  '/inside': (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
  '/loop': (_, response) => response.writeHead(302, { Location: '/loop' }).end(),
  '/auth.pcap': (request, response) =>
    request.headers.authorization === `Basic ${btoa('noc:s3cret pw')}`
      ? serve(request, response, SMALL)
      : response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end(),
  '/breaks.pcap': (request, response) => serve(request, response, FILE, 9 * MiB),
  '/lies.pcap': (_, response) => {
    response.writeHead(200, { 'Content-Length': 1000 })
    response.write(SMALL, () => setTimeout(() => response.destroy(), 50))
  },
  '/hangs.pcap': (_, response) => {
    response.writeHead(200)
    response.write(SMALL.subarray(0, 60)) // and nothing more
  },
  '/slow.pcap': async (_, response) => {
    response.writeHead(200)
    for (const byte of SMALL.subarray(0, 60)) {
      response.write(new Uint8Array([byte]))
      await new Promise((next) => setTimeout(next, 10))
    }
    response.end(SMALL.subarray(60))
  },
}

const files = createServer((request, response) => {
  const path = request.url ?? ''
  seen.push({ path, range: request.headers.range, authorization: request.headers.authorization })
  const serves = PATHS[path]
  if (serves) void serves(request, response)
  else response.writeHead(404).end()
})

let server: Server
beforeAll(async () => {
  await new Promise<void>((ready) => files.listen(0, '127.0.0.1', ready))
  port = (files.address() as AddressInfo).port
  server = await startServer({ env: { FETCH_ALLOW: `127.0.0.1:${port}` } })
})
afterAll(async () => {
  await server?.stop()
  files.closeAllConnections()
  await new Promise((closed) => files.close(closed))
})

async function upload(url: string): Promise<Response> {
  return fetch(`${server.url}/api/v1/${server.token}/upload?url=${encodeURIComponent(url)}`, { method: 'POST' })
}
const at = (path: string, userinfo = '') => `http://${userinfo}127.0.0.1:${port}${path}`

/** @returns the status, once it is no longer processing */
async function fetched(path: string, userinfo = '') {
  const answer = await upload(at(path, userinfo))
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { id } = (await answer.json()) as { id: string }
  const headers = { Authorization: `Bearer ${server.token}` }
  let status: Record<string, unknown> = {}
  await expect
    .poll(
      async () => {
        status = await (await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, { headers })).json()
        return status.status
      },
      { timeout: 20_000, interval: 50 },
    )
    .not.toBe('processing')
  const bytes = await (await fetch(`${server.url}/api/v1/${server.token}/download/${id}`)).arrayBuffer()
  return { id, status, bytes: Buffer.from(bytes), requests: seen.filter((request) => request.path === path) }
}

describe('a capture from a real server', { timeout: 60_000 }, () => {
  it.each([
    ['as it is', '/plain.pcap', ''],
    ['behind two redirects', '/hop', ''],
    ['behind a password', '/auth.pcap', 'noc:s3cret%20pw@'],
    ['that trickles', '/slow.pcap', ''],
  ])('%s', async (_, path, userinfo) => {
    const { status, bytes } = await fetched(path, userinfo)
    expect(status).toEqual({ status: 'ok' })
    expect(bytes.equals(SMALL)).toBe(true)
  })

  it('of 20 MiB, from a server that breaks off every 9 MiB', async () => {
    const { status, bytes, requests } = await fetched('/breaks.pcap')
    expect(status).toEqual({ status: 'ok' })
    expect(bytes.equals(FILE)).toBe(true)
    const places = requests.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0))
    expect(places[0]).toBe(0)
    expect(places.length).toBeGreaterThanOrEqual(3)
    expect(places.slice(1).every((place, index) => place > (places[index] ?? 0) + 8 * MiB)).toBe(true)
  })

  it.each([
    ['behind a redirect to another port of this machine', '/inside', 'fetch-refused'],
    ['behind redirects without an end', '/loop', 'fetch-failed'],
    ['that is not there', '/gone.pcap', 'fetch-failed'],
    ['without the password', '/auth.pcap', 'fetch-failed'],
  ])('%s ends as an error', async (_, path, error) => {
    expect((await fetched(path)).status).toMatchObject({ status: 'error', error })
  })

  it('shorter than its server says is asked for again, later', async () => {
    const { id } = (await (await upload(at('/lies.pcap'))).json()) as { id: string }
    await expect.poll(() => seen.filter(({ path }) => path === '/lies.pcap').length, { timeout: 20_000 }).toBe(2)
    const answer = await fetch(`${server.url}/api/v1/${server.token}/delete/${id}`, { method: 'POST' })
    expect(answer.status).toBe(200)
  })

  it('that never comes keeps no parse of another waiting', async () => {
    const { id } = (await (await upload(at('/hangs.pcap'))).json()) as { id: string }
    await expect.poll(() => seen.some(({ path }) => path === '/hangs.pcap'), { timeout: 20_000 }).toBe(true)
    const sent = await fetch(`${server.url}/api/v1/${server.token}/upload`, { method: 'PUT', body: SMALL })
    const headers = { Authorization: `Bearer ${server.token}` }
    const statusOf = async (of: string) =>
      (await fetch(`${server.url}/api/v1/pcaps/private/status/${of}`, { headers })).json()
    const other = ((await sent.json()) as { id: string }).id
    await expect.poll(() => statusOf(other), { timeout: 20_000 }).toEqual({ status: 'ok' })
    expect(await statusOf(id)).toEqual({ status: 'processing' })
    const answer = await fetch(`${server.url}/api/v1/${server.token}/delete/${id}`, { method: 'POST' })
    expect(answer.status).toBe(200)
  })

  it('from any other place of this machine is refused at once', async () => {
    for (const url of [`http://localhost:${port}/plain.pcap`, 'http://127.0.0.1:1/', `${server.url}/api/v1/x`])
      expect((await upload(url)).status, url).toBe(403)
  })

  it('leaves no password and no path in what the server says', () => {
    expect(server.output()).not.toMatch(/s3cret|plain\.pcap/)
    expect(seen.filter(({ authorization }) => authorization !== undefined).map(({ path }) => path)).toEqual([
      '/auth.pcap',
    ])
  })
})

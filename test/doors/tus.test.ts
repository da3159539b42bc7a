/**
 * Published tus clients against a real server, their connections cut at random points, and the server killed in between.
 * `TUS_MEGABYTES=200 TUS_CUTS=50 npx vitest run --project system test/doors/tus.test.ts` is the long form.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tus from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pcap } from '../support/captures.ts'
import { type CuttingProxy, cuttingProxy } from '../support/cutting-proxy.ts'
import { type Server, startServer } from '../support/server.ts'

const SIZE = Number(process.env.TUS_MEGABYTES ?? 24) * 1_000_000
const CUTS = Number(process.env.TUS_CUTS ?? 8)
/** One of so many cuts kills the server, too. */
const KILLS_EVERY = 5

const state = mkdtempSync(join(tmpdir(), 'pcaport-tus-'))
const token = randomBytes(16).toString('hex')
const bytes = Buffer.from(
  pcap(Array.from({ length: Math.floor(SIZE / 60_016) }, (_, at) => ({ seconds: at, data: randomBytes(60_000) }))),
)
const sha256 = createHash('sha256').update(bytes).digest('hex')
// Not imported by name: their types bring a browser's with them, and these are not the ones that Workers have.
const [{ default: Uppy }, { default: UppyTus }] = await Promise.all(
  ['@uppy/core', '@uppy/tus'].map((name) => import(name)),
)
let server: Server
let proxy: CuttingProxy
let up: Promise<unknown> = Promise.resolve()

beforeAll(async () => {
  server = await startServer({ state, token })
  proxy = await cuttingProxy(server.port)
})
afterAll(async () => {
  await proxy.close()
  await up
  await server.stop()
  rmSync(state, { recursive: true, force: true, maxRetries: 5 })
})

const restart = async () => {
  await server.kill('SIGKILL')
  server = await startServer({ state, token, port: server.port })
}

/** What both clients are told. They ask for the offset and go on after each cut, for as long as the server may be away. */
const options = (chunkSize: number) => ({
  endpoint: `${proxy.url}/files`,
  headers: { Authorization: `Bearer ${token}` },
  retryDelays: Array.from({ length: 200 }, () => 250),
  chunkSize,
})

/** Cut, and kill, while a client uploads; then see that what is kept is what it sent. */
async function survives(name: string, upload: () => Promise<string>): Promise<void> {
  let kills = 0
  const points = Array.from({ length: CUTS }, () => Math.floor(Math.random() * bytes.length)).sort((a, b) => a - b)
  proxy.cutAt(points, (cut) => {
    if (cut % KILLS_EVERY !== 0) return
    kills++
    up = up.then(restart)
  })
  const before = proxy.sent()
  const url = await upload()
  await up
  const id = url.split('/').at(-1) ?? ''
  const got = await fetch(`${server.url}/api/v1/${token}/download/${id}`)
  const body = Buffer.from(await got.arrayBuffer())
  expect([got.status, body.length, createHash('sha256').update(body).digest('hex')]).toEqual([
    200,
    bytes.length,
    sha256,
  ])
  const sent = proxy.sent() - before
  console.log(
    `${name}: ${bytes.length} bytes, ${points.length} cuts, ${kills} kills: byte-equal; sent ${(sent / bytes.length).toFixed(2)} times`,
  )
}

const CHUNKS: [string, number][] = [
  ['in one request', Number.POSITIVE_INFINITY],
  ['in chunks of 5,000,001 bytes', 5_000_001],
]

describe.each(CHUNKS)('%s', (how, chunkSize) => {
  it('tus-js-client uploads though its connection is cut and the server is killed', async () => {
    await survives(
      `tus-js-client ${how}`,
      () =>
        new Promise((resolve, reject) => {
          const upload = new tus.Upload(bytes, {
            ...options(chunkSize),
            metadata: { filename: 'traffic.pcap' },
            onError: reject,
            onSuccess: () => resolve(upload.url ?? ''),
          })
          upload.start()
        }),
    )
  }, 900_000)
})

it('Uppy uploads though its connection is cut and the server is killed', async () => {
  const uppy = new Uppy({ autoProceed: false }).use(UppyTus, { ...options(5_000_001), limit: 1 })
  const data = Object.assign(Buffer.from(bytes), { size: bytes.length }) as unknown as Blob
  await survives('Uppy', async () => {
    uppy.addFile({ name: 'traffic.pcap', type: 'application/vnd.tcpdump.pcap', data })
    const result = await uppy.upload()
    expect(result?.failed).toEqual([])
    return result?.successful?.[0]?.uploadURL ?? ''
  })
  uppy.destroy()
}, 900_000)

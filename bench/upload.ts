/**
 * Resumable uploads through our door, beside a plain PUT through another, and beside `@tus/server` with its file store:
 * `npm run bench:upload [-- --small]`. tus-js-client is the client of all that is tus, and curl that of the PUT. The queue consumer is
 * left out of ours, so that what is measured ends with the answer.
 */
import { execFile, spawn } from 'node:child_process'
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as tus from 'tus-js-client'
import { writeCapture } from './captures.ts'
import { type Launched, launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'
import { forgetPeak, peakMemory } from './processes.ts'

const MIB = 1024 ** 2
const small = process.argv.includes('--small')
const RUNS = small ? 1 : 3
const SIZE = (small ? 32 : 256) * MIB
const CHUNKS: [string, number][] = [
  ['8 MiB', 8 * MIB],
  ['10 MiB', 10 * MIB],
  ['64 MiB', 64 * MIB],
  ['one request', Number.POSITIVE_INFINITY],
]

/** @returns the address of the upload */
function upload(url: string, headers: Record<string, string>, file: string, chunkSize: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = new tus.Upload(createReadStream(file), {
      endpoint: `${url}/files`,
      headers,
      chunkSize,
      uploadSize: statSync(file).size,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(sent.url ?? ''),
    })
    sent.start()
  })
}

async function put(to: Launched, file: string): Promise<string> {
  const { stdout } = await promisify(execFile)('curl', [
    '-sS',
    '-H',
    'Expect:',
    '-T',
    file,
    `${to.url}/api/v1/${to.token}/upload`,
  ])
  return /"id":\s*"([^"]+)"/.exec(stdout)?.[1] ?? ''
}

/** Launch the peer. @returns where it is, and what ends it */
async function launchPeer(): Promise<{ url: string; stop(): void }> {
  const folder = join(scratch, 'tus-peer')
  mkdirSync(folder, { recursive: true })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tus-peer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((ready) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => ready(/ready on (\S+)/.exec(text)?.[1] ?? ''))
  })
  return { url, stop: () => void child.kill() }
}

const file = join(scratch, 'capture.pcap')
writeCapture(file, { format: 'pcap', size: SIZE, packet: 453 })
await using ours = await launch('doors-worker.ts')
const peer = await launchPeer()
const authorization = { Authorization: `Bearer ${ours.token}` }
const remove = (url: string, headers: Record<string, string>) =>
  fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0', ...headers } })

/** Milliseconds of an upload; what it left is taken away. */
async function measured(chunkSize: number, to: { url: string }, headers: Record<string, string>): Promise<number> {
  let url = ''
  const time = await timed(async () => {
    url = await upload(to.url, headers, file, chunkSize)
  })
  await remove(url, headers)
  return time
}

const rows = [['chunks', 'tus', 'PUT', '@tus/server', 'tus : PUT', 'tus : @tus/server', "workerd's peak RSS"]]
for (const [name, chunkSize] of CHUNKS) {
  forgetPeak(ours.pid)
  const results = await interleaved(RUNS, {
    tus: () => measured(chunkSize, ours, authorization),
    put: async () => {
      let id = ''
      const time = await timed(async () => {
        id = await put(ours, file)
      })
      await fetch(`${ours.url}/api/v1/${ours.token}/delete/${id}`, { method: 'POST' })
      return time
    },
    peer: () => measured(chunkSize, peer, {}),
  })
  const speed = (what: keyof typeof results) => `${(SIZE / 1000 / median(results[what])).toFixed(0)} MB/s`
  rows.push([
    name,
    speed('tus'),
    speed('put'),
    speed('peer'),
    against(median(results.put) / median(results.tus), 0.8, '≥', 2),
    against(median(results.peer) / median(results.tus), 1, '≥', 2),
    `${peakMemory(ours.pid).toFixed(0)} MiB`,
  ])
}
peer.stop()
rmSync(file)

console.log(`Uploads of ${SIZE / MIB} MiB; medians of ${RUNS}\n`)
printTable(rows)

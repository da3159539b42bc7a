/**
 * Resumable uploads through our door, beside a plain PUT through another, beside `@tus/server` with its file store, and beside a Worker
 * that does nothing but hand each piece to R2, which is what the local R2 can take at most:
 * `npm run bench:upload [-- --small] [-- --chunks='10 MiB']`.
 * tus-js-client is the client of all that is tus, and curl that of the PUTs. The queue consumer is left out of ours, so that what is
 * measured ends with the answer.
 */
import { execFile, spawn } from 'node:child_process'
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as tus from 'tus-js-client'
import { writeCapture } from './captures.ts'
import { launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'
import { cpuSeconds, forgetPeak, peakMemory } from './processes.ts'

const MIB = 1024 ** 2
const small = process.argv.includes('--small')
const only = process.argv.find((word) => word.startsWith('--chunks='))?.slice(9)
const RUNS = small ? 1 : 3
const SIZE = (small ? 32 : 256) * MIB
const CHUNKS: [string, number][] = [
  ['8 MiB', 8 * MIB],
  ['10 MiB', 10 * MIB],
  ['10 MB', 10_000_000],
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

/** @returns what was answered */
async function put(url: string, file: string): Promise<string> {
  return (await promisify(execFile)('curl', ['-sS', '-H', 'Expect:', '-T', file, url])).stdout
}

/** Launch the peer. @returns where it is, and what ends it */
async function launchPeer(): Promise<{ url: string; pid: number; stop(): void }> {
  const folder = join(scratch, 'tus-peer')
  mkdirSync(folder, { recursive: true })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tus-peer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((ready) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => ready(/ready on (\S+)/.exec(text)?.[1] ?? ''))
  })
  return { url, pid: child.pid ?? 0, stop: () => void child.kill() }
}

const file = join(scratch, 'capture.pcap')
writeCapture(file, { format: 'pcap', size: SIZE, packet: 453 })
await using ours = await launch('doors-worker.ts')
await using bare = await launch('bare-worker.ts')
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

/** Milliseconds of a plain PUT through our door; its capture is taken away. */
async function measuredPut(): Promise<number> {
  let answer = ''
  const time = await timed(async () => {
    answer = await put(`${ours.url}/api/v1/${ours.token}/upload`, file)
  })
  await fetch(`${ours.url}/api/v1/${ours.token}/delete/${/"id":\s*"([^"]+)"/.exec(answer)?.[1]}`, { method: 'POST' })
  return time
}

/** As {@link measuredPut}, by nothing but R2. */
async function measuredBarePut(): Promise<number> {
  const time = await timed(() => put(`${bare.url}/capture`, file))
  await fetch(`${bare.url}/capture`, { method: 'DELETE' })
  return time
}

/** CPU seconds that a workerd spends on some work, beside its milliseconds: on a busy machine they tell more. */
const costs = async (pid: number, work: () => Promise<number>) => {
  const before = cpuSeconds(pid)
  const time = await work()
  return { time, cpu: cpuSeconds(pid) - before }
}

const speeds = [['chunks', 'tus', 'PUT', '@tus/server', 'bare R2: parts', 'bare R2: put']]
const ratios = [
  ['chunks', 'tus : PUT', 'tus : bare R2', 'tus : @tus/server', 'bare R2 : @tus/server', "workerd's peak RSS"],
]
for (const [name, chunkSize] of CHUNKS.filter(([chunks]) => chunks === (only ?? chunks))) {
  forgetPeak(ours.pid)
  const results = await interleaved(RUNS, {
    tus: () => costs(ours.pid, () => measured(chunkSize, ours, authorization)),
    put: () => costs(ours.pid, measuredPut),
    peer: () => costs(peer.pid, () => measured(chunkSize, peer, {})),
    parts: () => costs(bare.pid, () => measured(chunkSize, bare, {})),
    bare: () => costs(bare.pid, measuredBarePut),
  })
  const of = (what: keyof typeof results, part: 'time' | 'cpu') => median(results[what].map((cost) => cost[part]))
  const speed = (what: keyof typeof results) =>
    `${(SIZE / 1000 / of(what, 'time')).toFixed(0)} MB/s, ${of(what, 'cpu').toFixed(1)} s`
  const over = (one: keyof typeof results, other: keyof typeof results) => of(other, 'time') / of(one, 'time')
  speeds.push([name, speed('tus'), speed('put'), speed('peer'), speed('parts'), speed('bare')])
  ratios.push([
    name,
    against(over('tus', 'put'), 0.8, '≥', 2),
    against(over('tus', 'parts'), 0.9, '≥', 2),
    against(over('tus', 'peer'), 1, '≥', 2),
    over('parts', 'peer').toFixed(2),
    `${peakMemory(ours.pid).toFixed(0)} MiB`,
  ])
}
peer.stop()
rmSync(file)

console.log(`Uploads of ${SIZE / MIB} MiB; medians of ${RUNS}, with the server's CPU time\n`)
printTable(speeds)
console.log()
printTable(ratios)

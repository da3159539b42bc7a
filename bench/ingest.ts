/**
 * Uploads through our doors beside a bare `R2.put(request.body)`, in the same local R2: `npm run bench:ingest [-- --small]`.
 * The queue consumer is left out of ours, so that what is measured ends with the answer; curl is the client of both.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { writeCapture } from './captures.ts'
import { type Launched, launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'
import { cpuSeconds, forgetPeak, peakMemory } from './processes.ts'

const MIB = 1024 ** 2
const small = process.argv.includes('--small')
const RUNS = small ? 1 : 5
const SIZE = (small ? 9 : 1024) * MIB
const CROWD = { uploads: small ? 4 : 16, size: (small ? 9 : 256) * MIB }

type Way = 'PUT' | 'PUT, no length' | 'multipart POST'

const WAYS: Record<Way, (file: string) => string[]> = {
  PUT: (file) => ['-T', file],
  'PUT, no length': () => ['-T', '-'],
  'multipart POST': (file) => ['-F', `file=@${file}`],
}

/** What one run has cost. */
interface Cost {
  milliseconds: number
  cpu: number
  peak: number
}

/** Upload a file some times at once, and take the captures away again. */
async function upload(to: Launched, urls: string[], way: Way, file: string, remove: (id: string) => Promise<unknown>) {
  forgetPeak(to.pid)
  const before = cpuSeconds(to.pid)
  let ids: string[] = []
  const milliseconds = await timed(async () => {
    ids = await Promise.all(urls.map((url) => curl([...WAYS[way](file), url], file)))
  })
  const cost: Cost = { milliseconds, cpu: cpuSeconds(to.pid) - before, peak: peakMemory(to.pid) }
  for (const id of ids) await remove(id)
  return cost
}

/** @returns the id that the answer has @throws Error with the answer where it has none */
async function curl(args: string[], stdin: string): Promise<string> {
  const file = openSync(stdin, 'r')
  const child = spawn('curl', ['-sS', '-H', 'Expect:', ...args], { stdio: [file, 'pipe', 'inherit'] })
  closeSync(file)
  const answer = await text(child.stdout as Readable)
  const id = /"id":\s*"([^"]+)"/.exec(answer)?.[1]
  if (!id) throw new Error(`curl ${args.join(' ')}: ${answer}`)
  return id
}

/** Both contenders on fresh processes, so that no row inherits another's memory. */
async function compare(way: Way, file: string, uploads: number, runs: number) {
  await using ours = await launch('doors-worker.ts')
  await using bare = await launch('bare-worker.ts')
  const api = `${ours.url}/api/v1/${ours.token}`
  const results = await interleaved(runs, {
    bare: () =>
      upload(
        bare,
        Array.from({ length: uploads }, (_, i) => `${bare.url}/${i}`),
        'PUT',
        file,
        (id) => fetch(bare.url + id, { method: 'DELETE' }),
      ),
    ours: () =>
      upload(
        ours,
        Array.from({ length: uploads }, () => `${api}/upload`),
        way,
        file,
        (id) => fetch(`${api}/delete/${id}`, { method: 'POST' }),
      ),
  })
  const of = (costs: Cost[], what: keyof Cost) => median(costs.map((cost) => cost[what]))
  return {
    throughput: of(results.bare, 'milliseconds') / of(results.ours, 'milliseconds'),
    speed: (what: 'bare' | 'ours') =>
      `${((uploads * (uploads > 1 ? CROWD.size : SIZE)) / 1000 / of(results[what], 'milliseconds')).toFixed(0)} MB/s`,
    cpu: of(results.ours, 'cpu') / of(results.bare, 'cpu'),
    seconds: (what: 'bare' | 'ours') => `${of(results[what], 'cpu').toFixed(1)} s`,
    memory: of(results.ours, 'peak') - of(results.bare, 'peak'),
    peak: (what: 'bare' | 'ours') => `${of(results[what], 'peak').toFixed(0)} MiB`,
  }
}

type Comparison = Awaited<ReturnType<typeof compare>>

function rowOf(name: string, found: Comparison, targets: { throughput: number | null; memory: number }): string[] {
  return [
    name,
    targets.throughput === null ? found.throughput.toFixed(2) : against(found.throughput, targets.throughput, '≥', 2),
    `${found.speed('ours')} : ${found.speed('bare')}`,
    targets.throughput === null ? found.cpu.toFixed(2) : against(found.cpu, 1.25, '≤', 2),
    `${found.seconds('ours')} : ${found.seconds('bare')}`,
    against(found.memory, targets.memory, '≤', 0),
    `${found.peak('ours')} : ${found.peak('bare')}`,
  ]
}

const HEADINGS = ['ours : bare', 'throughput', '', "workerd's CPU", '', 'peak RSS, MiB more', '']

const file = join(scratch, 'capture.pcap')
writeCapture(file, { format: 'pcap', size: SIZE, packet: 453 })
const rows = [HEADINGS]
for (const [way, throughput] of [
  ['PUT', 0.9],
  ['PUT, no length', 0.9],
  ['multipart POST', 0.8],
] as const)
  rows.push(rowOf(way, await compare(way, file, 1, RUNS), { throughput, memory: 96 }))
rmSync(file)
writeCapture(file, { format: 'pcap', size: CROWD.size, packet: 453 })
const crowd = await compare('PUT, no length', file, CROWD.uploads, RUNS)
rows.push(rowOf(`${CROWD.uploads} at once, no length`, crowd, { throughput: null, memory: 160 }))

console.log(`Uploads of ${SIZE / MIB} MiB, ${CROWD.uploads} at once of ${CROWD.size / MIB} MiB; medians of ${RUNS}\n`)
printTable(rows)

/**
 * The full summary of a capture in local R2 beside tshark's: `npm run bench:summary [-- --small]`. tshark reads the first 64 MiB
 * of the same packets, once, and both are compared by packets a second: by the clock, and, for a busy machine, by the CPU that tshark and
 * our workerd (local R2 is in it) have used. Beside it the facts alone, and the bound: the same bytes read, and nothing done.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Launched, launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'
import { cpuSeconds } from './processes.ts'
import { type TrafficSpec, writeTraffic } from './summary-traffic.ts'

const MIB = 1024 ** 2
const small = process.argv.includes('--small')
const RUNS = small ? 1 : 5
const SIZE = (small ? 4 : 512) * MIB
const TSHARK_SIZE = (small ? 1 : 64) * MIB
const TSHARK = ['-q', '-n', '-z', 'io,phs', '-z', 'conv,ip', '-z', 'conv,tcp', '-z', 'conv,udp']

interface Answer {
  packets: number
  held: number
  saved: number
}

async function compare(worker: Launched, spec: TrafficSpec): Promise<string[]> {
  const file = join(scratch, 'traffic.pcap')
  const packets = writeTraffic(file, spec)
  const { size } = statSync(file)
  execFileSync('curl', ['-sS', '--fail', '-H', 'Expect:', '-T', file, worker.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let answer: Answer = { packets: 0, held: 0, saved: 0 }
  const pass = (name: string) => async () => {
    const before = cpuSeconds(worker.pid)
    const milliseconds = await timed(async () => {
      answer = (await (await fetch(`${worker.url}/${name}`)).json()) as Answer
    })
    return { milliseconds, cpu: (cpuSeconds(worker.pid) - before) * 1000 }
  }
  const results = await interleaved(RUNS, { read: pass('read'), facts: pass('facts'), summary: pass('summary') })
  const seen = answer
  await pass('saved')()
  await fetch(worker.url, { method: 'DELETE' })
  if (seen.packets !== packets) throw new Error(`${seen.packets} packets, where ${packets} were written`)

  rmSync(file)
  const begun = writeTraffic(file, { ...spec, size: TSHARK_SIZE })
  const tshark = runTshark(file)
  rmSync(file)
  const taken = (pass: keyof typeof results) => median(results[pass].map(({ milliseconds }) => milliseconds))
  const rate = (milliseconds: number) => packets / milliseconds / 1000
  const ours = rate(taken('summary'))
  const [theirs, theirsByCpu] = [begun / tshark.milliseconds / 1000, begun / tshark.cpu / 1000]
  const oursByCpu = rate(median(results.summary.map(({ cpu }) => cpu)))
  const [least, most] = spec.packet
  return [
    `${least === most ? least : `${least}–${most}`}, ${spec.flows}`,
    theirs.toFixed(4),
    least < 100 ? against(ours, 1.5, '≥', 2) : ours.toFixed(2),
    against(ours / theirs, 100, '≥', 0),
    theirsByCpu.toFixed(4),
    oursByCpu.toFixed(2),
    (oursByCpu / theirsByCpu).toFixed(0),
    rate(taken('facts')).toFixed(2),
    rate(taken('read')).toFixed(2),
    (size / 1e6 / taken('summary')).toFixed(2),
    (answer.held / MIB).toFixed(1),
    (answer.saved / 1024).toFixed(0),
  ]
}

/** Once over a file. bash tells what its children used, in seconds. */
function runTshark(file: string): { milliseconds: number; cpu: number } {
  const script = 'TIMEFORMAT="%R %U %S"; time tshark "$@" >/dev/null 2>&1'
  const { stderr } = spawnSync('bash', ['-c', script, 'tshark', ...TSHARK, '-r', file], { encoding: 'utf8' })
  const [real, user, system] = stderr.trim().split(' ').map(Number) as [number, number, number]
  return { milliseconds: real * 1000, cpu: (user + system) * 1000 }
}

const rows = [
  ['', 'million packets/s:', '', '', 'and by CPU:', '', '', 'by the clock:', '', 'GB/s:', 'MiB:', 'KiB:'],
  [
    'bytes a packet, flows',
    'tshark',
    'summary',
    'times',
    'tshark',
    'summary',
    'times',
    'facts',
    'reading (the bound)',
    'summary',
    'tables',
    'saved',
  ],
]
await using worker = await launch('summary-worker.ts')
const SPECS: Omit<TrafficSpec, 'size'>[] = [
  { packet: [60, 90], flows: 1000 },
  { packet: [60, 90], flows: 10_000 },
  { packet: [453, 453], flows: 10_000 },
]
for (const spec of SPECS) rows.push(await compare(worker, { ...spec, size: SIZE }))

console.log(`${SIZE / MIB} MiB from local R2, medians of ${RUNS}; tshark once on ${TSHARK_SIZE / MIB} MiB of it\n`)
printTable(rows)

/**
 * The full summary of a capture in local R2 beside tshark's: `npm run bench:summary [-- --small]`. tshark reads the first 64 MiB
 * of the same packets, once, and both are compared by packets a second: by the clock, and, for a busy machine, by the CPU that tshark and
 * our workerd (local R2 is in it) have used. Then where the time goes, against the bound: the same bytes read, and nothing done.
 * With PCAPORT_CORPUS set, some of its captures too, each appended to itself again and again. Last the facts of a compressed
 * capture beside `gzip -dc` of the same file, the one that local R2 keeps.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Launched, launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'
import { cpuSeconds } from './processes.ts'
import { type TrafficSpec, writeTraffic } from './summary-traffic.ts'
import type { Answer, Pass } from './summary-worker.ts'

const MIB = 1024 ** 2
const small = process.argv.includes('--small')
const RUNS = small ? 1 : 5
const SIZE = (small ? 4 : 256) * MIB
const TSHARK_SIZE = (small ? 1 : 64) * MIB
const TSHARK = ['-q', '-n', '-z', 'io,phs', '-z', 'conv,ip', '-z', 'conv,tcp', '-z', 'conv,udp']

const TRAFFIC: Omit<TrafficSpec, 'size'>[] = [
  { mix: 'small', sessions: 1000 },
  { mix: 'small', sessions: 10_000 },
  { mix: 'office', sessions: 1000 },
  { mix: 'office', sessions: 10_000 },
]

/** Web and mail, alerts of an intrusion detector, many protocols, voice. */
const REAL = [
  'captures/seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/example.pcap',
  'captures/brimdata__brimcap/cmd/brimcap/ztests/alerts.pcap',
  'captures/rusticata__pcap-parser/assets/wireshark_samples-test.pcapng',
  'captures/dotpcap__sharppcap/Test/capture_files/10k_packets.pcap',
]

/** Milliseconds by the clock, and of CPU. */
interface Taken {
  milliseconds: number
  cpu: number
}

const rates: string[][] = [
  ['', '', 'million packets/s:', '', '', 'and by CPU:', '', '', 'MiB:', 'KiB:'],
  ['capture', 'bytes a packet', 'tshark', 'summary', 'times', 'tshark', 'summary', 'times', 'tables', 'saved'],
]
const shares: string[][] = [
  ['', 'ms/MiB:', '', '', '', '', 'share of all:', '', '', '', 'million packets/s:', '', 'against the bound:'],
  [
    ...['capture', 'reading (the bound)', 'facts', 'tables', 'index', 'all'],
    ...['reading', 'facts', 'tables', 'index', 'reading', 'all', 'all'],
  ],
]
const unpacked: string[][] = [
  ['', '', 'MB/s of content:', '', '', '', 'against gzip:'],
  ['capture', 'compressed to', 'gzip -dc', 'gzip -dc | capinfos', 'reading', 'facts', 'facts'],
]

await using worker = await launch('summary-worker.ts')

/** Compare over a capture; tshark reads `beginning`. */
async function compare(name: string, file: string, packets: number, beginning: string, begun: number): Promise<void> {
  const { size } = statSync(file)
  upload(worker, file)
  let answer: Answer = { packets: 0, held: 0, saved: 0 }
  const pass = (name: Pass) => () =>
    ours(async () => {
      answer = await run(worker, name)
      if (name !== 'read' && answer.packets !== packets)
        throw new Error(`${answer.packets} packets, where there are ${packets}`)
    })
  const results = await interleaved(RUNS, {
    read: pass('read'),
    facts: pass('facts'),
    tables: pass('tables'),
    index: pass('index'),
  })
  const tshark = runTshark(beginning)
  await pass('saved')()
  await remove(worker)

  const middle = (pass: keyof typeof results, what: keyof Taken) => median(results[pass].map((taken) => taken[what]))
  const rate = (milliseconds: number, count = packets) => count / milliseconds / 1000
  const clock = rate(middle('tables', 'milliseconds'))
  const theirs = rate(tshark.milliseconds, begun)
  const cpu = rate(middle('tables', 'cpu'))
  const theirCpu = rate(tshark.cpu, begun)
  const average = size / packets - 16
  rates.push([
    name,
    average.toFixed(0),
    theirs.toFixed(4),
    average < 100 ? against(clock, 1.5, '≥', 2) : clock.toFixed(2),
    against(clock / theirs, 100, '≥', 0),
    theirCpu.toFixed(4),
    cpu.toFixed(2),
    (cpu / theirCpu).toFixed(0),
    (answer.held / MIB).toFixed(1),
    (answer.saved / 1024).toFixed(0),
  ])
  const stages = (['read', 'facts', 'tables', 'index'] as const).map((pass) => middle(pass, 'milliseconds'))
  const [read = 0, , , all = 0] = stages
  const steps = stages.map((until, i) => until - (stages[i - 1] ?? 0))
  shares.push([
    name,
    ...[...steps, all].map((milliseconds) => (milliseconds / (size / MIB)).toFixed(2)),
    ...steps.map((milliseconds) => `${((100 * milliseconds) / all).toFixed(0)} %`),
    rate(read).toFixed(2),
    rate(all).toFixed(2),
    (read / all).toFixed(2),
  ])
}

async function compareTraffic(spec: Omit<TrafficSpec, 'size'>): Promise<void> {
  const [file, beginning] = [join(scratch, 'traffic.pcap'), join(scratch, 'beginning.pcap')]
  const packets = writeTraffic(file, { ...spec, size: SIZE })
  const begun = writeTraffic(beginning, { ...spec, size: TSHARK_SIZE })
  assertWellFormed(beginning)
  await compare(`${spec.mix}, ${spec.sessions} sessions`, file, packets, beginning, begun)
  for (const path of [file, beginning]) rmSync(path)
}

/** @param path of a capture that is appended to itself */
async function compareReal(path: string): Promise<void> {
  const file = join(scratch, basename(path))
  const times = Math.max(1, Math.floor(TSHARK_SIZE / statSync(path).size))
  execFileSync('mergecap', ['-a', '-F', 'pcap', '-w', file, ...Array<string>(times).fill(path)])
  const counted = execFileSync('capinfos', ['-M', '-c', file], { encoding: 'utf8' })
  const packets = Number(/Number of packets:\s+(\d+)/.exec(counted)?.[1])
  await compare(basename(path), file, packets, file, packets)
  rmSync(file)
}

/** Compressed as gzip does unasked. */
async function compareUnpacked(spec: Omit<TrafficSpec, 'size'>): Promise<void> {
  const file = join(scratch, 'traffic.pcap')
  const packets = writeTraffic(file, { ...spec, size: SIZE })
  const { size } = statSync(file)
  execFileSync('gzip', [file])
  upload(worker, `${file}.gz`)
  const packed = statSync(`${file}.gz`).size
  const stored = globSync(`${scratch}/**/blobs/*`).find((path) => statSync(path).size === packed)
  if (!stored) throw new Error('local R2 keeps its blobs elsewhere now')
  const pass = (name: Pass) => () =>
    timed(async () => {
      const { packets: counted } = await run(worker, name)
      if (name !== 'read' && counted !== packets) throw new Error(`${counted} packets, where there are ${packets}`)
    })
  const shell = (script: string) => () =>
    timed(() => execFileSync('sh', ['-c', script, 'sh', stored], { stdio: ['ignore', 'pipe', 'ignore'] }))
  const results = await interleaved(RUNS, {
    gzip: shell('gzip -dc <"$1" >/dev/null'),
    capinfos: shell('gzip -dc <"$1" | capinfos - >/dev/null'),
    read: pass('read'),
    facts: pass('unpacked'),
  })
  await remove(worker)
  rmSync(`${file}.gz`)
  const speed = (name: keyof typeof results) => (size / 1e3 / median(results[name])).toFixed(0)
  unpacked.push([
    `${spec.mix}, ${spec.sessions} sessions`,
    `${((100 * packed) / size).toFixed(0)} %`,
    ...[speed('gzip'), speed('capinfos'), speed('read'), speed('facts')],
    against(median(results.gzip) / median(results.facts), 0.9, '≥', 2),
  ])
}

/** tshark finds nothing malformed in the first packets of generated traffic: else it would do less than on real one. */
function assertWellFormed(file: string) {
  const args = ['-n', '-r', file, '-c', '50000', '-Y', '_ws.malformed', '-T', 'fields', '-e', 'frame.number']
  const malformed = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  if (malformed !== '') throw new Error(`malformed frames in ${file}: ${malformed.split('\n', 5).join(', ')}`)
}

/** Once over a file. bash tells what its children used, in seconds. */
function runTshark(file: string): Taken {
  const script = 'TIMEFORMAT="%R %U %S"; time tshark "$@" >/dev/null 2>&1'
  const { stderr } = spawnSync('bash', ['-c', script, 'tshark', ...TSHARK, '-r', file], { encoding: 'utf8' })
  const [real, user, system] = stderr.trim().split(' ').map(Number) as [number, number, number]
  return { milliseconds: real * 1000, cpu: (user + system) * 1000 }
}

async function ours(work: () => Promise<void>): Promise<Taken> {
  const before = cpuSeconds(worker.pid)
  const milliseconds = await timed(work)
  return { milliseconds, cpu: (cpuSeconds(worker.pid) - before) * 1000 }
}

const run = async ({ url }: Launched, pass: Pass) => (await (await fetch(`${url}/${pass}`)).json()) as Answer

const remove = ({ url }: Launched) => fetch(url, { method: 'DELETE' })

function upload({ url }: Launched, file: string) {
  execFileSync('curl', ['-sS', '--fail', '-H', 'Expect:', '-T', file, url], { stdio: ['ignore', 'ignore', 'inherit'] })
}

for (const spec of small ? TRAFFIC.filter(({ sessions }) => sessions === 1000) : TRAFFIC) await compareTraffic(spec)
const corpus = process.env.PCAPORT_CORPUS
if (corpus && !small) for (const path of REAL) await compareReal(join(corpus, path))
for (const spec of TRAFFIC.filter(({ sessions }) => sessions === 1000)) await compareUnpacked(spec)

console.log(`${SIZE / MIB} MiB from local R2, medians of ${RUNS}; tshark once on ${TSHARK_SIZE / MIB} MiB of it.\n`)
printTable(rates)
console.log('\nWhere the time goes, by the clock:\n')
printTable(shares)
console.log('\nThe facts of a .pcap.gz:\n')
printTable(unpacked)

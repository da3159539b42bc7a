/**
 * The consumer's pass over a capture in local R2 beside `capinfos` without hashes: `npm run bench:parse [-- --small]`. Both
 * read the same file, the one that local R2 keeps. Beside it the bound: the same bytes read in a Worker, and nothing done.
 * That file lies in smaller pages than one written at once, which slows `capinfos` as well (seen: 2.4 down to 1.7 GB/s).
 * Only objects of a single put: local R2 reads those put in parts through a stream in JavaScript, at about 0.1 GB/s.
 */
import { execFileSync } from 'node:child_process'
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type CaptureSpec, type Format, writeCapture } from './captures.ts'
import { type Launched, launch, scratch } from './launcher.ts'
import { against, interleaved, median, printTable, timed } from './measure.ts'

const small = process.argv.includes('--small')
const RUNS = small ? 1 : 5
const SIZE = (small ? 4 : 1024) * 1024 ** 2

/** All of capinfos' infos, in numbers, but for the hashes (`-H`). */
const CAPINFOS = [
  '-t',
  '-E',
  '-I',
  '-F',
  '-k',
  '-c',
  '-s',
  '-d',
  '-l',
  '-u',
  '-a',
  '-e',
  '-o',
  '-y',
  '-i',
  '-z',
  '-x',
  '-n',
  '-D',
]

async function compare(worker: Launched, spec: CaptureSpec): Promise<string[]> {
  const file = join(scratch, `capture.${spec.format}`)
  writeCapture(file, spec)
  const { size } = statSync(file)
  execFileSync('curl', ['-sS', '--fail', '-H', 'Expect:', '-T', file, worker.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(file)
  const stored = globSync(`${scratch}/**/blobs/*`).find((path) => statSync(path).size === size)
  if (!stored) throw new Error('local R2 keeps its blobs elsewhere now')

  let counted = Number.NaN
  const pass = (name: string) => async () => {
    let found = { packets: 0 }
    const milliseconds = await timed(async () => {
      found = (await (await fetch(`${worker.url}/${name}`)).json()) as typeof found
    })
    if (name !== 'read' && found.packets !== counted)
      throw new Error(`${found.packets} packets, where capinfos counts ${counted}`)
    return milliseconds
  }
  const results = await interleaved(RUNS, {
    capinfos: () =>
      timed(() => {
        const said = execFileSync('capinfos', [...CAPINFOS, '-M', stored], { encoding: 'utf8' })
        counted = Number(/Number of packets:\s+(\d+)/.exec(said)?.[1])
      }),
    read: pass('read'),
    facts: pass('facts'),
    hashes: pass('hashes'),
  })
  await fetch(worker.url, { method: 'DELETE' })
  const capinfos = median(results.capinfos)
  const speed = (milliseconds: number) => (size / 1e6 / milliseconds).toFixed(2)
  const ratio = (times: number[]) => (capinfos / median(times)).toFixed(2)
  return [
    `${spec.format}, ${spec.packet}`,
    speed(capinfos),
    speed(median(results.read)),
    speed(median(results.facts)),
    speed(median(results.hashes)),
    against(capinfos / median(results.facts), 1, '≥', 2),
    ratio(results.read),
    ratio(results.hashes),
  ]
}

const rows = [
  ['', 'GB/s:', '', '', '', 'against capinfos:', '', ''],
  [
    'format, bytes a packet',
    'capinfos',
    'reading',
    'facts',
    'facts, hashes',
    'facts',
    'reading (the bound)',
    'facts, hashes',
  ],
]
await using worker = await launch('parse-worker.ts')
for (const format of ['pcap', 'pcapng'] satisfies Format[])
  for (const packet of [90, 453, 1400]) rows.push(await compare(worker, { format, packet, size: SIZE }))

console.log(`${SIZE / 1024 ** 2} MiB from local R2, medians of ${RUNS}\n`)
printTable(rows)

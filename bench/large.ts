/**
 * One large capture through `npm start` in each way that it can come, parsed, and downloaded again unaltered, and what workerd holds
 * at most meanwhile: by tus no more than by the PUT that is a multipart upload in R2, too. A PUT of known length is one object there, of which local R2
 * holds less when it is read. `npm run bench:large [-- --small | --gib=5] [--ways="PUT, no length;tus"]`.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as tus from 'tus-js-client'
import { type Server, startServer } from '../test/support/server.ts'
import { writeCapture } from './captures.ts'
import { scratch } from './launcher.ts'
import { against, printTable, timed } from './measure.ts'
import { forgetPeak, peakMemory, workerdOf } from './processes.ts'

const MIB = 1024 ** 2
const option = (name: string) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
/** What tus is compared with. */
const PEER = 'PUT, no length'
const SIZE = (process.argv.includes('--small') ? 16 : Number(option('gib') ?? 1) * 1024) * MIB
/** For the parse. Milliseconds. */
const PATIENCE = 600_000

/** Arguments of curl; `null`: tus-js-client does it. */
const WAYS: Record<string, ((file: string) => string[]) | null> = {
  PUT: (file) => ['-T', file],
  [PEER]: (file) => ['-H', 'Transfer-Encoding: chunked', '-T', file],
  'multipart POST': (file) => ['-F', `file=@${file}`],
  tus: null,
}

/** @returns the id of the capture @throws Error with the answer where it has none */
async function upload(server: Server, args: string[]): Promise<string> {
  const url = `${server.url}/api/v1/${server.token}/upload`
  const { stdout } = await promisify(execFile)('curl', ['-sS', ...args, url])
  const id = /"id":\s*"([^"]+)"/.exec(stdout)?.[1]
  if (!id) throw new Error(`curl ${args.join(' ')}: ${stdout}`)
  return id
}

/** @returns the id of the capture */
function uploadByTus(server: Server, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(createReadStream(path), {
      endpoint: `${server.url}/files`,
      headers: { Authorization: `Bearer ${server.token}` },
      chunkSize: 64 * MIB,
      uploadSize: statSync(path).size,
      onError: reject,
      onSuccess: () => resolve(upload.url?.split('/').at(-1) ?? ''),
    })
    upload.start()
  })
}

/** Wait until a capture is parsed. @throws Error where it does not end as `ok` */
async function parsed(server: Server, id: string): Promise<void> {
  const headers = { Authorization: `Bearer ${server.token}` }
  for (const until = Date.now() + PATIENCE; ; await sleep(100)) {
    const answer = await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, { headers })
    const { status } = (await answer.json()) as { status: string }
    if (status === 'ok') return
    if (status === 'error' || Date.now() > until) throw new Error(`the capture ended as ${status}`)
  }
}

/** @throws Error where the bytes are not those that were sent */
async function download(server: Server, id: string, sha256: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/${server.token}/download/${id}`)
  const hash = createHash('sha256')
  if (answer.body) await pipeline(answer.body, hash)
  const found = hash.digest('hex')
  if (answer.status !== 200 || found !== sha256) throw new Error(`download: ${answer.status}, SHA-256 ${found}`)
}

/** One step: how long it takes, and the most that workerd holds meanwhile. Milliseconds, MiB. */
interface Step {
  time: number
  peak: number
}

/** One way, on a server of its own, so that no row inherits another's memory. @returns its steps; the first is idleness */
async function measure(args: string[] | null, sha256: string): Promise<Step[]> {
  const server = await startServer()
  try {
    const workerd = workerdOf(server.pid)
    let id = ''
    const step = async (work: () => Promise<unknown>): Promise<Step> => {
      forgetPeak(workerd)
      return { time: await timed(work), peak: peakMemory(workerd) }
    }
    return [
      await step(async () => undefined),
      await step(async () => {
        id = args === null ? await uploadByTus(server, file) : await upload(server, args)
      }),
      await step(() => parsed(server, id)),
      await step(() => download(server, id, sha256)),
    ]
  } finally {
    await server.stop()
  }
}

const file = join(scratch, 'large.pcap')
writeCapture(file, { format: 'pcap', size: SIZE, packet: 453 })
const hash = createHash('sha256')
await pipeline(createReadStream(file), hash)
const sha256 = hash.digest('hex')
const ways = option('ways')?.split(';') ?? Object.keys(WAYS)
const found = new Map<string, Step[]>()
for (const [way, args] of Object.entries(WAYS))
  if (ways.includes(way)) found.set(way, await measure(args?.(file) ?? null, sha256))
console.log("With workerd's peak RSS in MiB\n")
printTable([
  [`${SIZE / MIB} MiB`, 'idle', 'sent in', 'ok after', 'downloaded in'],
  ...[...found].map(([way, [idle, ...steps]]) => [
    way,
    `${idle?.peak.toFixed(0)}`,
    ...steps.map(({ time, peak }) => `${(time / 1000).toFixed(1)} s, ${peak.toFixed(0)}`),
  ]),
])
const peakOf = (way: string) => Math.max(...(found.get(way) ?? []).map(({ peak }) => peak))
if (found.has('tus') && found.has(PEER))
  console.log(`\npeak RSS, tus : ${PEER}  ${against(peakOf('tus') / peakOf(PEER), 1.1, '≤', 2)}`)

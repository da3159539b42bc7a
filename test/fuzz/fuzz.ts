/**
 * Looks for input that makes the engine throw, hang or grow: `npm run fuzz [-- --seconds 300 --seed 1]`. The trials run in a
 * thread of their own, so that one that never ends is found too. A find is written into the temporary folder; exit code 1.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import fc from 'fast-check'
import { type Case, cases } from './cases.ts'
import { complaint } from './trial.ts'

/** An input that takes longer has hung. Milliseconds. */
const PATIENCE = 20_000
/** Room for the input under trial, where the watching thread finds it. Bytes. */
const ROOM = 1024 ** 2

interface Order {
  seconds: number
  seed: number
  shared: SharedArrayBuffer
}
interface Report {
  trials: number
  found: { what: string; input: Case } | null
}

if (isMainThread) watch()
else parentPort?.postMessage(await search(workerData))

function watch(): void {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
  const seconds = Number(values.seconds ?? 300)
  const seed = Number(values.seed ?? Date.now() & 0x7fffffff)
  if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('usage: fuzz [--seconds N] [--seed N]')
  console.log(`seed ${seed}, ${seconds} s`)

  const shared = new SharedArrayBuffer(8 + ROOM)
  const [counts, input] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, 8)]
  const order: Order = { seconds, seed, shared }
  const worker = new Worker(import.meta.filename, { workerData: order })
  const report = (what: string, origin: string, file: Uint8Array) => {
    const path = join(mkdtempSync(join(tmpdir(), 'pcaport-fuzz-')), 'input')
    writeFileSync(path, file)
    console.error(`FOUND with seed ${seed}: ${what}\n${origin}\nwritten to ${path}`)
    process.exitCode = 1
  }

  let trial = -1
  let since = performance.now()
  const watching = setInterval(() => {
    const now = Atomics.load(counts, 0)
    if (now !== trial) {
      trial = now
      since = performance.now()
    } else if (performance.now() - since > PATIENCE) {
      report(`trial ${trial} does not end`, '', input.slice(0, Atomics.load(counts, 1)))
      clearInterval(watching)
      worker.terminate()
    }
  }, 1000)
  worker.once('message', ({ trials, found }: Report) => {
    clearInterval(watching)
    console.log(`${trials} trials`)
    if (found)
      report(
        found.what,
        `${found.input.origin}, chunks ${found.input.chunks}, stops ${found.input.stops}`,
        found.input.file,
      )
  })
  worker.once('error', (error) => {
    clearInterval(watching)
    throw error
  })
}

async function search({ seconds, seed, shared }: Order): Promise<Report> {
  const [counts, room] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, 8)]
  let what = ''
  const property = fc.asyncProperty(cases(), async (input) => {
    room.set(input.file.subarray(0, ROOM))
    Atomics.store(counts, 1, Math.min(input.file.length, ROOM))
    Atomics.add(counts, 0, 1)
    const wrong = await complaint(input)
    if (wrong === null) return true
    what = wrong
    return false
  })
  const { failed, counterexample } = await fc.check(property, {
    seed,
    numRuns: 1_000_000_000,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
    maxSkipsPerRun: 0,
  })
  const input = counterexample?.[0]
  return { trials: Atomics.load(counts, 0), found: failed && input ? { what, input } : null }
}

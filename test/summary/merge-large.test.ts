import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { merge } from '../../src/summary/merge.ts'
import { payload, pcapHeader, pcapng, pcapRecord } from '../support/captures.ts'

const MEGABYTE = 1_000_000
/** `PCAPORT_LONG=1`: 1 GiB each. */
const PACKETS = process.env.PCAPORT_LONG ? 1_056_000 : 60_000
const A_CHUNK = 1000

/** A capture that is nowhere: its bytes are made as they are read. Packet `n` has `n` in its seconds, beside what its source begins with. */
async function* made(head: Uint8Array, record: Uint8Array, secondsAt: number): AsyncGenerator<Uint8Array> {
  yield head
  const chunk = new Uint8Array(A_CHUNK * record.length)
  for (let i = 0; i < A_CHUNK; i++) chunk.set(record, i * record.length)
  const view = new DataView(chunk.buffer)
  for (let n = 0; n < PACKETS; n += A_CHUNK) {
    for (let i = 0; i < A_CHUNK; i++) {
      view.setUint32(i * record.length + secondsAt, n + i, true)
      view.setUint32(i * record.length + 100, n + i, true) // no two are duplicates
    }
    yield chunk
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that something still refers to, buffers included. */
async function held(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await setImmediate()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

it('a merge of two long captures holds a few MB, however much it gives', { timeout: 600_000 }, async () => {
  const blocks = pcapng()
  const data = payload(1000)
  /** With a clock that ticks in 2^32 to the second, so that the upper half of its count is seconds. */
  const head = Buffer.concat([blocks.section(), blocks.interface([blocks.tsresol(0x80 | 32)])])
  const sources = [
    made(pcapHeader(), pcapRecord({ data }), 0),
    made(head, blocks.packet(payload(1000, 2), { time: 0n }), 12),
  ]
  const before = await held()
  const seen: number[] = []
  let given = 0
  for await (const piece of merge(sources, { dropDuplicates: true })) {
    given += piece.length
    if (given > (seen.length + 1) * 0.1 * PACKETS * 2000) seen.push((await held()) - before)
  }
  expect(given).toBeGreaterThan(PACKETS * 2000)
  expect(seen.length).toBeGreaterThan(8)
  expect(Math.max(...seen)).toBeLessThan(12 * MEGABYTE)
})

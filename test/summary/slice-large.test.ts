import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { createPacketIndex } from '../../src/summary/packet-index.ts'
import { READ } from '../../src/summary/ranged-source.ts'
import { slice } from '../../src/summary/slice.ts'
import type { Selection } from '../../src/summary/slice-choice.ts'
import { bytes, payload, pcapHeader, pcapng, pcapRecord } from '../support/captures.ts'
import { recordingOf } from '../support/reading.ts'
import { snoop } from '../support/records.ts'

const COUNT = 100_000
const MEGABYTE = 1_000_000

/** A capture of 100 MB that is nowhere: its bytes are made as they are read. Packet `n` has `n` in its seconds. */
function made(head: Uint8Array, record: Uint8Array, secondsAt: number, littleEndian: boolean) {
  const size = head.length + COUNT * record.length
  const spent = { bytes: 0, reads: 0 }
  const read = async (at: number, length: number) => {
    spent.reads++
    spent.bytes += length
    return contentAt(at, length)
  }
  function contentAt(at: number, length: number): Uint8Array {
    const first = Math.max(0, Math.floor((at - head.length) / record.length))
    const last = Math.min(COUNT, Math.ceil((at + length - head.length) / record.length))
    const whole = new Uint8Array(Math.max(0, last - first) * record.length)
    const view = new DataView(whole.buffer)
    for (let i = first, place = 0; i < last; i++, place += record.length) {
      whole.set(record, place)
      view.setUint32(place + secondsAt, i + 1, littleEndian)
    }
    const from = head.length + first * record.length
    if (at >= from) return whole.subarray(at - from, at - from + length)
    return bytes(head.subarray(at), whole).subarray(0, length)
  }
  return { size, read, contentAt, spent }
}

const data = payload(1000)
const blocks = pcapng()
/** With a clock that ticks in 2^32 to the second, so that the upper half of its count is seconds. */
const head = bytes(blocks.section(), blocks.interface([blocks.tsresol(0x80 | 32)]))
const FILES = [
  ['pcap', made(pcapHeader(), pcapRecord({ data }), 0, true)],
  ['pcapng', made(head, blocks.packet(data, { time: 0n }), 12, true)],
  ['snoop', made(snoop([]), snoop([{ data, microseconds: 0 }]).subarray(16), 16, false)],
] as const

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of buffers that something still refers to. What is collected is given back a moment later. */
async function heldBuffers(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await setImmediate()
  }
  return process.memoryUsage().arrayBuffers
}

describe.each(FILES)('a slice of a %s of 100 MB', (_, source) => {
  const indexer = createPacketIndex()
  const reader = openReader(indexer)
  for (let at = 0; at < source.size; at += READ) reader.push(source.contentAt(at, Math.min(READ, source.size - at)))
  reader.end()
  const index = indexer.finish()
  const sliced = async (selection: Selection) => {
    Object.assign(source.spent, { bytes: 0, reads: 0 })
    const parts: Uint8Array[] = []
    for await (const part of slice(index, source, selection)) parts.push(part)
    return recordingOf(bytes(...parts)).packets.map(({ seconds }) => seconds)
  }

  it('from its middle reads one span, and the beginning', async () => {
    expect(await sliced({ numbers: { from: 50_100, to: 50_102 } })).toEqual([50_100, 50_101, 50_102])
    expect(source.spent.bytes).toBeLessThan(1.1 * MEGABYTE)
    expect(source.spent.reads).toBeLessThan(5)
  })

  it('by time reads the spans that hold the time', async () => {
    const at = (seconds: number) => BigInt(seconds) * 1_000_000_000n
    const found = await sliced({ times: { from: at(70_500), to: at(71_500) } })
    expect([found[0], found.at(-1), found.length]).toEqual([70_500, 71_499, 1000])
    expect(source.spent.bytes).toBeLessThan(2.2 * MEGABYTE)
  })

  it('of packets here and there reads the spans that hold some', async () => {
    expect(await sliced({ list: Uint32Array.of(3, 40_000, 40_001, 99_999) })).toEqual([3, 40_000, 40_001, 99_999])
    expect(source.spent.bytes).toBeLessThan(4.4 * MEGABYTE)
  })

  it('holds a few MB, however much it gives', async () => {
    const held: number[] = []
    let given = 0
    const before = await heldBuffers()
    for await (const part of slice(index, source, { numbers: { from: 20_000, to: 80_000 } })) {
      given += part.length
      if (given / MEGABYTE < 10 * (held.length + 1)) continue
      held.push((await heldBuffers()) - before)
    }
    expect(given).toBeGreaterThan(60 * MEGABYTE)
    expect(Math.max(...held)).toBeLessThan(8 * MEGABYTE)
  })
})

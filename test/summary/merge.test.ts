import { describe, expect, it } from 'vitest'
import type { Frame, Interface } from '../../src/capture/sink.ts'
import { type MergeOptions, merge } from '../../src/summary/merge.ts'
import { bytes, everyBlock, type Order, payload, pcap, pcapng, utf8, writer } from '../support/captures.ts'
import { arriving, recordingOf, type ToldPacket } from '../support/reading.ts'
import { btsnoop, snoop } from '../support/records.ts'

async function mergeOf(files: Uint8Array[], options: MergeOptions = {}, chunk = 1000): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of merge(files.map((file) => arriving(file, chunk)), options)) parts.push(part) // biome-ignore format: one call
  return bytes(...parts)
}

const packetsOf = (file: Uint8Array) => recordingOf(file).packets
const toldOf = <T>(file: Uint8Array, callback: string): T[] =>
  recordingOf(file)
    .told.filter(([name]) => name === callback)
    .map(([, what]) => what as T)
const SECOND = 1_700_000_000
const at = (seconds: number, seed: number) => ({ seconds: SECOND + seconds, data: payload(60, seed) })
/** What the packets' first bytes are: their seeds. */
const seedsOf = (file: Uint8Array) => packetsOf(file).map((packet) => Buffer.from(packet.bytes, 'hex')[0])

describe('the order', () => {
  it('is by time, of one time by source, and of one source as it has them', async () => {
    const a = pcap([at(0, 1), at(2, 2), at(1, 3), at(5, 4)])
    const b = pcap([at(0, 11), at(2, 12), at(2, 13), at(3, 14)])
    expect(seedsOf(await mergeOf([a, b]))).toEqual([1, 11, 2, 3, 12, 13, 14, 4])
    expect(seedsOf(await mergeOf([b, a]))).toEqual([11, 1, 12, 13, 2, 3, 14, 4])
  })

  it('has a packet without a time as soon as it is its source’s next, and makes it one of 1970', async () => {
    const { section, interface: described, packet, simplePacket } = pcapng()
    const time = BigInt(SECOND) * 1_000_000n
    const b = bytes(section(), described(), packet(payload(60, 11), { time }), simplePacket(payload(60, 12)))
    const merged = await mergeOf([pcap([at(0, 1), at(1, 2)]), b])
    expect(seedsOf(merged)).toEqual([1, 11, 12, 2])
    expect(packetsOf(merged)[2]).toMatchObject({ timed: true, seconds: 0, nanoseconds: 0, interfaceId: 1, caplen: 60 })
  })

  it('is the same for chunks of 1, 7 and 65536 bytes', async () => {
    const files = [everyBlock(), pcap([at(0, 1), at(1, 2)]), everyBlock('big')]
    const whole = await mergeOf(files, {}, 65_536)
    expect(await mergeOf(files, {}, 1)).toEqual(whole)
    expect(await mergeOf(files, {}, 7)).toEqual(whole)
  })
})

describe('what is kept', () => {
  it.each<Order>(['little', 'big'])('of a %s-endian source: all blocks that belong to a section', async (order) => {
    const { u32, u64 } = writer(order)
    const {
      section,
      interface: described,
      packet,
      secrets,
      names,
      statistics,
      custom,
      journal,
      tsresol,
    } = pcapng(order)
    const source = bytes(
      section([[1, utf8('left out')]]),
      described([[2, utf8('eth0')], tsresol(0x80 | 10), [8, u64(1_000_000_000n)], [14, u64(5n)]], { snaplen: 96 }),
      names([[1, bytes([192, 0, 2, 1], utf8('a.example\0'))]]),
      secrets(utf8('CLIENT_RANDOM 00 00\n')),
      packet(payload(61), { time: 1_700_000_000n * 1024n + 513n, origlen: 1500 }, [
        [1, utf8('a comment')],
        [2, u32(0x61)],
        [4, u64(7n)],
        [5, u64(99n)],
        [2989, bytes(u32(32_473), utf8('own'))],
      ]),
      statistics(0, [[4, u64(12n)]]),
      custom(payload(8)),
      custom(payload(8), { copied: false }),
      journal('__REALTIME_TIMESTAMP=1700000003000001\nMESSAGE=hello\n'),
      packet(payload(20), { time: 1_700_000_004n * 1024n }),
    )
    const merged = await mergeOf([pcap([at(-1, 1)]), source])
    expect(toldOf<Interface>(merged, 'interface')[1]).toMatchObject({
      id: 1,
      if_name: 'eth0',
      if_tsresol: 0x8a,
      if_speed: '1000000000',
      if_tsoffset: '5',
      snaplen: 96,
    })
    const own = packetsOf(merged)[1] as ToldPacket
    expect(own).toMatchObject({ seconds: SECOND + 5, nanoseconds: 500_976_562, interfaceId: 1, origlen: 1500 })
    const { told } = recordingOf(merged)
    expect(told.find(([name]) => name === 'packetComment')?.[2]).toBe('a comment')
    const options = merged.subarray(own.at + 28 + 64)
    const view = new DataView(options.buffer, options.byteOffset)
    expect([view.getUint32(20, true), view.getBigUint64(28, true), view.getBigUint64(40, true)]).toEqual([
      0x61,
      7n,
      99n,
    ])
    expect([view.getUint16(48, true), view.getUint16(50, true), view.getUint32(52, true)]).toEqual([2989, 7, 32_473])
    expect(toldOf(merged, 'nameResolution')).toMatchObject([{ ipv4: 1, ipv6: 0 }])
    expect(toldOf(merged, 'interfaceStatistics')).toMatchObject([{ interfaceId: 1, isb_ifrecv: '12' }])
    expect(toldOf(merged, 'decryptionSecrets')).toMatchObject([{ type: 0x544c534b }])
    expect(toldOf<Frame>(merged, 'frame').map(({ kind }) => kind)).toEqual(['custom', 'journal'])
    expect(toldOf(merged, 'fault')).toEqual([])
  })

  it('keeps the interfaces of each section apart', async () => {
    const merged = await mergeOf([everyBlock(), everyBlock('big')])
    const interfaces = toldOf<Interface>(merged, 'interface').map(({ if_name, snaplen }) => [if_name, snaplen])
    expect(interfaces).toEqual([['eth0', 96], ['wlan0', 0], ['eth0', 96], ['wlan0', 0], [undefined, 24], [undefined, 24]]) // biome-ignore format: a list
    const ids = packetsOf(merged).map(({ interfaceId }) => interfaceId)
    expect(ids).toEqual([0, 2, 1, 3, 1, 3, 4, 4, 5, 5])
  })

  it('counts times before 1970 from an earlier epoch', async () => {
    const early = btsnoop([-1_000_000_000_500n])
    const alone = packetsOf(early)[0] as ToldPacket
    expect(alone.seconds).toBeLessThan(0)
    const { seconds, nanoseconds } = packetsOf(await mergeOf([early, pcap([at(0, 1)])]))[0] as ToldPacket
    expect([seconds, nanoseconds]).toEqual([alone.seconds, alone.nanoseconds])
  })
})

describe('a source', () => {
  const other = pcap([at(0, 1), at(9, 2)])

  it.each([
    ['that is cut short gives what is whole', pcap([at(1, 11), at(2, 12)]).subarray(0, -5), [1, 11, 2]],
    ['that is damaged gives what stands before', bytes(pcap([at(1, 11)]), new Uint8Array(200).fill(255)), [1, 11, 2]],
    ['that is no capture gives nothing', utf8('this is no capture, whatever it says'), [1, 2]],
    ['of no bytes gives nothing', new Uint8Array(0), [1, 2]],
    ['without packets gives its interface', pcap([]), [1, 2]],
    ['of another format is taken for what it is', snoop([{ data: payload(60, 11) }]), [11, 1, 2]],
  ])('%s', async (_, source, seeds) => {
    expect(seedsOf(await mergeOf([source, other]))).toEqual(seeds)
  })

  it('whose packets pcapng cannot hold is refused in words', async () => {
    await expect(mergeOf([btsnoop([0n], { datalink: 1001 }), other])).rejects.toThrow(
      /neither pcapng nor pcap can hold/,
    )
  })

  it('is let go when the merge is broken off', async () => {
    let closed = 0
    async function* source() {
      try {
        yield other
      } finally {
        closed++
      }
    }
    const merging = merge([source(), source()])
    await merging.next()
    await merging.return(undefined)
    expect(closed).toBe(2)
  })
})

describe('duplicates', () => {
  const left = async (seeds: number[]) =>
    seedsOf(await mergeOf([pcap(seeds.map((seed, i) => at(i, seed))), pcap([])], { dropDuplicates: true }))

  it('are those of one of the four packets before, those left out counted', async () => {
    expect(await left([1, 2, 3, 4, 1, 5])).toEqual([1, 2, 3, 4, 5])
    expect(await left([1, 2, 3, 4, 5, 1])).toEqual([1, 2, 3, 4, 5, 1])
    expect(await left([1, 2, 2, 2, 2, 1])).toEqual([1, 2, 1])
  })

  it('have the same length', async () => {
    const files = [pcap([at(0, 1)]), pcap([{ seconds: SECOND, data: payload(59, 1), origlen: 60 }])]
    expect(packetsOf(await mergeOf(files, { dropDuplicates: true }))).toHaveLength(2)
  })
})

describe('what would not fit into memory', () => {
  /** The same over and over; tells how many bytes were asked for. */
  function endless(begin: Uint8Array, again: Uint8Array, given: { bytes: number }) {
    return (async function* () {
      for (let piece = begin; ; piece = again) {
        given.bytes += piece.length
        yield piece
      }
    })()
  }
  const { section, interface: described, names, packet, secrets } = pcapng()
  const begin = bytes(section(), described(), packet(payload(60, 1), { time: BigInt(SECOND) * 1_000_000n }))
  const name = names([[1, bytes(new Uint8Array([192, 0, 2, 1]), utf8(`${'a'.repeat(50_000)}\0`))]])
  const drained = async (sources: AsyncIterable<Uint8Array>[]) => {
    let length = 0
    for await (const part of merge(sources)) length += part.length
    return length
  }

  it('is refused: names without end, and no packet between them', async () => {
    for (const first of [begin, bytes(section(), described())]) {
      const given = { bytes: 0 }
      const sources = Array.from({ length: 20 }, () => endless(first, bytes(name, name, name), given))
      await expect(drained(sources)).rejects.toThrow(/^more than 3355443 bytes of interfaces, names, secrets/)
      expect(given.bytes).toBeLessThan(100 * 1024 ** 2)
    }
  })

  it('is refused: a long block of each of many, not of a few', async () => {
    const last = packet(payload(60, 1), { time: BigInt(SECOND) * 1_000_000n })
    const large = bytes(section(), described(), secrets(new Uint8Array(3.5 * 1024 ** 2)), last)
    const of = (length: number) => drained(Array.from({ length }, () => arriving(large, 1024 ** 2)))
    expect(await of(3)).toBeGreaterThan(10 * 1024 ** 2)
    await expect(of(20)).rejects.toThrow('a packet or block of more than 3355443 bytes')
  })

  it('is refused: interfaces without end', async () => {
    const interfaces = Array.from({ length: 500 }, () => described())
    const many = bytes(section(), ...interfaces, packet(payload(60, 1), { time: 1n }))
    await expect(drained([endless(many, many, { bytes: 0 })])).rejects.toThrow('more than 1048576 interfaces')
  })
})

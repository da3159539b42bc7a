import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pcapFormOf, slice } from '../../src/summary/slice.ts'
import { bytes, everyBlock, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { recordingOf, type ToldPacket } from '../support/reading.ts'
import { capture, contents, indexOf, pcapCapture, sliceOf, type Unit, unitsOf } from './slicing.ts'

describe('a slice by number', () => {
  it('has exactly the packets, with their times, options, interfaces and sections, and their numbers', async () => {
    await fc.assert(
      fc.asyncProperty(capture, fc.nat(150), fc.nat(60), async (content, from, count) => {
        const { file } = await sliceOf(content, { numbers: { from, to: from + count } })
        const wanted = unitsOf(content).filter(
          ({ number, copied }) => copied && number >= from && number <= from + count,
        )
        const found = unitsOf(file)
        expect(contents(found)).toEqual(contents(wanted))
        const ids = found.flatMap(({ id }) => (id === null ? [] : [Number(id)]))
        const numbers = wanted.flatMap(({ number, content }) => ('ticks' in content ? [number] : []))
        expect(ids).toEqual(numbers)
        expect(recordingOf(file).told.filter(([callback]) => callback === 'fault')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('of a pcap has its packets as they were, as pcapng and as pcap', async () => {
    await fc.assert(
      fc.asyncProperty(pcapCapture, fc.nat(60), fc.nat(40), async (content, from, count) => {
        const numbers = { from, to: from + count }
        const wanted = unitsOf(content).filter(({ number }) => number >= from && number <= from + count)
        const kept = (units: Unit[]) =>
          units.map(({ time, content }) => {
            const { bytes, caplen, origlen, linktype } = content as ToldPacket
            return { time, bytes, caplen, origlen, linktype }
          })
        const found = unitsOf((await sliceOf(content, { numbers })).file)
        expect(kept(found)).toEqual(kept(wanted))
        expect(found.map(({ id }) => Number(id))).toEqual(wanted.map(({ number }) => number))
        if (recordingOf(content).packets.length === 0) return
        const again = (await sliceOf(content, { numbers }, { format: 'pcap' })).file
        expect(kept(unitsOf(again))).toEqual(kept(wanted))
      }),
      { numRuns: 200 },
    )
  })

  it('reads the spans of its packets and no more', async () => {
    const write = pcapng()
    const packets = Array.from({ length: 5000 }, (_, i) => write.packet(payload(1000), { time: BigInt(i) }))
    const content = bytes(write.section(), write.interface(), ...packets)
    const index = indexOf(content)
    expect(index.spans.map(({ number }) => number)).toEqual([1, 1001, 2001, 3001, 4001])
    const inSpan = await sliceOf(content, { numbers: { from: 2500, to: 2502 } }, { index })
    expect(inSpan.read).toBeLessThan(1024 * 1024 + 2048)
    const across = await sliceOf(content, { numbers: { from: 1990, to: 2010 } }, { index })
    expect(across.read).toBeLessThan(2 * 1024 * 1024 + 2048)
    expect(unitsOf(across.file).map(({ id }) => Number(id))).toEqual(Array.from({ length: 21 }, (_, i) => 1990 + i))
  })

  it.each([[{ from: 100, to: 200 }], [{ from: 5, to: 4 }]])(
    'of no packet (%o) is a capture without any',
    async (numbers) => {
      for (const content of [everyBlock(), pcap([{}, {}, {}]), pcap([]), pcapng().section()]) {
        const { file } = await sliceOf(content, { numbers })
        const { told, packets } = recordingOf(file)
        expect(packets).toEqual([])
        expect(told.map(([callback]) => callback)).not.toContain('fault')
      }
    },
  )
})

describe('a slice by time', () => {
  it('has exactly the packets from the one time until before the other; those without one by the packet before', async () => {
    await fc.assert(
      fc.asyncProperty(capture, fc.option(fc.nat(100)), fc.option(fc.nat(100)), async (content, a, b) => {
        const all = unitsOf(content)
        const at = (share: number | null) =>
          share === null ? undefined : (all[Math.floor((all.length * share) / 101)]?.time ?? undefined)
        const [from, to] = [at(a), at(b)]
        const { file } = await sliceOf(content, { times: { from, to } })
        const wanted = all.filter(
          ({ time, copied }) =>
            copied &&
            (from === undefined || (time !== null && time >= from)) &&
            (to === undefined || time === null || time < to),
        )
        expect(contents(unitsOf(file))).toEqual(contents(wanted))
      }),
      { numRuns: 300 },
    )
  })
})

describe('a slice by a list of numbers', () => {
  it('has exactly these packets', async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 160 }), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(capture, numbers, async (content, drawn) => {
        const list = Uint32Array.from(drawn).sort()
        const wanted = unitsOf(content).filter(({ number, copied }) => copied && list.includes(number))
        expect(contents(unitsOf((await sliceOf(content, { list })).file))).toEqual(contents(wanted))
      }),
      { numRuns: 200 },
    )
  })

  it('reads only the spans that hold some', async () => {
    const write = pcapng()
    const packets = Array.from({ length: 5000 }, (_, i) => write.packet(payload(1000), { time: BigInt(i) }))
    const content = bytes(write.section(), write.interface(), ...packets)
    const { file, read } = await sliceOf(content, { list: Uint32Array.of(7, 4999) }, { index: indexOf(content) })
    expect(unitsOf(file).map(({ id }) => Number(id))).toEqual([7, 4999])
    expect(read).toBeLessThan(2 * 1024 * 1024 + 2048)
  })

  it('is refused where the list does not ascend', async () => {
    for (const list of [Uint32Array.of(2, 1), Uint32Array.of(1, 1)])
      await expect(sliceOf(everyBlock(), { list })).rejects.toThrow(RangeError)
  })
})

describe('the source', () => {
  const content = bytes(everyBlock(), everyBlock('big'))
  const numbers = { from: 3, to: 12 }

  it('may give fewer bytes at a time than it is asked for', async () => {
    const { file } = await sliceOf(content, { numbers }, { secrets: true })
    for (const most of [1, 7, 100])
      expect((await sliceOf(content, { numbers }, { secrets: true, most })).file).toEqual(file)
  })

  it('is at fault where it does not give the bytes that it is said to have', async () => {
    const index = indexOf(content)
    const size = content.length + 1
    await expect(sliceOf(content, { numbers: { from: 1, to: 99 } }, { index, size })).rejects.toThrow('cannot be read')
  })
})

describe('names and secrets', () => {
  const write = pcapng('big')
  const content = bytes(
    write.section(),
    write.interface(),
    ...Array.from({ length: 10 }, () => write.packet()),
    write.secrets(utf8('CLIENT_RANDOM 1 2\n')),
    write.names([[1, bytes([192, 0, 2, 1], utf8('a\0'))]]),
    write.section(),
    write.secrets(utf8('CLIENT_RANDOM 3 4\n')),
  )
  const callbacks = (file: Uint8Array) => recordingOf(file).told.map(([callback]) => callback)

  it('of the section come before its packets, where they are asked for', async () => {
    const { file } = await sliceOf(content, { numbers: { from: 4, to: 5 } }, { secrets: true })
    expect(callbacks(file).slice(2)).toEqual([
      'interface',
      'opened',
      'decryptionSecrets',
      'nameResolution',
      'packet',
      'packet',
    ])
    expect(Buffer.from(file).includes('CLIENT_RANDOM 1 2')).toBe(true)
    expect(Buffer.from(file).includes('CLIENT_RANDOM 3 4')).toBe(false)
  })

  it('do not come without being asked for', async () => {
    const { file } = await sliceOf(content, { numbers: { from: 1, to: 10 } })
    expect(callbacks(file)).not.toContain('decryptionSecrets')
    expect(callbacks(file)).not.toContain('nameResolution')
  })
})

describe('a slice of a pcapng as pcap', () => {
  it('has the packets of its one linktype', async () => {
    const write = pcapng('big')
    const content = bytes(
      write.section(),
      write.interface([write.tsresol(9)], { snaplen: 96 }),
      write.interface([write.tsresol(3)], { snaplen: 128 }),
      ...Array.from({ length: 20 }, (_, i) =>
        write.packet(payload(i + 1), {
          interfaceId: i % 2,
          time: i % 2 ? 1_700_000_000_123n : 1_700_000_000_123_456_789n,
        }),
      ),
    )
    const { file } = await sliceOf(content, { numbers: { from: 7, to: 12 } }, { format: 'pcap' })
    const kept = ({ packets }: { packets: ToldPacket[] }) =>
      packets.map(({ bytes, seconds, nanoseconds, origlen }) => ({ bytes, seconds, nanoseconds, origlen }))
    expect(kept(recordingOf(file))).toEqual(kept(recordingOf(content)).slice(6, 12))
    expect(recordingOf(file).told[0]).toEqual(['format', 'nsecpcap'])
  })

  it('is refused where a pcap cannot hold all of them', async () => {
    const write = pcapng()
    const head = [write.section(), write.interface()]
    for (const [rest, form] of [
      [write.packet(), { linktype: 1, snaplen: 0, perSecond: 1_000_000 }],
      [bytes(write.packet(), write.interface([], { linktype: 101 })), null],
      [bytes(write.packet(), write.simplePacket(payload(20))), null],
      [bytes(write.packet(), write.section(), write.interface()), null],
      [bytes(write.packet(), write.custom(payload(20))), null],
      [bytes(write.packet(), write.interface([write.tsresol(0x8a)])), null],
      [write.packet(payload(20), { time: 2n ** 32n * 1_000_000n }), null],
    ] as const) {
      const content = bytes(...head, rest)
      expect(pcapFormOf(indexOf(content))).toEqual(form)
      const sliced = sliceOf(content, { numbers: { from: 1, to: 1 } }, { format: 'pcap' })
      if (form === null) await expect(sliced).rejects.toThrow(RangeError)
      else expect(recordingOf((await sliced).file).packets).toHaveLength(1)
    }
  })
})

it('is made of damaged captures too, of what can be read of them', async () => {
  const whole = everyBlock()
  for (let length = 60; length < whole.length; length += 7) {
    const content = whole.subarray(0, length)
    const { file } = await sliceOf(content, { numbers: { from: 2, to: 9 } })
    const wanted = unitsOf(content).filter(({ number }) => number >= 2)
    expect(contents(unitsOf(file))).toEqual(contents(wanted))
  }
})

describe('what would not fit into memory', () => {
  const { section, interface: described, packet } = pcapng()
  const MiB = 1024 ** 2

  it('is refused: a block of 100 MiB, without its being read', async () => {
    const first = packet(payload(60), { time: 1n })
    const begun = bytes(section(), described(), first, first)
    const content = new Uint8Array(101 * MiB)
    content.set(begun)
    new DataView(content.buffer).setUint32(begun.length, 0x7777, true)
    new DataView(content.buffer).setUint32(begun.length + 4, content.length - begun.length, true)
    new DataView(content.buffer).setUint32(content.length - 4, content.length - begun.length, true)
    let read = 0
    const source = {
      size: content.length,
      read: async (at: number, length: number) => {
        read += length
        return content.slice(at, at + length)
      },
    }
    const cutting = async () => {
      for await (const _ of slice(indexOf(content), source, { numbers: { from: 2, to: 9 } }));
    }
    await expect(cutting()).rejects.toThrow('a packet or block of more than')
    expect(read).toBeLessThan(64 * MiB)
  })

  it('is refused: interfaces that take 25 MiB to describe, before a packet and behind one', async () => {
    const comments = Array.from({ length: 16 }, (): [number, Uint8Array] => [1, new Uint8Array(65_000).fill(97)])
    const many = Array.from({ length: 25 }, () => described(comments))
    const first = packet(payload(60), { time: 1n })
    for (const content of [
      bytes(section(), ...many, first, first, first, first),
      bytes(section(), described(), first, ...many, first, first, first, first),
    ]) {
      await expect(sliceOf(content, { numbers: { from: 5, to: 5 } })).rejects.toThrow('interfaces take more than')
    }
  })
})

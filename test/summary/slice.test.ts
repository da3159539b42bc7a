import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { blockLength, storedPacket } from '../../src/capture/pcapng-writer.ts'
import { openReader } from '../../src/capture/reader.ts'
import type { Frame, Interface, Section } from '../../src/capture/sink.ts'
import { createPacketIndex, type PacketIndex } from '../../src/summary/packet-index.ts'
import { decodeIndex } from '../../src/summary/packet-index-coding.ts'
import { pcapFormOf, type Selection, type SliceOptions, slice } from '../../src/summary/slice.ts'
import { readCorpusFile, readTable, tally } from '../corpus/oracle.ts'
import { bytes, everyBlock, type Order, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { recordingOf, type ToldPacket } from '../support/reading.ts'

const SMALL_SPANS = { spanFrames: 3, spanBytes: 700 }

function indexOf(content: Uint8Array, spans?: { spanFrames: number; spanBytes: number }): PacketIndex {
  const index = createPacketIndex(undefined, spans)
  const reader = openReader(index)
  reader.push(content)
  reader.end()
  return decodeIndex(index.encode())
}

async function sliceOf(
  content: Uint8Array,
  selection: Selection,
  options: SliceOptions & { index?: PacketIndex } = {},
): Promise<{ file: Uint8Array; read: number }> {
  const parts: Uint8Array[] = []
  let read = 0
  const source = {
    size: content.length,
    read: async (offset: number, length: number) => {
      read += length
      return content.slice(offset, offset + length)
    },
  }
  const index = options.index ?? indexOf(content, SMALL_SPANS)
  for await (const part of slice(index, source, selection, options)) parts.push(part)
  return { file: bytes(...parts), read }
}

/** Anything with a frame number, with all that belongs to it. */
interface Unit {
  number: number
  /** In nanoseconds, taken over from the one before where it has none; `null`: none at all. */
  time: bigint | null
  /** What a slice must bring. */
  content: object
  copied: boolean
  id: bigint | null
}

/** Read all of a capture. */
function unitsOf(file: Uint8Array): Unit[] {
  const units: Unit[] = []
  const interfaces: Interface[] = []
  let section: Section | null = null
  let time: bigint | null = null
  for (const [callback, ...what] of recordingOf(file).told) {
    if (callback === 'section') section = what[0] as Section
    if (callback === 'interface') interfaces.push(what[0] as Interface)
    if (callback === 'packetComment')
      (units.at(-1) as Unit & { content: { comments: unknown[] } }).content.comments.push(what[1])
    if (callback !== 'packet' && callback !== 'frame') continue
    const unit = what[0] as ToldPacket | Frame
    if (unit.timed) time = BigInt(unit.seconds) * 1_000_000_000n + BigInt(unit.nanoseconds)
    const { at, number, ...rest } = unit.timed ? unit : { ...unit, seconds: 0, nanoseconds: 0 }
    const littleEndian = section?.byteOrder === 'little'
    const isPcapng = section?.version === '1.0'
    const raw = isPcapng ? file.subarray(at, at + blockLength(file, at, littleEndian)) : null
    const { at: _, index: __, ...sectionText } = section as Section
    const content: Record<string, unknown> = { ...rest, comments: [] }
    let id: bigint | null = null
    if ('interfaceId' in rest) {
      const { at: _at, id: _id, section: _section, ...described } = interfaces[rest.interfaceId] as Interface
      const stored = raw === null ? null : storedPacket(raw, littleEndian)
      const { id: own, others } = optionsOf(stored?.options ?? new Uint8Array(0), littleEndian)
      id = own
      Object.assign(content, { interfaceId: null, described, options: others })
      if (stored !== null)
        Object.assign(content, { interfaceId: stored.interfaceId, ticks: [stored.ticksHigh, stored.ticksLow] })
    }
    if (isPcapng) content.section = sectionText
    const copied = raw === null || new DataView(raw.buffer, raw.byteOffset).getUint32(0, littleEndian) !== 0x40000bad
    units.push({ number, time, content, copied, id })
  }
  return units
}

function optionsOf(options: Uint8Array, littleEndian: boolean): { id: bigint | null; others: string[] } {
  const view = new DataView(options.buffer, options.byteOffset, options.length)
  const others: string[] = []
  let id: bigint | null = null
  for (let at = 0; options.length - at >= 4; ) {
    const [code, length] = [view.getUint16(at, littleEndian), view.getUint16(at + 2, littleEndian)]
    if (code === 0) break
    if (code === 5) id = view.getBigUint64(at + 4, littleEndian)
    else if (code !== 4)
      others.push(`${code}:${Buffer.from(options.subarray(at + 4, at + 4 + length)).toString('hex')}`)
    at += 4 + length + (-length & 3)
  }
  return { id, others }
}

const contents = (units: Unit[]) => units.map(({ content }) => content)

/** A capture made of what `fc` draws: sections of both byte orders, blocks of all kinds. */
const capture = fc
  .array(
    fc.record({
      order: fc.constantFrom<Order>('little', 'big'),
      blocks: fc.array(
        fc.tuple(
          fc.constantFrom('E', 'E', 'E', 'E', 'P', 'S', 'I', 'N', 'D', 'T', 'C', 'X', 'J', 'U'),
          fc.nat(200),
          fc.integer({ min: -50, max: 50 }),
        ),
        { maxLength: 40 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((sections) => {
    const parts: Uint8Array[] = []
    let clock = 1_700_000_000
    for (const [s, { order, blocks }] of sections.entries()) {
      const write = pcapng(order)
      const resolutions: number[] = []
      const describe = (size: number) => {
        const tsresol = [6, 9, 3, 0x8a][size % 4] as number
        resolutions.push(tsresol & 0x80 ? 1024 : 10 ** tsresol)
        const options = [[2, utf8(`if ${s}.${resolutions.length}`)], write.tsresol(tsresol)] as [number, Uint8Array][]
        if (size % 5 === 0) options.push(write.tsoffset(BigInt(size)))
        parts.push(write.interface(options, { linktype: size % 3 === 0 ? 101 : 1, snaplen: size % 7 === 0 ? 100 : 0 }))
      }
      parts.push(write.section([[1, utf8(`section ${s}`)]]))
      describe(blocks.length)
      for (const [kind, size, step] of blocks) {
        clock += step
        const data = payload(size, size)
        const interfaceId = size % resolutions.length
        const time = BigInt(clock) * BigInt(resolutions[interfaceId] as number) + BigInt(size % 3)
        const options: [number, Uint8Array][] = []
        if (size % 2) options.push([1, utf8(`comment ${size}`)])
        if (size % 3 === 0) options.push([2, new Uint8Array(4)])
        if (size % 5 === 0) options.push([5, new Uint8Array(8)])
        if (kind === 'E') parts.push(write.packet(data, { interfaceId, time, origlen: size + step + 50 }, options))
        if (kind === 'P') parts.push(write.oldPacket(data, { interfaceId, time, drops: size }, options.slice(0, 1)))
        if (kind === 'S') parts.push(write.simplePacket(data.subarray(0, 100), Math.min(size, 100)))
        if (kind === 'I') describe(size)
        if (kind === 'N') parts.push(write.names([[1, bytes([192, 0, 2, size], utf8(`name${s}\0`))]]))
        if (kind === 'D') parts.push(write.secrets(utf8(`CLIENT_RANDOM ${s} ${size}\n`)))
        if (kind === 'T') parts.push(write.statistics(interfaceId))
        if (kind === 'C') parts.push(write.custom(data))
        if (kind === 'X') parts.push(write.custom(data, { copied: false }))
        if (kind === 'J') parts.push(write.journal(`__REALTIME_TIMESTAMP=${clock}000001\nMESSAGE=${size}\n`))
        if (kind === 'U') parts.push(write.block(0x8000_0001, data))
      }
    }
    return bytes(...parts)
  })

const pcapCapture = fc
  .record({
    order: fc.constantFrom<Order>('little', 'big'),
    magic: fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34),
    linktype: fc.constantFrom(1, 101, 204),
    records: fc.array(
      fc.record({
        seconds: fc.oneof(fc.nat(), fc.constant(0x40000bad), fc.constant(0xffffffff)),
        fraction: fc.nat(1_999_999),
        data: fc.integer({ min: 1, max: 300 }).map((size) => payload(size, size)),
        origlen: fc.integer({ min: 300, max: 2000 }),
      }),
      { maxLength: 60 },
    ),
  })
  .map(({ records, ...header }) => pcap(records, header))

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

/** Files to be compared on: when there is no corpus, some made here. */
const SAMPLES: [name: string, content: () => Uint8Array][] = !needs.corpus.met
  ? [
      ['every block', everyBlock],
      ['every block, big-endian', () => everyBlock('big')],
      [
        'a pcap',
        () => pcap(Array.from({ length: 40 }, (_, i) => ({ seconds: 1_700_000_000 + ((i * 7) % 11), fraction: i }))),
      ],
      ...fc
        .sample(capture, { seed: 5, numRuns: 10 })
        .map((content, i): [string, () => Uint8Array] => [`a drawn one, ${i}`, () => content]),
    ]
  : corpusSample().map((file) => [file, () => readCorpusFile(file)])

/** Some 60 files: of pcapng as many as of pcap, evenly taken out of those that have enough packets, but not too many. */
function corpusSample(): string[] {
  const fit = readTable('MANIFEST.tsv').filter(
    ({ rc, packets, codec, size }) =>
      rc === '0' && codec === '' && Number(packets) >= 3 && Number(packets) <= 1000 && Number(size) < 1_000_000,
  )
  return ['pcapng', 'pcap'].flatMap((type) => {
    const files = fit.filter(({ file_type }) => (file_type === 'pcapng' ? 'pcapng' : 'pcap') === type)
    const step = Math.max(1, Math.floor(files.length / 30))
    return files.filter((_, i) => i % step === 0).map(({ file }) => file ?? '')
  })
}

describe.skipIf(!needs.editcap.met || !needs.tshark.met)('beside editcap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slices-'))
  const classes = tally('slices beside editcap')
  afterAll(() => {
    rmSync(folder, { recursive: true })
    classes.print()
  })

  /** What tshark says of each packet. */
  const rowsOf = (name: string, sections: number) => {
    // tshark and editcap count interfaces from the file's first, whatever the section (surprise 5 of the corpus).
    const ofInterface = sections > 1 ? [] : ['interface_name', 'encap_type']
    const fields = ['time_epoch', 'cap_len', 'len', ...ofInterface, 'md5_hash']
    const args = ['-n', '-r', join(folder, name), '-o', 'frame.generate_md5_hash:TRUE', '-T', 'fields']
    const out = execFileSync('tshark', [...args, ...fields.flatMap((field) => ['-e', `frame.${field}`])], {
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    })
    return out.toString().replaceAll('\tunknown\t', '\t\t').split('\n').slice(0, -1) // a name that there is not
  }
  /** The same; nothing where tshark cannot read what editcap wrote, as with an epb_verdict. */
  const readable = (name: string, sections: number) => {
    try {
      return rowsOf(name, sections)
    } catch {
      return []
    }
  }
  /** @returns whether it ended well */
  const editcap = (...args: string[]): boolean => {
    try {
      execFileSync('editcap', args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TZ: 'UTC' } })
      return true
    } catch {
      return false
    }
  }
  const iso = (time: bigint) =>
    `${new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`

  it.each(SAMPLES)('%s: the same packets, times and interfaces', async (name, make) => {
    const content = make()
    writeFileSync(join(folder, 'in'), content)
    const units = unitsOf(content)
    const sections = recordingOf(content).told.filter(([callback]) => callback === 'section').length
    const [from, to] = [Math.ceil(units.length / 4), Math.ceil((units.length * 3) / 4)]
    const { file } = await sliceOf(content, { numbers: { from, to } })
    writeFileSync(join(folder, 'ours'), file)
    const ours = rowsOf('ours', sections)
    if (!editcap('-r', 'in', 'theirs', `${from}-${to}`)) {
      classes.add('that editcap cannot write', name)
      return
    }
    const theirs = readable('theirs', sections)
    const untimed = ours.some((row) => row.startsWith('\t'))
    // editcap makes an Enhanced Packet Block with a time of 0 out of a Simple one, and rounds or breaks odd clocks' times.
    const zeroed = ours.map((row, i) =>
      theirs[i]?.startsWith('0.000000000\t') ? row.replace(/^(?=\t)/, '0.000000000') : row,
    )
    const asTheirs = zeroed.join('\n') === theirs.join('\n')
    if (!asTheirs) expect(ours).toEqual(rowsOf('in', sections).slice(from - 1, to))
    classes.add(
      !asTheirs ? 'by number, as in the capture' : untimed ? 'by number, some without a time' : 'by number',
      name,
    )

    const times = units.flatMap(({ time }) => (time === null ? [] : [time])).sort((a, b) => (a < b ? -1 : 1))
    const [first, last] = [times[Math.floor(times.length / 4)] ?? 0n, times[Math.floor((times.length * 3) / 4)] ?? 0n]
    if (first < 0n || first >= last) return
    const timely = await sliceOf(content, { times: { from: first, to: last } })
    writeFileSync(join(folder, 'ours'), timely.file)
    const timed = rowsOf('ours', sections).filter((row) => !row.startsWith('\t')) // editcap leaves out what has no time
    const asEditcap = editcap('-A', iso(first), '-B', iso(last), 'in', 'theirs')
    if (asEditcap && timed.join('\n') === readable('theirs', sections).join('\n')) {
      classes.add('by time', name)
      return
    }
    const chosen = new Set(
      units.filter(({ time }) => time !== null && time >= first && time < last).map(({ number }) => number),
    )
    const wanted = rowsOf('in', sections).filter((row, i) => chosen.has(i + 1) && !row.startsWith('\t'))
    expect(timed).toEqual(wanted)
    classes.add('by time, as in the capture', name)
  })
})

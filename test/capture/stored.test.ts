import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS, openStored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { bytes, payload, pcap, utf8, writer } from '../support/captures.ts'
import { lz4Frame } from '../support/lz4.ts'
import { arriving, factsOf, factsOfStored } from '../support/reading.ts'

const { u16, u32 } = writer('little')
const RECORDS = Array.from({ length: 400 }, (_, i) => ({ seconds: i, data: payload(60 + (i % 1000), i) }))
const CAPTURE = pcap(RECORDS)
const HALF = CAPTURE.length >> 1
const SKIPPABLE = bytes(u32(0x184d2a57), u32(5), payload(5))

const gzip = (content: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(content))
const zstd = (content: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }))
const lz4 = (content: Uint8Array): Uint8Array => lz4Frame(content)
const halves = (compress: (content: Uint8Array) => Uint8Array, between: Uint8Array = new Uint8Array(0)) =>
  bytes(compress(CAPTURE.subarray(0, HALF)), between, compress(CAPTURE.subarray(HALF)))

/** A member with every optional field. RFC 1952. */
const fullHeader = bytes(
  [0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 255],
  u16(300),
  payload(300),
  utf8('a name\0a comment\0'),
  [0, 0],
  deflateRawSync(CAPTURE),
  gzip(CAPTURE).subarray(-8),
)

const FILES: [string, Uint8Array][] = [
  ['plain', CAPTURE],
  ['gzip', gzip(CAPTURE)],
  ['gzip in two members', halves(gzip)],
  ['gzip with an empty member first', bytes(gzip(new Uint8Array(0)), gzip(CAPTURE))],
  ['gzip with all header fields', fullHeader],
  ['zstd', zstd(CAPTURE)],
  ['zstd in two frames', halves(zstd)],
  ['zstd in two frames, a skippable one between', halves(zstd, SKIPPABLE)],
  ['zstd with a skippable frame behind', bytes(zstd(CAPTURE), SKIPPABLE)],
  ['lz4', lz4(CAPTURE)],
  ['lz4 in two frames, a skippable one between', halves(lz4, SKIPPABLE)],
  ['lz4 in dependent blocks', lz4Frame(CAPTURE, { block: 3000, independent: false })],
  ['lz4 with all there is', lz4Frame(CAPTURE, { block: 5000, code: 7, blockChecksum: true, contentSize: true })],
  ['lz4 without checksums', lz4Frame(CAPTURE, { contentChecksum: false })],
  ['lz4 that is stored', lz4Frame(CAPTURE, { stored: true })],
]
const COMPRESSED = FILES.filter(([name]) => name !== 'plain')

/** The facts less what tells the files apart. */
const essence = ({ compression: _, fileSize: __, ...facts }: Awaited<ReturnType<typeof factsOfStored>>) => facts

describe('a stored file', () => {
  it.each(FILES)('that is %s gives the facts of its content, in chunks of any size', async (name, file) => {
    const wanted = essence(factsOf(CAPTURE))
    for (const size of [1, 2, 7, 65_536, file.length]) {
      const facts = await factsOfStored(file, size)
      expect(essence(facts)).toEqual(wanted)
      expect(facts.compression ?? 'plain').toBe(name.split(' ')[0])
      expect(facts.fileSize).toBe(file.length)
    }
  })

  it.each(COMPRESSED)('that is %s and cut off anywhere is never whole, and keeps what was read', async (_, file) => {
    const { packets } = factsOf(CAPTURE)
    const whole = new Set<number>()
    let most = 0
    const ends = Array.from({ length: 60 }, (_, i) => [i + 4, file.length - 1 - i]).flat()
    for (const cut of [...ends, ...Array.from({ length: 40 }, (_, i) => Math.floor((file.length * i) / 40) + 4)]) {
      const facts = await factsOfStored(file.subarray(0, cut))
      expect(['truncated', 'refused', 'whole']).toContain(facts.verdict)
      if (facts.verdict === 'whole') whole.add(cut)
      most = Math.max(most, facts.packets)
    }
    // Only between frames or members may it go unnoticed; here only before the skippable frame at the end.
    expect(whole.size).toBeLessThanOrEqual(1)
    expect(most).toBe(packets)
  })

  it.each(COMPRESSED)('that is %s and damaged never throws, and never gives more than there was', async (_, file) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = file.slice()
        damaged[at] = (damaged[at] ?? 0) ^ change
        const facts = await factsOfStored(damaged, 1000)
        JSON.stringify(facts)
      }),
      { seed: 11, numRuns: 60 },
    )
  })

  it.each([
    ['gzip with a wrong CRC', gzip(CAPTURE), -8],
    ['gzip with a wrong length', gzip(CAPTURE), -4],
    ['lz4 with a wrong checksum', lz4(CAPTURE), -1],
  ])('that is %s keeps its packets', async (_, file, at) => {
    file[file.length + at] = (file.at(at) ?? 0) ^ 1
    const facts = await factsOfStored(file)
    expect(facts).toMatchObject({ verdict: 'damaged', packets: 400 })
    expect(facts.faults).toEqual([
      expect.objectContaining({
        at: CAPTURE.length,
        what: 'bad-stream',
        message: expect.stringContaining('decompressed file'),
      }),
    ])
  })

  it.each(COMPRESSED)('that is %s with something else behind keeps its packets', async (_, file) => {
    for (const behind of [new Uint8Array(64), utf8('some text')]) {
      const facts = await factsOfStored(bytes(file, behind))
      expect(facts).toMatchObject({ verdict: 'damaged', packets: 400 })
    }
  })

  it.each([
    ['gzip', 'gzip', gzip(gzip(CAPTURE))],
    ['zstd', 'gzip', gzip(zstd(CAPTURE))],
    ['lz4', 'zstd', zstd(lz4(CAPTURE))],
  ])('of %s within %s is refused in these words', async (inner, outer, file) => {
    const facts = await factsOfStored(file)
    expect(facts).toMatchObject({ verdict: 'refused', packets: 0 })
    expect(facts.faults[0]?.message).toContain(`compressed twice (${inner} within ${outer})`)
  })

  it.each([
    ['bzip2', utf8('BZh91AY&SY')],
    ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4)],
    ['legacy lz4', Uint8Array.of(2, 0x21, 0x4c, 0x18, 0, 0, 0, 0)],
    ['skippable', bytes(SKIPPABLE, lz4(CAPTURE))],
  ])('that is %s is refused by its name', async (name, file) => {
    const facts = await factsOfStored(file)
    expect(facts.verdict).toBe('refused')
    expect(facts.faults[0]?.message).toContain(name)
  })

  it.each([
    ['gzip', gzip(new Uint8Array(0))],
    ['zstd', zstd(new Uint8Array(0))],
    ['lz4', lz4(new Uint8Array(0))],
  ])('of nothing in %s is empty', async (_, file) => {
    expect((await factsOfStored(file)).faults[0]?.what).toBe('empty')
  })
})

describe('a bomb', () => {
  const zeros = bytes(pcap([]), new Uint8Array(4 << 20))

  it.each([
    ['gzip', gzip(zeros)],
    ['zstd', zstd(zeros)],
  ])('of %s ends at the limits, and what was read counts', async (_, file) => {
    for (const limits of [
      { ...LIMITS, output: 1 << 20 },
      { ...LIMITS, ratio: 50, allowance: 1 << 20 },
    ]) {
      const facts = await factsOfStored(file, 65_536, limits)
      expect(facts).toMatchObject({ verdict: 'damaged', faults: [{ what: 'bomb' }] })
      expect(facts.faults[0]?.message).toMatch(/^decompresses to more than 1048576 bytes/)
      expect(facts.packets * 16).toBeLessThanOrEqual(1 << 20)
      expect(facts.packets * 16).toBeGreaterThan((1 << 20) - 200_000)
    }
  })

  it.each([
    ['gzip', gzip(new Uint8Array(0))],
    ['zstd', zstd(new Uint8Array(0))],
    ['lz4', lz4(new Uint8Array(0))],
    ['lz4, skippable', SKIPPABLE],
  ])('of countless small pieces of %s ends early', async (name, piece) => {
    const start = name === 'lz4, skippable' ? lz4(CAPTURE) : new Uint8Array(0)
    const file = bytes(start, ...Array.from({ length: 20_000 }, () => piece))
    expect((await factsOfStored(file)).faults.at(-1)?.what).toBe('bomb')
  })
})

it('lets go of its source when nobody wants more', async () => {
  let closed = false
  async function* source() {
    try {
      for (;;) yield gzip(CAPTURE)
    } finally {
      closed = true
    }
  }
  const stored = await openStored(source(), nodeEngines)
  for await (const _ of stored.chunks()) break
  expect(closed).toBe(true)
})

it('pulls no more than it needs', async () => {
  const noise = Uint8Array.from({ length: 8 << 20 }, (_, i) => Math.imul(i ^ (i >> 7), 0x9e3779b1) >> 11)
  const file = gzip(noise)
  const stored = await openStored(arriving(file, 65_536), nodeEngines)
  for await (const _ of stored.chunks()) break
  expect(stored.size).toBeLessThan(1 << 20)
})

it('takes chunks that hold only until the next is pulled', async () => {
  const whole = pcap([{ data: payload(60) }, { data: payload(100) }])
  const shared = new Uint8Array(7)
  async function* reusing() {
    for (let at = 0; at < whole.length; at += shared.length) {
      const piece = whole.subarray(at, at + shared.length)
      shared.set(piece)
      yield shared.subarray(0, piece.length)
      shared.fill(0xee)
    }
  }
  const stored = await openStored(reusing(), nodeEngines)
  const given: number[] = []
  for await (const chunk of stored.chunks()) given.push(...chunk)
  expect(given).toEqual([...whole])
})

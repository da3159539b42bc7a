import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Continuation, LIMITS, type Limits, openStored, type Stored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { bytes, payload, writer } from '../support/captures.ts'
import { lz4Frame } from '../support/lz4.ts'
import { arriving } from '../support/reading.ts'

const { u32 } = writer('little')
const SKIPPED = bytes(u32(0x184d2a51), u32(3), payload(3))

/** A member or frame, and what it holds. */
interface Member {
  stored: Uint8Array
  content: Uint8Array
}
const member = (compress: (content: Uint8Array) => Uint8Array, length: number): Member => {
  const content = payload(length, length)
  return { content, stored: new Uint8Array(compress(content)) }
}
const skipped: Member = { stored: SKIPPED, content: new Uint8Array(0) }
const zstd =
  (params: Record<number, number> = {}) =>
  (content: Uint8Array) =>
    zstdCompressSync(content, { params })
const noise = (content: Uint8Array) => content.map((octet, i) => (Math.imul(i + octet, 0x9e3779b1) >>> 13) & 255)
const noisy = (compress: (content: Uint8Array) => Uint8Array, length: number): Member => {
  const content = noise(payload(length, length))
  return { content, stored: new Uint8Array(compress(content)) }
}

const LENGTHS = [0, 1, 300, 5000, 70_000, 300_000]
const checked = zstd({ [constants.ZSTD_c_checksumFlag]: 1 })
const MEMBERS = {
  gzip: LENGTHS.flatMap((length) => [member(gzipSync, length), noisy(gzipSync, length)]),
  zstd: [
    skipped,
    ...LENGTHS.flatMap((length) => [member(zstd(), length), member(checked, length), noisy(checked, length)]),
    member(zstd({ [constants.ZSTD_c_contentSizeFlag]: 0 }), 70_000),
  ],
  lz4: [
    skipped,
    ...LENGTHS.flatMap((length) => [
      member((content) => lz4Frame(content), length),
      noisy((content) => lz4Frame(content, { block: 3000, independent: false, blockChecksum: true }), length),
    ]),
  ],
}
const first = ({ stored }: Member) => stored !== SKIPPED // what begins with a skipped frame is refused by its name
const files = fc
  .constantFrom(...Object.values(MEMBERS))
  .chain((members) =>
    fc
      .tuple(fc.constantFrom(...members.filter(first)), fc.array(fc.constantFrom(...members), { maxLength: 8 }))
      .map(([head, rest]) => [head, ...rest]),
  )
/** After how many pieces it is paused; the last of them counts for all that follow. */
const plans = fc.array(fc.nat(4), { minLength: 1, maxLength: 6 })
const chunks = fc.constantFrom(999, 10_000, 65_536, 1_000_000)

/** All that a file holds and how that ends, paused by plan and taken up again. */
async function paused(file: Uint8Array, plan: number[], chunk: number, limits?: Limits) {
  const content: Uint8Array[] = []
  const rests: Continuation[] = []
  let stored: Stored
  let rest: Continuation | undefined
  do {
    stored = await openStored(arriving(file.subarray(rest?.at ?? 0), chunk), nodeEngines, limits, rest)
    let pieces = plan[Math.min(rests.length, plan.length - 1)] ?? Number.POSITIVE_INFINITY
    if (pieces === 0) stored.pause()
    for await (const piece of stored.chunks()) {
      content.push(piece.slice())
      if (--pieces === 0) stored.pause()
    }
    if (stored.rest === null) break
    rest = JSON.parse(JSON.stringify(stored.rest)) as Continuation
    expect(rest).toStrictEqual(stored.rest)
    expect(rest.given).toBe(bytes(...content).length)
    rests.push(rest)
  } while (rests.length < 100_000)
  const { fault, size, compression } = stored
  return {
    content: Buffer.from(bytes(...content)),
    fault: fault && [fault.what, fault.message],
    size,
    compression,
    rests,
  }
}

const inOneGo = async (file: Uint8Array, limits?: Limits) => {
  const { rests, ...whole } = await paused(file, [], 65_536, limits)
  expect(rests).toEqual([])
  return whole
}

describe('a compressed file that is paused and taken up again', () => {
  it('gives what it gives in one go, and at each pause the content of whole members', async () => {
    await fc.assert(
      fc.asyncProperty(files, plans, chunks, async (members, plan, chunk) => {
        const { rests, ...found } = await paused(bytes(...members.map(({ stored }) => stored)), plan, chunk)
        const whole = Buffer.from(bytes(...members.map(({ content }) => content)))
        expect(found.content.equals(whole)).toBe(true)
        expect(found.fault).toBe(null)
        const ends = members.map((_, i) => {
          const before = members.slice(0, i + 1)
          const total = (part: 'stored' | 'content') => before.reduce((sum, each) => sum + each[part].length, 0)
          return [total('stored'), total('content')]
        })
        for (const { at, given } of rests) expect(ends).toContainEqual([at, given])
      }),
      { seed: 21, numRuns: 150 },
    )
  })

  it('pauses at each boundary if it is told to at once', async () => {
    for (const members of Object.values(MEMBERS)) {
      const all = members.filter(first)
      const { rests } = await paused(bytes(...all.map(({ stored }) => stored)), [0], 65_536)
      expect(rests.length).toBe(all.length - 1)
    }
  })

  it('ends with the same fault where it is cut off, damaged, or something else is behind', async () => {
    const part = fc.nat(9999).map((parts) => parts / 10_000)
    const wrong = fc.oneof(
      fc.record({ cut: part }),
      fc.record({ at: part, octet: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ behind: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
    )
    await fc.assert(
      fc.asyncProperty(files, wrong, plans, chunks, async (members, how, plan, chunk) => {
        const whole = bytes(...members.map(({ stored }) => stored))
        const file = 'behind' in how ? bytes(whole, how.behind) : whole.slice()
        const at = 'at' in how ? Math.floor(how.at * file.length) : 0
        if ('at' in how) file[at] = (file[at] ?? 0) ^ how.octet
        const tried = 'cut' in how ? file.subarray(0, Math.floor(how.cut * file.length)) : file
        const { content, size, ...inOne } = await inOneGo(tried)
        const { rests, content: found, size: foundSize, ...parts } = await paused(tried, plan, chunk)
        expect(parts).toEqual(inOne)
        // Of a member that is damaged, how much is given before the damage is noticed depends on how it arrives.
        const sure = rests.at(-1)?.given ?? 0
        const common = Math.min(found.length, content.length)
        expect(common).toBeGreaterThanOrEqual(sure)
        expect(found.subarray(0, common).equals(content.subarray(0, common))).toBe(true)
      }),
      { seed: 22, numRuns: 250 },
    )
  })

  it.each(Object.entries(MEMBERS))('of %s ends as a bomb where it would in one go', async (_, members) => {
    const file = bytes(...[...members, ...members].filter(first).map(({ stored }) => stored))
    const limits = { ...LIMITS, output: 600_000 }
    const { rests, ...found } = await paused(file, [0], 65_536, limits)
    expect(rests.length).toBeGreaterThan(1)
    expect({ ...found, size: 0 }).toEqual({ ...(await inOneGo(file, limits)), size: 0 })
    expect(found.content.length).toBe(600_000)
  })

  it.each(['zstd', 'lz4'] as const)('of %s counts small frames over all pauses', async (name) => {
    const head = MEMBERS[name].find(({ content }) => content.length === 70_000)?.stored ?? new Uint8Array(0)
    const many = bytes(head, ...Array.from({ length: 12_000 }, () => SKIPPED))
    const { fault, rests } = await paused(many, [0, 0, Number.POSITIVE_INFINITY], 65_536)
    expect(rests.map(({ small }) => small)).toEqual([0, 1])
    expect(fault).toEqual((await inOneGo(many)).fault)
    expect(fault?.[0]).toBe('bomb')
  })

  it('is anywhere between pieces, if it is not compressed', async () => {
    const plain = payload(500_000)
    const { content, rests, fault } = await paused(plain, [0], 65_536)
    expect([content.equals(plain), rests.length, fault]).toEqual([true, 7, null])
  })
})

it('says how much of a member has been given, so that one that is too long can be given up', async () => {
  const file = bytes(gzipSync(payload(200_000)), gzipSync(new Uint8Array(10_000_000)))
  const stored = await openStored(arriving(file, 65_536), nodeEngines)
  let given = 0
  stored.pause()
  for await (const piece of stored.chunks()) {
    given += piece.length
    expect(stored.sinceBoundary).toBe(given)
  }
  expect([given, stored.rest?.given]).toEqual([200_000, 200_000])
  const next = await openStored(
    arriving(file.subarray(stored.rest?.at), 65_536),
    nodeEngines,
    LIMITS,
    stored.rest ?? undefined,
  )
  for await (const _ of next.chunks()) if (next.sinceBoundary > 1_000_000) break
  expect(next.sinceBoundary).toBeLessThan(1_200_000)
  expect([next.rest, next.fault]).toEqual([null, null])
})

it('refuses a zstd frame with a window of 128 MiB, and says that it is the window', async () => {
  // RFC 8878: magic, descriptor, window descriptor (exponent 17, mantissa 0: 2^27), one last raw block of a byte.
  const frame = bytes(u32(0xfd2fb528), [0, 17 << 3], [1 | (1 << 3), 0, 0], [65])
  const { fault, content } = await paused(frame, [], 65_536)
  expect(content.length).toBe(0)
  expect(fault).toEqual(['bad-stream', expect.stringMatching(/window|memory/)])
})

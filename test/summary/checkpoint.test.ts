import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Checkpoint, openReader } from '../../src/capture/reader.ts'
import { both } from '../../src/summary/both.ts'
import { createFacts } from '../../src/summary/facts.ts'
import { protocol } from '../../src/summary/protocols.ts'
import { PIECE } from '../../src/summary/saving.ts'
import { createSummary, loadSummary, type Summary } from '../../src/summary/summary.ts'
import { headers, originals, traffic } from '../fuzz/captures.ts'
import { cases } from '../fuzz/cases.ts'
import { everyBlock } from '../support/captures.ts'
import { packetOf } from './summarised.ts'

const OPTIONS = { conversations: 50 }

/** What was saved, as a stream gives it. */
async function* inPieces(saved: Uint8Array, size: number) {
  for (let at = 0; at < saved.length; at += size) yield saved.subarray(at, at + size)
}

/** All that is said of a capture that is read in parts, everything written down and read again at each cut, from an array or a stream. */
async function readIn(content: Uint8Array, cuts: number[]): Promise<{ said: string; parts: number }> {
  let checkpoint: Checkpoint | undefined
  let state: object | undefined
  let saved: Uint8Array | undefined
  let from = 0
  let parts = 1
  for (const cut of [...cuts, content.length].sort((a, b) => a - b)) {
    const facts = createFacts(state)
    const summary: Summary =
      saved === undefined || parts % 2 === 0 ? createSummary(OPTIONS, saved) : await loadSummary(inPieces(saved, 999))
    const reader = openReader(both(facts, summary), checkpoint)
    reader.push(content.subarray(from, cut))
    const taken = cut === content.length ? null : reader.checkpoint()
    if (taken !== null) {
      checkpoint = JSON.parse(JSON.stringify(taken))
      state = JSON.parse(JSON.stringify(facts.state))
      saved = summary.save()
      from = taken.at
      parts++
    } else if (cut === content.length) {
      reader.end()
      return { said: JSON.stringify([facts.finish(content.length), summary.finish()]), parts }
    }
  }
  throw new Error('the last cut is the end')
}

describe('a summary that is written down and taken up again', () => {
  it.each([
    ['traffic', traffic(60)],
    ['every header', headers()],
    ['every block', everyBlock()],
    ['every block, big-endian', everyBlock('big')],
  ])('says the same wherever it is cut: %s', async (_, content) => {
    const { said } = await readIn(content, [])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(content.length - 1), { maxLength: 12 }), async (cuts) => {
        expect((await readIn(content, cuts)).said).toBe(said)
      }),
      { numRuns: 60 },
    )
    const everywhere = Array.from({ length: 200 }, (_, i) => Math.floor((i * content.length) / 200))
    const read = await readIn(content, everywhere)
    expect(read.said).toBe(said)
    expect(read.parts).toBeGreaterThan(50)
  })

  it('says the same of damaged captures and of noise', async () => {
    const parts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(cases(), parts, async ({ file }, at) => {
        const cuts = at.map((part) => Math.floor(part * file.length))
        expect((await readIn(file, cuts)).said).toBe((await readIn(file, [])).said)
      }),
      { numRuns: 300 },
    )
  })

  it('says the same of each capture of the corpus', { timeout: 300_000 }, async () => {
    const random = fc.sample(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }), {
      seed: 3,
      numRuns: 100,
    })
    for (const [i, { name, content }] of originals(256 * 1024).entries()) {
      const file = content()
      const cuts = random[i % 100]?.map((part) => Math.floor(part * file.length)) ?? []
      expect((await readIn(file, cuts)).said, `${name}, cut at ${cuts}`).toBe((await readIn(file, [])).said)
    }
  })

  it('holds on to times far apart, lengths beyond 2^53 together, and the bound it began with', () => {
    const times = [-(2 ** 53), 0, 2 ** 53, 1e-3].map(Math.floor)
    const packets = times.map((seconds, i) =>
      packetOf(1, Uint8Array.of(...new Array(5).fill(2), i, ...new Array(8).fill(0)), {
        seconds,
        nanoseconds: 999_999_999,
        origlen: 2 ** 32 - 1,
      }),
    )
    const whole = createSummary({ conversations: 3 })
    let cut = createSummary({ conversations: 3 })
    for (let round = 0; round < 3; round++)
      for (const packet of packets) {
        whole.packet(packet)
        cut.packet(packet)
        cut = createSummary({}, cut.save())
      }
    expect(cut.finish()).toEqual(whole.finish())
    expect(cut.finish().conversations.ethernet).toMatchObject({ kept: 3, others: { packets: 3 } })
    expect(cut.save()).toEqual(whole.save())
    expect(cut.bytesHeld()).toBe(whole.bytesHeld())
  })

  it('knows protocols by name, whatever their numbers were', () => {
    const saved = readSummary(traffic(3)).save()
    const at = Buffer.from(saved).indexOf('\nhttp\n')
    saved.set(new TextEncoder().encode('\nhtTP\n'), at)
    protocol('htTP')
    const { hierarchy } = createSummary({}, saved).finish()
    expect(JSON.stringify(hierarchy)).toContain('"htTP"')
    expect(JSON.stringify(hierarchy)).not.toContain('"http"')
  })

  it('is refused if another version wrote it, or if it ends too early', async () => {
    const saved = readSummary(traffic(3)).save()
    expect(() => createSummary({}, saved.with(0, 99))).toThrow('version 99')
    expect(() => createSummary({}, saved.subarray(0, -1))).toThrow('too early')
    await expect(loadSummary(inPieces(saved.with(0, 99), 100))).rejects.toThrow('version 99')
    await expect(loadSummary(inPieces(saved.subarray(0, -1), 100))).rejects.toThrow('too early')
    await expect(loadSummary(inPieces(new Uint8Array(0), 100))).rejects.toThrow('too early')
  })

  it('comes in pieces of 1 MiB, of which the length is known before, and is taken up from pieces of any size', async () => {
    const summary = createSummary()
    for (let i = 0; i < 120_000; i++) summary.packet(packetOf(1, frameFrom(i), { seconds: i }))
    const { length, pieces } = summary.saving()
    const lengths = Array.from(pieces(), (piece) => piece.length)
    expect(lengths.slice(0, -1)).toEqual(lengths.slice(0, -1).map(() => PIECE))
    expect(lengths.length).toBe(Math.ceil(length / PIECE))
    expect(length).toBeGreaterThan(2 * PIECE)
    const saved = Buffer.concat([...pieces()])
    expect(saved.equals(summary.save())).toBe(true)
    expect(saved.length).toBe(length)
    const said = JSON.stringify(summary.finish())
    for (const size of [4099, PIECE, length]) {
      const taken = await loadSummary(inPieces(saved, size))
      expect(JSON.stringify(taken.finish())).toBe(said)
      expect(saved.equals(taken.save())).toBe(true)
    }
  })

  it('lets go of a stream that it does not read to its end', async () => {
    let released = false
    const stream = async function* () {
      try {
        yield Uint8Array.of(99)
        yield new Uint8Array(PIECE)
        yield new Uint8Array(PIECE)
      } finally {
        released = true
      }
    }
    await expect(loadSummary(stream())).rejects.toThrow('version 99')
    expect(released).toBe(true)
  })

  it('takes a few kilobytes, and 50 bytes a conversation at most', () => {
    expect(createSummary().save().length).toBeLessThan(8 * 1024)
    const summary = createSummary()
    for (let i = 0; i < 10_000; i++) summary.packet(packetOf(1, frameFrom(i), { seconds: i }))
    expect(summary.save().length).toBeLessThan(10_000 * 50)
  })
})

/** A frame of no protocol, from the machine of that number. */
const frameFrom = (machine: number): Uint8Array =>
  Uint8Array.of(2, 0, 0, machine >> 16, (machine >> 8) & 255, machine & 255, 4, 0, 0, 0, 0, 0, 0, 0)

function readSummary(content: Uint8Array) {
  const summary = createSummary()
  const reader = openReader(summary)
  reader.push(content)
  reader.end()
  return summary
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Clock, precisionOf, ticksPerSecond } from '../../src/capture/timestamps.ts'

describe('ticksPerSecond', () => {
  it.each([
    [undefined, 1_000_000n],
    [0, 1n],
    [6, 1_000_000n],
    [9, 1_000_000_000n],
    [19, 10n ** 19n],
    [20, null],
    [127, null],
    [0x80, 1n],
    [0x80 | 10, 1024n],
    [0x80 | 63, 2n ** 63n],
    [0x80 | 64, null],
    [0xff, null],
  ] as const)('if_tsresol %s means %s ticks a second', (octet, ticks) => {
    expect(ticksPerSecond(octet)).toBe(ticks)
  })
})

describe('precisionOf', () => {
  it.each([
    [1n, 0],
    [10n, 1],
    [99n, 1],
    [256n, 2],
    [1_000n, 3],
    [100_000n, 3],
    [2n ** 20n, 6],
    [10n ** 8n, 6],
    [10n ** 9n, 9],
    [2n ** 63n, 9],
  ] as const)('%s ticks a second fill %s decimal places', (ticks, places) => {
    expect(precisionOf(ticks)).toBe(places)
  })
})

describe('Clock', () => {
  const anyTsresol = fc.oneof(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 0x80, max: 0x80 | 63 }))

  it('reads every count at every resolution as whole seconds and nanoseconds, cut', () => {
    fc.assert(
      fc.property(anyTsresol, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (tsresol, count) => {
        const ticks = ticksPerSecond(tsresol) ?? 0n
        const read = { seconds: -1, nanoseconds: -1 }
        new Clock(ticks, 0).read(Number(count >> 32n), Number(count & 0xffffffffn), read)
        expect(read).toEqual({
          seconds: Number(count / ticks),
          nanoseconds: Number(((count % ticks) * 1_000_000_000n) / ticks),
        })
      }),
      { seed: 1, numRuns: 5_000 },
    )
  })

  it('is exact on either side of a whole second', () => {
    for (const ticks of [4_096n, 10_000n, 1_000_000n, 1_000_000_000n, 2n ** 30n])
      for (const second of [1n, 1_700_000_000n, (2n ** 64n - 1n) / ticks])
        for (const count of [second * ticks - 1n, second * ticks]) {
          const read = { seconds: -1, nanoseconds: -1 }
          new Clock(ticks, 0).read(Number(count >> 32n), Number(count & 0xffffffffn), read)
          expect(read.seconds).toBe(Number(count / ticks))
          expect(read.nanoseconds).toBe(Number(((count % ticks) * 1_000_000_000n) / ticks))
        }
  })

  it('adds if_tsoffset, which may lead before 1970', () => {
    const read = { seconds: 0, nanoseconds: 0 }
    new Clock(1_000_000n, -2).read(0, 250_000, read)
    expect(read).toEqual({ seconds: -2, nanoseconds: 250_000_000 })
  })
})

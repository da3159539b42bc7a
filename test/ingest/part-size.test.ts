/** Parts that fit a client's pieces, within what R2 takes and what the memory of an isolate allows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partSizeFor } from '../../src/ingest/resumable.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
/** https://developers.cloudflare.com/r2/platform/limits */
const R2 = { leastPart: 5 * MIB, parts: 10_000 }
const of = (length: number | null, atMost = length ?? 80 * GIB) => ({ partSize: 8 * MIB, length, atMost })

describe('the part size of a resumable upload', () => {
  it.each([
    ['8 MiB', 8 * MIB, 8 * MIB],
    ['10 MiB', 10 * MIB, 10 * MIB],
    ['10 MB', 10_000_000, 10_000_000],
    ['64 MiB', 64 * MIB, 8 * MIB],
    ['5 MiB, the least that R2 takes', 5 * MIB, 5 * MIB],
    ['50 MB', 50_000_000, 10_000_000],
    ['a prime number of bytes, within what memory allows', 9_999_991, 9_999_991],
    ['a prime number of bytes, beyond it', 20_000_003, 10_000_001],
    ['less than R2 takes', 5_000_001, 8 * MIB],
    ['all of the file', GIB, 8 * MIB],
    ['a length that is not known', null, 8 * MIB],
  ])('for pieces of %s', (_, piece, size) => {
    expect(partSizeFor(piece, of(GIB))).toBe(size)
  })

  it('makes room for all that may come', () => {
    expect(partSizeFor(5 * MIB, of(60 * GIB))).toBe(8 * MIB)
    expect(partSizeFor(20 * MIB, of(60 * GIB))).toBe(10 * MIB)
    expect(partSizeFor(6 * MIB, of(null, 70 * GIB))).toBe(8 * MIB)
  })

  it('is one that R2 takes and that a part buffer holds, and leaves less than a byte a part of most pieces', () => {
    const lengths = fc.integer({ min: 1, max: R2.parts * 8 * MIB })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200 * MIB }), (length, piece) => {
        const size = partSizeFor(piece, of(length))
        expect(Number.isInteger(size)).toBe(true)
        expect(size).toBeGreaterThanOrEqual(R2.leastPart)
        expect(size).toBeLessThanOrEqual(10 * MIB)
        expect(size * R2.parts).toBeGreaterThanOrEqual(length)
        if (size !== 8 * MIB) expect(piece % size).toBeLessThan(piece / size)
      }),
    )
  })
})

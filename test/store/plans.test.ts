import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeIn, sizeText } from '../../src/store/plans.ts'

describe('a size', () => {
  it.each([
    ['100MB', 100_000_000],
    ['5 GiB', 5_368_709_120],
    ['1.5 TB', 1_500_000_000_000],
    ['4096', 4096],
    [' 2kib ', 2048],
  ])('%j is %d bytes', (text, bytes) => expect(sizeIn(text)).toBe(bytes))

  it.each(['', '0', '-1 GB', '5 parsecs', '1e3', '1,5 GB', 'GiB', '9999999 TiB'])('%j is none', (text) =>
    expect(sizeIn(text)).toBeNull(),
  )

  it.each([
    [5_368_709_120, '5 GiB'],
    [5_000_000_000, '5 GB'],
    [1536, '1536'],
    [3 * 1024 ** 2, '3 MiB'],
  ])('%d bytes are written as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

  it('that is written is read as what it was', () => {
    const sizes = fc.sample(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), 200)
    for (const bytes of sizes) expect(sizeIn(sizeText(bytes))).toBe(bytes)
  })
})

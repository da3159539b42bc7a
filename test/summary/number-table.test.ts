import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumberTable } from '../../src/summary/number-table.ts'

describe('a table of numbers', () => {
  it('says what the Map says that it was made of', () => {
    const entries = fc.array(fc.tuple(fc.integer(), fc.nat(65_534)), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(entries, fc.array(fc.integer()), (pairs, others) => {
        const map = new Map(pairs)
        const table = new NumberTable(map)
        for (const key of [...map.keys(), ...others, 0, -1]) expect(table.get(key)).toBe(map.get(key) ?? -1)
      }),
    )
  })
})

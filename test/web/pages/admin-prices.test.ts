import { describe, expect, it } from 'vitest'
import type { Overview } from '../../../src/store/overview.ts'
import { dollars, estimateOf } from '../../../src/web/pages/admin-prices.ts'

const NOTHING: Overview = {
  accounts: 1,
  suspended: 0,
  captures: 0,
  bytes: 0,
  copies: 0,
  failed: 0,
  waiting: 0,
  quarantined: { objects: 0, bytes: 0 },
  databases: { main: null, search: null },
}

describe('the estimate of what storage costs', () => {
  it('is nothing for nothing, and for what the plan includes', () => {
    expect(estimateOf(NOTHING)).toMatchObject({ r2: 0, d1: 0, main: null })
    const included = { ...NOTHING, bytes: 9e9, databases: { main: 3e9, search: 2e9 } }
    expect(estimateOf(included)).toMatchObject({ r2: 0, d1: 0 })
  })

  it('is what Cloudflare’s list says for what is beyond that, copies and quarantine counted', () => {
    // 60 + 30 + 19.94 of copies and aside and 0.06 derived = 110 GB: 100 GB at $0.015. 7 GB of D1: 2 GB at $0.75.
    const { r2, d1 } = estimateOf({
      ...NOTHING,
      bytes: 60e9,
      copies: 30e9,
      quarantined: { objects: 1, bytes: 19.94e9 },
      databases: { main: 6e9, search: 1e9 },
    })
    expect([r2, d1]).toEqual([expect.closeTo(1.5, 6), expect.closeTo(1.5, 6)])
  })

  it.each([
    [0, '$0.00'],
    [0.001, '< $0.01'],
    [0.005, '$0.01'],
    [1234.5, '$1,234.50'],
    [1234567, '$1,234,567.00'],
  ])('writes %d as %s', (amount, text) => {
    expect(dollars(amount)).toBe(text)
  })
})

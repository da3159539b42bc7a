import { describe, expect, it } from 'vitest'
import { redact } from '../../ops/redaction.ts'
import { bytesOf, countOf, listOf, momentOf } from '../../ops/words.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

describe('words of a command line', () => {
  it.each([
    ['100MB', 100_000_000],
    ['5GiB', 5_368_709_120],
    ['5gib', 5_368_709_120],
    ['1.5 TB', 1_500_000_000_000],
    ['4096', 4096],
    ['1B', 1],
  ])('reads the size %s as %d bytes', (text, bytes) => {
    expect(bytesOf('--storage', text)).toBe(bytes)
  })
  it.each(['', '0', '-1', 'MB', '5 gallons', '1e9', '9999999TB', '5,5GB', 'NaN'])('refuses the size "%s"', (text) => {
    expect(() => bytesOf('--storage', text)).toThrow(/--storage takes a size/)
  })
  it.each(['0', '-3', '1.5', 'x', '99999999999999999'])('refuses the count "%s"', (text) => {
    expect(() => countOf('--files', text)).toThrow(/--files takes/)
  })
  it.each([
    ['30d', '2026-12-22T12:00:00.000Z'],
    ['12h', '2026-11-23T00:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:00:00+01:00', '2027-01-31T09:00:00.000Z'],
  ])('reads the moment %s as %s', (text, moment) => {
    expect(momentOf('--expires', text, NOW).toISOString()).toBe(moment)
  })
  it.each(['2020-01-01', '0d', '2027-13-01', 'tomorrow', '31', ''])('refuses the moment "%s"', (text) => {
    expect(() => momentOf('--expires', text, NOW)).toThrow(/--expires/)
  })
  it('reads lists without empty and doubled members', () => {
    expect(listOf(' dns, lab,,dns ')).toEqual(['dns', 'lab'])
  })
})

describe('redaction', () => {
  it('takes tokens out of a line, wherever they stand, and leaves short numbers', () => {
    const token = '0123456789abcdef0123456789abcdef'
    expect(redact(`PUT /api/v1/${token}/upload ${token.toUpperCase()}${token} deadbeef`)).toBe(
      'PUT /api/v1/[redacted]/upload [redacted] deadbeef',
    )
  })
})

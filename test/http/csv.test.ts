import { describe, expect, it } from 'vitest'
import { csvLine } from '../../src/http/csv.ts'

describe('CSV', () => {
  it.each([
    [['a', 1, null, 0.5], 'a,1,,0.5\r\n'],
    [['a,b', 'say "x"', 'two\nlines'], '"a,b","say ""x""","two\nlines"\r\n'],
    [[''], '\r\n'],
    [[-5], '-5\r\n'],
  ])('is as RFC 4180 has it: %j', (cells, line) => {
    expect(csvLine(cells)).toBe(line)
  })

  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\nx', '＝1+1', '=HYPERLINK("http://a.example","x")'])(
    'has no formula where a stranger said one: %s',
    (name) => {
      expect(csvLine([name])).toMatch(/^"?'/)
    },
  )
})

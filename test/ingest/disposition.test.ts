import { describe, expect, it } from 'vitest'
import { dispositionOf } from '../../src/ingest/disposition.ts'

describe('dispositionOf', () => {
  it.each([
    ['form-data; name="file"', 'file', undefined],
    ['form-data; name="file"; filename="x.cap"', 'file', 'x.cap'],
    ['form-data; name="file"; filename=""', 'file', ''],
    ['form-data;name=file;filename=x.cap', 'file', 'x.cap'],
    ['form-data; name="file"; filename="日本語 — данные.cap"', 'file', '日本語 — данные.cap'],
    ['form-data; name="file"; filename="a \\"b\\" \\\\ c.cap"', 'file', 'a "b" \\ c.cap'],
    ['form-data; name="file"; filename="C:\\new\\x.cap"', 'file', 'C:\\new\\x.cap'],
    ['form-data; name="file"; filename="a; name=b.cap"', 'file', 'a; name=b.cap'],
    [`form-data; name="file"; filename="b"; filename*=UTF-8''%e2%82%ac`, 'file', '€'],
    [`form-data; name="file"; filename*=ISO-8859-1''%A3; filename=b`, 'file', 'b'],
    ['form-data; name="a"; name="b"', 'a', undefined],
    ['form-data', '', undefined],
    ['', '', undefined],
    [`form-data; name="file"; filename="${'\\'.repeat(5)}`, 'file', `"${'\\'.repeat(5)}`],
  ])('%s', (header, name, filename) => {
    expect(dispositionOf(header)).toEqual({ name, filename })
  })

  it('throws at a filename* that cannot be decoded', () => {
    expect(() => dispositionOf(`form-data; name=file; filename*=UTF-8''%E0%A4%A`)).toThrow(URIError)
  })

  it('is quick on hostile text', () => {
    const startedAt = performance.now()
    for (const hostile of [
      '; '.repeat(8000),
      `; a="${'\\'.repeat(15_000)}`,
      `;${' '.repeat(15_000)}`,
      '; a=" '.repeat(2000),
    ])
      dispositionOf(`form-data; ${hostile}`)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})

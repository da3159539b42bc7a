/** The language of searches, and how what is asked for is written in the index. */
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { parseQuery } from '../../src/store/search-query.ts'
import { documentOf, idAt, netOf, placeOf, wordsOf } from '../../src/store/search-terms.ts'
import type { Heaviest, Terms } from '../../src/summary/terms.ts'

const asked = (query: string) => parseQuery(query).map((clause) => clause.asked)
const day = (text: string) => Date.parse(`${text}T00:00:00Z`)

describe('a query', () => {
  it.each([
    ['port:443', { kind: 'port', port: 443 }],
    ['PROTO:QUIC', { kind: 'proto', name: 'quic' }],
    ['tag:"two words"', { kind: 'tag', tag: 'two words' }],
    [String.raw`name:"a \"b\" \\"`, { kind: 'filename', text: String.raw`a "b" \ `.trim() }],
    ['sni:*.Example.com.', { kind: 'name', of: ['tls'], name: 'example.com', under: true }],
    ['host:a', { kind: 'name', of: ['dns', 'tls', 'http'], name: 'a', under: false }],
    ['mac:00-1B-21', { kind: 'mac', hex: '001b21' }],
    ['ip:10.1.2.3/8', { kind: 'ip', net: { version: 4, hex: '0a000000', bits: 8 } }],
    ['on:2026-11-24', { kind: 'time', from: day('2026-11-24'), to: day('2026-11-25') }],
    [
      'before:2026-11-24T08:30Z',
      { kind: 'time', from: Number.NEGATIVE_INFINITY, to: day('2026-11-24') + 8.5 * 3_600_000 },
    ],
    ['uploaded:2026-01-01..2026-01-31', { kind: 'uploaded', from: day('2026-01-01'), to: day('2026-02-01') }],
    ['uploaded:..2026-01-31', { kind: 'uploaded', from: Number.NEGATIVE_INFINITY, to: day('2026-02-01') }],
    ['size:>1.5kB', { kind: 'size', from: 1501, to: Number.POSITIVE_INFINITY }],
    ['size:<=1KiB', { kind: 'size', from: Number.NEGATIVE_INFINITY, to: 1025 }],
    ['10.1.2.3', { kind: 'words', in: 'any', words: ['10', '1', '2', '3'], open: false }],
    ['rout*', { kind: 'words', in: 'any', words: ['rout'], open: true }],
  ])('%s', (query, wanted) => {
    expect(asked(query)).toEqual([wanted])
  })

  it('knows what must not hold, and where each part stands', () => {
    expect(parseQuery('  a -tag:b   "c d"').map(({ not, at }) => [not, at])).toEqual([
      [false, 2],
      [true, 4],
      [false, 13],
    ])
  })

  it.each([
    ['ip:1.2.3', 3],
    ['ip:10.0.0.0/33', 3],
    ['ip:::1::', 3],
    ['a port:65536', 7],
    ['a b:c', 2],
    ['-', 1],
    ['a "b', 2],
    ['a"b"', 1],
    ['"a"b', 3],
    ['tag:', 4],
    ['tag:""', 4],
    ['on:2026-02-29', 3],
    ['uploaded:2026-01-01..x', 21],
    ['size:1..2..3', 5],
    ['hash:abc', 5],
    ['status:fine', 7],
    ['...', 0],
    ['constructor:x', 0],
    [Array(17).fill('a').join(' '), 32],
    ['x'.repeat(1001), 1000],
  ])('%s is refused, at character %i', (query, at) => {
    expect(() => parseQuery(query)).toThrow(new RegExp(`^The query could not be read at character ${at}: `))
  })

  it('of any text is read or refused, in its own words', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.constantFrom(
          'ip:',
          'on:',
          'size:',
          'uploaded:',
          'name:',
          '"',
          '-',
          ' ',
          '*.',
          '..',
          '10.0.0.0/8',
          '2026-01-01',
          '\\',
        ),
      ),
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        const query = parts.join('')
        try {
          for (const { at } of parseQuery(query)) expect(at).toBeLessThan(query.length)
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError)
          expect((error as GatewayError).kind).toBe('bad-query')
          const at = Number(/at character (\d+): /.exec((error as Error).message)?.[1])
          expect(at).toBeLessThanOrEqual(query.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('finds a quoted text as it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (text) => {
        fc.pre(text.trim() !== '')
        const [clause] = parseQuery(`tag:"${text.replace(/["\\]/g, '\\$&')}"`)
        expect(clause?.asked).toEqual({ kind: 'tag', tag: text.normalize('NFKC').toLowerCase() })
      }),
    )
  })
})

describe('an address', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })

  it('is read in every form that ipaddr.js reads the same', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 128 }), (parts, bits) => {
        const address = new ipaddr.IPv6(parts)
        const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`)
        const hex = network
          .toByteArray()
          .map((octet) => octet.toString(16).padStart(2, '0'))
          .join('')
        const tail = [parts[6] ?? 0, parts[7] ?? 0].flatMap((part) => [part >> 8, part & 255]).join('.')
        const mixed = `${parts
          .slice(0, 6)
          .map((part) => part.toString(16))
          .join(':')}:${tail}`
        for (const text of [
          address.toString(),
          address.toNormalizedString(),
          parts.map((part) => part.toString(16).padStart(4, '0')).join(':'),
          mixed,
        ])
          expect(netOf(`${text}/${bits}`), text).toEqual({ version: 6, hex, bits })
      }),
    )
  })

  it('that ipaddr.js takes for none is none', () => {
    const text = fc.string({ unit: fc.constantFrom(':', '::', '0', 'a', 'ff', '1', '.', '255'), maxLength: 12 })
    fc.assert(
      fc.property(text, (made) => {
        const valid = ipaddr.IPv6.isValid(made) || ipaddr.IPv4.isValidFourPartDecimal(made)
        if (!valid) expect(netOf(made), made).toBeNull()
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a document', () => {
  const heaviest = <Row>(rows: Row[], leftOut = 0): Heaviest<Row> => ({ rows, leftOut, beyond: 0 })
  const inside = (addresses: number, leftOut: number): Terms => ({
    protocols: ['eth', 'ip'],
    addresses: heaviest(
      Array.from({ length: addresses }, (_, at) => `10.0.${at >> 8}.${at & 255}`),
      leftOut,
    ),
    services: heaviest([['10.0.0.0', 443]]),
    ports: heaviest([443]),
    macs: heaviest(['00:00:00:00:00:01']),
    names: { dns: heaviest(['a.b']), tls: heaviest([]), http: heaviest([]), dhcp: heaviest([]) },
  })
  const of = {
    filename: 'some name.pcap',
    tags: ['lab'],
    comments: Array.from({ length: 3000 }, (_, at) => `word${at}`).join(' '),
    size: 1,
    state: 'ok' as const,
    sha256: null,
    sha1: null,
    md5: null,
    facts: null,
  }

  it('has no more terms than there is room for, and says what it has not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 4000 }),
        fc.integer({ min: 0, max: 600 }),
        fc.nat(100),
        (most, addresses, left) => {
          const { terms, total } = documentOf(of, inside(addresses, left), most)
          expect(terms.length).toBeLessThanOrEqual(most)
          expect(new Set(terms).size).toBe(terms.length)
          expect(total).toBeGreaterThanOrEqual(terms.length)
          expect(terms.includes('x')).toBe(total > terms.length)
          expect(terms).toContain('a')
        },
      ),
      { numRuns: 50 },
    )
  })

  it('that has all says so', () => {
    const { terms, total } = documentOf({ ...of, comments: '' }, inside(20, 0), 2000)
    expect(total).toBe(terms.length)
    expect(documentOf({ ...of, comments: '' }, inside(20, 1), 2000).total).toBe(total + 2) // the mark of it is a term, too
  })
})

it('a place is above those of all earlier uploads, and names its capture', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 41), fc.nat(2 ** 41), fc.uuid(), fc.uuid(), (first, later, a, b) => {
      fc.pre(first < later)
      expect(placeOf(first, a) < placeOf(later, b)).toBe(true)
      expect(idAt(placeOf(first, a))).toBe(a)
    }),
  )
})

it('words are runs of letters, marks and digits, folded', () => {
  expect(wordsOf('Zürich_NOC-01 (ｌａｂ) हिन्दी')).toEqual(['zürich', 'noc', '01', 'lab', 'हिन्दी'])
})

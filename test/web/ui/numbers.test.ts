import { describe, expect, it } from 'vitest'
import { bitRate, byteRate, bytes, counted, duration, grouped, instant, measured } from '../../../src/web/ui/numbers.ts'

describe('numbers on pages', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [-1234567, '-1,234,567'],
    ['18446744073709551615', '18,446,744,073,709,551,615'],
    ['1234.5678', '1,234.5678'],
    ['n/a', 'n/a'],
  ] as const)('groups %s as %s', (value, text) => {
    expect(grouped(value)).toBe(text)
  })

  it('counts one and many', () => {
    expect(counted(1, 'packet')).toBe('1 packet')
    expect(counted(0, 'packet')).toBe('0 packets')
    expect(counted(1234, 'packet')).toBe('1,234 packets')
  })

  it.each([
    [0, '0 bytes', '0 bytes'],
    [1, '1 byte', '1 byte'],
    [1023, '1,023 bytes', '1,023 bytes'],
    [1024, '1 KiB', '1,024 bytes'],
    [25_803, '25.2 KiB', '25,803 bytes'],
    [1_048_064, '1.00 MiB', '1,048,064 bytes'], // never 1,024 KiB
    [1_234_567, '1.18 MiB', '1,234,567 bytes'],
    [104_857_600, '100 MiB', '104,857,600 bytes'],
    [5 * 1024 ** 3, '5 GiB', '5,368,709,120 bytes'],
    ['9223372036854775808', '8,192 PiB', '9,223,372,036,854,775,808 bytes'],
  ] as const)('says %s bytes as %s', (n, text, exact) => {
    expect(bytes(n)).toEqual({ text, exact })
  })

  it.each([
    ['0.000000', '0 s', '0.000000 s'],
    ['0.000000001', '1 ns', '0.000000001 s'],
    ['0.000123', '123 µs', '0.000123 s'],
    ['0.070345', '70.345 ms', '0.070345 s'],
    ['30.393704', '30.394 s', '30.393704 s'],
    ['59.949999', '59.95 s', '59.949999 s'],
    ['59.95', '1 m 00.0 s', '59.95 s'],
    ['3723.444022202', '1 h 02 m 03.4 s', '3,723.444022202 s'],
    ['3599.96', '1 h 00 m 00.0 s', '3,599.96 s'],
    ['93784.5', '1 d 02 h 03 m 04.5 s', '93,784.5 s'],
    ['86400000000', '1,000,000 d 00 h 00 m 00.0 s', '86,400,000,000 s'],
  ] as const)('says %s seconds as %s', (seconds, text, exact) => {
    expect(duration(seconds)).toEqual({ text, exact })
  })

  it.each([
    ['1307137786.123456', '2011-06-03 21:49:46', '.123456', '2011-06-03T21:49:46.123Z'],
    ['1307137786', '2011-06-03 21:49:46', '', '2011-06-03T21:49:46Z'],
    ['1790888405.104237915', '2026-10-01 21:00:05', '.104237915', '2026-10-01T21:00:05.104Z'],
    ['-0.25', '1969-12-31 23:59:59', '.75', '1969-12-31T23:59:59.75Z'],
    ['0.000000000', '1970-01-01 00:00:00', '.000000000', '1970-01-01T00:00:00.000Z'],
  ] as const)('says %s as %s%s UTC', (seconds, text, fraction, iso) => {
    expect(instant(seconds)).toEqual({ text, fraction, iso })
  })

  it('has no date for what is beyond the calendar or no number', () => {
    expect(instant('18446744073709.000000')).toBeNull()
    expect(instant('n/a')).toBeNull()
    expect(duration('n/a')).toBeNull()
  })

  it('names the unit of every rate, and has none where there is none', () => {
    expect(bitRate('6604.26')).toEqual({ text: '6.60 kbit/s', exact: '6,604.26 bit/s' })
    expect(bitRate('999.99')).toEqual({ text: '999.99 bit/s', exact: '999.99 bit/s' })
    expect(bitRate('9999999999.00')?.text).toBe('10.0 Gbit/s')
    expect(byteRate('11075.53')).toEqual({ text: '10.8 KiB/s', exact: '11,075.53 bytes/s' })
    expect(byteRate('825.53')?.text).toBe('825.53 bytes/s')
    expect(measured('57.61', 'packets/s')?.text).toBe('57.61 packets/s')
    for (const rate of [bitRate, byteRate]) expect(rate('n/a')).toBeNull()
    expect(measured('n/a', 'packets/s')).toBeNull()
  })
})

/** How pages write numbers: a short text for the eye and the exact value beside it. */

export interface Quantity {
  /** Rounded, with its unit. */
  text: string
  /** As it is, with its unit, for `title`. */
  exact: string
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Digits in groups of three: `1,234,567`, `-1,234.50`. Takes numbers and decimal strings; anything else comes back as it is. */
export function grouped(value: number | bigint | string): string {
  const match = DECIMAL.exec(String(value))
  if (match === null) return String(value)
  const [, sign, whole = '', fraction] = match
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`
}

/** `1 packet`, `1,234 packets`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`
}

/** Bytes in powers of 1024, three digits: `310 bytes`, `25.3 KiB`, `1.18 MiB`. Takes decimal strings too. */
export function bytes(count: number | string): Quantity {
  const n = Number(count)
  const exact = n === 1 ? '1 byte' : `${grouped(count)} bytes`
  if (n < 1024) return { text: exact, exact }
  let value = n / 1024
  let unit = 0
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return { text: `${threeDigits(value)} ${UNITS[unit]}`, exact }
}

/** A rate in bytes, as powers of 1024. Takes a decimal string; `null` where there is none (`n/a`). */
export function byteRate(perSecond: string): Quantity | null {
  if (!DECIMAL.test(perSecond)) return null
  const n = Number(perSecond)
  const exact = `${grouped(perSecond)} bytes/s`
  if (n < 1024) return { text: exact, exact }
  return { text: `${bytes(n).text}/s`, exact }
}

/** A rate in powers of 1000 of its unit: `207 kbit/s`. Takes a decimal string; `null` where there is none (`n/a`). */
export function bitRate(perSecond: string): Quantity | null {
  if (!DECIMAL.test(perSecond)) return null
  const exact = `${grouped(perSecond)} bit/s`
  let value = Number(perSecond)
  if (value < 1000) return { text: exact, exact }
  let unit = 0
  while (value >= 999.5 && unit < 4) {
    value /= 1000
    unit += 1
  }
  return { text: `${threeDigits(value)} ${['', 'k', 'M', 'G', 'T'][unit]}bit/s`, exact }
}

/** A decimal string with its unit, as it is: `57.61 packets/s`. `null` where there is none (`n/a`). */
export function measured(decimal: string, unit: string): Quantity | null {
  if (!DECIMAL.test(decimal)) return null
  const exact = `${grouped(decimal)} ${unit}`
  return { text: exact, exact }
}

/** `1.18`, `11.8`, `118`, `1,180`. */
function threeDigits(value: number): string {
  if (Number.isInteger(value)) return grouped(value)
  if (value >= 99.95) return grouped(Math.round(value))
  return value.toFixed(value >= 9.995 ? 1 : 2)
}

/**
 * Decimal seconds as a person says them: `1 h 02 m 03.4 s`, `40.541 s`, `70.345 ms`, `120 ns`. `exact` has every digit.
 * `null` for what is not a decimal.
 */
export function duration(seconds: string): Quantity | null {
  const match = DECIMAL.exec(seconds)
  if (match === null) return null
  const [, sign = '', whole = '0', fraction = ''] = match
  const exact = `${grouped(seconds)} s`
  const picoseconds = BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0').slice(0, 12))
  if (picoseconds === 0n) return { text: '0 s', exact }
  const tenths = (picoseconds + 5n * 10n ** 10n) / 10n ** 11n
  if (tenths < 600n) {
    const [unit, scale] =
      picoseconds >= 10n ** 12n
        ? (['s', 10n ** 12n] as const)
        : picoseconds >= 10n ** 9n
          ? (['ms', 10n ** 9n] as const)
          : picoseconds >= 10n ** 6n
            ? (['µs', 10n ** 6n] as const)
            : (['ns', 10n ** 3n] as const)
    const thousandths = (picoseconds * 1000n + scale / 2n) / scale
    const rest = String(thousandths % 1000n)
      .padStart(3, '0')
      .replace(/0+$/, '')
    return { text: `${sign}${thousandths / 1000n}${rest === '' ? '' : `.${rest}`} ${unit}`, exact }
  }
  const s = `${String((tenths / 10n) % 60n).padStart(2, '0')}.${tenths % 10n} s`
  const m = (tenths / 600n) % 60n
  const h = (tenths / 36_000n) % 24n
  const d = tenths / 864_000n
  const two = (n: bigint) => String(n).padStart(2, '0')
  if (d > 0n) return { text: `${sign}${grouped(d)} d ${two(h)} h ${two(m)} m ${s}`, exact }
  if (h > 0n) return { text: `${sign}${h} h ${two(m)} m ${s}`, exact }
  return { text: `${sign}${m} m ${s}`, exact }
}

export interface Instant {
  /** `2011-06-03 21:49:46`, UTC. */
  text: string
  /** The digits after it, with the point: `.123456`; empty where the file has whole seconds. */
  fraction: string
  /** For `datetime`: to the millisecond, which is all that HTML takes. */
  iso: string
}

/** Decimal seconds since 1970 as UTC, to the last digit given. `null` for what is no decimal or beyond the calendar. */
export function instant(seconds: string): Instant | null {
  const match = DECIMAL.exec(seconds)
  if (match === null) return null
  const [, sign, whole = '0', digits = ''] = match
  const scale = 10n ** BigInt(digits.length)
  const ticks = BigInt(`${sign}${whole}${digits}`)
  let second = ticks / scale
  let rest = ticks % scale
  if (rest < 0n) {
    second -= 1n
    rest += scale
  }
  const date = new Date(Number(second) * 1000)
  if (Number.isNaN(date.getTime())) return null
  const fraction = digits === '' ? '' : String(rest).padStart(digits.length, '0')
  const [day, time = ''] = date.toISOString().split('T')
  return {
    text: `${day} ${time.slice(0, 8)}`,
    fraction: fraction === '' ? '' : `.${fraction}`,
    iso: `${day}T${time.slice(0, 8)}${fraction === '' ? '' : `.${fraction.slice(0, 3)}`}Z`,
  }
}

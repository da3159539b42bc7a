/** Times and averages, rounded and cut as capinfos prints them. */
import type { Moment, Precision } from '../capture/timestamps.ts'

/** Decimal seconds, to `places` decimals; finer digits are cut, toward the past. */
export function decimalSeconds({ seconds, nanoseconds }: Moment, places: Precision): string {
  const unit = 10 ** (9 - places)
  const fraction = Math.floor(nanoseconds / unit)
  const before = seconds < 0 && fraction > 0 // -2 s and .25 is -1.75
  const whole = before ? seconds + 1 : seconds
  const sign = seconds < 0 ? '-' : ''
  const digits = before ? 10 ** places - fraction : fraction
  return `${sign}${Math.abs(whole)}${places === 0 ? '' : `.${String(digits).padStart(places, '0')}`}`
}

/** From the earlier to the later. */
export function timeBetween(earlier: Moment, later: Moment): Moment {
  const nanoseconds = later.nanoseconds - earlier.nanoseconds
  const borrowed = nanoseconds < 0 ? 1 : 0
  return {
    seconds: later.seconds - earlier.seconds - borrowed,
    nanoseconds: nanoseconds + borrowed * 1_000_000_000,
  }
}

/** Two decimals of the number's exact value, a tie to even, as C's `%.2f`. Not negative. */
export function twoDecimals(value: number): string {
  if (value >= 2 ** 50) return `${BigInt(Math.round(value))}.00`
  const eighths = value * 8
  // Only odd eighths lie halfway between two hundredths; `toFixed` would round them all up.
  const tieDown = eighths % 4 === 1
  return (tieDown ? value - 0.005 : value).toFixed(2)
}

/** Times of packets as they are written in requests, to the nanosecond. */

const BILLION = 1_000_000_000n
/** RFC 3339 §5.6, with a fraction of at most nine digits. */
const WRITTEN = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/
const SECONDS = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/

/** Nanoseconds since 1970 of a time as RFC 3339 has it, or of decimal seconds; `null` for what is neither. */
export function nanosecondsIn(text: string): bigint | null {
  const [, sign, seconds, fraction] = SECONDS.exec(text) ?? []
  if (seconds !== undefined) {
    const count = BigInt(seconds) * BILLION + nanoseconds(fraction)
    return sign === '-' ? -count : count
  }
  const [, day, clock, part, zone] = WRITTEN.exec(text) ?? []
  const whole = day === undefined ? Number.NaN : Date.parse(`${day}T${clock}${zone?.toUpperCase()}`)
  return Number.isNaN(whole) ? null : (BigInt(whole) / 1000n) * BILLION + nanoseconds(part)
}

const nanoseconds = (fraction = ''): bigint => BigInt(fraction.padEnd(9, '0'))

/** A time as RFC 3339 has it, in UTC; beyond the years that it knows, decimal seconds. */
export function timeOf(moment: bigint): string {
  const fraction = ((moment % BILLION) + BILLION) % BILLION
  const seconds = (moment - fraction) / BILLION
  const date = new Date(Number(seconds) * 1000)
  const digits = String(fraction).padStart(9, '0')
  const isWritable = !Number.isNaN(date.getTime()) && /^\d{4}-/.test(date.toISOString())
  if (isWritable) return `${date.toISOString().slice(0, 19)}${fraction === 0n ? '' : `.${digits.replace(/0+$/, '')}`}Z`
  const whole = moment < 0n ? -moment : moment
  return `${moment < 0n ? '-' : ''}${whole / BILLION}.${String(whole % BILLION).padStart(9, '0')}`
}

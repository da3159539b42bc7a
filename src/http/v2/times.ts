/** Times of packets as they are written in answers, to the nanosecond. */

const BILLION = 1_000_000_000n

/** A time as RFC 3339 has it, in UTC; beyond the years that it knows, decimal seconds. */
export function writtenTime(moment: bigint): string {
  const fraction = ((moment % BILLION) + BILLION) % BILLION
  const seconds = (moment - fraction) / BILLION
  const date = new Date(Number(seconds) * 1000)
  const digits = String(fraction).padStart(9, '0')
  const isWritable = !Number.isNaN(date.getTime()) && /^\d{4}-/.test(date.toISOString())
  if (isWritable) return `${date.toISOString().slice(0, 19)}${fraction === 0n ? '' : `.${digits.replace(/0+$/, '')}`}Z`
  const whole = moment < 0n ? -moment : moment
  return `${moment < 0n ? '-' : ''}${whole / BILLION}.${String(whole % BILLION).padStart(9, '0')}`
}

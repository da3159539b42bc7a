/** Times of packets as they are written in answers, to the nanosecond. */

const BILLION = 1_000_000_000n

/** Seconds since 1970, with nine decimals. */
export function decimalTime(moment: bigint): string {
  const size = moment < 0n ? -moment : moment
  return `${moment < 0n ? '-' : ''}${size / BILLION}.${String(size % BILLION).padStart(9, '0')}`
}

/** A time as RFC 3339 has it, in UTC; beyond the years that it knows, decimal seconds. */
export function writtenTime(moment: bigint): string {
  const fraction = ((moment % BILLION) + BILLION) % BILLION
  const date = new Date(Number((moment - fraction) / BILLION) * 1000)
  if (Number.isNaN(date.getTime()) || !/^\d{4}-/.test(date.toISOString())) return decimalTime(moment)
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '')
  return `${date.toISOString().slice(0, 19)}${digits && `.${digits}`}Z`
}

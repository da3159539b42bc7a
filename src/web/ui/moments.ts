/** Points in time of a capture, counted from its first packet, as they are on the calendar. */

const BILLION = 1_000_000_000n

/** Decimal seconds since 1970 with nine decimals. @param base the same of the first packet. @param seconds after it, or before */
export function momentAt(base: string, seconds: number): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(base) ?? []
  const nanoseconds = BigInt(whole) * BILLION + BigInt(fraction.padEnd(9, '0').slice(0, 9))
  const moment = (sign === '-' ? -nanoseconds : nanoseconds) + BigInt(Math.round(seconds * 1e9))
  const size = moment < 0n ? -moment : moment
  return `${moment < 0n ? '-' : ''}${size / BILLION}.${String(size % BILLION).padStart(9, '0')}`
}

/** Seconds as a field takes them: no more digits than a nanosecond needs. */
export const secondsText = (seconds: number): string => String(Number(seconds.toFixed(9)))

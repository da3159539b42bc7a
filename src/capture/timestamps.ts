/** Timestamp resolutions, and 64-bit tick counts turned into seconds and nanoseconds. */

/** Decimal places in which Wireshark's tools print a time. */
export type Precision = 0 | 1 | 2 | 3 | 6 | 9

const PRECISIONS: readonly Precision[] = [9, 6, 3, 2, 1, 0]

/**
 * Timestamp ticks per second from `if_tsresol`: 10^n, or 2^n if the high bit is set. Absent: 10^6. Zero: whole seconds.
 * draft-ietf-opsawg-pcapng §4.2.
 * @returns `null` where no 64-bit timestamp can carry it (n > 19, or n > 63)
 */
export function ticksPerSecond(tsresol = 6): bigint | null {
  const n = tsresol & 0x7f
  if (tsresol & 0x80) return n <= 63 ? 1n << BigInt(n) : null
  return n <= 19 ? 10n ** BigInt(n) : null
}

/** The most decimal places that this many ticks fill, of those that Wireshark's tools know. */
export const precisionOf = (ticks: bigint): Precision =>
  PRECISIONS.find((places) => ticks >= 10n ** BigInt(places)) ?? 0

/** Where a clock puts its reading; a `Packet` is one. */
export interface Moment {
  seconds: number
  nanoseconds: number
}

/** Seconds and microseconds, of which there may be a million or more. */
export function readTime(into: Moment, seconds: number, microseconds: number): void {
  into.seconds = seconds
  into.nanoseconds = microseconds * 1000
  if (microseconds < 1_000_000) return
  into.seconds += Math.floor(microseconds / 1_000_000)
  into.nanoseconds = (microseconds % 1_000_000) * 1000
}

/** Reads 64-bit tick counts. */
export class Clock {
  private readonly ticks: bigint
  private readonly offset: number
  /** Ticks a second where 32-bit arithmetic finds the remainder, from 2^12 to 2^30; else 0. */
  private readonly divisor: number
  /** Nanoseconds in a tick; for powers of two and of ten exact. */
  private readonly nanoseconds: number

  /** @param offset `if_tsoffset`: seconds to be added. Beyond 2^53 it is rounded. */
  constructor(ticks: bigint, offset: number) {
    this.ticks = ticks
    this.offset = offset
    this.divisor = ticks >= 4_096n && ticks <= 1_073_741_824n ? Number(ticks) : 0
    this.nanoseconds = 1_000_000_000 / Number(ticks)
  }

  read(high: number, low: number, into: Moment) {
    const { divisor } = this
    if (divisor === 0) return this.readExactly(high, low, into)
    // The count is rounded to 53 bits, so the quotient may be off by one; the remainder, taken modulo 2^32, tells.
    let seconds = Math.floor((high * 4_294_967_296 + low) / divisor)
    let rest = (low - Math.imul(seconds, divisor)) | 0
    if (rest < 0) {
      rest += divisor
      seconds--
    } else if (rest >= divisor) {
      rest -= divisor
      seconds++
    }
    into.seconds = seconds + this.offset
    into.nanoseconds = Math.floor(rest * this.nanoseconds)
  }

  private readExactly(high: number, low: number, into: Moment) {
    const count = (BigInt(high) << 32n) | BigInt(low)
    into.seconds = Number(count / this.ticks) + this.offset
    into.nanoseconds = Number(((count % this.ticks) * 1_000_000_000n) / this.ticks)
  }
}

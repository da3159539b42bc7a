/** Which packets, as one asks for them: plain JSON. */
import type { ConversationKey } from './conversation-choice.ts'
import { choose, type Selection } from './slice-choice.ts'

export type AskedSelection =
  /** tshark's `frame.number`, both included. */
  | { numbers: { from: number; to: number } }
  /** Seconds since 1970, with up to nine decimal places, or times of RFC 3339; `to` not included. */
  | { times: { from?: string | undefined; to?: string | undefined } }
  | { conversation: ConversationKey }

/** @throws RangeError with words for who asked, where there can be no such packets */
export function selectionOf(asked: AskedSelection): Selection {
  if (!('times' in asked)) {
    choose(asked)
    return asked
  }
  const { from, to } = asked.times
  return { times: { ...(from === undefined ? {} : { from: timeOf(from) }), ...(to === undefined ? {} : { to: timeOf(to) }) } } // biome-ignore format: one thought
}

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{0,9}))?$/
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/

/** Nanoseconds since 1970. @throws RangeError */
export function timeOf(text: string): bigint {
  const decimal = DECIMAL.exec(text)
  if (decimal !== null) {
    const [, sign, seconds = '', fraction = ''] = decimal
    const time = BigInt(seconds) * 1_000_000_000n + nanoseconds(fraction)
    return sign === '-' ? -time : time
  }
  const [, day, time, fraction = '', zone = ''] = RFC3339.exec(text) ?? []
  const milliseconds = Date.parse(`${day}T${time}${zone.toUpperCase()}`)
  if (Number.isNaN(milliseconds)) throw new RangeError(`${text.slice(0, 64)}: not a time in seconds since 1970 or as RFC 3339 has it`) // biome-ignore format: one thought
  return BigInt(milliseconds) * 1_000_000n + nanoseconds(fraction)
}

const nanoseconds = (fraction: string): bigint => BigInt(fraction.padEnd(9, '0'))

/** Which packets of a capture a slice has, and in which spans they may stand. */
import type { Packet } from '../capture/packet.ts'
import type { Moment } from '../capture/timestamps.ts'
import { byConversation, type ConversationKey } from './conversation-choice.ts'
import { isBefore, momentOf, type Span } from './packet-index.ts'

/** Which packets. A packet without a time has that of the packet before it: see `createPacketIndex`. */
export type Selection =
  /** tshark's `frame.number`, from the first to the last, both included. */
  | { numbers: { from: number; to: number } }
  /** tshark's `frame.number` of each, ascending. */
  | { list: Uint32Array }
  /** Nanoseconds since 1970, `to` not included. Without `from`, packets that have no time at all come too. */
  | { times: { from?: bigint; to?: bigint } }
  /** All packets that count in a conversation, in either direction, as the summary's tables count them. */
  | { conversation: ConversationKey }

/** What a selection says, ready to be asked of each packet. */
export interface Choice {
  /** No packet beyond this number is chosen. */
  readonly last: number
  /** Bytes of each packet that are looked at. Where there are some, each packet of the capture must be asked about, in order. */
  readonly snaplen?: number
  /**
   * @param time the packet's own, or that of the nearest before it that has one
   * @param packet `null`: it is a block that holds none
   */
  has(number: number, time: Moment, packet: Packet | null): boolean
  /** Whether a packet that is chosen may stand in a span. @param next the one after it; `undefined`: it is the last */
  hasSome(span: Span, next: Span | undefined): boolean
}

/** @throws RangeError if a list does not ascend, or a conversation has ends that are none */
export function choose(selection: Selection): Choice {
  if ('numbers' in selection) return byNumber(selection.numbers.from, selection.numbers.to)
  if ('list' in selection) return byList(selection.list)
  if ('conversation' in selection) return byConversation(selection.conversation)
  return byTime(selection.times.from ?? null, selection.times.to ?? null)
}

const byNumber = (from: number, to: number): Choice => ({
  last: to,
  has: (number) => number >= from && number <= to,
  hasSome: (span, next) => span.number <= to && endOf(next) > from,
})

function byList(list: Uint32Array): Choice {
  if (list.some((number, i) => number <= (list[i - 1] ?? -1))) throw new RangeError('a list that does not ascend')
  /** The least on the list that is not below `number`. */
  const leastFrom = (number: number): number => {
    let [low, high] = [0, list.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((list[middle] as number) < number) low = middle + 1
      else high = middle
    }
    return list[low] ?? Number.POSITIVE_INFINITY
  }
  return {
    last: list.at(-1) ?? 0,
    has: (number) => leastFrom(number) === number,
    hasSome: (span, next) => leastFrom(span.number) < endOf(next),
  }
}

function byTime(from: bigint | null, to: bigint | null): Choice {
  const start = from === null ? null : momentOf(from)
  const end = to === null ? null : momentOf(to)
  return {
    last: Number.POSITIVE_INFINITY,
    has: (_, time) => (start === null || !isBefore(time, start)) && (end === null || isBefore(time, end)),
    hasSome: ({ least, greatest }) =>
      (to === null || least === null || least < to) && (from === null || (greatest !== null && greatest >= from)),
  }
}

/** The first number that is not in a span, as the next one has it. */
const endOf = (next: Span | undefined): number => next?.number ?? Number.MAX_VALUE

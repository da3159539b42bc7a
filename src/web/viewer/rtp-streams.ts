// SPDX-License-Identifier: GPL-2.0-or-later
/** Streams of RTP measured packet by packet, as Wireshark measures them: loss, and jitter by RFC 3550 §6.4.1 and A.8. */
import type { Way } from './flow.ts'
import { clockOf, isComfortNoise, payloadName } from './rtp-payloads.ts'

export interface RtpPacket extends Way {
  /** Milliseconds. */
  at: number
  isUdp: boolean
  ssrc: number
  /** 16 bits of it, as they stand. */
  sequence: number
  /** 32 bits. */
  timestamp: number
  isMarked: boolean
  payloadType: number
  /** What a session calls a dynamic type; `null`: nothing does. */
  said: string | null
  /** Beside the name, in Hz; 0: none. */
  rate: number
  /** The packet that set it up, as the engine counts; `null`: none. */
  setup: number | null
}

/** By the way of its first packet. */
export interface RtpStream extends Way, Pick<RtpPacket, 'isUdp' | 'ssrc' | 'setup'> {
  /** Milliseconds. */
  start: number
  end: number
  /** Names of its payload types, by their numbers. */
  payloads: string[]
  packets: number
  /** Expected by sequence number, and not there; less than 0 where some came twice. */
  lost: number
  /** Per cent of what was expected. */
  lostShare: number
  /** Milliseconds between packets that follow each other regularly; `null`: there are none. */
  delta: { least: number | null; mean: number; most: number }
  /** Milliseconds; `null`: it cannot be measured. */
  jitter: { least: number | null; mean: number; most: number }
  /** Packets were lost, late or twice, or timestamps went back. */
  isTroubled: boolean
}

/** As Wireshark writes it. */
export const ssrcText = (ssrc: number): string => `0x${ssrc.toString(16).padStart(8, '0')}`

/** Streams that are measured at most: a stranger may make each packet one. */
const MOST_STREAMS = 50_000

/** The streams of packets that come one after the other; what is kept is one meter a stream. */
export class RtpStreams {
  readonly #meters = new Map<string, Meter>()
  /** There are more than are measured. */
  isCut = false

  add(packet: RtpPacket): void {
    const { from, fromPort, to, toPort, ssrc } = packet
    const name = [from, fromPort, to, toPort, ssrc].join(' ')
    const meter = this.#meters.get(name)
    if (meter) meter.add(packet)
    else if (this.#meters.size < MOST_STREAMS) this.#meters.set(name, new Meter(packet))
    else this.isCut = true
  }

  /** In the order of their first packets. */
  list(): RtpStream[] {
    return [...this.#meters.values()].map((meter) => meter.stream())
  }
}

class Meter {
  readonly #first: RtpPacket
  /** By their number. */
  readonly #payloads = new Map<number, string>()
  #packets = 1
  /** Sequence number of the packet before, with the times that they have gone around. RFC 3550 A.1. */
  #last: number
  /** Of the last packet whose timestamp is not before the stream's first. */
  #at: number
  #timestamp: number
  /** Of it, since the stream's first. */
  #ticks = 0
  #payloadType: number
  #end: number
  #isTroubled = false
  /** As it is now; RFC 3550 A.8. */
  #jitter = 0
  readonly #deltas = new Spread()
  readonly #jitters = new Spread()

  constructor(first: RtpPacket) {
    this.#first = first
    this.#last = first.sequence
    this.#at = first.at
    this.#end = first.at
    this.#timestamp = first.timestamp
    this.#payloadType = first.payloadType
    this.#payloads.set(first.payloadType, payloadName(first.payloadType, first.said))
  }

  add({ at, sequence, timestamp, isMarked, payloadType, said, rate }: RtpPacket): void {
    /** Of 2^32 that go around, the way that is shorter. */
    const ticks = (timestamp - this.#timestamp) | 0
    const isInTime = this.#ticks + ticks >= 0
    /** Of 2^16, likewise. */
    const steps = ((sequence - this.#last) << 16) >> 16
    if (!isInTime || steps !== 1) this.#isTroubled = true
    this.#payloads.set(payloadType, payloadName(payloadType, said))

    const clock = clockOf(payloadType, said, rate)
    const delta = at - this.#at
    if (clock !== 0 && isInTime)
      this.#jitter = (15 * this.#jitter + Math.abs(delta - ticks / Math.floor(clock / 1000))) / 16
    const isRegular = isInTime && !isMarked && !isComfortNoise(payloadType) && !isComfortNoise(this.#payloadType)
    if (isRegular) {
      this.#deltas.add(delta, this.#packets)
      if (clock !== 0) this.#jitters.add(this.#jitter, this.#packets)
    }

    if (isInTime) {
      this.#at = at
      this.#timestamp = timestamp
      this.#ticks += ticks
    }
    this.#end = at
    this.#payloadType = payloadType
    this.#last += steps
    this.#packets++
  }

  stream(): RtpStream {
    const { from, to, fromPort, toPort, isUdp, ssrc, setup, number, sequence, at } = this.#first
    const expected = this.#last - sequence + 1
    const lost = expected - this.#packets
    return {
      from,
      to,
      fromPort,
      toPort,
      isUdp,
      ssrc,
      setup,
      number,
      start: at,
      end: this.#end,
      payloads: [...this.#payloads].sort(([a], [b]) => a - b).map(([, name]) => name),
      packets: this.#packets,
      lost,
      lostShare: expected === 0 ? 0 : (lost * 100) / expected,
      delta: this.#deltas.given(),
      jitter: this.#jitters.given(),
      isTroubled: this.#isTroubled,
    }
  }
}

/** Least, mean and most. The mean is Wireshark's: each value weighs one part in as many as packets came before it, those that are left out, too. */
class Spread {
  #least: number | null = null
  #mean = 0
  #most = 0

  add(value: number, packets: number): void {
    this.#least = this.#least === null ? value : Math.min(this.#least, value)
    this.#most = Math.max(this.#most, value)
    this.#mean += (value - this.#mean) / packets
  }

  given(): { least: number | null; mean: number; most: number } {
    return { least: this.#least, mean: this.#mean, most: this.#most }
  }
}

/** How much went by when: a time series whose interval adapts in one pass. */
import { protocolName } from './protocols.ts'
import type { Saved, Scribe } from './saving.ts'

const POINTS = 1000
/** The interval it begins with. Nanoseconds. */
const FINEST = 1e6
/** Protocols that are kept apart, in the order in which they come; and how many of these are reported. */
const KEPT = 24
const REPORTED = 8
const LANES = KEPT + 1

/** Packets and bytes by time. Every array has one number a point. */
export interface Series {
  /** Seconds since the first frame at which the first point begins. */
  start: number
  /** Seconds of a point. */
  interval: number
  packets: number[]
  bytes: number[]
  /** By the innermost protocol of the packet: those with most bytes, then `null` for all others. */
  protocols: { protocol: string | null; packets: number[]; bytes: number[] }[]
}

/** At most 1,000 points; two become one when they do not suffice. Holds 0.3 MB. */
export class TimeSeries {
  private interval = FINEST
  /** Nanoseconds since the first frame at which point 0 begins. */
  private origin = 0
  private used = 0
  /** The point that was counted in last, and its times: nanoseconds since the origin, `to` not among them. */
  private point = 0
  private from = 0
  private to = 0
  /** By point × LANES + lane; lane 0 is for the protocols that are not kept apart. */
  private readonly packets = new Uint32Array(POINTS * LANES)
  private readonly bytes = new Float64Array(POINTS * LANES)
  private readonly lanes = new Uint8Array(65_536)
  private readonly protocols = new Uint16Array(LANES)
  private laneCount = 1

  count(time: number, protocol: number, bytes: number): void {
    const since = time - this.origin
    if (since < this.from || since >= this.to) this.turnTo(time)
    let lane = this.lanes[protocol] as number
    if (lane === 0 && this.laneCount < LANES) {
      lane = this.laneCount++
      this.lanes[protocol] = lane
      this.protocols[lane] = protocol
    }
    const at = this.point * LANES + lane
    this.packets[at] = (this.packets[at] as number) + 1
    this.bytes[at] = (this.bytes[at] as number) + bytes
  }

  report(): Series {
    const order = Array.from({ length: this.laneCount - 1 }, (_, i) => i + 1)
    const sum = (lane: number) => this.column(this.bytes, lane).reduce((a, b) => a + b, 0)
    const sums = new Map(order.map((lane) => [lane, sum(lane)]))
    order.sort((a, b) => (sums.get(b) as number) - (sums.get(a) as number) || a - b)
    const shown = order.slice(0, REPORTED)
    const others = [0, ...order.slice(REPORTED)]
    const all = [0, ...order]
    return {
      start: this.origin / 1e9,
      interval: this.interval / 1e9,
      packets: this.columns(this.packets, all),
      bytes: this.columns(this.bytes, all),
      protocols: [...shown.map((lane) => [lane]), others].map((lanes, i) => ({
        protocol: i < shown.length ? protocolName(this.protocols[lanes[0] as number] as number) : null,
        packets: this.columns(this.packets, lanes),
        bytes: this.columns(this.bytes, lanes),
      })),
    }
  }

  save(scribe: Scribe): void {
    scribe.near(this.interval, 0)
    scribe.near(this.origin, 0)
    scribe.number(this.used)
    scribe.number(this.laneCount)
    for (let lane = 1; lane < this.laneCount; lane++) scribe.number(this.protocols[lane] as number)
    for (let point = 0; point < this.used; point++)
      for (let at = point * LANES; at < point * LANES + this.laneCount; at++) {
        scribe.number(this.packets[at] as number)
        scribe.number(this.bytes[at] as number)
      }
  }

  load(saved: Saved): void {
    this.interval = saved.near(0)
    this.origin = saved.near(0)
    this.used = saved.number()
    this.laneCount = saved.number()
    for (let lane = 1; lane < this.laneCount; lane++) {
      const protocol = saved.protocol(saved.number())
      this.protocols[lane] = protocol
      this.lanes[protocol] = lane
    }
    for (let point = 0; point < this.used; point++)
      for (let at = point * LANES; at < point * LANES + this.laneCount; at++) {
        this.packets[at] = saved.number()
        this.bytes[at] = saved.number()
      }
  }

  bytesHeld(): number {
    return POINTS * LANES * 12 + 65_536 + LANES * 2
  }

  private turnTo(time: number): void {
    let point = Math.floor((time - this.origin) / this.interval)
    if (point < 0 || point >= POINTS) point = this.fit(time)
    if (point >= this.used) this.used = point + 1
    this.point = point
    this.from = point * this.interval
    this.to = (point + 1) * this.interval
  }

  /** Make room for a time before the first or after the last point. @returns its point */
  private fit(time: number): number {
    // Enough points from the earlier to the later end; an even number before the origin, so that pairs stay pairs.
    for (;;) {
      const first = Math.min(0, Math.floor((time - this.origin) / this.interval))
      const last = Math.max(this.used - 1, Math.floor((time - this.origin) / this.interval))
      if (last - first < POINTS) {
        if (first < 0) this.shift(-first)
        return Math.floor((time - this.origin) / this.interval)
      }
      this.halve()
    }
  }

  private shift(points: number): void {
    this.packets.copyWithin(points * LANES, 0, this.used * LANES)
    this.bytes.copyWithin(points * LANES, 0, this.used * LANES)
    this.packets.fill(0, 0, points * LANES)
    this.bytes.fill(0, 0, points * LANES)
    this.origin -= points * this.interval
    this.used += points
  }

  private halve(): void {
    for (let point = 0; point < this.used; point++) {
      const into = (point >> 1) * LANES
      for (let lane = 0; lane < LANES; lane++) {
        const from = point * LANES + lane
        const packets = this.packets[from] as number
        const bytes = this.bytes[from] as number
        this.packets[from] = 0
        this.bytes[from] = 0
        this.packets[into + lane] = (this.packets[into + lane] as number) + packets
        this.bytes[into + lane] = (this.bytes[into + lane] as number) + bytes
      }
    }
    this.used = (this.used + 1) >> 1
    this.interval *= 2
  }

  private column(from: Uint32Array | Float64Array, lane: number): number[] {
    return Array.from({ length: this.used }, (_, point) => from[point * LANES + lane] as number)
  }

  private columns(from: Uint32Array | Float64Array, lanes: number[]): number[] {
    return Array.from({ length: this.used }, (_, point) =>
      lanes.reduce((sum, lane) => sum + (from[point * LANES + lane] as number), 0),
    )
  }
}

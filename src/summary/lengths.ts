/** Packet lengths, in the buckets of `tshark -z plen,tree`. */

import type { Saved, Scribe } from './saving.ts'

/** Each bucket's least length; the last has no end. */
const BUCKETS = [0, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120] as const

/** Where the last begins; and the bucket of each length below it. */
const OPEN_ENDED = 5120
const BUCKET_OF = Uint8Array.from({ length: OPEN_ENDED }, (_, length) =>
  BUCKETS.findLastIndex((from) => from <= length),
)

/** Packets whose length on the wire is in a range. `average`, `min` and `max` are `null` where there is none. */
export interface LengthBucket {
  from: number
  /** The greatest length of the bucket; `null` where there is no limit. */
  to: number | null
  packets: number
  average: number | null
  min: number | null
  max: number | null
}

export class Lengths {
  private readonly packets = new Float64Array(BUCKETS.length)
  private readonly bytes = new Float64Array(BUCKETS.length)
  private readonly least = new Uint32Array(BUCKETS.length).fill(0xffffffff)
  private readonly most = new Uint32Array(BUCKETS.length)

  count(length: number): void {
    const bucket = length < OPEN_ENDED ? (BUCKET_OF[length] as number) : BUCKETS.length - 1
    this.packets[bucket] = (this.packets[bucket] as number) + 1
    this.bytes[bucket] = (this.bytes[bucket] as number) + length
    if (length < (this.least[bucket] as number)) this.least[bucket] = length
    if (length > (this.most[bucket] as number)) this.most[bucket] = length
  }

  report(): LengthBucket[] {
    return BUCKETS.map((from, i) => {
      const packets = this.packets[i] as number
      const to = i + 1 < BUCKETS.length ? (BUCKETS[i + 1] as number) - 1 : null
      if (packets === 0) return { from, to, packets, average: null, min: null, max: null }
      const average = (this.bytes[i] as number) / packets
      return { from, to, packets, average, min: this.least[i] as number, max: this.most[i] as number }
    })
  }

  save(scribe: Scribe): void {
    for (const column of this.columns()) for (const value of column) scribe.number(value)
  }

  load(saved: Saved): void {
    for (const column of this.columns()) for (let i = 0; i < column.length; i++) column[i] = saved.number()
  }

  private columns() {
    return [this.packets, this.bytes, this.least, this.most]
  }

  bytesHeld(): number {
    return BUCKETS.length * 24
  }
}

/** IP datagrams put together again from their fragments, within a bound. RFC 815, RFC 8200 §4.5. */

import type { Saved, Scribe } from './saving.ts'

/** Datagrams under way; a further one takes the place of the oldest. */
const DATAGRAMS = 256
/** Bytes kept of each, from its start: enough for the headers in it. Of the rest it is only noted that they came. */
const HEAD = 2048
/** A datagram's 65,536 bytes in units of 8, a bit each. */
const BITMAP = 1024
/** Both addresses (4 words each), identification, and what else tells datagrams apart. */
const WORDS = 10

/** Holds 0.8 MB, from the first fragment on. */
export class Fragments {
  /** Datagrams that were given up for lack of room. */
  dropped = 0
  /** Who the next fragment belongs to: to be filled in before `add`. */
  readonly key = new Int32Array(WORDS)
  private heads = new Uint8Array(0)
  private bitmaps = new Uint8Array(0)
  private keys = new Int32Array(0)
  /** Per datagram: units that came, length once its end came (-1 before), and when it began (0: free, -1: being read). */
  private readonly units = new Int32Array(DATAGRAMS)
  private readonly lengths = new Int32Array(DATAGRAMS)
  private readonly begun = new Float64Array(DATAGRAMS)
  private clock = 0

  /** The bytes of the datagrams' heads. A datagram begins at `startOf` it. */
  get data(): Uint8Array {
    return this.heads
  }

  startOf(datagram: number): number {
    return datagram * HEAD
  }

  /** Bytes of it that are there to be read. */
  keptOf(datagram: number): number {
    return Math.min(this.lengthOf(datagram), HEAD)
  }

  lengthOf(datagram: number): number {
    return this.lengths[datagram] as number
  }

  /**
   * Take in a fragment's payload: `from` to `to` of `data`, at `offset` in its datagram.
   * @returns the datagram, if it is whole now: it must be given back by `release`; else -1
   */
  add(data: Uint8Array, from: number, to: number, offset: number, more: boolean): number {
    const datagram = this.datagram()
    if (datagram < 0) return -1
    const end = offset + to - from
    const head = datagram * HEAD
    for (let i = from, at = offset; i < to && at < HEAD; i++, at++) this.heads[head + at] = data[i] as number
    if (!more && this.lengthOf(datagram) < 0) this.lengths[datagram] = end
    this.mark(datagram, offset >> 3, Math.min((end + 7) >> 3, BITMAP * 8))
    const length = this.lengthOf(datagram)
    if (length < 0 || (this.units[datagram] as number) < (length + 7) >> 3) return -1
    this.begun[datagram] = -1
    return datagram
  }

  release(datagram: number): void {
    this.begun[datagram] = 0
  }

  /** Up to 3 kB for each datagram under way. */
  save(scribe: Scribe): void {
    const underWay = Array.from(this.begun.keys()).filter((datagram) => (this.begun[datagram] as number) > 0)
    for (const value of [this.dropped, this.clock, underWay.length]) scribe.number(value)
    for (const datagram of underWay) {
      for (const value of [datagram, this.begun[datagram], this.units[datagram], this.lengthOf(datagram) + 1])
        scribe.number(value as number)
      for (let word = 0; word < WORDS; word++) scribe.word(this.keys[datagram * WORDS + word] as number)
      for (const [bytes, size] of this.perDatagram()) {
        let end = (datagram + 1) * size
        while (end > datagram * size && bytes[end - 1] === 0) end--
        scribe.number(end - datagram * size)
        scribe.raw(bytes, datagram * size, end)
      }
    }
  }

  load(saved: Saved): void {
    this.dropped = saved.number()
    this.clock = saved.number()
    const underWay = saved.number()
    if (underWay > 0) this.allocate()
    for (let i = 0; i < underWay; i++) {
      const datagram = saved.number()
      this.begun[datagram] = saved.number()
      this.units[datagram] = saved.number()
      this.lengths[datagram] = saved.number() - 1
      for (let word = 0; word < WORDS; word++) this.keys[datagram * WORDS + word] = saved.word()
      for (const [bytes, size] of this.perDatagram())
        saved.raw(bytes, datagram * size, datagram * size + saved.number())
    }
  }

  bytesHeld(): number {
    return this.heads.length + this.bitmaps.length + this.keys.byteLength + DATAGRAMS * 16
  }

  private mark(datagram: number, from: number, to: number): void {
    const bitmap = datagram * BITMAP
    for (let unit = from; unit < to; unit++) {
      const at = bitmap + (unit >> 3)
      const bit = 1 << (unit & 7)
      if (((this.bitmaps[at] as number) & bit) !== 0) continue
      this.bitmaps[at] = (this.bitmaps[at] as number) | bit
      this.units[datagram] = (this.units[datagram] as number) + 1
    }
  }

  /** The datagram under way that `key` names, or a new one. @returns -1 if all are being read */
  private datagram(): number {
    if (this.heads.length === 0) this.allocate()
    let oldest = -1
    for (let i = 0; i < DATAGRAMS; i++) {
      const begun = this.begun[i] as number
      if (begun > 0 && this.matches(i)) return i
      if (begun >= 0 && (oldest < 0 || begun < (this.begun[oldest] as number))) oldest = i
    }
    if (oldest < 0) return -1
    if ((this.begun[oldest] as number) > 0) this.dropped++
    this.keys.set(this.key, oldest * WORDS)
    for (const [bytes, size] of this.perDatagram()) bytes.fill(0, oldest * size, (oldest + 1) * size)
    this.units[oldest] = 0
    this.lengths[oldest] = -1
    this.begun[oldest] = ++this.clock
    return oldest
  }

  private allocate(): void {
    this.heads = new Uint8Array(DATAGRAMS * HEAD)
    this.bitmaps = new Uint8Array(DATAGRAMS * BITMAP)
    this.keys = new Int32Array(DATAGRAMS * WORDS)
  }

  /** What is kept of each datagram beside numbers, and how many bytes of it. */
  private perDatagram(): [Uint8Array, number][] {
    return [
      [this.heads, HEAD],
      [this.bitmaps, BITMAP],
    ]
  }

  private matches(datagram: number): boolean {
    const at = datagram * WORDS
    for (let word = 0; word < WORDS; word++) if (this.keys[at + word] !== this.key[word]) return false
    return true
  }
}

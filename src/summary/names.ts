/** Names found in packets (of hosts, servers, queries), counted without making strings. */

import type { Saved, Scribe } from './saving.ts'

/** Names kept, and the bytes they may hold together. */
const MAX_NAMES = 10_000
const MAX_BYTES = 512 * 1024
const SLOTS = 32_768
/** A name is at most this long: RFC 1035 §2.3.4. */
const LONGEST = 255

/** A name and the times it was seen. */
export interface NameCount {
  name: string
  count: number
}

/** Counts names by their bytes. Holds 0.8 MB, from the first name on. */
export class Names {
  /** Sightings of names there was no room for. */
  others = 0
  count = 0
  /** The name that is being put together, `length` bytes of it. */
  readonly scratch = new Uint8Array(LONGEST)
  length = 0
  private bytes = new Uint8Array(0)
  private used = 0
  private starts = new Uint32Array(0)
  private lengths = new Uint8Array(0)
  private counts = new Float64Array(0)
  private slots = new Uint16Array(0)
  private readonly seed = Math.floor(Math.random() * 0x7fffffff)

  /** Count the name at `from` to `to`, in lower case; too long ones are left out. */
  see(data: Uint8Array, from: number, to: number): void {
    this.length = 0
    this.take(data, from, to)
    this.seeScratch()
  }

  /** Add bytes to the name that is being put together. */
  take(data: Uint8Array, from: number, to: number): void {
    const { scratch } = this
    let { length } = this
    for (let at = from; at < to && length < LONGEST; at++) {
      const byte = data[at] as number
      scratch[length++] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
    }
    this.length = length
  }

  /** Add a dot. */
  dot(): void {
    if (this.length < LONGEST) this.scratch[this.length++] = 0x2e
  }

  /** Count the name that was put together. */
  seeScratch(): void {
    if (this.length === 0) return
    if (this.slots.length === 0) this.allocate()
    const slot = this.slotOf()
    const found = this.slots[slot] as number
    if (found !== 0) {
      this.counts[found - 1] = (this.counts[found - 1] as number) + 1
      return
    }
    if (this.count === MAX_NAMES || this.used + this.length > MAX_BYTES) {
      this.others++
      return
    }
    const name = this.count++
    for (let i = 0; i < this.length; i++) this.bytes[this.used + i] = this.scratch[i] as number
    this.starts[name] = this.used
    this.lengths[name] = this.length
    this.counts[name] = 1
    this.used += this.length
    this.slots[slot] = name + 1
  }

  /** The `most` names seen most, control characters and what is not ASCII as `\xnn`. */
  top(most: number): NameCount[] {
    const order = Array.from({ length: this.count }, (_, name) => name)
    order.sort((a, b) => (this.counts[b] as number) - (this.counts[a] as number) || a - b)
    return order.slice(0, most).map((name) => ({ name: this.text(name), count: this.counts[name] as number }))
  }

  save(scribe: Scribe): void {
    for (const value of [this.others, this.count, this.used]) scribe.number(value)
    scribe.raw(this.bytes, 0, this.used)
    for (let name = 0; name < this.count; name++) {
      scribe.number(this.lengths[name] as number)
      scribe.number(this.counts[name] as number)
    }
  }

  load(saved: Saved): void {
    this.others = saved.number()
    this.count = saved.number()
    this.used = saved.number()
    if (this.count === 0) return
    this.allocate()
    saved.raw(this.bytes, 0, this.used)
    for (let name = 0, start = 0; name < this.count; name++) {
      this.length = saved.number()
      this.counts[name] = saved.number()
      this.starts[name] = start
      this.lengths[name] = this.length
      this.scratch.set(this.bytes.subarray(start, start + this.length))
      this.slots[this.slotOf()] = name + 1
      start += this.length
    }
  }

  bytesHeld(): number {
    return this.slots.length === 0 ? LONGEST : LONGEST + MAX_BYTES + MAX_NAMES * 13 + SLOTS * 2
  }

  private text(name: number): string {
    let text = ''
    const start = this.starts[name] as number
    for (let i = start; i < start + (this.lengths[name] as number); i++) {
      const byte = this.bytes[i] as number
      text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
    }
    return text
  }

  private slotOf(): number {
    const { scratch, length } = this
    let hash = this.seed
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (scratch[i] as number), 0x01000193)
    for (let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const found = this.slots[slot] as number
      if (found === 0 || this.is(found - 1)) return slot
    }
  }

  private is(name: number): boolean {
    const { bytes, scratch, length } = this
    if (this.lengths[name] !== length) return false
    const start = this.starts[name] as number
    for (let i = 0; i < length; i++) if (bytes[start + i] !== scratch[i]) return false
    return true
  }

  private allocate(): void {
    this.bytes = new Uint8Array(MAX_BYTES)
    this.starts = new Uint32Array(MAX_NAMES)
    this.lengths = new Uint8Array(MAX_NAMES)
    this.counts = new Float64Array(MAX_NAMES)
    this.slots = new Uint16Array(SLOTS)
  }
}

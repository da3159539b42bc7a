/** Conversations between two ends, in one buffer: a hash table of fixed-size keys with counters for both directions. */

import type { Saved, Scribe } from './saving.ts'

const FIRST_ROWS = 64
/** Rows written or read in one step: at most 150 bytes each. */
const ROWS_A_STEP = 4096

// A row in 32-bit words: packets 0 and 1, then as doubles bytes 2 and 4, least time 6 and greatest 8, then the key, the state,
// what a kind of table adds, and a word to make it even. What is by direction stands for 0 first.
const PACKETS = 0
const KEY = 10
/** Doubles. */
const BYTES = 1
const TIMES = 3

/** What is counted of a packet: its length on the wire in bytes, and its time in nanoseconds since the first frame. */
interface Counted {
  length: number
  time: number
}

/** Bit of a row's state: its first packet went from the higher end to the lower. */
const FROM_HIGHER = 1

/**
 * A bounded table. A key is `words` 32-bit numbers, the lower end before the higher, so that both directions find one
 * row; direction 0 is from the lower to the higher end. When `bound` rows are there, further conversations are counted
 * together in `others`. Times are nanoseconds since the first frame.
 * Holds 44 bytes, `words` × 4 and `extra` × 4 a row, made a multiple of 8; and 8 to 16 bytes for its slots.
 */
export class ConversationTable {
  rows = 0
  /** Packets and bytes of the conversations that have no row. */
  readonly others = { packets: 0, bytes: 0 }
  /** The key to look for. */
  readonly key: Int32Array
  readonly words: number
  private bound: number
  /** All rows, as 32-bit words, `stride` of them each. */
  protected cells: Int32Array
  protected readonly stride: number
  /** Where a row's state stands in it; the extra words follow. */
  protected readonly stateAt: number
  /** The same rows as doubles. */
  private doubles: Float64Array
  private capacity: number
  /** Row + 1 by hash, 0 where none is. */
  private slots: Int32Array
  /** So that nobody can write a capture whose keys all fall into one slot. */
  private readonly seed = Math.floor(Math.random() * 0x7fffffff)

  constructor(words: number, bound: number, extra = 0) {
    this.words = words
    this.bound = bound
    this.key = new Int32Array(words)
    this.stateAt = KEY + words
    this.stride = (KEY + words + 1 + extra + 1) & ~1
    this.capacity = Math.min(FIRST_ROWS, bound)
    this.cells = new Int32Array(this.capacity * this.stride)
    this.doubles = new Float64Array(this.cells.buffer)
    this.slots = new Int32Array(slotsFor(this.capacity))
  }

  /** The row of `key`, made if it is new. @returns -1 where there is no room for it */
  find(direction: number): number {
    const slot = this.slotOf(this.key, 0)
    const found = this.slots[slot] as number
    return found !== 0 ? found - 1 : this.append(slot, direction)
  }

  /** Give `key` a new row though it has one: from now on it is the one that is found. */
  renew(direction: number): number {
    return this.append(this.slotOf(this.key, 0), direction)
  }

  /** A packet of a row, or with -1 of a conversation that has none. */
  count(row: number, direction: number, { length, time }: Counted): void {
    if (row < 0) {
      this.others.packets++
      this.others.bytes += length
      return
    }
    const { cells, doubles } = this
    const at = row * this.stride
    const half = at >> 1
    const times = half + TIMES
    if (cells[at] === 0 && cells[at + 1] === 0) {
      this.setFirst(row, direction)
      doubles[times] = time
      doubles[times + 1] = time
    } else if (time > (doubles[times + 1] as number)) doubles[times + 1] = time
    else if (time < (doubles[times] as number)) doubles[times] = time
    cells[at + PACKETS + direction] = (cells[at + PACKETS + direction] as number) + 1
    doubles[half + BYTES + direction] = (doubles[half + BYTES + direction] as number) + length
  }

  /** Add counts to a row's direction, without a time. */
  add(row: number, direction: number, packets: number, bytes: number): void {
    const at = row * this.stride
    const side = (at >> 1) + BYTES + direction
    this.cells[at + PACKETS + direction] = (this.cells[at + PACKETS + direction] as number) + packets
    this.doubles[side] = (this.doubles[side] as number) + bytes
  }

  packetsOf(row: number, direction: number): number {
    return (this.cells[row * this.stride + PACKETS + direction] as number) >>> 0
  }

  bytesOf(row: number, direction: number): number {
    return this.doubles[((row * this.stride) >> 1) + BYTES + direction] as number
  }

  /** The least time, or with 1 the greatest. */
  timeOf(row: number, last: 0 | 1): number {
    return this.doubles[((row * this.stride) >> 1) + TIMES + last] as number
  }

  /** The direction of its first packet. */
  firstOf(row: number): number {
    return (this.cells[row * this.stride + this.stateAt] as number) & FROM_HIGHER
  }

  /** A word of its key. */
  wordOf(row: number, word: number): number {
    return this.cells[row * this.stride + KEY + word] as number
  }

  /** About 20 bytes a row of IPv4 or UDP, 35 of TCP, 45 of IPv6. Rows come in the order of their times, and are near each other. */
  *save(scribe: Scribe): Generator<void> {
    const { cells, doubles, stride, stateAt } = this
    for (const value of [this.bound, this.others.packets, this.others.bytes, this.rows]) scribe.number(value)
    let before = 0
    for (let row = 0, at = 0; row < this.rows; row++, at += stride) {
      if (row % ROWS_A_STEP === 0) yield
      for (let word = PACKETS; word < PACKETS + 2; word++) scribe.number((cells[at + word] as number) >>> 0)
      const half = at >> 1
      for (let side = BYTES; side < BYTES + 2; side++) scribe.number(doubles[half + side] as number)
      const least = doubles[half + TIMES] as number
      scribe.near(least, before)
      scribe.near(doubles[half + TIMES + 1] as number, least)
      before = least
      for (let word = KEY; word < stateAt; word++) scribe.word(cells[at + word] as number)
      for (let word = stateAt; word < stride; word++) scribe.number((cells[at + word] as number) >>> 0)
    }
  }

  /** The bound that was written down holds on. */
  *load(saved: Saved): Generator<void> {
    this.bound = saved.number()
    this.others.packets = saved.number()
    this.others.bytes = saved.number()
    this.rows = saved.number()
    this.capacity = Math.min(FIRST_ROWS, this.bound)
    while (this.capacity < this.rows) this.capacity = Math.min(this.capacity * 2, this.bound)
    this.allocate()
    const { cells, doubles, stride, stateAt } = this
    let before = 0
    for (let row = 0, at = 0; row < this.rows; row++, at += stride) {
      if (row % ROWS_A_STEP === 0) yield
      for (let word = PACKETS; word < PACKETS + 2; word++) cells[at + word] = saved.number()
      const half = at >> 1
      for (let side = BYTES; side < BYTES + 2; side++) doubles[half + side] = saved.number()
      before = saved.near(before)
      doubles[half + TIMES] = before
      doubles[half + TIMES + 1] = saved.near(before)
      for (let word = KEY; word < stateAt; word++) cells[at + word] = saved.word()
      for (let word = stateAt; word < stride; word++) cells[at + word] = saved.number()
    }
    this.fillSlots()
  }

  bytesHeld(): number {
    return this.cells.byteLength + this.slots.byteLength
  }

  private setFirst(row: number, direction: number): void {
    const at = row * this.stride + this.stateAt
    this.cells[at] = ((this.cells[at] as number) & ~FROM_HIGHER) | direction
  }

  private append(slot: number, direction: number): number {
    if (this.rows === this.bound) return -1
    let at = slot
    if (this.rows === this.capacity) {
      this.grow()
      at = this.slotOf(this.key, 0)
    }
    const row = this.rows++
    const from = row * this.stride + KEY
    for (let word = 0; word < this.words; word++) this.cells[from + word] = this.key[word] as number
    this.setFirst(row, direction)
    this.slots[at] = row + 1
    return row
  }

  /** The slot of the key at `from` in `keys`: where it stands, or where it would. */
  private slotOf(keys: Int32Array, from: number): number {
    const { words, cells, slots, stride } = this
    // No table has fewer than two words, and most have no more.
    const first = keys[from] as number
    const second = keys[from + 1] as number
    let hash = mixed(mixed(this.seed ^ first) ^ second)
    for (let word = 2; word < words; word++) hash = mixed(hash ^ (keys[from + word] as number))
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot] as number
      if (found === 0) return slot
      const at = (found - 1) * stride + KEY
      if (cells[at] !== first || cells[at + 1] !== second) continue
      let word = 2
      while (word < words && cells[at + word] === keys[from + word]) word++
      if (word === words) return slot
    }
  }

  private grow(): void {
    this.capacity = Math.min(this.capacity * 2, this.bound)
    const { cells } = this
    this.allocate()
    this.cells.set(cells)
    this.fillSlots()
  }

  private allocate(): void {
    this.cells = new Int32Array(this.capacity * this.stride)
    this.doubles = new Float64Array(this.cells.buffer)
    this.slots = new Int32Array(slotsFor(this.capacity))
  }

  /** In order: of rows with one key the last is the one that is found. */
  private fillSlots(): void {
    for (let row = 0; row < this.rows; row++) this.slots[this.slotOf(this.cells, row * this.stride + KEY)] = row + 1
  }
}

const mixed = (word: number): number => {
  const product = Math.imul(word, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Two to four slots a row, a power of two. */
const slotsFor = (rows: number): number => 2 ** Math.ceil(Math.log2(rows * 2 + 1))

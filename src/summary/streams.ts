/** TCP streams: the conversations of TCP, told apart where ports are used again, and how well they did. RFC 9293. */
import { ConversationTable } from './conversation-table.ts'
import type { Saved, Scribe } from './saving.ts'
import { keyOf } from './tally.ts'
import type { Walk } from './walk.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

// Bits of a row's state, above the one of `ConversationTable`; the first two by direction. The upper half is what the stream
// carries: a protocol's number and 1, 0 while that is not known.
const HAS_BASE = 2
const HAS_NEXT = 8
const SYN_SENT = 32
const ANSWERED = 64
const RESET = 128
const APPLICATION = 16

// Extra words, behind the state: segments sent again; by direction the first sequence number, and the one after the last.
const RETRANSMITTED = 1
const BASE = 2
const NEXT = 4
const EXTRA = 5

/** How a capture's TCP did. Streams that the bound left out are not in it, but for `resets` and `zeroWindows`. */
export interface TcpHealth {
  streams: number
  /** Streams that began with a SYN; and those of them that nothing came back to. */
  opened: number
  unanswered: number
  /** Segments with RST; and streams that had one. */
  resets: number
  streamsReset: number
  /** Segments whose bytes had all been sent before, or came out of order. */
  retransmissions: number
  /** Segments that closed the window: not SYN, FIN or RST. */
  zeroWindows: number
}

/** A `ConversationTable` of streams. Holds 72 bytes a row, and its slots. */
export class Streams extends ConversationTable {
  retransmissions = 0
  resets = 0
  zeroWindows = 0

  constructor(bound: number) {
    super(2, bound, EXTRA)
  }

  /**
   * A whole TCP header. A SYN whose sequence number is not the one that its direction began with opens a new stream
   * between the same ends, as tshark has it.
   * @param sequence as it stands in an Int32Array
   * @param payload bytes on the wire
   * @returns its row, -1 where there is none
   */
  segment(
    walk: Walk,
    from: number,
    to: number,
    sequence: number,
    flags: number,
    window: number,
    payload: number,
  ): number {
    const direction = keyOf(this, walk, from, to)
    if ((flags & RST) !== 0) this.resets++
    else if (window === 0 && (flags & (SYN | FIN)) === 0) this.zeroWindows++
    let row = walk.pair < 0 ? -1 : this.find(direction)
    if (row >= 0 && (flags & (SYN | ACK)) === SYN) {
      const at = this.stateOf(row)
      const based = ((this.cells[at] as number) & (HAS_BASE << direction)) !== 0
      if (based && this.cells[at + BASE + direction] !== sequence) row = this.renew(direction)
    }
    this.count(row, direction, walk)
    if (row >= 0) this.follow(row, direction, sequence, flags, payload)
    return row
  }

  retransmissionsOf(row: number): number {
    return this.cells[this.stateOf(row) + RETRANSMITTED] as number
  }

  /** Whether its SYN was seen. */
  openedOf(row: number): boolean {
    return ((this.cells[this.stateOf(row)] as number) & SYN_SENT) !== 0
  }

  /** What the stream carries, by its first bytes: a protocol's number, -1 while that is not known. */
  applicationOf(row: number): number {
    return ((this.cells[this.stateOf(row)] as number) >>> APPLICATION) - 1
  }

  setApplication(row: number, protocol: number): void {
    const at = this.stateOf(row)
    this.cells[at] = ((this.cells[at] as number) & 0xffff) | ((protocol + 1) << APPLICATION)
  }

  health(): TcpHealth {
    let opened = 0
    let unanswered = 0
    let streamsReset = 0
    for (let row = 0; row < this.rows; row++) {
      const state = this.cells[this.stateOf(row)] as number
      if ((state & SYN_SENT) !== 0) opened++
      if ((state & (SYN_SENT | ANSWERED)) === SYN_SENT) unanswered++
      if ((state & RESET) !== 0) streamsReset++
    }
    const { rows, resets, retransmissions, zeroWindows } = this
    return { streams: rows, opened, unanswered, resets, streamsReset, retransmissions, zeroWindows }
  }

  override *save(scribe: Scribe): Generator<void> {
    yield* super.save(scribe)
    for (const value of [this.retransmissions, this.resets, this.zeroWindows]) scribe.number(value)
  }

  override *load(saved: Saved): Generator<void> {
    yield* super.load(saved)
    this.retransmissions = saved.number()
    this.resets = saved.number()
    this.zeroWindows = saved.number()
    for (let row = 0; row < this.rows; row++) {
      const written = this.applicationOf(row)
      if (written >= 0) this.setApplication(row, saved.protocol(written))
    }
  }

  private follow(row: number, direction: number, sequence: number, flags: number, payload: number): void {
    const { cells } = this
    const at = this.stateOf(row)
    let state = cells[at] as number
    const syn = (flags & SYN) !== 0
    const based = (state & (HAS_BASE << direction)) !== 0
    if (syn && (flags & ACK) === 0) state |= SYN_SENT
    if (!based || (syn && (flags & ACK) !== 0)) {
      cells[at + BASE + direction] = syn ? sequence : sequence - 1
      state |= HAS_BASE << direction
    }
    if (direction !== this.firstOf(row)) state |= ANSWERED
    if ((flags & RST) !== 0) state |= RESET
    const length = payload + (syn ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)
    const known = (state & (HAS_NEXT << direction)) !== 0
    const ahead = (sequence + length - (cells[at + NEXT + direction] as number)) | 0
    if (!known || ahead > 0 || syn) {
      if (known && syn && ahead === 0) this.again(at)
      cells[at + NEXT + direction] = sequence + length
      state |= HAS_NEXT << direction
    } else if (length > 1 || (length === 1 && ahead < 0)) this.again(at) // one byte right before the next: keep-alive
    cells[at] = state
  }

  private again(at: number): void {
    this.retransmissions++
    this.cells[at + RETRANSMITTED] = (this.cells[at + RETRANSMITTED] as number) + 1
  }

  /** Where a row's state stands in `cells`. */
  private stateOf(row: number): number {
    return row * this.stride + this.stateAt
  }
}

/** From the bytes of a file, in chunks of any size, to what its reader tells a sink. */
import type { StreamFault } from './engines.ts'
import { FAULTS, type FaultKind } from './faults.ts'
import { type FormatFamily, openWalker, RECOGNISABLE, recognise } from './formats.ts'
import type { Sink } from './sink.ts'
import type { Walker } from './walker.ts'

/**
 * Where a reader stands between two pushes: plain JSON, of up to 6 MB for a pcapng section of 65,536 interfaces or more, up
 * to 4 MB for ERF, and otherwise a few KB. A file read on from `at` gives the rest.
 */
export interface Checkpoint {
  /** Offset in the (decompressed) file of the first byte that must be pushed again. */
  at: number
  family: FormatFamily
  state: object
}

/** Start reading a file; or read on where a checkpoint was taken, given the bytes from its `at` on. */
export const openReader = (sink: Sink, from?: Checkpoint): Reader => new Reader(sink, from)

/**
 * Reads one capture file: `push` its bytes, then `end`. Never throws for what they hold: the sink hears of faults, and
 * after one that ends the reading the rest is only counted. Every chunk belongs to the caller again when `push` returns.
 * Holds what is not whole yet: one packet (up to 262,144 bytes) or one block (up to 4 MiB).
 */
export class Reader {
  /** Bytes of the (decompressed) file so far. */
  size: number
  private readonly sink: Sink
  private family: FormatFamily | null = null
  private walker: Walker | null = null
  private stopped = false
  /** The unit that is not whole yet, from `unitAt`: `carried` bytes of it, and `passed` bytes of its gap gone by. */
  private carry = new Uint8Array(RECOGNISABLE)
  private carried = 0
  private passed = 0
  private unitAt: number

  constructor(sink: Sink, from?: Checkpoint) {
    this.sink = sink
    this.size = from?.at ?? 0
    this.unitAt = this.size
    if (from !== undefined) this.open(from.family, from.state)
  }

  push(chunk: Uint8Array): void {
    const offset = this.size
    this.size += chunk.length
    if (this.stopped) return
    if (this.walker !== null) this.feed(this.walker, chunk, offset)
    else this.look(chunk)
  }

  /** @param problem what ended the file before its time, where it had to be decompressed */
  end(problem: StreamFault | null = null): void {
    if (!this.stopped && this.walker === null && (problem === null || this.carried > 0)) this.begin()
    if (!this.stopped && this.walker !== null) this.settle(this.walker)
    if (!this.stopped && problem !== null) this.refuse(problem.what, problem.message, this.size)
    if (!this.stopped) this.walker?.end(this.carried > 0 ? this.unitAt : null)
    this.stopped = true
  }

  /** A fault has ended the reading: what is pushed from now on is only counted, and need not be decompressed. */
  get ended(): boolean {
    return this.stopped
  }

  /** Bytes of the file that are held at the moment. */
  get held(): number {
    return this.carried
  }

  /**
   * @returns `null` while the sink has been told nothing (up to a MiB is looked at to know a format for sure), and after
   * the reading has ended
   */
  checkpoint(): Checkpoint | null {
    if (this.family === null || !this.walker?.begun || this.stopped) return null
    return { at: this.unitAt, family: this.family, state: structuredClone(this.walker.state) }
  }

  /** Take in the file's first bytes, until there are enough of them to recognise it. */
  private look(chunk: Uint8Array) {
    const missing = Math.min(RECOGNISABLE - this.carried, chunk.length)
    this.carryOn(chunk, 0, missing)
    if (this.carried < RECOGNISABLE) return
    this.begin()
    if (this.walker !== null && !this.stopped) this.feed(this.walker, chunk.subarray(missing), RECOGNISABLE)
  }

  /** Recognise the file by the bytes carried, and feed them to its walker. */
  private begin() {
    const head = this.carry.slice(0, this.carried)
    this.carried = 0
    if (head.length === 0) return this.refuse('empty', 'the file is empty')
    const found = recognise(head)
    if (found.kind === 'unknown') return this.refuse('unrecognised', 'the file begins like no capture')
    if (found.kind !== 'capture') return this.refuse('unread', `the file is ${found.name}, which is not read here`)
    this.feed(this.open(found.family), head, 0)
  }

  private open(family: FormatFamily, state?: object): Walker {
    this.family = family
    this.walker = openWalker(family, this.sink, state)
    return this.walker
  }

  private refuse(what: FaultKind, message: string, at = 0) {
    this.sink.fault({ at, what, message })
    this.stopped = FAULTS[what] !== 'notice'
  }

  private feed(walker: Walker, chunk: Uint8Array, offset: number) {
    let from = 0
    while (from < chunk.length) {
      if (this.carried === 0) {
        from = walker.walk(chunk, from, chunk.length, offset + from)
        this.unitAt = offset + from
      }
      if (!walker.stopped) from = this.gather(walker, chunk, from)
      if (walker.stopped) {
        this.stopped = true
        return
      }
    }
  }

  /** Add to the unit that is not whole what the walker wants of it, and have it walked when all is there. */
  private gather(walker: Walker, chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length) {
      const wanted = this.passed < walker.gap ? walker.gapAt : walker.need
      if (this.carried < wanted) {
        const taken = Math.min(wanted - this.carried, chunk.length - at)
        this.carryOn(chunk, at, taken)
        at += taken
      }
      if (this.carried === walker.gapAt && this.passed < walker.gap) {
        const gone = Math.min(walker.gap - this.passed, chunk.length - at)
        this.passed += gone
        at += gone
      }
      if (this.carried < walker.need || this.passed < walker.gap) continue
      this.walkCarried(walker)
      if (walker.stopped || this.carried === 0) return at
    }
    return at
  }

  /** Have the bytes that are carried walked, and keep what is left of them. */
  private walkCarried(walker: Walker) {
    const taken = walker.walk(this.carry, 0, this.carried, this.unitAt)
    if (taken > 0) {
      this.unitAt += taken + this.passed
      this.passed = 0
      this.carry.copyWithin(0, taken, this.carried)
      this.carried -= taken
    }
    // Of what was carried to tell the format, more can be left than the walker wants of a unit with a gap.
    const { gapAt } = walker
    const gone = Math.min(this.carried - gapAt, walker.gap - this.passed)
    if (gone <= 0) return
    this.carry.copyWithin(gapAt, gapAt + gone, this.carried)
    this.carried -= gone
    this.passed += gone
  }

  /** A walker that looks ahead has to do with what there is. */
  private settle(walker: Walker) {
    walker.over = true
    if (this.carried > 0 && walker.gap === 0) this.walkCarried(walker)
    this.stopped = walker.stopped
  }

  private carryOn(chunk: Uint8Array, at: number, count: number) {
    const needed = this.carried + count
    if (needed > this.carry.length) {
      const larger = new Uint8Array(Math.max(needed, this.carry.length * 2))
      larger.set(this.carry.subarray(0, this.carried))
      this.carry = larger
    }
    this.carry.set(chunk.subarray(at, at + count), this.carried)
    this.carried += count
  }
}

/** What every format's reader has in common: whole units out of bytes that come in pieces. */
import { FAULTS, type Fault, type FaultKind } from './faults.ts'
import { PSEUDO_HEADER_ROOM } from './pseudo-headers.ts'
import type { Sink } from './sink.ts'

/** Most bytes of a packet that are gathered; larger ones (USB, D-Bus) are handed on without their ends. */
export const MAX_SNAPLEN = 262_144

/**
 * Walks a file unit by unit (a header, a record, a block). `walk` gets bytes from the start of a unit and takes as many
 * whole ones as are there; of the one that is not whole it says what it wants gathered: `need` bytes in one piece,
 * where after the first `gapAt` of them `gap` bytes of the file may be left out. It is called again with just that.
 */
export abstract class Walker {
  need = 0
  gapAt = 0
  gap = 0
  /** A fault has ended the reading. */
  stopped = false
  /** The file has ended, and what `walk` gets now is the last of it. */
  over = false
  protected readonly sink: Sink
  /** Bytes of a packet to gather where it does not lie in one chunk. */
  protected readonly held: number

  constructor(sink: Sink) {
    this.sink = sink
    this.held = Math.max(Math.min(sink.snaplen, MAX_SNAPLEN), PSEUDO_HEADER_ROOM)
  }

  /** What must be known to go on from the start of a unit: plain JSON. */
  abstract readonly state: object

  /** What the file begins with has been read: `state` holds all that it says. */
  abstract readonly begun: boolean

  /**
   * Take the whole units out of `bytes` from `from` to `to`, of which the first stands at `offset` in the file.
   * @returns where the first unit begins that is not whole
   */
  abstract walk(bytes: Uint8Array, from: number, to: number, offset: number): number

  /** The file has ended, before the unit at `at` was whole if `at` is given. */
  abstract end(at: number | null): void

  protected ask(need: number, gapAt = need, gap = 0): void {
    this.need = need
    this.gapAt = gapAt
    this.gap = gap
  }

  protected fault(at: number, what: FaultKind, message: string): void {
    if (FAULTS[what] !== 'notice') this.stopped = true
    const fault: Fault = { at, what, message }
    this.sink.fault(fault)
  }
}

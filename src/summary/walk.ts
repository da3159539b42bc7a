/** The walk through one packet's headers: where it stands, and whom it tells what it met. */
import { Applications } from './applications.ts'
import { Fragments } from './fragments.ts'
import type { Hierarchy } from './hierarchy.ts'
import { protocol, shows } from './protocols.ts'
import type { Tally } from './tally.ts'

/** What a layer returns: nothing. Being a type of its own, it lets a layer end with the `return` of the next. */
export type Done = undefined

/**
 * Reads one header at `at` and walks on behind it. `end` is where the captured bytes end, `wire` where they would end had
 * nothing been cut off: `at` ≤ `end` ≤ `wire`. A layer looks at nothing from `end` on, and never throws.
 */
export type Layer = (walk: Walk, at: number, end: number, wire: number) => Done

/** Headers in one packet. Wireshark has its own limit; a real packet has a dozen. */
const MAX_DEPTH = 64

const DATA = protocol('data')

/** One for a whole capture; `begin` sets it on a packet. Holds the datagrams under way. */
export class Walk {
  data: Uint8Array = new Uint8Array(0)
  /** Length of the frame: what every table counts for each header in it. */
  length = 0
  /** Nanoseconds since the first frame. */
  time = 0
  /** The frame's path in the hierarchy so far. */
  node = 0
  /** The address pair (see `Tally`) of the innermost IP header; negative, but still odd for IPv6, if it has none. */
  pair = -2
  /** 1 if that header's source is the higher of the two addresses. */
  direction = 0
  /** The innermost VLAN. */
  vlan = 0
  depth = 0
  readonly hierarchy: Hierarchy
  readonly tally: Tally
  readonly fragments = new Fragments()
  readonly applications: Applications

  constructor(hierarchy: Hierarchy, tally: Tally) {
    this.hierarchy = hierarchy
    this.tally = tally
    this.applications = new Applications()
  }

  begin(data: Uint8Array, length: number, time: number): void {
    this.data = data
    this.length = length
    this.time = time
    this.node = 0
    this.pair = -2
    this.direction = 0
    this.vlan = 0
    this.depth = 0
  }

  /** A header of `protocol` was met. @returns false if it lies too deep to be read */
  enter(protocol: number): boolean {
    if (this.depth === MAX_DEPTH) return false
    this.depth++
    this.node = this.hierarchy.child(this.node, protocol, false)
    return true
  }

  /** The rest is read by nobody. */
  rest(at: number, end: number): Done {
    if (end > at) this.enter(DATA)
  }

  /** What lies from `at` on is `protocol`, which is not looked into. */
  leaf(protocol: number, at: number, end: number): Done {
    if (shows(protocol, end - at)) this.enter(protocol)
  }

  /** What the transport carries is taken for `protocol`. */
  guess(protocol: number): void {
    this.node = this.hierarchy.child(this.node, protocol, true)
  }
}

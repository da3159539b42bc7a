/** The conversations of a capture, fed by the headers that the layers meet. */
import { i32, u16 } from './bytes.ts'
import { ConversationTable } from './conversation-table.ts'
import type { Saved, Scribe } from './saving.ts'
import { Streams } from './streams.ts'
import type { Walk } from './walk.ts'

/** `Walk.direction` where both addresses are one. */
export const SAME = 2

/**
 * A row of the address tables names an address pair, whether packets were counted in it or not; its pair number is
 * row × 2, and 1 more for IPv6. Ports' tables have this number in their keys, so that no address is kept twice.
 */
export class Tally {
  readonly ethernet: ConversationTable
  readonly ipv4: ConversationTable
  readonly ipv6: ConversationTable
  readonly tcp: Streams
  readonly udp: ConversationTable
  readonly sctp: ConversationTable

  /** @param bound most rows of each table */
  constructor(bound: number) {
    this.ethernet = new ConversationTable(3, bound)
    this.ipv4 = new ConversationTable(2, bound)
    this.ipv6 = new ConversationTable(8, bound)
    this.tcp = new Streams(bound)
    this.udp = new ConversationTable(2, bound)
    this.sctp = new ConversationTable(2, bound)
  }

  /** Destination and source address stand at `at`. Key: the lower address's first 4 bytes, both's last 2, the higher's first 4. */
  frame(walk: Walk, at: number): void {
    const { data } = walk
    const toHead = i32(data, at)
    const toTail = u16(data, at + 4)
    const fromHead = i32(data, at + 6)
    const fromTail = u16(data, at + 10)
    const table = this.ethernet
    const order = fromHead === toHead ? fromTail - toTail : (fromHead >>> 0) - (toHead >>> 0)
    const direction = order > 0 ? 1 : 0
    table.key[0] = direction === 0 ? fromHead : toHead
    table.key[1] = direction === 0 ? (fromTail << 16) | toTail : (toTail << 16) | fromTail
    table.key[2] = direction === 0 ? toHead : fromHead
    table.count(table.find(direction), direction, walk)
  }

  /** An IPv4 header, and the pair of what it carries. */
  packet4(walk: Walk, from: number, to: number): void {
    const table = this.ipv4
    const higher = from >>> 0 > to >>> 0
    table.key[0] = higher ? to : from
    table.key[1] = higher ? from : to
    const direction = higher ? 1 : 0
    const row = table.find(direction)
    table.count(row, direction, walk)
    walk.pair = row < 0 ? -2 : row * 2
    walk.direction = from === to ? SAME : direction
  }

  /** An IPv6 header whose addresses stand at `from` and `to`, and the pair of what it carries. */
  packet6(walk: Walk, from: number, to: number): void {
    this.pair6(walk, from, to)
    const direction = walk.direction === 1 ? 1 : 0
    this.ipv6.count(walk.pair < 0 ? -1 : walk.pair >> 1, direction, walk)
  }

  /** The pair of what is carried between the IPv6 addresses at `from` and `to`; nothing is counted. */
  pair6(walk: Walk, from: number, to: number): void {
    const { data } = walk
    const table = this.ipv6
    let order = 0
    for (let i = 0; i < 16 && order === 0; i += 4) order = (i32(data, from + i) >>> 0) - (i32(data, to + i) >>> 0)
    const low = order > 0 ? to : from
    const high = order > 0 ? from : to
    for (let word = 0; word < 4; word++) {
      table.key[word] = i32(data, low + word * 4)
      table.key[word + 4] = i32(data, high + word * 4)
    }
    const direction = order > 0 ? 1 : 0
    const row = table.find(direction)
    walk.pair = row < 0 ? -1 : row * 2 + 1
    walk.direction = order === 0 ? SAME : direction
  }

  /** A header with ports. @returns its row, -1 where there is none */
  ports(table: ConversationTable, walk: Walk, from: number, to: number): number {
    const direction = keyOf(table, walk, from, to)
    const row = walk.pair < 0 ? -1 : table.find(direction)
    table.count(row, direction, walk)
    return row
  }

  *save(scribe: Scribe): Generator<void> {
    for (const table of this.tables()) yield* table.save(scribe)
  }

  *load(saved: Saved): Generator<void> {
    for (const table of this.tables()) yield* table.load(saved)
  }

  bytesHeld(): number {
    return this.tables().reduce((held, table) => held + table.bytesHeld(), 0)
  }

  private tables(): ConversationTable[] {
    return [this.ethernet, this.ipv4, this.ipv6, this.tcp, this.udp, this.sctp]
  }
}

/** Put the key of a conversation between ports into the table: the pair, then the port of its lower and its higher end. @returns the direction */
export function keyOf(table: ConversationTable, walk: Walk, from: number, to: number): number {
  const direction = walk.direction === SAME ? (from > to ? 1 : 0) : walk.direction
  table.key[0] = walk.pair
  table.key[1] = direction === 0 ? (from << 16) | to : (to << 16) | from
  return direction
}

/** IPv6 and its extension headers. RFC 8200. */
import { i32, u8, u16, u32 } from './bytes.ts'
import { byIpProtocol } from './ip-protocols.ts'
import { reassembled } from './ipv4.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const IPV6 = protocol('ipv6')

/** RFC 8200 §3: version 0, payload length 4, next header 6, source 8, destination 24. */
const HEADER = 40

const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const NO_NEXT_HEADER = 59
const DESTINATION_OPTIONS = 60
const MOBILITY = 135
const AUTHENTICATION = 51

/** An IPv6 header with its extensions. It is counted behind them; a fragment that completes nothing is not. */
export function ipv6(walk: Walk, start: number, given: number, wire: number): Done {
  const { data } = walk
  const bare = walk.node === 0
  if (!walk.enter(IPV6) || given === start) return
  if (u8(data, start) >> 4 !== 6) return bare ? undefined : walk.rest(start, given)
  if (given - start < HEADER) return
  const length = u16(data, start + 4)
  const jumbo = length === 0 && u8(data, start + 6) === HOP_BY_HOP ? jumboLength(data, start + HEADER, given) : 0
  if (jumbo < 0) return
  const stop = Math.min(wire, start + HEADER + (length || jumbo))
  const end = Math.min(given, stop)
  let destination = start + 24
  let next = u8(data, start + 6)
  let at = start + HEADER
  for (;;) {
    if (next === HOP_BY_HOP || next === DESTINATION_OPTIONS || next === ROUTING || next === MOBILITY) {
      if (end - at < 8) return
      const size = (u8(data, at + 1) + 1) * 8
      if (size > end - at) return
      if (next === ROUTING) destination = finalSegment(data, at, size, destination)
      if (next === MOBILITY && u8(data, at) === NO_NEXT_HEADER) return
      next = u8(data, at)
      at += size
    } else if (next === FRAGMENT) {
      if (end - at < 8) return
      const flags = u16(data, at + 2)
      next = u8(data, at)
      if ((flags & 0xfff9) !== 0) return fragment(walk, start, destination, at, end, stop)
      at += 8
    } else if (next === AUTHENTICATION) {
      // RFC 4302 §2: its length is in units of 4 bytes, less two.
      if (end - at < 12) return
      const size = (u8(data, at + 1) + 2) * 4
      if (size > end - at) return
      next = u8(data, at)
      at += size
    } else break
  }
  walk.tally.packet6(walk, start + 8, start + 24)
  if (destination !== start + 24) walk.tally.pair6(walk, start + 8, destination)
  if (next === NO_NEXT_HEADER) return walk.rest(at, end)
  byIpProtocol(walk, next, at, end, stop)
}

function fragment(walk: Walk, start: number, destination: number, at: number, end: number, wire: number): Done {
  const { data, fragments } = walk
  const flags = u16(data, at + 2)
  const offset = flags & 0xfff8
  if (end < wire) {
    // Cut off: what there is of the first fragment is all that will ever be read.
    if (offset !== 0) return walk.rest(at + 8, end)
    walk.tally.packet6(walk, start + 8, start + 24)
    return byIpProtocol(walk, u8(data, at), at + 8, end, wire)
  }
  for (let word = 0; word < 8; word++)
    fragments.key[word] = i32(data, (word < 4 ? start + 8 : destination - 16) + word * 4)
  fragments.key[8] = i32(data, at + 4)
  fragments.key[9] = 0x60000
  const datagram = fragments.add(data, at + 8, end, offset, (flags & 1) !== 0)
  if (datagram < 0) return walk.rest(at + 8, end)
  walk.tally.packet6(walk, start + 8, start + 24)
  if (destination !== start + 24) walk.tally.pair6(walk, start + 8, destination)
  reassembled(walk, datagram, u8(data, at))
}

/** The length in a Jumbo Payload option (RFC 2675 §2: type 194, length 4). @returns -1 where there is none, or it is none of a jumbogram */
function jumboLength(data: Uint8Array, at: number, end: number): number {
  if (end - at < 8) return -1
  const stop = Math.min(end, at + (u8(data, at + 1) + 1) * 8)
  for (let option = at + 2; option + 6 <= stop; option += u8(data, option) === 0 ? 1 : 2 + u8(data, option + 1)) {
    if (u8(data, option) !== 194) continue
    const length = u32(data, option + 2)
    return length > 0xffff ? length : -1
  }
  return -1
}

/** Where a routing header with segments left leads in the end: types 0 and 2 (RFC 2460 §4.4, RFC 6275 §6.4) and 4 (RFC 8754 §2). */
function finalSegment(data: Uint8Array, at: number, size: number, destination: number): number {
  const type = u8(data, at + 2)
  if (u8(data, at + 3) === 0 || size < 24) return destination
  if (type === 0 || type === 2) return at + 8 + (((size - 8) >> 4) - 1) * 16
  if (type === 4) return at + 8
  return destination
}

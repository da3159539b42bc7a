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
const SHIM6 = 140

/** Of a fragment header (RFC 8200 §4.5): a whole packet's has neither an offset nor more to come. */
const OFFSET = 0xfff8
const MORE_FRAGMENTS = 1
const HOME_ADDRESS = 201

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
  let source = start + 8
  let destination = start + 24
  let next = u8(data, start + 6)
  let at = start + HEADER
  for (;;) {
    const size = extensionSize(data, next, at, end)
    if (size < 0) return
    if (size === 0) break
    if (next === FRAGMENT) {
      const partial = (u16(data, at + 2) & (OFFSET | MORE_FRAGMENTS)) !== 0
      if (partial) return fragment(walk, start, source, destination, at, end, stop)
    } else if (next === ROUTING) destination = finalSegment(data, at, size, destination)
    else if (next === HOP_BY_HOP || next === DESTINATION_OPTIONS) source = homeAddress(data, at, size, end, source)
    next = u8(data, at)
    at += size
  }
  count(walk, start, source, destination)
  if (next === NO_NEXT_HEADER) return walk.rest(at, end)
  byIpProtocol(walk, next, at, end, stop)
}

/** The packet counts between the addresses of its header, what it carries between those that extension headers put in their place. */
function count(walk: Walk, start: number, source: number, destination: number): Done {
  walk.tally.packet6(walk, start + 8, start + 24)
  if (source !== start + 8 || destination !== start + 24) walk.tally.pair6(walk, source, destination)
}

/**
 * Bytes of the extension header that `next` names: 0 if it names none, -1 if the header is cut off, or if nothing that follows is
 * ever read, as behind a mobility header (RFC 6275 §6.1.1).
 */
export function extensionSize(data: Uint8Array, next: number, at: number, end: number): number {
  let size: number
  if (next === HOP_BY_HOP || next === DESTINATION_OPTIONS || next === ROUTING || next === SHIM6) {
    if (end - at < 8) return -1
    size = (u8(data, at + 1) + 1) * 8
  } else if (next === FRAGMENT) size = 8
  else if (next === AUTHENTICATION) {
    // RFC 4302 §2: its length is in units of 4 bytes, less two.
    if (end - at < 12) return -1
    size = (u8(data, at + 1) + 2) * 4
  } else return next === MOBILITY ? -1 : 0
  return size > end - at ? -1 : size
}

function fragment(
  walk: Walk,
  start: number,
  source: number,
  destination: number,
  at: number,
  end: number,
  wire: number,
): Done {
  const { data, fragments } = walk
  if (end < wire) return walk.rest(at + 8, end)
  const flags = u16(data, at + 2)
  for (let word = 0; word < 8; word++)
    fragments.key[word] = i32(data, (word < 4 ? start + 8 : destination - 16) + word * 4)
  fragments.key[8] = i32(data, at + 4)
  fragments.key[9] = 0x60000
  const datagram = fragments.add(data, at + 8, end, flags & OFFSET, (flags & MORE_FRAGMENTS) !== 0)
  if (datagram < 0) return walk.rest(at + 8, end)
  // RFC 8200 §4.5, RFC 6275 §6.3: what names other addresses stands before the fragment header.
  const from = fragments.startOf(datagram)
  const kept = from + fragments.keptOf(datagram)
  let next = u8(data, at)
  let skipped = 0
  let size = extensionSize(fragments.data, next, from, kept)
  while (size > 0) {
    next = u8(fragments.data, from + skipped)
    skipped += size
    size = extensionSize(fragments.data, next, from + skipped, kept)
  }
  if (size < 0) {
    fragments.release(datagram)
    return
  }
  count(walk, start, source, destination)
  reassembled(walk, datagram, next, skipped)
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

/** The home address in the options of a header (RFC 6275 §6.3: type 201, length 16), which is the true source. */
function homeAddress(data: Uint8Array, at: number, size: number, end: number, source: number): number {
  let home = source
  for (let option = at + 2; option + 2 <= at + size; option += u8(data, option) === 0 ? 1 : 2 + u8(data, option + 1))
    if (u8(data, option) === HOME_ADDRESS && option + 18 <= end) home = option + 2
  return home
}

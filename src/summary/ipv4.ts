/** IPv4 and what lies right on it. RFC 791. */
import { i32, u8, u16 } from './bytes.ts'
import { byIpProtocol } from './ip-protocols.ts'
import { extensionSize, ipv6 } from './ipv6.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const IP = protocol('ip')

/** RFC 791 §3.1: version and header length 0, total length 2, identification 4, flags and offset 6, protocol 9, addresses 12 and 16. */
const HEADER = 20
const MORE_FRAGMENTS = 0x2000
const OFFSET = 0x1fff
const TCP = 6
const UDP = 17

/** IPv6's extension headers, which over IPv4 are layers of their own. */
const EXTENSIONS = leaves({
  'ipv6.hopopts': [0],
  'ipv6.routing': [43],
  'ipv6.fraghdr': [44],
  'ipv6.dstopts': [60],
  shim6: [140],
})

/** An IPv4 header. A total length of 0 means all there is (segmentation offload); a greater one than there is means nothing. */
export function ipv4(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at) return
  const { data } = walk
  if (u8(data, at) >> 4 === 6) return ipv6(walk, at, end, wire)
  if (!walk.enter(IP) || end - at < HEADER) return
  const header = (u8(data, at) & 0x0f) * 4
  if (u8(data, at) >> 4 !== 4 || header < HEADER || header > end - at) return
  const length = u16(data, at + 2) || wire - at
  if (length < header) return
  const from = i32(data, at + 12)
  const to = header > HEADER ? finalDestination(data, at, at + header) : i32(data, at + 16)
  walk.tally.packet4(walk, from, to)
  const stop = Math.min(end, at + length)
  const flags = u16(data, at + 6)
  const next = u8(data, at + 9)
  if ((flags & (MORE_FRAGMENTS | OFFSET)) === 0) carried(walk, next, at + header, stop, Math.min(wire, at + length))
  else fragment(walk, at, at + header, stop, Math.min(wire, at + length), from, to)
}

function fragment(walk: Walk, at: number, from: number, end: number, wire: number, source: number, to: number): Done {
  const { data, fragments } = walk
  const next = u8(data, at + 9)
  const flags = u16(data, at + 6)
  const offset = (flags & OFFSET) * 8
  const whole = at + u16(data, at + 2) <= end
  if (!whole) {
    if (offset === 0) carried(walk, next, from, end, wire)
    else walk.rest(from, end)
    return
  }
  fragments.key.fill(0)
  fragments.key[0] = source
  fragments.key[4] = to
  fragments.key[8] = u16(data, at + 4)
  fragments.key[9] = 0x40000 | (walk.vlan << 20) | next
  const datagram = fragments.add(data, from, end, offset, (flags & MORE_FRAGMENTS) !== 0)
  if (datagram < 0) return walk.rest(from, end)
  reassembled(walk, datagram, next)
}

function carried(walk: Walk, protocol: number, start: number, end: number, wire: number): Done {
  let next = protocol
  let at = start
  for (;;) {
    const extension = next === TCP || next === UDP ? undefined : EXTENSIONS.get(next)
    if (extension === undefined) return byIpProtocol(walk, next, at, end, wire)
    if (end - at < 2 || !walk.enter(extension)) return
    const size = extensionSize(walk.data, next, at, end)
    if (size < 0) return
    next = u8(walk.data, at)
    at += size
  }
}

/** Walk on in a datagram that was put together, `skipped` bytes behind its start. */
export function reassembled(walk: Walk, datagram: number, next: number, skipped = 0): Done {
  const { data, fragments } = walk
  const start = fragments.startOf(datagram)
  walk.data = fragments.data
  carried(walk, next, start + skipped, start + fragments.keptOf(datagram), start + fragments.lengthOf(datagram))
  walk.data = data
  fragments.release(datagram)
}

/** Where a source route (RFC 791 §3.1, options 131 and 137) ends, or else the destination in the header. */
function finalDestination(data: Uint8Array, at: number, end: number): number {
  for (let option = at + HEADER; option < end; ) {
    const kind = u8(data, option)
    if (kind === 0) break
    if (kind === 1) {
      option++
      continue
    }
    if (option + 2 > end) break
    const length = u8(data, option + 1)
    if (length < 2 || option + length > end) break
    if ((kind === 131 || kind === 137) && length >= 7) {
      const pointer = u8(data, option + 2)
      if (pointer >= 4 && pointer <= length) return i32(data, option + length - 4)
    }
    option += length
  }
  return i32(data, at + 16)
}

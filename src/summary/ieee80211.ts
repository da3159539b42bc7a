/** IEEE 802.11 and the radio headers that stand before it. */
import { u8, u16, u16le, u32, u32le } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { llc } from './llc.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const RADIOTAP = protocol('radiotap')
const PRISM = protocol('prism')
const AVS = protocol('wlancap')
const WLAN_RADIO = protocol('wlan_radio')
const WLAN = protocol('wlan')
const EXTENSION = protocol('wlan_ext')
const MANAGEMENT = protocol('wlan.mgt')
const AGGREGATE = protocol('wlan_aggregate')
const MYSTERIOUS = protocol('wlan.mysterious_extra_stuff')

/** Radiotap's flags: the FCS is there; the header was padded to a multiple of 4 bytes. */
const FCS = 0x10
const DATA_PAD = 0x20

/** radiotap.org: version 0, length 2, fields present 4, little-endian. */
export function radiotap(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(RADIOTAP) || end - at < 8) return
  const length = u16le(walk.data, at + 2)
  if (length < 8 || length > end - at) return
  radio(walk, at + length, end, wire, radiotapFlags(walk.data, at, at + length))
}

/** The flags field comes second, behind the 8 bytes of the TSFT field if that is there. */
function radiotapFlags(data: Uint8Array, at: number, end: number): number {
  const present = u32le(data, at + 4)
  if ((present & 2) === 0) return 0
  let from = at + 8
  for (let word = present; (word & 0x80000000) !== 0 && from + 4 <= end; from += 4) word = u32le(data, from)
  if ((present & 1) !== 0) from = at + ((from - at + 7) & ~7) + 8
  return from < end ? u8(data, from) : 0
}

/** Prism II monitor header: message code 0 (0x41 or 0x44, in either byte order), length 4; or an AVS header, or none, under the same link type. */
export function prism(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 8) return
  const code = u32(walk.data, at)
  if (code >>> 12 === 0x80211) return avs(walk, at, end, wire)
  if (!PRISM_CODES.has(code) && !PRISM_CODES.has(u32le(walk.data, at))) return wlan(walk, at, end, wire)
  if (!walk.enter(PRISM)) return
  const little = u32le(walk.data, at + 4)
  const length = Math.min(little, u32(walk.data, at + 4))
  if (length < 8 || length > end - at) return
  radio(walk, at + length, end, wire, 0)
}

/** AVS WLAN monitor header: version 0, length 4, big-endian. */
export function avs(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 8 || !walk.enter(AVS)) return
  const length = u32(walk.data, at + 4)
  if (length < 8 || length > end - at) return
  radio(walk, at + length, end, wire, 0)
}

const PRISM_CODES = new Set([0x41, 0x44])

function radio(walk: Walk, at: number, end: number, wire: number, flags: number): Done {
  if (!walk.enter(WLAN_RADIO)) return
  const stop = wire - ((flags & FCS) !== 0 ? 4 : 0)
  frame(walk, at, Math.min(end, stop), stop, (flags & DATA_PAD) !== 0)
}

export function wlan(walk: Walk, at: number, end: number, wire: number): Done {
  frame(walk, at, end, wire, false)
}

/** An access point's frame in a tunnel, whose two bytes of frame control were swapped. */
export function wlanSwapped(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 2) return wlan(walk, at, end, wire)
  const { data } = walk
  walk.data = data.subarray(0, end).slice()
  walk.data[at] = u8(data, at + 1)
  walk.data[at + 1] = u8(data, at)
  wlan(walk, at, end, wire)
  walk.data = data
}

/** IEEE 802.11 §9.2.3: frame control 0, of which the first byte has type and subtype and the second the flags. */
function frame(walk: Walk, at: number, end: number, wire: number, padded: boolean): Done {
  if (end <= at || !walk.enter(WLAN) || end - at < 2) return
  const { data } = walk
  if ((u8(data, at) & 3) !== 0) return // a protocol version to come
  const type = (u8(data, at) >> 2) & 3
  const flags = u8(data, at + 1)
  const protectedBody = (flags & 0x40) !== 0
  const order = (flags & 0x80) !== 0
  if (type === 0) {
    const from = at + 24 + (order ? 4 : 0)
    if (from >= end) return
    if (protectedBody) walk.rest(from, end)
    else walk.enter(MANAGEMENT)
    return
  }
  if (type === 3) walk.enter(EXTENSION)
  if (type !== 2) return
  const subtype = u8(data, at) >> 4
  const addresses = (flags & 3) === 3 ? 30 : 24
  const qos = (subtype & 8) !== 0
  const header = addresses + (qos ? 2 : 0) + (qos && order ? 4 : 0)
  let from = at + (padded ? (header + 3) & ~3 : header)
  if ((subtype & 4) !== 0 || from >= end) return // no data
  if (protectedBody || (flags & MORE_FRAGMENTS) !== 0) return walk.rest(from, end)
  const control = qos ? u16le(data, at + addresses) : 0
  if ((control & 0x80) !== 0) return aggregate(walk, from, end, wire)
  // A mesh control field (§9.2.4.7.3); the bit has other meanings in frames of stations.
  if ((control & 0x100) !== 0 && (flags & 2) !== 0 && end - from > 6) from += 6 + (u8(data, from) & 3) * 6
  body(walk, from, end, wire, at + ((flags & 1) !== 0 ? 16 : 4), at + (SOURCES[flags & 3] as number))
}

const MORE_FRAGMENTS = 0x04
/** Where the source stands, by the bits To DS and From DS; the destination is the third address if To DS is set. IEEE 802.11 §9.3.2.1. */
const SOURCES = [10, 10, 16, 24]

/** LLC, for which drivers put other things too: IPX, an Ethernet header that repeats an address of the frame, two zeros. */
function body(walk: Walk, at: number, end: number, wire: number, destination: number, source: number): Done {
  const { data } = walk
  const first = end - at >= 2 ? u16(data, at) : 0xaaaa
  if (first === 0xaaaa) return llc(walk, at, end, wire)
  if (end - at >= 14 && (sameAddress(data, at, destination) || sameAddress(data, at + 6, source)))
    return ethernet(walk, at, end, wire)
  if (first === 0xffff) return ipx(walk, at, end)
  if (first !== 0) return llc(walk, at, end, wire)
  if (walk.enter(MYSTERIOUS)) llc(walk, at + 2, end, wire)
}

const sameAddress = (data: Uint8Array, a: number, b: number): boolean =>
  u32(data, a) === u32(data, b) && u16(data, a + 4) === u16(data, b + 4)

/** An A-MSDU (§9.3.2.2): subframes of destination, source, length and body, each padded to 4 bytes. */
function aggregate(walk: Walk, from: number, end: number, wire: number): Done {
  if (!walk.enter(AGGREGATE)) return
  for (let at = from; end - at > 14; ) {
    const length = u16(walk.data, at + 12)
    const stop = Math.min(wire, at + 14 + length)
    body(walk, at + 14, Math.min(end, stop), stop, at, at + 6)
    at += (14 + length + 3) & ~3
  }
}

/** Ethernet and the tags that stand in it. IEEE 802.3, 802.1Q, 802.1ah, 802.1AE. */
import { i32, u8, u16 } from './bytes.ts'
import { ipx } from './ethernet-leaves.ts'
import { byEthertype, byTypeOrLength } from './ethertypes.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const ETH = protocol('eth')
const ISL = protocol('isl')
const VLAN = protocol('vlan')
const STAG = protocol('ieee8021ad')
const ITAG = protocol('ieee8021ah')
const ETAG = protocol('etag')
const VNTAG = protocol('vntag')
const MACSEC = protocol('macsec')
const HSR = protocol('hsr')
const CMD = protocol('cmd')
const AVSP = protocol('avsp')
const CFP = protocol('cfp')

/** IEEE 802.3 §3.1.1: destination 0, source 6, type or length 12. */
const HEADER = 14
/** What Cisco's Inter-Switch Link puts before a frame. */
const ISL_HEADER = 26
const FABRIC_PATH = 0x8903
/** What Cisco's FabricPath puts before a frame: addresses 0, EtherType 12, tree and hops 14. */
const FABRIC_HEADER = 16
const FCS = 4

export function ethernet(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < HEADER) return
  const { data } = walk
  const value = u16(data, at + 12)
  walk.tally.frame(walk, at)
  if (value <= 1500 && end - at >= ISL_HEADER && isIsl(data, at)) {
    if (walk.enter(ISL)) ethernet(walk, at + ISL_HEADER, end, wire)
    return
  }
  const fabric = fabricHeader(data, at, end, value)
  if (fabric > 0) {
    if (walk.enter(CFP)) ethernet(walk, at + fabric, Math.min(end, wire - FCS), wire - FCS)
    return
  }
  if (!walk.enter(ETH)) return
  // Novell's own 802.3: IPX without LLC, its checksum all ones.
  if (value <= 1500 && end - at >= HEADER + 2 && u16(data, at + HEADER) === 0xffff) {
    const stop = Math.min(wire, at + HEADER + value)
    return ipx(walk, at + HEADER, Math.min(end, stop))
  }
  byTypeOrLength(walk, value, at + HEADER, end, wire)
}

/** Cisco's Inter-Switch Link has 40 bits of its own where the destination stands. */
const isIsl = (data: Uint8Array, at: number): boolean =>
  (u8(data, at) === 0x01 || u8(data, at) === 0x03 || u8(data, at) === 0x0c) && i32(data, at + 1) === 0x000c0000

/** FabricPath's EtherType may stand behind one tag of its own. @returns the length of its header; 0 where it is another frame */
function fabricHeader(data: Uint8Array, at: number, end: number, type: number): number {
  if (type === FABRIC_PATH) return FABRIC_HEADER
  const tagged = (type === 0x8100 || type === 0x88a8) && end - at >= HEADER + 4
  return tagged && u16(data, at + HEADER + 2) === FABRIC_PATH ? FABRIC_HEADER + 4 : 0
}

/** A tag: priority and VLAN number, then a type or length. IEEE 802.1Q §9.6. */
export function vlan(walk: Walk, at: number, end: number, wire: number): Done {
  if (tag(walk, VLAN, at, end)) tagged(walk, u16(walk.data, at + 2), at + 4, end, wire)
}

/** A service tag: behind it, tshark reads no length. */
export function stag(walk: Walk, at: number, end: number, wire: number): Done {
  if (tag(walk, STAG, at, end)) byEthertype(walk, u16(walk.data, at + 2), at + 4, end, wire)
}

/** @returns whether all of the tag is there */
function tag(walk: Walk, kind: number, at: number, end: number): boolean {
  if (end - at < 2 || !walk.enter(kind) || end - at < 4) return false
  walk.vlan = u16(walk.data, at) & 0xfff
  return true
}

/** A length of 0 behind a tag means nothing, where on plain Ethernet what follows is data. */
function tagged(walk: Walk, value: number, at: number, end: number, wire: number): Done {
  if (value !== 0) byTypeOrLength(walk, value, at, end, wire)
}

/** A backbone service instance tag, and the customer's frame behind it. IEEE 802.1Q §9.7. */
export function pbb(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 18 || !walk.enter(ITAG)) return
  byEthertype(walk, u16(walk.data, at + 16), at + 18, end, wire)
}

/** IEEE 802.1BR E-TAG: 6 bytes, then a type. */
export function etag(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(ETAG) || end - at < 8) return
  byEthertype(walk, u16(walk.data, at + 6), at + 8, end, wire)
}

/** Cisco's VN-Tag: 4 bytes, then a type. */
export function vntag(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(VNTAG) || end - at < 6) return
  tagged(walk, u16(walk.data, at + 4), at + 6, end, wire)
}

/** IEC 62439-3 HSR: path and size, sequence number, then a type; tshark shows nothing behind a length. */
export function hsr(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(HSR) || end - at < 6) return
  const type = u16(walk.data, at + 4)
  if (type >= 1536) byEthertype(walk, type, at + 6, end, wire)
}

/** Cisco Meta Data: version, length (in 4 bytes less one), option, tag, then a type. */
export function ciscoMetadata(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CMD) || end - at < 8) return
  byEthertype(walk, u16(walk.data, at + 6), at + 8, end, wire)
}

/** The same behind GRE, where the type stands first. */
export function ciscoMetadataGre(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CMD) || end - at < 8) return
  byEthertype(walk, u16(walk.data, at), at + 8, end, wire)
}

/** Arista's time stamp: subtype 0, version 2 (low byte 0x10: 8 bytes, 0x20: 6), the time, then a type. */
export function arista(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(AVSP) || end - at < 4) return
  const version = u16(walk.data, at + 2) & 0xff
  if (version !== 0x10 && version !== 0x20) return
  const from = at + (version === 0x20 ? 10 : 12)
  if (from + 2 <= end) byEthertype(walk, u16(walk.data, from), from + 2, end, wire)
}

/**
 * A MACsec security tag (IEEE 802.1AE §9): TCI and AN 0, short length 1, packet number 2, and 8 bytes of SCI if said so. What
 * is not encrypted (E and C both 0) is read on, with the integrity check at its end. Another version than 0, or no byte between
 * tag and check, is data.
 */
export function macsec(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at) return
  const control = u8(walk.data, at)
  const from = at + ((control & 0x20) !== 0 ? 14 : 6)
  if ((control & 0x80) !== 0 || end - from <= INTEGRITY_CHECK) return walk.rest(at, end)
  if (!walk.enter(MACSEC)) return
  if ((control & 0x0c) !== 0) return walk.rest(from, end)
  byEthertype(walk, u16(walk.data, from), from + 2, end, wire)
}

const INTEGRITY_CHECK = 16

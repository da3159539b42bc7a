/** Links that a capturing system makes up or puts its own header before. LINKTYPE_ documents of the-tcpdump-group. */
import { u8, u16, u16le, u32, u32le } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { byEthertype, isEthertype } from './ethertypes.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { byLinktype } from './link.ts'
import { llc, snap } from './llc.ts'
import { byNlpid } from './osi.ts'
import { chdlc, ppp } from './ppp.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const NULL = protocol('null')
const RAW = protocol('raw')
const SLL = protocol('sll')
const NETLINK = protocol('netlink')
const PPI = protocol('ppi')
const PKTAP = protocol('pktap')
const USER = protocol('user_dlt')
const IPOIB = protocol('ipoib')
const FR = protocol('fr')
const TEXT = protocol('text')
const ERF = protocol('erf')
const IPNET = protocol('ipnet')
const ATM = protocol('atm')
const CLIP = protocol('clip')
const ARCNET = protocol('arcnet')
const WLAN_RADIO = protocol('wlan_radio')

const NULL_LEAVES = leaves({ osi: [7], ddp: [16], ipx: [23] })

/** A BSD address family in the byte order of the capturing host. */
export function nullLink(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at >= 2 && u16(walk.data, at) === 0xff03) return ppp(walk, at, end, wire)
  if (end <= at || !walk.enter(NULL) || end - at < 4) return
  const { data } = walk
  const little = u32le(data, at)
  const family = little <= 0xffff ? little : u32(data, at)
  if (family <= 0xff) return byFamily(walk, family, at + 4, end, wire)
  byEthertype(walk, family & 0xffff, at + 4, end, wire)
}

/** The same in network byte order. */
export function loopback(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(NULL) || end - at < 4) return
  byFamily(walk, u32(walk.data, at), at + 4, end, wire)
}

function byFamily(walk: Walk, family: number, at: number, end: number, wire: number): Done {
  if (family === 2) return ipv4(walk, at, end, wire)
  if (family === 24 || family === 28 || family === 30) return ipv6(walk, at, end, wire)
  const leaf = NULL_LEAVES.get(family)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

/** IP without a link, told by its version. */
export function raw(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(RAW) || end <= at) return
  const version = u8(walk.data, at) >> 4
  if (version === 6) ipv6(walk, at, end, wire)
  else if (version === 4) ipv4(walk, at, end, wire)
  else walk.rest(at, end)
}

/** LINKTYPE_LINUX_SLL: packet type 0, ARPHRD_ 2, address 4 to 13, protocol 14. */
export function sll(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(SLL) || end - at < 16) return
  cooked(walk, u16(walk.data, at + 2), u16(walk.data, at + 14), at + 16, end, wire)
}

/** LINKTYPE_LINUX_SLL2: protocol 0, interface 4, ARPHRD_ 8, packet type 10, address 11 to 19. */
export function sll2(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(SLL) || end - at < 20) return
  cooked(walk, u16(walk.data, at + 8), u16(walk.data, at), at + 20, end, wire)
}

const COOKED_LEAVES = leaves({ can: [0x000c, 0x000d], llap: [0x0009], ax25: [0x0002], caif: [0x00f7] })

/** What Linux's ARPHRD_ and ETH_P_ values say. */
function cooked(walk: Walk, hardware: number, type: number, at: number, end: number, wire: number): Done {
  if (hardware === 824) return walk.leaf(NETLINK, at, end)
  if (type >= 1536) return byEthertype(walk, type, at, end, wire)
  if (type === 0x0001) return ipx(walk, at, end)
  if (type === 0x0004) return llc(walk, at, end, wire)
  if (type === 0x0003) return ethernet(walk, at, end, wire)
  const leaf = COOKED_LEAVES.get(type)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

/** Per-Packet Information: version 0, flags 1, length 2, link type 4, little-endian. */
export function ppi(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PPI) || end - at < 8) return
  const from = at + u16le(walk.data, at + 2)
  const linktype = u32le(walk.data, at + 4)
  if (from >= end || from < at + 8) return
  if (linktype === 105) walk.enter(WLAN_RADIO)
  byLinktype(walk, linktype, from, end, wire)
}

/** LINKTYPE_PKTAP: header length 0, record type 4 (1 is a packet), link type 8, little-endian. */
export function pktap(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PKTAP) || end - at < 12) return
  const length = u32le(walk.data, at)
  if (length < 12 || length >= end - at || u32le(walk.data, at + 4) !== 1) return
  byLinktype(walk, u32le(walk.data, at + 8), at + length, end, wire)
}

/** USER2, which Apple's tools write for PKTAP. */
export function userPktap(walk: Walk, at: number, end: number, wire: number): Done {
  if (walk.enter(USER)) pktap(walk, at, end, wire)
}

/** LINKTYPE_NFLOG: family 0, version 1, then TLVs in host byte order, of which type 9 is the packet. tshark shows no header for it. */
export function nflog(walk: Walk, start: number, end: number, wire: number): Done {
  if (end - start < 4) return
  const { data } = walk
  const family = u8(data, start)
  for (let at = start + 4; end - at >= 4; ) {
    // The smaller reading of the length is the right one.
    const little = u16le(data, at) <= u16(data, at)
    const length = little ? u16le(data, at) : u16(data, at)
    const type = (little ? u16le(data, at + 2) : u16(data, at + 2)) & 0x7fff
    if (length < 4) return
    const stop = Math.min(wire, at + length)
    if (type === 9) {
      if (family === 2) ipv4(walk, at + 4, Math.min(end, stop), stop)
      else if (family === 10) ipv6(walk, at + 4, Math.min(end, stop), stop)
      else walk.rest(at + 4, Math.min(end, stop))
      return
    }
    at += (length + 3) & ~3
  }
}

/** LINKTYPE_IPOIB: a 40-byte global routing header, then an EtherType and 2 reserved bytes. RFC 4391 §6. */
export function ipoib(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(IPOIB) || end - at < 44) return
  byEthertype(walk, u16(walk.data, at + 40), at + 44, end, wire)
}

/** Frame Relay (RFC 2427 §3): an address of 2 to 4 bytes, control 0x03, then an NLPID; or Cisco's way, an EtherType. */
export function frameRelay(walk: Walk, start: number, end: number, wire: number): Done {
  if (end <= start || !walk.enter(FR)) return
  const { data } = walk
  let at = start
  while (at < end && at < start + 3 && (u8(data, at) & 1) === 0) at++
  // An address of one octet, or one of three whose last has the D/C bit: tshark says so in words (Q.922 §3.2).
  if (at < end && (at === start || (at === start + 2 && (u8(data, at) & 2) !== 0))) {
    walk.enter(TEXT)
    return walk.rest(at + 1, end)
  }
  at++
  if (end - at < 2) return
  const control = u8(data, at)
  if (control !== 0x03 && isEthertype(u16(data, at))) return byEthertype(walk, u16(data, at), at + 2, end, wire)
  at += (control & 3) === 3 ? 1 : 2 // unnumbered, or with sequence numbers
  if (at >= end) return
  if (u8(data, at) === 0) at++ // padding
  if (at >= end) return
  const nlpid = u8(data, at)
  if (nlpid === 0x80) return snap(walk, at + 1, end, wire)
  if (nlpid === 0xcf) return ppp(walk, at + 1, end, wire)
  byNlpid(walk, at, end, wire)
}

/** RFC 2225: what Linux's Classical IP over ATM captures begin with is IP, or LLC. */
export function clip(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CLIP)) return
  ipv4(walk, at, end, wire)
}

const ARCNET_LEAVES = leaves({ arp: [213, 214, 241], ddp: [221], ipx: [236, 250], vines_ip: [247] })

/** Linux's ARCNET: source 0, destination 1, offset 2, protocol 4, then RFC 1201's split flag and sequence, which RFC 1051's kinds and BACnet's LLC do without. */
export function arcnet(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(ARCNET) || end - at < 5) return
  const { data } = walk
  const kind = u8(data, at + 4)
  let from = at + 5
  if (kind !== 240 && kind !== 241 && kind !== 205) {
    if (end - from < 3) return
    from += u8(data, from) === 0xff ? 7 : 3
  }
  if (kind === 212 || kind === 240) return ipv4(walk, from, end, wire)
  if (kind === 196) return ipv6(walk, from, end, wire)
  if (kind === 205) return llc(walk, from, end, wire)
  const leaf = ARCNET_LEAVES.get(kind)
  if (leaf !== undefined) walk.leaf(leaf, from, end)
  else walk.rest(from, end)
}

/** Endace ERF: its header was taken off by the reader and lies right before the packet. Type 8, then extensions of 8 bytes. */
export function erf(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(ERF)) return
  const type = erfType(walk.data, at, wire - at)
  if (type === 2 || type === 11 || type === 16 || type === 20) ethernet(walk, at, end, wire)
  else if (type === 27)
    return // provenance: what the card says of itself
  else if (type === 22) ipv4(walk, at, end, wire)
  else if (type === 23) ipv6(walk, at, end, wire)
  else if (type === 1 || type === 5 || type === 10 || type === 17) hdlc(walk, at, end, wire)
  else walk.rest(at, end)
}

/** What an HDLC frame is, by its first bytes: PPP, Frame Relay or Cisco's. */
function hdlc(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 2) return
  const first = u16(walk.data, at)
  if (first === 0x0f00 || first === 0x8f00) chdlc(walk, at, end, wire)
  else if (first === 0xff03) ppp(walk, at, end, wire)
  else walk.rest(at, end)
}

const ERF_SUBHEADER = new Map([
  [2, 2],
  [11, 2],
  [16, 2],
  [20, 2],
  [5, 4],
  [6, 4],
  [7, 4],
  [8, 4],
  [9, 4],
  [12, 4],
  [17, 4],
  [18, 4],
])

/** The header with fewest extensions that fits before `at`. @returns 0 if there is none */
function erfType(data: Uint8Array, at: number, wlen: number): number {
  for (let extensions = 0; extensions < 8; extensions++)
    for (let sub = 0; sub <= 4; sub += 2) {
      const header = at - sub - 16 - extensions * 8
      if (header < 0) return 0
      const type = u8(data, header + 8) & 0x7f
      if (type === 0 || u16(data, header + 14) !== wlen) continue
      if ((ERF_SUBHEADER.get(type) ?? 0) === sub && extensionsAt(data, header) === extensions) return type
    }
  return 0
}

function extensionsAt(data: Uint8Array, header: number): number {
  let count = 0
  let at = header + 8
  while ((u8(data, at) & 0x80) !== 0 && count < 8) {
    at = header + 16 + count * 8
    count++
  }
  return count
}

/** Solaris ipnet: version 0, family 1 (2 is IPv4, 26 IPv6), 24 bytes in all. */
export function ipnet(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(IPNET) || end - at < 24) return
  const family = u8(walk.data, at + 1)
  if (family === 2) ipv4(walk, at + 24, end, wire)
  else if (family === 26) ipv6(walk, at + 24, end, wire)
  else walk.rest(at + 24, end)
}

/** Link types that are the user's to define. */
export function user(walk: Walk, at: number, end: number): Done {
  walk.enter(USER)
  walk.rest(at, end)
}

/** ATM, of which nothing is read. */
export function atm(walk: Walk): Done {
  walk.enter(ATM)
}

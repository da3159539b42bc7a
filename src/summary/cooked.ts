/** Links that a capturing system makes up or puts its own header before. LINKTYPE_ documents of the-tcpdump-group. */
import { linktypeOf } from '../capture/linktypes.ts'
import { u8, u16, u16le, u32, u32le } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { byEthertype, isEthertype } from './ethertypes.ts'
import { radiotap } from './ieee80211.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { byLinktype } from './link.ts'
import { llc, snap } from './llc.ts'
import { netlink } from './non-ip-links.ts'
import { byNlpid, isOsi } from './osi.ts'
import { byCiscoType, chdlc, ppp } from './ppp.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const NULL = protocol('null')
const RAW = protocol('raw')
const SLL = protocol('sll')
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
const UNDECODED = protocol('pcap_pktdata.undecoded_data')

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
  else if (version === 4 || version === 0) ipv4(walk, at, end, wire)
  else walk.rest(at, end)
}

/** LINKTYPE_LINUX_SLL: packet type 0, ARPHRD_ 2, address 4 to 13, protocol 14. */
export function sll(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at >= 4 && u16(walk.data, at + 2) === ARPHRD_NETLINK) return netlink(walk, at, end)
  if (end <= at || !walk.enter(SLL) || end - at < 16) return
  cooked(walk, u16(walk.data, at + 2), u16(walk.data, at + 14), at + 16, end, wire)
}

/** LINKTYPE_LINUX_SLL2: protocol 0, interface 4, ARPHRD_ 8, packet type 10, address 11 to 19. */
export function sll2(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(SLL) || end - at < 20) return
  cooked(walk, u16(walk.data, at + 8), u16(walk.data, at), at + 20, end, wire)
}

const ARPHRD_FRAD = 770
const ARPHRD_RADIOTAP = 803
const ARPHRD_NETLINK = 824
// biome-ignore format: a table
const COOKED_LEAVES = leaves({
  can: [0x000c, 0x000d], llap: [0x0009], ax25: [0x0002], caif: [0x00f7], irlap: [0x0017], isi: [0x00f5], wpan: [0x00f6],
  ipos: [0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035],
})

/** What Linux's ARPHRD_ and ETH_P_ values say. */
function cooked(walk: Walk, hardware: number, type: number, at: number, end: number, wire: number): Done {
  if (hardware === ARPHRD_FRAD) return frameRelay(walk, at, end, wire)
  if (hardware === ARPHRD_RADIOTAP) return radiotap(walk, at, end, wire)
  if (type >= 1536) return byEthertype(walk, type, at, end, wire)
  if (type === 0x0001) return ipx(walk, at, end)
  if (type === 0x0004) return llc(walk, at, end, wire)
  if (type === 0x0003) return ethernet(walk, at, end, wire)
  if (type === 0x0007) return ppp(walk, at, end, wire)
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
  wrapped(walk, linktype, from, end, wire)
}

/** LINKTYPE_PKTAP: header length 0, record type 4 (1 is a packet), link type 8, little-endian. */
export function pktap(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PKTAP) || end - at < 12) return
  const length = u32le(walk.data, at)
  if (length < 12 || length >= end - at || u32le(walk.data, at + 4) !== 1) return
  wrapped(walk, u32le(walk.data, at + 8), at + length, end, wire)
}

/** A packet of a link type that stands in a pseudo-header. */
function wrapped(walk: Walk, linktype: number, at: number, end: number, wire: number): Done {
  if (linktypeOf(linktype) === null) walk.leaf(UNDECODED, at, end)
  else byLinktype(walk, linktype, at, end, wire)
}

/** USER2, which Apple's tools write for PKTAP. */
export function userPktap(walk: Walk, at: number, end: number, wire: number): Done {
  if (walk.enter(USER)) pktap(walk, at, end, wire)
}

/** Linux's. */
const AF_INET = 2
const AF_INET6 = 10

/**
 * LINKTYPE_NFLOG: family 0, version 1, then TLVs in host byte order, of which type 1 begins with an EtherType, for families that
 * are not IP's, and type 9 is the packet. tshark shows no header for it.
 */
export function nflog(walk: Walk, start: number, end: number, wire: number): Done {
  if (end - start < 4) return
  const { data } = walk
  const family = u8(data, start)
  let ethertype = family === AF_INET ? 0x0800 : family === AF_INET6 ? 0x86dd : 0
  for (let at = start + 4; end - at >= 4; ) {
    // The smaller reading of the length is the right one.
    const little = u16le(data, at) <= u16(data, at)
    const length = little ? u16le(data, at) : u16(data, at)
    const type = (little ? u16le(data, at + 2) : u16(data, at + 2)) & 0x7fff
    if (length < 4) return
    const stop = Math.min(wire, at + length)
    if (type === 1 && ethertype === 0 && end - at >= 6) ethertype = u16(data, at + 4)
    if (type === 9) {
      if (ethertype === 0x0800) return ipv4(walk, at + 4, Math.min(end, stop), stop)
      return byEthertype(walk, ethertype, at + 4, Math.min(end, stop), stop)
    }
    at += (length + 3) & ~3
  }
}

/** LINKTYPE_IPOIB: a 40-byte global routing header, then an EtherType and 2 reserved bytes. RFC 4391 §6. */
export function ipoib(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(IPOIB) || end - at < 44) return
  const type = u16(walk.data, at + 40)
  if (isEthertype(type)) byEthertype(walk, type, at + 44, end, wire)
}

const FR_NLPIDS = leaves({ q933: [0x08], lmi: [0x09], wcp: [0xb0] })

/** Frame Relay (RFC 2427 §3): an address of 2 to 4 bytes, control 0x03, then an NLPID; or Cisco's way, a type of its HDLC. */
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
  if (control !== 0x03) {
    if (byCiscoType(walk, u16(data, at), at + 2, end, wire)) return
    if (isEthertype(u16(data, at))) return byEthertype(walk, u16(data, at), at + 2, end, wire)
  }
  at += (control & 3) === 3 ? 1 : 2 // unnumbered, or with sequence numbers
  if (at >= end) return
  if (u8(data, at) === 0) at++ // padding
  if (at >= end) return
  const nlpid = u8(data, at)
  if (nlpid === 0x80) return snap(walk, at + 1, end, wire)
  if (nlpid === 0xcf) return ppp(walk, at + 1, end, wire)
  if (nlpid === 0xcc) return ipv4(walk, at + 1, end, wire)
  if (nlpid === 0x8e) return ipv6(walk, at + 1, end, wire)
  const leaf = FR_NLPIDS.get(nlpid)
  if (leaf !== undefined) walk.leaf(leaf, at + 1, end)
  else if (isOsi(nlpid)) byNlpid(walk, at, end, wire)
  else walk.rest(at + 1, end)
}

/** RFC 2225: what Linux's Classical IP over ATM captures begin with is IP, or LLC. */
export function clip(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CLIP)) return
  ipv4(walk, at, end, wire)
}

const ARCNET_LEAVES = leaves({ arp: [213, 214, 241], ddp: [221], ipx: [236, 250], vines_ip: [247] })

/** ARCNET: source 0, destination 1, protocol 2, then RFC 1201's split flag and sequence, which RFC 1051's kinds and BACnet's LLC do without. */
export function arcnet(walk: Walk, at: number, end: number, wire: number): Done {
  arcnetKind(walk, at, at + 2, end, wire)
}

/** Linux's ARCNET: the same, with an offset of 2 bytes before the protocol. */
export function arcnetLinux(walk: Walk, at: number, end: number, wire: number): Done {
  arcnetKind(walk, at, at + 4, end, wire)
}

function arcnetKind(walk: Walk, at: number, kindAt: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(ARCNET) || end <= kindAt) return
  const { data } = walk
  const kind = u8(data, kindAt)
  let from = kindAt + 1
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
}

/** Link types that are the user's to define. */
export function user(walk: Walk, at: number, end: number): Done {
  walk.enter(USER)
  walk.rest(at, end)
}

const LANE = protocol('lane')
const ILMI = protocol('ilmi')

/**
 * LINKTYPE_SUNATM: its header was taken off by the reader and lies right before the packet; the low 4 bits of its first byte are
 * the kind of traffic. LAN emulation has 2 bytes before a frame.
 */
export function atm(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(ATM) || end <= at || at < 4) return
  const kind = u8(walk.data, at - 4) & 0x0f
  if (kind === 2) llc(walk, at, end, wire)
  else if (kind === 5) walk.leaf(ILMI, at, end)
  else if (kind === 1) {
    if (walk.enter(LANE)) ethernet(walk, at + 2, end, wire)
  } else walk.rest(at, end)
}

const PFLOG = protocol('pflog')
const ENC = protocol('enc')
const SYMANTEC = protocol('symantec')
const AP1394 = protocol('ap1394')
const IPFC = protocol('ipfc')

/** OpenBSD's families: 2 is IPv4, 24 IPv6, as it is 28 on FreeBSD and 30 on macOS. */
const INET6 = new Set([24, 28, 30])

/** LINKTYPE_PFLOG: length 0, which is rounded up to a multiple of 4, and family 1. */
export function pflog(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PFLOG) || end - at < 2) return
  const from = at + ((u8(walk.data, at) + 3) & ~3)
  const family = u8(walk.data, at + 1)
  if (from >= end) return
  if (family === 2) ipv4(walk, from, end, wire)
  else if (INET6.has(family)) ipv6(walk, from, end, wire)
  else walk.rest(from, end)
}

/** LINKTYPE_ENC: a family in the byte order of the capturing host, an index and flags: 12 bytes. */
export function enc(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(ENC) || end - at <= 12) return
  const family = Math.min(u32le(walk.data, at), u32(walk.data, at))
  if (family === 2) ipv4(walk, at + 12, end, wire)
  else if (family === 24) ipv6(walk, at + 12, end, wire)
  else walk.rest(at + 12, end)
}

/** LINKTYPE_SYMANTEC_FIREWALL: an EtherType at 6 behind which 36 bytes stand, or else one at 20 and 34 bytes. */
export function symantec(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 22) return
  const second = u16(walk.data, at + 6)
  const third = u16(walk.data, at + 20)
  if ((second === 0) === (third === 0) || !walk.enter(SYMANTEC)) return
  byEthertype(walk, second || third, Math.min(end, at + (second !== 0 ? 44 : 56)), end, wire)
}

/** LINKTYPE_APPLE_IP_OVER_IEEE1394: destination and source, 8 bytes each, then an EtherType. */
export function ap1394(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(AP1394) || end - at < 18) return
  byEthertype(walk, u16(walk.data, at + 16), at + 18, end, wire)
}

/** RFC 2625 §3: network destination and source, 8 bytes each, then LLC. */
export function ipfc(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(IPFC)) return
  llc(walk, Math.min(end, at + 16), end, wire)
}

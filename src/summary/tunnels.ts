/** Tunnels: headers that carry packets again. */
import { u8, u16, u32 } from './bytes.ts'
import { frameRelay } from './cooked.ts'
import { ciscoMetadataGre, ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { byEthertype, isEthertype } from './ethertypes.ts'
import { avs, prism, wlan, wlanSwapped } from './ieee80211.ts'
import { byIpProtocol } from './ip-protocols.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'
import { byNlpid } from './osi.ts'
import { ppp } from './ppp.ts'
import { leaves, protocol, shows } from './protocols.ts'
import type { Done, Layer, Walk } from './walk.ts'

const GRE = protocol('gre')
const ERSPAN = protocol('erspan')
const ESP = protocol('esp')
const AH = protocol('ah')
const IPCOMP = protocol('ipcomp')
const PIM = protocol('pim')
const VXLAN = protocol('vxlan')
const VXLAN_GPE = protocol('vxlan_gpe')
const GENEVE = protocol('geneve')
const GTP = protocol('gtp')
const GTPV2 = protocol('gtpv2')
const L2TP = protocol('l2tp')
const LISP = protocol('lisp')
const LISP_DATA = protocol('lisp-data')
const NSH = protocol('nsh')
const TEREDO = protocol('teredo')
const UDPENCAP = protocol('udpencap')
const ISAKMP = protocol('isakmp')
const PPP_HDLC = protocol('ppp_hdlc')
const GRE_LEAVES = leaves({
  arp: [0x0806],
  ppp_hdlc: [0x8881, 0x88d2],
  cdp: [0x2000],
  nhrp: [0x2001],
  grebonding: [0x0101, 0xb7ea],
})
const GRE_LAYERS = new Map<number, Layer>([
  [0x0800, ipv4],
  [0x86dd, ipv6],
  [0x8847, mpls],
  [0x8848, mpls],
  [0x6558, ethernet],
  [0x6400, ethernet], // MikroTik's EoIP
  [0x6559, frameRelay],
  [0x8137, ipx],
  [0x880b, ppp],
  [0x883e, wccpRedirect],
  [0x8909, ciscoMetadataGre],
  [0x894f, nsh],
  [0x00fe, byNlpid],
])
// Aruba's access points carry 802.11, in a type for each of their radios.
for (let type = 0x8200; type <= 0x8370; type += 0x10) GRE_LAYERS.set(type, wlan)

/** RFC 2784 §2, RFC 2890 §2, RFC 2637 §4.1 (version 1): flags 0, version, protocol 2, then what the flags name, 4 bytes each. */
export function gre(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 4 || !walk.enter(GRE)) return
  const { data } = walk
  const flags = u16(data, at)
  const type = u16(data, at + 2)
  let from = at + 4
  if ((flags & 0xc000) !== 0) from += 4 // checksum, routing
  if ((flags & 0x2000) !== 0) from += 4 // key
  if ((flags & 0x1000) !== 0) from += 4 // sequence number
  if ((flags & 0x0087) === 0x0081) from += 4 // acknowledgement number, of version 1
  if ((flags & 0x4000) !== 0) {
    // Source routes: family 2, offset, length; a length of 0 ends them.
    for (;;) {
      if (end - from < 4) return
      const length = u8(data, from + 3)
      from += 4 + length
      if (length === 0) break
    }
  }
  if (from >= end) return
  if (type === 0x88be || type === 0x22eb) return erspan(walk, type, (flags & 0x1000) !== 0, from, end, wire)
  const layer = GRE_LAYERS.get(type)
  if (layer !== undefined) return layer(walk, from, end, wire)
  const leaf = GRE_LEAVES.get(type)
  if (leaf === undefined) return
  walk.leaf(leaf, from, end)
  if (leaf === PPP_HDLC) walk.rest(from, end)
}

/** WCCP's redirect header, in front of IP: its first nibble is never 4. draft-wilson-wrec-wccp-v2 §4.12. */
function wccpRedirect(walk: Walk, at: number, end: number, wire: number): Done {
  const own = u8(walk.data, at) >> 4 !== 4
  ipv4(walk, own ? at + 4 : at, end, wire)
}

/** ERSPAN: type I has no header of its own, II has 8 bytes, III has 12 and perhaps 8 more. draft-foschiano-erspan §4. */
function erspan(walk: Walk, type: number, sequenced: boolean, at: number, end: number, wire: number): Done {
  if (!walk.enter(ERSPAN)) return
  if (type === 0x88be && !sequenced) return ethernet(walk, at, end, wire)
  if (end - at < 8) return
  const { data } = walk
  const version = u8(data, at) >> 4
  let from = at + 8
  if (version === 2) {
    if (end - at < 12) return
    from = at + 12 + ((u8(data, at + 11) & 1) !== 0 ? 8 : 0)
    // The frame type: 0 is Ethernet.
    if (((u16(data, at + 10) >> 10) & 0x1f) !== 0) return walk.rest(from, end)
  } else if (version !== 1) return walk.rest(at, end)
  if (from < end) ethernet(walk, from, end, wire)
}

/** RFC 4303: what follows the index is encrypted. */
export function esp(walk: Walk): Done {
  walk.enter(ESP)
}

/** RFC 4302 §2: next header 0, length 1 (in 4 bytes, less two). */
export function ah(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(AH) || end - at < 12) return
  const from = at + (u8(walk.data, at + 1) + 2) * 4
  if (from < end) byIpProtocol(walk, u8(walk.data, at), from, end, wire)
}

/** RFC 3173 §3: what follows is compressed, and is not read. */
export function ipcomp(walk: Walk, at: number, end: number): Done {
  if (end > at) walk.enter(IPCOMP)
}

/** L2TPv3 right on IP: a session, of which 0 is the control channel; what others carry was agreed on there. RFC 3931 §4.1.1. */
export function l2tpIp(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(L2TP) || end - at < 4) return
  if (u32(walk.data, at) !== 0) walk.rest(at + 4, end)
}

/** RFC 7761 §4.9.3: a Register carries an IP packet behind 8 bytes. */
export function pim(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PIM) || end - at < 9) return
  if (u8(walk.data, at) !== 0x21) return
  const version = u8(walk.data, at + 8) >> 4
  if (version === 4) ipv4(walk, at + 8, end, wire)
  else if (version === 6) ipv6(walk, at + 8, end, wire)
}

const PGM = protocol('pgm')
const PGM_HEADER = 16
/** Original and repair data. */
const PGM_DATA = new Set([4, 5])

/** RFC 3208 §8: type 4, options 5 (1: they are there), length of the data 14; sequence numbers 16, then options, their length at 2. */
export function pgm(walk: Walk, at: number, end: number): Done {
  const { data } = walk
  if (!shows(PGM, end - at) || !walk.enter(PGM) || end - at < PGM_HEADER + 8) return
  if (!PGM_DATA.has(u8(data, at + 4)) || u16(data, at + 14) === 0) return
  const from = at + PGM_HEADER + 8
  const options = (u8(data, at + 5) & 1) !== 0 && end - from >= 4 ? u16(data, from + 2) : 0
  walk.rest(from + options, end)
}

const ETHERIP = protocol('etherip')
const TRILL = protocol('trill')
const CB = protocol('ieee8021cb')
const BATMAN = protocol('batadv')

/** RFC 3378 §3: 2 bytes, then a frame. */
export function etherip(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at >= 2 && walk.enter(ETHERIP)) ethernet(walk, at + 2, end, wire)
}

/** RFC 6325 §3.1: 6 bytes and options, whose length in 4 bytes stands in the bits 6 to 10 of the first two; then a frame. */
export function trill(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 2 || !walk.enter(TRILL) || end - at < 6) return
  const from = at + 6 + ((u16(walk.data, at) >> 6) & 0x1f) * 4
  if (from < end) ethernet(walk, from, end, wire)
}

/** IEEE 802.1CB §7.8: reserved 0, sequence number 2, then an EtherType. */
export function redundancyTag(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 6 || !walk.enter(CB)) return
  byEthertype(walk, u16(walk.data, at + 4), at + 6, end, wire)
}

/** Where a frame stands in the packets of B.A.T.M.A.N. advanced, version 15, that carry one: broadcast, unicast, unicast with 4 addresses. */
const BATMAN_FRAMES = new Map([
  [0x01, 14],
  [0x40, 10],
  [0x42, 18],
])

/** B.A.T.M.A.N. advanced: type 0, version 1. */
export function batman(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(BATMAN) || end - at < 2 || u8(walk.data, at + 1) !== 15) return
  const from = BATMAN_FRAMES.get(u8(walk.data, at))
  if (from !== undefined) ethernet(walk, at + from, end, wire)
}

/** RFC 7348 §5. */
export function vxlan(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(VXLAN) || end - at < 8) return
  if (end > at + 8) ethernet(walk, at + 8, end, wire)
}

/** draft-ietf-nvo3-vxlan-gpe §3.2: next protocol 3. */
export function vxlanGpe(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(VXLAN_GPE) || end - at < 9) return
  byNextProtocol(walk, u8(walk.data, at + 3), at + 8, end, wire)
}

/** RFC 8300 §2.2: length 1 (in 4 bytes), next protocol 3. */
export function nsh(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(NSH) || end - at < 8) return
  // Metadata of type 1 has four words, whatever the length says.
  const from = at + (u8(walk.data, at + 2) === 1 ? 6 : Math.max(2, u8(walk.data, at + 1) & 0x3f)) * 4
  if (from < end) byNextProtocol(walk, u8(walk.data, at + 3), from, end, wire)
}

/** The protocol numbers that NSH and VXLAN-GPE share. RFC 8300 §9.1.5. */
function byNextProtocol(walk: Walk, next: number, at: number, end: number, wire: number): Done {
  if (next === 1) ipv4(walk, at, end, wire)
  else if (next === 2) ipv6(walk, at, end, wire)
  else if (next === 3) ethernet(walk, at, end, wire)
  else if (next === 4) nsh(walk, at, end, wire)
  else if (next === 5) mpls(walk, at, end, wire)
  else walk.rest(at, end)
}

/** RFC 8926 §3.4: length of options 0 (in 4 bytes), protocol 2. */
export function geneve(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(GENEVE) || end - at < 8) return
  const from = at + 8 + (u8(walk.data, at) & 0x3f) * 4
  if (from < end) byEthertype(walk, u16(walk.data, at + 2), from, end, wire)
}

/** 3GPP TS 29.281 §5.1: flags 0, message type 1, length 2, tunnel 4; a G-PDU (255) carries IP. Version 2: TS 29.274. */
export function gtp(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(GTP) || end - at < 8) return
  const { data } = walk
  const flags = u8(data, at)
  if (flags >> 5 === 2) {
    walk.enter(GTPV2)
    return
  }
  if (u8(data, at + 1) !== 255) return
  let from = at + (flags >> 5 === 0 ? 20 : 8)
  if (flags >> 5 === 1 && (flags & 0x07) !== 0) {
    from += 4
    if ((flags & 0x04) !== 0) {
      // Extension headers: length (in 4 bytes), content, type of the next.
      let next = from <= end ? u8(data, from - 1) : 0
      while (next !== 0) {
        if (from >= end) return
        const size = u8(data, from) * 4
        if (size === 0 || from + size > end) return
        from += size
        next = u8(data, from - 1)
      }
    }
  }
  if (from >= end || u16(data, at + 2) === 0) return
  const nibble = u8(data, from) >> 4
  if (nibble === 4) ipv4(walk, from, end, wire)
  else if (nibble === 6) ipv6(walk, from, end, wire)
  else if (end - from >= 14 && isEthertype(u16(data, from + 12))) ethernet(walk, from, end, wire)
}

/** RFC 2661 §3.1: flags and version 0, then length, tunnel, session, numbers and padding as flagged; data carries PPP. */
export function l2tp(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(L2TP) || end - at < 6) return
  const { data } = walk
  const flags = u16(data, at)
  if ((flags & 0x000f) !== 2 || (flags & 0x8000) !== 0) return
  let from = at + 6
  let stop = wire
  if ((flags & 0x4000) !== 0) {
    stop = Math.min(wire, at + u16(data, at + 2))
    from += 2
  }
  if ((flags & 0x0800) !== 0) from += 4
  if ((flags & 0x0200) !== 0) {
    if (end - from < 2) return
    from += 2 + u16(data, from)
  }
  if (from < Math.min(end, stop)) ppp(walk, from, Math.min(end, stop), stop)
}

/** RFC 9301 §5.8: an Encapsulated Control Message (type 8) carries an IP packet behind 4 bytes. */
export function lisp(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(LISP) || end - at < 5 || u8(walk.data, at) >> 4 !== 8) return
  byIpVersion(walk, at + 4, end, wire)
}

/** RFC 9300 §5.1: 8 bytes, then an IP packet. */
export function lispData(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(LISP_DATA) || end - at < 9) return
  byIpVersion(walk, at + 8, end, wire)
}

/** RFC 4380 §5.1.1: perhaps an authentication header (0x0001) and an origin indication (0x0000), then IPv6. */
export function teredo(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(TEREDO) || end - at < 2) return
  const { data } = walk
  let from = at
  if (u16(data, from) === 0x0001) {
    if (end - from < 13) return
    from += 13 + u8(data, from + 2) + u8(data, from + 3)
  }
  if (end - from >= 8 && u16(data, from) === 0x0000) from += 8
  if (from < end && u8(data, from) >> 4 === 6) ipv6(walk, from, end, wire)
}

const TZSP = protocol('tzsp')
const CAPWAP = protocol('capwap.data')
const AYIYA = protocol('ayiya')
const MIP = protocol('mip')

/** What TZSP carries, by its encapsulation. */
const TZSP_LAYERS = new Map<number, Layer>([
  [0x01, ethernet],
  [0x12, wlan],
  [0x77, prism],
  [0x7f, avs],
])

/** TaZmen Sniffer Protocol: version 0, type 1 (4 is a keep-alive), encapsulation 2, then tags, of which 1 ends them and 0 pads. */
export function tzsp(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(TZSP) || end - at < 4) return
  const { data } = walk
  if (u8(data, at + 1) === 4) return
  let from = at + 4
  while (from < end && u8(data, from) !== 1) {
    if (u8(data, from) !== 0 && end - from < 2) return
    from += u8(data, from) === 0 ? 1 : 2 + u8(data, from + 1)
  }
  if (from + 1 >= end) return
  const layer = TZSP_LAYERS.get(u16(data, at + 2))
  if (layer !== undefined) layer(walk, from + 1, end, wire)
  else walk.rest(from + 1, end)
}

/**
 * RFC 5415 §4.3: version and type 0 (1: encrypted), header length in the upper 5 bits of 1 (in 4 bytes), and in 24 bits from 1 on
 * the flags T 8 (a frame as it was, else Ethernet), F 7 (a fragment), K 3 (keep-alive). Access points swap the bytes of 802.11's frame control.
 */
export function capwapData(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CAPWAP) || end - at < 8) return
  const { data } = walk
  const from = at + (u8(data, at + 1) >> 3) * 4
  const flags = u32(data, at) & 0x1ff
  if ((u8(data, at) & 0x0f) !== 0 || from >= end || (flags & 0x08) !== 0) return
  if ((flags & 0x80) !== 0) return walk.rest(from, end)
  if ((flags & 0x100) !== 0) wlanSwapped(walk, from, end, wire)
  else ethernet(walk, from, end, wire)
}

/** Anything In Anything (draft-massar-v6ops-ayiya): lengths of identity and signature 0 and 1 (of both in 4 bits, 2^n and 4n bytes), next header 3, time 4. */
export function ayiya(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(AYIYA) || end - at < 8) return
  const { data } = walk
  const from = at + 8 + (1 << (u8(data, at) >> 4)) + (u8(data, at + 1) >> 4) * 4
  if (from < end && u8(data, at + 2) >> 4 === 1) byIpProtocol(walk, u8(data, at + 3), from, end, wire)
}

/** RFC 3519 §3.2: type 0 (4 is tunnelled data), next header 1. */
export function mobileIp(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(MIP) || end - at <= 4 || u8(walk.data, at) !== 4) return
  byIpProtocol(walk, u8(walk.data, at + 1), at + 4, end, wire)
}

/** RFC 3948 §2: ESP, IKE behind 4 zero bytes, or a keep-alive of one byte. */
export function udpencap(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(UDPENCAP) || end - at < 4) return
  if (u32(walk.data, at) === 0) walk.leaf(ISAKMP, at + 4, end)
  else walk.leaf(ESP, at, end)
}

export function byIpVersion(walk: Walk, at: number, end: number, wire: number): Done {
  if (at >= end) return
  const version = u8(walk.data, at) >> 4
  if (version === 4) ipv4(walk, at, end, wire)
  else if (version === 6) ipv6(walk, at, end, wire)
  else walk.rest(at, end)
}

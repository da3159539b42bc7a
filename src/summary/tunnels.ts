/** Tunnels: headers that carry packets again. */
import { u8, u16, u32 } from './bytes.ts'
import { ciscoMetadataGre, ethernet } from './ethernet.ts'
import { byEthertype } from './ethertypes.ts'
import { byIpProtocol } from './ip-protocols.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'
import { byNlpid } from './osi.ts'
import { chdlc, ppp } from './ppp.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

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
const L2TPV3 = protocol('l2tpv3')
const LISP = protocol('lisp')
const LISP_DATA = protocol('lisp-data')
const NSH = protocol('nsh')
const TEREDO = protocol('teredo')
const UDPENCAP = protocol('udpencap')
const ISAKMP = protocol('isakmp')
const GRE_LEAVES = leaves({
  arp: [0x0806],
  cdp: [0x2000],
  nhrp: [0x2001],
  grebonding: [0x0101, 0xb7ea],
  fr: [0x6559],
  ipx: [0x8137],
})

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
  if (type === 0x8909) return ciscoMetadataGre(walk, from, end, wire)
  if (type === 0x883e) return wccpRedirect(walk, from, end, wire)
  if (type === 0x880b) return ppp(walk, from, end, wire)
  if (type === 0x8881 || type === 0x88d2) return chdlc(walk, from, end, wire)
  if (type === 0x00fe) return byNlpid(walk, from, end, wire)
  const leaf = GRE_LEAVES.get(type)
  if (leaf !== undefined) return walk.leaf(leaf, from, end)
  byEthertype(walk, type, from, end, wire)
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
    // The frame type: 0 is Ethernet, 2 an IP packet.
    const kind = (u16(data, at + 10) >> 10) & 0x1f
    if (kind === 2) return byIpVersion(walk, from, end, wire)
    if (kind !== 0) return walk.rest(from, end)
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
  if (end <= at || !walk.enter(IPCOMP)) return
  walk.rest(at + 4, end)
}

/** L2TPv3 right on IP. RFC 3931 §4.1.1. */
export function l2tpIp(walk: Walk, at: number, end: number): Done {
  walk.leaf(L2TPV3, at, end)
}

/** RFC 7761 §4.9.3: a Register carries an IP packet behind 8 bytes. */
export function pim(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PIM) || end - at < 9) return
  if (u8(walk.data, at) !== 0x21) return
  const version = u8(walk.data, at + 8) >> 4
  if (version === 4) ipv4(walk, at + 8, end, wire)
  else if (version === 6) ipv6(walk, at + 8, end, wire)
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
  const from = at + Math.max(2, u8(walk.data, at + 1) & 0x3f) * 4
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
  if (from >= end) return
  const nibble = u8(data, from) >> 4
  if (nibble === 4) ipv4(walk, from, end, wire)
  else if (nibble === 6) ipv6(walk, from, end, wire)
  else if (u8(data, from) === 0xff) ppp(walk, from, end, wire)
  else walk.rest(from, end)
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

/** PPP (RFC 1661), PPPoE (RFC 2516) and Cisco HDLC. */
import { u8, u16 } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'
import { byNlpid } from './osi.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Layer, Walk } from './walk.ts'

const PPP = protocol('ppp')
const PPPOED = protocol('pppoed')
const PPPOES = protocol('pppoes')
const CHDLC = protocol('chdlc')
const BCP = protocol('bcp_bpdu')

const LAYERS = new Map<number, Layer>([
  [0x0021, ipv4],
  [0x0057, ipv6],
  [0x0800, ipv4], // EtherTypes, as some write them
  [0x86dd, ipv6],
  [0x003d, multilink],
  [0x0281, mpls],
  [0x0283, mpls],
  [0x002b, ipx],
  [0x0023, byNlpid],
  [0x0031, bridged],
])

// biome-ignore format: a table
const LEAVES = leaves({
  bacp: [0xc02b], bap: [0xc02d], bcp_ncp: [0x8031], cbcp: [0xc029], ccp: [0x80fd], cdp: [0x0207], cdpcp: [0x8207],
  chap: [0xc223], comp_data: [0x00fd], crtp: [0x0061], crtp_cntcp: [0x0065], crtp_cs: [0x2065], crtp_cudp16: [0x2067],
  crtp_cudp8: [0x0067], ddp: [0x0029], dec_dna: [0x0027], dec_stp: [0x0205], eap: [0xc227], ipcp: [0x8021],
  ipv6cp: [0x8057], lcp: [0xc021], llc: [0x004b], mplscp: [0x8281], osinlcp: [0x8023], pap: [0xc023],
  pppmux: [0x0059], pppmuxcp: [0x8059], sna: [0x004d], vines_ip: [0x0035], vjc: [0x002d, 0x002f], vsncp: [0x805b], vsnp: [0x005b],
})

/** With address and control field (0xff03) or without; the protocol in 2 bytes, or compressed to 1. RFC 1662 §3.1, RFC 1661 §6.5. */
export function ppp(walk: Walk, start: number, end: number, wire: number): Done {
  if (end <= start || !walk.enter(PPP)) return
  const { data } = walk
  let at = start
  if (end - at >= 2 && u8(data, at) === 0xff && u8(data, at + 1) === 0x03) at += 2
  if (end - at < 1) return
  let value = u8(data, at++)
  if ((value & 1) === 0) {
    if (end - at < 1) return
    value = (value << 8) | u8(data, at++)
  }
  byPppProtocol(walk, value, at, end, wire)
}

export function byPppProtocol(walk: Walk, value: number, at: number, end: number, wire: number): Done {
  const layer = LAYERS.get(value)
  if (layer !== undefined) return layer(walk, at, end, wire)
  const leaf = LEAVES.get(value)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

const MP = protocol('mp')

/** RFC 1990 §3: flags and a sequence number in 4 bytes. A fragment that is not the whole packet is not read. */
function multilink(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(MP) || end - at <= 4) return
  if ((u8(walk.data, at) & 0xc0) === 0xc0) pppBare(walk, at + 4, end, wire)
}

/** LINKTYPE_PPP and LINKTYPE_PPP_HDLC: PPP, or Cisco's HDLC by its address. */
export function pppLink(walk: Walk, at: number, end: number, wire: number): Done {
  const first = end > at ? u8(walk.data, at) : 0
  if (first === 0x0f || first === 0x8f) chdlc(walk, at, end, wire)
  else ppp(walk, at, end, wire)
}

/** RFC 3518 §4.2: flags, MAC type (1 is Ethernet), then the frame. */
function bridged(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(BCP) || end - at < 2) return
  const from = at + ((u8(walk.data, at) & 0x10) !== 0 ? 6 : 2)
  if (u8(walk.data, at + 1) === 1 && from < end) ethernet(walk, from, end, wire)
}

export function pppoeDiscovery(walk: Walk, at: number, end: number): Done {
  walk.leaf(PPPOED, at, end)
}

/** RFC 2516 §4: version and type 0, code 1, session 2, length 4. */
export function pppoeSession(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PPPOES) || end - at < 6) return
  const stop = Math.min(wire, at + 6 + u16(walk.data, at + 4))
  if (stop === at + 6) walk.enter(PPP)
  else pppBare(walk, at + 6, Math.min(end, stop), stop)
}

/** PPP that has no address and control field. */
export function pppBare(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(PPP) || end - at < 1) return
  const first = u8(walk.data, at)
  if ((first & 1) !== 0) return byPppProtocol(walk, first, at + 1, end, wire)
  if (end - at >= 2) byPppProtocol(walk, u16(walk.data, at), at + 2, end, wire)
}

const CHDLC_LAYERS = new Map<number, Layer>([
  [0x0800, ipv4],
  [0x86dd, ipv6],
  [0x8847, mpls],
  [0x8848, mpls],
  [0x6558, ethernet],
  [0x8137, ipx],
  [0xfefe, osiBehindPadding],
])
const CHDLC_LEAVES = leaves({
  slarp: [0x8035],
  cdp: [0x2000],
  stp: [0x4242],
  udld: [0x0111],
  dec_stp: [0x8038],
  ddp: [0x809b],
  aarp: [0x80f3],
  dec_dna: [0x6003],
  idp: [0x0600],
})

/** Cisco HDLC: address 0, control 1, one of few EtherTypes or of Cisco's own types at 2. */
export function chdlc(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(CHDLC) || end - at < 4) return
  if (!byCiscoType(walk, u16(walk.data, at + 2), at + 4, end, wire)) walk.rest(at + 4, end)
}

/** Walk on behind a type of Cisco's HDLC, which Frame Relay has too. @returns whether it is one */
export function byCiscoType(walk: Walk, type: number, at: number, end: number, wire: number): boolean {
  const layer = CHDLC_LAYERS.get(type)
  const leaf = CHDLC_LEAVES.get(type)
  if (layer !== undefined) layer(walk, at, end, wire)
  else if (leaf !== undefined) walk.leaf(leaf, at, end)
  return layer !== undefined || leaf !== undefined
}

/** A byte of padding stands before the network layer protocol identifier. */
function osiBehindPadding(walk: Walk, at: number, end: number, wire: number): Done {
  byNlpid(walk, at + 1, end, wire)
}

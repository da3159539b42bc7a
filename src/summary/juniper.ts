/** Juniper's link types. */

import { u8, u16, u16le, u24, u32le } from './bytes.ts'
import { frameRelay } from './cooked.ts'
import { ethernet } from './ethernet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { llc } from './llc.ts'
import { mpls } from './mpls.ts'
import { byNlpid, isOsi } from './osi.ts'
import { chdlc, ppp, pppBare } from './ppp.ts'
import { protocol } from './protocols.ts'
import type { Done, Layer, Walk } from './walk.ts'

/** tshark shows what it says of this header as text, not as a protocol. */
const JUNIPER = protocol('text')
const MAGIC = 0x4d4743
/** There is no link header: 4 bytes, little-endian, say what follows. */
const NO_LINK_HEADER = 0x02
/** Extensions stand before the rest, their length in 2 bytes first. */
const EXTENSIONS = 0x80

/** Juniper's numbers for protocols. */
const PROTOCOLS = new Map<number, Layer>([
  [2, ipv4],
  [3, ipv4],
  [4, mpls],
  [5, mpls],
  [6, ipv6],
  [7, ipv6],
  [8, mpls],
  [10, osi],
  [32, mpls],
  [33, osi],
  [200, pppBare],
  [201, osi],
  [202, llc],
  [203, llc],
  [204, ethernet],
  [207, frameRelay],
  [208, chdlc],
])

/** What lies behind the header, by link type; Ethernet where none is named. */
const LAYERS = new Map<number, Layer>([
  [130, multilinkPpp],
  [131, multilinkFrameRelay],
  [133, ggsn],
  [135, (walk, at, end, wire) => cells(walk, at + 8, end, wire)],
  [136, services],
  [137, (walk, at, end, wire) => cells(walk, at + 4, end, wire)],
  [179, (walk, at, end, wire) => pppBare(walk, Math.min(end, at + 2), end, wire)],
  [180, frameRelay],
  [181, chdlc],
  [183, (walk, at, end, wire) => ipv4(walk, at + 18, end, wire)],
])

/** @returns the layer of a Juniper link type. The header: magic "MGC" 0, flags 3; without the magic there is none. */
export function juniper(linktype: number): Layer {
  const layer = LAYERS.get(linktype) ?? ethernet
  return (walk, at, end, wire) => {
    if (end <= at || !walk.enter(JUNIPER) || end - at < 4) return
    const { data } = walk
    if (u24(data, at) !== MAGIC) return layer(walk, at, end, wire)
    const flags = u8(data, at + 3)
    let from = at + 4
    if ((flags & EXTENSIONS) !== 0) {
      if (end - at < 6) return
      from = at + 6 + u16(data, at + 4)
    }
    if (from >= end) return
    if ((flags & NO_LINK_HEADER) === 0) return layer(walk, from, end, wire)
    if (end - from < 4) return
    byProtocol(walk, u32le(data, from), from + 4, end, wire)
  }
}

/** Header of a link type of which tshark shows no more than that it is there, or not even that. */
export function juniperUnread(walk: Walk, at: number, end: number): Done {
  if (end > at) walk.enter(JUNIPER)
}
export function juniperUnseen(): Done {}

function byProtocol(walk: Walk, number: number, at: number, end: number, wire: number): Done {
  const layer = PROTOCOLS.get(number)
  if (layer !== undefined) layer(walk, at, end, wire)
  else walk.rest(at, end)
}

function osi(walk: Walk, at: number, end: number, wire: number): Done {
  if (end > at && isOsi(u8(walk.data, at))) byNlpid(walk, at, end, wire)
}

/** A cookie of the link services (4 bytes) or adaptive services (8 bytes) cards, by its first byte. */
const cookie = (data: Uint8Array, at: number, end: number): number =>
  end <= at ? 0 : u8(data, at) === 0x54 ? 4 : u8(data, at) === 0x52 ? 8 : 0

/** Protocol numbers of PPP that are taken for one where there may be another header. */
const PPP_GUESSES = new Set([0x0021, 0x0023, 0x002b, 0x002d, 0x002f, 0x0057, 0x0281, 0x0283, 0x8021, 0xc021])
const looksPpp = (data: Uint8Array, at: number, end: number): boolean => end - at >= 2 && PPP_GUESSES.has(u16(data, at))

function multilinkPpp(walk: Walk, at: number, end: number, wire: number): Done {
  const { data } = walk
  const behind = at + cookie(data, at, end)
  if (behind === at + 4) return pppBare(walk, behind, end, wire)
  if (behind === at && looksPpp(data, at, end)) return pppBare(walk, at, end, wire)
  if (behind === at && looksPpp(data, at + 2, end)) return pppBare(walk, at + 2, end, wire)
  walk.rest(at, end)
}

/** NLPID behind the address and control field, or behind the cookie. */
function multilinkFrameRelay(walk: Walk, at: number, end: number, wire: number): Done {
  const { data } = walk
  const behind = at + cookie(data, at, end)
  if (behind === at + 4) {
    const from = end - behind > 2 && u8(data, behind) === 0x03 ? behind + 1 : behind
    return bareNlpid(walk, from, end, wire)
  }
  if (behind === at && end - at > 4 && u8(data, at + 2) === 0x03) return bareNlpid(walk, at + 3, end, wire)
  walk.rest(at, end)
}

function bareNlpid(walk: Walk, at: number, end: number, wire: number): Done {
  const nlpid = end > at ? u8(walk.data, at) : 0
  if (nlpid === 0xcc) ipv4(walk, at + 1, end, wire)
  else if (nlpid === 0x8e) ipv6(walk, at + 1, end, wire)
  else osi(walk, at, end, wire)
}

/** A protocol and a number of the virtual circuit, 2 bytes each, little-endian. */
function ggsn(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 4) return
  byProtocol(walk, u16le(walk.data, at), at + 4, end, wire)
}

/** Behind an adaptive services card's cookie and 8 bytes more stands IP. */
function services(walk: Walk, at: number, end: number, wire: number): Done {
  ipv4(walk, at + 16, end, wire)
}

/** What an ATM card puts behind its cookie: LLC, PPP, or IP. */
function cells(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 4) return
  const head = u24(walk.data, at)
  if (head === 0xfefe03 || head === 0xaaaa03) return llc(walk, at, end, wire)
  if (looksPpp(walk.data, at, end)) return pppBare(walk, at, end, wire)
  if (u16(walk.data, at) === 0xff03) return ppp(walk, at, end, wire)
  const version = u8(walk.data, at) >> 4
  if (version === 4) ipv4(walk, at, end, wire)
  else if (version === 6) ipv6(walk, at, end, wire)
  else walk.rest(at, end)
}

/** TCP (RFC 9293), UDP (RFC 768), UDP-Lite (RFC 3828), SCTP (RFC 9260) and DCCP (RFC 4340). */
import { i32, u8, u16 } from './bytes.ts'
import { protocol } from './protocols.ts'
import { byUdpPort } from './udp-ports.ts'
import type { Done, Walk } from './walk.ts'

const TCP = protocol('tcp')
const UDP = protocol('udp')
const UDPLITE = protocol('udplite')
const SCTP = protocol('sctp')
const DCCP = protocol('dccp')

/** RFC 9293 §3.1: ports 0 and 2, sequence number 4, data offset 12, flags 13, window 14. */
const TCP_HEADER = 20
/** RFC 768: ports 0 and 2, length 4, checksum 6. */
const UDP_HEADER = 8
/** RFC 9260 §3.1: ports 0 and 2, verification tag 4, checksum 8. */
const SCTP_HEADER = 12

/** A TCP header counts when it is there with all its options. */
export function tcp(walk: Walk, at: number, end: number, wire: number): Done {
  if (end - at < 4 || !walk.enter(TCP) || end - at < TCP_HEADER) return
  const { data } = walk
  const header = (u8(data, at + 12) >> 4) * 4
  if (header < TCP_HEADER || header > end - at) return
  const from = u16(data, at)
  const to = u16(data, at + 2)
  const payload = Math.max(0, wire - at - header)
  const row = walk.tally.tcp.segment(walk, from, to, i32(data, at + 4), u8(data, at + 13), u16(data, at + 14), payload)
  if (end > at + header) walk.applications.overTcp(walk, row, from, to, at + header, end)
}

export function udp(walk: Walk, at: number, end: number, wire: number): Done {
  datagram(walk, UDP, at, end, wire)
}

/** UDP-Lite: its length field says how much the checksum covers, and any value counts. tshark counts it as UDP. */
export function udplite(walk: Walk, at: number, end: number, wire: number): Done {
  datagram(walk, UDPLITE, at, end, wire)
}

function datagram(walk: Walk, kind: number, at: number, end: number, wire: number): Done {
  if (end - at < 4 || !walk.enter(kind) || end - at < UDP_HEADER) return
  const { data } = walk
  const length = u16(data, at + 4)
  // Over IPv6 a length of 0 is a jumbogram's. RFC 2675 §4.
  if (kind === UDP && length < UDP_HEADER && (length !== 0 || (walk.pair & 1) === 0)) return
  const from = u16(data, at)
  const to = u16(data, at + 2)
  walk.tally.ports(walk.tally.udp, walk, from, to)
  const stop = kind === UDP && length !== 0 ? Math.min(wire, at + length) : wire
  if (stop > at + UDP_HEADER) byUdpPort(walk, from, to, at + UDP_HEADER, Math.min(end, stop), stop)
}

export function sctp(walk: Walk, at: number, end: number): Done {
  if (end - at < SCTP_HEADER || !walk.enter(SCTP)) return
  walk.tally.ports(walk.tally.sctp, walk, u16(walk.data, at), u16(walk.data, at + 2))
}

/** DCCP has no table of its own. */
export function dccp(walk: Walk, at: number, end: number): Done {
  walk.leaf(DCCP, at, end)
}

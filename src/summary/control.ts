/** ICMP, ICMPv6 and IGMP: what they carry of other packets is not counted. RFC 792, RFC 4443, RFC 3376. */
import { u8, u16 } from './bytes.ts'
import { leaves, protocol, shows } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const ICMP = protocol('icmp')
const UDP = 17
const ICMPV6 = protocol('icmpv6')
const IGMP = protocol('igmp')

/** Messages under IGMP's protocol number that are another protocol's. */
const IN_IGMP = leaves({
  dvmrp: [0x13],
  pim: [0x14],
  rgmp: [0xfc, 0xfd, 0xfe, 0xff],
  msnip: [0x23, 0x24, 0x25],
  mrdisc: [0x26],
  igap: [0x40, 0x41, 0x42],
})

/** Types whose message quotes the packet that it is about, from 8 on. RFC 792; RFC 4443 §3: 1 to 4. */
const ICMP_ERRORS = new Set([3, 4, 11, 12])

export function icmp(walk: Walk, at: number, end: number): Done {
  if (!shows(ICMP, end - at) || !walk.enter(ICMP) || !ICMP_ERRORS.has(u8(walk.data, at)) || end - at < 8 + 20) return
  const { data } = walk
  const quoted = at + 8
  const header = (u8(data, quoted) & 0x0f) * 4
  const whole = (u16(data, quoted + 6) & 0x3fff) === 0
  if (u8(data, quoted) >> 4 === 4 && u8(data, quoted + 9) === UDP && whole)
    quotedUdp(walk, quoted + header, end, quoted + u16(data, quoted + 2))
}

export function icmpv6(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(ICMPV6) || end - at < 8 + 40) return
  const type = u8(walk.data, at)
  const quoted = at + 8
  if (type >= 1 && type <= 4 && u8(walk.data, quoted + 6) === UDP)
    quotedUdp(walk, quoted + 40, end, quoted + 40 + u16(walk.data, quoted + 4))
}

/** What a quoted datagram carries is the one thing of it that tshark's hierarchy shows. */
function quotedUdp(walk: Walk, at: number, end: number, stop: number): Done {
  const to = Math.min(end, stop)
  if (to - at <= 8) return
  walk.guess(walk.applications.overUdpPorts(walk.data, u16(walk.data, at), u16(walk.data, at + 2), at + 8, to))
}

export function igmp(walk: Walk, at: number, end: number): Done {
  if (end > at) walk.enter(IN_IGMP.get(u8(walk.data, at)) ?? IGMP)
}

/** Which layer a protocol number of IP leads to. IANA "Assigned Internet Protocol Numbers". */

import { icmp, icmpv6, igmp } from './control.ts'
import { ethernet } from './ethernet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'
import { byNlpid } from './osi.ts'
import { leaves } from './protocols.ts'
import { dccp, sctp, tcp, udp, udplite } from './transport.ts'
import { ah, esp, etherip, gre, ipcomp, l2tpIp, pgm, pim } from './tunnels.ts'
import type { Done, Layer, Walk } from './walk.ts'

// biome-ignore format: a table
const LAYERS = new Map<number, Layer>([
  [1, icmp], [2, igmp], [4, ipv4], [6, tcp], [17, udp], [33, dccp], [41, ipv6], [47, gre], [50, esp], [51, ah],
  [58, icmpv6], [80, byNlpid], [97, etherip], [103, pim], [113, pgm], [108, ipcomp], [115, l2tpIp], [132, sctp], [136, udplite], [137, mpls], [143, ethernet],
])

// biome-ignore format: a table
const LEAVES = leaves({
  igrp: [9], cotp: [29], xtp: [36], rsvp: [46, 134], dsr: [48], swipe: [53], nhrp: [54], vines_frp: [83],
  eigrp: [88], ospf: [89], ax25: [93], lwl4: [106], vrrp: [112], hip: [139], shim6: [140],
  ax4000: [173], ncs: [224], mipv6: [62, 135],
})

/** Walk on in what IP carries. */
export function byIpProtocol(walk: Walk, next: number, at: number, end: number, wire: number): Done {
  if (next === 6) return tcp(walk, at, end, wire)
  if (next === 17) return udp(walk, at, end, wire)
  const layer = LAYERS.get(next)
  if (layer !== undefined) return layer(walk, at, end, wire)
  const leaf = LEAVES.get(next)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

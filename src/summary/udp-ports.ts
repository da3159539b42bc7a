/** Which tunnel a UDP port leads to; what is none is guessed. IANA port numbers. */
import { mpls } from './mpls.ts'
import { sctp } from './transport.ts'
import {
  ayiya,
  capwapData,
  geneve,
  gre,
  gtp,
  l2tp,
  lisp,
  lispData,
  mobileIp,
  teredo,
  tzsp,
  udpencap,
  vxlan,
  vxlanGpe,
} from './tunnels.ts'
import type { Done, Layer, Walk } from './walk.ts'

// biome-ignore format: a table
const TUNNELS = new Map<number, Layer>([
  [434, mobileIp], [1701, l2tp], [2123, gtp], [2152, gtp], [3386, gtp], [3544, teredo], [4341, lispData], [4342, lisp], [4500, udpencap],
  [4754, gre], [4789, vxlan], [4790, vxlanGpe],
  [5072, ayiya], [5247, capwapData], [6081, geneve], [6635, mpls], [9899, sctp], [37008, tzsp],
])

/** The lower port first, as tshark has it. */
export function byUdpPort(walk: Walk, from: number, to: number, at: number, end: number, wire: number): Done {
  const tunnel = TUNNELS.get(Math.min(from, to)) ?? TUNNELS.get(Math.max(from, to))
  if (tunnel !== undefined) tunnel(walk, at, end, wire)
  else walk.applications.overUdp(walk, from, to, at, end)
}

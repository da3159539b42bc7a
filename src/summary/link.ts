/** Which layer a link type leads to. LINKTYPE_ values of the-tcpdump-group. */
import {
  arcnet,
  atm,
  clip,
  erf,
  frameRelay,
  ipnet,
  ipoib,
  loopback,
  nflog,
  nullLink,
  pktap,
  ppi,
  raw,
  sll,
  sll2,
  user,
  userPktap,
} from './cooked.ts'
import { ethernet } from './ethernet.ts'
import { avs, prism, radiotap, wlan } from './ieee80211.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { juniper } from './juniper.ts'
import { fddi, llc, tokenRing } from './llc.ts'
import { bluetoothClassic, bluetoothLe, mstp, mtp2, netlink } from './non-ip-links.ts'
import { chdlc, ppp, pppoeSession } from './ppp.ts'
import { leaves } from './protocols.ts'
import { sctp } from './transport.ts'
import type { Done, Layer, Walk } from './walk.ts'

// biome-ignore format: a table
const LAYERS = new Map<number, Layer>([
  [0, nullLink], [1, ethernet], [6, tokenRing], [9, ppp], [10, fddi], [12, raw], [14, raw], [16, clip], [18, clip], [19, clip],
  [50, ppp], [51, pppoeSession], [100, llc], [101, raw], [104, chdlc], [105, wlan], [106, clip], [107, frameRelay],
  [108, loopback], [112, chdlc], [113, sll], [119, prism], [127, radiotap], [129, arcnet], [149, userPktap], [163, avs],
  [192, ppi], [197, erf], [204, ppp], [228, ipv4], [229, ipv6], [239, nflog], [242, ipoib], [248, sctp], [258, pktap],
  [276, sll2], [226, ipnet], [123, atm], [139, mtp2], [140, mtp2], [165, mstp], [253, netlink], [255, bluetoothClassic],
  [256, bluetoothLe],
])
for (let linktype = 147; linktype <= 162; linktype++) if (linktype !== 149) LAYERS.set(linktype, user)
for (const linktype of [130, 131, 133, 135, 136, 137, 167, 178, 179, 180, 181, 183, 184, 200])
  LAYERS.set(linktype, juniper)

// biome-ignore format: a table
const LEAVES = leaves({
  arcnet: [7], ax25: [3], ax25_kiss: [202], bluetooth: [187, 201, 251, 254], can: [190, 227], dbus: [231],
  docsis: [143], 'dvb-ci': [235], ebhscr: [279], epon: [259], etw: [290], exported_pdu: [252], fc: [224], fcsof: [225], flexray: [210],
  i2c: [209], iso14443: [264], lapd: [177, 203], lin: [212], llap: [114], llcgprs: [169], loratap: [270], mp2t: [243],
  mtp3: [141], netanalyzer: [240, 241], nordic_ble: [272], pflog: [117],
  redback: [32], sccp: [142], sita: [196], symantec: [99], tzsp: [128], usb: [186, 189, 220, 249, 266], usbll: [288, 293, 294, 295],
  vpp: [280], vsock: [271],
  wpan: [195, 230], 'wpan-nonask-phy': [215], 'wpan-tap': [283], xra: [273], zbncp: [292], ap1394: [138], enc: [109, 13],
})

/** Walk on in a packet of a link type, the capture's own or one that stands in a pseudo-header. */
export function byLinktype(walk: Walk, linktype: number, at: number, end: number, wire: number): Done {
  if (linktype === 1) return ethernet(walk, at, end, wire)
  const layer = LAYERS.get(linktype)
  if (layer !== undefined) return layer(walk, at, end, wire)
  const leaf = LEAVES.get(linktype)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

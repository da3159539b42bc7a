/** Which layer a link type leads to. LINKTYPE_ values of the-tcpdump-group. */
import {
  BLUETOOTH_HCI,
  NETMON_EVENT,
  NETMON_FILTER,
  NETMON_INFO,
  PACKETLOGGER,
  TELNET_NETTL,
  X25_NETTL,
} from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import {
  ap1394,
  arcnet,
  arcnetLinux,
  atm,
  clip,
  enc,
  erf,
  frameRelay,
  ipfc,
  ipnet,
  ipoib,
  loopback,
  nflog,
  nullLink,
  pflog,
  pktap,
  ppi,
  raw,
  sll,
  sll2,
  symantec,
  user,
  userPktap,
} from './cooked.ts'
import { ethernet } from './ethernet.ts'
import { avs, prism, radiotap, wlan } from './ieee80211.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { juniper, juniperUnread, juniperUnseen } from './juniper.ts'
import { fddi, llc, tokenRing } from './llc.ts'
import { NETTL_LAYERS } from './nettl.ts'
import {
  ax25,
  ax25Kiss,
  bluetoothClassic,
  bluetoothH4,
  bluetoothLe,
  bluetoothLeBare,
  bluetoothMonitor,
  can,
  localtalk,
  mstp,
  mtp2,
  mtp3,
  netlink,
  opaque,
  usbLinux,
  usbPcap,
  wpan,
  wpanWithFcs,
} from './non-ip-links.ts'
import { chdlc, pppLink, pppoeSession } from './ppp.ts'
import { leaves } from './protocols.ts'
import { sctp } from './transport.ts'
import { tzsp } from './tunnels.ts'
import type { Done, Layer, Walk } from './walk.ts'

// biome-ignore format: a table
const LAYERS = new Map<number, Layer>([
  [0, nullLink], [1, ethernet], [6, tokenRing], [7, arcnet], [9, pppLink], [10, fddi], [11, llc], [13, enc], [12, raw], [14, raw], [16, clip], [18, clip], [19, clip],
  [50, pppLink], [51, pppoeSession], [99, symantec], [100, llc], [101, raw], [104, chdlc], [105, wlan], [106, clip], [107, frameRelay],
  [108, loopback], [109, enc], [112, chdlc], [113, sll], [117, pflog], [119, prism], [122, ipfc], [127, radiotap], [128, tzsp], [129, arcnetLinux], [138, ap1394], [149, userPktap], [163, avs],
  [192, ppi], [197, erf], [204, pppLink], [228, ipv4], [229, ipv6], [239, nflog], [242, ipoib], [248, sctp], [258, pktap],
  [276, sll2], [226, ipnet], [123, atm], [139, mtp2], [140, mtp2], [165, mstp], [253, netlink], [255, bluetoothClassic],
  [256, bluetoothLe], [3, ax25], [202, ax25Kiss], [114, localtalk], [141, mtp3], [187, bluetoothH4], [201, bluetoothH4],
  [227, can], [251, bluetoothLeBare], [254, bluetoothMonitor], [195, wpanWithFcs], [230, wpan], [189, usbLinux(48)], [220, usbLinux(64)],
  [249, usbPcap], [169, opaque('llcgprs')], [196, opaque('sita')], [224, opaque('fc')], [250, opaque('rtacser')],
  [260, opaque('ipmi.trace')], [268, opaque('sdlc')], [270, opaque('loratap')], [274, opaque('fpp')], [279, opaque('ebhscr')],
])
for (let linktype = 147; linktype <= 162; linktype++) if (linktype !== 149) LAYERS.set(linktype, user)
for (const linktype of [130, 131, 133, 135, 136, 137, 167, 178, 179, 180, 181, 183])
  LAYERS.set(linktype, juniper(linktype))
LAYERS.set(184, juniperUnread)
for (const [linktype, layer] of NETTL_LAYERS) LAYERS.set(linktype, layer)
LAYERS.set(200, juniperUnseen)

// biome-ignore format: a table
const LEAVES = leaves({
  bluetooth: [BLUETOOTH_HCI, PACKETLOGGER], dbus: [231],
  docsis: [143], 'dvb-ci': [235], epon: [259], etw: [290], exported_pdu: [252], fcsof: [225], flexray: [210],
  i2c: [209], iso14443: [264], lapd: [177, 203], lin: [212], mp2t: [243],
  netanalyzer: [240, 241], nordic_ble: [272],
  redback: [32], sccp: [142], usb: [186, 266], usbll: [288, 293, 294, 295],
  vpp: [280], vsock: [271],
  'wpan-nonask-phy': [215], 'wpan-tap': [283], xra: [273], zbncp: [292], irlap: [144], gfp: [170, 171], mux27010: [236],
  dpauxmon: [275], 
  netmon_event: [NETMON_EVENT], netmon_filter: [NETMON_FILTER], netmon_network_info: [NETMON_INFO], nettl: [X25_NETTL, TELNET_NETTL],
})

/** Walk through a packet. @param time nanoseconds since the first frame */
export function walkPacket(walk: Walk, packet: Packet, time: number): void {
  const { data, start, caplen, origlen, linktype } = packet
  const captured = Math.max(0, Math.min(caplen, data.length - start))
  walk.begin(data, origlen, time)
  if (origlen > 0 || captured > 0)
    byLinktype(walk, linktype, start, start + captured, start + Math.max(origlen, captured))
}

/** Walk on in a packet of a link type, the capture's own or one that stands in a pseudo-header. */
export function byLinktype(walk: Walk, linktype: number, at: number, end: number, wire: number): Done {
  if (linktype === 1) return ethernet(walk, at, end, wire)
  const layer = LAYERS.get(linktype)
  if (layer !== undefined) return layer(walk, at, end, wire)
  const leaf = LEAVES.get(linktype)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

/** Links of HP-UX's nettl and of Microsoft's Network Monitor, which have link types of our own. */
import {
  ETHERNET_NETTL,
  FDDI_NETTL,
  ICMP_NETTL,
  ICMPV6_NETTL,
  IEEE_802_11_NETMON,
  IP_NETTL,
  IP_OVER_IB,
  TOKEN_RING_NETTL,
} from '../capture/linktypes.ts'
import { u8, u16, u16le } from './bytes.ts'
import { icmp, icmpv6 } from './control.ts'
import { ethernet } from './ethernet.ts'
import { byEthertype } from './ethertypes.ts'
import { wlan } from './ieee80211.ts'
import { ipv4 } from './ipv4.ts'
import { fddi, tokenRing } from './llc.ts'
import { protocol } from './protocols.ts'
import type { Done, Layer, Walk } from './walk.ts'

const NETTL = protocol('nettl')
const NETMON_WLAN = protocol('netmon_802_11')
const WLAN_RADIO = protocol('wlan_radio')
const IPOIB = protocol('ipoib')

/** tshark names the tracing subsystem first. */
const traced =
  (layer: Layer): Layer =>
  (walk, at, end, wire) => {
    if (walk.enter(NETTL)) layer(walk, at, end, wire)
  }

/** Network Monitor's radio header: version 0, length 1 (little-endian). */
function netmonWlan(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(NETMON_WLAN) || end - at < 3) return
  const from = at + u16le(walk.data, at + 1)
  if (u8(walk.data, at) === 2 && from < end && walk.enter(WLAN_RADIO)) wlan(walk, from, end, wire)
}

/** RFC 4391 §6: an EtherType and 2 reserved bytes. */
function bareIpoib(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(IPOIB) || end - at < 4) return
  byEthertype(walk, u16(walk.data, at), at + 4, end, wire)
}

/** By our own values of link types. */
export const NETTL_LAYERS: readonly (readonly [number, Layer])[] = [
  [ETHERNET_NETTL, traced(ethernet)],
  [TOKEN_RING_NETTL, traced(tokenRing)],
  [FDDI_NETTL, traced(fddi)],
  [IP_NETTL, traced(ipv4)],
  [ICMP_NETTL, traced(icmp)],
  [ICMPV6_NETTL, traced(icmpv6)],
  [IEEE_802_11_NETMON, netmonWlan],
  [IP_OVER_IB, bareIpoib],
]

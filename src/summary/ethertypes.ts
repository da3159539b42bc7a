/** Which layer an EtherType leads to. IEEE 802 numbers; the names are tshark's. */
import { u8, u16 } from './bytes.ts'
import { arista, ciscoMetadata, etag, ethernet, hsr, macsec, pbb, stag, vlan, vntag } from './ethernet.ts'
import { ipx, loopTest, slow } from './ethernet-leaves.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { llc } from './llc.ts'
import { mpls } from './mpls.ts'
import { cfm, eapol, profinet } from './non-ip-links.ts'
import { pppoeDiscovery, pppoeSession } from './ppp.ts'
import { leaves, protocol } from './protocols.ts'
import { batman, nsh, redundancyTag, trill } from './tunnels.ts'
import type { Done, Layer, Walk } from './walk.ts'

const IP = protocol('ip')
const STAG = protocol('ieee8021ad')

// biome-ignore format: a table
const LAYERS = new Map<number, Layer>([
  [0x0800, ipv4], [0x86dd, ipv6], [0x8100, vlan], [0x9100, vlan], [0x88a8, stag], [0x88e7, backbone], [0x893f, etag],
  [0x8926, vntag], [0x8847, mpls], [0x8848, mpls], [0x8863, pppoeDiscovery], [0x8864, pppoeSession],
  [0x88e5, macsec], [0x8809, slow], [0x8137, ipx], [0x6558, ethernet], [0x8870, llc], [0x894f, nsh], [0x892f, hsr],
  [0x8909, ciscoMetadata], [0x4305, batman], [0x9000, loopTest], [0xd28b, arista],
  [0x888e, eapol], [0x88c7, eapol], [0x8892, profinet], [0x8902, cfm], [0x22f3, trill], [0xf1c1, redundancyTag],
])

// biome-ignore format: a table
const LEAVES = leaves({
  '6lowpan': [0xa0ed], aarp: [0x80f3], ans: [0x886d], aoe: [0x88a2], arp: [0x0806, 0x8035], aruba_iap: [0x8ffd],
  bacp: [0xc02b], bap: [0xc02d], bluecom: [0x892d], bofl: [0x8102], bpq: [0x08ff],
  'brcm-tag': [0x8874], brdwlk: [0x88ae, 0xabcd], 'c15.ch': [0x4742], c15hbeat: [0x0c15], cbcp: [0xc029],
  ccp: [0x80fd], cdpcp: [0x8207], cesoeth: [0x88d8], cgmp: [0x2001], chap: [0xc223], cl3: [0xb4e3],
  crtp_cs: [0x2065], crtp_cudp16: [0x2067], csm_encaps: [0x889b], dec_dna: [0x6003], dec_stp: [0x8038],
  dect: [0x2323], dlr: [0x80e1],  ecatf: [0x88a4], ecp21: [0x8940], ecpri: [0xaefe],
  eero: [0x9104], elmi: [0x88ee], epl: [0x88ab], epl_v1: [0x3e3f], exeh: [0xe555], extrememesh: [0x88a9],
  fcoe: [0x8906], fip: [0x8914], flip: [0x8901], gmhdr: [0x22e5], gnw: [0x8947], goose: [0x88b8], hbbak: [0x8988],
  hcrt: [0xf052], homeplug: [0x887b], 'homeplug-av': [0x88e1], hpna: [0x886c], hsr_prp_supervision: [0x88fb],
  hyperscsi: [0x889a], idp: [0x0600], ieee1722: [0x22f0], ieee1905: [0x893a],
  ieee802a: [0x88b7], infiniband: [0x8915], ipcp: [0x8021], ipv6cp: [0x8057], isis: [0x22f4], ismp: [0x81fd],
  lacp: [0x8103], lapbether: [0x6000], lat: [0x6004], lcp: [0xc021], linx: [0x8911], llap: [0x809b],
  lldp: [0x88cc, 0x8942], llt: [0xcafe], lltd: [0x88d9], lwapp: [0x88bb, 0xbbbb], lwl4: [0x8204],
  m2m: [0x08f0], macc: [0x8808], mdp: [0x0712, 0x0713], mdshdr: [0xfcfc], mih: [0x8917], mint: [0x8783],
  mplscp: [0x8281], 'mrp-mmrp': [0x88f6], 'mrp-msrp': [0x22ea], 'mrp-mvrp': [0x88f5], msnlb: [0x886f], ncsi: [0x88f8],
  nsrp: [0x8133], nwp: [0xc0df], osinlcp: [0x8023], pap: [0xc023], pn_mrp: [0x88e3],
  pppmuxcp: [0x8059], ptp: [0x88f7], realtek: [0x8899], rohc: [0x22f1], roofnet: [0x0641, 0x0643, 0x0644, 0x0645],
  rtcfg: [0x9022], rtmac: [0x9021], siii: [0x88cd], snaeth: [0x80d5], snmp: [0x814c], stp: [0x8181], sv: [0x88ba],
  tdmoe: [0xd00d], tecmp: [0x99fe], telkonet: [0x88a1], tipc: [0x88ca], tte_pcf: [0x891d],
  vines_echo: [0x0baf], vines_ip: [0x0bad], vmlab: [0x88de], wai: [0x88b4], wcp: [0x80ff], 'wlan.data_encap.payload_type': [0x890d],
  wlan_centrino: [0x2452], wlccp: [0x872d], wol: [0x0842], wpan: [0x809a], wreth: [0xaaaa], wsmp: [0x88dc],
  xip: [0xc0de],
})

/** A backbone service instance tag; behind a service tag tshark shows no header for it. IEEE 802.1Q §9.7. */
function backbone(walk: Walk, at: number, end: number, wire: number): Done {
  if (walk.hierarchy.protocolAt(walk.node) !== STAG) return pbb(walk, at, end, wire)
  if (end - at >= 18) byTypeOrLength(walk, u16(walk.data, at + 16), at + 18, end, wire)
}

/** Walk on behind an EtherType. */
export function byEthertype(walk: Walk, type: number, at: number, end: number, wire: number): Done {
  if (type === 0x0800) {
    // The EtherType of IPv4 before another version: tshark shows both.
    if (at < end && u8(walk.data, at) >> 4 === 6) walk.enter(IP)
    return ipv4(walk, at, end, wire)
  }
  const layer = LAYERS.get(type)
  if (layer !== undefined) return layer(walk, at, end, wire)
  const leaf = LEAVES.get(type)
  if (leaf !== undefined) walk.leaf(leaf, at, end)
  else walk.rest(at, end)
}

/** A field that holds an EtherType, or up to 1,500 the length of an LLC frame. IEEE 802.3 §3.2.6. */
export function byTypeOrLength(walk: Walk, value: number, at: number, end: number, wire: number): Done {
  if (value >= 1536) return byEthertype(walk, value, at, end, wire)
  if (value > 1500 || value === 0) return walk.rest(at, end)
  const stop = Math.min(wire, at + value)
  llc(walk, at, Math.min(end, stop), stop)
}

export const isEthertype = (value: number): boolean => LAYERS.has(value) || LEAVES.has(value)

/** IEEE 802.2 LLC and SNAP. RFC 1042. */
import { u8, u16, u24 } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipx } from './ethernet-leaves.ts'
import { byEthertype } from './ethertypes.ts'
import { ipv4 } from './ipv4.ts'
import { overNetbios } from './netbios.ts'
import { bacnet } from './non-ip-links.ts'
import { byNlpid } from './osi.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const LLC = protocol('llc')
const BASIC_XID = protocol('basicxid')
const CISCO = leaves({
  pagp: [0x104],
  udld: [0x111],
  vtp: [0x2003],
  dtp: [0x2004],
  cgmp: [0x2001],
  cdp: [0x2000],
  stp: [0x108, 0x109, 0x10b, 0x10c],
  mcp: [0x139],
})
const EXTREME = leaves({ edp: [0xbb] })
const FOUNDRY = leaves({ fdp: [0x2000] })
const NORTEL = leaves({ ndp: [0x01a1, 0x01a2], nrlp: [0x01a4] })
const IANA = leaves({ nhrp: [0x03] })
const AWDL = leaves({ awdl_data: [0x0800] })
const WLAN_ALLIANCE = leaves({ mausb: [0x1500] })
const BLUETOOTH_SIG = leaves({ btl2cap: [0x01], eapol: [0x03] })
const FORCE10 = leaves({ fefd: [0x0111] })
const HP_TEAMING = leaves({ hpteam: [0x02] })
const WLCCP = leaves({ wlccp: [0x00] })
const ATALK = leaves({ ddp: [0x809b], aarp: [0x80f3] })
const SPANNING_TREE = protocol('stp')
const DDP = protocol('ddp')
/** By the type in DDP's long header. */
const DDP_TYPES = leaves({ rtmp: [1, 5], nbp: [2], atp: [3], aep: [4], zip: [6] })

const SNAP = 0xaa
const IP = 0x06
const IPX = 0xe0
const STP = 0x42
const BACNET = 0x82
const NETBIOS = 0xf0
const OSI = new Set([0x14, 0x20, 0x34, 0x54, 0xfe])
// biome-ignore format: a table
const SAPS = leaves({
  sna: [0x04, 0x08, 0x0c, 0x40, 0xc8], ipx: [0x10, 0xe0], 'x.25': [0x7e], '3comxns': [0x80],
  vines_llc: [0xbc], netbios: [0xf0], hpext: [0xf8], rpl: [0xfc],
})

/** DSAP 0, SSAP 1, control 2: one byte for unnumbered frames, else two. */
export function llc(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(LLC) || end - at < 3) return
  const { data } = walk
  const dsap = u8(data, at)
  const control = u8(data, at + 2)
  const unnumbered = (control & 3) === 3
  const from = at + (unnumbered ? 3 : 4)
  if (from > end) return
  if (dsap === SNAP && u8(data, at + 1) === SNAP) return snap(walk, from, end, wire, 2)
  // XID and TEST carry no upper protocol's packet.
  if (unnumbered && (control & 0xef) === 0xaf) return walk.leaf(BASIC_XID, from, end)
  if (unnumbered && (control & 0xef) !== 0x03) return walk.rest(from, end)
  if (dsap === IP) return ipv4(walk, from, end, wire)
  if (dsap === IPX || dsap === 0x10) return ipx(walk, from, end)
  if (dsap === STP) return bpdu(walk, from, end)
  if (dsap === BACNET) return bacnet(walk, from, end)
  if (OSI.has(dsap)) return byNlpid(walk, from, end, wire)
  const leaf = SAPS.get(dsap)
  if (leaf !== undefined) {
    walk.leaf(leaf, from, end)
    if (dsap === NETBIOS) overNetbios(walk, from, end)
  } else walk.rest(from, end)
}

/** IEEE 802.1D §9.3: type 3; a topology change notification (0x80) is 4 bytes long. */
function bpdu(walk: Walk, at: number, end: number): Done {
  if (end - at >= 4 && u8(walk.data, at + 3) === 0x80) walk.enter(SPANNING_TREE)
  else walk.leaf(SPANNING_TREE, at, end)
}

/** Organisation 0, protocol 3. `padding`: bytes before a frame that is bridged; none on Frame Relay. */
export function snap(walk: Walk, at: number, end: number, wire: number, padding = 0): Done {
  if (end - at < 5) return
  const organisation = u24(walk.data, at)
  const type = u16(walk.data, at + 3)
  const from = at + 5
  if (organisation === 0x000000 || organisation === 0x0000f8) return byEthertype(walk, type, from, end, wire)
  if (organisation === 0x0080c2 && (type === 1 || type === 7)) {
    // RFC 2684 §5.2, RFC 2427 §5: bridged Ethernet, with or without its FCS.
    return ethernet(walk, from + padding, end, wire)
  }
  const names = ORGANISATIONS.get(organisation)
  const leaf = names?.get(type)
  if (leaf === DDP) {
    // Inside AppleTalk §4: the long header is 13 bytes, its type the last of them.
    walk.leaf(leaf, from, end)
    const carried = end - from > 13 ? DDP_TYPES.get(u8(walk.data, from + 12)) : undefined
    if (carried !== undefined) walk.enter(carried)
  } else if (leaf === SPANNING_TREE) bpdu(walk, from, end)
  else if (leaf !== undefined) walk.leaf(leaf, from, end)
  else walk.rest(from, end)
}

const ORGANISATIONS = new Map([
  [0x00000c, CISCO],
  [0x00e02b, EXTREME],
  [0x00e052, FOUNDRY],
  [0x000081, NORTEL],
  [0x080007, ATALK],
  [0x00005e, IANA],
  [0x0017f2, AWDL],
  [0x506f9a, WLAN_ALLIANCE],
  [0x001958, BLUETOOTH_SIG],
  [0x0001e8, FORCE10],
  [0x00805f, HP_TEAMING],
  [0x004096, WLCCP],
])

const FDDI = protocol('fddi')
const TR = protocol('tr')
const TR_MAC = protocol('trmac')

/** FDDI: frame control 0, destination 1, source 7; LLC frames have 0x50 in the control's upper bits. ISO 9314-2. */
export function fddi(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(FDDI) || end - at < 13) return
  const control = u8(walk.data, at)
  if ((control & 0xf0) === 0x50 || (control & 0xf0) === 0xd0) llc(walk, at + 13, end, wire)
  else walk.rest(at + 13, end)
}

/** Token Ring: access and frame control, destination 2, source 8, whose first bit says that a route follows. IEEE 802.5 §3. */
export function tokenRing(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(TR) || end - at < 14) return
  const { data } = walk
  const routed = (u8(data, at + 8) & 0x80) !== 0 && end - at > 14
  const from = at + 14 + (routed ? u8(data, at + 14) & 0x1f : 0)
  if (from >= end) return
  const kind = u8(data, at + 1) & 0xc0
  if (kind === 0x40) llc(walk, from, end, wire)
  else if (kind === 0) walk.enter(TR_MAC)
  else walk.rest(from, end)
}

/** Links that carry no IP: netlink, Bluetooth, SS7, BACnet, PROFINET. Only named, as far as their first headers say. */
import { u8, u16, u16le, u32le } from './bytes.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const NETLINK = protocol('netlink')
const ROUTE = protocol('netlink-route')
const BLUETOOTH = protocol('bluetooth')
const BTLE_RF = protocol('btle_rf')
const BTLE = protocol('btle')
const L2CAP = protocol('btl2cap')
const BREDR_RF = protocol('btbredr_rf')
const MTP2 = protocol('mtp2')
const MTP3 = protocol('mtp3')
const MSTP = protocol('mstp')
const BACNET = protocol('bacnet')
const BACAPP = protocol('bacapp')
const PN_RT = protocol('pn_rt')
const PN_IO = protocol('pn_io')
const PN_DATA = protocol('pn.user_data')
const PN_PTCP = protocol('pn_ptcp')
const PN_DCP = protocol('pn_dcp')
const EAPOL = protocol('eapol')
const EAP = protocol('eap')

/** LINKTYPE_NETLINK: a cooked header of 16 bytes whose last two are the family; 0 is NETLINK_ROUTE. */
export function netlink(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(NETLINK) || end - at <= 16) return
  if (u16(walk.data, at + 14) === 0) walk.enter(ROUTE)
}

const ADVERTISING = 0x8e89bed6
const L2CAP_CHANNELS = leaves({ btatt: [4], btsmp: [6] })

/** LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR: 10 bytes, access address 10, header 14, then L2CAP (length, channel) where a PDU starts. */
export function bluetoothLe(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(BLUETOOTH) || !walk.enter(BTLE_RF) || !walk.enter(BTLE) || end - at < 20) return
  const { data } = walk
  if (u32le(data, at + 10) === ADVERTISING || (u8(data, at + 14) & 3) !== 2 || u8(data, at + 15) < 4) return
  if (u16le(data, at + 16) + 4 > u8(data, at + 15)) return // goes on in the next PDU
  walk.enter(L2CAP)
  const carried = L2CAP_CHANNELS.get(u16le(data, at + 18))
  if (carried !== undefined) walk.enter(carried)
}

export function bluetoothClassic(walk: Walk, at: number, end: number): Done {
  if (end > at && walk.enter(BLUETOOTH)) walk.enter(BREDR_RF)
}

const MTP3_USERS = leaves({ mtp3mg: [0, 1, 2], sccp: [3], tup: [4], isup: [5], bicc: [13] })

/** ITU-T Q.703 §2.2: sequence numbers, a length indicator at 2; more than 2 means a message of MTP3, whose user stands at 3. */
export function mtp2(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(MTP2) || end - at < 4 || (u8(walk.data, at + 2) & 0x3f) <= 2) return
  walk.enter(MTP3)
  const user = MTP3_USERS.get(u8(walk.data, at + 3) & 0x0f)
  if (user !== undefined) walk.enter(user)
}

/** ASHRAE 135 §9.3: preamble 0, frame type 2 (5 and 6 carry BACnet), length 5, then from 8 on the network layer (§6.2). */
export function mstp(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(MSTP) || end - at < 10) return
  const type = u8(walk.data, at + 2)
  if ((type !== 5 && type !== 6) || u16(walk.data, at + 5) === 0) return
  walk.enter(BACNET)
  if ((u8(walk.data, at + 9) & 0x80) === 0) walk.enter(BACAPP)
}

/** IEC 61158-6-10: a frame identifier says what it is. */
export function profinet(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(PN_RT) || end - at < 2) return
  const frame = u16(walk.data, at)
  if ((frame >= 0x0100 && frame <= 0x0fff) || (frame >= 0x8000 && frame <= 0xfbff)) {
    walk.enter(PN_IO)
    walk.enter(PN_DATA)
  } else if (frame >= 0xfefc && frame <= 0xfeff) walk.enter(PN_DCP)
  else if (frame <= 0x00ff || frame >= 0xff00) walk.enter(PN_PTCP)
}

/** IEEE 802.1X §11.3: version 0, type 1 (0 is EAP). */
export function eapol(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(EAPOL)) return
  if (end - at > 4 && u8(walk.data, at + 1) === 0) walk.enter(EAP)
}

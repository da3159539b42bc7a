/** Links that seldom carry IP: netlink, Bluetooth, USB, CAN, 802.15.4, SS7, BACnet, PROFINET. Named as far as their first headers say. */
import { u8, u16, u16le, u32, u32le } from './bytes.ts'
import { ipv4 } from './ipv4.ts'
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
const MKA = protocol('mka')

/** LINKTYPE_NETLINK: a cooked header of 16 bytes whose last two are the family; 0 is NETLINK_ROUTE. */
export function netlink(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(NETLINK) || end - at <= 16) return
  if (u16(walk.data, at + 14) === 0) walk.enter(ROUTE)
}

const ADVERTISING = 0x8e89bed6
const L2CAP_CHANNELS = leaves({ btatt: [4], btsmp: [6] })

/** LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR: 10 bytes, access address 10, header 14, then L2CAP (length, channel) where a PDU starts. */
export function bluetoothLe(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(BLUETOOTH) || !walk.enter(BTLE_RF)) return
  lowEnergy(walk, at + 10, end)
}

function lowEnergy(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(BTLE) || end - at < 10) return
  const { data } = walk
  if (u32le(data, at) === ADVERTISING || (u8(data, at + 4) & 3) !== 2 || u8(data, at + 5) < 4) return
  if (u16le(data, at + 6) + 4 > u8(data, at + 5)) return // goes on in the next PDU
  l2cap(walk, at + 6, end)
}

/** Length 0, channel 2, of which some are fixed. */
function l2cap(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(L2CAP) || end - at < 4) return
  const carried = L2CAP_CHANNELS.get(u16le(walk.data, at + 2))
  if (carried !== undefined) walk.enter(carried)
}

/** LINKTYPE_BLUETOOTH_LE_LL: what the link layer sends, without a header before it. */
export function bluetoothLeBare(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(BLUETOOTH)) return
  lowEnergy(walk, at, end)
}

const HCI_H4 = protocol('hci_h4')
const HCI_MON = protocol('hci_mon')
const HCI_COMMAND = protocol('bthci_cmd')
const HCI_ACL = protocol('bthci_acl')
const HCI_SCO = protocol('bthci_sco')
const HCI_EVENT = protocol('bthci_evt')
const HCI_ISO = protocol('bthci_iso')

/** Packet indicators of the UART transport. Bluetooth Core, volume 4, part A §2. */
const H4_INDICATORS = [0, HCI_COMMAND, HCI_ACL, HCI_SCO, HCI_EVENT, HCI_ISO]

/** LINKTYPE_BLUETOOTH_HCI_H4: an indicator, then what it names. */
export function bluetoothH4(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(BLUETOOTH) || !walk.enter(HCI_H4)) return
  const kind = H4_INDICATORS[u8(walk.data, at)] ?? 0
  if (kind === 0) walk.rest(at + 1, end)
  else hci(walk, kind, at + 1, end)
}

/** ACL data: handle, of which the bits 12 and 13 are 1 in what goes on from the packet before, and length; then L2CAP. */
function hci(walk: Walk, kind: number, at: number, end: number): Done {
  if (!walk.enter(kind) || kind !== HCI_ACL || end - at < 8) return
  if (((u8(walk.data, at + 1) >> 4) & 3) !== 1 && u16le(walk.data, at + 4) + 4 <= u16le(walk.data, at + 2))
    l2cap(walk, at + 4, end)
}

/** What LINKTYPE_BLUETOOTH_LINUX_MONITOR calls the kinds, by opcode. */
const MONITOR_KINDS = new Map([
  [2, HCI_COMMAND],
  [3, HCI_EVENT],
  [4, HCI_ACL],
  [5, HCI_ACL],
  [6, HCI_SCO],
  [7, HCI_SCO],
])

/** LINKTYPE_BLUETOOTH_LINUX_MONITOR: the opcode stands right before the packet, where the reader took the header off. */
export function bluetoothMonitor(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(BLUETOOTH) || !walk.enter(HCI_MON) || at < 2) return
  const kind = MONITOR_KINDS.get(u16(walk.data, at - 2))
  if (kind !== undefined) hci(walk, kind, at, end)
}

export function bluetoothClassic(walk: Walk, at: number, end: number): Done {
  if (end > at && walk.enter(BLUETOOTH)) walk.enter(BREDR_RF)
}

const MTP3_USERS = leaves({ mtp3mg: [0, 1, 2], sccp: [3], tup: [4], isup: [5], bicc: [13] })

/** ITU-T Q.703 §2.2: sequence numbers, a length indicator at 2; more than 2 means a message of MTP3, whose user stands at 3. */
export function mtp2(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(MTP2) || end - at < 4 || (u8(walk.data, at + 2) & 0x3f) <= 2) return
  mtp3(walk, at + 3, end)
}

/** ITU-T Q.704 §14.2: the user 0, then 4 bytes of label. */
export function mtp3(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(MTP3)) return
  const user = MTP3_USERS.get(u8(walk.data, at) & 0x0f)
  if (user !== undefined) walk.enter(user)
  else walk.rest(at + 5, end)
}

/** ASHRAE 135 §9.3: preamble 0, frame type 2 (5 and 6 carry BACnet), length 5, then from 8 on the network layer (§6.2). */
export function mstp(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(MSTP) || end - at < 10) return
  const type = u8(walk.data, at + 2)
  if ((type !== 5 && type !== 6) || u16(walk.data, at + 5) === 0) return
  bacnet(walk, at + 8, end)
}

/** The network layer: version 0, control 1, whose first bit says that no application follows. ASHRAE 135 §6.2. */
export function bacnet(walk: Walk, at: number, end: number): Done {
  if (end - at < 2 || !walk.enter(BACNET)) return
  if ((u8(walk.data, at + 1) & 0x80) === 0) walk.enter(BACAPP)
}

const CFM = protocol('cfm')
const CFM_TLVS = protocol('cfm.all.tlvs')
// biome-ignore format: a table
const CFM_MESSAGES = leaves({
  'cfm.ccm.pdu': [1], 'cfm.lbr.pdu': [2], 'cfm.lbm.pdu': [3], 'cfm.ltr.pdu': [4], 'cfm.ltm.pdu': [5], 'cfm.gnm.pdu': [32], 'cfm.ais.pdu': [33],
  'cfm.lck.pdu': [35], 'cfm.tst.pdu': [37], 'cfm.aps.pdu': [39], 'cfm.raps.pdu': [40], 'cfm.mcc.pdu': [41], 'cfm.lmr.pdu': [42], 'cfm.lmm.pdu': [43],
  'cfm.odm.pdu': [45], 'cfm.dmr.pdu': [46], 'cfm.dmm.pdu': [47], 'cfm.exr.pdu': [48], 'cfm.exm.pdu': [49], 'cfm.vsr.pdu': [50], 'cfm.vsm.pdu': [51],
  'cfm.csf.pdu': [52], 'cfm.osf.pdu': [53], 'cfm.slr.pdu': [54], 'cfm.slm.pdu': [55],
})

/** Connectivity fault management: opcode 1, where its TLVs begin 3. IEEE 802.1Q §21.4, ITU-T G.8013 §9.1. */
export function cfm(walk: Walk, at: number, end: number): Done {
  if (end - at < 2 || !walk.enter(CFM)) return
  const message = CFM_MESSAGES.get(u8(walk.data, at + 1))
  if (message !== undefined) walk.enter(message)
  if (end - at >= 4 && at + 4 + u8(walk.data, at + 3) < end) walk.enter(CFM_TLVS)
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

/** IEEE 802.1X §11.3: version 0, type 1 (0 is EAP, 5 MACsec's key agreement). */
export function eapol(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(EAPOL)) return
  if (end - at <= 4) return
  const type = u8(walk.data, at + 1)
  if (type === 0) walk.enter(EAP)
  else if (type === 5) walk.enter(MKA)
}

const WPAN = protocol('wpan')
const LOWPAN = protocol('6lowpan')

/** LINKTYPE_IEEE802_15_4_WITHFCS, and the same without the 2 bytes of the check sequence. */
export function wpanWithFcs(walk: Walk, at: number, end: number, wire: number): Done {
  wpan(walk, at, Math.min(end, wire - 2))
}

/** IEEE 802.15.4 §7.2: frame control 0 (little-endian), sequence number 2, then addresses; what a data frame carries is only named. */
export function wpan(walk: Walk, at: number, end: number): Done {
  if (!walk.enter(WPAN) || end - at < 3) return
  const { data } = walk
  const control = u16le(data, at)
  const version = (control >> 12) & 3
  const type = control & 7
  // Of version 2, what has neither information elements nor a suppressed sequence number; what is encrypted shows nothing.
  if (type > 1 || version > 2 || (version === 2 && (control & 0x300) !== 0) || (control & 8) !== 0) return
  const to = ADDRESS_LENGTHS[(control >> 10) & 3] as number
  const from = ADDRESS_LENGTHS[(control >> 14) & 3] as number
  const sharedPan = (control & 0x40) !== 0 && to !== 0
  const payload = at + 3 + (to === 0 ? 0 : 2 + to) + (from === 0 ? 0 : (sharedPan ? 0 : 2) + from)
  if (payload >= end) return
  if (type === 0) return walk.rest(behindBeacon(data, payload, end), end)
  const dispatch = u8(data, payload)
  // RFC 4944 §5.1, RFC 6282 §3.1.
  if (dispatch === 0x41 || (dispatch & 0xe0) === 0x60) walk.enter(LOWPAN)
  else walk.rest(payload, end)
}

/** What a beacon begins with (§7.3.1): superframe 2, guaranteed slots 1 and more, pending addresses 1 and those. */
function behindBeacon(data: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return end
  const slots = u8(data, at + 2) & 7
  const pending = at + 3 + (slots === 0 ? 0 : 1 + slots * 3)
  if (pending >= end) return end
  return pending + 1 + (u8(data, pending) & 7) * 2 + ((u8(data, pending) >> 4) & 7) * 8
}

/** By addressing mode: none, reserved, short, extended. */
const ADDRESS_LENGTHS = [0, 0, 2, 8]

const AX25 = protocol('ax25')
const KISS = protocol('ax25_kiss')
const UNNUMBERED_INFORMATION = 0x03

/** LINKTYPE_AX25_KISS: a byte for the modem. */
export function ax25Kiss(walk: Walk, at: number, end: number, wire: number): Done {
  if (end > at && walk.enter(KISS)) ax25(walk, at + 1, end, wire)
}

/** AX.25 §3: addresses of 7 bytes, the last of which ends with a 1 bit, control, and in frames with information what it is. */
export function ax25(walk: Walk, start: number, end: number, wire: number): Done {
  if (!walk.enter(AX25)) return
  const { data } = walk
  let at = start + 14
  while (at <= end && at < start + 70 && (u8(data, at - 1) & 1) === 0) at += 7
  if (end - at < 2) return
  const control = u8(data, at)
  if ((control & 1) !== 0 && (control & 0xef) !== UNNUMBERED_INFORMATION) return
  const carried = u8(data, at + 1)
  if (carried === 0xcc) ipv4(walk, at + 2, end, wire)
  else walk.leaf(AX25_CARRIED.get(carried) ?? AX25_TEXT, at + 2, end)
}

const AX25_TEXT = protocol('ax25_nol3')
const AX25_CARRIED = leaves({ arp: [0xcd], netrom: [0xcf], x25: [0x01] })

const LLAP = protocol('llap')
const DDP = protocol('ddp')

/** Inside AppleTalk §1: destination, source, type 2, of which 1 and 2 are DDP. */
export function localtalk(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(LLAP) || end - at < 4) return
  const type = u8(walk.data, at + 2)
  if (type === 1 || type === 2) walk.leaf(DDP, at + 3, end)
  else walk.rest(at + 3, end)
}

const USB = protocol('usb')
const USB_DATA = protocol('usb.capdata')
const ISOCHRONOUS_TRANSFER = 0
const CONTROL_TRANSFER = 2

/** LINKTYPE_USB_LINUX, and _MMAPPED: kind of transfer 9; a header of 48 or 64 bytes. What no control transfer carries is data of some class. */
export function usbLinux(header: number): (walk: Walk, at: number, end: number) => Done {
  return (walk, at, end) => {
    if (end <= at || !walk.enter(USB) || end - at <= header) return
    if (u8(walk.data, at + 9) !== CONTROL_TRANSFER) walk.enter(USB_DATA)
  }
}

const USBPCAP_HEADER = 27

/** LINKTYPE_USBPCAP: kind of transfer 22. */
export function usbPcap(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(USB) || end - at <= USBPCAP_HEADER) return
  const kind = u8(walk.data, at + 22)
  if (kind !== CONTROL_TRANSFER && kind !== ISOCHRONOUS_TRANSFER) walk.enter(USB_DATA)
}

/** A link of which nothing but its name is told: what it carries is data. */
export function opaque(name: string): (walk: Walk, at: number, end: number) => Done {
  const link = protocol(name)
  return (walk, at, end) => {
    if (end > at && walk.enter(link)) walk.rest(at, end)
  }
}

const CAN = protocol('can')
const CANFD = protocol('canfd')
const FD_FRAME = 0x04
const CAN_ERROR = protocol('text')
const ERROR_FRAME = 0x20000000

/** LINKTYPE_CAN_SOCKETCAN: identifier and flags 0, length 4, flags of CAN FD 5, content 8. An error frame whose length is not 8 tshark describes in words. */
export function can(walk: Walk, at: number, end: number): Done {
  const fd = end - at >= 6 && (u8(walk.data, at + 5) & FD_FRAME) !== 0
  if (end <= at || !walk.enter(fd ? CANFD : CAN) || end - at < 8) return
  const length = u8(walk.data, at + 4)
  if ((u32(walk.data, at) & ERROR_FRAME) === 0) {
    if (length !== 0) walk.rest(at + 8, end)
  } else if (length !== 8) walk.enter(CAN_ERROR)
}

/** A packet's bytes as pcap and pcapng have them, out of any format's records: with the pseudo-header of its link type. */
import type { FormatFamily } from './formats.ts'
import type { Packet } from './packet.ts'
import { hasPseudoHeader } from './pseudo-headers.ts'
import type { FormatName } from './sink.ts'

/** @returns the bytes of the packet whose record begins at `record` of `packet.data`, all of it there in one piece */
type PcapData = (packet: Packet, record: number) => Uint8Array

/** @returns whether pcap and pcapng have a number for this link type, and the format what they want before its packets */
export const isForPcap = (linktype: number, format: FormatName | null, interfaceId: number): boolean =>
  linktype <= 0xffff && !(format === 'netmon2' && interfaceId > 0 && hasPseudoHeader(linktype))

/**
 * How the bytes are got out of a family's records: as editcap 4.0.17 writes them.
 * @param state of the family's reader, behind the file header
 */
export function pcapDataOf(family: FormatFamily, state: object): PcapData {
  switch (family) {
    case 'pcap': {
      const { recordHeader, padding, linktype } = state as { recordHeader: number; padding: number; linktype: number }
      return linktype === ERF ? erfFrom(recordHeader) : from(recordHeader + padding)
    }
    case 'snoop':
      return from(SNOOP_HEADER)
    case 'erf':
      return erfFrom(0) // the record's own header is what stands before the packet
    case 'btsnoop':
      return withBluetooth
    case 'netmon':
      return (packet) => (packet.linktype === ATM ? withAtm(packet) : bare(packet))
    default:
      return bare
  }
}

/** Bytes of a record before its packet, or before the packet's pseudo-header. RFC 1761. */
const SNOOP_HEADER = 24
/** Flags stand so many bytes before a btsnoop packet. */
const BTSNOOP_FLAGS = 16
const BLUETOOTH_H4 = 201
const ATM = 123
const ERF = 197
/** Where an ERF header has the length of its record. */
const ERF_LENGTH = 10

const bare = ({ data, start, caplen }: Packet): Uint8Array => data.subarray(start, start + caplen)

const from =
  (header: number): PcapData =>
  ({ data, start, caplen }, record) =>
    data.subarray(record + header, start + caplen)

/** What fills a record up behind the packet is left out, and not counted in the length that its header gives. */
const erfFrom = (header: number): PcapData => {
  const dataFrom = from(header)
  return (packet, record) => {
    const data = dataFrom(packet, record)
    const length = data.length - packet.caplen + packet.origlen
    if (new DataView(data.buffer, data.byteOffset, data.length).getUint16(ERF_LENGTH) <= length) return data
    const fitted = data.slice()
    new DataView(fitted.buffer).setUint16(ERF_LENGTH, length)
    return fitted
  }
}

/** LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR: 32 bits, 1 if it was received. LINKTYPE_BLUETOOTH_LINUX_MONITOR: adapter, opcode. */
function withBluetooth(packet: Packet): Uint8Array {
  const { data, start, linktype } = packet
  const flags = start - BTSNOOP_FLAGS
  if (linktype === BLUETOOTH_H4) return prefixed([0, 0, 0, (data[flags + 3] as number) & 1], packet)
  return prefixed(data.subarray(flags, flags + 4), packet)
}

/** LINKTYPE_SUNATM: what it carries and which way, VPI, VCI. NetMon has VPI and VCI, each of 16 bits, before the packet. */
function withAtm(packet: Packet): Uint8Array {
  const { data, start } = packet
  const header = new DataView(data.buffer, data.byteOffset + start - 4, 4)
  const [vpi, vci] = [header.getUint16(0), header.getUint16(2)]
  return prefixed([SENT | trafficOf(vpi, vci, bare(packet)), vpi & 0xff, vci >> 8, vci & 0xff], packet)
}

const SENT = 0x80
const LANE = 1
const LLC = 2
const ILMI = 5
const SIGNALLING = 6
/** Bytes of the header of LAN emulation, and Ethernet's. */
const LEAST_LANE = 16

/** No field says what an ATM packet is, so it is told by its circuit and its first bytes, as editcap was seen to. */
function trafficOf(vpi: number, vci: number, data: Uint8Array): number {
  if (vpi === 0 && vci === 5) return SIGNALLING
  if (vpi === 0 && vci === 16) return ILMI
  if (data[0] === 0xaa && data[1] === 0xaa && data[2] === 0x03) return LLC
  return data.length < LEAST_LANE || data[0] === 0x81 || data[0] === 0x83 ? SIGNALLING : LANE
}

function prefixed(pseudoHeader: ArrayLike<number>, packet: Packet): Uint8Array {
  const whole = new Uint8Array(pseudoHeader.length + packet.caplen)
  whole.set(pseudoHeader)
  whole.set(bare(packet), pseudoHeader.length)
  return whole
}

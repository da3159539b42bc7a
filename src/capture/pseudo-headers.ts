/** The headers that some link types put before each packet, which Wireshark's tools do not count as part of it. */
import type { Packet } from './packet.ts'

/** Most bytes that a pseudo-header is looked for in; a reader always gathers as many of a packet. */
export const PSEUDO_HEADER_ROOM = 512

/** Bytes before the packet, by LINKTYPE_ value. ERF's is longer by its extensions. */
const LENGTHS = new Map([
  [123, 4], // SunATM: direction, VPI, VCI
  [139, 4], // MTP2 with sent, annex A, link
  [144, 16], // IrDA in Linux cooked mode
  [177, 16], // LAPD in Linux cooked mode
  [196, 5], // SITA: flags, signals, errors, protocol
  [197, 16], // ERF
  [201, 4], // Bluetooth H4: direction
  [204, 1], // PPP: direction
  [209, 5], // I2C: bus, flags
  [245, 2], // NFC LLCP: adapter, flags
  [254, 4], // Bluetooth Linux Monitor: adapter, opcode
])

const ERF = 197

/** The protocol that the cooked header (offset 14, big-endian) of a link type must name. */
const COOKED_PROTOCOL = new Map([
  [144, 0x0017],
  [177, 0x0030],
])

/** Bytes of the ERF types' own headers after the common one: 2 for Ethernet, 4 for multi-channel. */
const ERF_SUBHEADER = new Map([2, 11, 16, 20].map((type) => [type, 2]))
for (const type of [5, 6, 7, 8, 9, 12, 17, 18]) ERF_SUBHEADER.set(type, 4)

/** @returns whether packets of this link type have a pseudo-header */
export const hasPseudoHeader = (linktype: number): boolean => LENGTHS.has(linktype)

/**
 * Move the packet's start behind its pseudo-header.
 * @param ownTime whether the time in an ERF header stands above the record's, as it does in pcap
 * @returns what is wrong with it, or `null`
 */
export function stripPseudoHeader(packet: Packet, ownTime: boolean): string | null {
  const length = LENGTHS.get(packet.linktype) ?? 0
  if (packet.caplen < length) return `${packet.caplen} bytes are too few for a pseudo-header of ${length}`
  if (packet.linktype === ERF) return stripErf(packet, ownTime)
  const protocol = COOKED_PROTOCOL.get(packet.linktype)
  const { data, start } = packet
  if (protocol !== undefined && (byte(data, start + 14) << 8) + byte(data, start + 15) !== protocol)
    return 'the cooked header names another protocol'
  shift(packet, length)
  packet.origlen = Math.max(0, packet.origlen - length)
  return null
}

/** Endace ERF: timestamp (little-endian 32.32), type, flags, rlen, lctr, wlen; then extensions of 8, then the type's own. */
function stripErf(packet: Packet, ownTime: boolean): string | null {
  const { data, start, caplen } = packet
  let length = 16
  for (let more = byte(data, start + 8) & 0x80; more; more = byte(data, start + length - 8) & 0x80) {
    length += 8
    if (length > caplen || length > PSEUDO_HEADER_ROOM - 8)
      return `the ERF extension headers do not end within the packet`
  }
  length += ERF_SUBHEADER.get(byte(data, start + 8) & 0x7f) ?? 0
  if (length > caplen) return `${caplen} bytes are too few for an ERF header of ${length}`
  const wlen = (byte(data, start + 14) << 8) + byte(data, start + 15)
  if (ownTime) {
    const nanoseconds = Math.round((littleEndian(data, start) * 5 ** 9) / 2 ** 23) // fraction × 10^9 / 2^32, in 53 bits
    packet.seconds = littleEndian(data, start + 4) + (nanoseconds === 1e9 ? 1 : 0)
    packet.nanoseconds = nanoseconds % 1e9
  }
  shift(packet, length)
  packet.origlen = wlen
  packet.caplen = Math.min(packet.caplen, wlen)
  return null
}

function shift(packet: Packet, length: number): void {
  packet.start += length
  packet.caplen -= length
}

/** 32 bits; read octet by octet, as a `DataView` for each packet costs more. */
const littleEndian = (data: Uint8Array, at: number): number =>
  (byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24)) >>> 0

const byte = (data: Uint8Array, at: number): number => data[at] ?? 0

/** Writes pcap, and knows a pcap record's parts where a slice is cut from one. draft-ietf-opsawg-pcap. */

/** How a pcap file's records are laid out; part of its reader's state. */
export interface PcapLayout {
  littleEndian: boolean
  perSecond: number
  recordHeader: number
  lengthOrder: 'caplen-first' | 'origlen-first' | 'either'
}

/** A record as it stands in a file. */
export interface StoredRecord {
  seconds: number
  /** Microseconds or nanoseconds; may be a second or more. */
  fraction: number
  /** Pseudo-header included. */
  data: Uint8Array
  origlen: number
  /** Bytes of header and data. */
  length: number
}

/** @returns the record that begins at `at`, a whole one */
export function storedRecord(bytes: Uint8Array, at: number, layout: PcapLayout): StoredRecord {
  const { littleEndian, recordHeader, lengthOrder } = layout
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, recordHeader)
  const [first, second] = [view.getUint32(8, littleEndian), view.getUint32(12, littleEndian)]
  const swapped = lengthOrder === 'origlen-first' || (lengthOrder === 'either' && first > second)
  const [caplen, origlen] = swapped ? [second, first] : [first, second]
  return {
    seconds: view.getUint32(0, littleEndian),
    fraction: view.getUint32(4, littleEndian),
    data: bytes.subarray(at + recordHeader, at + recordHeader + caplen),
    origlen,
    length: recordHeader + caplen,
  }
}

/** Bytes of frame check sequence that a pcap file header gives: a number of 16-bit words. `null`: it does not say. */
export function fcsLength(header: Uint8Array, littleEndian: boolean): number | null {
  const field = new DataView(header.buffer, header.byteOffset, header.length).getUint32(20, littleEndian)
  return field & 0x04000000 ? (field >>> 28) * 2 : null
}

/** A file header, little-endian, version 2.4. */
export function pcapHeader(linktype: number, snaplen: number, perSecond: 1_000_000 | 1_000_000_000): Uint8Array {
  const header = new Uint8Array(24)
  const view = new DataView(header.buffer)
  view.setUint32(0, perSecond === 1_000_000 ? 0xa1b2c3d4 : 0xa1b23c4d, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, snaplen, true)
  view.setUint32(20, linktype, true)
  return header
}

/** A record, little-endian. */
export function pcapRecord(seconds: number, fraction: number, data: Uint8Array, origlen: number): Uint8Array {
  const record = new Uint8Array(16 + data.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, seconds, true)
  view.setUint32(4, fraction, true)
  view.setUint32(8, data.length, true)
  view.setUint32(12, origlen, true)
  record.set(data, 16)
  return record
}

/** Writes pcap, little-endian, version 2.4. draft-ietf-opsawg-pcap. */

/** A file header. */
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

/**
 * A record. Finer digits of its time than the file has are cut.
 * @param seconds since 1970; those that 32 bits cannot hold become part of the fraction, which 32 bits must hold in turn
 * @param data pseudo-header included
 */
export function pcapRecord(
  seconds: number,
  nanoseconds: number,
  perSecond: number,
  data: Uint8Array,
  origlen: number,
): Uint8Array {
  const whole = Math.min(seconds, 0xffffffff)
  const record = new Uint8Array(16 + data.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, whole, true)
  view.setUint32(4, (seconds - whole) * perSecond + Math.floor(nanoseconds / (1_000_000_000 / perSecond)), true)
  view.setUint32(8, data.length, true)
  view.setUint32(12, origlen, true)
  record.set(data, 16)
  return record
}

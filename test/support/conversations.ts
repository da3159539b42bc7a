/** A capture of very many TCP conversations, made in a second. */

const ETHERNET = 14
const HEADERS = ETHERNET + 20 + 20
const RECORD = 16

/**
 * `count` conversations of two packets each, a SYN and its answer, a millisecond apart: the i-th between 10.0.0.0 + i and one of 16 servers, its
 * first packet of 54 + i % 1000 bytes on the wire, of which 54 are there. pcap, microseconds.
 */
export function manyConversations(count: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(24 + count * 2 * (RECORD + HEADERS))
  const view = new DataView(file.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 262_144, true)
  view.setUint32(20, 1, true)
  for (let i = 0, at = 24; i < count; i++)
    for (let back = 0; back < 2; back++, at += RECORD + HEADERS) {
      const more = back === 0 ? i % 1000 : 0
      const microseconds = i * 1000 + back * 400
      view.setUint32(at, 1_700_000_000 + Math.floor(microseconds / 1e6), true)
      view.setUint32(at + 4, microseconds % 1e6, true)
      view.setUint32(at + 8, HEADERS, true)
      view.setUint32(at + 12, HEADERS + more, true)
      const frame = at + RECORD
      file[frame + (back === 0 ? 5 : 11)] = 2
      file[frame + (back === 0 ? 11 : 5)] = 1
      view.setUint16(frame + 12, 0x0800)
      const ip = frame + ETHERNET
      view.setUint16(ip, 0x4500)
      view.setUint16(ip + 2, 40 + more)
      file[ip + 8] = 64
      file[ip + 9] = 6
      const [client, server] = [0x0a000000 + i, 0xc0000200 + (i % 16)]
      view.setUint32(ip + 12, back === 0 ? client : server)
      view.setUint32(ip + 16, back === 0 ? server : client)
      const tcp = ip + 20
      const [from, to] = [1024 + (i % 60_000), 443]
      view.setUint16(tcp, back === 0 ? from : to)
      view.setUint16(tcp + 2, back === 0 ? to : from)
      view.setUint32(tcp + 4, 1)
      file[tcp + 12] = 0x50
      file[tcp + 13] = back === 0 ? 0x02 : 0x12
      view.setUint16(tcp + 14, 1000)
    }
  return file
}

/** TCP connections as a capture would have them: handshake, what each side sends in turn and its acknowledgement, end. Checksums are left zero. */

import { ACK, bytes, ethernet, ipv4, tcp } from '../summary/frames.ts'
import { type PcapRecord, pcap } from './captures.ts'

export interface Connection {
  client: { host: string; port: number }
  server: { host: string; port: number }
  sent: { fromServer: boolean; bytes: Uint8Array }[]
}

const MOST_SEGMENT = 1400
const [FIN, SYN, PSH] = [1, 2, 8]

/** Frames of a connection, in their order. */
export function framesOf({ client, server, sent }: Connection): Uint8Array[] {
  const next = { client: 1000, server: 5000 }
  const frames: Uint8Array[] = []
  const segment = (fromServer: boolean, flags: number, payload: Uint8Array) => {
    const [from, to] = fromServer ? [server, client] : [client, server]
    const [mine, theirs] = fromServer ? (['server', 'client'] as const) : (['client', 'server'] as const)
    const header = {
      from: from.port,
      to: to.port,
      flags,
      sequence: next[mine],
    }
    const whole = tcp(payload, header)
    if (flags & ACK) new DataView(whole.buffer, whole.byteOffset).setUint32(8, next[theirs])
    frames.push(ethernet(0x0800, ipv4(6, whole, { from: from.host, to: to.host })))
    next[mine] += payload.length + (flags & (SYN | FIN) ? 1 : 0)
  }
  const nothing = bytes()
  segment(false, SYN, nothing)
  segment(true, SYN | ACK, nothing)
  segment(false, ACK, nothing)
  for (const { fromServer, bytes: all } of sent) {
    for (let at = 0; at < all.length; at += MOST_SEGMENT)
      segment(fromServer, PSH | ACK, all.subarray(at, at + MOST_SEGMENT))
    segment(!fromServer, ACK, nothing)
  }
  segment(false, FIN | ACK, nothing)
  segment(true, FIN | ACK, nothing)
  segment(false, ACK, nothing)
  return frames
}

/** A packet a millisecond. */
export const captureOf = (frames: Uint8Array[]): Uint8Array =>
  pcap(
    frames.map(
      (data, i): PcapRecord => ({ seconds: 1_700_000_000 + Math.floor(i / 1000), fraction: (i % 1000) * 1000, data }),
    ),
  )

/** Generated traffic: TCP and UDP flows between many hosts over Ethernet and IPv4, headers right, the same bytes each time. */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface TrafficSpec {
  /** Of the file, to within one packet. Bytes. */
  size: number
  /** Packets' least and greatest caplen. Bytes. */
  packet: [least: number, most: number]
  /** Conversations with ports, half of them TCP's. */
  flows: number
}

/** Written at once. Bytes. */
const PIECE = 1024 ** 2
/** Between two packets. Microseconds. */
const INTERVAL = 25
const FIRST_TIME = 1_700_000_000
const ETHERNET = 14
const IPV4 = 20
const HEADERS = ETHERNET + IPV4 + 20

/** Write a little-endian pcap into a file. @returns its packets */
export function writeTraffic(path: string, { size, packet: [least, most], flows }: TrafficSpec): number {
  const piece = new Uint8Array(PIECE)
  const view = new DataView(piece.buffer)
  const next = randomNumbers()
  for (let at = 0; at < PIECE; at++) piece[at] = next() & 0xff
  const sequences = new Uint32Array(flows * 2)
  const file = openSync(path, 'wx')
  let packets = 0
  try {
    let filled = 24
    for (const [i, word] of [0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 1].entries()) view.setUint32(i * 4, word, true)
    for (let written = 0; written + filled < size; packets++) {
      const caplen = least + (next() % (most - least + 1))
      if (filled + 16 + caplen > PIECE) {
        written += writeSync(file, piece, 0, filled)
        filled = 0
      }
      writePacket(view, filled, packets, caplen, next() % flows, next() & 1, sequences)
      filled += 16 + caplen
    }
    writeSync(file, piece, 0, filled)
  } finally {
    closeSync(file)
  }
  return packets
}

/** Record and headers; the payload is what lies there. */
function writePacket(
  view: DataView,
  at: number,
  number: number,
  caplen: number,
  flow: number,
  back: number,
  sequences: Uint32Array,
): void {
  const time = number * INTERVAL
  view.setUint32(at, FIRST_TIME + Math.floor(time / 1_000_000), true)
  view.setUint32(at + 4, time % 1_000_000, true)
  view.setUint32(at + 8, caplen, true)
  view.setUint32(at + 12, caplen, true)
  const ethernet = at + 16
  // A flow's client is one of 4,096 hosts, its server one of 64; all frames are between a few machines.
  const ends = [0x0a000000 | (flow & 0xfff), 0xc0a80000 | (flow % 61)]
  for (const [place, side] of [1 - back, back].entries()) {
    view.setUint32(ethernet + place * 6, 0x02000000)
    view.setUint16(ethernet + place * 6 + 4, (side << 8) | (flow & 7))
  }
  view.setUint16(ethernet + 12, 0x0800)
  const ip = ethernet + ETHERNET
  const tcp = flow % 2 === 0
  view.setUint16(ip, 0x4500)
  view.setUint16(ip + 2, caplen - ETHERNET)
  view.setUint32(ip + 4, (number & 0xffff) << 16)
  view.setUint32(ip + 8, 0x4000_0000 | ((tcp ? 6 : 17) << 16))
  view.setUint32(ip + 12, ends[back] as number)
  view.setUint32(ip + 16, ends[1 - back] as number)
  const ports = [1024 + (flow % 60_000), tcp ? 9000 : 9001]
  const transport = ip + IPV4
  view.setUint16(transport, ports[back] as number)
  view.setUint16(transport + 2, ports[1 - back] as number)
  if (!tcp) {
    view.setUint32(transport + 4, (caplen - ETHERNET - IPV4) << 16)
    return
  }
  const stream = flow * 2 + back
  view.setUint32(transport + 4, sequences[stream] as number)
  view.setUint32(transport + 8, sequences[flow * 2 + 1 - back] as number)
  view.setUint32(transport + 12, 0x5010_2000)
  view.setUint32(transport + 16, 0)
  sequences[stream] = (sequences[stream] as number) + Math.max(0, caplen - HEADERS)
}

/** A linear congruential generator, its better bits. */
function randomNumbers(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 8
  }
}

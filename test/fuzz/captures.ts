/** Captures to begin from: those of the corpus where `PCAPORT_CORPUS` names it, else some made here. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytes, ipv4, ipv6, RST, SYN, tcp, text, u16, u32, udp } from '../summary/frames.ts'
import { HEADERS } from '../summary/headers.ts'
import { everyBlock, MODIFIED, NANOSECONDS, pcap, pcapng } from '../support/captures.ts'
import { EVERY_RECORD_FORMAT } from '../support/records.ts'

/** A file, read when it is asked for. */
export interface Original {
  name: string
  content: () => Uint8Array
}

/** Files of up to `most` bytes, in an order that does not change. */
export function originals(most: number): Original[] {
  const corpus = process.env.PCAPORT_CORPUS ?? ''
  const folders = corpus === '' ? [] : ['captures', 'bad'].map((name) => join(corpus, name)).filter(existsSync)
  const paths = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const kept = paths.filter((path) => statSync(path).isFile() && statSync(path).size <= most).sort()
  return [...MADE, ...kept.map((path) => ({ name: path, content: () => new Uint8Array(readFileSync(path)) }))]
}

/** A packet for each header, each on an interface of its link type. */
export function headers(): Uint8Array {
  const { section, interface: described, packet } = pcapng()
  const linktypes = [...new Set(HEADERS.map(({ linktype }) => linktype))]
  return bytes(
    section(),
    ...linktypes.map((linktype) => described([], { linktype })),
    ...HEADERS.map((header) => packet(header.packet, { interfaceId: linktypes.indexOf(header.linktype) })),
  )
}

/** Raw IP with all that a summary remembers between packets: streams that are opened twice, fragments that wait, names, times out of order. */
export function traffic(rounds: number): Uint8Array {
  const packets: Uint8Array[] = []
  for (let round = 0; round < rounds; round++) {
    const ends = { from: `10.0.${round & 3}.1`, to: `10.1.0.${round & 7}` }
    const back = { from: ends.to, to: ends.from }
    const port = 40_000 + (round % 5)
    const stream = { from: port, to: 443, sequence: 100 * round }
    const datagram = udp(bytes(text(`first ${round}`), new Uint8Array(64)), port, 53)
    packets.push(
      ipv4(6, tcp(bytes(), { ...stream, flags: SYN }), ends),
      ipv4(17, datagram.subarray(0, 32), { ...ends, id: round, fragment: 0x2000 }),
      ipv4(6, tcp(text(`GET / HTTP/1.1\r\nHost: h${round % 9}.example\r\n\r\n`), stream), ends),
      ipv6(44, bytes([17, 0], u16(1), u32(round), datagram.subarray(0, 32))),
      ipv4(6, tcp(text('HTTP/1.1 200 OK\r\n\r\n'), { from: 443, to: port, window: round & 1 }), back),
      ipv4(6, tcp(text('again'), stream), ends),
      ipv4(17, datagram.subarray(32), { ...ends, id: round - (round % 3), fragment: 4 }),
      ipv6(44, bytes([17, 0], u16(32), u32(round - (round % 2)), datagram.subarray(32))),
      ipv4(
        17,
        udp(bytes(u32(0x0001_0100), u32(0x0001_0000), u32(0), [1, 97 + (round % 26), 0], u32(0x0001_0001)), 9, 53),
      ),
      ipv4(6, tcp(bytes(), { ...stream, flags: RST }), ends),
      ipv4(132, bytes(u16(port), u16(7), u32(1), u32(0)), back),
    )
  }
  const records = packets.map((data, i) => ({ data, seconds: 1_700_000_000 + ((i * 7) % 97), fraction: i * 11 }))
  return pcap(records, { linktype: 101 })
}

/** Those made here: the first ones of all. */
export const MADE: Original[] = [
  { name: 'every block, little-endian', content: () => everyBlock() },
  { name: 'every block, big-endian', content: () => everyBlock('big') },
  { name: 'every header', content: headers },
  { name: 'traffic', content: () => traffic(20) },
  { name: 'nanoseconds', content: () => pcap([{}, {}], { magic: NANOSECONDS, order: 'big' }) },
  { name: 'a modified pcap', content: () => pcap([{}, {}], { magic: MODIFIED }) },
  ...EVERY_RECORD_FORMAT.map(([name, file]) => ({ name, content: () => file })),
]

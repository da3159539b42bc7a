/** What sharkd and tshark 4.0.17 count in a capture, and what we count, as lines that can be compared. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Packet } from '../../src/capture/packet.ts'
import { openReader } from '../../src/capture/reader.ts'
import type { Sink } from '../../src/capture/sink.ts'
import type { HierarchyNode } from '../../src/summary/hierarchy.ts'
import { createSummary, type Summary, type Tables } from '../../src/summary/summary.ts'
import type { TableName } from '../../src/summary/tables.ts'
import { bytes, pcapng } from '../support/captures.ts'

const ORACLE_NAMES: [TableName, string][] = [
  ['ethernet', 'Ethernet'],
  ['ipv4', 'IPv4'],
  ['ipv6', 'IPv6'],
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
]

/** Where the hierarchy stops being compared; and what tshark adds that is no protocol. */
const TRANSPORT = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp'])
const NO_PROTOCOL = /^(_ws\.|pkt_comment$)/

interface SharkdConversation {
  saddr: string
  daddr: string
  sport?: string
  dport?: string
  txf: number
  txb: number
  rxf: number
  rxb: number
  start: number
  stop: number
}
interface SharkdEndpoint {
  host: string
  port?: string
  txf: number
  txb: number
  rxf: number
  rxb: number
}

/** Read a capture of the corpus, decompressed if need be. @returns `null` for a format that the reader does not know */
export function tablesOf(path: string): Tables | null {
  return summaryOfFile(path)?.finish(Number.POSITIVE_INFINITY) ?? null
}

/** The same, before it is asked for its tables. */
export function summaryOfFile(path: string): Summary | null {
  const bytes = decompressed(new Uint8Array(readFileSync(path)))
  const summary = createSummary()
  let read = true
  const sink: Sink = {
    snaplen: summary.snaplen,
    format: () => {},
    opened: () => {},
    section: () => {},
    interface: () => {},
    packet: (packet) => summary.packet(packet),
    frame: (frame) => summary.frame(frame),
    packetComment: () => {},
    nameResolution: () => {},
    interfaceStatistics: () => {},
    decryptionSecrets: () => {},
    fault: ({ what }) => {
      if (what === 'unread' || what === 'unrecognised' || what === 'unsupported') read = false
    },
  }
  const reader = openReader(sink)
  for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536))
  reader.end()
  return read ? summary : null
}

function decompressed(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return new Uint8Array(gunzipSync(bytes))
  if (bytes[0] === 0x28 && bytes[1] === 0xb5) return new Uint8Array(zstdDecompressSync(bytes))
  return bytes
}

/** Every row of every table, ours. Times to the microsecond. */
export function ourRows(tables: Tables): Map<TableName, string[]> {
  return new Map(
    ORACLE_NAMES.map(([name]) => {
      const end = (address: string, port: number | null) =>
        name === 'ethernet' ? '' : `${plain(address)}${port === null ? '' : `|${port}`}`
      const rows = tables.conversations[name].rows.map((row) =>
        [
          end(row.a, row.aPort),
          end(row.b, row.bPort),
          `${row.packetsAToB} ${row.bytesAToB} ${row.packetsBToA} ${row.bytesBToA}`,
          `${time(row.start)} ${time(row.start + row.duration)}`,
        ].join(' '),
      )
      const ends = tables.endpoints[name].rows.map((row) =>
        [end(row.address, row.port), row.packetsSent, row.bytesSent, row.packetsReceived, row.bytesReceived].join(' '),
      )
      return [name, [...rows, ...ends]]
    }),
  )
}

/** The same, by sharkd. Its Ethernet addresses are names, so that only their numbers are compared. @returns `null` where there is no oracle */
export function theirRows(path: string): Map<TableName, string[]> | null {
  if (!existsSync(path)) return null
  const oracle = JSON.parse(readFileSync(path, 'utf8'))
  return new Map(
    ORACLE_NAMES.map(([name, theirs]) => {
      const end = (address: string, port?: string) =>
        name === 'ethernet' ? '' : `${plain(address)}${port === undefined ? '' : `|${port}`}`
      const rows = ((oracle[`conv:${theirs}`] ?? []) as SharkdConversation[]).map((row) =>
        [
          end(row.saddr, row.sport),
          end(row.daddr, row.dport),
          `${row.txf} ${row.txb} ${row.rxf} ${row.rxb}`,
          `${time(row.start)} ${time(row.stop)}`,
        ].join(' '),
      )
      const ends = ((oracle[`endpt:${theirs}`] ?? []) as SharkdEndpoint[]).map((row) =>
        [end(row.host, row.port), row.txf, row.txb, row.rxf, row.rxb].join(' '),
      )
      return [name, [...rows, ...ends]]
    }),
  )
}

const CONVERSATIONS = ['eth', 'ip', 'ipv6', 'tcp', 'udp', 'sctp']

/** What tshark says of packets, each on an interface of its own, a second apart: `io,phs`, and the conversations of all six tables. */
export function tsharkOf(packets: Packet[]): string {
  const { section, interface: described, packet } = pcapng()
  const folder = mkdtempSync(join(tmpdir(), 'pcaport-tables-'))
  try {
    const path = join(folder, 'packets.pcapng')
    const interfaces = packets.map(({ linktype }) => described([], { linktype }))
    const records = packets.map(({ data, seconds }, interfaceId) =>
      packet(data, { interfaceId, time: BigInt(seconds) * 1_000_000n }),
    )
    writeFileSync(path, bytes(section(), ...interfaces, ...records))
    const taps = ['io,phs', ...CONVERSATIONS.map((name) => `conv,${name}`)].flatMap((tap) => ['-z', tap])
    return execFileSync('tshark', ['-n', '-q', '-r', path, ...taps], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Pairs of ends in each table of that text, in our tables' order. One pass of tshark can list a pair more than once. */
export function rowsOfTshark(text: string): number[] {
  return ORACLE_NAMES.map(([, name]) => {
    const table = text.split(/^=+$/m).find((part) => part.startsWith(`\n${name} Conversations`)) ?? ''
    return new Set(table.match(/^.*<->\s+\S+/gm)).size
  })
}

/** Our hierarchy down to the transport protocols: `/eth/ip/tcp frames bytes`. */
export function ourHierarchy(tables: Tables): string[] {
  const lines: string[] = []
  const walk = (nodes: HierarchyNode[], path: string) => {
    for (const node of nodes) {
      const here = `${path}/${node.protocol}`
      lines.push(`${here} ${node.frames} ${node.bytes}`)
      if (!TRANSPORT.has(node.protocol)) walk(node.children, here)
    }
  }
  walk(tables.hierarchy, '')
  return lines
}

/** The same, from the text of `tshark -z io,phs`. What stands below a node that is left out moves up. */
export function theirHierarchy(text: string): string[] {
  const counts = new Map<string, [number, number]>()
  const stack: { path: string; below: boolean }[] = []
  for (const line of text.slice(Math.max(0, text.indexOf('Protocol Hierarchy'))).split('\n')) {
    const found = /^( *)(\S+) +frames:(\d+) bytes:(-?\d+)/.exec(line)
    if (found === null) continue
    const [, indent, protocol, frames, bytes] = found as unknown as [string, string, string, string, string]
    stack.length = indent.length / 2
    const parent = stack.at(-1) ?? { path: '', below: false }
    const left = NO_PROTOCOL.test(protocol)
    const path = left ? parent.path : `${parent.path}/${protocol}`
    stack.push({ path, below: parent.below || TRANSPORT.has(protocol) })
    if (left || parent.below) continue
    const [f, b] = counts.get(path) ?? [0, 0]
    counts.set(path, [f + Number(frames), b + Number(bytes)])
  }
  return Array.from(counts, ([path, [frames, bytes]]) => `${path} ${frames} ${bytes}`)
}

/** Buckets of `tshark -z plen,tree`: packets in each. */
export const theirLengths = (text: string): number[] =>
  Array.from(text.matchAll(/^ (?:\d+-\d+|5120 and greater) +(\d+) /gm), ([, count]) => Number(count))

/** Lines that only one side has: `-` theirs, `+` ours. */
export function differences(ours: string[], theirs: string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of ours) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const line of theirs) counts.set(line, (counts.get(line) ?? 0) - 1)
  const lines = Array.from(counts).filter(([, count]) => count !== 0)
  return lines.map(([line, count]) => (count < 0 ? `- ${line}` : `+ ${line}`)).sort()
}

/** As many decimals, up to nine, as a double has of so many seconds. */
const time = (seconds: number): string => {
  const size = Math.abs(seconds)
  const text = seconds.toFixed(size < 1e5 ? 9 : size < 1e9 ? 5 : 4)
  return Number(text) === 0 ? '0' : text
}

/** An IPv6 address in eight groups; others as they are. */
function plain(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const left = groups(head)
  if (tail === undefined) return left.join(':')
  const right = groups(tail)
  return [...left, ...Array(8 - left.length - right.length).fill('0'), ...right].join(':')
}

const groups = (part: string): string[] =>
  part === ''
    ? []
    : part.split(':').flatMap((group) => {
        const octets = group.split('.').map(Number)
        if (octets.length !== 4) return [Number.parseInt(group, 16).toString(16)]
        const [a = 0, b = 0, c = 0, d = 0] = octets
        return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)]
      })

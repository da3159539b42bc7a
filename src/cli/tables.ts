/** The tables of a capture as text: what lies in what, and who talks to whom. */
import { endText } from '../summary/addresses.ts'
import type { HierarchyNode } from '../summary/hierarchy.ts'
import type { Tables } from '../summary/summary.ts'
import { type Conversation, TABLES, type Table, type TableName } from '../summary/tables.ts'
import { columns } from './screen.ts'

const TITLES: Record<TableName, string> = {
  ethernet: 'Ethernet',
  ipv4: 'IPv4',
  ipv6: 'IPv6',
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
}

/** @param most conversations listed of each kind; how many are left out is said */
export function tablesText({ hierarchy, conversations, leftOut }: Tables, most: number): string {
  const kinds = TABLES.filter((name) => conversations[name].kept > 0)
  return [
    'Protocol hierarchy (frames, bytes on the wire; ? is a guess by port or first bytes)',
    columns(
      hierarchy.flatMap((node) => nodeLines(node, 0)),
      new Set([1, 2]),
    ),
    ...(leftOut.headers > 0 ? [`${leftOut.headers} headers more than there is room for`] : []),
    ...kinds.flatMap((name) => ['', conversationsText(TITLES[name], conversations[name], most)]),
  ].join('\n')
}

const nodeLines = ({ protocol, guess, frames, bytes, children }: HierarchyNode, depth: number): string[][] => [
  [`${'  '.repeat(depth)}${protocol}${guess ? '?' : ''}`, String(frames), String(bytes)],
  ...children.flatMap((child) => nodeLines(child, depth + 1)),
]

const HEAD = ['A', 'B', 'frames A>B', 'bytes A>B', 'frames B>A', 'bytes B>A', 'start', 'duration']

function conversationsText(title: string, { rows, kept, others }: Table<Conversation>, most: number): string {
  const listed = rows.slice(0, most)
  const unlisted = kept - listed.length
  const beyond = others.packetsBeyondBound
  return [
    `${title} conversations (${kept})`,
    columns([HEAD, ...listed.map(rowOf)], new Set([2, 3, 4, 5, 6, 7])),
    ...(unlisted > 0 ? [`${unlisted} more, of fewer bytes`] : []),
    ...(beyond > 0 ? [`${beyond} packets of conversations beyond those that are kept`] : []),
  ].join('\n')
}

const rowOf = (row: Conversation): string[] => [
  endText(row.a, row.aPort),
  endText(row.b, row.bPort),
  String(row.packetsAToB),
  String(row.bytesAToB),
  String(row.packetsBToA),
  String(row.bytesBToA),
  row.start.toFixed(6),
  row.duration.toFixed(6),
]

/** Who talks to whom: the busiest addresses on a ring, and lines between them. */
import type { Conversation, Endpoint, TableName } from '../../../summary/tables.ts'
import { conversationFilter, endpointFilter, packetsAt } from '../../ui/display-filter.ts'
import { bytes, grouped } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Amount } from '../../ui/quantity.tsx'
import { Rows } from '../../ui/rows.tsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Found } from './found.tsx'
import type { Traffic } from './traffic.ts'

const WORDS = TRAFFIC.map

const NODES = 24
const LINES = 60
const SIZE = { width: 1000, height: 560 }
const RING = { x: 270, y: 225 }

interface Node {
  address: string
  table: TableName
  bytes: number
  x: number
  y: number
  /** Cosine of its direction from the middle. */
  towards: number
}
interface Line {
  row: Conversation
  table: TableName
  bytes: number
}

export function TalkMap({ traffic }: { traffic: Traffic }) {
  const { nodes, lines, left } = drawn(traffic)
  if (nodes.length === 0)
    return (
      <Panel id="map" title={WORDS.title}>
        <p class="inner">{WORDS.none}</p>
      </Panel>
    )
  return (
    <>
      <Panel id="map" title={WORDS.title}>
        <div class="scroll whole" tabindex={0}>
          <Ring traffic={traffic} nodes={nodes} lines={lines} />
        </div>
        <p class="more">
          {WORDS.note(nodes.length, lines.length)}
          {(left.nodes > 0 || left.lines > 0) && ` ${WORDS.leftOut(left.nodes, left.lines)}`}
        </p>
      </Panel>
      <Panel id="lines" title={WORDS.table} count={lines.length} long>
        <Rows
          label="lines"
          rows={lines}
          total={lines.length}
          what="conversation"
          columns={[
            {
              title: TRAFFIC.rows.a,
              cell: ({ row, table }) => (
                <Found
                  traffic={traffic}
                  filter={conversationFilter(table, row, false)}
                  of={TRAFFIC.rows.between(row.a, row.b)}
                >
                  {row.a}
                </Found>
              ),
            },
            { title: TRAFFIC.rows.b, cell: ({ row }) => row.b },
            {
              title: TRAFFIC.rows.packets,
              kind: 'number',
              cell: ({ row }) => grouped(row.packetsAToB + row.packetsBToA),
            },
            { title: TRAFFIC.rows.bytes, kind: 'number', cell: (line) => <Amount of={bytes(line.bytes)} /> },
            { title: TRAFFIC.rows.bytesAToB, kind: 'number', cell: ({ row }) => <Amount of={bytes(row.bytesAToB)} /> },
            { title: TRAFFIC.rows.bytesBToA, kind: 'number', cell: ({ row }) => <Amount of={bytes(row.bytesBToA)} /> },
          ]}
        />
      </Panel>
    </>
  )
}

function Ring({ traffic, nodes, lines }: { traffic: Traffic; nodes: Node[]; lines: Line[] }) {
  const at = new Map(nodes.map((node) => [node.address, node]))
  const most = Math.max(...lines.map((line) => line.bytes), 1)
  const mostOfNode = Math.max(...nodes.map((node) => node.bytes), 1)
  return (
    <svg class="map" viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} aria-label={WORDS.label(nodes.length, lines.length)}>
      {lines.toReversed().map(({ row, bytes: sum }) => {
        const [a, b] = [at.get(row.a), at.get(row.b)]
        if (a === undefined || b === undefined) return null
        return (
          <path class="line" d={arc(a, b)} stroke-width={(1 + 7 * Math.sqrt(sum / most)).toFixed(1)}>
            <title>{WORDS.line(row.a, row.b, bytes(sum).text)}</title>
          </path>
        )
      })}
      {nodes.map((node) => {
        const words = WORDS.node(node.address, bytes(node.bytes).text)
        const drawing = (
          <>
            <title>{words}</title>
            <circle cx={round(node.x)} cy={round(node.y)} r={(4 + 8 * Math.sqrt(node.bytes / mostOfNode)).toFixed(1)} />
            <text {...labelOf(node)}>{node.address}</text>
          </>
        )
        if (traffic.packets === null) return <g class="end">{drawing}</g>
        const filter = endpointFilter(node.table, { address: node.address, port: null })
        return (
          <a class="end" href={packetsAt(traffic.packets, filter)} aria-label={TRAFFIC.packetsOf(words)}>
            {drawing}
          </a>
        )
      })}
    </svg>
  )
}

/** Where an address stands: outside of the ring, above the highest and below the lowest. */
function labelOf({ x, y, towards }: Node) {
  const side = towards < -0.02 ? -1 : towards > 0.02 ? 1 : 0
  const beside = Math.abs(towards) > 0.2
  return {
    x: round(x + side * (beside ? 16 : -6)),
    y: round(beside ? y + 5 : y < SIZE.height / 2 ? y - 18 : y + 28),
    'text-anchor': (['end', 'middle', 'start'] as const)[side + 1] ?? 'middle',
  }
}

/** Through the middle, more so the further apart; back to itself beside the ring. */
function arc(a: Node, b: Node): string {
  const middle = { x: SIZE.width / 2, y: SIZE.height / 2 }
  if (a === b) {
    const out = { x: (a.x - middle.x) * 0.12, y: (a.y - middle.y) * 0.12 }
    return `M${round(a.x)} ${round(a.y)}c${round(out.x - out.y)} ${round(out.y + out.x)} ${round(out.x + out.y)} ${round(out.y - out.x)} 0 0`
  }
  const bend = { x: ((a.x + b.x) / 2 + middle.x) / 2, y: ((a.y + b.y) / 2 + middle.y) / 2 }
  return `M${round(a.x)} ${round(a.y)}Q${round(bend.x)} ${round(bend.y)} ${round(b.x)} ${round(b.y)}`
}

const round = (number: number): string => number.toFixed(1)

/** Addresses of IP, or of Ethernet where there are none. */
function drawn({ tables }: Traffic): { nodes: Node[]; lines: Line[]; left: { nodes: number; lines: number } } {
  const layers: TableName[] =
    tables.endpoints.ipv4.kept + tables.endpoints.ipv6.kept > 0 ? ['ipv4', 'ipv6'] : ['ethernet']
  const ends = layers
    .flatMap((table) => tables.endpoints[table].rows.map((row) => ({ table, row })))
    .sort((a, b) => sumOf(b.row) - sumOf(a.row))
    .slice(0, NODES)
  const shown = new Set(ends.map(({ row }) => row.address))
  const lines = layers
    .flatMap((table) =>
      tables.conversations[table].rows.map((row) => ({ table, row, bytes: row.bytesAToB + row.bytesBToA })),
    )
    .filter(({ row }) => shown.has(row.a) && shown.has(row.b))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LINES)
  const keptOf = (of: 'endpoints' | 'conversations') => layers.reduce((sum, table) => sum + tables[of][table].kept, 0)
  const nodes = ringOrder(
    ends.map(({ row }) => row.address),
    lines,
  ).map((address, i) => {
    const { table, row } = ends.find((end) => end.row.address === address) as (typeof ends)[number]
    const angle = (2 * Math.PI * i) / ends.length - Math.PI / 2 + Math.PI / Math.max(ends.length, 2)
    const [x, y] = [SIZE.width / 2 + RING.x * Math.cos(angle), SIZE.height / 2 + RING.y * Math.sin(angle)]
    return { address, table, bytes: sumOf(row), x, y, towards: Math.cos(angle) }
  })
  return {
    nodes,
    lines,
    left: { nodes: keptOf('endpoints') - nodes.length, lines: keptOf('conversations') - lines.length },
  }
}

const sumOf = (row: Endpoint) => row.bytesSent + row.bytesReceived

/** Who talks with each other stands together: each address, then those it talks most with. */
function ringOrder(addresses: string[], lines: Line[]): string[] {
  const order = new Set<string>()
  const visit = (address: string) => {
    if (order.has(address)) return
    order.add(address)
    for (const { row } of lines) {
      if (row.a === address && !lines.some((other) => other.row.b === row.b && other.row.a !== address)) visit(row.b)
      if (row.b === address && !lines.some((other) => other.row.a === row.a && other.row.b !== address)) visit(row.a)
    }
  }
  for (const address of addresses) visit(address)
  return [...order]
}

/** The protocol hierarchy, as a tree that folds. */
import type { HierarchyNode } from '../../../summary/hierarchy.ts'
import { Bar, percent } from '../../ui/bar.tsx'
import { bytes, grouped } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Amount } from '../../ui/quantity.tsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Exports } from './exports.tsx'
import { Found } from './found.tsx'
import type { Traffic } from './traffic.ts'

const WORDS = TRAFFIC.hierarchy

/** Nodes that a page shows. */
const NODES = 400
/** A tree of more nodes is folded below this depth. */
const OPEN_ALL = 60
const OPEN_TO = 4

export function Hierarchy({ traffic }: { traffic: Traffic }) {
  const { hierarchy, frames, leftOut } = traffic.tables
  const all = sizeOf(hierarchy)
  const room = { left: NODES }
  return (
    <Panel
      id="hierarchy"
      title={WORDS.title}
      long
      aside={<Exports traffic={traffic} table="hierarchy" what={WORDS.title} />}
    >
      {all === 0 ? (
        <p class="inner">{WORDS.none}</p>
      ) : (
        <div class="tree">
          <div class="heads" aria-hidden="true">
            <span>{WORDS.protocol}</span>
            <span>{WORDS.share}</span>
            <span class="number">{WORDS.frames}</span>
            <span class="number">{WORDS.bytes}</span>
          </div>
          <Nodes
            traffic={traffic}
            nodes={hierarchy}
            frames={frames}
            room={room}
            depth={1}
            opens={all <= OPEN_ALL ? 64 : OPEN_TO}
          />
        </div>
      )}
      <p class="more">
        {WORDS.note}
        {all > NODES && ` ${WORDS.more(all - NODES)}`}
        {leftOut.headers > 0 && ` ${WORDS.leftOut(leftOut.headers)}`}
      </p>
    </Panel>
  )
}

interface Branch {
  traffic: Traffic
  nodes: HierarchyNode[]
  /** Of the whole capture. */
  frames: number
  room: { left: number }
  depth: number
  /** Depth down to which it is unfolded. */
  opens: number
}

function Nodes({ nodes, ...branch }: Branch) {
  const shown = nodes.filter(() => branch.room.left-- > 0)
  return (
    <ul>
      {shown.map((node) => (
        <li>
          <Row node={node} {...branch} />
          {node.children.length > 0 && (
            <details open={branch.depth < branch.opens}>
              <summary>
                <span class="hidden">{WORDS.within(node.protocol)}</span>
              </summary>
              <Nodes {...branch} nodes={node.children} depth={branch.depth + 1} />
            </details>
          )}
        </li>
      ))}
    </ul>
  )
}

function Row({ node, traffic, frames }: Omit<Branch, 'nodes'> & { node: HierarchyNode }) {
  return (
    <div class="node">
      <span class="name">
        <Found traffic={traffic} filter={node.protocol} of={node.protocol}>
          {node.guess ? <i title={WORDS.guess}>{node.protocol}</i> : node.protocol}
        </Found>
      </span>
      <span class="share">
        <Bar share={frames === 0 ? 0 : node.frames / frames} />
        <span class="number">{percent(node.frames, frames)}</span>
      </span>
      <span class="number">
        {grouped(node.frames)} <span class="hidden">{WORDS.frames}</span>
      </span>
      <span class="number">
        <Amount of={bytes(node.bytes)} />
      </span>
    </div>
  )
}

const sizeOf = (nodes: HierarchyNode[]): number => nodes.reduce((sum, node) => sum + 1 + sizeOf(node.children), 0)

/** The protocol hierarchy: which protocols lay in which, in how many frames of how many bytes. */
import { protocol, protocolName } from './protocols.ts'
import type { Saved, Scribe } from './saving.ts'

/** Nodes kept; a frame that would need another is counted at the deepest node that is there. */
const MAX_NODES = 4096
const SLOT_BITS = 14
const SLOTS = 2 ** SLOT_BITS
const ROOT = 0

/** One protocol where it was found: its frames and bytes are those of all below it too. */
export interface HierarchyNode {
  protocol: string
  /** Named by port or first bytes, not by what the layer below says. */
  guess: boolean
  frames: number
  bytes: number
  children: HierarchyNode[]
}

/** One protocol of a hierarchy that is a list. */
export type FlatNode = Omit<HierarchyNode, 'children'> & {
  /** `eth/ip/tcp` */
  path: string
  /** Protocols of the path. */
  depth: number
}

/** Each protocol behind the one that it stands on. */
export function* flatHierarchy(nodes: HierarchyNode[], above = '', depth = 1): Generator<FlatNode> {
  for (const { protocol, guess, frames, bytes, children } of nodes) {
    const path = `${above}${protocol}`
    yield { path, protocol, depth, guess, frames, bytes }
    yield* flatHierarchy(children, `${path}/`, depth + 1)
  }
}

/**
 * Counts frames by their path of protocols. A frame has one path, as tshark puts each protocol under the one before it;
 * so only its end is counted, and the rest is added up when asked. Holds 185 kB.
 */
export class Hierarchy {
  /** Headers without a node, since there were more than 4,095 different paths. */
  leftOut = 0
  private nodes = 1
  private readonly protocols = new Uint16Array(MAX_NODES)
  private readonly parents = new Uint16Array(MAX_NODES)
  private readonly guesses = new Uint8Array(MAX_NODES)
  private readonly frames = new Float64Array(MAX_NODES)
  private readonly bytes = new Float64Array(MAX_NODES)
  /** Open addressing by parent and protocol: both of them, and the node; 0 where none is. */
  private readonly keys = new Int32Array(SLOTS)
  private readonly slots = new Uint16Array(SLOTS)

  /** The node of `protocol` under `parent`; `parent` itself where there is no room for it. */
  child(parent: number, protocol: number, guess: boolean): number {
    const slot = this.slotOf(parent, protocol)
    const found = this.slots[slot] as number
    if (found !== 0) return found
    if (this.nodes === MAX_NODES) {
      this.leftOut++
      return parent
    }
    const node = this.nodes++
    this.put(slot, node, parent, protocol)
    this.parents[node] = parent
    this.protocols[node] = protocol
    this.guesses[node] = guess ? 1 : 0
    return node
  }

  /** A frame's path ends at `node`. */
  count(node: number, bytes: number): void {
    this.frames[node] = (this.frames[node] as number) + 1
    this.bytes[node] = (this.bytes[node] as number) + bytes
  }

  /** The protocol at a node; that of the root has no name. */
  protocolAt(node: number): number {
    return node === ROOT ? NOTHING : (this.protocols[node] as number)
  }

  save(scribe: Scribe): void {
    scribe.number(this.leftOut)
    scribe.number(this.nodes)
    for (let node = ROOT; node < this.nodes; node++)
      for (const column of this.columns()) scribe.number(column[node] as number)
  }

  load(saved: Saved): void {
    this.leftOut = saved.number()
    this.nodes = saved.number()
    for (let node = ROOT; node < this.nodes; node++) {
      for (const column of this.columns()) column[node] = saved.number()
      if (node === ROOT) continue
      const protocol = saved.protocol(this.protocols[node] as number)
      this.protocols[node] = protocol
      const parent = this.parents[node] as number
      this.put(this.slotOf(parent, protocol), node, parent, protocol)
    }
  }

  bytesHeld(): number {
    return MAX_NODES * 21 + SLOTS * 6
  }

  /** The tree in the order in which its nodes were first seen. */
  tree(): HierarchyNode[] {
    const built: HierarchyNode[] = []
    for (let node = 0; node < this.nodes; node++)
      built.push({
        protocol: protocolName(this.protocolAt(node)),
        guess: this.guesses[node] === 1,
        frames: this.frames[node] as number,
        bytes: this.bytes[node] as number,
        children: [],
      })
    // A child is always made after its parent.
    for (let node = this.nodes - 1; node > ROOT; node--) {
      const child = built[node] as HierarchyNode
      const parent = built[this.parents[node] as number] as HierarchyNode
      parent.frames += child.frames
      parent.bytes += child.bytes
      parent.children.unshift(child)
    }
    return (built[ROOT] as HierarchyNode).children
  }

  private columns() {
    return [this.protocols, this.parents, this.guesses, this.frames, this.bytes]
  }

  /** The slot of `protocol` under `parent`: where it stands, or where it would. */
  private slotOf(parent: number, protocol: number): number {
    const { keys, slots } = this
    const key = keyOf(parent, protocol)
    let slot = Math.imul(key, 0x9e3779b1) >>> (32 - SLOT_BITS)
    while (keys[slot] !== key && slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
    return slot
  }

  private put(slot: number, node: number, parent: number, protocol: number): void {
    this.keys[slot] = keyOf(parent, protocol)
    this.slots[slot] = node
  }
}

const keyOf = (parent: number, protocol: number): number => (parent << 16) | protocol

const NOTHING = protocol('')

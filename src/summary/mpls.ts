/** MPLS label stacks. RFC 3032. */
import { u8, u32 } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const MPLS = protocol('mpls')
const CW = protocol('pweth.cw')
const HEURISTIC = protocol('pwethcw')
const PWACH = protocol('pwach')

const BOTTOM = 0x100

/** One node for each label; behind the last one what its first nibble says, since the label itself does not. */
export function mpls(walk: Walk, start: number, end: number, wire: number): Done {
  for (let at = start; end - at >= 4; at += 4) {
    if (!walk.enter(MPLS)) return
    const entry = u32(walk.data, at)
    if ((entry & BOTTOM) !== 0) return carried(walk, entry >>> 12, at + 4, end, wire)
  }
}

function carried(walk: Walk, label: number, at: number, end: number, wire: number): Done {
  if (end <= at) return
  if (label === 0) return ipv4(walk, at, end, wire)
  if (label === 2) return ipv6(walk, at, end, wire)
  const nibble = u8(walk.data, at) >> 4
  if (nibble === 4) return ipv4(walk, at, end, wire)
  if (nibble === 6) return ipv6(walk, at, end, wire)
  if (nibble === 1) return walk.leaf(PWACH, at, end)
  if (nibble !== 0) return walk.rest(at, end)
  if (end - at < 4) return
  // A control word (RFC 4448 §4.6) before what looks like Ethernet.
  if (!walk.enter(CW) || !walk.enter(HEURISTIC)) return
  ethernet(walk, at + 4, end, wire)
}

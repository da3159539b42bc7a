/** MPLS label stacks. RFC 3032. */
import { u8, u16, u32 } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { isEthertype } from './ethertypes.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const MPLS = protocol('mpls')
const CW = protocol('pweth.cw')
const HEURISTIC = protocol('pwethcw')
const PLAIN = protocol('pweth')
const PWACH = protocol('pwach')
const OAM_TEXT = protocol('text')

/** Labels with a meaning of their own. RFC 3032 §2.1, ITU-T Y.1711. */
const EXPLICIT_NULL = 0
const EXPLICIT_NULL_6 = 2
const OAM_ALERT = 14

/** Channel types of an associated channel. IANA "MPLS Generalized Associated Channel Types". */
// biome-ignore format: a table
const CHANNELS = leaves({
  bfd: [7, 0x22, 0x23], 'mpls-echo': [0x25], cfm: [0x8902], mcc: [1], mpls_psc: [0x24], pw_oam: [0x27], mpls_mac: [0x28],
  mplspmdlm: [10], mplspmilm: [11], mplspmdm: [12], mplspmdlmdm: [13], mplspmilmdm: [14], mplstp_lock: [0x26], mplstp_fm: [0x58],
})

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
  if (label === EXPLICIT_NULL) return ipv4(walk, at, end, wire)
  if (label === EXPLICIT_NULL_6) return ipv6(walk, at, end, wire)
  if (label === OAM_ALERT) {
    walk.enter(OAM_TEXT)
    return
  }
  const nibble = u8(walk.data, at) >> 4
  if (nibble === 4) return ipv4(walk, at, end, wire)
  if (nibble === 6) return ipv6(walk, at, end, wire)
  if (nibble === 1) return associatedChannel(walk, at, end, wire)
  if (nibble !== 0 || end - at < 4) return walk.rest(at, end)
  if (looksPlain(walk.data, at, end)) {
    if (walk.enter(PLAIN)) ethernet(walk, at, end, wire)
    return
  }
  // A control word (RFC 4448 §4.6) before what looks like Ethernet.
  if (!walk.enter(CW) || !walk.enter(HEURISTIC)) return
  ethernet(walk, at + 4, end, wire)
}

/**
 * Ethernet without a control word. tshark takes it for that if it knows the manufacturers of both addresses, which zeros are too
 * (Xerox). Without its list: both begin with zeros, or both are manufacturers' own, and a type that is known stands where it
 * would, and none where it would behind a control word.
 */
function looksPlain(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 18) return false
  if (u16(data, at) === 0 && u16(data, at + 6) === 0) return true
  if (((u8(data, at) | u8(data, at + 6)) & 3) !== 0) return false
  return isEthertype(u16(data, at + 12)) && !isEthertype(u16(data, at + 16))
}

/** RFC 4385 §5, RFC 5586 §2.1: what stands behind 4 bytes, of which the last two say what it is. */
function associatedChannel(walk: Walk, at: number, end: number, wire: number): Done {
  if (!walk.enter(PWACH) || end - at < 4) return
  const channel = u16(walk.data, at + 2)
  if (channel === 0x21) return ipv4(walk, at + 4, end, wire)
  if (channel === 0x57) return ipv6(walk, at + 4, end, wire)
  const leaf = CHANNELS.get(channel)
  if (leaf !== undefined) walk.leaf(leaf, at + 4, end)
  else walk.rest(at + 4, end)
}

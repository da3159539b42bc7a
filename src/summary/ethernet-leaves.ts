/** What stands right on Ethernet or LLC beside IP: IPX and what it carries, the slow protocols. */
import { u8, u16, u16le } from './bytes.ts'
import { overNetbios } from './netbios.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const SLOW = protocol('slow')
const SLOW_SUBTYPES = leaves({ lacp: [1], marker: [2], oampdu: [3], ossp: [10] })

const LOOP = protocol('loop')
const IPX = protocol('ipx')
const SPX = protocol('spx')
const NBIPX = protocol('nbipx')
const NMPI = protocol('nmpi')
const NCP = protocol('ncp')
/** Sockets of IPX, in the order of its own header: destination 16, source 28. */
const IPX_SOCKETS = leaves({
  ncp: [0x0451],
  ipxsap: [0x0452],
  ipxrip: [0x0453],
  nbipx: [0x0455],
  nmpi: [0x0551, 0x0553],
  nlsp: [0x9001],
  ipxmsg: [0x4001, 0x4003],
  snmp: [0x900f, 0x9010],
})

/** IEEE 802.3 annex 57A: a subtype, then its protocol. */
export function slow(walk: Walk, at: number, end: number): Done {
  if (end <= at) return
  walk.enter(SLOW)
  const subtype = SLOW_SUBTYPES.get(u8(walk.data, at))
  if (subtype !== undefined) walk.enter(subtype)
}

/** Configuration test protocol: bytes to skip 0 (little-endian), then functions, of which a reply (1) ends them. DIX 2.0 §8. */
export function loopTest(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(LOOP) || end - at < 2) return
  const { data } = walk
  let from = at + 2 + u16le(data, at)
  while (end - from >= 2) {
    const code = u16le(data, from)
    if (code === 1) return walk.rest(from + 4, end)
    if (code !== 2) return walk.rest(from + 2, end)
    from += 8
  }
}

/** Novell IPX: checksum 0, length 2, hops 4, packet type 5, then network, node and socket of both ends. */
export function ipx(walk: Walk, at: number, end: number): Done {
  if (end <= at || !walk.enter(IPX) || end - at < 30) return
  const { data } = walk
  const type = u8(data, at + 5)
  if (type === 5) return walk.leaf(SPX, at + 30, end)
  const to = u16(data, at + 16)
  const from = u16(data, at + 28)
  const carried = IPX_SOCKETS.get(Math.min(from, to)) ?? IPX_SOCKETS.get(Math.max(from, to))
  if (carried !== undefined) {
    walk.leaf(carried, at + 30, end)
    if (carried === NBIPX || carried === NMPI) overNetbios(walk, at + 30, end)
    return
  }
  if (type === 17) return walk.leaf(NCP, at + 30, end)
  walk.rest(at + 30, end)
}

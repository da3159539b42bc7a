/** OSI network layer protocols, by their identifier in the first byte. ISO/IEC TR 9577. */
import { u8 } from './bytes.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { leaves, protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const UNKNOWN = protocol('osi.nlpid')
const ISIS = protocol('isis')
const NAMES = leaves({ clnp: [0x00, 0x81], esis: [0x82], q931: [0x08] })
const ISIS_PDUS = leaves({
  'isis.hello': [15, 16, 17],
  'isis.lsp': [18, 20],
  'isis.csnp': [24, 25],
  'isis.psnp': [26, 27],
})

/** Whether tshark knows the identifier as OSI's own. */
export const isOsi = (nlpid: number): boolean => nlpid === 0x83 || NAMES.has(nlpid)

/** A network layer protocol identifier and what it introduces; tshark shows no header for OSI's own. */
export function byNlpid(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at) return
  const nlpid = u8(walk.data, at)
  if (nlpid === 0xcc || nlpid === 0x8e) {
    walk.enter(UNKNOWN)
    return nlpid === 0xcc ? ipv4(walk, at + 1, end, wire) : ipv6(walk, at + 1, end, wire)
  }
  if (nlpid === 0x83) return isis(walk, at, end)
  const name = NAMES.get(nlpid)
  if (name !== undefined) walk.enter(name)
  else {
    walk.enter(UNKNOWN)
    walk.rest(at + 1, end)
  }
}

/** ISO/IEC 10589 §9: the PDU's type stands at 4. */
function isis(walk: Walk, at: number, end: number): Done {
  walk.enter(ISIS)
  const pdu = end - at > 4 ? ISIS_PDUS.get(u8(walk.data, at + 4) & 0x1f) : undefined
  if (pdu !== undefined) walk.enter(pdu)
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** The conversation of a packet, told from its details. */
import type { Detail, Packet } from './engine.ts'
import { firstOf } from './fields.ts'

const NETWORKS = ['ip', 'ipv6']
const TRANSPORTS = ['tcp', 'udp', 'sctp']

/**
 * As the server takes it: `tcp 192.0.2.1 50000 198.51.100.7 80`, `ipv4 192.0.2.1 198.51.100.7`. Of a tunnel the innermost one.
 * @returns `null` where the packet has no ends that are known
 */
export function conversationOf({ details }: Pick<Packet, 'details'>): string | null {
  let found: string | null = null
  let addresses: [string, string] | null = null
  for (const layer of details) {
    const name = layer.filter
    const isNetwork = NETWORKS.includes(name)
    if (isNetwork || (name === 'eth' && addresses === null)) {
      const ends = valuesOf(layer, `${name}.src`, `${name}.dst`)
      if (ends !== null) found = [name === 'ip' ? 'ipv4' : name === 'eth' ? 'ethernet' : name, ...ends].join(' ')
      if (isNetwork) addresses = ends
    } else if (TRANSPORTS.includes(name) && addresses !== null) {
      const ports = valuesOf(layer, `${name}.srcport`, `${name}.dstport`)
      if (ports !== null) found = [name, addresses[0], ports[0], addresses[1], ports[1]].join(' ')
    }
  }
  return found
}

/** What a layer says of two fields; `null` where one is not there. */
function valuesOf({ children }: Detail, one: string, other: string): [string, string] | null {
  const [first, second] = [firstOf(children, one), firstOf(children, other)]
  return first === undefined || second === undefined ? null : [first, second]
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** The conversation of a packet, told from its details; and the way to have the server cut it out. */
import { fieldOf } from './details.tsx'
import type { Detail, Packet } from './engine.ts'

const NETWORKS = ['ip', 'ipv6']
const TRANSPORTS = ['tcp', 'udp', 'sctp']

/**
 * As the server takes it: `tcp 192.0.2.1 50000 198.51.100.7 80`, `ipv4 192.0.2.1 198.51.100.7`. Of a tunnel the innermost one.
 * @returns `null` where the packet has no ends that are known
 */
export function conversationOf({ details }: Pick<Packet, 'details'>): string | null {
  let found: string | null = null
  let addresses: string[] | null = null
  for (const layer of details) {
    const name = fieldOf(layer)
    const isNetwork = NETWORKS.includes(name)
    if (isNetwork || (name === 'eth' && addresses === null)) {
      const ends = valuesOf(layer, [`${name}.src`, `${name}.dst`])
      if (ends !== null) found = [name === 'ip' ? 'ipv4' : name === 'eth' ? 'ethernet' : name, ...ends].join(' ')
      if (isNetwork) addresses = ends
    } else if (TRANSPORTS.includes(name) && addresses !== null) {
      const [a, b] = addresses
      const ports = valuesOf(layer, [`${name}.srcport`, `${name}.dstport`])
      if (ports !== null) found = [name, a, ports[0], b, ports[1]].join(' ')
    }
  }
  return found
}

/** What a layer says of these fields; `null` where one is not there. */
function valuesOf({ children }: Detail, fields: string[]): string[] | null {
  const values = fields.map((field) => children.find((one) => fieldOf(one) === field)?.filter.split(' == ')[1])
  return values.every((value) => value !== undefined) ? values : null
}

/** Leave the page for the conversation: the form of a page, as the capture's own has it for each row. */
export function openConversation(action: string, conversation: string): void {
  const form = Object.assign(document.createElement('form'), { method: 'post', action, hidden: true })
  const field = Object.assign(document.createElement('input'), { name: 'conversation', value: conversation })
  form.append(field)
  document.body.append(form)
  form.submit()
}

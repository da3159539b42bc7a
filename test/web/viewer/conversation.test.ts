/** The conversation that a packet is of, as its details tell it. */
import { expect, it } from 'vitest'
import { conversationOf } from '../../../src/web/viewer/conversation.ts'
import type { Detail } from '../../../src/web/viewer/engine.ts'

const line = (filter: string, children: Detail[] = []): Detail => ({
  label: filter,
  filter,
  severity: '',
  source: 0,
  start: 0,
  length: 0,
  packet: null,
  children,
})
const layer = (name: string, fields: Record<string, string | number> = {}) =>
  line(name, Object.entries(fields).map(([field, value]) => line(`${name}.${field} == ${value}`))) // biome-ignore format: one thought

const ETH = layer('eth', { dst: '02:00:00:00:00:02', src: '02:00:00:00:00:01' })
const OUTER = layer('ip', { version: 4, src: '10.0.0.1', dst: '10.0.0.2' })
const INNER = layer('ipv6', { src: '2001:db8::1', dst: '2001:db8::2' })
const TCP = layer('tcp', { srcport: 50_000, dstport: 443, stream: 7 })

it.each<[string, Detail[], string | null]>([
  ['its ports, where it has some', [layer('frame'), ETH, OUTER, TCP, layer('tls')], 'tcp 10.0.0.1 50000 10.0.0.2 443'],
  ['in a tunnel the innermost', [ETH, OUTER, layer('udp', { srcport: 1, dstport: 4789 }), ETH, INNER, TCP], 'tcp 2001:db8::1 50000 2001:db8::2 443'], // biome-ignore format: a row
  ['its addresses, where there is no transport in the innermost', [OUTER, layer('udp', { srcport: 1, dstport: 2 }), INNER, layer('icmpv6')], 'ipv6 2001:db8::1 2001:db8::2'], // biome-ignore format: a row
  ['not those that an ICMP error quotes', [ETH, OUTER, line('icmp', [INNER, TCP])], 'ipv4 10.0.0.1 10.0.0.2'],
  ['its link, where there is no network', [layer('frame'), ETH, layer('arp')], 'ethernet 02:00:00:00:00:01 02:00:00:00:00:02'], // biome-ignore format: a row
  ['none, where nothing tells', [layer('frame'), layer('usb')], null],
])('is told by %s', (_, details, conversation) => {
  expect(conversationOf({ details })).toBe(conversation)
})

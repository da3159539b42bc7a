/** Display filters, in Wireshark's language, that find the packets which a row of a table counts. */
import type { Conversation, Endpoint, TableName } from '../../summary/tables.ts'

/** Names of the fields of an address; `src` and `dst` stand behind the same prefix. */
const familyOf = (table: TableName, address: string) =>
  table === 'ethernet' ? 'eth' : table === 'ipv4' || (table !== 'ipv6' && !address.includes(':')) ? 'ip' : 'ipv6'

const hasPorts = (table: TableName) => table === 'tcp' || table === 'udp' || table === 'sctp'

/** @param byStream by `tcp.stream`, which tells apart what used the same ports; not for a window of a capture, which numbers anew */
export function conversationFilter(table: TableName, row: Conversation, byStream: boolean): string {
  if (byStream && table === 'tcp' && row.stream !== null) return `tcp.stream eq ${row.stream}`
  const family = familyOf(table, row.a)
  const addresses =
    row.a === row.b
      ? [`${family}.src == ${row.a}`, `${family}.dst == ${row.b}`]
      : [`${family}.addr == ${row.a}`, `${family}.addr == ${row.b}`]
  if (!hasPorts(table)) return addresses.join(' && ')
  const ports =
    row.aPort === row.bPort
      ? [`${table}.srcport == ${row.aPort}`, `${table}.dstport == ${row.bPort}`]
      : [`${table}.port == ${row.aPort}`, `${table}.port == ${row.bPort}`]
  return [...addresses, ...ports].join(' && ')
}

export function endpointFilter(table: TableName, { address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  const family = familyOf(table, address)
  if (port === null) return `${family}.addr == ${address}`
  return `(${family}.src == ${address} && ${table}.srcport == ${port}) || (${family}.dst == ${address} && ${table}.dstport == ${port})`
}

/** Packets from a length to another, both included. */
export const lengthFilter = (from: number, to: number | null): string =>
  to === null ? `frame.len >= ${from}` : `frame.len >= ${from} && frame.len <= ${to}`

/** Packets from one time to before another. Decimal seconds since 1970. */
export const timeFilter = (from: string, to: string): string =>
  `frame.time_epoch >= ${from} && frame.time_epoch < ${to}`

const NAME_FIELDS = {
  dns: 'dns.qry.name',
  tls: 'tls.handshake.extensions_server_name',
  http: 'http.host',
  dhcp: 'dhcp.option.hostname',
} as const

/** Packets that say a name: they were counted in lower case. */
export const nameFilter = (kind: keyof typeof NAME_FIELDS, name: string): string =>
  `lower(${NAME_FIELDS[kind]}) == "${name.replace(/["\\]/g, '\\$&')}"`

/** What shows these packets. @param packets address of the view of packets */
export const packetsAt = (packets: string, filter: string): string => `${packets}?filter=${encodeURIComponent(filter)}`

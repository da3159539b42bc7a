/** What a capture can be found by: its protocols, addresses, services and names, from the whole of its tables. */
import type { Applications } from './applications.ts'
import type { HierarchyNode } from './hierarchy.ts'
import type { Names } from './names.ts'
import { bytesByServicePort, endpoints, type Service, services } from './tables.ts'
import type { Tally } from './tally.ts'

/** Most of each kind: some ten thousand in all. */
const ADDRESSES = 3000
const SERVICES = 3000
const PORTS = 1000
const MACS = 500
const NAMES = 1000

/** The weightiest of a kind, these first. */
export interface Heaviest<Row> {
  rows: Row[]
  /** Beyond `rows`: so many are known to be there. */
  leftOut: number
  /** Packets or sightings that the tables had no room for: what they would have added, nobody knows. */
  beyond: number
}

/** Plain JSON, up to half a megabyte. */
export interface Terms {
  /** Each once, by tshark's names. */
  protocols: string[]
  /** IPv4 and IPv6, as text, by bytes. */
  addresses: Heaviest<string>
  /** An end of TCP, UDP or SCTP conversations, and the port of the service that they were with. */
  services: Heaviest<[address: string, port: number]>
  /** Those ports. */
  ports: Heaviest<number>
  macs: Heaviest<string>
  /** In lower case, by sightings: DNS questions, TLS server names, hosts of HTTP requests, hosts' own names in DHCP. */
  names: Record<'dns' | 'tls' | 'http' | 'dhcp', Heaviest<string>>
}

export function termsOf(hierarchy: HierarchyNode[], tally: Tally, applications: Applications): Terms {
  const { dns, tls, http, dhcp } = applications
  return {
    protocols: protocolsIn(hierarchy),
    addresses: addressesOf(tally),
    services: servicesOf(tally),
    ports: portsOf(tally),
    macs: macsOf(tally),
    names: { dns: namesOf(dns), tls: namesOf(tls), http: namesOf(http), dhcp: namesOf(dhcp) },
  }
}

function protocolsIn(hierarchy: HierarchyNode[]): string[] {
  const found = new Set<string>()
  const visit = (nodes: HierarchyNode[]) => {
    for (const { protocol, children } of nodes) {
      found.add(protocol)
      visit(children)
    }
  }
  visit(hierarchy)
  return [...found]
}

function addressesOf(tally: Tally): Terms['addresses'] {
  const both = [endpoints(tally, 'ipv4', ADDRESSES), endpoints(tally, 'ipv6', ADDRESSES)]
  const rows = both
    .flatMap((table) => table.rows)
    .map(({ address, bytesSent, bytesReceived }) => ({ address, bytes: bytesSent + bytesReceived }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, ADDRESSES)
    .map(({ address }) => address)
  const kept = both.reduce((sum, table) => sum + table.kept, 0)
  return { rows, leftOut: kept - rows.length, beyond: tally.ipv4.others.packets + tally.ipv6.others.packets }
}

function servicesOf(tally: Tally): Terms['services'] {
  const tables = (['tcp', 'udp', 'sctp'] as const).map((name) => services(tally, name, SERVICES))
  const found = new Map<string, Service>()
  for (const service of tables.flatMap(({ rows }) => rows)) {
    const key = `${service.address} ${service.port}`
    const { bytes = 0 } = found.get(key) ?? {}
    found.set(key, { ...service, bytes: bytes + service.bytes })
  }
  const all = [...found.values()].sort((a, b) => b.bytes - a.bytes)
  const rows = all.slice(0, SERVICES).map(({ address, port }): [string, number] => [address, port])
  const unlisted = tables.reduce((sum, table) => sum + table.kept - table.rows.length, 0)
  return { rows, leftOut: all.length - rows.length + unlisted, beyond: beyondOf(tally) }
}

function portsOf(tally: Tally): Terms['ports'] {
  const bytes = bytesByServicePort(tally)
  const all = [...bytes.keys()].filter((port) => (bytes[port] as number) > 0)
  all.sort((a, b) => (bytes[b] as number) - (bytes[a] as number))
  return { rows: all.slice(0, PORTS), leftOut: Math.max(0, all.length - PORTS), beyond: beyondOf(tally) }
}

const beyondOf = ({ tcp, udp, sctp }: Tally): number => tcp.others.packets + udp.others.packets + sctp.others.packets

function macsOf(tally: Tally): Terms['macs'] {
  const { rows, kept } = endpoints(tally, 'ethernet', MACS)
  return {
    rows: rows.map(({ address }) => address),
    leftOut: kept - rows.length,
    beyond: tally.ethernet.others.packets,
  }
}

const namesOf = (names: Names): Heaviest<string> => ({
  rows: names.top(NAMES).map(({ name }) => name),
  leftOut: Math.max(0, names.count - NAMES),
  beyond: names.others,
})

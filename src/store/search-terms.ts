/** The terms by which captures are found: how what is in a capture, and what is asked for, are written in the index. */
import type { Tables } from '../summary/summary.ts'
import type { Terms } from '../summary/terms.ts'
import type { Capture } from './captures.ts'

/** What of a row is indexed. */
export type Described = Pick<
  Capture,
  'filename' | 'tags' | 'comments' | 'size' | 'state' | 'sha256' | 'sha1' | 'md5' | 'facts'
>

/** What is written of one capture. */
export interface Document {
  terms: string[]
  /** Terms that there are at least, those that found no room included; more than `terms` where the capture is indexed in part. */
  total: number
}

/** Longest word. Characters; the rest of a longer one is nobody's to find. */
const MAX_WORD = 64
/** Of a name, the last so many labels say under which it lies. */
const MAX_PARENTS = 4
/** A capture of more days is known by its months, and one of more months by nothing. */
const MAX_DAYS = 45
const MAX_MONTHS = 240
const DAY = 86_400_000

/** Every capture has it. */
export const ALL = 'a'
/** The capture is indexed in part. */
export const PARTIAL = 'x'
/** The capture spans more than can be told by months. */
export const ANY_TIME = 'k*'

/** Upper and lower case, and what Unicode holds for the same, are one. */
export const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

/** The words of a text: runs of letters, marks and digits. */
export const wordsOf = (text: string): string[] =>
  (fold(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => [...word].slice(0, MAX_WORD).join(''))

/** All runs of three characters of a text. */
export function threesOf(text: string): string[] {
  const characters = [...fold(text)]
  return characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(''))
}

export const wordTerm = (word: string): string => `w${word}`
export const threeTerm = (three: string): string => `f${three}`
export const tagTerm = (tag: string): string => `t${fold(tag)}`
export const protocolTerm = (name: string): string => `q${name.toLowerCase()}`
export const hashTerm = (hex: string): string => `h${hex}`
export const macTerm = (hex: string): string => `m${hex}`
export const portTerm = (port: number): string => `p${hexOf(port, 4)}`
export const stateTerm = (state: 'ok' | 'error'): string => `s${state}`

/** Sizes by powers of four. */
const sizeTerm = (size: number): string => `z${hexOf(sizeStep(size), 2)}`
export const sizeStep = (size: number): number => (size < 1 ? 0 : Math.floor(Math.log2(size) / 2))

/** An address, or a network, without the digits that its prefix does not reach. */
export interface Net {
  version: 4 | 6
  /** All digits of the address: 8 or 32. Those beyond the prefix are 0. */
  hex: string
  bits: number
}

/** Prefixes by which an address is found. Bits. */
const STEPS = { 4: [8, 16, 24, 32], 6: [16, 32, 48, 64, 128] } as const

/** The shortest of these prefixes that is no shorter than this one. */
export const stepFor = ({ version, bits }: Net): number => STEPS[version].find((step) => step >= bits) ?? 128

/** Addresses by a prefix; of a service, where a port is said. */
export const netTerm = (version: 4 | 6, step: number, digits: string, port: number | null): string =>
  port === null ? `i${version}/${step}:${digits}` : `c${version}/${step}:${hexOf(port, 4)}:${digits}`

function netTerms(address: string, port: number | null): string[] {
  const net = netOf(address)
  if (net === null) return []
  const { version, hex } = net
  return STEPS[version].map((step) => netTerm(version, step, hex.slice(0, step / 4), port))
}

/** An address or a CIDR; `null` where it is neither. RFC 4291 §2.2, RFC 4632 §3.1. */
export function netOf(text: string): Net | null {
  const [, address = '', , length] = /^([0-9a-f.:]+)(\/(\d{1,3}))?$/i.exec(text) ?? []
  const hex = address.includes(':') ? hexOfIpv6(address) : hexOfIpv4(address)
  if (hex === null) return null
  const most = hex.length * 4
  const bits = length === undefined ? most : Number(length)
  if (bits > most) return null
  return { version: most === 32 ? 4 : 6, hex: masked(hex, bits, 0), bits }
}

function hexOfIpv4(text: string): string | null {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  return octets?.every((octet) => octet < 256) ? octets.map((octet) => hexOf(octet, 2)).join('') : null
}

function hexOfIpv6(text: string): string | null {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const last = tail ? hexOfIpv4(tail[2] ?? '') : ''
  if (last === null) return null
  const head = tail ? `${tail[1]}${last.slice(0, 4)}:${last.slice(4)}` : text
  const halves = head.split('::')
  if (halves.length > 2) return null
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => group.toLowerCase().padStart(4, '0')).join('')
    : null
}

/** An address of which the bits behind the first `bits` are all 0, or all 1. */
export function masked(hex: string, bits: number, fill: 0 | 1): string {
  const all = hex.length * 4
  const rest = (1n << BigInt(all - bits)) - 1n
  const value = BigInt(`0x${hex}`)
  return (fill === 0 ? value & ~rest : value | rest).toString(16).padStart(hex.length, '0')
}

/** Where a name was found. */
export type NameKind = 'dns' | 'tls' | 'http' | 'dhcp'
const NAME_LETTERS: Record<NameKind, string> = { dns: 'd', tls: 's', http: 'o', dhcp: 'y' }

/** Labels from the last to the first, so that names of one domain lie side by side. */
const reversed = (name: string): string[] => name.toLowerCase().replace(/\.$/, '').split('.').reverse()

/** A whole name. */
export const nameTerm = (kind: NameKind, name: string): string => `${NAME_LETTERS[kind]}=${reversed(name).join('.')}`

/** What lies under a name: a term that all of these have, or, where it is too deep for that, the beginning of theirs. */
export function underTerm(kind: NameKind, name: string): { term: string } | { begins: string } {
  const labels = reversed(name)
  return labels.length <= MAX_PARENTS
    ? { term: `${NAME_LETTERS[kind]}/${labels.join('.')}` }
    : { begins: `${nameTerm(kind, name)}.` }
}

function nameTerms(kind: NameKind, name: string): string[] {
  const labels = reversed(name)
  const parents = labels.slice(0, Math.min(labels.length - 1, MAX_PARENTS))
  return [nameTerm(kind, name), ...parents.map((_, at) => `${NAME_LETTERS[kind]}/${labels.slice(0, at + 1).join('.')}`)]
}

/** Days, months, and months of which the days are not told. */
export const dayTerm = (time: number): string => `kd${isoOf(time).slice(0, 10)}`
export const monthTerm = (time: number): string => `km${isoOf(time).slice(0, 7)}`
export const vagueTerm = (time: number): string => `kv${isoOf(time).slice(0, 7)}`

const isoOf = (time: number): string => new Date(time).toISOString()

/** Times that the terms can tell: the years 1 to 9999. Milliseconds since 1970. */
export const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z')
export const LAST_TIME = Date.UTC(9999, 11, 31)

/** When a capture's packets were. Milliseconds since 1970; `null` where none has a time. */
export function spanOf({ facts }: Pick<Described, 'facts'>): { first: number; last: number } | null {
  if (facts === null || facts.firstTime === null) return null
  const first = Number(facts.firstTime) * 1000
  const last = Number(facts.lastTime ?? facts.firstTime) * 1000
  return { first: Math.min(first, last), last: Math.max(first, last) }
}

function timeTerms(of: Described): string[] {
  const span = spanOf(of)
  if (span === null) return []
  const { first, last } = span
  const months = monthsOf(first, last)
  if (months === null) return [ANY_TIME]
  if (last - first > MAX_DAYS * DAY) return months.flatMap((month) => [monthTerm(month), vagueTerm(month)])
  return [...months.map(monthTerm), ...daysOf(first, last).map(dayTerm)]
}

/** The days from one time to another. */
export function daysOf(first: number, last: number): number[] {
  const days: number[] = []
  for (let day = Math.floor(first / DAY) * DAY; day <= last; day += DAY) days.push(day)
  return days
}

/** The months from one time to another; `null` where they are too many, or out of all time. */
export function monthsOf(first: number, last: number): number[] | null {
  if (first < FIRST_TIME || last > LAST_TIME || last - first > MAX_MONTHS * 31 * DAY) return null
  const months: number[] = []
  const date = new Date(first)
  date.setUTCDate(1)
  date.setUTCHours(0, 0, 0, 0)
  for (; date.getTime() <= last; date.setUTCMonth(date.getUTCMonth() + 1)) months.push(date.getTime())
  return months
}

/** Where a capture stands in every list: the later it was uploaded the higher, and no two alike. 43 hex. */
export const placeOf = (createdAt: number, id: string): string => timePlace(createdAt) + id.replaceAll('-', '')

/** The place before all captures that were uploaded at that time or later. */
export const timePlace = (time: number): string => hexOf(Math.max(0, Math.min(Math.ceil(time), 0xfff_ffff_ffff)), 11)

/** When the capture at a place was uploaded. Milliseconds since 1970. */
export const timeAt = (place: string): number => Number.parseInt(place.slice(0, 11), 16)

/** The capture at a place; empty where it is the place before all of a time. */
export const idAt = (place: string): string =>
  place.slice(11, 43).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/**
 * What is written of a capture: its own words first, then by turns what is weightiest of each kind of thing in it, until there is no
 * more room.
 * @param inside `null` where nothing is known of that
 */
export function documentOf(of: Described, inside: Terms | null, most: number): Document {
  const terms = new Set<string>()
  /** Those that found no room, by what is known of them. */
  const others = new Set<string>()
  const add = (wanted: string[], room: number) => {
    for (const term of wanted)
      if (!terms.has(term)) {
        if (terms.size < room) terms.add(term)
        else others.add(term)
      }
  }
  add([ALL, ...ownTerms(of)], Math.max(1, most - 1))
  add([...threesOf(of.filename).map(threeTerm), ...wordsOf(of.comments).map(wordTerm)], Math.ceil(most / 2))
  let unseen = 0
  if (inside !== null) {
    const { names } = inside
    const kinds: string[][][] = [
      inside.protocols.map((name) => [protocolTerm(name)]),
      inside.addresses.rows.map((address) => netTerms(address, null)),
      inside.ports.rows.map((port) => [portTerm(port)]),
      inside.services.rows.map(([address, port]) => netTerms(address, port)),
      inside.macs.rows.map((mac) => [macTerm(mac.replaceAll(':', ''))]),
      ...(['dns', 'tls', 'http', 'dhcp'] as const).map((kind) => names[kind].rows.map((name) => nameTerms(kind, name))),
    ]
    const longest = Math.max(...kinds.map((kind) => kind.length))
    for (let turn = 0; turn < longest; turn++) for (const kind of kinds) add(kind[turn] ?? [], most - 1)
    const { addresses, services, ports, macs } = inside
    for (const { leftOut, beyond } of [addresses, services, ports, macs, ...Object.values(names)])
      unseen += leftOut + Math.min(1, beyond)
  }
  if (others.size + unseen > 0) terms.add(PARTIAL)
  return { terms: [...terms], total: terms.size + others.size + unseen }
}

function ownTerms(of: Described): string[] {
  const hashes = [of.sha256, of.sha1, of.md5].filter((hex) => hex !== null)
  return [
    ...(of.state === 'ok' || of.state === 'error' ? [stateTerm(of.state)] : []),
    sizeTerm(of.size),
    ...timeTerms(of),
    ...hashes.map(hashTerm),
    ...of.tags.map(tagTerm),
    ...[of.filename, ...of.tags].flatMap(wordsOf).map(wordTerm),
  ]
}

/** What a capture is found by that was parsed before that was kept: as much as its tables list. */
export function termsInTables(tables: Tables): Terms {
  const { endpoints, conversations, names, hierarchy } = tables
  const all = <Row>(rows: Row[], others: { rows: number; packetsBeyondBound: number }[]) => ({
    rows: [...new Set(rows)],
    leftOut: others.reduce((sum, { rows: left }) => sum + left, 0),
    beyond: others.reduce((sum, { packetsBeyondBound }) => sum + packetsBeyondBound, 0),
  })
  const protocols = new Set<string>()
  const visit = (nodes: Tables['hierarchy']) => {
    for (const { protocol, children } of nodes) {
      protocols.add(protocol)
      visit(children)
    }
  }
  visit(hierarchy)
  const withPorts = [conversations.tcp, conversations.udp, conversations.sctp]
  const services = new Map<string, [string, number]>()
  for (const { a, b, aPort, bPort } of withPorts.flatMap(({ rows }) => rows)) {
    const port = Math.min(aPort ?? 0, bPort ?? 0)
    for (const address of [a, b]) services.set(`${address} ${port}`, [address, port])
  }
  const rows = [...services.values()]
  const named = ({ rows: seen, kept, others }: Tables['names']['dns']) => ({
    rows: seen.map(({ name }) => name),
    leftOut: Math.max(0, kept - seen.length),
    beyond: others,
  })
  const addresses = [endpoints.ipv4, endpoints.ipv6]
  const ported = withPorts.map(({ others }) => others)
  return {
    protocols: [...protocols],
    addresses: all(
      addresses.flatMap((table) => table.rows.map(({ address }) => address)),
      addresses.map(({ others }) => others),
    ),
    services: all(rows, ported),
    ports: all(
      rows.map(([, port]) => port),
      ported,
    ),
    macs: all(
      endpoints.ethernet.rows.map(({ address }) => address),
      [endpoints.ethernet.others],
    ),
    names: { dns: named(names.dns), tls: named(names.tls), http: named(names.http), dhcp: named(names.dhcp) },
  }
}

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

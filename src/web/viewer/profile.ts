// SPDX-License-Identifier: GPL-2.0-or-later
/** A profile: how somebody wants the engine to dissect and the viewer to show. What came from elsewhere is read so that what is wrong in it is left out, and told. */
import { tooMuch } from './filter-bounds.ts'

export interface ColourRule {
  name: string
  /** A display filter. */
  filter: string
  /** 0xRRGGBB. */
  ink: number
  ground: number
  isOn: boolean
}

/** By the ids of `TIME_FORMATS`. */
export type TimeFormat = keyof typeof TIME_FORMATS

export interface DecodeAs {
  table: (typeof TABLES)[number]
  port: number
  /** A protocol's short name, as Wireshark's Decode As has it: `HTTP`, `TLS`. */
  dissector: string
}

/** A key of a wireless network, written as Wireshark's own table of them has it. */
export interface WirelessKey {
  kind: (typeof KEY_KINDS)[number]
  key: string
}

export interface Profile {
  columns: { fields: readonly string[]; shown: readonly string[]; widths: Readonly<Record<string, number>> }
  /** The first that is on and lets a packet through gives its colours; `null`: the engine's own rules. */
  colours: readonly ColourRule[] | null
  /** @property digits of a second; `null`: as many as the capture has */
  time: { format: TimeFormat; digits: number | null }
  decodeAs: readonly DecodeAs[]
  names: {
    /** Vendors of MAC addresses; services of ports; hosts of addresses; those out of the capture's own DNS answers. */
    mac: boolean
    transport: boolean
    network: boolean
    dns: boolean
    /** Lines of an address, and its name. */
    hosts: string
  }
  /** Secrets. */
  keys: readonly WirelessKey[]
}

/** What the Time column shows: its words, and Wireshark's format. */
export const TIME_FORMATS = {
  relative: { words: 'Seconds since the first packet', format: '%Rt', width: 104 },
  'utc-date': { words: 'UTC date and time', format: '%Yut', width: 216 },
  utc: { words: 'UTC time of day', format: '%Aut', width: 132 },
  'local-date': { words: 'Local date and time', format: '%Yt', width: 216 },
  local: { words: 'Local time of day', format: '%At', width: 132 },
  'utc-day': { words: 'UTC year, day of the year, time', format: '%YDOYut', width: 196 },
  epoch: { words: 'Seconds since 1970', format: '%Cus:frame.time_epoch:0:R', width: 164 },
  delta: { words: 'Seconds since the packet before', format: '%Tt', width: 104 },
  'delta-shown': { words: 'Seconds since the packet shown before', format: '%Gt', width: 104 },
} as const

export const TABLES = ['tcp.port', 'udp.port', 'sctp.port'] as const
export const KEY_KINDS = ['wpa-pwd', 'wpa-psk', 'wep'] as const
export const SHOWN = ['number', 'time', 'source', 'destination', 'protocol', 'length', 'info']

/** Most columns of fields: each is looked for in every packet that is shown. */
export const MOST_FIELDS = 12
export const MOST_RULES = 100
export const MOST_ENTRIES = 100
export const MOST_KEYS = 64
/** Longest text of hosts, longest filter of a rule. Characters. */
const MOST_HOSTS = 16_000
const MOST_FILTER = 1000

/** Name of a field. */
export const FIELD = /^[a-z0-9_][a-z0-9_.-]*$/i
const CONTROLS = /\p{Cc}/u

export const FIRST: Profile = {
  columns: { fields: [], shown: SHOWN, widths: {} },
  colours: null,
  time: { format: 'relative', digits: null },
  decodeAs: [],
  names: { mac: true, transport: false, network: false, dns: true, hosts: '' },
  keys: [],
}

/** Why a rule can stand in no file of colour rules; `null`: it can. Whether its filter is one, the engine knows. */
export function refusalOfRule({ name, filter }: Pick<ColourRule, 'name' | 'filter'>): string | null {
  if (name.trim() === '' || name.length > 100) return 'A colour rule needs a name of at most 100 characters.'
  if (filter.trim() === '' || filter.length > MOST_FILTER)
    return `A colour rule needs a display filter of at most ${MOST_FILTER} characters.`
  if (/@/.test(name + filter) || CONTROLS.test(name + filter))
    return 'Neither name nor filter of a colour rule may have an @ or a line break: Wireshark’s own file has no way to write them.'
  return tooMuch(filter)
}

/** The same of a Decode As entry. */
export function refusalOfEntry({ port, dissector }: DecodeAs): string | null {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return 'A port is a number from 0 to 65535.'
  if (!/^[\w .+/()&-]{1,60}$/.test(dissector)) return 'Name a protocol, as Wireshark names it: HTTP, TLS, DNS.'
  return null
}

/** Bytes of a text whose odd ones are `%xx`; `null`: a percent sign in it stands for nothing. */
function bytesOf(text: string): number[] | null {
  if (/%(?![0-9a-f]{2})/i.test(text)) return null
  return [...text.matchAll(/%([0-9a-f]{2})|[^%]/giu)].flatMap(([one, hex]) =>
    hex === undefined ? [...new TextEncoder().encode(one)] : [Number.parseInt(hex, 16)],
  )
}

/** The same of a wireless key: one that is none would end the engine. IEEE 802.11-2020 J.4.1: a passphrase has 8 to 63 characters. */
export function refusalOfKey({ kind, key }: WirelessKey): string | null {
  if (kind === 'wep')
    return /^(?:[0-9a-f]{2}:?){4}[0-9a-f]{2}$|^(?:[0-9a-f]{2}:?){12}[0-9a-f]{2}$/i.test(key)
      ? null
      : 'A WEP key has 10 or 26 hex digits.'
  if (kind === 'wpa-psk') return /^[0-9a-f]{64}$/i.test(key) ? null : 'A WPA PSK has 64 hex digits.'
  const [passphrase = '', ssid = '', ...more] = key.split(':')
  const [word, network] = [bytesOf(passphrase), bytesOf(ssid)]
  if (more.length > 0 || CONTROLS.test(key)) return 'A colon inside a passphrase or a network’s name is written %3a.'
  if (word === null || network === null) return 'A percent sign inside is written %25.'
  if (word.length < 8 || word.length > 63) return 'A WPA passphrase has 8 to 63 characters.'
  return network.length > 32 ? 'The name of a network has at most 32 bytes.' : null
}

const HOST = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)[ \t]+[\w.-]{1,253}$/i

/** The same of the lines of hosts. */
export function refusalOfHosts(hosts: string): string | null {
  if (hosts.length > MOST_HOSTS) return `The hosts have more than ${MOST_HOSTS} characters.`
  const wrong = linesOf(hosts).find((line) => !HOST.test(line))
  return wrong === undefined ? null : `“${wrong.slice(0, 60)}” is no address with a name after it.`
}

/** Lines of hosts, without comments and blanks. */
export const linesOf = (hosts: string): string[] =>
  hosts.split(/[\r\n]+/).flatMap((line) => line.replace(/#.*/, '').trim() || [])

/** What of a value is a profile, and words for what of it is none. */
export function profileFrom(value: unknown): { profile: Profile; left: string[] } {
  const left: string[] = []
  const { columns, colours, time, decodeAs, names, keys } = objectOf(value)
  const listOf = (what: string, given: unknown, most: number): Record<string, unknown>[] => {
    const all = Array.isArray(given) ? given : []
    if (all.length > most) left.push(`${all.length - most} ${what} above the ${most} that there may be`)
    return all.slice(0, most).map(objectOf)
  }
  /** Those of a list that are what they should be. */
  const sound = <T>(what: string, all: T[], refusal: (one: T) => string | null, called: (one: T) => string): T[] =>
    all.filter((one) => {
      const words = refusal(one)
      if (words !== null) left.push(`${what} ${called(one)}: ${words}`)
      return words === null
    })
  const rules = listOf('colour rules', colours, MOST_RULES).map((one) => ({
    name: textOf(one.name),
    filter: textOf(one.filter),
    ink: colourOf(one.ink),
    ground: colourOf(one.ground),
    isOn: one.isOn !== false,
  }))
  const entries = listOf('Decode As entries', decodeAs, MOST_ENTRIES).map((one) => ({
    table: oneOf(TABLES, one.table),
    port: Number(one.port ?? Number.NaN),
    dissector: textOf(one.dissector),
  }))
  const secrets = listOf('802.11 keys', keys, MOST_KEYS).map((one) => ({
    kind: oneOf(KEY_KINDS, one.kind),
    key: textOf(one.key),
  }))
  const { fields, shown, widths } = objectOf(columns)
  const { format, digits } = objectOf(time)
  const { mac, transport, network, dns, hosts } = objectOf(names)
  const given = typeof hosts === 'string' ? hosts : ''
  const words = refusalOfHosts(given)
  if (words !== null) left.push(`the hosts: ${words}`)
  const yes = (one: unknown, first: boolean) => (typeof one === 'boolean' ? one : first)
  const profile = {
    columns: {
      fields: [...new Set(strings(fields).filter((field) => FIELD.test(field)))].slice(0, MOST_FIELDS),
      shown: strings(shown).length === 0 ? SHOWN : [...new Set(strings(shown))].slice(0, 40),
      widths: Object.fromEntries(
        Object.entries(objectOf(widths)).filter(
          (one): one is [string, number] => typeof one[1] === 'number' && one[1] >= 24 && one[1] <= 4000,
        ),
      ),
    },
    colours: Array.isArray(colours)
      ? sound('the colour rule', rules, refusalOfRule, ({ name }) => `“${name.slice(0, 60)}”`)
      : null,
    time: {
      format: typeof format === 'string' && Object.hasOwn(TIME_FORMATS, format) ? (format as TimeFormat) : 'relative',
      digits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((one) => one === digits) ?? null,
    },
    decodeAs: sound('Decode As of', entries, refusalOfEntry, (one) => `${one.table} ${one.port}`),
    names: {
      mac: yes(mac, true),
      transport: yes(transport, false),
      network: yes(network, false),
      dns: yes(dns, true),
      hosts: words === null ? given : '',
    },
    keys: sound('a key', secrets, refusalOfKey, ({ kind }) => `of kind ${kind}`),
  }
  return { profile, left }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one.length <= 200) : []
const colourOf = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffff ? value : 0
const oneOf = <T extends string>(all: readonly T[], value: unknown): T =>
  all.find((one) => one === value) ?? (all[0] as T)

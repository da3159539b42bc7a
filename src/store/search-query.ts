/** The language of searches: from text to clauses that all must hold. docs/search.md */
import { GatewayError } from '../errors.ts'
import { fold, type NameKind, type Net, netOf, wordsOf } from './search-terms.ts'

/** Longest query, in characters, and most clauses. */
const MAX_QUERY = 1000
const MAX_CLAUSES = 16
const DAY = 86_400_000

/** What a clause asks of a capture. Times are milliseconds since 1970, sizes bytes; `to` is the first that is beyond. */
export type Asked =
  | { kind: 'ip'; net: Net }
  | { kind: 'port'; port: number }
  /** Two to twelve hex digits: how the address begins. */
  | { kind: 'mac'; hex: string }
  /** `under`: what lies under it, and not itself. */
  | { kind: 'name'; of: NameKind[]; name: string; under: boolean }
  | { kind: 'proto'; name: string }
  | { kind: 'tag'; tag: string }
  /** The filename has this in it, folded. */
  | { kind: 'filename'; text: string }
  /** These words, one right after the other; `open`: the last one is how a word begins. */
  | { kind: 'words'; in: 'any' | 'comment'; words: string[]; open: boolean }
  /** The comment has this in it, folded, and words of it, of which the last is how a word begins, begin where words do. */
  | { kind: 'comment'; text: string; words: string[] }
  | { kind: 'hash'; hex: string }
  /** Its packets' time and this one have something in common. */
  | { kind: 'time'; from: number; to: number }
  | { kind: 'uploaded'; from: number; to: number }
  | { kind: 'size'; from: number; to: number }
  | { kind: 'status'; status: 'ok' | 'error' | 'processing' | 'uploading' }
  | { kind: 'partial' }

/** A part of a query. `at`: where it stands in it, in characters. */
export interface Clause {
  not: boolean
  at: number
  asked: Asked
}

/** A value as it was written. */
interface Value {
  text: string
  at: number
  quoted: boolean
}

/** @throws a refusal that says where, and why */
function refuse(at: number, why: string): never {
  throw new GatewayError('bad-query', `The query could not be read at character ${at}: ${why}.`)
}

const FIELDS: Record<string, (value: Value) => Asked> = {
  ip: (value) => ({
    kind: 'ip',
    net:
      netOf(value.text) ??
      refuse(value.at, 'an address or a network is wanted, as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32'),
  }),
  port: (value) => {
    const port = /^\d{1,5}$/.test(value.text) ? Number(value.text) : 65_536
    return port < 65_536 ? { kind: 'port', port } : refuse(value.at, 'a port is 0 to 65535')
  },
  mac: (value) => {
    const hex = value.text.toLowerCase()
    if (!/^[0-9a-f]{2}([:-]?[0-9a-f]{2}){0,5}$/.test(hex))
      return refuse(value.at, 'a MAC address is wanted, or how one begins, as 00:1b:21:0a:0b:0c or 00:1b:21')
    return { kind: 'mac', hex: hex.replace(/[:-]/g, '') }
  },
  proto: (value) => ({ kind: 'proto', name: value.text.toLowerCase() }),
  sni: nameIn('tls'),
  dns: nameIn('dns'),
  http: nameIn('http'),
  dhcp: nameIn('dhcp'),
  host: nameIn('dns', 'tls', 'http'),
  tag: (value) => ({ kind: 'tag', tag: fold(value.text) }),
  name: (value) => ({ kind: 'filename', text: fold(value.text) }),
  comment: (value) => wordsIn('comment', value),
  word: (value) => wordsIn('any', value),
  hash: (value) => {
    const hex = value.text.toLowerCase()
    const isHash = /^[0-9a-f]+$/.test(hex) && [32, 40, 64].includes(hex.length)
    return isHash ? { kind: 'hash', hex } : refuse(value.at, 'a whole SHA-256, SHA-1 or MD5 in hex is wanted')
  },
  after: (value) => ({ kind: 'time', from: momentOf(value).from, to: Number.POSITIVE_INFINITY }),
  before: (value) => ({ kind: 'time', from: Number.NEGATIVE_INFINITY, to: momentOf(value).from }),
  on: (value) => ({ kind: 'time', ...momentOf(value) }),
  uploaded: (value) => ({ kind: 'uploaded', ...rangeOf(value, momentOf) }),
  size: (value) => ({ kind: 'size', ...sizesOf(value) }),
  status: (value) => {
    const status = (['ok', 'error', 'processing', 'uploading'] as const).find((one) => one === value.text.toLowerCase())
    return { kind: 'status', status: status ?? refuse(value.at, 'a status is ok, error, processing or uploading') }
  },
  indexed: (value) =>
    value.text.toLowerCase() === 'partial'
      ? { kind: 'partial' }
      : refuse(value.at, 'only indexed:partial can be asked'),
}

/**
 * Read a query; an empty one has no clauses.
 * @throws GatewayError `bad-query`, with the character at which it could not be read
 */
export function parseQuery(query: string): Clause[] {
  if (query.length > MAX_QUERY) refuse(MAX_QUERY, `it is longer than ${MAX_QUERY} characters`)
  if (!query.isWellFormed()) refuse(0, 'it is no Unicode text')
  const clauses: Clause[] = []
  for (let at = skipSpace(query, 0); at < query.length; at = skipSpace(query, at)) {
    if (clauses.length === MAX_CLAUSES) refuse(at, `it has more than ${MAX_CLAUSES} parts`)
    const begun = at
    const not = query[at] === '-'
    if (not) at++
    const field = /^([A-Za-z]+):/.exec(query.slice(at, at + 32))?.[1]
    if (field !== undefined) at += field.length + 1
    const { value, end } = valueAt(query, at)
    if (value.text.trim() === '') refuse(at, field === undefined ? 'a word is wanted' : `${field}: wants a value`)
    const read = field === undefined ? FIELDS.word : ownField(field.toLowerCase())
    if (read === undefined)
      return refuse(
        begun,
        `there is no ${field}: (quote what is meant as words; there are ${Object.keys(FIELDS).join(', ')})`,
      )
    clauses.push({ not, at: begun, asked: read(value) })
    at = end
  }
  return clauses
}

const ownField = (name: string) => (Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined)

function skipSpace(query: string, at: number): number {
  let end = at
  while (end < query.length && /\s/.test(query[end] as string)) end++
  return end
}

/** A value up to the next space; or in quotes, where `\` takes the next character as it is. */
function valueAt(query: string, at: number): { value: Value; end: number } {
  if (query[at] !== '"') {
    let end = at
    while (end < query.length && !/[\s"]/.test(query[end] as string)) end++
    if (query[end] === '"') refuse(end, 'a quote may only begin a value')
    return { value: { text: query.slice(at, end), at, quoted: false }, end }
  }
  let text = ''
  for (let end = at + 1; end < query.length; end++) {
    const character = query[end] as string
    if (character === '"') {
      if (end + 1 < query.length && !/\s/.test(query[end + 1] as string))
        refuse(end + 1, 'a space is wanted after a quote')
      return { value: { text, at, quoted: true }, end: end + 1 }
    }
    text += character === '\\' ? (query[++end] ?? '') : character
  }
  return refuse(at, 'the quote is never closed')
}

function nameIn(...of: NameKind[]): (value: Value) => Asked {
  return (value) => {
    const [, wild, name = ''] = /^(\*\.)?(.*?)\.?$/s.exec(value.text.toLowerCase()) ?? []
    if (name === '' || name.length > 255 || name.includes('*') || /\s/.test(name))
      refuse(value.at, 'a name is wanted, as www.example.com or *.example.com')
    return { kind: 'name', of, name, under: wild !== undefined }
  }
}

function wordsIn(where: 'any' | 'comment', value: Value): Asked {
  const open = value.text.endsWith('*')
  const words = wordsOf(open ? value.text.slice(0, -1) : value.text)
  if (words.length === 0) refuse(value.at, 'there is no letter and no digit in it')
  return { kind: 'words', in: where, words, open }
}

/** A day, or a minute, a second or a thousandth of one, in UTC. */
function momentOf({ text, at }: Value): { from: number; to: number } {
  const read = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?[Zz]?)?$/.exec(text)
  if (!read) return refuse(at, 'a date is wanted, as 2026-01-31, or a time, as 2026-01-31T08:00Z')
  const [, year, month, day, hour, minute, second, fraction] = read
  const time = hour === undefined ? '00:00:00' : `${hour}:${minute}:${second ?? '00'}${fraction ?? ''}`
  const from = Date.parse(`${year}-${month}-${day}T${time}Z`)
  if (Number.isNaN(from) || new Date(from).getUTCDate() !== Number(day)) return refuse(at, 'there is no such date')
  return {
    from,
    to: from + (hour === undefined ? DAY : second === undefined ? 60_000 : fraction === undefined ? 1000 : 1),
  }
}

/** `a`, `a..b`, `a..`, `..b`: both ends included. */
function rangeOf(value: Value, read: (value: Value) => { from: number; to: number }): { from: number; to: number } {
  const [first = '', last, more] = value.text.split('..')
  if (last === undefined) return read(value)
  if (more !== undefined || (first === '' && last === '')) refuse(value.at, 'a range is written a..b, a.. or ..b')
  const from = first === '' ? Number.NEGATIVE_INFINITY : read({ ...value, text: first }).from
  const to = last === '' ? Number.POSITIVE_INFINITY : read({ ...value, text: last, at: value.at + first.length + 2 }).to
  return { from, to }
}

const UNITS: Record<string, number> = { '': 1, b: 1 }
for (const [power, letter] of [...'kmgt'].entries()) {
  UNITS[letter] = UNITS[`${letter}b`] = 1000 ** (power + 1)
  UNITS[`${letter}ib`] = 1024 ** (power + 1)
}

function sizesOf(value: Value): { from: number; to: number } {
  const [, sign, rest = ''] = /^([<>]=?)?(.*)$/s.exec(value.text) ?? []
  if (sign === undefined) return rangeOf(value, bytesOf)
  const { from: bytes } = bytesOf({ ...value, text: rest, at: value.at + sign.length })
  if (sign === '>') return { from: bytes + 1, to: Number.POSITIVE_INFINITY }
  if (sign === '>=') return { from: bytes, to: Number.POSITIVE_INFINITY }
  return { from: Number.NEGATIVE_INFINITY, to: sign === '<' ? bytes : bytes + 1 }
}

function bytesOf({ text, at }: Value): { from: number; to: number } {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)([a-z]{0,3})$/i.exec(text) ?? []
  const times = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined
  if (digits === undefined || times === undefined) return refuse(at, 'a size is wanted, as 500, 10MB or 2GiB')
  const from = Math.round(Number(digits) * times)
  return { from, to: from + 1 }
}

/** The facts of a capture as capinfos 4.0.17 prints them. */
import { linktypeOf, UNKNOWN_LINKTYPE } from '../capture/linktypes.ts'
import type { Facts, InterfaceFacts, SectionFacts } from '../summary/facts.ts'
import type { Hashes } from './reading.ts'

/** The options of capinfos that choose what is printed, and what each is for. */
export const INFOS = {
  t: 'file type',
  E: 'encapsulation',
  I: 'interfaces',
  F: 'time precision, hardware, system and application',
  H: 'SHA256, RIPEMD160 and SHA1 of the file',
  k: 'capture comments',
  c: 'number of packets',
  s: 'file size',
  d: 'sum of the packet lengths',
  l: 'packet size limit',
  u: 'duration',
  a: 'first time',
  e: 'last time',
  o: 'whether times are in order',
  y: 'bytes per second',
  i: 'bits per second',
  z: 'average packet size',
  x: 'packets per second',
  n: 'resolved addresses',
  D: 'decryption secrets',
} as const

export type Info = keyof typeof INFOS

export interface Style {
  /** Empty: all. */
  infos: ReadonlySet<Info>
  /** -M: whole numbers and short names. */
  machine: boolean
  /** -S: times as seconds since 1970. */
  seconds: boolean
}

/** The long report. `hashes` may be `null` where -H is not wanted. */
export function capinfos(name: string, facts: Facts, hashes: Hashes | null, style: Style): string {
  const { machine } = style
  const wants = (info: Info) => style.infos.size === 0 || style.infos.has(info)
  const lines: string[] = [line('File name', name)]
  const put = (info: Info, ...added: string[]) => {
    if (wants(info)) lines.push(...added)
  }
  const size = (bytes: number | string, unit: Unit) => (machine ? `${bytes} bytes` : sizeWords(Number(bytes), unit))
  const compressed = facts.compression === null ? '' : ` (${facts.compression} compressed)`
  put('t', line('File type', `${(machine ? facts.fileType : facts.fileTypeName) ?? 'unknown'}${compressed}`))
  put(
    'E',
    line('File encapsulation', machine ? facts.encapsulation : facts.encapsulationName),
    ...encapsulations(facts),
  )
  put('F', `File timestamp precision:  ${PLACES[facts.timePrecision] ?? facts.timePrecision}`)
  put('l', limit(`file hdr: ${facts.snaplen === null ? '(not set)' : `${facts.snaplen} bytes`}`))
  lines.push(...inferredLimit(facts)) // whatever was chosen, as capinfos has it
  put('c', line('Number of packets', machine ? `${facts.packets}` : sizeWords(facts.packets, 'number')))
  put('s', line('File size', size(facts.fileSize, 'bytes')))
  put('d', line('Data size', size(facts.dataSize, 'bytes')))
  const times = timesOf(facts)
  if (times !== 'unknown') {
    put(
      'u',
      line(
        'Capture duration',
        facts.duration === null ? 'n/a' : `${facts.duration} second${/^1(\.0+)?$/.test(facts.duration) ? '' : 's'}`,
      ),
    )
    put('a', line('First packet time', timeWords(facts.firstTime, style)))
    put('e', line('Last packet time', timeWords(facts.lastTime, style)))
    const rate = (value: string, words: string, amount: number, unit: Unit) => {
      if (machine) return value === 'n/a' ? value : `${value} ${words}`
      return sizeWords(times === 'none' || times === 0 ? 0 : amount / times, unit)
    }
    put('y', line('Data byte rate', rate(facts.byteRate, 'bytes/sec', Number(facts.dataSize), 'bytes/s')))
    put('i', line('Data bit rate', rate(facts.bitRate, 'bits/sec', Number(facts.dataSize) * 8, 'bits/s')))
    put('z', line('Average packet size', `${facts.averagePacketSize} bytes`))
    put('x', line('Average packet rate', rate(facts.packetRate, 'packets/sec', facts.packets, 'packets/s')))
  } else put('z', line('Average packet size', `${facts.averagePacketSize} bytes`))
  if (hashes !== null)
    put('H', line('SHA256', hashes.sha256), line('RIPEMD160', hashes.ripemd160), line('SHA1', hashes.sha1))
  put('o', line('Strict time order', facts.strictTimeOrder))
  for (const [index, section] of facts.sections.entries()) {
    if (facts.sectionCount > 1) lines.push(`Section ${index}:`, '')
    put('F', ...sectionLines(section))
    put('k', ...section.comments.flatMap((comment) => told('Capture comment', comment)))
    put('I', ...interfaceLines(facts, index))
  }
  const counts = (words: string, count: number) => (count === 0 ? [] : [`Number of ${words} in file: ${count}`])
  put(
    'n',
    ...counts('resolved IPv4 addresses', facts.resolvedIpv4),
    ...counts('resolved IPv6 addresses', facts.resolvedIpv6),
  )
  put('D', ...counts('decryption secrets', facts.decryptionSecrets))
  return lines.join('\n')
}

const line = (name: string, value: string): string => `${`${name}:`.padEnd(20)} ${value}`
const inner = (text: string): string => `${' '.repeat(21)}${text}`

/** Options of a section stand in one line; an empty one is not printed. */
function told(name: string, value: string | null): string[] {
  const text = (value ?? '').replace(/\r\n|[\r\n]/g, ' ')
  return text === '' ? [] : [line(name, text)]
}

const sectionLines = ({ hardware, os, application }: SectionFacts): string[] => [
  ...told('Capture hardware', hardware),
  ...told('Capture oper-sys', os),
  ...told('Capture application', application),
]

function encapsulations({ encapsulation, encapsulations: found }: Facts): string[] {
  if (encapsulation !== 'per-packet') return []
  const counted = found.filter(({ name }) => name !== UNKNOWN_LINKTYPE.description)
  return [
    'Encapsulation in use by packets (# of pkts):',
    ...counted.map(({ name, count }) => inner(`${name} (${count})`)),
  ]
}

const limit = (text: string): string => line('Packet size limit', text)

function inferredLimit({ snaplenInferred }: Facts): string[] {
  if (snaplenInferred === null) return []
  const { min, max } = snaplenInferred
  return [limit(min === max ? `inferred: ${max} bytes` : `inferred: ${min} bytes - ${max} bytes (range)`)]
}

/** Seconds that the capture lasts; `none` without packets; `unknown` where a record has no time: then no line has one. */
function timesOf({ firstTime, lastTime, packets, strictTimeOrder }: Facts): number | 'none' | 'unknown' {
  if (firstTime !== null && lastTime !== null) return Number(lastTime) - Number(firstTime)
  return packets === 0 && strictTimeOrder === 'True' ? 'none' : 'unknown'
}

function timeWords(seconds: string | null, { seconds: asSeconds }: Style): string {
  if (seconds === null) return 'n/a'
  if (asSeconds) return seconds
  const [whole = '', fraction] = seconds.split('.')
  const time = new Date(Number(whole) * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  return `${day} ${clock}${fraction === undefined ? '' : `.${fraction}`}`
}

const UNITS = {
  number: ['', ' '],
  bytes: [' bytes', 'B'],
  'bytes/s': [' bytes/s', 'Bps'],
  'bits/s': [' bits/s', 'bps'],
  'packets/s': [' packets/s', 'packets/s'],
} as const

type Unit = keyof typeof UNITS

/** Whole numbers, cut to thousands and so on from ten of these on. */
function sizeWords(value: number, unit: Unit): string {
  const [alone, prefixed] = UNITS[unit]
  let rest = Math.trunc(value)
  let power = 0
  while (rest >= 10_000 && power < 4) {
    rest = Math.trunc(rest / 1000)
    power++
  }
  return power === 0 ? `${rest}${alone}` : `${rest} ${' kMGT'[power]}${prefixed}`.trimEnd()
}

const PLACES: Record<string, string> = {
  seconds: 'seconds (0)',
  deciseconds: 'deciseconds (1)',
  centiseconds: 'centiseconds (2)',
  milliseconds: 'milliseconds (3)',
  microseconds: 'microseconds (6)',
  nanoseconds: 'nanoseconds (9)',
  'per-packet': 'per-packet (-1)',
  unknown: 'UNKNOWN (-2)',
}

/** capinfos repeats all interfaces of the file in each of its sections; here each stands in its own. */
function interfaceLines(facts: Facts, section: number): string[] {
  const listed = [...facts.interfaces.entries()].filter(([, described]) => described.section === section)
  if (listed.length === 0) return []
  return [
    `Number of interfaces in file: ${facts.sectionCount > 1 ? listed.length : facts.interfaceCount}`,
    ...listed.flatMap(([id, described]) => [`Interface #${id} info:`, ...linesOf(described)]),
  ]
}

function linesOf(described: InterfaceFacts): string[] {
  const { encapsulation } = linktypeOf(described.linktype) ?? UNKNOWN_LINKTYPE
  const resolution = described.if_tsresol
  const values: [string, string | number | undefined][] = [
    ['Name', described.if_name],
    ['Description', described.if_description],
    ['Encapsulation', `${described.encapsulationName} (${encapsulation} - ${described.encapsulation})`],
    ['Hardware', described.if_hardware],
    ['Speed', described.if_speed],
    ['Capture length', described.snaplen],
    ['FCS length', described.if_fcslen],
    ['Time precision', PLACES[described.timePrecision]],
    ['Time ticks per second', described.ticksPerSecond],
    ['Time resolution', resolution === undefined ? undefined : `0x${resolution.toString(16).padStart(2, '0')}`],
    ['Timestamp offset', described.if_tsoffset],
    ['Filter string', described.if_filter?.startsWith('BPF bytecode') ? undefined : described.if_filter],
    ['Operating system', described.if_os],
    ['Comment', described.comments[0]],
    ['Number of stat entries', described.statistics],
    ['Number of packets', described.packets],
  ]
  return values.flatMap(([name, value]) => (value === undefined ? [] : [inner(`${name} = ${value}`)]))
}

/**
 * Where our facts rightly differ from capinfos 4.0.17. A class says to which files it applies, by a reading of its own
 * (plain.ts), and what is right there instead; what it does not give must equal the oracle.
 */
import type { FaultKind } from '../../src/capture/faults.ts'
import type { PlainCapture } from './plain.ts'

/** Columns of the oracle, and `interface N: …` for each line of its interfaces. */
export type Row = Record<string, string>

export interface Case {
  file: string
  plain: PlainCapture
  /** What ended the decompression early. */
  decompression: FaultKind | null
  /** What capinfos 4.0.17 says. */
  oracle: Row
}

export interface Class {
  name: string
  why: string
  applies: (tried: Case) => boolean
  expected: (tried: Case) => Row
}

/** Formats that capinfos reads and we do not, and what we call them. */
export const NAMED: Record<string, string> = {
  '5views': '5Views',
  'commview-ncf': 'CommView',
  'commview-ncfx': 'CommView',
  k12text: 'K12 text',
  lanalyzer: 'LANalyzer',
  ngsniffer: 'Sniffer',
  ngwsniffer_1_1: 'NetXRay',
  ngwsniffer_2_0: 'NetXRay',
  visual: 'Visual',
}

const SECOND = 1_000_000_000n
const timesOf = ({ packets }: PlainCapture): bigint[] => packets.flatMap(({ time }) => (time === null ? [] : [time]))

/** Applies where capinfos goes wrong with times; then all that depends on times is as computed from them exactly. */
const timeClass = (name: string, why: string, applies: (plain: PlainCapture, times: bigint[]) => boolean): Class => ({
  name,
  why,
  applies: ({ plain }) => {
    const times = timesOf(plain)
    return times.length > 0 && times.length === plain.packets.length && applies(plain, times)
  },
  expected: ({ plain, oracle }) =>
    timeRow(plain, timesOf(plain), Number(/\((\d)\)/.exec(oracle.time_precision ?? '')?.[1])),
})

export const CLASSES: Class[] = [
  timeClass(
    'fraction-out-of-range',
    'A pcap record whose fraction is a second or more: capinfos prints it as it stands, or what a 32-bit overflow made of it; we carry it into the seconds.',
    (plain) => plain.fractionOutOfRange,
  ),
  timeClass(
    'seconds-apart-by-2^31',
    'capinfos orders times by the low 32 bits of the difference of their seconds, so that of times 68 years apart the later can be "first".',
    (_, times) => spread(times) >= SECOND << 31n,
  ),
  timeClass(
    'before-1970',
    'capinfos prints the seconds and the fraction of a negative time side by side, though one counts down and the other up.',
    (_, times) => times.some((time) => time < 0n),
  ),
  timeClass(
    'ticks-beyond-nanoseconds',
    'capinfos computes ticks × 10^9 in 64 bits, which overflow where a second has more than 2^64 / 10^9 ticks.',
    ({ ticks }) => ticks.some((perSecond) => perSecond * SECOND >= 2n ** 64n),
  ),
  {
    name: 'clock-beyond-64-bits',
    why: 'An if_tsresol that no 64-bit timestamp can carry: 4.0.17 reads all times as 0, 4.4.18 rejects the file, as we do.',
    applies: ({ plain }) => plain.ticks.includes(0n),
    expected: () => ({ verdict: 'refused' }),
  },
  {
    name: 'sections-repeat-interfaces',
    why: "capinfos counts a later section's packets and statistics on the first section's interface of the same number.",
    applies: ({ plain }) => plain.interfaces.length > 1,
    expected: ({ plain }) => countRows(plain),
  },
  {
    name: 'compressed-data-damaged',
    why: 'Of damaged data capinfos loses what is still in its buffer; and what follows the last member or frame and is none, 4.0.17 takes for more of the file out of that buffer, 4.4.18 as it stands. We end there, with what was read.',
    applies: ({ decompression }) => decompression === 'bad-stream',
    expected: ({ plain }) => ({ verdict: 'damaged', packets: String(plain.packets.length) }),
  },
  {
    name: 'commview-by-name',
    why: 'capinfos reads one packet of it and meets a link type that it does not know; we read no CommView.',
    applies: ({ file }) => file.endsWith('.ncfx'),
    expected: () => ({ verdict: 'refused' }),
  },
  {
    name: 'text-not-utf-8',
    why: 'capinfos prints bytes that are no UTF-8 as they are; we put U+FFFD.',
    applies: ({ oracle }) => Object.values(oracle).some((value) => NOT_UTF_8.test(value)),
    expected: ({ oracle }) =>
      Object.fromEntries(Object.entries(oracle).map(([column, value]) => [column, withReplacements(value)])),
  },
]

function spread(times: bigint[]): bigint {
  const { least, greatest } = bounds(times)
  return greatest - least
}

function bounds(times: bigint[]): { least: bigint; greatest: bigint } {
  let [least, greatest] = [times[0] ?? 0n, times[0] ?? 0n]
  for (const time of times) {
    if (time < least) least = time
    if (time > greatest) greatest = time
  }
  return { least, greatest }
}

function timeRow(plain: PlainCapture, times: bigint[], places: number): Row {
  const { least, greatest } = bounds(times)
  const dataSize = plain.packets.reduce((sum, { origlen }) => sum + origlen, 0)
  const seconds = (time: bigint) => Number(floorDivide(time, SECOND)) + Number(modulo(time, SECOND)) / 1e9
  const duration = seconds(greatest) - seconds(least)
  const rate = (amount: number) => (amount > 0 && duration > 0 ? (amount / duration).toFixed(2) : 'n/a')
  return {
    first_time: decimal(least, places),
    last_time: decimal(greatest, places),
    duration: decimal(greatest - least, places),
    byte_rate: rate(dataSize),
    bit_rate: rate(dataSize * 8),
    packet_rate: rate(times.length),
    strict_time_order: times.every((time, i) => i === 0 || time >= (times[i - 1] ?? time)) ? 'True' : 'False',
  }
}

const floorDivide = (a: bigint, b: bigint) => (a - modulo(a, b)) / b
const modulo = (a: bigint, b: bigint) => ((a % b) + b) % b

/** Nanoseconds as decimal seconds, cut toward the past. */
function decimal(time: bigint, places: number): string {
  const unit = 10n ** BigInt(9 - places)
  const cut = floorDivide(time, unit)
  const digits = String(cut < 0n ? -cut : cut).padStart(places + 1, '0')
  const point = digits.length - places
  return `${cut < 0n ? '-' : ''}${digits.slice(0, point)}${places > 0 ? `.${digits.slice(point)}` : ''}`
}

function countRows(plain: PlainCapture): Row {
  const starts = plain.interfaces.map((_, i) => plain.interfaces.slice(0, i).reduce((sum, count) => sum + count, 0))
  const total = plain.ticks.length
  const packets = new Array<number>(total).fill(0)
  const statistics = new Array<number>(total).fill(0)
  const count = (list: number[], section: number, interfaceId: number) => {
    const id = (starts[section] ?? 0) + interfaceId
    if (id < total) list[id] = (list[id] ?? 0) + 1
  }
  for (const { section, interfaceId } of plain.packets) count(packets, section, interfaceId)
  for (const [section, interfaceId] of plain.statistics) count(statistics, section, interfaceId)
  return Object.fromEntries(
    packets.flatMap((_, id) => [
      [`interface ${id}: Number of packets`, String(packets[id])],
      [`interface ${id}: Number of stat entries`, String(statistics[id])],
    ]),
  )
}

/** The oracle writes bytes that are no UTF-8 as `\xNN`; in JSON the backslash is doubled. */
const NOT_UTF_8 = /\\{1,2}x([0-9a-f]{2})/

function withReplacements(value: string): string {
  // Split by a pattern with a group: every other piece is an octet.
  const pieces = value.split(new RegExp(NOT_UTF_8, 'g')).map((piece, i) => Buffer.from(piece, i % 2 ? 'hex' : 'utf8'))
  return new TextDecoder().decode(Buffer.concat(pieces))
}

/** From clauses to what the index is asked, and what each row that it names must stand. Pure. */
import type { Capture } from './captures.ts'
import type { Asked, Clause } from './search-query.ts'
import {
  ALL,
  ANY_TIME,
  daysOf,
  dayTerm,
  FIRST_TIME,
  fold,
  hashTerm,
  LAST_TIME,
  macTerm,
  masked,
  monthsOf,
  monthTerm,
  type Net,
  nameTerm,
  netTerm,
  PARTIAL,
  portTerm,
  protocolTerm,
  sizeStep,
  spanOf,
  stateTerm,
  stepFor,
  tagTerm,
  threesOf,
  threeTerm,
  timePlace,
  underTerm,
  vagueTerm,
  wordsOf,
  wordTerm,
} from './search-terms.ts'

/** Terms of which a capture has one or more. */
export interface Group {
  terms: string[]
  /** Beside them: all terms that are there from the first one to the last. */
  ranges: [first: string, last: string][]
  /** What is asked for can be seen in the row, too: where the ranges hold too many terms, the rows alone are asked. */
  inRow: boolean
  /** Where the clause stands in the query. */
  at: number
}

export interface Plan {
  /** A capture must have something of each. */
  wanted: Group[]
  /** And nothing of these. */
  unwanted: Group[]
  /** Places from the first one, and before the other. */
  from: string
  before: string
  /** What can be seen in a row. */
  holds(row: Capture): boolean
}

const DAY = 86_400_000
/** A range of as many days is looked up by days, of as many months by months. */
const MOST_DAYS = 45
const MOST_MONTHS = 96
/** Of a text's words, or runs of three, as many are looked up; the row tells the rest. */
const MOST_PIECES = 4
/** Behind every place. */
export const END = 'g'
const LARGEST = 0x32

export function planOf(clauses: Clause[]): Plan {
  const positive = clauses.filter(({ not }) => !not)
  const services = servicesIn(positive)
  const byItself = ({ asked }: Clause) => services.length === 0 || (asked.kind !== 'ip' && asked.kind !== 'port')
  const wanted = [...positive.filter(byItself).flatMap(groupsOf), ...services, ...timesIn(positive)]
  const unwanted = clauses.filter(({ not }) => not).flatMap((clause) => exactGroups(clause))
  if (wanted.length === 0 && unwanted.length > 0) wanted.push(group(0, [ALL]))
  const uploads = positive.map(({ asked }) => asked).filter((asked) => asked.kind === 'uploaded')
  return {
    wanted,
    unwanted,
    from: timePlace(Math.max(0, ...uploads.map(({ from }) => from))),
    before: uploads.some(({ to }) => Number.isFinite(to))
      ? timePlace(Math.min(...uploads.map(({ to }) => Math.max(0, to))))
      : END,
    holds: (row) => clauses.every(({ not, asked }) => holdsOf(row, asked) !== not || inIndexAlone(asked)),
  }
}

const group = (at: number, terms: string[], ranges: Group['ranges'] = [], inRow = false): Group => ({
  terms,
  ranges,
  inRow,
  at,
})

/** Words, of which the last may be how some begin; of very many some, the row tells the rest. */
function wordGroups(at: number, words: string[], open: boolean): Group[] {
  const begun = open ? words.at(-1) : undefined
  const whole = someOf(open ? words.slice(0, -1) : words).map((word) => group(at, [wordTerm(word)]))
  if (begun === undefined) return whole
  return [...whole, group(at, [], [[wordTerm(begun), `${wordTerm(begun)}\u{10ffff}`]], true)]
}

/** What of a clause the index is asked. Addresses and ports beside each other are asked as services, and times all at once: see below. */
function groupsOf({ at, asked }: Clause): Group[] {
  switch (asked.kind) {
    case 'ip':
      return [netGroup(at, asked.net, null)]
    case 'port':
      return [group(at, [portTerm(asked.port)])]
    case 'mac':
      return [
        asked.hex.length === 12
          ? group(at, [macTerm(asked.hex)])
          : group(at, [], [[macTerm(asked.hex.padEnd(12, '0')), macTerm(asked.hex.padEnd(12, 'f'))]]),
      ]
    case 'name':
      return [nameGroup(at, asked)]
    case 'proto':
      return [group(at, [protocolTerm(asked.name)])]
    case 'tag':
      return [group(at, [tagTerm(asked.tag)])]
    case 'filename':
      return someOf(threesOf(asked.text)).map((three) => group(at, [threeTerm(three)]))
    case 'words':
      return wordGroups(at, asked.words, asked.open)
    case 'comment':
      return wordGroups(at, asked.words, true)
    case 'hash':
      return [group(at, [hashTerm(asked.hex)])]
    case 'size':
      return sizeGroups(at, asked)
    case 'status':
      return asked.status === 'ok' || asked.status === 'error' ? [group(at, [stateTerm(asked.status)])] : []
    case 'partial':
      return [group(at, [PARTIAL])]
    case 'time':
    case 'uploaded':
      return []
  }
}

/** Of a clause that must not hold, what the index alone can tell; the rest is seen in the rows. */
function exactGroups(clause: Clause): Group[] {
  return inIndexAlone(clause.asked) ? groupsOf(clause) : []
}

/** What no row tells: what is in the packets. */
const inIndexAlone = ({ kind }: Asked): boolean =>
  kind === 'ip' || kind === 'port' || kind === 'mac' || kind === 'name' || kind === 'proto' || kind === 'partial'

/** A few of many, from all over. */
const someOf = (all: string[]): string[] => {
  const each = [...new Set(all)]
  const step = Math.max(1, (each.length - 1) / (MOST_PIECES - 1))
  return each.length <= MOST_PIECES
    ? each
    : Array.from({ length: MOST_PIECES }, (_, at) => each[Math.round(at * step)] as string)
}

function netGroup(at: number, net: Net, port: number | null): Group {
  const { version, hex, bits } = net
  const step = stepFor(net)
  const digits = step / 4
  const first = netTerm(version, step, hex.slice(0, digits), port)
  if (step === bits) return group(at, [first])
  return group(at, [], [[first, netTerm(version, step, masked(hex, bits, 1).slice(0, digits), port)]])
}

function nameGroup(at: number, { of, name, under }: Extract<Asked, { kind: 'name' }>): Group {
  if (!under)
    return group(
      at,
      of.map((kind) => nameTerm(kind, name)),
    )
  const found = of.map((kind) => underTerm(kind, name))
  return group(
    at,
    found.flatMap((one) => ('term' in one ? [one.term] : [])),
    found.flatMap((one) => ('begins' in one ? [[one.begins, `${one.begins}\u{10ffff}`] as [string, string]] : [])),
  )
}

/** An address beside a port: it talked by that service. Each address with each port. */
function servicesIn(clauses: Clause[]): Group[] {
  const ports = clauses.map(({ asked }) => asked).filter((asked) => asked.kind === 'port')
  return clauses.flatMap(({ at, asked }) =>
    asked.kind === 'ip' ? ports.map(({ port }) => netGroup(at, asked.net, port)) : [],
  )
}

/** All times at once: a capture that has something of each has, but for a very long one, something of what they have in common. */
function timesIn(clauses: Clause[]): Group[] {
  const times = clauses.flatMap(({ at, asked }) => (asked.kind === 'time' ? [{ at, ...asked }] : []))
  const [one] = times
  if (one === undefined) return []
  const from = Math.max(FIRST_TIME, ...times.map((time) => time.from))
  const to = Math.min(LAST_TIME, ...times.map((time) => time.to))
  if (from >= to) return []
  if (to - from <= MOST_DAYS * DAY) {
    const months = monthsOf(from, to - 1) ?? []
    return [group(one.at, [ANY_TIME, ...daysOf(from, to - 1).map(dayTerm), ...months.map(vagueTerm)])]
  }
  const months = to - from > MOST_MONTHS * 31 * DAY ? null : monthsOf(from, to - 1)
  if (months !== null) return [group(one.at, [ANY_TIME, ...months.map(monthTerm)])]
  return [group(one.at, [ANY_TIME], [[monthTerm(from), monthTerm(to - 1)]], true)]
}

function sizeGroups(at: number, { from, to }: { from: number; to: number }): Group[] {
  const first = sizeStep(Math.max(0, from))
  const last = Number.isFinite(to) ? sizeStep(Math.max(0, to - 1)) : LARGEST
  const terms: string[] = []
  for (let step = first; step <= last; step++) terms.push(`z${step.toString(16).padStart(2, '0')}`)
  return terms.length > 0 ? [group(at, terms)] : []
}

/** Whether a row has what a clause asks; true for what no row tells. */
function holdsOf(row: Capture, asked: Asked): boolean {
  switch (asked.kind) {
    case 'tag':
      return row.tags.some((tag) => fold(tag) === asked.tag)
    case 'filename':
      return fold(row.filename).includes(asked.text)
    case 'words':
      return (asked.in === 'comment' ? [row.comments] : [row.filename, row.comments, ...row.tags]).some((text) =>
        hasWords(wordsOf(text), asked.words, asked.open),
      )
    case 'comment':
      return hasText(fold(row.comments), asked.text)
    case 'hash':
      return [row.sha256, row.sha1, row.md5].includes(asked.hex)
    case 'time': {
      const span = spanOf(row)
      return span !== null && span.last >= asked.from && span.first < asked.to
    }
    case 'uploaded':
      return row.createdAt >= asked.from && row.createdAt < asked.to
    case 'size':
      return row.state !== 'uploading' && row.size >= asked.from && row.size < asked.to
    case 'status':
      return statusOf(row) === asked.status
    default:
      return true
  }
}

const statusOf = ({ state }: Capture) =>
  state === 'ok' || state === 'error' || state === 'uploading' ? state : 'processing'

/** A text that begins where no word is under way. */
function hasText(whole: string, text: string): boolean {
  for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1))
    if (!/[\p{L}\p{M}\p{N}]$/u.test(whole.slice(Math.max(0, at - 2), at)) || !/^[\p{L}\p{M}\p{N}]/u.test(text))
      return true
  return false
}

/** These words stand there, one right after the other. */
function hasWords(words: string[], wanted: string[], open: boolean): boolean {
  const last = wanted.length - 1
  return words.some((_, at) =>
    wanted.every((word, index) => {
      const found = words[at + index]
      return open && index === last ? (found?.startsWith(word) ?? false) : found === word
    }),
  )
}

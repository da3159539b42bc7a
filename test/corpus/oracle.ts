/** Reads the corpus: its files, and what Wireshark's tools say about each. See the corpus's own README. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const CORPUS = process.env.PCAPORT_CORPUS

/** One line of a table, by column. */
export type Columns = Record<string, string>

/** The text report of `capinfos -L -M -S -A`, parsed. */
export interface Report {
  interfaces?: Columns[]
  sections?: { interfaces?: Columns[] }[]
}

export const corpusPath = (name: string): string => join(CORPUS ?? '', name)

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' }
const unescaped = (value: string) => value.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter)

export function readTable(name: string): Columns[] {
  const [head = '', ...lines] = readFileSync(corpusPath(name), 'utf8').trimEnd().split('\n')
  const columns = head.split('\t')
  return lines.map((line) => {
    const values = line.split('\t').map(unescaped)
    return Object.fromEntries(columns.map((column, i) => [column, values[i] ?? '']))
  })
}

/** A file of one JSON object a line. */
export const readObjects = <T>(name: string): T[] =>
  readFileSync(corpusPath(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

export const readCorpusFile = (name: string): Uint8Array => readFileSync(corpusPath(name))

/** Every file below a folder of the corpus, as paths from the corpus. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(corpusPath(folder))) return []
  const names = readdirSync(corpusPath(folder), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name)).filter((name) => statSync(corpusPath(name)).isFile())
}

/** Counts the files of each class, and says so in one line. */
export function tally(what: string) {
  const files = new Map<string, Set<string>>()
  return {
    add: (name: string, file: string) => files.set(name, (files.get(name) ?? new Set()).add(file)),
    print: () => {
      const listed = [...files].sort(([a], [b]) => a.localeCompare(b)).map(([name, { size }]) => `${name} ${size}`)
      console.log(`${what}: ${listed.join(', ')}`)
    },
  }
}

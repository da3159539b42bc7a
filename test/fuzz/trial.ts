/** One input through decompression, reader, facts and summary, in one go and by stops, watched. */
import { openReader } from '../../src/capture/reader.ts'
import { type Continuation, LIMITS, openStored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { both } from '../../src/summary/both.ts'
import { createFacts } from '../../src/summary/facts.ts'
import { createSummary } from '../../src/summary/summary.ts'
import { bytes } from '../support/captures.ts'
import { factsByCheckpoints } from '../support/reading.ts'
import type { Case } from './cases.ts'

/** Few, so that tables are full at once. */
const CONVERSATIONS = 100
/** What a summary with so few may hold: fixed tables, names of four kinds, fragments. Bytes. */
const MOST_TABLES = 5 * 1024 ** 2
/** A block, its gap left out. Bytes. */
const MOST_HELD = 4 * 1024 ** 2 + 64 * 1024
/** What a compressed file may hold. Bytes. */
const MOST_CONTENT = 4 * 1024 ** 2
/** So that large files are not slow for being pushed by single bytes. */
const MOST_CHUNKS = 20_000
/** Characters of the facts and the tables as JSON. */
const MOST_SAID = 4 * 1024 ** 2
/** Milliseconds of CPU for a MiB, and for anything. */
const PACE = 100
const SLACK = 50
/** A slow one is tried again: the first time may have been the compiler's. */
const TRIES = 4

/** @returns what is wrong with it, `null` if nothing is */
export async function complaint({ file, chunks, stops }: Case): Promise<string | null> {
  try {
    const { compression, content } = await decompressed(file, chunks, [])
    if (compression === null) return complaintOf(file, chunks, stops)
    return (await complaintOfStops(file, chunks, stops)) ?? complaintOf(content, chunks, stops)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

function complaintOf(file: Uint8Array, chunks: number[], stops: number[]): string | null {
  const allowed = SLACK + (PACE * file.length) / 1024 ** 2
  let least = Number.POSITIVE_INFINITY
  let said = ''
  for (let attempt = 0; attempt < TRIES && least > allowed; attempt++) {
    const before = process.cpuUsage()
    const read = readInOneGo(file, chunks)
    if (read.wrong !== null) return read.wrong
    said = read.facts
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  if (least > allowed) return `takes ${least.toFixed(0)} ms, where ${allowed.toFixed(0)} are allowed`
  const cuts = stops.map((stop) => Math.floor(stop * file.length))
  const saidByStops = JSON.stringify(factsByCheckpoints(file, cuts))
  return saidByStops === said ? null : `stopped at ${cuts}, gives other facts:\n${saidByStops}\n${said}`
}

function readInOneGo(file: Uint8Array, chunks: number[]): { wrong: string | null; facts: string } {
  const facts = createFacts()
  const summary = createSummary({ conversations: CONVERSATIONS })
  const reader = openReader(both(facts, summary))
  const wrong = (what: string) => ({ wrong: what, facts: '' })
  for (let at = 0, i = 0; at < file.length; i++) {
    const size = Math.max(chunks[i % chunks.length] as number, Math.ceil(file.length / MOST_CHUNKS))
    reader.push(file.slice(at, at + size))
    at += size
    if (reader.held > MOST_HELD) return wrong(`the reader holds ${reader.held} bytes`)
  }
  reader.end()
  const held = summary.bytesHeld()
  if (held > MOST_TABLES) return wrong(`the summary holds ${held} bytes`)
  const found = JSON.stringify(facts.finish(file.length))
  const said = found.length + JSON.stringify(summary.finish()).length
  return said > MOST_SAID ? wrong(`says ${said} characters`) : { wrong: null, facts: found }
}

/** Paused and taken up again, it must hold and end as in one go; of a damaged member more or less may come before its end. */
async function complaintOfStops(file: Uint8Array, chunks: number[], stops: number[]): Promise<string | null> {
  const whole = await decompressed(file, chunks, [])
  const parts = await decompressed(file, chunks, stops)
  const common = Math.min(whole.content.length, parts.content.length)
  const sameLength = whole.content.length === parts.content.length || whole.fault !== null
  const begin = (content: Uint8Array) => Buffer.from(content.buffer, content.byteOffset, common)
  if (whole.fault === parts.fault && sameLength && begin(whole.content).equals(begin(parts.content))) return null
  const seen = ({ content, fault }: typeof whole) => `${content.length} bytes and ${fault}`
  return `paused after ${parts.pauses} bytes, gives ${seen(parts)}, in one go ${seen(whole)}`
}

/** @param stops parts of the stored file after which it is to be paused */
async function decompressed(file: Uint8Array, chunks: number[], stops: number[]) {
  const content: Uint8Array[] = []
  const pauses: number[] = []
  const left = stops.map((stop) => stop * file.length).sort((a, b) => a - b)
  for (let rest: Continuation | undefined; ; ) {
    const source = arriving(file, rest?.at ?? 0, chunks)
    const stored = await openStored(source, nodeEngines, { ...LIMITS, output: MOST_CONTENT }, rest)
    if (stored.compression === null) return { compression: null, content: file, fault: null, pauses }
    const pauseIfDue = () => {
      if (stored.size >= (left[0] ?? Number.POSITIVE_INFINITY)) stored.pause()
    }
    pauseIfDue()
    for await (const piece of stored.chunks()) {
      content.push(piece.slice())
      pauseIfDue()
    }
    if (stored.rest === null)
      return { compression: stored.compression, content: bytes(...content), fault: stored.fault?.what ?? null, pauses }
    rest = JSON.parse(JSON.stringify(stored.rest)) as Continuation
    left.shift()
    pauses.push(rest.given)
  }
}

async function* arriving(file: Uint8Array, from: number, chunks: number[]): AsyncGenerator<Uint8Array> {
  for (let at = from, i = 0; at < file.length; i++) {
    const size = Math.max(chunks[i % chunks.length] as number, Math.ceil(file.length / MOST_CHUNKS))
    yield file.slice(at, at + size)
    at += size
  }
}

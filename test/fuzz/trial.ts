/** One input through reader, facts and summary, watched. */
import { openReader } from '../../src/capture/reader.ts'
import { both } from '../../src/summary/both.ts'
import { createFacts } from '../../src/summary/facts.ts'
import { createSummary } from '../../src/summary/summary.ts'
import type { Case } from './cases.ts'

/** Few, so that tables are full at once. */
const CONVERSATIONS = 100
/** What a summary with so few may hold: fixed tables, names of four kinds, fragments. Bytes. */
const MOST_TABLES = 5 * 1024 ** 2
/** A block, its gap left out. Bytes. */
const MOST_HELD = 4 * 1024 ** 2 + 64 * 1024
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
export function complaint({ file, chunks }: Case): string | null {
  const allowed = SLACK + (PACE * file.length) / 1024 ** 2
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < TRIES && least > allowed; attempt++) {
    const before = process.cpuUsage()
    const wrong = read(file, chunks)
    if (wrong !== null) return wrong
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least > allowed ? `takes ${least.toFixed(0)} ms, where ${allowed.toFixed(0)} are allowed` : null
}

function read(file: Uint8Array, chunks: number[]): string | null {
  const facts = createFacts()
  const summary = createSummary({ conversations: CONVERSATIONS })
  const reader = openReader(both(facts, summary))
  try {
    for (let at = 0, i = 0; at < file.length; i++) {
      const size = Math.max(chunks[i % chunks.length] as number, Math.ceil(file.length / MOST_CHUNKS))
      reader.push(file.slice(at, at + size))
      at += size
      if (reader.held > MOST_HELD) return `the reader holds ${reader.held} bytes`
    }
    reader.end()
    const held = summary.bytesHeld()
    if (held > MOST_TABLES) return `the summary holds ${held} bytes`
    const said = JSON.stringify([facts.finish(file.length), summary.finish()])
    if (said.length > MOST_SAID) return `says ${said.length} characters`
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** What a capture file on this machine holds, found by the gateway's own engine. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { RECOGNISABLE, type Recognition, recognise } from '../capture/formats.ts'
import { openReader } from '../capture/reader.ts'
import { openStored } from '../capture/stored.ts'
import { nodeEngines } from '../node-engines.ts'
import { both } from '../summary/both.ts'
import { createFacts, type Facts } from '../summary/facts.ts'
import { createSummary, type Tables } from '../summary/summary.ts'

/** Of the file as it is stored, in hexadecimal. */
export interface Hashes {
  sha256: string
  ripemd160: string
  sha1: string
}

export interface Reading {
  facts: Facts
  /** `null` where they were not asked for. */
  tables: Tables | null
  hashes: Hashes | null
}

/** Bytes of one read. */
const CHUNK = 1024 * 1024

/**
 * Read a capture file. Holds a megabyte of it, and its tables.
 * @param wanted what costs time: tables, and digests of the file
 * @throws the system's error where the file cannot be read; what it holds is in the facts
 */
export async function readCapture(path: string, wanted: { tables: boolean; hashes: boolean }): Promise<Reading> {
  const digests = wanted.hashes ? ['sha256', 'ripemd160', 'sha1'].map((name) => createHash(name)) : []
  const bytes = digested(createReadStream(path, { highWaterMark: CHUNK }), digests)
  const facts = createFacts()
  const summary = wanted.tables ? createSummary() : null
  const reader = openReader(summary === null ? facts : both(facts, summary))
  const stored = await openStored(bytes, nodeEngines)
  for await (const chunk of stored.chunks()) {
    reader.push(chunk)
    if (reader.ended) break
  }
  reader.end(stored.fault)
  let size = stored.size
  for await (const chunk of restOf(path, size, digests)) size += chunk.length
  const [sha256 = '', ripemd160 = '', sha1 = ''] = digests.map((digest) => digest.digest('hex'))
  return {
    facts: facts.finish(size, stored.compression),
    tables: summary?.finish() ?? null,
    hashes: wanted.hashes ? { sha256, ripemd160, sha1 } : null,
  }
}

type Digests = ReturnType<typeof createHash>[]

async function* digested(bytes: AsyncIterable<Buffer>, digests: Digests): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    for (const digest of digests) digest.update(chunk)
    yield chunk
  }
}

/** What was not read: a fault had ended it. */
const restOf = (path: string, start: number, digests: Digests) =>
  digested(createReadStream(path, { start, highWaterMark: CHUNK }), digests)

/** What a file is by its first bytes, and inside of its compression. @throws the system's error */
export async function recogniseFile(path: string): Promise<Recognition['kind']> {
  const stored = await openStored(createReadStream(path, { highWaterMark: 64 * 1024 }), nodeEngines)
  const head = Buffer.alloc(RECOGNISABLE)
  let length = 0
  for await (const chunk of stored.chunks()) {
    length += Buffer.from(chunk).copy(head, length)
    if (length === RECOGNISABLE) break
  }
  return recognise(head.subarray(0, length)).kind
}

/** One parse of one capture: its bytes from R2 through the reader to facts and hashes. */
import { openReader } from '../capture/reader.ts'
import { openStored } from '../capture/stored.ts'
import type { Capture, Parsed } from '../store/captures.ts'
import { within } from '../store/deadline.ts'
import { hashing } from '../store/digest.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Failure, Headline } from '../store/schema.ts'
import { both } from '../summary/both.ts'
import { createFacts, type Facts } from '../summary/facts.ts'
import { createSummary, type Tables } from '../summary/summary.ts'
import { nodeEngines } from './decompress.ts'

/** What is kept of a capture in R2 as JSON: the facts in one object, the tables in another. */
export interface StoredFacts {
  version: 1
  facts: Facts
}
export interface StoredTables {
  version: 1
  tables: Tables
}

/** Somebody else holds the parse by now, or its capture is gone. */
export class LeaseLost extends Error {}

/** Bytes read from R2 at once. */
const CHUNK = 1024 * 1024

/**
 * Parse a claimed capture and record what it holds. Holds one chunk, the reader's packet or block, and the summary's tables. A crash leaves a row `parsing`
 * whose lease runs out, and at most a summary that the next attempt writes again.
 * @throws whatever the store throws; then nothing is recorded
 * @throws LeaseLost where somebody else goes on, or the capture was deleted meanwhile
 */
export async function parse(store: Store, capture: Capture, clock: () => number): Promise<void> {
  const object = await store.objects.get(capture.objectKey)
  if (!object) {
    const failure: Failure = { kind: 'lost', message: 'The bytes of the capture are not in the storage.', at: null }
    await record(store, capture, {
      facts: null,
      failure,
      summaryKey: null,
      sha256: capture.sha256,
      sha1: capture.sha1,
      md5: capture.md5,
    })
    return
  }
  const facts = createFacts()
  const summary = createSummary()
  const reader = openReader(both(facts, summary))
  const hashes = {
    sha256: hashing('SHA-256'),
    sha1: hashing('SHA-1'),
    md5: capture.md5 === null ? hashing('MD5') : null,
  }
  let found: Facts
  let renewedAt = clock()
  const passing = async (bytes: Uint8Array) => {
    await Promise.all([hashes.sha256.update(bytes), hashes.sha1.update(bytes), hashes.md5?.update(bytes)])
    if (clock() - renewedAt < store.settings.parseLease / 3) return
    const kept = await store.captures.renewParse(capture, clock()).catch(() => null) // one that failed is tried again
    if (kept === false) throw new LeaseLost()
    if (kept) renewedAt = clock()
  }
  const bytes = chunksOf(object.body, store.settings.bindingDeadline, passing)
  try {
    const stored = await openStored(lent(bytes), nodeEngines)
    for await (const chunk of stored.chunks()) {
      reader.push(chunk)
      if (reader.ended) break
    }
    reader.end(stored.fault)
    for await (const _ of bytes); // what the reader had no use for is hashed all the same
    found = facts.finish(object.size, stored.compression)
  } finally {
    await bytes.return(undefined)
  }

  const failure = failureOf(found)
  const keys = derivedKeysFor(capture.accountId, capture.id, capture.generation)
  const keep = (key: string, what: StoredFacts | StoredTables) =>
    store.objects.putBytes(key, new TextEncoder().encode(JSON.stringify(what)), null, null)
  await keep(keys.tables, { version: 1, tables: summary.finish() })
  await keep(keys.facts, { version: 1, facts: found })
  await record(store, capture, {
    facts: failure ? null : headlineOf(found),
    failure,
    summaryKey: keys.facts,
    sha256: await hashes.sha256.hex(),
    sha1: await hashes.sha1.hex(),
    md5: (await hashes.md5?.hex()) ?? capture.md5,
  })
}

/** @throws LeaseLost; then a summary that was written for a row that is gone goes too */
async function record(store: Store, capture: Capture, parsed: Parsed): Promise<void> {
  if (await store.captures.record(capture, parsed)) return
  const row = await store.captures.find(capture.id)
  if (row === null || row.state === 'doomed') {
    const keys = derivedKeysFor(capture.accountId, capture.id, capture.generation)
    await store.objects.remove(Object.values(keys))
  }
  throw new LeaseLost()
}

/** A capture of which nothing could be read has failed, and so has a bomb; one that was read in part has not. */
function failureOf(facts: Facts): Failure | null {
  const fault = facts.faults.at(-1)
  const nothing = facts.verdict === 'refused' || (facts.verdict === 'damaged' && facts.packets === 0)
  if (!nothing && fault?.what !== 'bomb') return null
  return { kind: fault?.what ?? 'unread', message: fault?.message ?? 'It could not be read.', at: fault?.at ?? null }
}

function headlineOf(facts: Facts): Headline {
  return {
    fileType: facts.fileType ?? 'unknown',
    encapsulation: facts.encapsulation,
    packets: facts.packets,
    dataSize: Number(facts.dataSize),
    firstTime: facts.firstTime,
    lastTime: facts.lastTime,
    duration: facts.duration,
    averagePacketSize: facts.averagePacketSize,
    packetRate: facts.packetRate,
    byteRate: facts.byteRate,
    bitRate: facts.bitRate,
    truncated: facts.verdict !== 'whole',
  }
}

/**
 * A stream in chunks of about a MiB, each in the same buffer: it holds until the next is asked for.
 * @param passing is shown each chunk before it is given out
 */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  deadline: number,
  passing?: (chunk: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: 'byob' })
  let buffer = new ArrayBuffer(CHUNK)
  try {
    for (;;) {
      const read = reader.readAtLeast<Uint8Array<ArrayBuffer>>(CHUNK, new Uint8Array(buffer))
      const chunk = (await within(deadline, 'R2 read', read)).value
      if (!chunk?.length) return
      await passing?.(chunk)
      yield chunk
      buffer = chunk.buffer
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The same chunks, for somebody who may stop before their end without ending them. */
function lent(chunks: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }
}

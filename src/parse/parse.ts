/** One parse of one capture: its bytes from R2 through the reader to facts and hashes. */
import { openReader } from '../capture/reader.ts'
import type { Capture, Parsed } from '../store/captures.ts'
import { within } from '../store/deadline.ts'
import { hashing } from '../store/digest.ts'
import { summaryKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Failure, Headline } from '../store/schema.ts'
import { createFacts, type Facts } from '../summary/facts.ts'

/** What is kept of a capture in R2 as JSON. */
export interface Summary {
  version: 1
  facts: Facts
}

/** The summary that bytes should have been given to has lost its lease, or its capture is gone. */
export class LeaseLost extends Error {}

/** Bytes read from R2 at once. */
const CHUNK = 1024 * 1024

/**
 * Parse a claimed capture and record what it holds. Holds one chunk and the reader's tables. A crash leaves a row `parsing`
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
  const reader = openReader(facts)
  const hashes = {
    sha256: hashing('SHA-256'),
    sha1: hashing('SHA-1'),
    md5: capture.md5 === null ? hashing('MD5') : null,
  }
  let renewedAt = clock()
  for await (const chunk of chunksOf(object.body, store.settings.bindingDeadline)) {
    reader.push(chunk)
    await Promise.all([hashes.sha256.update(chunk), hashes.sha1.update(chunk), hashes.md5?.update(chunk)])
    if (clock() - renewedAt < store.settings.parseLease / 3) continue
    const kept = await store.captures.renewParse(capture, clock()).catch(() => null) // one that failed is tried again
    if (kept === false) throw new LeaseLost()
    if (kept) renewedAt = clock()
  }
  reader.end()

  const found = facts.finish(object.size)
  const failure = failureOf(found)
  const summaryKey = summaryKeyFor(capture.accountId, capture.id, capture.generation)
  const summary: Summary = { version: 1, facts: found }
  await store.objects.putBytes(summaryKey, new TextEncoder().encode(JSON.stringify(summary)), null, null)
  await record(store, capture, {
    facts: failure ? null : headlineOf(found),
    failure,
    summaryKey,
    sha256: await hashes.sha256.hex(),
    sha1: await hashes.sha1.hex(),
    md5: (await hashes.md5?.hex()) ?? capture.md5,
  })
}

/** @throws LeaseLost; then a summary that was written for a row that is gone goes too */
async function record(store: Store, capture: Capture, parsed: Parsed): Promise<void> {
  if (await store.captures.record(capture, parsed)) return
  const row = await store.captures.find(capture.id)
  if ((row === null || row.state === 'doomed') && parsed.summaryKey !== null)
    await store.objects.remove([parsed.summaryKey])
  throw new LeaseLost()
}

/** A capture of which nothing could be read has failed; one that was read in part has not. */
function failureOf(facts: Facts): Failure | null {
  if (facts.verdict !== 'refused' && !(facts.verdict === 'damaged' && facts.packets === 0)) return null
  const fault = facts.faults.at(-1)
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

/** A stream in chunks of about a MiB, each in the same buffer: it holds until the next is asked for. */
export async function* chunksOf(body: ReadableStream<Uint8Array>, deadline: number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: 'byob' })
  let buffer = new ArrayBuffer(CHUNK)
  try {
    for (;;) {
      const read = reader.readAtLeast<Uint8Array<ArrayBuffer>>(CHUNK, new Uint8Array(buffer))
      const chunk = (await within(deadline, 'R2 read', read)).value
      if (!chunk?.length) return
      yield chunk
      buffer = chunk.buffer
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

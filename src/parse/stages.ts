/** The stages of a parse, each of which can be left and gone on with: unpack a compressed file, read its packets, hash what is left. */
import { StreamFault } from '../capture/engines.ts'
import { type Compression, LIMITS, openStored, type Stored } from '../capture/stored.ts'
import { nodeEngines } from '../node-engines.ts'
import type { Failure } from '../store/schema.ts'
import type { Checkpoint, Parsing, Resumed, Unpacked, Unpacking } from './checkpoint.ts'
import { lent } from './chunks.ts'
import { copyContent, openCopy, type PutFrame } from './copy.ts'
import { type Hashes, openHashes, type SavedHashes } from './hashes.ts'
import { LeaseLost, type Part } from './part.ts'
import { openPass, type Pass, type SavedPass, savedPass } from './pass.ts'
import { type End, endOf, failed, keepResult, type StoredFacts } from './result.ts'

/** What a part comes to: the end, or the start of the next one. */
export type Outcome = End | { next: Checkpoint }

/** Of a compressed capture's parse, what unpacking counts for: the rest is reading the copy. */
const UNPACKING = 0.5

/** Bytes of the file asked for at once: a range that is not read soon is held by whoever gives it. */
const RANGE = 64 * 1024 * 1024
/** Beside larger tables a file is unpacked alone, for its compression may hold 32 MiB, too. Bytes. */
const MOST_TABLES = 32 * 1024 * 1024

/** The file, from where it is read on, and its hashes. */
interface Reading {
  size: number
  bytes: AsyncGenerator<Uint8Array>
  hashes: Hashes
}

/** The first part of a parse, or the next one of a file that is not unpacked yet. */
export function begin(part: Part, from: Unpacking | null): Promise<Outcome> {
  return reading(part, from?.rest.at ?? 0, from?.hashes, async (file) => {
    const stored = await openStored(lent(file.bytes), nodeEngines, LIMITS, from?.rest)
    const { compression } = stored
    if (compression === null) return readFile(part, openPass(), stored.chunks(), file)
    return unpack(part, stored, compression, from, file)
  })
}

/** A part that goes on from a checkpoint. */
export async function goOn(part: Part, from: Resumed): Promise<Outcome> {
  if (from.phase === 'unpack') return begin(part, from)
  if (from.phase === 'hash') return hash(part, await resultBefore(part), from.hashes)
  if (from.unpacked !== null) return readCopy(part, from, from.unpacked)
  const pass = from.pass ?? openPass()
  return reading(part, pass.reader.size, from.hashes, (file) => readFile(part, pass, lent(file.bytes), file))
}

/**
 * Unpack a file into its copy, and read it on the way while the budget lasts: most captures are through with that. Where it does
 * not, the packets are read anew from the copy, and unpacking ends with the member that it is in.
 */
async function unpack(
  part: Part,
  stored: Stored,
  compression: Compression,
  from: Unpacking | null,
  file: Reading,
): Promise<Outcome> {
  const { store, keys, budget } = part
  part.share = UNPACKING
  const put: PutFrame = (number, size, pieces) => store.objects.putPieces(keys.frame(number), size, () => pieces)
  const copy = await openCopy(store.settings.copyFrame, put, from?.copy)
  try {
    let pass = from === null ? openPass() : null
    let tooLong: StreamFault | null = null
    part.afterChunk = () => {
      if (budget.spent) stored.pause()
    }
    for await (const piece of stored.chunks()) {
      if (budget.spent || (pass?.summary.bytesHeld() ?? 0) > MOST_TABLES) pass = null
      await copy.write(piece)
      const frames = pass?.summary.frames ?? 0
      pass?.reader.push(piece)
      budget.spend(piece.length, (pass?.summary.frames ?? 0) - frames)
      if (pass?.reader.ended) break
      if (budget.spent) stored.pause()
      if (stored.sinceBoundary > budget.member || budget.overdrawn) tooLong = tooLongMember(stored.sinceBoundary)
      if (tooLong !== null) break
    }
    if (stored.rest !== null)
      return {
        next: { phase: 'unpack', rest: stored.rest, copy: await copy.save(), hashes: await hashesToGoOn(file) },
      }
    const fault = tooLong ?? stored.fault
    if (fault !== null && (fault.what === 'bomb' || tooLong !== null)) pass ??= openPass()
    if (pass !== null) {
      pass.reader.end(fault)
      const result = await keepResult(part, pass, { size: file.size, compression, copy: await copy.end() })
      return hashRest(part, result, file)
    }
    const unpacked = {
      compression,
      copy: await copy.end(),
      fault: fault && { what: fault.what, message: fault.message },
    }
    return { next: { phase: 'parse', unpacked, pass: null, hashes: await hashesToGoOn(file) } }
  } finally {
    await copy.close().catch(() => undefined)
  }
}

const tooLongMember = (read: number) =>
  new StreamFault(
    'too-long-member',
    `one member or frame of the compressed file holds ${read} bytes and more, too many to be read in one go; what is compressed in several, or not at all, may hold more`,
  )

/** Read packets from the file itself. */
async function readFile(part: Part, pass: Pass, chunks: AsyncIterable<Uint8Array>, file: Reading): Promise<Outcome> {
  const saved = await readOn(part, pass, chunks, file.size)
  if (saved !== null) return { next: { phase: 'parse', unpacked: null, pass: saved, hashes: await hashesToGoOn(file) } }
  pass.reader.end()
  return hashRest(part, await keepResult(part, pass, { size: file.size, compression: null, copy: null }), file)
}

/** Read packets from the copy. */
async function readCopy(part: Part, from: Parsing<Pass>, unpacked: Unpacked): Promise<Outcome> {
  const { store, capture, keys } = part
  const { compression, copy, fault } = unpacked
  const pass = from.pass ?? openPass()
  const frame = async (number: number) => {
    part.progressed(UNPACKING + ((1 - UNPACKING) * number * copy.frame) / copy.size)
    await part.beat()
    const bytes = await store.objects.bytes(keys.frame(number))
    if (bytes === null) throw new Error(`frame ${number} of the copy is not there`)
    return bytes
  }
  const saved = await readOn(part, pass, copyContent(copy, pass.reader.size, frame), copy.size)
  if (saved !== null) return { next: { phase: 'parse', unpacked, pass: saved, hashes: from.hashes } }
  pass.reader.end(fault && new StreamFault(fault.what, fault.message))
  return hash(part, await keepResult(part, pass, { size: capture.size, compression, copy }), from.hashes)
}

/**
 * Push what is left into a pass, while the budget lasts; a unit that is longer than the budget is read all the same.
 * @param size of all the content
 * @returns how to go on; `null` where the reader has had all that it wants
 */
async function readOn(
  { budget }: Part,
  pass: Pass,
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): Promise<SavedPass | null> {
  const { reader, summary } = pass
  const begun = reader.size
  for await (const chunk of chunks) {
    const { frames } = summary
    reader.push(chunk)
    budget.spend(chunk.length, summary.frames - frames)
    if (reader.ended) return null
    if (!budget.spent || reader.size >= size) continue
    const checkpoint = reader.checkpoint()
    if (checkpoint !== null && checkpoint.at > begun) return savedPass(pass, checkpoint)
  }
  return null
}

/** Hash what the reader had no use for. */
async function hashRest(part: Part, result: StoredFacts, { bytes, hashes }: Reading): Promise<Outcome> {
  while (!hashes.over) {
    if ((await bytes.next()).done) throw new Error('the file is not hashed to its end')
    if (hashes.inParts && part.budget.spent && !hashes.over)
      return { next: { phase: 'hash', hashes: await hashes.save() } }
  }
  return endOf(part, result, await hashes.digests())
}

/** Hash on, where that is not over. */
async function hash(part: Part, result: StoredFacts, saved: SavedHashes): Promise<Outcome> {
  if ('digests' in saved) return endOf(part, result, saved.digests)
  return reading(part, saved.at, saved, (file) => hashRest(part, result, file))
}

/** The hashes as the next part takes them up; those that cannot be put away go to the file's end first. */
async function hashesToGoOn({ bytes, hashes }: Reading): Promise<SavedHashes> {
  if (!hashes.inParts) for await (const _ of bytes);
  return hashes.save()
}

/** What an earlier part has read and put away. */
async function resultBefore({ store, keys }: Part): Promise<StoredFacts> {
  const result = await store.objects.json<StoredFacts>(keys.facts)
  if (result === null) throw new Error('the facts of an earlier part are not there')
  return result
}

/** Open the file at an offset, hash what is read of it, and close it. */
async function reading(
  part: Part,
  from: number,
  saved: SavedHashes | undefined,
  work: (file: Reading) => Promise<Outcome>,
): Promise<Outcome> {
  const { store, capture } = part
  const first = await open(part, from)
  if (!first) return failed(capture, LOST)
  const { size } = first
  const hashes = openHashes(size, capture.md5, size > store.settings.parseBudget.bytes, saved)
  const bytes = hashed(part, first, from, hashes)
  try {
    return await work({ size, bytes, hashes })
  } finally {
    await bytes.return(undefined)
  }
}

/** A range of the file, within one part's budget: a stream that is read to its end need not be broken off. */
function open({ store, capture }: Part, offset: number): Promise<R2ObjectBody | null> {
  const length = Math.min(RANGE, store.settings.parseBudget.bytes, capture.size - offset)
  return store.objects.get(capture.objectKey, length > 0 ? { offset, length } : undefined)
}

/** The file from an offset on, hashed as it goes by. */
async function* hashed(part: Part, first: R2ObjectBody, from: number, hashes: Hashes): AsyncGenerator<Uint8Array> {
  let at = from
  while (at < first.size) {
    const object = at === from ? first : await open(part, at)
    if (!object) throw new LeaseLost() // it was deleted meanwhile
    const before = at
    for await (const chunk of part.chunks(object.body)) {
      await hashes.update(chunk, at)
      at += chunk.length
      part.budget.spendStored(chunk.length)
      part.progressed((part.share * at) / first.size)
      await part.beat()
      part.afterChunk()
      yield chunk
    }
    if (at === before) throw new Error('the storage gives no bytes')
  }
}

const LOST: Failure = { kind: 'lost', message: 'The bytes of the capture are not in the storage.', at: null }

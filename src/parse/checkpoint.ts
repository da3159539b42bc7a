/** What a parse writes down after one part, for the next part to go on from. */
import type { StreamFault } from '../capture/engines.ts'
import type { Compression, Continuation } from '../capture/stored.ts'
import { StoredBytes } from '../capture/stored-bytes.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { INDEX_VERSION } from '../summary/packet-index-coding.ts'
import { SAVED_VERSION } from '../summary/saving.ts'
import { loadSummary, type Saving } from '../summary/summary.ts'
import { chunksOf } from './chunks.ts'
import type { Copy, SavedCopy } from './copy.ts'
import type { SavedHashes } from './hashes.ts'
import { openPass, type Pass, type SavedPass } from './pass.ts'

/** What a compressed capture holds lies in its copy; and what ended it early. */
export interface Unpacked {
  compression: Compression
  copy: Copy
  fault: Pick<StreamFault, 'what' | 'message'> | null
}

/** Where a parse goes on, to be written down. */
export type Checkpoint = Unpacking | Parsing<SavedPass> | Hashing
/** Where a parse goes on, taken up. */
export type Resumed = Unpacking | Parsing<Pass> | Hashing

/** Within a compressed file, between two of its members: what follows is to be copied. */
export interface Unpacking {
  phase: 'unpack'
  rest: Continuation
  copy: SavedCopy
  hashes: SavedHashes
}

/** Packets are to be read on: from the copy, or, where nothing is unpacked, from the file itself. */
export interface Parsing<P> {
  phase: 'parse'
  unpacked: Unpacked | null
  /** `null`: none has been read. */
  pass: P | null
  hashes: SavedHashes
}

/** All is read and put away, and only the hashes are not through. */
export interface Hashing {
  phase: 'hash'
  hashes: SavedHashes
}

/** Changes with all that a checkpoint is made of: one that another version wrote is not read. */
export const VERSION = `1.${SAVED_VERSION}.${INDEX_VERSION}`

/** The JSON that stands first, after its own length in 32 bits; the tail, or the index and the tables, follow as bytes. */
interface Head {
  version: string
  checkpoint: Checkpoint
  /** Of the tail, or of the index. Bytes. */
  length: number
}

/** Write down how a parse goes on after `cursor` parts. Holds two pieces of the tables. @throws GatewayError `unavailable` */
export async function keepCheckpoint(
  store: Store,
  capture: Capture,
  cursor: number,
  checkpoint: Checkpoint,
): Promise<void> {
  const { bare, bytes, tables } = split(checkpoint)
  const written: Head = { version: VERSION, checkpoint: bare, length: bytes.length }
  const head = new TextEncoder().encode(JSON.stringify(written))
  const size = new Uint8Array(4)
  new DataView(size.buffer).setUint32(0, head.length)
  const total = size.length + head.length + bytes.length + (tables?.length ?? 0)
  const pieces = function* () {
    yield size
    yield head
    if (bytes.length > 0) yield bytes
    if (tables) yield* tables.pieces()
  }
  await store.objects.putPieces(derivedKeysFor(capture).checkpoint(cursor), total, pieces)
}

/** A checkpoint without its bytes, and these. */
function split(checkpoint: Checkpoint): { bare: Checkpoint; bytes: Uint8Array; tables: Saving | null } {
  if (checkpoint.phase === 'unpack') {
    const { copy } = checkpoint
    return { bare: { ...checkpoint, copy: { ...copy, tail: NONE } }, bytes: copy.tail, tables: null }
  }
  if (checkpoint.phase !== 'parse' || !checkpoint.pass) return { bare: checkpoint, bytes: NONE, tables: null }
  const { pass } = checkpoint
  const bare = { ...checkpoint, pass: { ...pass, index: NONE, tables: { length: 0, pieces: () => [] } } }
  return { bare, bytes: pass.index, tables: pass.tables }
}

const NONE = new Uint8Array(0)

/**
 * The checkpoint that the next part of a capture's parse begins with. Beside what it says, holds a few MiB while it is read.
 * @returns `null` where another version of pcaport wrote it: the parse must begin anew
 * @throws Error where it is not there, or damaged; GatewayError `unavailable`
 */
export async function checkpointOf(store: Store, capture: Capture): Promise<Resumed | null> {
  const object = await store.objects.get(derivedKeysFor(capture).checkpoint(capture.cursor))
  if (!object) throw new Error(`checkpoint ${capture.cursor} is not there`)
  const stored = new StoredBytes(chunksOf(object.body, store.settings.bindingDeadline))
  try {
    const size = (await stored.take(4)).slice()
    const head = await stored.take(new DataView(size.buffer).getUint32(0))
    const { version, checkpoint, length } = headOf(head)
    if (version !== VERSION) return null
    const bytes = (await stored.take(length)).slice()
    if (checkpoint.phase === 'unpack') return { ...checkpoint, copy: { ...checkpoint.copy, tail: bytes } }
    if (checkpoint.phase === 'hash') return checkpoint
    const { pass } = checkpoint
    if (pass === null) return { ...checkpoint, pass }
    const summary = await loadSummary(rest(stored))
    return { ...checkpoint, pass: openPass({ reader: pass.reader, facts: pass.facts, index: bytes, summary }) }
  } finally {
    await stored.close()
  }
}

/** @throws Error that says nothing of what is in it */
function headOf(bytes: Uint8Array): Head {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Head
  } catch {
    throw new Error('a checkpoint is damaged')
  }
}

async function* rest(stored: StoredBytes): AsyncGenerator<Uint8Array> {
  for (let piece = await stored.next(); piece !== null; piece = await stored.next()) yield piece.slice()
}

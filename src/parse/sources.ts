/** The content of captures from its start, as one that is made of them reads it. */
import { type Compression, openStored } from '../capture/stored.ts'
import { GatewayError } from '../errors.ts'
import { nodeEngines } from '../node-engines.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { piecesOf, READ } from '../summary/ranged-source.ts'
import { contentOfFile } from './content.ts'
import { copyContent } from './copy.ts'
import type { StoredFacts } from './result.ts'

const MiB = 1024 ** 2
/** Bytes that reads of all sources together take at most, and those of one at least. */
const ALL_READS = 8 * MiB
const LEAST_READ = 256 * 1024
/** What decompressors of all sources may take together, and what each takes. Bytes. */
const ALL_DECOMPRESSORS = 48 * MiB
const DECOMPRESSORS: Record<Compression, number> = { gzip: 0.5 * MiB, lz4: 9 * MiB, zstd: 33 * MiB }

/** Bytes of a source after which others have their turn. */
const TURN = 2 * MiB

/** Is waited for every few MiB of a source; where it throws, the reading ends. */
export type Turn = () => Promise<void>

/** The content of several captures, and how far they have been read. */
export interface Sources {
  /** A chunk holds until the next of its source is asked for. */
  contents: AsyncIterable<Uint8Array>[]
  /** Of all that there is, from 0 to 1. */
  readonly fraction: number
}

/**
 * Open captures to be read side by side, each by ranges: R2 lets an invocation have no more than six bodies at once. A compressed one is
 * read from its copy, or decompressed where it has none. Holds a read of 1 MiB of each, of 8 MiB in all where there are more than
 * eight, and what decompression takes, 48 MiB at most.
 * @throws RangeError with words for the owner, where that does not suffice; GatewayError `unavailable`, while they are read too
 */
export async function openSources(store: Store, captures: Capture[], turn: Turn): Promise<Sources> {
  const most = Math.max(LEAST_READ, Math.min(READ, Math.floor(ALL_READS / captures.length)))
  const read = captures.map(() => ({ at: 0, of: 1 }))
  const contents: AsyncIterable<Uint8Array>[] = []
  let taken = 0
  for (const [i, capture] of captures.entries()) {
    const { content, memory } = await openSource(store, capture, most, read[i] as Reading, turn)
    contents.push(content)
    taken += memory
    if (taken <= ALL_DECOMPRESSORS) continue
    for (const opened of contents) await opened[Symbol.asyncIterator]().return?.()
    throw new RangeError(
      'So many compressed captures cannot be read side by side: put some of them together first, or send them uncompressed.',
    )
  }
  return {
    contents,
    get fraction() {
      const [at, of] = [sum(read.map((one) => one.at)), sum(read.map((one) => one.of))]
      return Math.min(1, at / Math.max(1, of))
    },
  }
}

interface Reading {
  at: number
  of: number
}

const sum = (numbers: number[]) => numbers.reduce((so, number) => so + number, 0)

async function openSource(store: Store, capture: Capture, most: number, reading: Reading, turn: Turn) {
  const file = contentOfFile(store, capture)
  reading.of = capture.size
  const stored = await openStored(counted(piecesOf(file, 0, file.size, most), reading, turn), nodeEngines)
  const { compression } = stored
  if (compression === null) return { content: stored.chunks(), memory: 0 }
  const copied = await copyOf(store, capture)
  if (copied === null) return { content: stored.chunks(), memory: DECOMPRESSORS[compression] }
  await stored.chunks().return(undefined)
  Object.assign(reading, { at: 0, of: copied.size })
  const frame = (copied.stored * Math.min(copied.frame, copied.size)) / Math.max(1, copied.size)
  const keys = derivedKeysFor(capture)
  const get = async (number: number) => {
    const bytes = await store.objects.bytes(keys.frame(number))
    if (bytes === null) throw new GatewayError('unavailable') // it is being taken away
    return bytes
  }
  return { content: counted(copyContent(copied, 0, get), reading, turn), memory: frame + MiB }
}

async function copyOf(store: Store, { state, summaryKey, copySize }: Capture) {
  if (state !== 'ok' || summaryKey === null || copySize === 0) return null
  return (await store.objects.json<StoredFacts>(summaryKey))?.copy ?? null
}

async function* counted(pieces: AsyncIterable<Uint8Array>, reading: Reading, turn: Turn): AsyncGenerator<Uint8Array> {
  let before = 0
  for await (const piece of pieces) {
    reading.at += piece.length
    if (reading.at - before >= TURN) {
      before = reading.at
      await turn()
    }
    yield piece
  }
}

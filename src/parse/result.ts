/** What a parse has found, as it is kept: facts, tables, packet index and what it is found by in R2, the headline in the row. */
import type { Compression } from '../capture/stored.ts'
import type { Capture, Parsed } from '../store/captures.ts'
import type { StoredTerms } from '../store/indexing.ts'
import type { Failure, Headline } from '../store/schema.ts'
import type { Facts } from '../summary/facts.ts'
import type { LongTable } from '../summary/long-tables.ts'
import type { Tables } from '../summary/summary.ts'
import type { Copy } from './copy.ts'
import type { Digests } from './hashes.ts'
import type { Part } from './part.ts'
import type { Pass } from './pass.ts'

/** A copy is kept up to so many times its file, and so many bytes more. */
const MOST_TIMES = 4
const ALLOWANCE = 16 * 1024 * 1024

/** What is kept of a capture in R2 as JSON: the facts in one object, the tables in another. */
export interface StoredFacts {
  version: 1
  facts: Facts
  /** Where the content of a compressed capture lies, while its row says that there is a copy; `null` where it lies in the file itself. */
  copy: Copy | null
}
export interface StoredTables {
  version: 1
  tables: Tables
  /** Where the tables stand that are longer than what `tables` lists, in an object of their own (docs/adr/0021). Older ones have none. */
  long?: LongTable[]
}

/** How a parse ends: what its row says, and whether frames of a copy were stored. */
export interface End {
  parsed: Parsed
  copied: boolean
}

/** Write down what a pass has found that is at its end. */
export async function keepResult(
  { store, keys }: Part,
  { facts: collected, summary, index }: Pass,
  { size, compression, copy }: { size: number; compression: Compression | null; copy: Copy | null },
): Promise<StoredFacts> {
  const facts = collected.finish(size, compression)
  const result: StoredFacts = { version: 1, facts, copy }
  const long = summary.longTables()
  if (long.length > 0) await store.objects.putPieces(keys.rows, long.length, long.pieces) // first: it holds most
  const tables: StoredTables = { version: 1, tables: summary.finish(), long: long.tables }
  const terms: StoredTerms = { version: 1, terms: summary.terms() }
  const put = (key: string, bytes: Uint8Array) => store.objects.putBytes(key, bytes, null, null)
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  await Promise.all([
    put(keys.facts, json(result)),
    put(keys.tables, json(tables)),
    put(keys.index, index.encode()),
    put(keys.terms, json(terms)),
  ])
  return result
}

/** How a parse ends that has found this. */
export function endOf({ keys }: Part, { facts, copy }: StoredFacts, digests: Digests): End {
  const failure = failureOf(facts)
  const parsed = {
    facts: failure ? null : headlineOf(facts),
    failure,
    summaryKey: keys.facts,
    copySize: copy !== null && failure === null && isWorthwhile(copy, facts.fileSize) ? copy.stored : 0,
    ...digests,
  }
  return { parsed, copied: copy !== null }
}

/**
 * Whether a copy may be kept that the account does not pay for. Who repeats what does not compress, in another window than ours, has a
 * copy hundreds of times larger than the file.
 */
const isWorthwhile = (copy: Copy, fileSize: number) => copy.stored <= MOST_TIMES * fileSize + ALLOWANCE

/** The end of a parse that came to nothing: what was known before, and why. */
export const failed = ({ sha256, sha1, md5 }: Capture, failure: Failure): End => ({
  parsed: { facts: null, failure, summaryKey: null, copySize: 0, sha256, sha1, md5 },
  copied: false,
})

/** A capture of which nothing could be read has failed, and so has one that holds too much; one that was read in part has not. */
function failureOf(facts: Facts): Failure | null {
  const fault = facts.faults.at(-1)
  const nothing = facts.verdict === 'refused' || (facts.verdict === 'damaged' && facts.packets === 0)
  if (!nothing && fault?.what !== 'bomb' && fault?.what !== 'too-long-member') return null
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

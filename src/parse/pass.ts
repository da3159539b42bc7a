/** One pass over what a capture holds: the reader, and all that listens to it. */
import { openReader, type Reader, type Checkpoint as ReaderCheckpoint } from '../capture/reader.ts'
import { both } from '../summary/both.ts'
import { createFacts, type FactsCollector } from '../summary/facts.ts'
import { createPacketIndex, type PacketIndexer } from '../summary/packet-index.ts'
import { createSummary, type Saving, type Summary } from '../summary/summary.ts'

/** Holds the reader's packet or block, and the tables. */
export interface Pass {
  reader: Reader
  facts: FactsCollector
  summary: Summary
  index: PacketIndexer
}

/** A pass between two parts of a parse: what goes on, and how its reader, its facts and its index do. */
interface Before {
  reader: ReaderCheckpoint
  facts: object
  index: Uint8Array
  summary: Summary
}

/** A pass to be written down. */
export interface SavedPass extends Omit<Before, 'summary'> {
  tables: Saving
}

/** Begin at the start, or go on with the bytes from `before.reader.at`. */
export function openPass(before?: Before): Pass {
  const facts = createFacts(before?.facts)
  const summary = before?.summary ?? createSummary()
  const index = createPacketIndex(before?.index)
  return { reader: openReader(both(facts, both(summary, index)), before?.reader), facts, summary, index }
}

/** What it takes to go on from a checkpoint of the pass's reader, which may read no further. */
export const savedPass = ({ facts, summary, index }: Pass, reader: ReaderCheckpoint): SavedPass => ({
  reader,
  facts: facts.state,
  index: index.encode(),
  tables: summary.saving(),
})

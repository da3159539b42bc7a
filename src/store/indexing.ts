/** Captures into the index, and out of it: what is written there is read from the row and from what its parse has kept. */
import { wordsOf as errorWords } from '../errors.ts'
import type { Tables } from '../summary/summary.ts'
import type { Terms } from '../summary/terms.ts'
import type { Capture } from './captures.ts'
import { derivedKeysFor } from './objects.ts'
import type { Store } from './open.ts'
import { documentOf, termsInTables } from './search-terms.ts'

/** What a parse keeps for the index. */
export interface StoredTerms {
  version: 1
  terms: Terms
}

/** What is in a capture's packets; `null` where nothing is known of that. */
async function insideOf({ objects }: Store, capture: Capture): Promise<Terms | null> {
  if (capture.state === 'error' && capture.summaryKey === null) return null
  const keys = derivedKeysFor(capture)
  const stored = await objects.json<StoredTerms>(keys.terms)
  if (stored !== null) return stored.terms
  const { tables } = (await objects.json<{ tables: Tables }>(keys.tables)) ?? {}
  return tables ? termsInTables(tables) : null
}

/**
 * Index a capture as its row says it is: by all that is known of it where it is parsed, else by its own words.
 * @throws GatewayError `unavailable`: then nothing of it was written, or all
 */
export async function indexCapture(store: Store, capture: Capture): Promise<void> {
  const parsed = capture.state === 'ok' || capture.state === 'error'
  const inside = parsed ? await insideOf(store, capture) : null
  await store.search.put(capture, documentOf(capture, inside, store.settings.searchTerms), parsed)
}

/**
 * Index a capture whose row says that it must be, and note that it is done. Never throws: a row that is still due the sweep takes.
 * To be called after an edit, when it has been answered.
 * @returns false where the index did not take it
 */
export async function indexDue(store: Store, id: string): Promise<boolean> {
  try {
    const capture = await store.captures.find(id)
    if (capture === null || (capture.state !== 'ok' && capture.state !== 'error')) return true
    await indexCapture(store, capture)
    await store.captures.indexed(capture)
    return true
  } catch (error) {
    console.error(`index of ${id}: ${errorWords(error)}`)
    return false
  }
}

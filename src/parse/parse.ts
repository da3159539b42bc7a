/** One part of one parse, from its claim to what it leaves: the next part's checkpoint, or the record of what was found. */
import { wordsOf } from '../errors.ts'
import { type Capture, isGone, type Parsed } from '../store/captures.ts'
import { indexCapture } from '../store/indexing.ts'
import { derivedKeysFor, derivedPrefixFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { versionOf } from '../store/search-index.ts'
import { type Checkpoint, checkpointOf, keepCheckpoint, type Resumed } from './checkpoint.ts'
import { beginPart, LeaseLost, type Part } from './part.ts'
import type { End } from './result.ts'
import { begin, goOn } from './stages.ts'

/**
 * Parse a claimed capture: all of it, or as much as the budget allows. Then the checkpoint is written, the row moves on to the next
 * cursor, and a job asks for the next part; whoever loses that job leaves it to the sweep. Holds one chunk, the reader's packet or block,
 * the summary's tables, and for a compressed capture what its compression and its copy take. A crash leaves a row `parsing` whose
 * lease runs out, and objects that the next attempt writes again.
 * @throws whatever the store throws; then nothing is recorded
 * @throws LeaseLost where somebody else goes on, or the capture was deleted meanwhile
 */
export async function parse(store: Store, claimed: Capture, clock: () => number): Promise<void> {
  try {
    const { capture, from } = await whereToGoOn(store, claimed)
    if (from === null && capture.generation === 0) await indexWords(store, capture)
    const part = beginPart(store, capture, clock)
    const outcome = await (from === null ? begin(part, null) : goOn(part, from))
    if ('parsed' in outcome) await record(store, capture, outcome, clock())
    else await advance(part, outcome.next, clock)
  } catch (error) {
    if (error instanceof LeaseLost) await tidy(store, claimed)
    throw error
  }
}

async function whereToGoOn(store: Store, capture: Capture): Promise<{ capture: Capture; from: Resumed | null }> {
  if (capture.cursor === 0) return { capture, from: null }
  const from = await checkpointOf(store, capture)
  if (from !== null) return { capture, from }
  const restarted = await store.captures.restart(capture)
  if (restarted === null) throw new LeaseLost()
  return { capture: restarted, from }
}

/** The checkpoint comes first: a row that has moved on can be gone on from. */
async function advance({ store, capture, progress }: Part, next: Checkpoint, clock: () => number): Promise<void> {
  await keepCheckpoint(store, capture, capture.cursor + 1, next)
  const advanced = await store.captures.advance(capture, progress, clock())
  if (advanced === null) throw new LeaseLost()
  await store.jobs.offer(advanced)
  await dropCheckpoint(store, capture)
}

/** So that a long one is found by its name meanwhile. What does not work now works in the end. */
async function indexWords(store: Store, capture: Capture): Promise<void> {
  await indexCapture(store, capture).catch((error: unknown) =>
    console.error(`index of ${capture.id}: ${wordsOf(error)}`),
  )
}

/**
 * Index a capture by all that its parse has found, before its row says so: what is `ok` is found. An index that does not take it is
 * no fault of the parse: then the row asks for it.
 * @returns the edit as which it is in the index; `null`: it is not
 */
async function indexParsed(store: Store, capture: Capture, parsed: Parsed): Promise<number | null> {
  try {
    const row = await store.captures.find(capture.id) // it may have been edited meanwhile
    if (row === null || isGone(row)) return null
    const state = parsed.failure ? 'error' : 'ok'
    await indexCapture(store, { ...row, ...parsed, state, generation: capture.generation })
    return row.revision
  } catch (error) {
    console.error(`index of ${capture.id}: ${wordsOf(error)}`)
    return null
  }
}

/** End a parse. What is of no use any more goes once the row says so, and not before. @throws LeaseLost */
export async function record(store: Store, capture: Capture, end: End, now: number): Promise<void> {
  const indexed = await indexParsed(store, capture, end.parsed)
  if (!(await store.captures.record(capture, end.parsed, indexed, now))) throw new LeaseLost()
  await dropCheckpoint(store, capture)
  await dropUnused(store, capture, end).catch(() => undefined)
}

/** A copy that is not kept, what earlier generations left, and all of it where the parse came to nothing. */
async function dropUnused(store: Store, capture: Capture, { parsed, copied }: End): Promise<void> {
  const { all, copy } = derivedKeysFor(capture)
  if (parsed.summaryKey === null) return store.objects.removeUnder(derivedPrefixFor(capture))
  if (capture.generation > 0) await store.objects.removeUnder(derivedPrefixFor(capture), all)
  if (copied && parsed.copySize === 0) await store.objects.removeUnder(copy)
}

/** What is left where this fails, `reconcile` takes. */
async function dropCheckpoint(store: Store, capture: Capture): Promise<void> {
  if (capture.cursor > 0)
    await store.objects.remove([derivedKeysFor(capture).checkpoint(capture.cursor)]).catch(() => undefined)
}

/** What was written for a row that is gone goes too, but from the trash it may come back; where that fails, `reconcile` takes it. */
async function tidy(store: Store, capture: Capture): Promise<void> {
  const row = await store.captures.find(capture.id)
  if (row !== null && !isGone(row)) return
  if (row?.state !== 'trashed') await store.objects.removeUnder(derivedPrefixFor(capture))
  await store.search.remove(capture, row ? versionOf(row, true) : undefined)
}

/** One part of one parse, from its claim to what it leaves: the next part's checkpoint, or the record of what was found. */
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor, derivedPrefixFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
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

/** End a parse. What is of no use any more goes once the row says so, and not before. @throws LeaseLost */
export async function record(store: Store, capture: Capture, end: End, now: number): Promise<void> {
  if (!(await store.captures.record(capture, end.parsed, now))) throw new LeaseLost()
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

/** What was written for a row that is gone goes too. */
async function tidy(store: Store, capture: Capture): Promise<void> {
  const row = await store.captures.find(capture.id)
  if (row === null || row.state === 'doomed') await store.objects.removeUnder(derivedPrefixFor(capture))
}

/** What the cron does: rows that stand still are moved on. */
import { wordsOf } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { indexDue } from '../store/indexing.ts'
import type { Store } from '../store/open.ts'
import { endFetch, remove } from '../store/removal.ts'

/** Rows looked at in one run. */
const MOST = 100

/** What the index did not take is tried again after so long. Milliseconds. */
const INDEX_AGAIN = 300_000

/** What one run of the sweep did. */
export interface Swept {
  looked: number
  failed: number
}

/**
 * Move on what stands still, most overdue first: an upload whose lease ran out goes, one that is fetched or made, and a capture that waits for its parse, or
 * whose parser is gone, gets a new job, one whose time in the trash is over and a doomed one are taken away, one that is not indexed as it stands is indexed. Each row for itself: one
 * that fails waits for the next run.
 */
export async function sweep(store: Store, clock: () => number): Promise<Swept> {
  const due = await store.captures.due(clock(), MOST)
  let failed = 0
  const index = { answers: true }
  for (const capture of due)
    await moveOn(store, capture, index, clock()).catch((error: unknown) => {
      failed++
      console.error(`sweep of ${capture.id}: ${wordsOf(error)}`)
    })
  return { looked: due.length, failed }
}

/** @param index whether it took what it was given in this run: where not, no other row waits for it */
async function moveOn(store: Store, capture: Capture, index: { answers: boolean }, now: number): Promise<void> {
  const held = capture.leaseUntil !== null && capture.leaseUntil > now
  switch (capture.state) {
    case 'uploading': {
      if (held) return store.captures.postpone(capture, capture.leaseUntil ?? now)
      if (capture.fetch !== null || capture.make !== null) return bringOn(store, capture, now)
      const doomed = await store.captures.doomExpiredUpload(capture.id, now)
      if (doomed) await remove(store, doomed)
      return
    }
    case 'stored':
    case 'parsing':
      if (held) return store.captures.postpone(capture, capture.leaseUntil ?? now)
      // Put off first: a job that is sent twice does no harm, a row that is never put off starves the others.
      await store.captures.postpone(capture, store.captures.backOff(capture, now))
      return store.jobs.offer(capture)
    case 'trashed': {
      const doomed = await store.trash.doomDue(capture.id, now)
      if (doomed) await remove(store, doomed)
      return
    }
    case 'doomed':
      return remove(store, capture).catch(async (error: unknown) => {
        await store.captures.postpone(capture, store.captures.backOff(capture, now))
        throw error
      })
    case 'ok':
    case 'error':
      index.answers &&= await indexDue(store, capture.id)
      if (!index.answers) await store.captures.postpone(capture, now + INDEX_AGAIN)
      return
  }
}

/** As for a parse: a job that is sent twice does no harm. */
async function bringOn(store: Store, capture: Capture, now: number): Promise<void> {
  await store.captures.postpone(capture, store.captures.backOff(capture, now))
  if (capture.failure !== null) return endFetch(store, capture)
  return store.jobs.offerAttempt(capture)
}

/** The fetch queue's consumer, and that of its dead letters. */
import { isFetchJob } from '../store/jobs.ts'
import type { Clock } from '../store/lease.ts'
import type { Store } from '../store/open.ts'
import { endWornOut, fetchCapture } from './fetch.ts'
import type { Net } from './net.ts'

/** Seconds until a job that found the store away is delivered again. */
const RETRY_DELAY = 30

/**
 * Take fetch jobs as they come: at least once, in any order, perhaps too late. One whose capture is deleted, there already or in
 * somebody else's hands has nothing to do; one that failed has said in the row when the next is due.
 */
export async function consumeFetches(
  batch: MessageBatch<unknown>,
  store: Store,
  net: Net,
  clock: Clock,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      if (isFetchJob(message.body)) await fetchCapture(store, net, message.body, clock)
      message.ack()
    } catch {
      message.retry({ delaySeconds: RETRY_DELAY })
    }
  }
}

/** Jobs that the queue has given up. Where the store was what failed, nothing is wrong with the fetch, and the sweep goes on asking. */
export async function buryFetches(batch: MessageBatch<unknown>, store: Store, clock: Clock): Promise<void> {
  for (const message of batch.messages) {
    try {
      if (isFetchJob(message.body)) await endWornOut(store, message.body, clock)
      message.ack()
    } catch {
      message.retry({ delaySeconds: 60 })
    }
  }
}

/** The parse queue's consumer, and that of its dead letters. */
import { GatewayError, wordsOf } from '../errors.ts'
import { MAX_ATTEMPTS } from '../store/captures.ts'
import { indexDue } from '../store/indexing.ts'
import { isMakeJob, type ParseJob } from '../store/jobs.ts'
import { derivedPrefixFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Failure } from '../store/schema.ts'
import { makeCapture } from './make.ts'
import { parse, record } from './parse.ts'
import { LeaseLost } from './part.ts'
import { failed } from './result.ts'

/** Seconds until a message that failed is delivered again, by how often it was delivered. */
const RETRY_DELAYS = [5, 30, 120, 600]

const GAVE_UP: Failure = {
  kind: 'gave-up',
  message: 'The capture could not be parsed in several attempts. Its bytes are safe and can be downloaded.',
  at: null,
}

/**
 * Take parse jobs, and those that make captures of others, as they come: at least once, in any order, perhaps too late. Each message is acknowledged or retried for
 * itself. A job whose capture is deleted, parsed already or held by somebody else has nothing to do.
 */
export async function consume(batch: MessageBatch<unknown>, store: Store, clock: () => number): Promise<void> {
  for (const message of batch.messages) {
    try {
      if (isMakeJob(message.body)) await makeCapture(store, message.body, clock)
      else if (isParseJob(message.body)) await work(store, message.body, clock)
      message.ack()
    } catch {
      message.retry({ delaySeconds: RETRY_DELAYS[Math.min(message.attempts, RETRY_DELAYS.length) - 1] ?? 5 })
    }
  }
}

async function work(store: Store, job: ParseJob, clock: () => number): Promise<void> {
  const capture = await store.captures.claim(job, clock())
  if (!capture) return
  try {
    if (capture.attempts > MAX_ATTEMPTS) await record(store, capture, failed(capture, GAVE_UP), clock())
    else await parse(store, capture, clock)
  } catch (error) {
    if (error instanceof LeaseLost) return
    console.error(`parse of ${capture.id}: ${wordsOf(error)}`)
    // What is no fault of the store's is the capture's: its lease runs out as if the parser had died.
    if (error instanceof GatewayError) await store.captures.releaseParse(capture).catch(() => undefined)
    throw error
  }
}

/**
 * Jobs that the queue has given up: the row says so where it had all its attempts and nobody holds it. Where the store was
 * what failed, nothing is wrong with the capture, and the sweep goes on asking.
 */
export async function buryDeadLetters(batch: MessageBatch<unknown>, store: Store, clock: () => number): Promise<void> {
  for (const message of batch.messages) {
    try {
      if (isParseJob(message.body)) await giveUp(store, message.body, clock())
      message.ack()
    } catch {
      message.retry({ delaySeconds: 60 })
    }
  }
}

async function giveUp(store: Store, job: ParseJob, now: number): Promise<void> {
  const given = await store.captures.giveUp(job, GAVE_UP, now)
  if (!given) return
  await store.objects.removeUnder(derivedPrefixFor(given)).catch(() => undefined)
  await indexDue(store, given.id)
}

function isParseJob(body: unknown): body is ParseJob {
  const job = body as Partial<ParseJob> | null
  return (
    job?.version === 1 &&
    typeof job.captureId === 'string' &&
    Number.isSafeInteger(job.generation) &&
    Number.isSafeInteger(job.cursor)
  )
}

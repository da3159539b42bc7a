/** Jobs on the queues: parses, and fetches of what comes by URL. */
import type { Capture } from './captures.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'

/** Asks for one parse, or for the next part of one. Delivered at least once, in any order, perhaps long after it stopped to matter. */
export interface ParseJob {
  version: 1
  captureId: string
  /** The parse that is asked for; a row with another generation has no use for this job. */
  generation: number
  /** Parts of the parse that were done when it was asked for; a row that is further on has no use for this job. */
  cursor: number
}

/** Asks for one attempt at fetching what comes by URL. */
export interface FetchJob {
  version: 1
  kind: 'fetch'
  captureId: string
  /** Attempts that were begun when it was asked for; a row that has had more has no use for this job. */
  attempt: number
}

export function isFetchJob(body: unknown): body is FetchJob {
  const job = body as Partial<FetchJob> | null
  return (
    job?.version === 1 && job.kind === 'fetch' && typeof job.captureId === 'string' && Number.isSafeInteger(job.attempt)
  )
}

/** A sender waits no longer than this for the queue, since nothing depends on its answer. Milliseconds. */
const PATIENCE = 3000

/** Verbs on the queues: fetches wait for strangers' servers, so that parses do not share theirs. */
export function jobsOn(parses: Queue<ParseJob>, fetches: Queue<FetchJob>, settings: Settings) {
  const send = async <T>(queue: Queue<T>, job: T, options?: QueueSendOptions) => {
    const deadline = Math.min(PATIENCE, settings.bindingDeadline)
    await within(deadline, 'queue send', queue.send(job, options)).catch(() => undefined)
  }
  return {
    /** Ask for a parse, or for its next part. A failure is only told to the log: the row is the outbox, and the sweep asks again. */
    async offer({ id, generation, cursor }: Pick<Capture, 'id' | 'generation' | 'cursor'>): Promise<void> {
      await send(parses, { version: 1, captureId: id, generation, cursor })
    },

    /** Ask for an attempt at a fetch, in so many seconds. As {@link offer}. */
    async offerFetch({ id, attempts }: Pick<Capture, 'id' | 'attempts'>, delaySeconds = 0): Promise<void> {
      await send(fetches, { version: 1, kind: 'fetch', captureId: id, attempt: attempts }, { delaySeconds })
    },
  }
}

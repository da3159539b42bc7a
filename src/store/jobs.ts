/** Jobs on the queues: parses, fetches of what comes by URL, and captures that are made of others. */
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

/** Asks for one attempt at making a capture of others. As {@link FetchJob}. */
export interface MakeJob extends Omit<FetchJob, 'kind'> {
  kind: 'make'
}

export const isFetchJob = (body: unknown): body is FetchJob => isAttempt(body, 'fetch')
export const isMakeJob = (body: unknown): body is MakeJob => isAttempt(body, 'make')

function isAttempt(body: unknown, kind: string): boolean {
  const job = body as Partial<FetchJob | MakeJob> | null
  return (
    job?.version === 1 && job.kind === kind && typeof job.captureId === 'string' && Number.isSafeInteger(job.attempt)
  )
}

/** A sender waits no longer than this for the queue, since nothing depends on its answer. Milliseconds. */
const PATIENCE = 3000

/** Verbs on the queues: fetches wait for strangers' servers, so that parses do not share theirs. */
export function jobsOn(parses: Queue<ParseJob | MakeJob>, fetches: Queue<FetchJob>, settings: Settings) {
  const send = async <T>(queue: Queue<T>, job: T, options?: QueueSendOptions) => {
    const deadline = Math.min(PATIENCE, settings.bindingDeadline)
    await within(deadline, 'queue send', queue.send(job, options)).catch(() => undefined)
  }
  return {
    /** Ask for a parse, or for its next part. A failure is only told to the log: the row is the outbox, and the sweep asks again. */
    async offer({ id, generation, cursor }: Pick<Capture, 'id' | 'generation' | 'cursor'>): Promise<void> {
      await send(parses, { version: 1, captureId: id, generation, cursor })
    },

    /** Ask for an attempt at what is fetched or made, in so many seconds. As {@link offer}. */
    async offerAttempt(
      { id, attempts, make }: Pick<Capture, 'id' | 'attempts' | 'make'>,
      delaySeconds = 0,
    ): Promise<void> {
      const attempt = { version: 1, captureId: id, attempt: attempts } as const
      if (make === null) await send(fetches, { ...attempt, kind: 'fetch' }, { delaySeconds })
      else await send(parses, { ...attempt, kind: 'make' }, { delaySeconds })
    },
  }
}

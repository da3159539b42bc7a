/** Jobs on the parse queue. */
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

/** A sender waits no longer than this for the queue, since nothing depends on its answer. Milliseconds. */
const PATIENCE = 3000

/** Verbs on the queue. */
export function jobsOn(queue: Queue<ParseJob>, settings: Settings) {
  return {
    /** Ask for a parse, or for its next part. A failure is only told to the log: the row is the outbox, and the sweep asks again. */
    async offer({ id, generation, cursor }: Pick<Capture, 'id' | 'generation' | 'cursor'>): Promise<void> {
      const job: ParseJob = { version: 1, captureId: id, generation, cursor }
      const deadline = Math.min(PATIENCE, settings.bindingDeadline)
      await within(deadline, 'queue send', queue.send(job)).catch(() => undefined)
    },
  }
}

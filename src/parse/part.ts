/** One part of a parse while it is under way: what it works on, its lease, its budget, and how far the parse has come. */
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { Budget } from './budget.ts'
import { CHUNK, chunksOf } from './chunks.ts'

/** Somebody else holds the parse by now, or its capture is gone. */
export class LeaseLost extends Error {}

/** Chunks after which requests that wait in this isolate have their turn: where bytes are always there, nothing else lets them. */
const TURN = 8

export type Part = ReturnType<typeof beginPart>

/** Begin a part of a claimed capture's parse. */
export function beginPart(store: Store, capture: Capture, clock: () => number) {
  const { bindingDeadline, parseBudget, parseLease } = store.settings
  let renewedAt = clock()
  let beats = 0
  return {
    store,
    capture,
    keys: derivedKeysFor(capture),
    budget: new Budget(parseBudget, clock),
    /** Of the whole parse, what reading the file is: 1, or less where something follows. */
    share: 1,
    /** Percent of the whole parse. */
    progress: capture.progress ?? 0,

    /** Called when more of the file has been read, whatever it holds. */
    afterChunk: () => {},

    /** @param fraction of the whole parse that is through */
    progressed(fraction: number): void {
      this.progress = Math.max(this.progress, Math.min(99, Math.floor(100 * fraction)))
    },

    /** With each chunk: let others have their turn, and renew the lease where it is time. One that failed is tried again. @throws LeaseLost */
    async beat(): Promise<void> {
      if (++beats % TURN === 0) await scheduler.wait(0)
      if (clock() - renewedAt < parseLease / 3) return
      const kept = await store.captures.renewParse(capture, this.progress, clock()).catch(() => null)
      if (kept === false) throw new LeaseLost()
      if (kept) renewedAt = clock()
    },

    /** An object's bytes; each chunk holds until the next is asked for. */
    chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
      return chunksOf(body, bindingDeadline, Math.min(CHUNK, parseBudget.bytes))
    },
  }
}

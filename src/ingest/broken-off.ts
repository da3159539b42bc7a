/** The end of an upload whose sender breaks it off: what has come is kept, where that was asked for. */
import { RECOGNISABLE, recognise } from '../capture/formats.ts'
import { GatewayError } from '../errors.ts'
import type { BrokenOff } from '../store/schema.ts'
import type { Source } from './source.ts'

/** What is kept of an upload that breaks off: nothing, what is surely a capture, or whatever is not refused. */
export type Keeping = 'nothing' | 'captures' | 'all'

/** A source that ends, without an error, where its sender breaks it off. */
export interface EndingSource extends Source {
  /** How it was broken off; `null` while it was not. */
  readonly brokenOff: BrokenOff | null
}

/**
 * Let a source end where its sender is gone or silent for too long, if what has come may be kept: at least one byte of it, by
 * whose first ones `keeping` decides. Holds those.
 * @throws GatewayError those of the source otherwise
 */
export function endingWhereBroken(source: Source, keeping: Keeping): EndingSource {
  const head = new Uint8Array(RECOGNISABLE)
  let received = 0
  let brokenOff: BrokenOff | null = null
  const isKept = () => {
    if (received === 0 || keeping === 'nothing') return false
    const { kind } = recognise(head.subarray(0, received))
    return keeping === 'all' || kind === 'capture' || kind === 'compressed'
  }
  return {
    get brokenOff() {
      return brokenOff
    },
    async read() {
      if (brokenOff !== null) return null
      try {
        const chunk = await source.read()
        if (chunk !== null && received < RECOGNISABLE) head.set(chunk.subarray(0, RECOGNISABLE - received), received)
        received += chunk?.length ?? 0
        return chunk
      } catch (error) {
        const how = error instanceof GatewayError ? error.kind : null
        if ((how !== 'cut-off' && how !== 'too-slow') || !isKept()) throw error
        brokenOff = how
        return null
      }
    },
  }
}

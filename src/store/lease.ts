/** The hold of an upload on its row and on its quota. */
import { GatewayError } from '../errors.ts'
import type { Store } from './open.ts'

/** Of unknown length, bytes are reserved in steps that double up to this. Bytes. */
const LARGEST_STEP = 512 * 1024 * 1024

/** Milliseconds since 1970. */
export type Clock = () => number

/** What an upload has taken so far. */
export interface Taken {
  id: string
  accountId: number
  objectKey: string
  /** R2's id of the multipart upload under way, where there is one. */
  uploadId: string | null
  /** Bytes reserved. */
  held: number
  maxFileSize: number
  /** Where attempts are counted: which one this is. */
  attempt?: number
  /** Where it is resumable: who has the right to write to it. */
  holder?: string
}

export type Lease = ReturnType<typeof leaseOn>

/**
 * The hold of an upload on its row and on its quota. It renews itself as time goes by, whatever the upload waits for: a sender
 * may be silent for longer than a lease, and a renewal that fails is followed by others.
 */
export function leaseOn(store: Store, taken: Taken, clock: Clock) {
  let givenUp = false
  const renew = async () => {
    givenUp ||= !(await store.captures.renewUpload(taken.id, taken.uploadId, clock(), taken.attempt))
    check()
  }
  const check = () => {
    if (givenUp) throw new GatewayError('storage-failed')
  }
  const beat = setInterval(() => renew().catch(() => undefined), store.settings.uploadLease / 3)
  return {
    /**
     * Renew it now, and note R2's upload id with it.
     * @throws GatewayError `storage-failed` where the sweep has given the upload up
     */
    renew,
    /** @throws GatewayError `storage-failed` where a renewal found that the sweep has given the upload up */
    check,
    end: () => clearInterval(beat),
    /** See {@link hold}. */
    hold: (size: number, atMost: number | null) => hold(store, taken, size, atMost, clock),
  }
}

/**
 * See that `size` bytes are reserved.
 * @param atMost a size that it surely does not pass, where one is known
 * @throws GatewayError `over-storage-limit`; `upload-in-use` where it is no longer its holder's
 */
export async function hold(
  store: Store,
  taken: Taken,
  size: number,
  atMost: number | null,
  clock: Clock,
): Promise<void> {
  if (size <= taken.held) return
  const most = Math.min(taken.maxFileSize, atMost ?? Number.POSITIVE_INFINITY)
  const step = Math.min(taken.held, LARGEST_STEP, most - taken.held)
  for (const more of [step, size - taken.held]) {
    if (more < size - taken.held || !(await store.captures.extend(taken, taken.held, more, clock()))) continue
    taken.held += more
    return
  }
  const isHeld = taken.holder === undefined || (await store.uploads.renew(taken.id, taken.holder, clock()))
  throw new GatewayError(isHeld ? 'over-storage-limit' : 'upload-in-use')
}

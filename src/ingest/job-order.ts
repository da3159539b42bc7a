/** A capture whose bytes a job will bring: its row is made at the door. docs/adr/0009, 0014. */
import { GatewayError } from '../errors.ts'
import { type Capture, isGone, type Reservation } from '../store/captures.ts'
import type { Clock } from '../store/lease.ts'
import type { Store } from '../store/open.ts'
import { remove } from '../store/removal.ts'

/**
 * Reserve a row for a job, and ask for its first attempt. A crash leaves at worst a row without a job, which the sweep sends.
 * @returns the earlier capture that has the idempotency key; `null`: the row is there
 * @throws GatewayError those of {@link Store.captures.reserve}
 */
export async function orderJob(store: Store, asked: Reservation, clock: Clock): Promise<Capture | null> {
  const { id } = asked
  try {
    const reserved = await store.captures.reserve(asked)
    if ('earlier' in reserved) {
      if (isGone(reserved.earlier)) throw new GatewayError('still-uploading')
      return reserved.earlier
    }
  } catch (error) {
    if (!(error instanceof GatewayError) || error.kind !== 'unavailable') throw error
    if (!(await store.captures.find(id).catch(() => null))) {
      const doomed = await store.captures.doom(id, ['uploading'], null, clock()).catch(() => null)
      if (doomed) await remove(store, doomed).catch(() => undefined)
      throw error
    }
  }
  await store.jobs.offerAttempt({ id, attempts: 0, make: asked.make?.what ?? null })
  return null
}

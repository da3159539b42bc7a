/** One attempt at a capture's bytes by a job, fetched or made: what it does with its row and its objects. docs/adr/0009, 0014. */
import { GatewayError } from '../errors.ts'
import type { Capture } from './captures.ts'
import type { Clock, Taken } from './lease.ts'
import { type ObjectMetadata, objectKeyFor } from './objects.ts'
import type { Store } from './open.ts'
import { endFetch } from './removal.ts'
import type { Failure } from './schema.ts'

/** An attempt under way: the row as it was claimed, and what is held since. */
export interface Attempt {
  store: Store
  clock: Clock
  row: Capture
  taken: Taken & { attempt: number }
}

/** Each attempt that begins anew has a key of its own: what an earlier one writes late is not taken for its bytes. */
export async function startAfresh({ store, row, taken }: Attempt): Promise<void> {
  if (taken.uploadId !== null) {
    if (!(await store.fetches.forget(taken))) throw new GatewayError('storage-failed')
    await store.objects.abortUpload(taken.objectKey, taken.uploadId)
  }
  await store.objects.remove([taken.objectKey])
  const objectKey = objectKeyFor(row.accountId, row.id)
  if (!(await store.fetches.restart(taken, objectKey))) throw new GatewayError('storage-failed')
  Object.assign(taken, { objectKey, uploadId: null })
}

/**
 * Begin a multipart upload. The row knows of it before it has parts, or there is none.
 * @param validator what tells whether those parts can be gone on from; `null`: they cannot
 */
export async function beginParts(
  { store, taken, clock }: Attempt,
  metadata: ObjectMetadata,
  validator: string | null,
): Promise<R2MultipartUpload> {
  const uploading = await store.objects.beginUpload(taken.objectKey, metadata)
  taken.uploadId = uploading.uploadId
  try {
    if (await store.fetches.began(taken, uploading.uploadId, validator, clock())) return uploading
    throw new GatewayError('storage-failed')
  } catch (error) {
    await store.objects.abortUpload(taken.objectKey, uploading.uploadId).catch(() => undefined)
    taken.uploadId = null
    throw error
  }
}

/**
 * Make it so. An answer that was lost is settled by reading the row.
 * @throws GatewayError `revoked` where the token that asked no longer stands; `storage-failed`
 */
export async function commitBytes(
  { store, row, taken, clock }: Attempt,
  done: { size: number; md5: string | null; filename: string },
): Promise<void> {
  const tokenHash = row.fetch?.tokenHash ?? row.make?.tokenHash ?? ''
  for (let attempt = 1; attempt <= 3; attempt++) {
    const found =
      (await store.fetches.commit(taken, { accountId: row.accountId, tokenHash }, done, clock()).catch(() => null)) ??
      (await store.captures.find(row.id).catch(() => undefined))
    if (found === null) break
    if (found && found.state !== 'uploading' && found.state !== 'doomed') return store.jobs.offer(found)
    if (found && !(await store.tokens.stands(tokenHash, clock()).catch(() => true))) throw new GatewayError('revoked')
  }
  throw new GatewayError('storage-failed')
}

/** Give the lease back, and ask for another attempt in so many seconds. */
export async function tryAgain(attempt: Attempt, delay: number): Promise<void> {
  const { store, row, taken, clock } = attempt
  if (!(await store.fetches.release(taken, clock() + 1000 * delay))) return tidy(attempt)
  await store.jobs.offerAttempt({ ...row, attempts: taken.attempt }, delay)
}

/** There is no other attempt: the capture ends as an `error` without bytes. */
export async function giveUp(attempt: Attempt, failure: Failure): Promise<void> {
  const { store, taken, clock } = attempt
  const condemned = await store.fetches.condemn(taken, failure, clock())
  if (condemned === null) return tidy(attempt)
  await endFetch(store, { ...condemned, uploadId: taken.uploadId }) // the row may not know it yet
}

/** What was written for a row that is gone, or that another attempt has moved on, goes too. */
export async function tidy({ store, row, taken }: Attempt): Promise<void> {
  const now = await store.captures.find(row.id)
  if (now !== null && now.state !== 'doomed' && now.objectKey === taken.objectKey) return
  if (taken.uploadId !== null) await store.objects.abortUpload(taken.objectKey, taken.uploadId)
  await store.objects.remove([taken.objectKey])
}

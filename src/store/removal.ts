/** The end of a capture: what a tombstone stands for is taken away. */
import { type By, deedOf } from './audit.ts'
import { type Capture, STORED } from './captures.ts'
import { indexDue } from './indexing.ts'
import { derivedPrefixFor, keylogPrefixFor } from './objects.ts'
import type { Store } from './open.ts'
import type { State } from './schema.ts'

/**
 * Take away what is left of a doomed capture: its multipart upload, its objects, what it is found by, then row and quota together. Each step may
 * be done again; a crash in between leaves the row `doomed`, and the sweep comes back.
 */
export async function remove(store: Store, capture: Capture): Promise<void> {
  if (capture.uploadId !== null) await store.objects.abortUpload(capture.objectKey, capture.uploadId)
  await removeObjects(store, capture)
  await store.search.remove(capture)
  await store.captures.bury(capture)
}

/** Take away all that lies in R2 of a capture that nobody may have any more: its bytes, what is derived from them, its key log. */
export async function removeObjects(
  store: Store,
  capture: Pick<Capture, 'id' | 'accountId' | 'objectKey'>,
): Promise<void> {
  await store.objects.remove([capture.objectKey])
  await store.objects.removeUnder(derivedPrefixFor(capture))
  await store.objects.removeUnder(keylogPrefixFor(capture))
}

/**
 * End a fetch that was given up: what it has brought, then its row becomes an `error` of size 0 and its quota goes back, together.
 * Each step may be done again; a crash in between leaves the row with its failure, and the sweep comes back.
 */
export async function endFetch(store: Store, capture: Capture): Promise<void> {
  if (capture.uploadId !== null) await store.objects.abortUpload(capture.objectKey, capture.uploadId)
  await store.objects.remove([capture.objectKey])
  await store.fetches.dropParts(capture.id)
  await store.fetches.end(capture)
  await indexDue(store, capture.id)
}

/**
 * Delete a capture of the account of whoever asks. Once its tombstone stands it is gone for everybody; what could not be taken away at
 * once, the sweep takes.
 * @param from states in which it may be deleted
 * @returns false where the account has no such capture
 */
export async function deleteCapture(
  store: Store,
  id: string,
  by: By,
  now: number,
  from: State[] = STORED,
): Promise<boolean> {
  const deed = deedOf(by, 'capture-deleted', id)
  const doomed = await store.captures.doom(id, from, by.accountId, now, deed)
  if (!doomed) return false
  await remove(store, doomed).catch(() => undefined)
  return true
}

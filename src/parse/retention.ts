/** Captures older than their account's plan keeps them are deleted. */
import type { Store } from '../store/open.ts'
import { deleteCapture } from '../store/removal.ts'

const DAY = 86_400_000
/** Captures deleted in one run, of each account. */
const MOST = 200

/** Delete what is too old, oldest first. What is left over waits for the next run. */
export async function retain(store: Store, clock: () => number): Promise<void> {
  for (const account of await store.accounts.withRetention()) {
    const before = clock() - (account.retentionDays ?? 0) * DAY
    for (const capture of await store.captures.expired(account.id, before, MOST))
      await deleteCapture(store, capture.id, account.id, clock()).catch(() => undefined)
  }
}

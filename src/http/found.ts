/** What a search leaves to be done when it is answered. */
import type { Context } from 'hono'
import type { Gateway } from './gateway.ts'

/** Captures taken out of the index in one request; the next one, and `reconcile`, take others. */
const MOST = 10

/** Take out of the index what the account has not any more. */
export function tidyIndex(c: Context<Gateway>, stale: string[]): void {
  const { store, principal } = c.var
  const { accountId } = principal
  for (const id of stale.slice(0, MOST))
    c.executionCtx.waitUntil(store.search.remove({ id, accountId }).catch(() => undefined))
}

/** What its owner changes of a capture, by whichever door. */
import { GatewayError } from '../errors.ts'
import { cleanComments, cleanFilename, tagsFrom } from '../ingest/options.ts'
import type { Capture, Change, Version } from '../store/captures.ts'
import { indexDue } from '../store/indexing.ts'
import type { Visibility } from '../store/schema.ts'
import type { GatewayContext } from './gateway.ts'
import { ownCapture } from './own-capture.ts'

/** What is asked for. What is not said stays. */
export interface Wish {
  filename?: string | undefined
  tags?: string[] | undefined
  comments?: string | undefined
  visibility?: Visibility | undefined
  /** Each ends the others; `deleteAt` as RFC 3339 has it. */
  retention?: { keep: boolean } | { deleteAt: string | null } | undefined
}

/** @throws GatewayError `bad-option` */
export function changeOf(asked: Wish, now: number): Change {
  const { filename, tags, comments, visibility, retention } = asked
  const change: Change = { ...(visibility === undefined ? {} : { visibility }) }
  if (filename !== undefined) {
    change.filename = cleanFilename(filename)
    if (change.filename === '')
      throw new GatewayError('bad-option', 'filename: nothing is left of it that names a file.')
  }
  if (tags !== undefined) change.tags = tagsFrom(tags.join(','))
  if (comments !== undefined) change.comments = cleanComments(comments)
  if (retention === undefined) return change
  if ('keep' in retention) return { ...change, keep: retention.keep, deleteAt: null }
  if (retention.deleteAt === null) return { ...change, deleteAt: null }
  const deleteAt = Date.parse(retention.deleteAt)
  if (!(deleteAt > now)) throw new GatewayError('bad-option', 'retention.deleteAt lies in the past.')
  return { ...change, keep: false, deleteAt }
}

/**
 * Change a capture of the caller's, and have it indexed anew.
 * @param versions what it must still be; `null`: whatever it is
 * @throws GatewayError `no-such-capture`, `not-there-yet`, `was-changed`
 */
export async function editCapture(
  c: GatewayContext,
  id: string,
  change: Change,
  versions: Version[] | null,
): Promise<Capture> {
  const { store, principal } = c.var
  const [row] = await store.captures.edit(principal.accountId, [{ id, change, versions }], Date.now())
  if (!row) {
    const { state } = await ownCapture(c)
    throw new GatewayError(state === 'uploading' ? 'not-there-yet' : 'was-changed')
  }
  c.executionCtx.waitUntil(indexDue(store, id))
  return row
}

/**
 * Have a capture of the caller's parsed anew.
 * @throws GatewayError `no-such-capture`, `not-there-yet`, `not-read-yet`, `no-bytes`
 */
export async function retryCapture(c: GatewayContext, id: string): Promise<Capture> {
  const { store, principal } = c.var
  const row = await store.captures.retry(id, principal, Date.now())
  if (row === null) {
    const { state } = await ownCapture(c)
    if (state === 'uploading') throw new GatewayError('not-there-yet')
    throw new GatewayError(state === 'stored' || state === 'parsing' ? 'not-read-yet' : 'no-bytes')
  }
  await store.jobs.offer(row)
  return row
}

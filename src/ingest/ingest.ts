/** From bytes at the door to a stored capture: the order of effects (docs/adr/0001) and its limits. */
import { GatewayError, wordsOf } from '../errors.ts'
import { type Capture, type Committed, isGone, type Keylog, type OfUpload } from '../store/captures.ts'
import { hashing } from '../store/digest.ts'
import { type Clock, leaseOn, type Taken } from '../store/lease.ts'
import { DigestMismatch, MAX_PUT, objectKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { remove } from '../store/removal.ts'
import type { Visibility } from '../store/schema.ts'
import type { Principal } from '../store/tokens.ts'
import { type EndingSource, endingWhereBroken, type Keeping } from './broken-off.ts'
import { type Landed, type Passage, putParts, putWhole } from './bytes.ts'
import { type Gathering, gathering } from './gathering.ts'
import { type CameKeylog, putKeylog } from './keylog.ts'
import { defaultFilename, type Options } from './options.ts'
import { refuseNoCapture, SNIFFED } from './sniff.ts'
import { type PeekableSource, peekable, type Source } from './source.ts'

/** One capture on its way in, whatever door it came by. */
export interface Upload {
  principal: Principal
  source: Source
  /** Exact length of the file, where it is known before its bytes. */
  size: number | null
  /** A length that the file surely does not pass, where one is known. */
  atMost: number | null
  /** What the door gives captures; `null`: as the token or the account says. */
  visibility: Visibility | null
  /** SHA-256 that the caller announced, lower-case hex. */
  sha256: string | null
  idempotencyKey: string | null
  userAgent: string | undefined
  /** What is known of the options before the bytes. */
  filename: string
  /** What of it is kept where its sender breaks it off; nothing where it is not said. */
  keeping?: Keeping
  /** The options, known when all bytes have been read. Reads what is left of the request, if there is more to come of it. */
  finish(brokenOff: boolean): Promise<Options>
  /** A key log that has come whole, and was not taken yet. It may stand before the bytes or behind them. */
  takeKeylog?(): CameKeylog | null
}

const NOT_PRIVATE = 'This Idempotency-Key was used for a capture that is not private: use a new key.'

/**
 * Take one capture in: reserve, bytes, commit, job. A crash leaves at worst a row `uploading` whose lease runs out, or a row
 * `stored` without a job; the sweep mends both. The answer is given only for what is committed. Holds one chunk where the
 * length is known, what gathers of a part where it is not. Of an upload that breaks off, what came is kept, if it asks so: the
 * answer says how it broke off, and is no success.
 * @throws GatewayError `not-a-capture` and those of {@link Store.captures.reserve} before anything is kept, `too-large` as soon
 *   as the limit is passed; whatever is thrown, nothing is kept
 */
export async function ingest(store: Store, upload: Upload, clock: Clock): Promise<Capture> {
  const ending = endingWhereBroken(upload.source, upload.keeping ?? 'nothing')
  const source = peekable(ending)
  refuseNoCapture(await source.peek(SNIFFED))
  const mayBeShort = upload.keeping !== undefined && upload.keeping !== 'nothing'
  const inParts = upload.size === null || upload.size > MAX_PUT || mayBeShort
  const part = inParts ? gathering(store, upload.principal.accountId) : null
  try {
    let size = upload.size
    if (part && size === null && (await part.fill(source)) === 'ended') size = part.length
    return await take(store, upload, { source, ending }, size, part, clock)
  } finally {
    part?.release()
  }
}

/** @param part what was read already; `null` where the length is known and a single put takes it */
async function take(
  store: Store,
  upload: Upload,
  { source, ending }: { source: PeekableSource; ending: EndingSource },
  size: number | null,
  part: Gathering | null,
  clock: Clock,
): Promise<Capture> {
  const { principal } = upload
  const id = crypto.randomUUID()
  const objectKey = objectKeyFor(principal.accountId, id)
  const startedAt = clock()
  const taken: Taken = { id, accountId: principal.accountId, objectKey, uploadId: null, held: 0, maxFileSize: 0 }
  let reserved: Awaited<ReturnType<Store['captures']['reserve']>>
  try {
    reserved = await store.captures.reserve({
      id,
      accountId: principal.accountId,
      objectKey,
      filename: upload.filename,
      size: size ?? part?.length ?? 0,
      wish: size ?? upload.atMost ?? 2 * store.settings.partSize, // what it cannot pass where that is known
      visibility: upload.visibility ?? principal.defaultVisibility,
      idempotencyKey: upload.idempotencyKey,
      now: startedAt,
    })
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'unavailable') await abandon(store, taken, clock()) // it may have worked
    throw error
  }
  if ('earlier' in reserved) {
    const asked = upload.visibility ?? principal.defaultVisibility
    if (asked === 'private' && reserved.earlier.visibility !== 'private')
      throw new GatewayError('other-body', NOT_PRIVATE)
    return again(reserved.earlier, source, size, part)
  }
  Object.assign(taken, reserved)
  const lease = leaseOn(store, taken, clock)
  let keylog: Keylog | null = null
  const keepKeylog = async () => {
    const came = upload.takeKeylog?.()
    if (came) keylog = await putKeylog(store, taken, came)
  }
  try {
    await keepKeylog()
    const passage: Passage = {
      store,
      source,
      ending,
      taken,
      lease,
      metadata: {
        account: String(principal.accountId),
        capture: id,
        filename: encodeURIComponent(upload.filename),
        createdAt: String(startedAt),
      },
      announced: upload,
      hash: upload.idempotencyKey !== null || (part && upload.sha256 !== null) ? hashing('SHA-256') : null,
    }
    const landed = part ? await putParts(passage, part) : await putWhole(passage)
    part?.release() // a key log behind the file waits for memory, too
    const options = await upload.finish(ending.brokenOff !== null)
    await keepKeylog()
    const { brokenOff } = ending
    const capture = await commit(store, upload, taken, { ...landed, options, keylog, brokenOff }, clock)
    if (brokenOff) console.warn(`upload ${capture.id}: ${brokenOff} after ${capture.size} bytes, which are kept`)
    return capture
  } catch (error) {
    const settled = await abandon(store, taken, clock())
    if (settled) return settled
    if (error instanceof GatewayError) throw error.kind === 'unavailable' ? new GatewayError('storage-failed') : error
    if (error instanceof DigestMismatch) throw new GatewayError('digest-mismatch')
    console.error(`upload: ${wordsOf(error)}`)
    throw new GatewayError('storage-failed')
  } finally {
    lease.end()
  }
}

/**
 * Make it so. An answer that was lost is settled by reading the row.
 * @param resumable the resumable upload that it came by
 * @throws GatewayError `revoked`, `storage-failed`; `upload-in-use` where that one is no longer its holder's;
 *   `over-storage-limit` where its key log does not fit
 */
export async function commit(
  store: Store,
  upload: Pick<Upload, 'principal' | 'filename' | 'userAgent'>,
  taken: Taken,
  landed: Landed & { options: Options } & Pick<Committed, 'brokenOff' | 'keylog'>,
  clock: Clock,
  resumable: OfUpload | null = null,
): Promise<Capture> {
  const { options, size, sha256, md5, brokenOff, keylog } = landed
  const now = clock()
  const done = {
    size,
    sha256,
    md5,
    filename: options.filename || upload.filename || defaultFilename(upload.userAgent, now, taken.id),
    tags: options.tags,
    comments: options.comments,
    brokenOff,
    keylog,
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    const row =
      (await store.captures.commit(taken.id, upload.principal, taken.held, done, now, resumable).catch(() => null)) ??
      (await store.captures.find(taken.id).catch(() => undefined))
    if (row && row.state !== 'uploading' && row.state !== 'doomed') {
      await store.jobs.offer(row)
      return row
    }
    if (row === null || row?.state === 'doomed') break
    if (row) {
      const stands = await store.tokens.stands(upload.principal.tokenHash, now).catch(() => true)
      if (!stands) throw new GatewayError('revoked')
      if (resumable && !(await store.uploads.renew(taken.id, resumable.holder, now).catch(() => true)))
        throw new GatewayError('upload-in-use')
      const account = keylog ? await store.accounts.find(row.accountId).catch(() => null) : null
      if (account && account.bytes - row.size + size + (keylog?.size ?? 0) > account.bytesLimit)
        throw new GatewayError('over-storage-limit')
    }
  }
  throw new GatewayError('storage-failed')
}

/**
 * Give an upload up: tombstone first, so that a commit that is still on its way fails, then what it stands for. What does
 * not work now, the sweep does.
 * @returns the capture, where it turns out to have been committed
 */
export async function abandon(store: Store, taken: Taken, now: number): Promise<Capture | null> {
  try {
    const doomed = await store.captures.doom(taken.id, ['uploading'], null, now)
    if (doomed) {
      await remove(store, { ...doomed, uploadId: taken.uploadId ?? doomed.uploadId }) // the row may not know it yet
      return null
    }
    const row = await store.captures.find(taken.id)
    return row && row.state !== 'doomed' ? row : null
  } catch {
    return null
  }
}

/**
 * A request whose Idempotency-Key was used before: the same bytes get the same capture.
 * @throws GatewayError `still-uploading`, `other-body`
 */
async function again(earlier: Capture, source: Source, size: number | null, part: Gathering | null): Promise<Capture> {
  if (earlier.state === 'uploading' || isGone(earlier)) throw new GatewayError('still-uploading')
  if (size !== null && size !== earlier.size) throw new GatewayError('other-body')
  const hash = hashing('SHA-256')
  let length = part?.bytes.length ?? 0
  if (part) await hash.update(part.bytes)
  for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) {
    length += chunk.length
    if (length > earlier.size) throw new GatewayError('other-body')
    await hash.update(chunk)
  }
  if ((await hash.hex()) !== earlier.sha256) throw new GatewayError('other-body')
  return earlier
}

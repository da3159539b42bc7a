/** From bytes at the door to a stored capture: the order of effects (docs/adr/0001) and its limits. */
import { GatewayError } from '../errors.ts'
import { type Capture, tooLarge } from '../store/captures.ts'
import { within } from '../store/deadline.ts'
import { type Hash, hashing } from '../store/digest.ts'
import {
  DigestMismatch,
  MAX_PARTS,
  MAX_PUT,
  type ObjectMetadata,
  objectKeyFor,
  type Written,
} from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { remove } from '../store/removal.ts'
import type { Visibility } from '../store/schema.ts'
import type { Principal } from '../store/tokens.ts'
import { defaultFilename, type Options } from './options.ts'
import { PartBuffer } from './part-buffers.ts'
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
  /** The options, known when all bytes have been read. Reads what is left of the request. */
  finish(): Promise<Options>
}

/** Of unknown length, bytes are reserved in steps that double up to this. Bytes. */
const LARGEST_STEP = 512 * 1024 * 1024

/** Milliseconds since 1970. */
export type Clock = () => number

/** What an upload has taken so far. */
interface Taken {
  id: string
  accountId: number
  objectKey: string
  /** R2's id of the multipart upload under way, where there is one. */
  uploadId: string | null
  /** Bytes reserved. */
  held: number
  maxFileSize: number
}

/**
 * Take one capture in: reserve, bytes, commit, job. A crash leaves at worst a row `uploading` whose lease runs out, or a row
 * `stored` without a job; the sweep mends both. The answer is given only for what is committed. Holds one chunk where the
 * length is known, one part buffer where it is not.
 * @throws GatewayError `not-a-capture` and those of {@link Store.captures.reserve} before anything is kept, `too-large` as soon
 *   as the limit is passed; whatever is thrown, nothing is kept
 */
export async function ingest(store: Store, upload: Upload, clock: Clock): Promise<Capture> {
  const source = peekable(upload.source)
  refuseNoCapture(await source.peek(SNIFFED))
  const part = upload.size === null || upload.size > MAX_PUT ? new PartBuffer(store.settings.partSize) : null
  try {
    let size = upload.size
    if (part && size === null) {
      await fill(part, source)
      if (!part.full) size = part.bytes.length
    }
    return await take(store, upload, source, size, part, clock)
  } finally {
    part?.release()
  }
}

/** @param part what was read already; `null` where the length is known and a single put takes it */
async function take(
  store: Store,
  upload: Upload,
  source: PeekableSource,
  size: number | null,
  part: PartBuffer | null,
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
      size: size ?? store.settings.partSize,
      wish: size ?? upload.atMost ?? 2 * store.settings.partSize, // what it cannot pass where that is known
      visibility: upload.visibility ?? principal.defaultVisibility,
      idempotencyKey: upload.idempotencyKey,
      now: startedAt,
    })
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'unavailable') await abandon(store, taken, clock()) // it may have worked
    throw error
  }
  if ('earlier' in reserved) return again(reserved.earlier, source, size, part)
  Object.assign(taken, reserved)
  const lease = leaseOn(store, taken, clock)
  try {
    const metadata: ObjectMetadata = {
      account: String(principal.accountId),
      capture: id,
      filename: encodeURIComponent(upload.filename),
      createdAt: String(startedAt),
    }
    const hash = upload.idempotencyKey !== null || (part && upload.sha256 !== null) ? hashing('SHA-256') : null
    const written = part
      ? await putParts(store, upload, taken, source, part, hash, lease, metadata)
      : await putWhole(store, upload, taken, source, hash, lease, metadata)
    const options = await upload.finish()
    return await commit(store, upload, taken, { ...written, options }, clock)
  } catch (error) {
    const settled = await abandon(store, taken, clock())
    if (settled) return settled
    if (error instanceof GatewayError) throw error.kind === 'unavailable' ? new GatewayError('storage-failed') : error
    if (error instanceof DigestMismatch) throw new GatewayError('digest-mismatch')
    console.error(`upload: ${error instanceof Error ? error.message : String(error)}`)
    throw new GatewayError('storage-failed')
  } finally {
    lease.end()
  }
}

interface Landed extends Written {
  sha256: string | null
}

/** A single put of known length, the bytes going by. */
async function putWhole(
  store: Store,
  upload: Upload,
  taken: Taken,
  source: Source,
  hash: Hash | null,
  lease: Lease,
  metadata: ObjectMetadata,
): Promise<Landed> {
  const { readable, writable } = new FixedLengthStream(taken.held)
  const writer = writable.getWriter()
  writer.closed.catch(() => undefined)
  let over = false
  const pump = async () => {
    try {
      let sent = 0
      for (let chunk = await source.read(); chunk !== null && !over; chunk = await source.read()) {
        sent += chunk.length
        if (sent > taken.held) throw new GatewayError('bad-form', 'The body is longer than its Content-Length.')
        await within(store.settings.bindingDeadline, 'R2 put', Promise.all([writer.write(chunk), hash?.update(chunk)]))
        lease.check()
      }
      if (sent < taken.held) throw new GatewayError('cut-off')
      await within(store.settings.bindingDeadline, 'R2 put', writer.close())
    } catch (error) {
      await writer.abort(error).catch(() => undefined)
      throw error
    }
  }
  const pumping = pump()
  const body = { readable, pumped: pumping, size: taken.held, sha256: upload.sha256 }
  try {
    const written = await store.objects.putStream(taken.objectKey, body, metadata)
    return { ...written, sha256: upload.sha256 ?? (await hash?.hex()) ?? null }
  } finally {
    over = true
  }
}

/** Parts of equal length, each from memory; a file that ends inside the first is put whole. */
async function putParts(
  store: Store,
  upload: Upload,
  taken: Taken,
  source: PeekableSource,
  part: PartBuffer,
  hash: Hash | null,
  lease: Lease,
  metadata: ObjectMetadata,
): Promise<Landed> {
  const checked = async () => {
    const sha256 = (await hash?.hex()) ?? null
    if (upload.sha256 !== null && sha256 !== upload.sha256) throw new GatewayError('digest-mismatch')
    return sha256
  }
  await fill(part, source)
  await hash?.update(part.bytes)
  if (!part.full) {
    const sha256 = await checked()
    return { ...(await store.objects.putBytes(taken.objectKey, part.bytes, null, metadata)), sha256 }
  }

  const uploading = await store.objects.beginUpload(taken.objectKey, metadata)
  taken.uploadId = uploading.uploadId
  await lease.renew()
  const parts: R2UploadedPart[] = []
  let size = 0
  while (part.bytes.length > 0) {
    size += part.bytes.length
    if (size > taken.maxFileSize) throw tooLarge(taken)
    if (parts.length === MAX_PARTS) throw tooLarge({ maxFileSize: MAX_PARTS * store.settings.partSize })
    await lease.hold(size, upload.atMost)
    parts.push(await store.objects.putPart(uploading, parts.length + 1, part.bytes))
    lease.check()
    part.clear()
    await fill(part, source)
    await hash?.update(part.bytes)
  }
  if (upload.size !== null && size !== upload.size) throw new GatewayError('cut-off')
  const sha256 = await checked()
  return { ...(await store.objects.completeUpload(uploading, parts, size)), sha256 }
}

/** Read on until the part is full or the source ends. */
async function fill(part: PartBuffer, source: PeekableSource): Promise<void> {
  while (!part.full) {
    const chunk = await source.read()
    if (chunk === null) return
    const taken = await part.append(chunk)
    if (taken < chunk.length) source.unread(chunk.subarray(taken))
  }
}

type Lease = ReturnType<typeof leaseOn>

/**
 * The hold of an upload on its row and on its quota. It renews itself as time goes by, whatever the upload waits for: a sender
 * may be silent for longer than a lease, and a renewal that fails is followed by others.
 */
function leaseOn(store: Store, taken: Taken, clock: Clock) {
  let givenUp = false
  const renew = async () => {
    givenUp ||= !(await store.captures.renewUpload(taken.id, taken.uploadId, clock()))
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
    /**
     * See that `size` bytes are reserved.
     * @throws GatewayError `over-storage-limit`
     */
    async hold(size: number, atMost: number | null): Promise<void> {
      if (size <= taken.held) return
      const most = Math.min(taken.maxFileSize, atMost ?? Number.POSITIVE_INFINITY)
      const step = Math.min(taken.held, LARGEST_STEP, most - taken.held)
      for (const more of [step, size - taken.held]) {
        if (more < size - taken.held || !(await store.captures.extend(taken, taken.held, more, clock()))) continue
        taken.held += more
        return
      }
      throw new GatewayError('over-storage-limit')
    },
  }
}

/** Make it so. An answer that was lost is settled by reading the row. */
async function commit(
  store: Store,
  upload: Upload,
  taken: Taken,
  landed: Landed & { options: Options },
  clock: Clock,
): Promise<Capture> {
  const { options, size, sha256, md5 } = landed
  const now = clock()
  const done = {
    size,
    sha256,
    md5,
    filename: options.filename || upload.filename || defaultFilename(upload.userAgent, now, taken.id),
    tags: options.tags,
    comments: options.comments,
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    const row =
      (await store.captures.commit(taken.id, upload.principal, taken.held, done, now).catch(() => null)) ??
      (await store.captures.find(taken.id).catch(() => undefined))
    if (row && row.state !== 'uploading' && row.state !== 'doomed') {
      await store.jobs.offer(row.id, row.generation)
      return row
    }
    if (row === null || row?.state === 'doomed') break
    if (row) {
      const stands = await store.tokens.stands(upload.principal.tokenHash, now).catch(() => true)
      if (!stands) throw new GatewayError('revoked')
    }
  }
  throw new GatewayError('storage-failed')
}

/**
 * Give an upload up: tombstone first, so that a commit that is still on its way fails, then what it stands for. What does
 * not work now, the sweep does.
 * @returns the capture, where it turns out to have been committed
 */
async function abandon(store: Store, taken: Taken, now: number): Promise<Capture | null> {
  try {
    const doomed = await store.captures.doom(taken.id, ['uploading'], null, now)
    if (doomed) {
      await remove(store, { ...doomed, uploadId: taken.uploadId }) // the row may not know it yet
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
async function again(earlier: Capture, source: Source, size: number | null, part: PartBuffer | null): Promise<Capture> {
  if (earlier.state === 'uploading' || earlier.state === 'doomed') throw new GatewayError('still-uploading')
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

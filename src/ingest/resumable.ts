/** Resumable uploads: a capture that comes in pieces, each taken in by a request of its own (docs/adr/0008). */
import { GatewayError } from '../errors.ts'
import { tooLarge } from '../store/captures.ts'
import { type Hash, hashing } from '../store/digest.ts'
import { type Clock, hold, type Taken } from '../store/lease.ts'
import { MAX_PARTS, MIN_PART, objectKeyFor, type PartUnderWay, tailKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { remove, removeObjects } from '../store/removal.ts'
import type { Principal } from '../store/tokens.ts'
import type { ResumableUpload } from '../store/uploads.ts'
import { endingWhereBroken } from './broken-off.ts'
import { type Gathering, gathering } from './gathering.ts'
import { abandon, commit } from './ingest.ts'
import { type CameKeylog, putKeylog, readKeylog } from './keylog.ts'
import { optionsFrom, visibilityFrom } from './options.ts'
import { refuseNoCapture, SNIFFED } from './sniff.ts'
import { type PeekableSource, peekable, pull, type Source } from './source.ts'
import { givenBy, withoutKeylog } from './upload-metadata.ts'

/** Who asks, whatever for. */
export interface Caller {
  principal: Principal
  userAgent: string | undefined
}

/** What a request brings of an upload. */
export interface Piece {
  source: Source
  /** Its length, where that is known before. Bytes. */
  size: number | null
  /** What its sender says it hashes to: a piece with a checksum is taken whole or not at all. */
  checksum: { algorithm: 'SHA-1' | 'SHA-256'; hex: string } | null
}

/** How far an upload has come. */
export interface Progress {
  id: string
  offset: number
  /** `null`: not told yet. */
  length: number | null
  metadata: string
  /** Milliseconds since 1970; `null`: it is done. */
  expiresAt: number | null
  /** The capture is stored: the upload is done. */
  done: boolean
}

/** How long a request waits for another to the same upload to end: of a connection that broke, it does at once. Milliseconds. */
const PATIENCE = 3000

/** The largest upload that R2 takes in parts of this length. Bytes. */
export const largestUpload = (partSize: number): number => MAX_PARTS * partSize

/**
 * How long the parts of an upload are, by the length of its first piece: most clients send pieces of one length, and where each is so
 * many parts, none leaves a tail. At most a quarter longer than they are otherwise, so that memory bounds them.
 * @returns bytes
 */
export function partSizeFor(piece: number | null, { partSize, length, atMost }: Part): number {
  const least = Math.max(Math.min(partSize, MIN_PART), Math.ceil(atMost / MAX_PARTS))
  const most = Math.floor(partSize * 1.25)
  if (piece === null || piece === length) return partSize
  const fewest = Math.ceil(piece / most)
  for (let parts = fewest; piece >= parts * least; parts++) if (piece % parts === 0) return piece / parts
  return piece >= fewest * least ? Math.floor(piece / fewest) : partSize // tails are of a few bytes then
}

type Part = Pick<ResumableUpload, 'partSize' | 'length' | 'atMost'>

/**
 * Begin an upload: reserve, and take in the piece that came with it. What fails leaves nothing, since nobody knows its address yet.
 * @param asked.length `null`: it will be told later, and the quota is taken in steps
 * @throws GatewayError as {@link Store.captures.reserve} and {@link resume}
 */
export async function begin(
  store: Store,
  asked: Caller & { length: number | null; metadata: string; piece: Piece | null },
  clock: Clock,
): Promise<Progress> {
  const { principal, userAgent, length, metadata } = asked
  const { partSize } = store.settings
  const { filename } = optionsOf(metadata, principal)
  const keylog = await keylogIn(metadata, principal.accountId)
  keylog?.release()
  const largest = largestUpload(partSize)
  if (length === 0) refuseNoCapture(new Uint8Array(0))
  if (length !== null && length > largest) throw tooLarge({ maxFileSize: largest })
  const source = asked.piece && peekable(asked.piece.source)
  const head = (await source?.peek(SNIFFED)) ?? new Uint8Array(0)
  if (head.length > 0) refuseNoCapture(head)
  const piece = source && asked.piece && head.length > 0 ? { ...asked.piece, source } : null

  const id = crypto.randomUUID()
  const { accountId } = principal
  const objectKey = objectKeyFor(accountId, id)
  const now = clock()
  const taken: Taken = { id, accountId, objectKey, uploadId: null, held: 0, maxFileSize: 0 }
  try {
    const reserved = await store.captures.reserve({
      id,
      accountId,
      objectKey,
      filename,
      size: length ?? partSize,
      wish: length ?? 2 * partSize,
      visibility: visibilityFrom(givenBy(metadata)) ?? principal.defaultVisibility,
      idempotencyKey: null,
      now,
    })
    Object.assign(taken, reserved)
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'unavailable') await abandon(store, taken, clock()) // it may have worked
    throw error
  }
  try {
    const holder = piece ? crypto.randomUUID() : null
    const atMost = length ?? Math.min(taken.maxFileSize, largest)
    if (!(await store.uploads.begin({ id, accountId, length, atMost, metadata, holder }, now)))
      throw new GatewayError('unavailable')
    const upload = await store.uploads.find(id, accountId)
    if (!upload) throw new GatewayError('unavailable')
    return piece && holder ? await append(store, upload, holder, asked, piece, clock) : progressOf(upload)
  } catch (error) {
    if (await abandon(store, taken, clock())) return look(store, { principal, userAgent, id }, clock)
    throw error
  }
}

/**
 * Take in a piece of an upload, at its end. The offset moves only when the bytes before it are in R2; of a piece that breaks off,
 * what came is kept. The last byte makes it a capture. Holds one part buffer and one chunk; where it trickles, 32 KiB and one chunk.
 * @param asked.length bytes of the whole, where the request tells them
 * @throws GatewayError `no-such-upload`, `upload-expired`, `offset-mismatch`, `upload-in-use`, `checksum-mismatch` with the offset
 *   where it was; `too-large`, `over-storage-limit`, `cut-off`, `too-slow`, `unavailable` with what came before; `not-a-capture`,
 *   `revoked` with nothing kept at all
 */
export async function resume(
  store: Store,
  asked: Caller & { id: string; offset: number; length: number | null; piece: Piece },
  clock: Clock,
): Promise<Progress> {
  const { id, principal, offset, length, piece } = asked
  const { accountId } = principal
  const holder = crypto.randomUUID()
  for (const until = clock() + Math.min(PATIENCE, store.settings.resumeLease); ; await scheduler.wait(100)) {
    const { claimed, upload } = await store.uploads
      .claim({ id, accountId, offset, length }, holder, clock())
      .catch(async (error: unknown) => {
        await store.uploads.release(id, holder).catch(() => undefined) // it may have worked
        throw error
      })
    if (upload === null) throw new GatewayError('no-such-upload')
    if (claimed) return append(store, upload, holder, asked, piece, clock)
    if (isDone(upload)) {
      if (offset === upload.capture.size && (await piece.source.read()) === null) return progressOf(upload)
      throw new GatewayError('offset-mismatch')
    }
    refuse(upload, offset, length, clock())
    if (clock() >= until) throw new GatewayError('upload-in-use')
  }
}

/**
 * How far an upload has come. Waits a little for a request that still writes to it, as one does whose connection broke. One whose
 * bytes are all there is made a capture, where that is not done: its offset is its length for nobody before it is stored.
 * @throws GatewayError `no-such-upload`, `upload-expired`, and those of {@link resume}
 */
export async function look(store: Store, asked: Caller & { id: string }, clock: Clock): Promise<Progress> {
  for (const until = clock() + 1000; ; await scheduler.wait(100)) {
    const upload = await store.uploads.find(asked.id, asked.principal.accountId)
    if (upload === null) throw new GatewayError('no-such-upload')
    if (isDone(upload)) return progressOf(upload)
    refuse(upload, upload.offset, null, clock())
    if (upload.leaseUntil !== null && upload.leaseUntil > clock() && clock() < until) continue
    if (upload.offset !== upload.length) return progressOf(upload)
    const nothing: Piece = { source: { read: async () => null }, size: 0, checksum: null }
    return resume(store, { ...asked, offset: upload.offset, length: null, piece: nothing }, clock)
  }
}

/**
 * End an upload: what has come of it goes.
 * @returns false where it is done: its capture stays
 * @throws GatewayError `no-such-upload`
 */
export async function terminate(store: Store, { id, principal }: { id: string; principal: Principal }, clock: Clock) {
  const { accountId } = principal
  if ((await store.uploads.find(id, accountId)) === null) throw new GatewayError('no-such-upload')
  const doomed = await store.captures.doom(id, ['uploading'], accountId, clock())
  if (doomed === null) return false
  await remove(store, doomed).catch(() => undefined) // what is left, the sweep takes
  return true
}

/** @throws GatewayError why an upload that is under way does not take a piece, if not because another request writes to it */
function refuse(upload: ResumableUpload, offset: number, length: number | null, now: number): void {
  if ((upload.capture.expiresAt ?? 0) <= now) throw new GatewayError('upload-expired')
  if (offset !== upload.offset) throw new GatewayError('offset-mismatch')
  if (length === null || length === upload.length) return
  if (upload.length !== null) throw new GatewayError('bad-option', 'Upload-Length was told before, and was another.')
  if (length > upload.atMost) throw tooLarge({ maxFileSize: upload.atMost })
  if (length < upload.offset) throw new GatewayError('bad-option', 'Upload-Length is less than what has come.')
}

/** Take in a piece, by the holder of an upload. */
async function append(
  store: Store,
  upload: ResumableUpload,
  holder: string,
  { principal, userAgent }: Caller,
  piece: Piece,
  clock: Clock,
): Promise<Progress> {
  const { id, length, atMost, metadata, capture } = upload
  const { filename, objectKey } = capture
  const taken = { ...takenBy(upload), holder }
  const partSize = upload.offset === 0 ? partSizeFor(piece.size, upload) : upload.partSize
  const part = gathering(store, upload.accountId, partSize)
  const lease = leaseOn(store, id, holder, clock)
  const about = {
    account: String(upload.accountId),
    capture: id,
    filename: encodeURIComponent(filename),
    createdAt: String(capture.createdAt),
  }
  /** What is recorded. */
  let { offset, tailKey } = upload
  /** Parts that R2 has beyond that. */
  let etags: string[] = []
  let multipart = capture.uploadId === null ? null : store.objects.goOn(objectKey, capture.uploadId)
  const wholeParts = () => Math.floor(offset / partSize)
  const reached = () => Math.max(offset, (wholeParts() + etags.length) * partSize + part.length)

  /** One that does not come to its row goes: after the release, no note that is late can bring it there. */
  async function beginMultipart(): Promise<R2MultipartUpload> {
    const begun = await store.objects.beginUpload(objectKey, about)
    const noted = await store.uploads.noteMultipart(id, holder, begun.uploadId).catch(async (error: unknown) => {
      await store.uploads.release(id, holder)
      const row = await store.uploads.find(id, upload.accountId)
      if (row?.capture.uploadId !== begun.uploadId) await store.objects.abortUpload(objectKey, begun.uploadId)
      throw error
    })
    if (noted) return begun
    await store.objects.abortUpload(objectKey, begun.uploadId).catch(() => undefined)
    throw await lost(store, upload)
  }

  const nextPart = () => wholeParts() + etags.length + 1
  /** Where the piece ends, if its length is known. */
  const pieceEnd = piece.size === null ? null : offset + piece.size
  /** The next part, where it goes to R2 as it comes; and how much of it was handed on. */
  let underWay: PartUnderWay | null = null
  let handedOn = 0
  let beganAt = clock()
  async function drop(): Promise<void> {
    await underWay?.drop()
    underWay = null
    handedOn = 0
  }

  /** Of a part that is surely coming whole, hand on what has come, so that R2 takes it in while the rest comes. */
  async function handOn(): Promise<void> {
    if (part.isSetAside || part.bytes.length - handedOn < Math.max(SNIFFED, partSize >> 4)) return
    if (underWay === null) {
      const number = nextPart()
      const end = Math.min(number * partSize, length ?? Number.POSITIVE_INFINITY)
      if ((pieceEnd ?? 0) < end || taken.held < end || number > MAX_PARTS) return
      if (clock() - beganAt > store.settings.slowAfter / 16) return // R2 would wait for the whole of it for too long
      if (number === 1 && end === length) return
      sniff()
      multipart ??= await beginMultipart()
      underWay = store.objects.beginPart(multipart, number, end - (number - 1) * partSize)
    }
    await underWay.write(part.bytes.subarray(handedOn))
    handedOn = part.bytes.length
  }

  /** Look at the first bytes, where they are still at hand. What is set aside was looked at before. */
  function sniff(): void {
    if (nextPart() > 1 || part.isSetAside || (part.length === 0 && length !== 0)) return
    refuseNoCapture(part.bytes.subarray(0, SNIFFED))
  }

  /** Read on until a part is full, or the source ends. */
  async function gather(source: PeekableSource): Promise<void> {
    while ((await part.fill(source, handOn)) === 'slow') {
      sniff()
      await hold(store, taken, reached(), length, clock)
      await drop()
      await part.setAside(upload, null)
      lease.check()
    }
    lease.check()
    sniff()
  }

  async function send(): Promise<void> {
    const number = nextPart()
    if (number > MAX_PARTS) throw tooLarge({ maxFileSize: largestUpload(partSize) })
    await hold(store, taken, reached(), length, clock)
    multipart ??= await beginMultipart()
    await underWay?.write(part.bytes.subarray(handedOn))
    const came = await underWay?.end()
    underWay = null
    handedOn = 0
    beganAt = clock()
    const { etag } = came ?? (await part.putPart(multipart, number))
    lease.check()
    etags.push(etag)
  }

  /** Move the offset. The tail that was goes when it is no longer asked for. */
  async function record(to: number, tail: string | null, last: boolean): Promise<void> {
    const advance = { offset: to, partSize, tailKey: tail, firstPart: wholeParts() + 1, etags, last }
    if (!(await store.uploads.advance({ ...upload, offset }, holder, advance, clock()))) throw await lost(store, upload)
    if (tailKey !== null) await store.objects.remove([tailKey]).catch(() => undefined)
    offset = to
    tailKey = tail
    etags = []
  }

  /** All bytes are there: complete, and commit. */
  async function finish(): Promise<Progress> {
    await hold(store, taken, reached(), length, clock)
    const size = reached()
    let md5: string | null = null
    if (multipart === null && !part.isSetAside) {
      const isHeld = () => store.uploads.renew(id, holder, clock())
      const written = await store.objects.putOnce(objectKey, part.bytes as Uint8Array<ArrayBuffer>, about, isHeld)
      if (written === null) throw await lost(store, upload)
      md5 = written.md5
      lease.check()
    } else {
      if (part.length > 0) await send()
      multipart ??= await beginMultipart()
      if (size > offset || tailKey !== null) await record(size, null, false)
      await store.objects.completeUpload(multipart, await store.uploads.parts(id), size)
    }
    part.release()
    const came = await keylogIn(metadata, upload.accountId)
    const landed = {
      size,
      md5,
      sha256: null,
      options: optionsOf(metadata, principal),
      keylog: came && (await putKeylog(store, upload, came)),
      brokenOff: null,
    }
    await commit(store, { principal, filename, userAgent }, taken, landed, clock, {
      holder,
      metadata: withoutKeylog(metadata),
    })
    if (tailKey !== null) await store.objects.remove([tailKey]).catch(() => undefined)
    return { id, offset: size, length: size, metadata, expiresAt: null, done: true }
  }

  async function work(): Promise<Progress> {
    if (piece.size !== null && offset + piece.size > atMost) throw beyond(upload)
    if (length !== null) await hold(store, taken, length, length, clock)
    const ending = endingWhereBroken(piece.source, piece.checksum === null ? 'all' : 'nothing')
    const hash = piece.checksum && hashing(piece.checksum.algorithm)
    const source = peekable(counted(ending, hash, () => atMost - upload.offset, beyond(upload)))
    const isEmpty = (await source.peek(1)).length === 0
    const isWhole = offset === length && tailKey === null && multipart !== null
    if (!isWhole && (!isEmpty || offset === length)) {
      if (tailKey !== null) await load(store, upload, tailKey, part)
      for (;;) {
        await gather(source)
        if (part.length < partSize || reached() === length) break
        await send()
        await part.clear()
        if (piece.checksum !== null) continue
        const isLast = reached() === pieceEnd && (await source.peek(1)).length === 0
        await record(reached(), null, isLast)
        if (isLast) return { ...progressOf(upload), offset }
      }
    }
    if (reached() === length) await source.read() // there is nothing more, or it is too much
    if (piece.checksum && (await hash?.hex()) !== piece.checksum.hex) throw new GatewayError('checksum-mismatch')
    if (reached() === length) return finish()
    if (reached() > offset) {
      await hold(store, taken, reached(), length, clock)
      const tail = part.length > 0 ? tailKeyFor(upload) : null
      if (tail !== null) await part.put(tail, null)
      await record(reached(), tail, true)
    } else await store.uploads.release(id, holder)
    if (ending.brokenOff !== null) throw new GatewayError(ending.brokenOff, BROKEN_OFF)
    return { ...progressOf(upload), offset }
  }

  try {
    return await work()
  } catch (error) {
    const kind = error instanceof GatewayError ? error.kind : 'internal'
    const ended = kind === 'not-a-capture' || kind === 'revoked'
    const settled = ended ? await abandon(store, taken, clock()) : null
    if (settled) return { id, offset: settled.size, length: settled.size, metadata, expiresAt: null, done: true }
    if (!ended) {
      await store.uploads.release(id, holder).catch(() => undefined)
      await tidy(store, upload).catch(() => undefined)
    }
    throw kind === 'storage-failed' ? new GatewayError('unavailable') : error
  } finally {
    lease.end()
    await drop()
    part.release()
    await part.clear()
  }
}

/** What was written for an upload that somebody ended meanwhile goes too. */
async function tidy(store: Store, { id, accountId, capture }: ResumableUpload): Promise<void> {
  const row = await store.captures.find(id)
  if (row !== null && row.state !== 'doomed') return
  await removeObjects(store, { id, accountId, objectKey: capture.objectKey })
}

const BROKEN_OFF =
  'The request ended before all of it had come. What came is kept: ask for the offset and go on from there.'

const beyond = (upload: ResumableUpload) =>
  upload.length === null
    ? tooLarge({ maxFileSize: upload.atMost })
    : new GatewayError('too-large', 'There is more in the request than Upload-Length leaves room for.')

/** Why an upload is no longer its holder's. */
async function lost(store: Store, { id, accountId }: ResumableUpload): Promise<GatewayError> {
  return new GatewayError((await store.uploads.find(id, accountId)) ? 'upload-in-use' : 'no-such-upload')
}

const isDone = ({ capture }: ResumableUpload): boolean => capture.state !== 'uploading'

function progressOf(upload: ResumableUpload): Progress {
  const { id, metadata, capture } = upload
  const done = isDone(upload)
  return {
    id,
    offset: done ? capture.size : upload.offset,
    length: done ? capture.size : upload.length,
    metadata,
    expiresAt: done ? null : capture.expiresAt,
    done,
  }
}

const takenBy = ({ id, accountId, atMost, capture }: ResumableUpload): Taken => ({
  id,
  accountId,
  objectKey: capture.objectKey,
  uploadId: capture.uploadId,
  held: capture.size,
  maxFileSize: atMost,
})

/** @throws GatewayError `bad-option` */
const optionsOf = (metadata: string, { defaultTags }: Principal) => optionsFrom(givenBy(metadata), defaultTags)

/** The key log that came with the metadata; `null`: none did. @throws GatewayError `bad-keylog`, `busy` */
async function keylogIn(metadata: string, accountId: number): Promise<CameKeylog | null> {
  const text = givenBy(metadata)('keylog')
  if (text === undefined) return null
  let at = 0
  const bytes = new TextEncoder().encode(text)
  return readKeylog({ read: async () => (at++ === 0 ? bytes : null) }, accountId)
}

/** The right of a request to write to an upload: it renews itself by the clock while it lasts. */
function leaseOn(store: Store, id: string, holder: string, clock: Clock) {
  let isLost = false
  const renew = async () => {
    isLost ||= !(await store.uploads.renew(id, holder, clock()))
  }
  const beat = setInterval(() => renew().catch(() => undefined), store.settings.resumeLease / 3)
  return {
    /** @throws GatewayError `upload-in-use` where a renewal found that another has it */
    check() {
      if (isLost) throw new GatewayError('upload-in-use')
    },
    end: () => clearInterval(beat),
  }
}

/** A source with a bound, its bytes hashed as they go by. @throws `beyond` where there is more */
function counted(source: Source, hash: Hash | null, room: () => number, beyond: GatewayError): Source {
  let received = 0
  return {
    async read() {
      const chunk = await source.read()
      received += chunk?.length ?? 0
      if (received > room()) throw beyond
      if (chunk !== null) await hash?.update(chunk)
      return chunk
    },
  }
}

/**
 * Read the tail back; where there is no memory for it now, it stays where it is.
 * @throws GatewayError `unavailable` where it is not what is recorded
 */
async function load(store: Store, upload: ResumableUpload, key: string, part: Gathering): Promise<void> {
  const size = upload.offset % upload.partSize
  const object = await store.objects.get(key)
  if (object?.size !== size) throw new GatewayError('unavailable')
  const body = pull(object.body, store.settings.bindingDeadline)
  const filled = await part.fill(peekable(body)).catch((error: unknown) => {
    const kind = error instanceof GatewayError ? error.kind : 'internal'
    throw kind === 'cut-off' || kind === 'too-slow' ? new GatewayError('unavailable') : error
  })
  if (filled === 'slow') {
    await body.discard()
    part.liesIn(key, size)
  } else if (part.length !== size) throw new GatewayError('unavailable')
}

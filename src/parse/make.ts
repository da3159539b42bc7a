/** One attempt at making a capture of others, from its claim to what it leaves: a stored capture, or the reason why not. docs/adr/0014. */
import { GatewayError, wordsOf } from '../errors.ts'
import { type Attempt, beginParts, commitBytes, giveUp, startAfresh, tryAgain } from '../store/attempt.ts'
import { type Capture, tooLarge } from '../store/captures.ts'
import type { MakeJob } from '../store/jobs.ts'
import { type Lease, leaseOn } from '../store/lease.ts'
import { derivedKeysFor, MAX_PARTS, metadataOf, type Written } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Failure, Make } from '../store/schema.ts'
import { selectionOf } from '../summary/asked-selection.ts'
import { merge } from '../summary/merge.ts'
import { decodeIndex } from '../summary/packet-index-coding.ts'
import { slice } from '../summary/slice.ts'
import { contentOf } from './content.ts'
import { partsOf } from './made-parts.ts'
import { openSources } from './sources.ts'

/** Attempts that end without success before there is no other. */
const MAX_TRIES = 5
/** Seconds until the next, by how many there were. */
const DELAYS = [5, 30, 120, 600]
/** A consumer has 15 minutes, and what is made cannot be gone on with. Milliseconds. */
const MOST_TIME = 12 * 60_000
/** Percent between two notes of how far it has come. */
const STEP = 5

/** Faults that are the sources', the account's or the token's: trying again does not help. */
const FOR_GOOD = new Set(['too-large', 'over-storage-limit', 'revoked', 'unknown-key'])

/** What an attempt works with. */
interface Work extends Attempt {
  row: Capture & { make: Make }
  lease: Lease
  until: number
  /** The captures that it is made of, in the order that was asked for. */
  sources: Capture[]
}

/** An end of which the owner reads the words. */
class Ended extends Error {
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * Make one attempt. A crash leaves a row whose lease runs out, and an upload that the next attempt throws away. Holds one part, and what
 * `openSources` and `merge`, or `slice`, take.
 * @throws GatewayError `unavailable` where the store could not even be asked for the claim
 */
export async function makeCapture(store: Store, job: MakeJob, clock: () => number): Promise<void> {
  const row = await store.fetches.claim(job, clock())
  if (row?.make == null) return
  const { id, accountId, objectKey, uploadId, attempts: attempt, size: held } = row
  const taken = { id, accountId, objectKey, uploadId, held, maxFileSize: 0, attempt }
  const lease = leaseOn(store, taken, clock)
  const until = clock() + MOST_TIME
  const work: Work = { store, clock, row: { ...row, make: row.make }, taken, lease, until, sources: [] }
  try {
    await bring(work)
  } catch (error) {
    await settle(work, error).catch(() => undefined) // the lease runs out, and the sweep asks again
  } finally {
    lease.end()
  }
}

async function bring(work: Work): Promise<void> {
  const { store, row, taken } = work
  if (taken.attempt > MAX_TRIES) throw new Ended('make-lost', 'The capture could not be made in several attempts.')
  const account = await store.accounts.find(row.accountId)
  if (!account) throw new GatewayError('unknown-key')
  taken.maxFileSize = account.maxFileSize
  const there = taken.attempt > 1 ? await store.objects.head(taken.objectKey) : null
  const written = there ? { size: there.size, md5: null } : await makeBytes(work)
  await commitBytes(work, { ...written, filename: row.filename })
}

async function makeBytes(work: Work): Promise<Written> {
  if (work.taken.attempt > 1) await startAfresh(work)
  work.sources = await sourcesOf(work)
  const { make } = work.row
  return put(work, make.kind === 'merge' ? await merging(work, make.dropDuplicates) : await slicing(work))
}

/** @throws Ended where one is gone */
async function sourcesOf({ store, row }: Work): Promise<Capture[]> {
  const { of } = row.make
  const found = await store.captures.findOwnOf([...new Set(of)], row.accountId)
  return of.map((id) => {
    const source = found.get(id)
    if (source === undefined)
      throw new Ended('source-gone', `The capture ${id} was deleted before all was made that it was for.`)
    return source
  })
}

async function merging(work: Work, dropDuplicates: boolean): Promise<AsyncIterable<Uint8Array>> {
  const read = await openSources(work.store, work.sources, () => note(work, read.fraction))
  return merge(read.contents, { dropDuplicates })
}

async function slicing(work: Work): Promise<AsyncIterable<Uint8Array>> {
  const { store, row, sources } = work
  const { make } = row
  const [source] = sources
  if (make.kind !== 'slice' || source === undefined) throw new Error('no slice')
  if (source.state === 'stored' || source.state === 'parsing') throw new GatewayError('unavailable') // soon it can be
  const content = await contentOf(store, source)
  const index = content && (await store.objects.bytes(derivedKeysFor(source).index))
  if (content === null || index === null)
    throw new Ended('not-sliceable', `The capture ${source.id} is not there as a slice needs it: parse it anew first.`)
  const counted = {
    size: content.size,
    async read(at: number, length: number) {
      await note(work, at / content.size)
      return content.read(at, length)
    },
  }
  return slice(decodeIndex(index), counted, selectionOf(make.selection), { secrets: true })
}

/** Bytes into R2: in one put from memory, or in parts. */
async function put(work: Work, pieces: AsyncIterable<Uint8Array>): Promise<Written> {
  const { store, row, taken, lease } = work
  const metadata = metadataOf(row, row.filename)
  const parts: R2UploadedPart[] = []
  let uploading: R2MultipartUpload | null = null
  let size = 0
  for await (const { bytes, isLast } of partsOf(pieces, store.settings.partSize)) {
    size += bytes.length
    if (size > taken.maxFileSize) throw tooLarge(taken)
    if (parts.length === MAX_PARTS) throw tooLarge({ maxFileSize: MAX_PARTS * store.settings.partSize })
    await lease.hold(size, null)
    if (isLast && uploading === null) return store.objects.putBytes(taken.objectKey, bytes, null, metadata)
    uploading ??= await beginParts(work, metadata, null)
    if (bytes.length > 0) parts.push(await store.objects.putPart(uploading, parts.length + 1, bytes))
    if (isLast) return store.objects.completeUpload(uploading, parts, size)
    lease.check()
  }
  throw new Error('nothing was made')
}

/**
 * With every few MiB that are read: let requests that wait in this isolate have their turn, for where bytes are always there nothing else
 * does; and say how far it is, where that has changed.
 * @throws Ended where the attempt takes too long; GatewayError `storage-failed` where it is over
 */
async function note({ store, row, taken, lease, clock, until }: Work, fraction: number): Promise<void> {
  await scheduler.wait(0)
  lease.check()
  if (clock() >= until) throw new Ended('make-too-slow', 'It took too long to make the capture: make less at once.')
  const progress = Math.min(99, Math.floor(100 * fraction))
  if (progress < (row.progress ?? 0) + STEP) return
  if (!(await store.fetches.progressed(taken, progress, clock()))) throw new GatewayError('storage-failed')
  row.progress = progress
}

/** What becomes of what is made whose attempt has ended without success. */
async function settle(work: Work, error: unknown): Promise<void> {
  const cause = await causeOf(work, error)
  const tries = work.taken.attempt
  if (isWorthAnother(cause) && tries < MAX_TRIES) return tryAgain(work, DELAYS[tries - 1] ?? 0)
  await giveUp(work, failureOf(cause))
}

/** Of a source that was deleted meanwhile one hears as of a store that does not answer. */
async function causeOf(work: Work, error: unknown): Promise<unknown> {
  if (!(error instanceof GatewayError) || FOR_GOOD.has(error.kind)) return error
  return sourcesOf(work).then(
    () => error,
    (gone: unknown) => (gone instanceof Ended ? gone : error),
  )
}

const isWorthAnother = (error: unknown): boolean =>
  error instanceof GatewayError ? !FOR_GOOD.has(error.kind) : !(error instanceof Ended || error instanceof RangeError)

/** What the capture's owner reads. */
function failureOf(error: unknown): Failure {
  if (error instanceof Ended || error instanceof GatewayError)
    return { kind: error.kind, message: error.message, at: null }
  if (error instanceof RangeError) return { kind: 'not-to-be-made', message: sentence(error.message), at: null }
  console.error(`make: ${wordsOf(error)}`)
  return { kind: 'internal', message: 'Something failed inside while the capture was made.', at: null }
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.?$/, '.')}`

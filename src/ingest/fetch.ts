/** One attempt at a fetch, from its claim to what it leaves: a stored capture, parts to go on from, or the reason why not. docs/adr/0009. */
import { GatewayError, wordsOf } from '../errors.ts'
import { type Attempt, beginParts, commitBytes, giveUp, startAfresh, tidy, tryAgain } from '../store/attempt.ts'
import { type Capture, tooLarge } from '../store/captures.ts'
import type { FetchSettings } from '../store/env.ts'
import type { FetchJob } from '../store/jobs.ts'
import { type Clock, type Lease, leaseOn } from '../store/lease.ts'
import { MAX_PARTS, metadataOf, type Written } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { endFetch } from '../store/removal.ts'
import type { Failure, Fetch } from '../store/schema.ts'
import type { Net } from './net.ts'
import { PartBuffer } from './part-buffers.ts'
import { FetchFailure, openRemote, type Place, type Remote } from './remote.ts'
import { unseal } from './seal.ts'
import { refuseNoCapture, SNIFFED } from './sniff.ts'
import { type PeekableSource, peekable } from './source.ts'

/** Tries at a fetch that bring it no further before it has failed for good. */
const MAX_TRIES = 5
/** Seconds until the next try, by how many there were. */
const DELAYS = [5, 30, 120, 600]
/** Invocations that one file may take: a day of them. */
const MAX_TURNS = 180
/** A fetch that cannot be gone on with may take so many budgets; a consumer has 15 minutes. */
const WHOLE_BUDGETS = 1.6

/** Faults that are the file's, the account's or the URL's: trying again does not help. */
const FOR_GOOD = new Set(['not-a-capture', 'too-large', 'over-storage-limit', 'revoked', 'unknown-key'])

/** The invocation has had its time, and the next one can go on. */
class HandedOver extends Error {}

/** What an attempt works with. */
interface Work extends Attempt {
  row: Capture & { fetch: Fetch }
  lease: Lease
  until: number
}

/**
 * Make one attempt. A crash leaves a row whose lease runs out, with parts that the next attempt goes on from where the server gave a
 * validator, and else throws away. Holds one part and one chunk.
 * @throws GatewayError `unavailable` where the store could not even be asked for the claim
 */
export async function fetchCapture(store: Store, net: Net, job: FetchJob, clock: Clock): Promise<void> {
  const row = await store.fetches.claim(job, clock())
  if (row?.fetch == null) return
  const { id, accountId, objectKey, uploadId, attempts: attempt, size: held } = row
  const taken = { id, accountId, objectKey, uploadId, held, maxFileSize: 0, attempt }
  const lease = leaseOn(store, taken, clock)
  const until = clock() + (store.settings.fetch?.budget ?? 0)
  const work: Work = { store, clock, row: { ...row, fetch: row.fetch }, taken, lease, until }
  try {
    await bring(work, net)
  } catch (error) {
    await settle(work, error).catch(() => undefined) // the lease runs out, and the sweep asks again
  } finally {
    lease.end()
  }
}

const WORN_OUT = 'The capture could not be fetched in several attempts.'

/** End a fetch that had all its tries and that nobody holds. A crash leaves the row with its failure, and the sweep ends it. */
export async function endWornOut(store: Store, { captureId, attempt }: FetchJob, clock: Clock): Promise<void> {
  const row = await store.captures.find(captureId)
  if (row?.fetch == null || row.attempts !== attempt || (row.leaseUntil ?? 0) > clock()) return
  if (attempt - row.fetch.attemptsBefore < MAX_TRIES) return
  const condemned = await store.fetches.condemn({ id: row.id, attempt }, failureOf(new Lost(WORN_OUT)), clock())
  if (condemned !== null) await endFetch(store, condemned)
}

/** Bytes that are in R2, whole. */
interface Brought extends Written {
  filename: string
}

async function bring(work: Work, net: Net): Promise<void> {
  const { store, row, taken } = work
  const { fetch } = store.settings
  if (fetch === null) throw new Lost('Uploading by URL was turned off before this capture came.')
  if (triesOf(work) > MAX_TRIES) throw new Lost(WORN_OUT)
  const account = await store.accounts.find(row.accountId)
  if (!account) throw new GatewayError('unknown-key')
  taken.maxFileSize = account.maxFileSize
  const there = taken.attempt > 1 ? await store.objects.head(taken.objectKey) : null
  const brought = there
    ? { size: there.size, md5: null, filename: decodeURIComponent(there.customMetadata?.filename ?? '') }
    : await fetchBytes(work, net, fetch)
  await commitBytes(work, { size: brought.size, md5: brought.md5, filename: brought.filename || row.filename })
}

async function fetchBytes(work: Work, net: Net, settings: FetchSettings): Promise<Brought> {
  const { store, row, taken } = work
  const url = row.fetch.sealed === null ? null : await unseal(row.fetch.sealed, row.id, settings.secret)
  if (url === null) throw new Lost('The URL can no longer be read: the server has another FETCH_SECRET now.')
  const rules = { ...settings, ownHosts: [...settings.ownHosts, row.fetch.self] }
  const way = { net, rules, idle: settings.idle }
  let begun = await goingOn(work)
  let remote: Remote
  try {
    remote = await openRemote(url, way, begun?.place ?? null)
  } catch (error) {
    if (begun === null || !(error instanceof FetchFailure) || error.kind !== 'fetch-changed') throw error
    await startAfresh(work)
    begun = null
    remote = await openRemote(url, way)
  }
  const part = new PartBuffer(store.settings.partSize, row.accountId)
  try {
    const source = peekable(remote)
    if (begun === null) refuseNoCapture(await source.peek(SNIFFED))
    if (remote.total !== null && remote.total > taken.maxFileSize) throw tooLarge(taken)
    if (remote.total !== null) await work.lease.hold(remote.total, remote.total)
    const filename = (row.fetch.named ? '' : remote.filename) || row.filename
    const written = await put(work, { remote, source, part, begun, filename })
    return { ...written, filename }
  } finally {
    part.release()
    remote.close()
  }
}

/** Parts that an earlier attempt has left. */
interface Begun {
  uploading: R2MultipartUpload
  parts: R2UploadedPart[]
  place: Place
}

/** What can be gone on from; what cannot is thrown away. */
async function goingOn(work: Work): Promise<Begun | null> {
  const { store, row, taken } = work
  const { validator, partSize } = row.fetch
  if (taken.attempt === 1) return null
  if (taken.uploadId !== null && validator !== null && partSize === store.settings.partSize) {
    const parts = await store.fetches.parts(row.id)
    const uploading = store.objects.goOn(taken.objectKey, taken.uploadId)
    if (parts.length > 0) return { uploading, parts, place: { at: parts.length * partSize, validator } }
  }
  await startAfresh(work)
  return null
}

interface Passage {
  remote: Remote
  source: PeekableSource
  part: PartBuffer
  begun: Begun | null
  filename: string
}

/**
 * Bytes into R2: in one put from memory, or in parts, each noted in its row.
 * @throws HandedOver where the time is over and the next invocation can go on
 */
async function put(work: Work, { remote, source, part, begun, filename }: Passage): Promise<Written> {
  const { store, taken, lease, row, clock } = work
  const metadata = metadataOf(row, filename)
  const parts = begun?.parts ?? []
  let uploading = begun?.uploading ?? null
  let size = remote.from
  for (;;) {
    const ended = await part.fill(source, () => refuseLate(work, remote))
    size += part.bytes.length
    if (size > taken.maxFileSize) throw tooLarge(taken)
    if (parts.length === MAX_PARTS) throw tooLarge({ maxFileSize: MAX_PARTS * store.settings.partSize })
    await lease.hold(size, remote.total)
    if (uploading === null) {
      if (ended) return store.objects.putBytes(taken.objectKey, part.bytes, null, metadata)
      uploading = await beginParts(work, metadata, remote.validator)
    }
    if (part.bytes.length > 0) {
      const kept = await store.objects.putPart(uploading, parts.length + 1, part.bytes)
      parts.push(kept)
      if (!ended) await note(work, kept, size, remote.total) // what is short is not gone on from
    }
    if (ended) return store.objects.completeUpload(uploading, parts, size)
    lease.check()
    part.clear()
    if (clock() >= work.until && remote.validator !== null) throw new HandedOver()
  }
}

async function note({ store, taken, clock }: Work, part: R2UploadedPart, size: number, total: number | null) {
  const progress = total === null ? null : Math.min(99, Math.floor((100 * size) / total))
  if (!(await store.fetches.keepPart(taken, part, progress, clock()))) throw new GatewayError('storage-failed')
}

/** @throws FetchFailure where the attempt takes too long */
function refuseLate({ store, row, until, clock }: Work, { validator }: Remote): void {
  const budget = store.settings.fetch?.budget ?? 0
  if (clock() < until + (WHOLE_BUDGETS - 1) * budget) return
  throw new FetchFailure('fetch-too-slow', `${row.fetch.host} was too slow.`, validator !== null)
}

/** An end for which nobody outside is to blame. */
class Lost extends Error {}

const triesOf = ({ row, taken }: Pick<Work, 'row' | 'taken'>): number => taken.attempt - row.fetch.attemptsBefore

/** What becomes of a fetch whose attempt has ended without success. */
async function settle(work: Work, error: unknown): Promise<void> {
  const { store, row, taken, clock } = work
  if (error instanceof HandedOver && row.fetch.turns < MAX_TURNS) {
    if (!(await store.fetches.handOver(taken, clock() + MINUTE))) return tidy(work)
    return store.jobs.offerAttempt({ ...row, attempts: taken.attempt })
  }
  const tries = triesOf(work)
  if (isWorthAnother(error) && tries < MAX_TRIES) return tryAgain(work, DELAYS[tries - 1] ?? 0)
  await giveUp(work, failureOf(error))
}

const MINUTE = 60_000

function isWorthAnother(error: unknown): boolean {
  if (error instanceof FetchFailure) return error.again
  if (error instanceof GatewayError) return !FOR_GOOD.has(error.kind)
  return !(error instanceof Lost || error instanceof HandedOver)
}

/** What the capture's owner reads. */
function failureOf(error: unknown): Failure {
  if (error instanceof FetchFailure || error instanceof GatewayError)
    return { kind: error.kind, message: error.message, at: null }
  if (error instanceof Lost) return { kind: 'fetch-lost', message: error.message, at: null }
  if (error instanceof HandedOver) return { kind: 'fetch-too-slow', message: 'The file took too long.', at: null }
  console.error(`fetch: ${wordsOf(error)}`)
  return { kind: 'internal', message: 'Something failed inside while the capture was fetched.', at: null }
}

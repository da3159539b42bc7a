/** The bytes of an upload on their way into R2: in one put, or in parts. */
import { GatewayError } from '../errors.ts'
import { tooLarge } from '../store/captures.ts'
import { within } from '../store/deadline.ts'
import type { Hash } from '../store/digest.ts'
import type { Lease, Taken } from '../store/lease.ts'
import { MAX_PARTS, type ObjectMetadata, type Written } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { EndingSource } from './broken-off.ts'
import type { Gathering } from './gathering.ts'
import type { PeekableSource } from './source.ts'

/** What the bytes of one upload need on their way. */
export interface Passage {
  store: Store
  source: PeekableSource
  taken: Taken
  lease: Lease
  metadata: ObjectMetadata
  /** Exact length, where it is known; a length they do not pass, where one is known; what the sender says they hash to. */
  announced: { size: number | null; atMost: number | null; sha256: string | null }
  /** How the sender broke it off, if he did. */
  ending: Pick<EndingSource, 'brokenOff'>
  /** Computes their SHA-256 as they go by, where that is wanted. */
  hash: Hash | null
}

/** Bytes that have arrived, whole. */
export interface Landed extends Written {
  /** Lower-case hex; `null` where nobody asked. */
  sha256: string | null
}

/**
 * A single put of known length, the bytes going by. Holds one chunk.
 * @throws GatewayError `cut-off`, `too-slow`, `unavailable`; DigestMismatch
 */
export async function putWhole({ store, source, taken, lease, metadata, announced, hash }: Passage): Promise<Landed> {
  const { readable, writable } = new FixedLengthStream(taken.held)
  const writer = writable.getWriter()
  writer.closed.catch(() => undefined)
  const soon = (call: Promise<unknown>) => within(store.settings.bindingDeadline, 'R2 put', call)
  let over = false
  const pump = async () => {
    try {
      let sent = 0
      for (let chunk = await source.read(); chunk !== null && !over; chunk = await source.read()) {
        sent += chunk.length
        if (sent > taken.held) throw new GatewayError('bad-form', 'The body is longer than its Content-Length.')
        await soon(Promise.all([writer.write(chunk), hash?.update(chunk)]))
        lease.check()
      }
      if (sent < taken.held) throw new GatewayError('cut-off')
      await soon(writer.close())
    } catch (error) {
      await writer.abort(error).catch(() => undefined)
      throw error
    }
  }
  const body = { readable, pumped: pump(), size: taken.held, sha256: announced.sha256 }
  try {
    const written = await store.objects.putStream(taken.objectKey, body, metadata)
    return { ...written, sha256: announced.sha256 ?? (await hash?.hex()) ?? null }
  } finally {
    over = true
  }
}

/**
 * Parts of equal length, each from memory, or put together where it trickled; a file that ends inside the first is put whole. Holds
 * one part, or what {@link Gathering} says, and one chunk.
 * @param part what was read already
 * @throws GatewayError `too-large` as soon as the limit is passed, `over-storage-limit`, `digest-mismatch`, and as {@link putWhole}
 */
export async function putParts(passage: Passage, part: Gathering): Promise<Landed> {
  const { store, source, taken, lease, metadata, announced, hash } = passage
  const parts: R2UploadedPart[] = []
  let uploading: R2MultipartUpload | null = null
  let size = 0
  for (;;) {
    const filled = await part.fill(source)
    if (filled === 'ended' && part.length === 0 && uploading !== null) break
    if (size + part.length > taken.maxFileSize) throw tooLarge(taken)
    if (parts.length === MAX_PARTS) throw tooLarge({ maxFileSize: MAX_PARTS * store.settings.partSize })
    await lease.hold(size + part.length, announced.atMost)
    if (filled === 'slow') {
      await part.setAside(taken, hash)
      lease.check()
      continue
    }
    await hash?.update(part.bytes)
    if (filled === 'ended' && uploading === null) {
      const sha256 = await checked(passage, part.length)
      return { ...(await part.put(taken.objectKey, metadata)), sha256 }
    }
    if (uploading === null) {
      uploading = await store.objects.beginUpload(taken.objectKey, metadata)
      taken.uploadId = uploading.uploadId
      await lease.renew()
    }
    size += part.length
    parts.push(await part.putPart(uploading, parts.length + 1))
    lease.check()
    await part.clear()
    if (filled === 'ended') break
  }
  const sha256 = await checked(passage, size)
  return { ...(await store.objects.completeUpload(uploading, parts, size)), sha256 }
}

/** What they hash to, where that is wanted. @throws GatewayError `cut-off`, `digest-mismatch` where they are not what was announced */
async function checked({ announced, ending, hash }: Passage, size: number): Promise<string | null> {
  if (announced.size !== null && size !== announced.size && ending.brokenOff === null) throw new GatewayError('cut-off')
  const sha256 = (await hash?.hex()) ?? null
  if (announced.sha256 !== null && sha256 !== announced.sha256) throw new GatewayError('digest-mismatch')
  return sha256
}

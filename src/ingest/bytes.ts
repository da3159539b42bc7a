/** The bytes of an upload on their way into R2: in one put, or in parts. */
import { GatewayError } from '../errors.ts'
import { tooLarge } from '../store/captures.ts'
import { within } from '../store/deadline.ts'
import type { Hash } from '../store/digest.ts'
import { MAX_PARTS, type ObjectMetadata, type Written } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Lease, Taken } from './lease.ts'
import type { PartBuffer } from './part-buffers.ts'
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
 * Parts of equal length, each from memory; a file that ends inside the first is put whole. Holds one part and one chunk.
 * @param part what was read already
 * @throws GatewayError `too-large` as soon as the limit is passed, `over-storage-limit`, `digest-mismatch`, and as {@link putWhole}
 */
export async function putParts(passage: Passage, part: PartBuffer): Promise<Landed> {
  const { store, source, taken, lease, metadata, announced, hash } = passage
  const checked = async () => {
    const sha256 = (await hash?.hex()) ?? null
    if (announced.sha256 !== null && sha256 !== announced.sha256) throw new GatewayError('digest-mismatch')
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
    await lease.hold(size, announced.atMost)
    parts.push(await store.objects.putPart(uploading, parts.length + 1, part.bytes))
    lease.check()
    part.clear()
    await fill(part, source)
    await hash?.update(part.bytes)
  }
  if (announced.size !== null && size !== announced.size) throw new GatewayError('cut-off')
  const sha256 = await checked()
  return { ...(await store.objects.completeUpload(uploading, parts, size)), sha256 }
}

/** Read on until the part is full or the source ends. */
export async function fill(part: PartBuffer, source: PeekableSource): Promise<void> {
  while (!part.full) {
    const chunk = await source.read()
    if (chunk === null) return
    const taken = await part.append(chunk)
    if (taken < chunk.length) source.unread(chunk.subarray(taken))
  }
}

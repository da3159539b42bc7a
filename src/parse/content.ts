/** What a capture holds, to be read from anywhere: as a slice out of its middle needs it. */
import { joined } from '../capture/joined.ts'
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { RangedSource } from '../summary/ranged-source.ts'
import { chunksOf } from './chunks.ts'
import { type Copy, frameOf } from './copy.ts'
import type { StoredFacts } from './result.ts'

/**
 * Open what a parsed capture holds: the file itself, or the copy of what a compressed one holds. Of a copy one frame is held.
 * @returns `null` where it is not parsed, or where a compressed capture has no copy: a new parse makes one
 * @throws GatewayError `unavailable`, while it is read too
 */
export async function contentOf(store: Store, capture: Capture): Promise<RangedSource | null> {
  if (capture.state !== 'ok' || capture.summaryKey === null) return null
  const stored = await store.objects.json<StoredFacts>(capture.summaryKey)
  if (!stored?.facts.compression) return contentOfFile(store, capture)
  return stored.copy && capture.copySize > 0 ? contentOfCopy(store, capture, stored.copy) : null
}

/** The bytes of a capture's file. A read throws GatewayError `unavailable` where they are not there. */
export function contentOfFile(store: Store, { objectKey, size }: Capture): RangedSource {
  return {
    size,
    async read(offset, wanted) {
      const length = Math.min(wanted, size - offset)
      if (length <= 0) return NOTHING
      const object = await store.objects.get(objectKey, { offset, length })
      if (!object) throw new GatewayError('unavailable')
      const parts: Uint8Array[] = []
      for await (const chunk of chunksOf(object.body, store.settings.bindingDeadline, length)) parts.push(chunk.slice())
      return joined(parts)
    },
  }
}

function contentOfCopy(store: Store, capture: Capture, copy: Copy): RangedSource {
  const keys = derivedKeysFor(capture)
  let held: { number: number; content: Uint8Array } = { number: -1, content: NOTHING }
  return {
    size: copy.size,
    async read(offset, length) {
      const number = Math.floor(offset / copy.frame)
      if (number !== held.number) {
        const bytes = await store.objects.bytes(keys.frame(number))
        if (bytes === null) throw new GatewayError('unavailable') // it is being taken away
        held = { number, content: await frameOf(copy, number, bytes) }
      }
      const at = offset - number * copy.frame
      return held.content.subarray(at, at + length)
    },
  }
}

const NOTHING = new Uint8Array(0)

/** A capture that was parsed, opened to be read: its facts, its tables, its packet index, and slices of it. */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Facts } from '../summary/facts.ts'
import type { PacketIndex } from '../summary/packet-index.ts'
import { decodeIndex } from '../summary/packet-index-coding.ts'
import { refusalOf, type SliceOptions, slice } from '../summary/slice.ts'
import type { Selection } from '../summary/slice-choice.ts'
import type { Tables } from '../summary/summary.ts'
import { contentOf } from './content.ts'
import type { StoredFacts, StoredTables } from './result.ts'

/** All that capinfos says. @throws GatewayError `not-read-yet`, `nothing-read`, `unavailable` */
export async function factsOf(store: Store, capture: Capture): Promise<Facts> {
  const { facts } = derivedKeysFor(parsedOf(capture))
  return there(await store.objects.json<StoredFacts>(facts)).facts
}

/** What tshark counts. Holds up to some MB. @throws GatewayError `not-read-yet`, `nothing-read`, `unavailable` */
export async function tablesOf(store: Store, capture: Capture): Promise<Tables> {
  const { tables } = derivedKeysFor(parsedOf(capture))
  return there(await store.objects.json<StoredTables>(tables)).tables
}

/**
 * Where its packets stand. Holds up to 6 MB.
 * @throws GatewayError `not-read-yet`, `nothing-read`, `not-sliceable`, `unavailable`
 */
export async function packetIndexOf(store: Store, capture: Capture): Promise<PacketIndex> {
  const { index } = derivedKeysFor(parsedOf(capture))
  const bytes = there(await store.objects.bytes(index))
  try {
    return decodeIndex(bytes)
  } catch {
    throw new GatewayError('not-sliceable', 'The packet index of this capture was written by another version.')
  }
}

/**
 * A slice of it, in pieces. What can be refused is refused before the first one; holds what `slice` holds, the index, and of a
 * compressed capture one frame of its copy.
 * @throws GatewayError `not-read-yet`, `nothing-read`, `no-copy`, `not-sliceable`, `unavailable`; the last one between pieces, too
 */
export async function sliceOf(
  store: Store,
  capture: Capture,
  selection: Selection,
  options: SliceOptions = {},
): Promise<AsyncGenerator<Uint8Array>> {
  const index = await packetIndexOf(store, capture)
  const refusal = refusalOf(index, options.format)
  if (refusal !== null) throw new GatewayError('not-sliceable', `${refusal}.`)
  const content = await contentOf(store, capture)
  if (content === null) throw new GatewayError('no-copy')
  return told(slice(index, content, selection, options))
}

/** @throws GatewayError `not-sliceable` in the words of a RangeError */
async function* told(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError('not-sliceable', `This cannot be cut: ${error.message}.`)
    throw error
  }
}

/** @throws GatewayError `not-read-yet`, `nothing-read` */
function parsedOf(capture: Capture): Capture {
  if (capture.state === 'ok') return capture
  if (capture.state !== 'error') throw new GatewayError('not-read-yet')
  throw new GatewayError(
    'nothing-read',
    capture.failure ? `Nothing could be read: ${capture.failure.message}.` : undefined,
  )
}

/** @throws GatewayError `unavailable` where an object is on its way out, for a new parse or for good */
function there<T>(object: T | null): T {
  if (object === null) throw new GatewayError('unavailable')
  return object
}

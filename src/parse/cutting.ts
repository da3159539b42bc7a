/** A slice of a capture that is stored: by its packet index, out of the file or the seekable copy of what a compressed one holds. */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Selected } from '../store/schema.ts'
import { decodeIndex } from '../summary/packet-index-coding.ts'
import { refusalOf, type SliceOptions, slice } from '../summary/slice.ts'
import type { Selection } from '../summary/slice-choice.ts'
import { contentOf } from './content.ts'

/**
 * Open a slice. Holds the packet index, one frame of a copy, and what `slice` does; its pieces hold until the next is asked for.
 * @throws GatewayError `not-read-yet`, `not-sliceable`, `no-copy`, `unavailable`; while it is read, `unavailable` and RangeError
 */
export async function openSlice(
  store: Store,
  capture: Capture,
  selected: Selected,
  options: SliceOptions = {},
): Promise<AsyncGenerator<Uint8Array>> {
  if (capture.state === 'error') throw new GatewayError('not-sliceable', 'Nothing could be read from this capture.')
  if (capture.state !== 'ok') throw new GatewayError('not-read-yet')
  const encoded = await store.objects.bytes(derivedKeysFor(capture).index)
  if (encoded === null) throw new GatewayError('unavailable')
  const index = decodeIndex(encoded)
  const refusal = refusalOf(index, options.format)
  if (refusal !== null)
    throw new GatewayError('not-sliceable', `No such slice can be made of this capture: ${refusal}.`)
  const source = await contentOf(store, capture)
  if (source === null) throw new GatewayError('no-copy')
  return slice(index, source, selectionOf(selected), options)
}

function selectionOf(selected: Selected): Selection {
  if ('packets' in selected) return { numbers: selected.packets }
  const { from, to } = selected.times
  return {
    times: {
      ...(from === undefined ? {} : { from: BigInt(from) }),
      ...(to === undefined ? {} : { to: BigInt(to) }),
    },
  }
}

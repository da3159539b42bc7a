/** A slice of a capture as an answer. */

import { sliceOf } from '../parse/opened.ts'
import type { Capture } from '../store/captures.ts'
import type { SliceOptions } from '../summary/slice.ts'
import type { Selection } from '../summary/slice-choice.ts'
import { contentDisposition } from './download.ts'
import type { GatewayContext } from './gateway.ts'
import { INERT } from './inert.ts'
import { begun } from './streamed.ts'

export const SLICE_TYPES = {
  pcapng: 'application/x-pcapng',
  pcap: 'application/vnd.tcpdump.pcap',
} as const

/**
 * Cut as it is read; what is held is what {@link sliceOf} holds.
 * @param headers beside its own
 * @throws GatewayError those of {@link sliceOf}
 */
export async function sliceAnswer(
  c: GatewayContext,
  capture: Capture,
  selection: Selection,
  { format = 'pcapng', secrets }: SliceOptions,
  headers: Record<string, string>,
): Promise<Response> {
  const pieces = await sliceOf(c.var.store, capture, selection, { format, secrets })
  const stem = capture.filename.replace(/(\.(pcapng|pcap|cap|gz|zst|lz4))+$/i, '')
  const all = {
    'Content-Type': SLICE_TYPES[format],
    'Content-Disposition': contentDisposition(`${stem || 'capture'}-slice.${format}`),
    ...INERT,
    ...headers,
  }
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers: all })
  return new Response(await begun(pieces), { headers: all })
}

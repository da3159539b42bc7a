/** Some packets of a capture, for who looks at its page: by their numbers, or by time. */
import { sliceOf } from '../parse/opened.ts'
import type { Capture } from '../store/captures.ts'
import { contentDisposition } from './download.ts'
import type { GatewayContext } from './gateway.ts'
import { begun } from './streamed.ts'
import { selectionOf } from './v2/selection.ts'

/**
 * As `/api/v2` cuts it, in pcapng and without decryption secrets.
 * @throws GatewayError `bad-option`, `not-read-yet`, `nothing-read`, `no-copy`, `not-sliceable`
 */
export async function pageSlice(c: GatewayContext, capture: Capture): Promise<Response> {
  const { from, to } = c.req.query()
  const pieces = await sliceOf(c.var.store, capture, selectionOf({ from, to }), {})
  const headers = {
    'Content-Type': 'application/x-pcapng',
    'Content-Disposition': contentDisposition(
      `${capture.filename.replace(/(.)\.[A-Za-z0-9]{1,8}$/, '$1')}.part.pcapng`,
    ),
    'Accept-Ranges': 'none',
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
  }
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers })
  return new Response(await begun(pieces), { headers })
}

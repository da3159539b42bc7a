/** A capture by the URL it came from: the same URL gives the same capture again, as CloudShark's clients ask for it. docs/adr/0017. */
import { GatewayError } from '../../errors.ts'
import { openedBefore, orderFetch } from '../../ingest/fetch-order.ts'
import { OPTIONS, optionsFrom } from '../../ingest/options.ts'
import { demand } from '../auth.ts'
import type { GatewayContext } from '../gateway.ts'
import { givenIn } from '../given.ts'
import { captureHeaders, selfOf } from '../links.ts'

/**
 * Lead to the capture of a URL, which is fetched the first time. HEAD makes nothing.
 * @throws GatewayError `bad-url`, `forbidden`, those of {@link orderFetch}
 */
export async function open(c: GatewayContext): Promise<Response> {
  const { store, principal } = c.var
  const given = await givenIn(c, OPTIONS)
  const url = given('url')
  if (url === undefined)
    throw new GatewayError('bad-url', 'Say what to open: …/open?url=<URL>, the URL percent-encoded.')
  const lead = (id: string) => c.body(null, 302, captureHeaders(c, id))
  const known = await openedBefore(store, url, principal.accountId)
  if (known) {
    demand(c, 'read')
    return lead(known.id)
  }
  if (c.req.raw.method === 'HEAD') throw new GatewayError('no-such-capture')
  demand(c, 'upload')
  const { id } = await orderFetch(
    store,
    {
      principal,
      url,
      self: selfOf(c),
      options: optionsFrom(given, principal.defaultTags),
      visibility: null,
      idempotencyKey: null,
      userAgent: c.req.header('user-agent'),
      opens: true,
    },
    Date.now,
  )
  return lead(id)
}

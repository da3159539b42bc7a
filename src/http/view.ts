/** `/view?url=…`: asks, then makes a new capture of the URL each time, for whoever is signed in. */
import { GatewayError } from '../errors.ts'
import { orderFetch, seeUrl } from '../ingest/fetch-order.ts'
import { OPTIONS, optionsFrom } from '../ingest/options.ts'
import { PAGE_HEADERS } from '../web/pages/headers.ts'
import { viewPage } from '../web/pages/view.tsx'
import { demand } from './auth.ts'
import type { GatewayContext } from './gateway.ts'
import { givenIn } from './given.ts'
import { captureHeaders, selfOf } from './links.ts'
import { readerOf } from './session.ts'
import { siteOf } from './site.ts'

/** Ask whether it is meant. Makes nothing. @throws GatewayError `forbidden`, `bad-url`, `url-refused`, `not-yet` */
export async function askView(c: GatewayContext): Promise<Response> {
  demand(c, 'upload')
  const url = urlIn(c.req.query('url') || undefined)
  const shown = seeUrl(c.var.store, url, selfOf(c)).href
  return c.body(viewPage({ reader: await readerOf(c), url, shown }), 200, PAGE_HEADERS)
}

/** Make a capture, and lead to it. @throws GatewayError `other-site`, `forbidden`, `bad-url`, those of {@link orderFetch} */
export async function makeView(c: GatewayContext): Promise<Response> {
  const { store, principal } = c.var
  const typed = c.req.header('sec-fetch-site') !== undefined && siteOf(c) === 'none'
  if (typed || siteOf(c) === 'other') throw new GatewayError('other-site')
  demand(c, 'upload')
  const given = await givenIn(c, OPTIONS)
  const { id } = await orderFetch(
    store,
    {
      principal,
      url: urlIn(given('url')),
      self: selfOf(c),
      options: optionsFrom(given, principal.defaultTags),
      visibility: null,
      idempotencyKey: null,
      userAgent: c.req.header('user-agent'),
    },
    Date.now,
  )
  return c.body(null, 303, captureHeaders(c, id))
}

function urlIn(url: string | undefined): string {
  if (url === undefined)
    throw new GatewayError('bad-url', 'Say what to view: `/view?url=<URL>`, the URL percent-encoded.')
  return url
}

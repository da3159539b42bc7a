/** An upload by URL at the door: its row is made, a job asks for its bytes. docs/adr/0009. */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import type { Clock } from '../store/lease.ts'
import { objectKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import type { Visibility } from '../store/schema.ts'
import type { Principal } from '../store/tokens.ts'
import { orderJob } from './job-order.ts'
import { cleanFilename, defaultFilename, type Options } from './options.ts'
import { digestOf, seal } from './seal.ts'
import { spelled, targetOf } from './target.ts'

/** One capture that is to be fetched. */
export interface FetchOrder {
  principal: Principal
  url: string
  /** Host and port by which the caller reached this server: nothing is fetched from there. */
  self: string
  options: Options
  /** What the door gives captures; `null`: as the token or the account says. */
  visibility: Visibility | null
  idempotencyKey: string | null
  userAgent: string | undefined
  /** Only where the account has no capture of this URL that was opened before; else that one is given. */
  opens?: boolean
}

const OFF = 'Uploading by URL is off on this server: send the file itself.'
const NOT_PRIVATE = 'This Idempotency-Key was used for a capture that is not private: use a new key.'

/**
 * The capture of a URL that the account has opened before.
 * @returns `null` where there is none, or it was deleted or has failed
 * @throws GatewayError `not-yet` where uploading by URL is off, `bad-url`
 */
export async function openedBefore(store: Store, url: string, accountId: number): Promise<Capture | null> {
  const { fetch } = store.settings
  if (fetch === null) throw new GatewayError('not-yet', OFF)
  return store.captures.opened(accountId, await digestOf(spelled(url).href, fetch.secret))
}

/**
 * What a URL leads to may be asked for, as far as it tells itself.
 * @throws GatewayError `not-yet` where that is off, `bad-url`, `url-refused`
 */
export function seeUrl(store: Store, url: string, self: string): URL {
  const { fetch } = store.settings
  if (fetch === null) throw new GatewayError('not-yet', OFF)
  return targetOf(url, { ...fetch, ownHosts: [...fetch.ownHosts, self] }).url
}

/**
 * Reserve a place for what a URL leads to, and ask for its bytes. A crash leaves at worst a row without a job, which the sweep
 * sends. Nothing is asked of the URL's host here.
 * @throws GatewayError `not-yet` where that is off, `bad-url`, `url-refused`, and those of {@link Store.captures.reserve}
 */
export async function orderFetch(
  store: Store,
  order: FetchOrder,
  clock: Clock,
): Promise<Pick<Capture, 'id' | 'filename'>> {
  const { fetch } = store.settings
  if (fetch === null) throw new GatewayError('not-yet', OFF)
  const { principal, options, self } = order
  const url = seeUrl(store, order.url, self)
  const id = crypto.randomUUID()
  const now = clock()
  const filename = options.filename || nameIn(url) || defaultFilename(order.userAgent, now, id)
  const digest = await digestOf(order.opens ? spelled(order.url).href : order.url, fetch.secret)
  const visibility = order.visibility ?? principal.defaultVisibility
  const what = {
    sealed: await seal(order.url, id, fetch.secret),
    digest,
    host: url.host,
    self,
    tokenHash: principal.tokenHash,
    named: options.filename !== '',
    validator: null,
    partSize: 0,
    turns: 0,
    attemptsBefore: 0,
  }
  const opens = order.opens ? { opens: digest } : {}
  const objectKey = objectKeyFor(principal.accountId, id)
  const about = { id, accountId: principal.accountId, objectKey, filename, ...opens }
  const { idempotencyKey } = order
  const { tags, comments } = options
  const asked = { ...about, size: 0, wish: 0, visibility, idempotencyKey, now, fetch: { what, tags, comments } }
  const earlier = await orderJob(store, asked, clock)
  if (earlier !== null) return order.opens ? earlier : again(earlier, digest, visibility)
  return { id, filename }
}

/** The same URL gets the same capture. @throws GatewayError `other-body` */
function again(earlier: Capture, digest: string, visibility: Visibility | null): Capture {
  if (earlier.fetch?.digest !== digest) throw new GatewayError('other-body')
  if (visibility === 'private' && earlier.visibility !== 'private') throw new GatewayError('other-body', NOT_PRIVATE)
  return earlier
}

/** The last step of a URL's path; empty where it has none. */
function nameIn({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return cleanFilename(decodeURIComponent(last))
  } catch {
    return cleanFilename(last)
  }
}

/** A capture that is made of others, at the door: its row is made, a job does the rest. docs/adr/0014. */
import { GatewayError } from '../errors.ts'
import type { Capture } from '../store/captures.ts'
import type { Clock } from '../store/lease.ts'
import { objectKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { deleteCapture } from '../store/removal.ts'
import type { Making, Visibility } from '../store/schema.ts'
import type { Principal } from '../store/tokens.ts'
import { orderJob } from './job-order.ts'
import { cleanFilename, type Options } from './options.ts'

/** Captures that one may be made of. */
export const MOST_SOURCES = 20

/** One capture that is to be made. */
export interface MakeOrder {
  principal: Principal
  making: Making
  options: Options
  idempotencyKey: string | null
  /** When it goes again by itself. Milliseconds since 1970. */
  deleteAt?: number
}

/**
 * Reserve a place for a capture made of others, and ask for it. What it is made of must be captures of the same account, and there; a
 * slice is cut of one that is parsed. It is private where one of them is.
 * @throws GatewayError `bad-option`, `no-such-capture` and `not-there-yet` with the ids where there are several, `not-read-yet`, `nothing-read`, `other-body`, and those of {@link Store.captures.reserve}
 */
export async function orderMake(
  store: Store,
  order: MakeOrder,
  clock: Clock,
): Promise<Pick<Capture, 'id' | 'filename'>> {
  const { earlier, id, filename } = await ask(store, order, clock)
  if (earlier === null) return { id, filename }
  if (!isSame(earlier, order.making, order.options)) throw new GatewayError('other-body')
  return earlier
}

/**
 * The same for one that is had once, whatever its owner has made of it since: by the same key the capture that is there already, but none
 * that could not be made, nor one that others may see while what it is of has become private.
 * @returns its id
 * @throws GatewayError as {@link orderMake}, but for `other-body`
 */
export async function orderOnce(
  store: Store,
  order: MakeOrder & { idempotencyKey: string },
  clock: Clock,
): Promise<string> {
  const { id, visibility, earlier } = await ask(store, order, clock)
  if (earlier === null) return id
  const isFailed = earlier.state === 'error' && earlier.size === 0
  const isTooOpen = visibility === 'private' && earlier.visibility !== 'private' // its link may be known
  if (!isFailed && !isTooOpen) return earlier.id
  await deleteCapture(store, earlier.id, order.principal, clock())
  const again = await ask(store, order, clock)
  return (again.earlier ?? again).id
}

/** @returns what is asked for now, and the earlier capture that has its idempotency key */
async function ask(
  store: Store,
  order: MakeOrder,
  clock: Clock,
): Promise<Pick<Capture, 'id' | 'filename'> & { visibility: Visibility | null; earlier: Capture | null }> {
  const { principal, making, options, idempotencyKey, deleteAt } = order
  const { accountId, tokenHash } = principal
  const sources = await sourcesOf(store, making, accountId)
  const id = crypto.randomUUID()
  const isPrivate = sources.some((one) => one.visibility === 'private')
  const visibility = isPrivate ? 'private' : principal.defaultVisibility
  const filename = options.filename || cleanFilename(nameOf(making, sources))
  const { tags, comments } = options
  const asked = {
    id,
    accountId,
    objectKey: objectKeyFor(accountId, id),
    filename,
    size: 0,
    wish: 0,
    visibility,
    idempotencyKey,
    now: clock(),
    make: { what: { tokenHash, ...making }, tags, comments },
    ...(deleteAt === undefined ? {} : { deleteAt }),
  }
  return { id, filename, visibility, earlier: await orderJob(store, asked, clock) }
}

async function sourcesOf(store: Store, { kind, of }: Making, accountId: number): Promise<Capture[]> {
  if (kind === 'merge' && (of.length < 2 || of.length > MOST_SOURCES))
    throw new GatewayError('bad-option', `Name 2 to ${MOST_SOURCES} captures to be put together.`)
  const found = await store.captures.findOwnOf([...new Set(of)], accountId)
  const unknown = [...new Set(of)].filter((id) => !found.has(id))
  if (unknown.length > 0)
    throw new GatewayError(
      'no-such-capture',
      kind === 'merge' ? `There is no such capture: ${unknown.map(shown).join(', ')}.` : undefined,
    )
  const sources = of.map((id) => found.get(id) as Capture)
  const unread = kind === 'slice' ? sources.find(({ state }) => state !== 'ok') : undefined
  if (unread) throw new GatewayError(unread.state === 'error' ? 'nothing-read' : 'not-read-yet')
  const absent = [...found.values()].filter(
    ({ state, size }) => state === 'uploading' || (state === 'error' && size === 0),
  )
  if (absent.length > 0)
    throw new GatewayError(
      'not-there-yet',
      `Not there yet, or without bytes: ${absent.map(({ id }) => id).join(', ')}.`,
    )
  return sources
}

/** Of what a stranger wrote for an id, so much as tells which it was. */
const shown = (id: string): string => id.replace(/[^\w.-]/g, '?').slice(0, 40)

/** `merged a.pcap and b.pcap`, `slice of a.pcap`. */
function nameOf({ kind }: Making, sources: Capture[]): string {
  const names = sources.map(({ filename }) => filename)
  if (kind === 'slice') return `slice of ${names[0]}`
  const [last, ...others] = names.reverse()
  const listed = others.reverse().slice(0, 3)
  const more = names.length - 1 - listed.length
  const whole = more > 0 ? `${listed.join(', ')}, ${more} more and ${last}` : `${listed.join(', ')} and ${last}`
  return `merged ${whole}`
}

function isSame({ make, filename, tags, comments }: Capture, making: Making, options: Options): boolean {
  if (make === null) return false
  const { tokenHash: _, ...before } = make
  return (
    JSON.stringify(sorted(before)) === JSON.stringify(sorted(making)) &&
    (options.filename === '' || options.filename === filename) &&
    options.comments === comments &&
    options.tags.join() === tags.join()
  )
}

/** With the keys in one order. */
const sorted = (value: object): object => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a capture's page says of its traffic, and takes away of it, as a query asks for it. */
import { GatewayError } from '../errors.ts'
import { type Listings, openTables } from '../parse/opened.ts'
import type { Capture } from '../store/captures.ts'
import type { TableKind } from '../summary/long-tables.ts'
import { TABLES, type TableName } from '../summary/tables.ts'
import {
  type GraphWish,
  type ListingPage,
  PAGE_ROWS,
  TABS,
  type Tab,
  type Traffic,
} from '../web/pages/traffic/traffic.ts'
import type { GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'
import { rowsLike } from './row-filter.ts'
import { CONVERSATION_ORDER, conversationsIn, ENDPOINT_ORDER, endpointsIn, type Found } from './table-rows.ts'
import { conversationsOf, isShownWhole } from './viewer.ts'

/** Longest filter that is read. */
const MAX_FILTER = 100

interface Place {
  /** Address of the page. */
  path: string
  /** Address of the view of its packets, where this deployment has one. */
  packets: string
  slices: string | null
  /** The reader is its owner, `null`: has no key for it. */
  isOwn: boolean | null
}

/** `null` where its tables are not there, or not yet: the page says what else is known. Asks R2 once, and for the rows of a long table up to twice more. */
export async function trafficOf(c: GatewayContext, capture: Capture, place: Place): Promise<Traffic | null> {
  if (capture.state !== 'ok') return null
  const opened = await openTables(c.var.store, capture).catch((error: unknown) => {
    if (error instanceof GatewayError && error.kind === 'unavailable') return null
    throw error
  })
  if (opened === null) return null
  const { tables, listings } = opened
  const hasViewer = (await c.var.store.viewer.assets()) !== null
  const query = new URL(c.req.url).searchParams
  const tab: Tab = TABS.find((one) => one === query.get('tab')) ?? 'facts'
  const of = tab === 'conversations' || tab === 'endpoints' ? tab : null
  const action = place.isOwn === true && hasViewer ? conversationsOf(capture) : null
  return {
    tab,
    path: place.path,
    packets: hasViewer ? place.packets : null,
    slices: tables.base === undefined ? null : place.slices,
    opening: action === null ? null : { action, isOnlyWay: !isShownWhole(capture) },
    keep: place.isOwn === null ? null : { origin: originOf(c), id: capture.id, isOwn: place.isOwn },
    tables,
    byStream: isShownWhole(capture),
    graph: graphWish(query),
    listing: of && (await listingOf(listings, of, query)),
  }
}

function graphWish(query: URLSearchParams): GraphWish {
  const unit = query.get('unit') === 'bytes' ? 'bytes' : 'packets'
  const seconds = (name: string) => {
    const text = query.get(name)?.trim() ?? ''
    return /^-?\d{1,12}(\.\d{1,12})?$/.test(text) ? Number(text) : null
  }
  const [from, to] = [seconds('from'), seconds('to')]
  return { unit, span: from === null || to === null || to <= from ? null : { from, to } }
}

/** @returns `null` where the capture has no rows of this kind */
async function listingOf(listings: Listings, of: TableKind, query: URLSearchParams): Promise<ListingPage | null> {
  const all = listings[of]
  const table = TABLES.find((name) => name === query.get('table')) ?? BUSIEST.find((name) => all[name].kept > 0)
  if (table === undefined) return null
  const from = Math.min(Math.max(0, Math.floor(Number(query.get('from') ?? 0) || 0)), all[table].listed)
  const wish = wishOf(of, query)
  const { rows, matched } = await rowsOf(listings, of, table, { ...wish, from, limit: PAGE_ROWS })
  const { listed, kept, others } = all[table]
  return { of, table, sort: wish.sort, filter: wish.filter, from, rows, matched, listed, kept, others }
}

/** Which table is shown where none is asked for. */
const BUSIEST: TableName[] = ['tcp', 'udp', 'sctp', 'ipv4', 'ipv6', 'ethernet']

export interface RowWish {
  sort: string
  filter: string
}

/** How rows are wanted; what cannot be read of it is as if it were not there. */
export function wishOf(of: TableKind, query: URLSearchParams): RowWish {
  const order = of === 'conversations' ? CONVERSATION_ORDER : ENDPOINT_ORDER
  const sort = query.get('sort') ?? ''
  const isKnown = Object.hasOwn(order, sort.replace(/^-/, ''))
  return { sort: isKnown ? sort : '-bytes', filter: (query.get('filter') ?? '').trim().slice(0, MAX_FILTER) }
}

/** Some rows of a table. */
export function rowsOf(
  listings: Listings,
  of: TableKind,
  table: TableName,
  { sort, filter, from, limit }: RowWish & { from: number; limit: number },
): Promise<Found<ListingPage['rows'][number]>> {
  const { conversations, endpoints } = rowsLike(filter)
  return of === 'conversations'
    ? conversationsIn(listings.conversations[table], { matches: conversations, sort, from, limit })
    : endpointsIn(listings.endpoints[table], { matches: endpoints, sort, from, limit })
}

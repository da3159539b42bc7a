/** What the panels of a capture's traffic are made from. */
import type { TableKind } from '../../../summary/long-tables.ts'
import type { Tables } from '../../../summary/summary.ts'
import type { Others, TableName } from '../../../summary/tables.ts'
import type { TableRow } from '../../ui/row-columns.ts'

export const TABS = ['facts', 'protocols', 'conversations', 'endpoints', 'map', 'health', 'names'] as const
export type Tab = (typeof TABS)[number]

/** How long a conversation is kept that was cut out to look at. Days. */
export const CONVERSATION_KEPT = 7

/** Rows that a page without script has. */
export const PAGE_ROWS = 100

export interface Traffic {
  tab: Tab
  /** Address of the capture's page, as the reader came by it. */
  path: string
  /** Of the view of its packets; `null`: this reader has none. */
  packets: string | null
  /** Of slices of it by time; `null`: this reader has none. */
  slices: string | null
  /** What cuts a conversation out of it; `null`: the reader has no captures to make of it, or it is small. */
  opening: Opening | null
  /** Scheme and host, and the capture's id, for lines to paste; `null` where the reader has no key for it. */
  keep: { origin: string; id: string; isOwn: boolean } | null
  tables: Tables
  /** A stream's number tells it in the view of packets: it shows the capture whole. */
  byStream: boolean
  graph: GraphWish
  /** Of the tabs with rows. */
  listing: ListingPage | null
}

/** Where the form goes that a row's conversation is opened by, and whether there is no other way to see it whole. */
export interface Opening {
  action: string
  isOnlyWay: boolean
}

export interface GraphWish {
  unit: 'packets' | 'bytes'
  /** Seconds since the first packet; `null`: all. */
  span: { from: number; to: number } | null
}

/** A page of a table. */
export interface ListingPage {
  of: TableKind
  table: TableName
  sort: string
  /** As it was typed. */
  filter: string
  from: number
  rows: TableRow[]
  matched: number
  listed: number
  kept: number
  others: Others
}

/** What a list of captures is asked for, and its address. */
import type { captures } from '../../store/schema.ts'

/** Captures that one request does something with. */
export const MOST_AT_ONCE = 100
/** What one download of several captures holds at most. Bytes. */
export const MOST_ZIPPED = 5 * 1024 ** 3

export type SortKey = 'name' | 'status' | 'packets' | 'size' | 'time' | 'age'

export interface Order {
  /** In the language of docs/search.md. */
  query: string
  /** `null`: newest first. */
  sort: { key: SortKey; down: boolean } | null
  /** Where a page begins that is newest first; `null`: at the newest. */
  cursor: string | null
  /** Of what is sorted otherwise; from 1. */
  page: number
}

/** A page of a list. */
export interface Listed {
  captures: (typeof captures.$inferSelect)[]
  /** By id, as far as they are known. */
  protocols: Map<string, string[]>
  next: { cursor: string } | { page: number } | null
  /** The page before, of what is sorted. */
  previous: number | null
  /** Some capture of the account is indexed in part, and may be missing. */
  partial: boolean
  /** Only so many of the newest were sorted; `null`: all that were found. */
  sorted: number | null
}

/** The query of a list's address, without what is as ever: empty, or with its `?`. */
export function addressOf({ query, sort, cursor, page }: Order): string {
  const given = new URLSearchParams()
  if (query !== '') given.set('q', query)
  if (sort !== null) given.set('sort', `${sort.down ? '-' : ''}${sort.key}`)
  if (cursor !== null) given.set('cursor', cursor)
  if (page > 1) given.set('page', String(page))
  return given.size === 0 ? '' : `?${given}`
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** The view in the page's address: `?filter=`, a window by `?from=&to=`, and `#packet=` by the number that the packet has in the capture. */

export interface Place {
  filter: string
  /** Packet numbers, or times, as slices take them; `null`: not said. */
  from: string | null
  to: string | null
  packet: number | null
}

export function placeOf(location: Pick<Location, 'search' | 'hash'>): Place {
  const query = new URLSearchParams(location.search)
  const packet = /^#packet=(\d{1,15})$/.exec(location.hash)?.[1]
  return {
    filter: query.get('filter') ?? '',
    from: query.get('from') || null,
    to: query.get('to') || null,
    packet: packet === undefined ? null : Number(packet),
  }
}

/** @returns what stands after the path */
export function addressOf({ filter, from, to, packet }: Place): string {
  const query = new URLSearchParams()
  if (from !== null) query.set('from', from)
  if (to !== null) query.set('to', to)
  if (filter !== '') query.set('filter', filter)
  const search = query.size === 0 ? '' : `?${query}`
  return `${search}${packet === null ? '' : `#packet=${packet}`}`
}

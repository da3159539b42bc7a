// SPDX-License-Identifier: GPL-2.0-or-later
/** Which part of a capture is opened: all of it, or a window, cut out by the server. */
import type { Place } from './link.ts'
import type { Settings } from './settings.ts'

/** Above this the engine runs out of memory, or takes minutes. Bytes. */
export const MOST_WHOLE = 250_000_000
/** What a window holds, about. Bytes. */
const WINDOW_BYTES = 10_000_000
const LEAST_PACKETS = 1000
const MOST_PACKETS = 50_000

/** Packets by number, both included; or by time, as the server takes it. */
export type Window = { from: number; to: number } | { fromTime: string | null; toTime: string | null }

/** Packets in a window of this capture. */
export function windowSize({ content, packets }: Settings): number {
  const average = content !== null && packets ? content / packets : 200
  return Math.round(Math.min(MOST_PACKETS, Math.max(LEAST_PACKETS, WINDOW_BYTES / average)) / 100) * 100
}

/** @returns `null` for all of it */
export function windowOf(settings: Settings, { from, to, packet }: Place): Window | null {
  const { content, packets, slices } = settings
  if (slices === null) return null
  const size = windowSize(settings)
  const isNumber = (text: string | null) => text === null || /^\d{1,15}$/.test(text)
  if ((from ?? to) !== null) {
    if (!isNumber(from) || !isNumber(to)) return { fromTime: from, toTime: to }
    const first = Math.max(1, Math.min(Number(from ?? 1), packets ?? Number.POSITIVE_INFINITY))
    return { from: first, to: Math.max(first, to === null ? first + size - 1 : Number(to)) }
  }
  if (content === null || content <= MOST_WHOLE) return null
  const first = packet === null ? 1 : Math.floor((Math.max(1, packet) - 1) / size) * size + 1
  return { from: first, to: first + size - 1 }
}

/** Where its bytes are had from. */
export function addressOfBytes({ whole, slices }: Settings, window: Window | null): string {
  if (window === null || slices === null) return whole
  const query = new URLSearchParams()
  const [from, to] = boundsOf(window)
  if (from !== null) query.set('from', from)
  if (to !== null) query.set('to', to)
  return `${slices}?${query}`
}

/** As they stand in addresses. */
export const boundsOf = (window: Window | null): [from: string | null, to: string | null] =>
  window === null
    ? [null, null]
    : 'from' in window
      ? [String(window.from), String(window.to)]
      : [window.fromTime, window.toTime]

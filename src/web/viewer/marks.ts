// SPDX-License-Identifier: GPL-2.0-or-later
/** Packets that somebody marked, in this browser alone. */
import { isNumbers, remember, remembered } from './remembered.ts'

const MOST = 10_000

const nameOf = (capture: string) => `marks.${capture}`

export const marksOf = (capture: string): ReadonlySet<number> => new Set(remembered(nameOf(capture), [], isNumbers))

/** @returns the marks with this one more, or less */
export function withMark(capture: string, marks: ReadonlySet<number>, number: number): ReadonlySet<number> {
  const next = new Set(marks)
  if (!next.delete(number) && next.size < MOST) next.add(number)
  remember(nameOf(capture), [...next])
  return next
}

/** The mark that comes next, going around. */
export function markFrom(marks: ReadonlySet<number>, number: number, direction: 1 | -1): number | null {
  const sorted = [...marks].sort((a, b) => direction * (a - b))
  return sorted.find((one) => direction * (one - number) > 0) ?? sorted[0] ?? null
}

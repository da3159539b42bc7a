// SPDX-License-Identifier: GPL-2.0-or-later
/** Values of fields, out of the tree that the engine makes of a packet: each line has its own as a filter. */
import type { Detail } from './engine.ts'

/** Whether a line is of a field, and has its value. */
export const isOf =
  (field: string) =>
  ({ filter }: Detail): boolean =>
    filter.startsWith(`${field} == `)

/** What the first of these lines, not of those below them, says of a field. */
export const firstOf = (lines: readonly Detail[], field: string): string | undefined =>
  lines.find(isOf(field))?.filter.slice(field.length + 4)

/** What all lines say of a field, those below them, too. */
export const valuesIn = (lines: readonly Detail[], field: string): string[] =>
  lines.flatMap((line) => [
    ...(isOf(field)(line) ? [line.filter.slice(field.length + 4)] : []),
    ...valuesIn(line.children, field),
  ])

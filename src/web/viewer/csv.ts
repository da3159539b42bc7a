// SPDX-License-Identifier: GPL-2.0-or-later
/** Rows as CSV (RFC 4180). */

export type Value = string | number

/** A line, without its end. Numbers stand bare; text that a spreadsheet would take for a formula has an apostrophe before it. */
export const csvLine = (cells: readonly Value[]): string => cells.map(cell).join(',')

/** Titles and lines. */
export const csvOf = (columns: readonly { title: string }[], lines: readonly { values: readonly Value[] }[]): string =>
  [columns.map(({ title }) => title), ...lines.map(({ values }) => values)].map((line) => `${csvLine(line)}\n`).join('')

function cell(value: Value): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value
  return `"${text.replaceAll('"', '""')}"`
}

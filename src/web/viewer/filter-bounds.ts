// SPDX-License-Identifier: GPL-2.0-or-later
/** Which filters are not given to the engine: its parser takes stack for each operator, and ends with it at some hundreds. */

const MOST_OPERATORS = 150
/** Characters. */
const MOST_LENGTH = 20_000

/** @returns why, in words for a person; `null`: it is not too much for the engine */
export function tooMuch(filter: string): string | null {
  if (filter.length > MOST_LENGTH) return `This filter is longer than ${MOST_LENGTH} characters.`
  const bare = filter.replace(/"(?:\\.|[^"\\])*"|\{[^{}]*\}/g, ' ') // what strings and sets hold is no operator
  const operators = bare.match(/&&|\|\||\b(?:and|or|xor|not)\b|[-+*/%&!([]/gi)?.length ?? 0
  return operators > MOST_OPERATORS
    ? `This filter has more than ${MOST_OPERATORS} operators. Values of one field can be given as a set: ip.addr in {192.0.2.1, 192.0.2.2}.`
    : null
}

/** What is shown: results on standard output, everything else on standard error. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal would obey
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text from outside, made harmless for a terminal: control characters become U+FFFD. */
export const harmless = (text: string): string => text.replace(OBEYED, '\ufffd')

/** A result. What goes on into a file or a pipe is left as it is. */
export function print(text: string): void {
  process.stdout.write(`${process.stdout.isTTY ? harmless(text) : text}\n`)
}

/** Anything that is not the result. */
export function tell(text: string): void {
  process.stderr.write(`${harmless(text)}\n`)
}

/** Columns of equal width, without blanks at the ends of lines. Columns named in `right` are set flush right. */
export function columns(rows: string[][], right: ReadonlySet<number> = new Set()): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  const padded = (cell: string, i: number) =>
    right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')
}

/** Lines of a name and a value each; what has no value is left out. */
export function pairs(values: [name: string, value: string | number | null | undefined][]): string {
  const told = values.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return columns(told.map(([name, value]) => [`${name}:`, String(value)]))
}

/** A table of many rows, which scrolls inside itself and says how many rows it left out. */
import type { Child } from 'hono/jsx'
import { PARTS } from '../words/parts.ts'
import { counted } from './numbers.ts'

/** Rows that a page holds at most. */
export const SHOWN = 200

export interface Column<T> {
  title: string
  /** `number`: at the right; `free`: may wrap. */
  kind?: 'number' | 'free'
  cell: (row: T, index: number) => Child
}

interface Props<T> {
  label: string
  rows: readonly T[]
  /** How many there are, with those that are not in `rows`. */
  total: number
  columns: readonly Column<T>[]
  /** What a row is: `interface`. */
  what: string
}

export function Rows<T>({ label, rows, total, columns, what }: Props<T>) {
  const shown = rows.slice(0, SHOWN)
  const left = total - shown.length
  return (
    <>
      <div class="scroll" tabindex={0}>
        <table class="rows" aria-labelledby={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col" class={column.kind}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              <tr>
                {columns.map((column, at) =>
                  at === 0 ? (
                    <th scope="row" class={column.kind}>
                      {column.cell(row, index)}
                    </th>
                  ) : (
                    <td class={column.kind}>{column.cell(row, index)}</td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && <p class="more">{PARTS.shown(shown.length, counted(left, PARTS.more(what)))}</p>}
    </>
  )
}

/** A page of a list that goes on: rows under heads that may sort it, and where the next ones are. */
import type { Child } from 'hono/jsx'

export interface Head<T> {
  title: Child
  /** `number`: at the right; `free`: may wrap. */
  kind?: 'number' | 'free'
  /** Address of the list sorted by it. */
  sort?: string
  /** The list is sorted by it now. */
  sorted?: 'ascending' | 'descending'
  cell: (row: T) => Child
}

/** @param label id of the heading that names it */
export function Table<T>({ label, rows, heads }: { label: string; rows: readonly T[]; heads: readonly Head<T>[] }) {
  return (
    <div class="scroll whole" tabindex={0}>
      <table class="rows" aria-labelledby={label}>
        <thead>
          <tr>
            {heads.map(({ title, kind, sort, sorted }) => (
              <th scope="col" class={kind} aria-sort={sorted}>
                {sort === undefined ? title : <a href={sort}>{title}</a>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {heads.map(({ kind, cell }, at) =>
                at === 0 ? (
                  <th scope="row" class={kind}>
                    {cell(row)}
                  </th>
                ) : (
                  <td class={kind}>{cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Addresses of the first page and of the next one; `null`: this is it, or there is none. */
export interface Pages {
  first: string | null
  next: string | null
}

export function Pager({ first, next, words }: Pages & { words: { first: string; next: string; label: string } }) {
  if (first === null && next === null) return null
  return (
    <nav class="pager" aria-label={words.label}>
      {first !== null && (
        <a class="button" href={first}>
          {words.first}
        </a>
      )}
      {next !== null && (
        <a class="button" href={next} rel="next">
          {words.next}
        </a>
      )}
    </nav>
  )
}

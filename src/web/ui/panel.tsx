/** A titled box on a page. */
import type { Child } from 'hono/jsx'
import { grouped } from './numbers.ts'

interface Props {
  id: string
  title: string
  /** Beside the title: how many there are. */
  count?: number
  /** May be cut between pages in print. */
  long?: boolean
  /** At the right end of the title's line. */
  aside?: Child
  children: Child
}

export function Panel({ id, title, count, long = false, aside, children }: Props) {
  return (
    <section class={long ? 'panel long' : 'panel'} aria-labelledby={id}>
      <header>
        <h2 id={id}>
          {title}
          {count === undefined ? null : <span class="count">{grouped(count)}</span>}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** A grid of many lines, of which one is chosen, by mouse or by keys. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Grid, type Scroller } from './grid.tsx'

export interface GridColumn {
  title: string
  /** Of its least width, and of what it takes of the rest. Pixels. */
  width: number
  /** It stands at the left; numbers stand at the right. */
  isText?: boolean
}

interface Props {
  label: string
  columns: readonly GridColumn[]
  count: number
  /** Cells of a line; `null`: there is none. */
  cells(index: number): readonly ComponentChildren[] | null
  /** -1: none. */
  chosen: number
  choose(index: number): void
  /** It is asked for by two clicks. */
  use(index: number): void
  /** By Enter, too. */
  isEntered?: boolean
  /** What stands over a column, and how its lines are sorted by it. */
  head?(column: number): { children: ComponentChildren; sort: 'ascending' | 'descending' | 'none' }
}

interface Keys extends Pick<Props, 'count' | 'chosen' | 'choose'> {
  /** By Enter. */
  use?: ((index: number) => void) | undefined
  scroller: { current: Scroller | null }
}

/** Keys that choose another line, which is brought into sight. */
export const lineKeys =
  ({ count, chosen, choose, use, scroller }: Keys) =>
  (event: KeyboardEvent) => {
    const page = scroller.current?.page() ?? 1
    const to = {
      ArrowDown: chosen + 1,
      ArrowUp: chosen - 1,
      PageDown: chosen + page,
      PageUp: chosen - page,
      Home: 0,
      End: count - 1,
    }[event.key]
    if (to !== undefined) {
      const bounded = Math.max(0, Math.min(count - 1, to))
      choose(bounded)
      scroller.current?.show(bounded)
    } else if (use && event.key === 'Enter' && chosen >= 0) use(chosen)
    else return
    event.preventDefault()
  }

export function ChosenGrid({ label, columns, count, cells, chosen, choose, use, isEntered = false, head }: Props) {
  const template = columns.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(' ')
  const scroller = useRef<Scroller | null>(null)
  return (
    <Grid
      count={count}
      rowHeight={24}
      headHeight={30}
      scroller={scroller}
      width={`${columns.reduce((sum, { width }) => sum + width, 0)}px`}
      head={
        <div class="row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, height: '30px' }}>
          {columns.map(({ title, isText }, i) => {
            const own = head?.(i)
            return (
              <div key={title} role="columnheader" class={isText ? '' : 'number'} aria-sort={own?.sort}>
                {own ? own.children : title}
              </div>
            )
          })}
        </div>
      }
      row={(index) => {
        const values = cells(index)
        if (values === null) return null
        return (
          <div
            role="row"
            id={index === chosen ? 'chosen-line' : undefined}
            class={index === chosen ? 'row selected' : 'row'}
            aria-rowindex={index + 2}
            aria-selected={index === chosen}
            style={{ gridTemplateColumns: template }}
            onClick={() => choose(index)}
            onDblClick={() => use(index)}
          >
            {values.map((value, i) => (
              <div key={columns[i]?.title} role="gridcell" class={columns[i]?.isText ? '' : 'number'}>
                {value}
              </div>
            ))}
          </div>
        )
      }}
      attributes={{
        role: 'grid',
        'aria-label': label,
        'aria-rowcount': count + 1,
        'aria-activedescendant': chosen >= 0 ? 'chosen-line' : undefined,
        tabIndex: 0,
        onKeyDown: lineKeys({ count, chosen, choose, use: isEntered ? use : undefined, scroller }),
      }}
    />
  )
}

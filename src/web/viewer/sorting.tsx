// SPDX-License-Identifier: GPL-2.0-or-later
/** Lines of a grid in the order that its heads ask for. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { GridColumn } from './chosen-grid.tsx'
import type { Value } from './csv.ts'

interface Sorted<T> {
  sorted: readonly T[]
  head(column: number): { children: ComponentChildren; sort: 'ascending' | 'descending' | 'none' }
}

/** As they come until a head is clicked, and again where there are other columns. */
export function useSorting<T extends { values: readonly Value[] }>(
  lines: readonly T[],
  columns: readonly GridColumn[],
): Sorted<T> {
  const [sort, setSort] = useState<{ by: number; up: boolean } | null>(null)
  useEffect(() => setSort(null), [columns])
  const sorted = useMemo(() => {
    if (sort === null) return lines
    const way = sort.up ? 1 : -1
    return lines.toSorted((a, b) => {
      const [one, other] = [a.values[sort.by] ?? '', b.values[sort.by] ?? '']
      if (typeof one === 'number' && typeof other === 'number') return way * (one - other)
      return way * String(one).localeCompare(String(other), 'en', { numeric: true })
    })
  }, [lines, sort])
  return {
    sorted,
    head: (i) => ({
      children: (
        <button
          type="button"
          onClick={() => setSort({ by: i, up: sort?.by === i ? !sort.up : Boolean(columns[i]?.isText) })}
        >
          {columns[i]?.title}
          {sort?.by === i ? (sort.up ? ' ↑' : ' ↓') : ''}
        </button>
      ),
      sort: sort?.by === i ? (sort.up ? 'ascending' : 'descending') : 'none',
    }),
  }
}

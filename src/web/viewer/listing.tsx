// SPDX-License-Identifier: GPL-2.0-or-later
/** A table of what was found, each column a figure of it: sorted by its heads, kept as CSV. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ChosenGrid, type GridColumn } from './chosen-grid.tsx'
import { csvOf, type Value } from './csv.ts'
import { save } from './saving.ts'
import { useSorting } from './sorting.tsx'

export interface Figure<T> extends GridColumn {
  of(one: T): Value
  /** Numbers are grouped where it says nothing else. */
  shown?(value: number): string
}

interface Props<T> {
  label: string
  figures: readonly Figure<T>[]
  all: readonly T[]
  /** Of its file. */
  name: string
  /** Said in the place of the table; `null`: there is one, though it may be empty. */
  none: string | null
  /** What can be done with a line; the first by Enter and two clicks, too. */
  deeds: readonly { label: string; act(one: T): void }[]
  /** Before the buttons. */
  children: ComponentChildren
}

export function Listing<T>({ label, figures, all, name, none, deeds, children }: Props<T>) {
  const [chosen, setChosen] = useState<T | null>(null)
  useEffect(() => setChosen(null), [figures])
  const lines = useMemo(() => all.map((one) => ({ one, values: figures.map(({ of }) => of(one)) })), [all, figures])
  const { sorted, head } = useSorting(lines, figures)
  const shown = (value: Value, i: number) =>
    typeof value === 'string' ? value : (figures[i]?.shown?.(value) ?? value.toLocaleString('en'))
  return (
    <>
      <div class="tools">
        {children}
        <span class="fill" />
        {deeds.map((deed) => (
          <button
            type="button"
            key={deed.label}
            class="quiet"
            disabled={chosen === null}
            onClick={() => chosen !== null && deed.act(chosen)}
          >
            {deed.label}
          </button>
        ))}
        <button
          type="button"
          class="quiet"
          disabled={all.length === 0}
          onClick={() => save(`${name}.csv`, [csvOf(figures, sorted)])}
        >
          Save CSV
        </button>
      </div>
      {none !== null ? (
        <p class="waiting">{none}</p>
      ) : (
        <ChosenGrid
          label={label}
          columns={figures}
          count={sorted.length}
          cells={(index) => sorted[index]?.values.map(shown) ?? null}
          chosen={sorted.findIndex(({ one }) => one === chosen)}
          choose={(index) => setChosen(sorted[index]?.one ?? null)}
          use={(index) => sorted[index] && deeds[0]?.act(sorted[index].one)}
          isEntered
          head={head}
        />
      )}
    </>
  )
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** The list of packets, with its columns: chosen, moved, resized; in Wireshark's row colours; with marks and notes. */
import { useEffect, useRef } from 'preact/hooks'
import { lineKeys } from './chosen-grid.tsx'
import { coloursOf } from './colours.ts'
import type { ListColumn } from './columns.ts'
import { Grid, type Scroller } from './grid.tsx'
import type { Session } from './session.ts'

const ROW = 22
const HEAD = 28

interface Props {
  session: Session
  /** Numbers of packets that are marked. */
  marks: ReadonlySet<number>
  notes: ReadonlyMap<number, string>
  onMenu(event: MouseEvent, element: Element): void
  onHeadMenu(event: MouseEvent, column: ListColumn, element: Element): void
}

export function PacketList({ session, marks, notes, onMenu, onHeadMenu }: Props) {
  const scroller = useRef<Scroller | null>(null)
  const columns = session.columns.list()
  const template = columns
    .map(({ width }, i) => (i === columns.length - 1 ? `minmax(${width}px, 1fr)` : `${width}px`))
    .join(' ')
  const width = `${columns.reduce((sum, column) => sum + column.width, 0)}px`
  const { selected } = session

  useEffect(() => {
    if (selected !== null) scroller.current?.show(selected)
  }, [selected])

  const choose = lineKeys({
    count: session.matched,
    chosen: selected ?? -1,
    choose: (index) => void session.select(index),
    scroller,
  })
  const keys = (event: KeyboardEvent) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey) choose(event)
  }

  const resize = (column: ListColumn, from: number) => (event: PointerEvent) => {
    event.preventDefault()
    event.stopPropagation()
    const handle = event.currentTarget as HTMLElement
    const start = event.clientX
    handle.setPointerCapture(event.pointerId)
    handle.onpointermove = (moved) => {
      const wide = Math.max(32, Math.min(3000, from + moved.clientX - start))
      void session.setColumns(session.columns.with({ widths: { ...session.columns.widths, [column.id]: wide } }))
    }
    handle.onpointerup = () => {
      handle.onpointermove = null
    }
  }

  const head = (
    <div class="row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, height: `${HEAD}px` }}>
      {columns.map(({ column, width: wide }, i) => (
        <div
          key={column.id}
          role="columnheader"
          tabIndex={-1}
          class={column.isNumber ? 'number' : ''}
          draggable
          onDragStart={(event) => event.dataTransfer?.setData('text/x-column', column.id)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            const id = event.dataTransfer?.getData('text/x-column')
            if (!id || !session.columns.shown.includes(id)) return
            event.preventDefault()
            const others = session.columns.shown.filter((one) => one !== id)
            void session.setColumns(session.columns.with({ shown: others.toSpliced(i, 0, id) }))
          }}
          onContextMenu={(event) => {
            event.preventDefault()
            event.stopPropagation()
            onHeadMenu(event, column, event.currentTarget)
          }}
        >
          {column.title}
          <span class="handle" aria-hidden="true" onPointerDown={resize(column, wide)} />
        </div>
      ))}
    </div>
  )

  const draw = (index: number) => {
    const row = session.row(index)
    const isSelected = index === selected
    if (row === undefined)
      return (
        <div role="row" class="row empty" aria-rowindex={index + 2} style={{ gridTemplateColumns: template }}>
          {columns.map(({ column }) => (
            <div role="gridcell" key={column.id}>
              {column.id === 'number' ? '…' : ''}
            </div>
          ))}
        </div>
      )
    const number = session.numberOf(row)
    const isMarked = marks.has(number)
    const colours = row.colours === null || isMarked ? null : coloursOf(row.colours)
    const note = notes.get(session.notedNumberOf(row))
    return (
      <div
        id={isSelected ? 'selected-packet' : undefined}
        role="row"
        class={`row${isSelected ? ' selected' : ''}${isMarked ? ' marked' : ''}`}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        title={note}
        style={{ gridTemplateColumns: template, '--ground': colours?.ground ?? '', '--letters': colours?.ink ?? '' }}
        onClick={() => void session.select(index)}
        onContextMenu={(event) => {
          event.preventDefault()
          const element = event.currentTarget
          void session.select(index).then(() => onMenu(event, element)) // what it offers is what the packet has
        }}
      >
        {columns.map(({ column, at }) => (
          <div role="gridcell" key={column.id} class={column.isNumber ? 'number' : ''}>
            {column.id === 'number' ? (
              <>
                {note !== undefined && (
                  <span class="pin" role="img" aria-label="has a note">
                    ●
                  </span>
                )}
                {row.isCommented && (
                  <span class="pin" role="img" aria-label="has a comment in the file">
                    ◆
                  </span>
                )}
                {number}
              </>
            ) : (
              row.cells[at]
            )}
          </div>
        ))}
      </div>
    )
  }

  return (
    <Grid
      count={session.matched}
      rowHeight={ROW}
      row={draw}
      head={head}
      headHeight={HEAD}
      width={width}
      scroller={scroller}
      attributes={{
        id: 'packets',
        role: 'grid',
        'aria-label': 'Packets',
        'aria-rowcount': session.matched + 1,
        'aria-colcount': columns.length,
        'aria-activedescendant': selected === null ? undefined : 'selected-packet',
        tabIndex: 0,
        onKeyDown: keys,
        onContextMenu: (event: MouseEvent) => {
          const row = document.getElementById('selected-packet')
          if (event.target !== event.currentTarget || !row) return
          event.preventDefault()
          onMenu(event, row)
        },
      }}
    />
  )
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** A ladder diagram: a column for each address, an arrow for each packet, of which only those in sight exist; a table to who hears it. */
import { useMemo, useRef } from 'preact/hooks'
import { lineKeys } from './chosen-grid.tsx'
import { coloursOf } from './colours.ts'
import { type Arrow, addressesOf, stepOf } from './flow.ts'
import { Grid, type Scroller } from './grid.tsx'

/** Pixels. */
const ROW = 38
const HEAD = 30

interface Props {
  label: string
  arrows: readonly Arrow[]
  /** -1: none. */
  chosen: number
  choose(index: number): void
  /** It is clicked on. */
  show(index: number): void
  /** It is asked for by Enter, or two clicks. */
  use(index: number): void
}

export function Ladder({ label, arrows, chosen, choose, show, use }: Props) {
  const scroller = useRef<Scroller | null>(null)
  const addresses = useMemo(() => addressesOf(arrows), [arrows])
  const places = useMemo(() => new Map(addresses.map((address, i) => [address, i])), [addresses])
  const step = stepOf(addresses)
  const wide = addresses.length * step
  const timeWide = useMemo(() => Math.max(92, 16 + 8 * Math.max(...arrows.map(({ time }) => time.length))), [arrows])
  const template = `${timeWide}px ${wide}px minmax(300px, 1fr)`

  const draw = (index: number) => {
    const arrow = arrows[index]
    if (arrow === undefined) return null
    const { time, from, to, fromPort, toPort, comment } = arrow
    const start = places.get(from) ?? 0
    const end = from === to ? start + 1 : (places.get(to) ?? 0)
    const way = start < end ? 'right' : 'left'
    const isChosen = index === chosen
    const colours = arrow.colours === null ? null : coloursOf(arrow.colours)
    const ends = (address: string, port: string) => (port === '' ? address : `${address} port ${port}`)
    return (
      <div
        role="row"
        id={isChosen ? 'chosen-line' : undefined}
        class={isChosen ? 'row selected' : 'row'}
        aria-rowindex={index + 2}
        aria-selected={isChosen}
        title={`Packet ${arrow.number}`}
        style={{ gridTemplateColumns: template, '--ground': colours?.ground ?? '', '--letters': colours?.ink ?? '' }}
        onClick={() => {
          choose(index)
          show(index)
        }}
        onDblClick={() => use(index)}
      >
        <div role="gridcell" class="at">
          {time}
        </div>
        <div role="gridcell" class="lifelines" style={{ '--step': `${step}px` }}>
          <span class="hidden">
            {ends(from, fromPort)} to {ends(to, toPort)}: {arrow.label}
          </span>
          <div
            class={`arrow ${way}`}
            aria-hidden="true"
            style={{ left: `${(Math.min(start, end) + 0.5) * step}px`, width: `${Math.abs(end - start) * step}px` }}
          >
            <span class="what">{arrow.label}</span>
            <span class="port before">{way === 'right' ? fromPort : toPort}</span>
            <span class="port after">{way === 'right' ? toPort : fromPort}</span>
          </div>
        </div>
        <div role="gridcell">{comment}</div>
      </div>
    )
  }
  return (
    <Grid
      count={arrows.length}
      rowHeight={ROW}
      headHeight={HEAD}
      width={`${timeWide + wide + 300}px`}
      scroller={scroller}
      head={
        <div
          class="row head"
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template, height: `${HEAD}px` }}
        >
          <div role="columnheader" class="at">
            Time
          </div>
          <div role="columnheader" class="addresses" style={{ '--step': `${step}px` }}>
            {addresses.map((address) => (
              <span key={address} title={address}>
                {address}
              </span>
            ))}
          </div>
          <div role="columnheader">Comment</div>
        </div>
      }
      row={draw}
      attributes={{
        class: 'grid ladder',
        role: 'grid',
        'aria-label': label,
        'aria-rowcount': arrows.length + 1,
        'aria-activedescendant': chosen >= 0 ? 'chosen-line' : undefined,
        tabIndex: 0,
        onKeyDown: lineKeys({ count: arrows.length, chosen, choose, use, scroller }),
      }}
    />
  )
}

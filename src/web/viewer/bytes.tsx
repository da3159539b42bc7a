// SPDX-License-Identifier: GPL-2.0-or-later
/** The bytes of a packet, sixteen a line, with those of the chosen line of the tree lit up, and the other way round. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Detail, Packet } from './engine.ts'
import { Grid, type Scroller } from './grid.tsx'
import { letterOf } from './saving.ts'

const LINE = 19
const WIDE = 16

interface Props {
  packet: Packet
  chosen: Detail | null
  choose(detail: Detail): void
  onMenu(event: MouseEvent, element: Element): void
}

/** The narrowest line of the tree that stands for a byte. */
function detailAt(details: Detail[], source: number, at: number): Detail | null {
  let best: Detail | null = null
  for (const detail of details) {
    const isIn =
      detail.source === source && detail.length > 0 && detail.start <= at && at < detail.start + detail.length
    const inner = detailAt(detail.children, source, at)
    for (const one of [isIn ? detail : null, inner])
      if (one !== null && (best === null || one.length <= best.length)) best = one
  }
  return best
}

export function Bytes({ packet, chosen, choose, onMenu }: Props) {
  const [shown, setShown] = useState(0)
  const scroller = useRef<Scroller | null>(null)
  const cursor = useRef(0)
  const wanted = chosen !== null && chosen.length > 0 && packet.sources[chosen.source] ? chosen.source : null
  const source = Math.min(shown, packet.sources.length - 1)

  useEffect(() => {
    if (wanted !== null) setShown(wanted)
  }, [wanted, chosen])
  const [from, to] =
    chosen !== null && chosen.length > 0 && chosen.source === source
      ? [chosen.start, chosen.start + chosen.length]
      : [-1, -1]
  useEffect(() => {
    if (from >= 0) {
      cursor.current = from
      scroller.current?.show(Math.floor(from / WIDE))
    }
  }, [from])

  const bytes = packet.sources[source]?.bytes ?? new Uint8Array(0)
  const choosing = (at: number) => {
    cursor.current = at
    const found = detailAt(packet.details, source, at)
    if (found !== null) choose(found)
  }
  const clicked = (event: MouseEvent) => {
    const at = (event.target as HTMLElement).dataset.at
    if (at !== undefined) choosing(Number(at))
  }
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -WIDE,
      ArrowDown: WIDE,
      PageUp: -WIDE * 8,
      PageDown: WIDE * 8,
    }[event.key]
    const to =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? bytes.length - 1
          : step === undefined
            ? undefined
            : cursor.current + step
    if (to === undefined || to < 0 || to >= bytes.length) return
    event.preventDefault()
    choosing(to)
    scroller.current?.show(Math.floor(to / WIDE))
  }
  const line = (index: number) => {
    const start = index * WIDE
    const hex = []
    const letters = []
    for (let i = start; i < start + WIDE; i++) {
      const byte = bytes[i]
      const lit = i >= from && i < to ? 'lit' : undefined
      if (i === start + 8) hex.push(<span key="gap"> </span>)
      hex.push(
        <span key={i} class={lit} data-at={byte === undefined ? undefined : i}>
          {byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')}
        </span>,
      )
      if (byte !== undefined)
        letters.push(
          <span key={i} class={lit} data-at={i}>
            {letterOf(byte)}
          </span>,
        )
    }
    return (
      <div class="bytes-line">
        <span class="offset">{start.toString(16).padStart(4, '0')}</span>
        <span class="hex">{hex}</span>
        <span class="letters">{letters}</span>
      </div>
    )
  }
  return (
    <div class="pane bytes">
      <Grid
        key={`${packet.number} ${source}`}
        count={Math.ceil(bytes.length / WIDE)}
        rowHeight={LINE}
        row={line}
        scroller={scroller}
        attributes={{
          id: 'bytes',
          role: 'region',
          'aria-label': `Packet bytes: ${packet.sources[source]?.name ?? 'none'}${from < 0 ? '' : `; bytes ${from} to ${to - 1} are lit`}`,
          tabIndex: 0,
          onClick: clicked,
          onKeyDown: keys,
          onContextMenu: (event: MouseEvent) => {
            event.preventDefault()
            onMenu(event, event.currentTarget as Element)
          },
        }}
      />
      {packet.sources.length > 1 && (
        <div class="sources" role="tablist" aria-label="Bytes">
          {packet.sources.map(({ name }, i) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={i === source}
              aria-controls="bytes"
              onClick={() => setShown(i)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

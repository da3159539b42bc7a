// SPDX-License-Identifier: GPL-2.0-or-later
/** Rows of one height, any number of them, of which only those in sight exist. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Browsers make no element taller than some 16 to 33 million pixels; above this the scroll bar stands for rows in proportion. */
const MOST_HEIGHT = 8_000_000

export interface Scroller {
  /** Bring a row into sight, with as little movement as that takes. */
  show(index: number): void
  /** Rows that fit. */
  page(): number
}

interface Props {
  count: number
  rowHeight: number
  /** Draws one; it lies in a box of the row's height. */
  row(index: number): ComponentChildren
  /** Above the rows, scrolled sideways with them. */
  head?: ComponentChildren
  headHeight?: number
  /** Widest row, as CSS has it. */
  width?: string
  scroller?: { current: Scroller | null }
  /** For what holds them all. */
  attributes: Record<string, unknown>
}

export function Grid({ count, rowHeight, row, head, headHeight = 0, width, scroller, attributes }: Props) {
  const outer = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(0)
  /** First row in sight, with its part that is not. */
  const [top, setTop] = useState(0)
  const self = useRef({ top: 0, isOurs: false, frame: 0 })

  const whole = count * rowHeight
  const isScaled = whole > MOST_HEIGHT
  const tall = isScaled ? MOST_HEIGHT : whole
  const fit = Math.max(1, (height - headHeight) / rowHeight)
  const last = Math.max(0, count - fit)

  const move = (to: number) => {
    const bounded = Math.min(Math.max(0, to), last)
    self.current.top = bounded
    if (outer.current) {
      const range = tall - (height - headHeight)
      const wanted = isScaled ? (last === 0 ? 0 : (bounded / last) * range) : bounded * rowHeight
      if (Math.abs(outer.current.scrollTop - wanted) >= 1) {
        self.current.isOurs = true
        outer.current.scrollTop = wanted
      }
    }
    setTop(bounded)
  }

  useLayoutEffect(() => {
    const element = outer.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    setHeight(element.clientHeight)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (self.current.top > last) move(last)
  })

  if (scroller)
    scroller.current = {
      page: () => Math.max(1, Math.floor(fit)),
      show: (index) => {
        const now = self.current.top
        if (index < now) move(index)
        else if (index + 1 > now + fit) move(index + 1 - fit)
      },
    }

  const scrolled = () => {
    const element = outer.current
    if (!element) return
    if (self.current.isOurs) {
      self.current.isOurs = false
      return
    }
    const range = tall - (height - headHeight)
    self.current.top = isScaled ? (range <= 0 ? 0 : (element.scrollTop / range) * last) : element.scrollTop / rowHeight
    cancelAnimationFrame(self.current.frame)
    self.current.frame = requestAnimationFrame(() => setTop(self.current.top))
  }

  useEffect(() => {
    const element = outer.current
    if (!element || !isScaled) return
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.shiftKey || event.deltaY === 0) return
      event.preventDefault()
      const rows =
        event.deltaMode === 1 ? event.deltaY : event.deltaMode === 2 ? event.deltaY * fit : event.deltaY / rowHeight
      move(self.current.top + rows)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  })

  const first = Math.floor(Math.min(top, last))
  const shown = Math.min(count - first, Math.ceil(fit) + 1)
  const rows = []
  const pool = Math.ceil(fit) + 1
  for (let i = 0; i < shown; i++)
    rows.push(
      <div
        key={(first + i) % pool}
        class="slot"
        style={{ transform: `translateY(${i * rowHeight}px)`, height: `${rowHeight}px` }}
      >
        {row(first + i)}
      </div>,
    )
  const part = (Math.min(top, last) - first) * rowHeight
  return (
    <div class="grid" ref={outer} onScroll={scrolled} {...attributes}>
      <div class="grid-whole" style={{ height: `${tall + headHeight}px`, minWidth: width }}>
        {head}
        <div
          class="grid-sight"
          role="presentation"
          style={{ height: `${Math.max(0, Math.min(height - headHeight, tall))}px`, top: `${headHeight}px` }}
        >
          <div class="grid-rows" role="presentation" style={{ transform: `translateY(${-part}px)` }}>
            {rows}
          </div>
        </div>
      </div>
    </div>
  )
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** Three panes with splitters between them, whose places are remembered. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isNumbers, remember, remembered } from './remembered.ts'

const INITIAL = [0.5, 0.55]
const LEAST = 0.12

interface Props {
  list: ComponentChildren
  details: ComponentChildren
  bytes: ComponentChildren
}

export function Panes({ list, details, bytes }: Props) {
  const [shares, setShares] = useState(() => {
    const [a, b] = remembered('panes', INITIAL, isNumbers)
    return [a ?? 0.5, b ?? 0.55].map(bounded)
  })
  const self = useRef<HTMLDivElement>(null)
  const put = (which: 0 | 1, share: number) => {
    const next = shares.with(which, bounded(share))
    setShares(next)
    remember('panes', next)
  }
  const [above = 0.5, left = 0.55] = shares
  return (
    <div
      class="panes"
      ref={self}
      style={{
        '--above': `${above}fr`,
        '--below': `${1 - above}fr`,
        '--left': `${left}fr`,
        '--right': `${1 - left}fr`,
      }}
    >
      {list}
      <Splitter
        label="Height of the packet list"
        share={above}
        isVertical={false}
        within={self}
        put={(share) => put(0, share)}
      />
      <div class="lower">
        {details}
        <Splitter label="Width of the details" share={left} isVertical within={self} put={(share) => put(1, share)} />
        {bytes}
      </div>
    </div>
  )
}

const bounded = (share: number) => Math.min(1 - LEAST, Math.max(LEAST, share))

interface SplitterProps {
  label: string
  share: number
  /** The line stands upright. */
  isVertical: boolean
  within: { current: HTMLElement | null }
  put(share: number): void
}

function Splitter({ label, share, isVertical, within, put }: SplitterProps) {
  const drag = (event: PointerEvent) => {
    const line = event.currentTarget as HTMLElement
    if (event.type === 'pointerdown') line.setPointerCapture(event.pointerId)
    if (!line.hasPointerCapture(event.pointerId)) return
    const box = within.current?.getBoundingClientRect()
    if (box) put(isVertical ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height)
  }
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -0.02, ArrowUp: -0.02, ArrowRight: 0.02, ArrowDown: 0.02 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    put(share + step)
  }
  return (
    <div
      class={isVertical ? 'splitter upright' : 'splitter'}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={isVertical ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={LEAST * 100}
      aria-valuemax={100 - LEAST * 100}
      onPointerDown={drag}
      onPointerMove={drag}
      onKeyDown={keys}
    />
  )
}

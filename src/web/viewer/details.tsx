// SPDX-License-Identifier: GPL-2.0-or-later
/** What the engine makes of one packet, as a tree. Which protocols are open stays so from packet to packet. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Detail, Packet } from './engine.ts'

export interface Line {
  detail: Detail
  level: number
  /** Tells it from its neighbours, and alike lines of other packets apart from it not. */
  key: string
  isOpen: boolean
}

interface Props {
  packet: Packet
  /** Its numbers are those of what is open, not the capture's. */
  isPart: boolean
  chosen: Detail | null
  choose(detail: Detail | null): void
  goTo(number: number): void
  onMenu(event: MouseEvent, detail: Detail, element: Element): void
}

/** The field that a line is of, by the beginning of its filter. */
export const fieldOf = ({ filter }: Detail): string => /^([a-z0-9_.-]+)(?: [=!]=|$)/i.exec(filter)?.[1] ?? ''

const opened = new Set<string>()

/** Lines with what they are remembered by, from packet to packet: names, counted where there are several of one. */
function* keyed(details: Detail[], path: string): Generator<{ detail: Detail; key: string }> {
  const seen = new Map<string, number>()
  for (const detail of details) {
    const name = fieldOf(detail) || detail.label.replace(/[\d:. ].*$/, '')
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    yield { detail, key: `${path}/${name}${count === 0 ? '' : `#${count}`}` }
  }
}

/** Lines that are in sight when all that is open is. */
function linesOf(details: Detail[], level: number, path: string, lines: Line[]): Line[] {
  for (const { detail, key } of keyed(details, path)) {
    const isOpen = detail.children.length > 0 && opened.has(key)
    lines.push({ detail, level, key, isOpen })
    if (isOpen) linesOf(detail.children, level + 1, key, lines)
  }
  return lines
}

/** Opens all that lies above a line. */
function openTo(details: Detail[], wanted: Detail, path: string): boolean {
  for (const { detail, key } of keyed(details, path)) {
    if (detail === wanted) return true
    if (openTo(detail.children, wanted, key)) {
      opened.add(key)
      return true
    }
  }
  return false
}

export function Details({ packet, isPart, chosen, choose, goTo, onMenu }: Props) {
  const [turn, setTurn] = useState(0)
  const tree = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => {
    if (chosen !== null) openTo(packet.details, chosen, '')
    return linesOf(packet.details, 1, '', [])
  }, [packet, turn, chosen])
  const at = lines.findIndex(({ detail }) => detail === chosen)

  useEffect(() => {
    if (at >= 0) tree.current?.children[at]?.scrollIntoView({ block: 'nearest' })
  }, [at, packet])

  const open = (key: string, isOpen: boolean) => {
    if (isOpen) opened.add(key)
    else opened.delete(key)
    setTurn(turn + 1)
  }
  const openAll = (isOpen: boolean) => {
    if (!isOpen) opened.clear()
    const all = (details: Detail[]) => {
      for (const line of linesOf(details, 1, '', [])) if (line.detail.children.length > 0) opened.add(line.key)
    }
    if (isOpen)
      for (let before = -1; before !== opened.size; ) {
        before = opened.size
        all(packet.details)
      }
    setTurn(turn + 1)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return
    const line = lines[at]
    if (event.ctrlKey) {
      if (event.key === 'ArrowRight') openAll(true)
      else if (event.key === 'ArrowLeft') openAll(false)
      else return
      return event.preventDefault()
    }
    const move = (to: number) => choose(lines[Math.max(0, Math.min(lines.length - 1, to))]?.detail ?? null)
    if (event.key === 'ArrowDown') move(at + 1)
    else if (event.key === 'ArrowUp') move(at < 0 ? 0 : at - 1)
    else if (event.key === 'Home') move(0)
    else if (event.key === 'End') move(lines.length - 1)
    else if (event.key === 'PageDown') move(at + 12)
    else if (event.key === 'PageUp') move(at - 12)
    else if (event.key === 'ArrowRight' && line) {
      if (line.detail.children.length > 0 && !line.isOpen) open(line.key, true)
      else if (line.isOpen) move(at + 1)
    } else if (event.key === 'ArrowLeft' && line) {
      if (line.isOpen) open(line.key, false)
      else move(lines.findLastIndex(({ level }, i) => i < at && level < line.level))
    } else if (event.key === 'Enter' && line) {
      if (line.detail.packet !== null) goTo(line.detail.packet)
      else open(line.key, !line.isOpen)
    } else return
    event.preventDefault()
  }
  return (
    <div
      class="pane tree"
      id="details"
      role="tree"
      aria-label="Packet details"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? 'chosen-detail' : undefined}
      ref={tree}
      onKeyDown={keys}
    >
      {lines.map(({ detail, level, key, isOpen }, i) => (
        <div
          key={key}
          id={i === at ? 'chosen-detail' : undefined}
          role="treeitem"
          aria-level={level}
          aria-expanded={detail.children.length === 0 ? undefined : isOpen}
          aria-selected={i === at}
          class={`line level-${Math.min(level, 12)}${level === 1 ? ' layer' : ''}${detail.severity === '' ? '' : ` ${detail.severity.toLowerCase()}`}`}
          onClick={() => choose(detail)}
          onDblClick={() => (detail.packet === null ? open(key, !isOpen) : goTo(detail.packet))}
          onContextMenu={(event) => {
            event.preventDefault()
            choose(detail)
            onMenu(event, detail, event.currentTarget)
          }}
        >
          <span
            class={detail.children.length === 0 ? 'twist none' : isOpen ? 'twist open' : 'twist'}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation()
              choose(detail)
              open(key, !isOpen)
            }}
          />
          <span class="label">{detail.label}</span>
          {isPart && isOwnNumber(detail) && <span class="own"> in this window</span>}
        </div>
      ))}
    </div>
  )
}

/** It holds a number that the engine gave: of a packet, or of a stream, in what is open. */
const isOwnNumber = (detail: Detail) =>
  detail.packet !== null || /^(frame\.number|[a-z0-9_]+\.stream|frame) ==|^frame$/.test(detail.filter)

// SPDX-License-Identifier: GPL-2.0-or-later
/** A menu at a place: of a row, of a line, of a button. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

export type Item = { label: string; keys?: string; isOff?: boolean; isChecked?: boolean; act(): void } | '-'

export interface MenuAt {
  x: number
  y: number
  label: string
  items: Item[]
}

/** Where a menu belongs for this event, by mouse or by key. */
export function placeOfMenu(event: MouseEvent, element: Element): { x: number; y: number } {
  if (event.clientX > 0 || event.clientY > 0) return { x: event.clientX, y: event.clientY }
  const box = element.getBoundingClientRect()
  return { x: box.left + 24, y: box.bottom }
}

export function Menu({ at, close }: { at: MenuAt; close(): void }) {
  const list = useRef<HTMLDivElement>(null)
  const before = useRef(document.activeElement)

  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const { width, height } = element.getBoundingClientRect()
    element.style.left = `${Math.max(4, Math.min(at.x, innerWidth - width - 4))}px`
    element.style.top = `${Math.max(4, Math.min(at.y, innerHeight - height - 4))}px`
    element.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
  }, [at])
  useEffect(() => {
    const outside = (event: Event) => {
      if (event.type !== 'pointerdown' || !list.current?.contains(event.target as Node)) close()
    }
    addEventListener('pointerdown', outside, true)
    addEventListener('blur', outside)
    addEventListener('resize', outside)
    return () => {
      removeEventListener('pointerdown', outside, true)
      removeEventListener('blur', outside)
      removeEventListener('resize', outside)
    }
  }, [close])

  const leave = () => {
    close()
    if (before.current instanceof HTMLElement) before.current.focus()
  }
  const keys = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? [])]
    const now = buttons.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: buttons.length - 1 }[event.key]
    if (to !== undefined) buttons.at(to % buttons.length)?.focus()
    else if (event.key === 'Escape' || event.key === 'Tab') leave()
    else if (event.key.length === 1) {
      const from = [...buttons.slice(now + 1), ...buttons.slice(0, now + 1)]
      from.find((one) => one.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div class="menu" role="menu" aria-label={at.label} ref={list} onKeyDown={keys}>
      {at.items.map((item, i) =>
        item === '-' ? (
          <div class="rule" role="separator" key={i} />
        ) : (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is one that can be checked where it is checked or not
          <button
            key={i}
            type="button"
            role={item.isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={item.isChecked}
            disabled={item.isOff}
            tabIndex={-1}
            onClick={() => {
              leave()
              item.act()
            }}
          >
            <span>{item.label}</span>
            {item.keys && <kbd>{item.keys}</kbd>}
          </button>
        ),
      )}
    </div>
  )
}

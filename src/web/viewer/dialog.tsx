// SPDX-License-Identifier: GPL-2.0-or-later
/** A dialog over the page: shown as long as it is there, closed by Escape, by its button, or by what it does. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  title: string
  close(): void
  isWide?: boolean
  children: ComponentChildren
}

export function Dialog({ title, close, isWide = false, children }: Props) {
  const self = useRef<HTMLDialogElement>(null)
  useFocusBack(() => self.current?.showModal())
  return (
    <dialog ref={self} class={isWide ? 'wide-dialog' : ''} aria-label={title} onClose={close}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label={`Close: ${title}`} onClick={() => self.current?.close()}>
          ✕
        </button>
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}

/** Focus what was made, and, when it is gone, what had the focus before. */
export const useFocus = (element: { current: HTMLElement | null }) => useFocusBack(() => element.current?.focus())

/** Take the focus, once; it goes back to what had it before when what took it is gone. */
function useFocusBack(take: () => void): void {
  useLayoutEffect(() => {
    const before = document.activeElement
    take()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
}

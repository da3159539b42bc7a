/** A dialog, closed until an island opens it; closed again by its button, or Escape. */
import type { Child } from 'hono/jsx'

export function Dialog({ id, title, close, children }: { id: string; title: string; close: string; children: Child }) {
  return (
    <dialog class="dialog" id={id} aria-labelledby={`${id}-title`}>
      <form method="dialog">
        <header>
          <h2 id={`${id}-title`}>{title}</h2>
          <button type="submit" class="button small">
            {close}
          </button>
        </header>
        {children}
      </form>
    </dialog>
  )
}

/** What has just been done, and how to undo it: at the foot of the window, read out by screen readers. */
import type { Child } from 'hono/jsx'

/** There on each page that may say something, also while it says nothing: what is put into it later is read out. */
export function Toast({ id, children }: { id: string; children?: Child }) {
  return (
    <div class="toast" id={id} role="status">
      {children}
    </div>
  )
}

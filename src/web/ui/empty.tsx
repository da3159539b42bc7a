/** What stands where there is nothing yet: why, and the one step that changes it. */
import type { Child } from 'hono/jsx'

export function Empty({ title, text, children }: { title: string; text?: string; children?: Child }) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {text && <p class="prose soft">{text}</p>}
      {children}
    </div>
  )
}

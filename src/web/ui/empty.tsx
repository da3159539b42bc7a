/** What stands where there is nothing yet: why, and the one step that changes it. */
import type { Child } from 'hono/jsx'

export function Empty({ title, children }: { title: string; children: Child }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

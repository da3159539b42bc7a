/** What stands where there is nothing yet: what would stand there, and how it comes to. */
import type { Child } from 'hono/jsx'

export function Empty({ title, text, children }: { title: string; text: string; children?: Child }) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      <p class="prose soft">{text}</p>
      {children}
    </div>
  )
}

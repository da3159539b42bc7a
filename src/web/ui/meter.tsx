/** How much of what one may have is used. */
import type { Child } from 'hono/jsx'

/** @param label whose it is, for those who hear it @param text the same in figures, beside it */
export function Meter({ used, limit, label, text }: { used: number; limit: number; label: string; text: Child }) {
  const isFull = used >= limit
  return (
    <span class="meter">
      <progress class={isFull ? 'full' : undefined} value={Math.min(used, limit)} max={limit} aria-label={label} />
      <span>{text}</span>
    </span>
  )
}

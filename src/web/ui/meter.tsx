/** How much of a limit is in use: a bar with its numbers beside it. */
import type { Child } from 'hono/jsx'

interface Props {
  id: string
  label: string
  value: number
  max: number
  /** The same in words: `310 of 10,000`. */
  children: Child
}

export function Meter({ id, label, value, max, children }: Props) {
  const share = max > 0 ? value / max : 1
  return (
    <div class="meter">
      <div>
        <label for={id}>{label}</label>
        <span>{children}</span>
      </div>
      <meter
        id={id}
        class={share >= 1 ? 'full' : share >= 0.9 ? 'near' : undefined}
        min="0"
        max={max || 1}
        value={Math.min(value, max || 1)}
      >
        {Math.round(share * 100)} %
      </meter>
    </div>
  )
}

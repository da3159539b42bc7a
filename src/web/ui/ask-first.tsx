/** A button that says what it is about to do before it does it: opens without a script, and is closed by pressing it again. */
import type { Child } from 'hono/jsx'

/** @param name for those who hear it, where the text alone does not tell of what @param children the form */
export function AskFirst({ text, name, children }: { text: string; name?: string; children: Child }) {
  return (
    <details class="ask">
      <summary class="button small" aria-label={name}>
        {text}
      </summary>
      <div class="asked">{children}</div>
    </details>
  )
}

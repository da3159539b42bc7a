/** A button that says what it is about to do before it does it: opens without a script, and is closed by pressing it again. */
import type { Child } from 'hono/jsx'

/** @param name of the thing, for those who hear the button and not where it stands @param children the form */
export function AskFirst({ text, name, children }: { text: string; name?: string; children: Child }) {
  return (
    <details class="ask">
      <summary class="button small" aria-label={name && `${text} ${name}`}>
        {text}
      </summary>
      <div class="asked">{children}</div>
    </details>
  )
}

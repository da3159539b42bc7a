/** What stands where there is nothing yet: why, and the one step that changes it. */
import type { Child } from 'hono/jsx'

interface Props {
  title: string
  text?: string
  /** Right under the title of the page, not in a part of it that has a title of its own. */
  top?: boolean
  children?: Child
}

export function Empty({ title, text, top = false, children }: Props) {
  return (
    <div class="empty">
      {top ? <h2>{title}</h2> : <h3>{title}</h3>}
      {text && <p class="prose soft">{text}</p>}
      {children}
    </div>
  )
}

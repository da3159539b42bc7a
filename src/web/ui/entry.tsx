/** One thing to fill in: its label, the control, a hint or in its place what is wrong, tied together for those who hear them. */
import type { Child } from 'hono/jsx'

interface Props {
  id: string
  label: string
  hint?: string | undefined
  /** Why what was typed was not taken. */
  wrong?: string | undefined
  /** @param described id for `aria-describedby` */
  control: (described: string | undefined) => Child
}

export function Entry({ id, label, hint, wrong, control }: Props) {
  const said = wrong ? `${id}-wrong` : hint && `${id}-hint`
  return (
    <div class="entry">
      <label for={id}>{label}</label>
      {control(said || undefined)}
      {said && (
        <p id={said} class={wrong ? 'why' : 'hint'}>
          {wrong || hint}
        </p>
      )}
    </div>
  )
}

/** One thing to fill in: label, hint, what is wrong with it, and the control itself, tied together for those who hear them. */
import type { Child } from 'hono/jsx'

interface Props {
  id: string
  label: string
  hint?: string | undefined
  /** Why what was typed was not taken. */
  wrong?: string | undefined
  /** @param described ids for `aria-describedby` */
  control: (described: string | undefined) => Child
}

export function Entry({ id, label, hint, wrong, control }: Props) {
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class={wrong ? 'entry wrong' : 'entry'}>
      <label for={id}>{label}</label>
      {control(described === '' ? undefined : described)}
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} class="why">
          {wrong}
        </p>
      )}
    </div>
  )
}

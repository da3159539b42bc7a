/** Something to fill in: its label over it, a hint under it, or in its place what is wrong. */
import type { Child } from 'hono/jsx'

interface Entry {
  /** Of the form; also its id. */
  name: string
  label: string
  hint?: string | undefined
  /** What is wrong with what was typed. */
  wrong?: string | undefined
}

/** Id of what is said about it: what is wrong stands in the place of the hint. */
const said = ({ name, hint, wrong }: Entry) => (wrong ? `${name}-wrong` : hint && `${name}-hint`)

function Frame({ entry, children }: { entry: Entry; children: Child }) {
  const { name, label, hint, wrong } = entry
  return (
    <div class="entry">
      <label for={name}>{label}</label>
      {children}
      {wrong && (
        <p class="wrong" id={`${name}-wrong`}>
          {wrong}
        </p>
      )}
      {hint && !wrong && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

interface Typed extends Entry {
  value: string
  type?: 'text' | 'search' | 'email' | 'date'
  mode?: 'numeric'
  required?: boolean
  most?: number
}

/** One line to type. */
export function TextField({ value, type = 'text', mode, required = false, most = 200, ...entry }: Typed) {
  return (
    <Frame entry={entry}>
      <input
        id={entry.name}
        name={entry.name}
        type={type}
        value={value}
        inputmode={mode}
        required={required}
        maxlength={type === 'date' ? undefined : most}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={said(entry)}
        aria-invalid={entry.wrong ? 'true' : undefined}
      />
    </Frame>
  )
}

/** One of some. @param choices value and words of each */
export function ChoiceField({
  value,
  choices,
  ...entry
}: Entry & { value: string; choices: readonly (readonly [string, string])[] }) {
  return (
    <Frame entry={entry}>
      <select
        id={entry.name}
        name={entry.name}
        aria-describedby={said(entry)}
        aria-invalid={entry.wrong ? 'true' : undefined}
      >
        {choices.map(([key, words]) => (
          <option value={key} selected={key === value}>
            {words}
          </option>
        ))}
      </select>
    </Frame>
  )
}

/** Yes or no. */
export function CheckField({ checked, ...entry }: Entry & { checked: boolean }) {
  return (
    <div class="entry check">
      <input
        id={entry.name}
        name={entry.name}
        type="checkbox"
        value="1"
        checked={checked}
        aria-describedby={said(entry)}
      />
      <label for={entry.name}>{entry.label}</label>
      {entry.hint && (
        <p class="hint" id={`${entry.name}-hint`}>
          {entry.hint}
        </p>
      )}
    </div>
  )
}

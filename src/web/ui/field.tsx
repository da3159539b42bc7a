/** The controls of entries: a line to type, a choice, yes or no. */
import { Entry } from './entry.tsx'

interface Field {
  /** Of the form; also its id. */
  name: string
  label: string
  hint?: string | undefined
  /** Why what was typed was not taken. */
  wrong?: string | undefined
}

interface Typed extends Field {
  value: string
  type?: 'text' | 'search' | 'email' | 'date'
  mode?: 'numeric'
  required?: boolean
  most?: number
}

/** One line to type. */
export function TextField({ value, type = 'text', mode, required = false, most = 200, name, ...entry }: Typed) {
  return (
    <Entry
      id={name}
      {...entry}
      control={(described) => (
        <input
          id={name}
          name={name}
          type={type}
          value={value}
          inputmode={mode}
          required={required}
          maxlength={type === 'date' ? undefined : most}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={described}
          aria-invalid={entry.wrong ? 'true' : undefined}
        />
      )}
    />
  )
}

/** One of some. @param choices value and words of each */
export function ChoiceField({
  value,
  choices,
  name,
  ...entry
}: Field & { value: string; choices: readonly (readonly [string, string])[] }) {
  return (
    <Entry
      id={name}
      {...entry}
      control={(described) => (
        <select id={name} name={name} aria-describedby={described} aria-invalid={entry.wrong ? 'true' : undefined}>
          {choices.map(([key, words]) => (
            <option value={key} selected={key === value}>
              {words}
            </option>
          ))}
        </select>
      )}
    />
  )
}

/** Yes or no. */
export function CheckField({ checked, name, label, hint }: Omit<Field, 'wrong'> & { checked: boolean }) {
  return (
    <div class="entry check">
      <input
        id={name}
        name={name}
        type="checkbox"
        value="1"
        checked={checked}
        aria-describedby={hint && `${name}-hint`}
      />
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

// SPDX-License-Identifier: GPL-2.0-or-later
/** Choosing columns without a mouse: which, in what order, and those of one's own fields. */
import { useState } from 'preact/hooks'
import { FIRST, MOST_FIELDS } from './profile.ts'
import type { Session } from './session.ts'

export function ColumnChoices({ session }: { session: Session }) {
  const [field, setField] = useState('')
  const [refusal, setRefusal] = useState('')
  const { columns } = session
  const known = columns.choosable
  const ordered = [
    ...columns.shown.flatMap((id) => known.find((column) => column.id === id) ?? []),
    ...known.filter(({ id }) => !columns.shown.includes(id)),
  ]
  const show = (id: string, isShown: boolean) =>
    void session.setColumns(
      columns.with({ shown: isShown ? [...columns.shown, id] : columns.shown.filter((one) => one !== id) }),
    )
  const move = (id: string, by: number) => {
    const at = columns.shown.indexOf(id)
    const others = columns.shown.filter((one) => one !== id)
    void session.setColumns(columns.with({ shown: others.toSpliced(at + by, 0, id) }))
  }
  const add = async () => {
    const wanted = field.trim()
    if (session.state.is !== 'open') return setRefusal('Fields are known when a capture is open.')
    const words = wanted === '' ? 'Name a field.' : await session.refusalOf(wanted)
    if (words !== null || !/^[\w.-]+$/.test(wanted))
      return setRefusal(words ?? 'This is a filter, but not the name of one field.')
    if (columns.fields.length >= MOST_FIELDS)
      return setRefusal(`There can be ${MOST_FIELDS} columns of fields: take one away first.`)
    setRefusal('')
    setField('')
    await session.setColumns(columns.withField(wanted))
  }
  return (
    <>
      <ul class="choices">
        {ordered.map(({ id, title }) => {
          const at = columns.shown.indexOf(id)
          return (
            <li key={id}>
              <label>
                <input
                  type="checkbox"
                  checked={at >= 0}
                  disabled={at >= 0 && columns.shown.length === 1}
                  onChange={(event) => show(id, event.currentTarget.checked)}
                />{' '}
                {title}
              </label>
              <button
                type="button"
                class="quiet"
                disabled={at <= 0}
                aria-label={`Move ${title} to the left`}
                onClick={() => move(id, -1)}
              >
                ↑
              </button>
              <button
                type="button"
                class="quiet"
                disabled={at < 0 || at === columns.shown.length - 1}
                aria-label={`Move ${title} to the right`}
                onClick={() => move(id, 1)}
              >
                ↓
              </button>
              {columns.fields.includes(id) && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Take the column ${title} away`}
                  onClick={() => void session.setColumns(columns.withoutField(id))}
                >
                  ✕
                </button>
              )}
            </li>
          )
        })}
      </ul>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <label class="fill">
          Field{' '}
          <input
            class="mono fill"
            type="text"
            placeholder="tcp.len"
            spellcheck={false}
            value={field}
            onInput={(event) => setField(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="quiet">
          Add as a column
        </button>
      </form>
      <p role="status" class={refusal === '' ? 'soft' : 'filter-said'}>
        {refusal === '' ? 'Columns of fields open the capture anew.' : refusal}
      </p>
      <div class="tools">
        <span class="fill" />
        <button type="button" class="quiet" onClick={() => void session.setColumns(columns.with(FIRST.columns))}>
          As they were at first
        </button>
      </div>
    </>
  )
}

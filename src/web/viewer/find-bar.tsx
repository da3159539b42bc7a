// SPDX-License-Identifier: GPL-2.0-or-later
/** Finding a packet among those that are shown: by a filter, by text in it, by bytes. */
import { useRef, useState } from 'preact/hooks'
import { useFocus } from './dialog.tsx'
import { findInInfo } from './find-in-info.ts'
import type { Session } from './session.ts'

type By = 'filter' | 'info' | 'text' | 'hex'

export interface Finding {
  by: By
  text: string
}

/** The same as a display filter; `null`: it is not one yet, or none can tell it. */
function filterOf({ by, text }: Finding): string | null {
  if (text === '') return null
  const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`
  if (by === 'filter') return text
  if (by === 'info') return null
  if (by === 'text') return `frame contains ${quoted}`
  const hex = text.replace(/[\s:.-]/g, '')
  return /^([0-9a-f]{2})+$/i.test(hex)
    ? `frame contains ${hex.match(/../g)?.join(':')}${hex.length === 2 ? ':' : ''}`
    : null
}

/** Select the next packet, or the one before, that it finds. `null`: there is nothing to find yet. */
export function findNext(session: Session, finding: Finding, direction: 1 | -1): Promise<boolean> | null {
  const filter = filterOf(finding)
  if (filter !== null) return session.find(filter, direction)
  return finding.by === 'info' && finding.text !== '' ? findInInfo(session, finding.text, direction) : null
}

interface Props {
  session: Session
  finding: Finding
  setFinding(finding: Finding): void
  close(): void
}

export function FindBar({ session, finding, setFinding, close }: Props) {
  const [said, setSaid] = useState('')
  const input = useRef<HTMLInputElement>(null)
  useFocus(input)
  const find = async (direction: 1 | -1) => {
    const filter = filterOf(finding)
    const refusal = filter === null ? null : await session.refusalOf(session.joined(filter))
    if (refusal !== null) return setSaid(refusal)
    const found = findNext(session, finding, direction)
    if (found === null) return setSaid(finding.by === 'hex' ? 'Bytes are pairs of hex digits.' : 'Nothing to find.')
    setSaid('')
    if (!(await found)) setSaid('No packet here has it.')
  }
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault()
        void find(1)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        Find{' '}
        <select
          value={finding.by}
          onChange={(event) => setFinding({ ...finding, by: event.currentTarget.value as By })}
        >
          <option value="filter">a display filter</option>
          <option value="info">text in Info</option>
          <option value="text">text in the bytes</option>
          <option value="hex">bytes (hex)</option>
        </select>
      </label>
      <input
        ref={input}
        class="mono fill"
        type="text"
        aria-label="What to find"
        spellcheck={false}
        value={finding.text}
        onInput={(event) => setFinding({ ...finding, text: event.currentTarget.value })}
      />
      <button type="submit" class="quiet">
        Next
      </button>
      <button type="button" class="quiet" onClick={() => void find(-1)}>
        Previous
      </button>
      <span role="status" class="soft">
        {said}
      </span>
      <button type="button" class="quiet" aria-label="Close: find" onClick={close}>
        ✕
      </button>
    </form>
  )
}

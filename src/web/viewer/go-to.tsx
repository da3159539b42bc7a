// SPDX-License-Identifier: GPL-2.0-or-later
/** Going to a packet by its number. */
import { useRef } from 'preact/hooks'
import { useFocus } from './dialog.tsx'
import type { Session } from './session.ts'

export function GoTo({ session, close }: { session: Session; close(): void }) {
  const input = useRef<HTMLInputElement>(null)
  useFocus(input)
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault()
        const number = Number(input.current?.value.replace(/[\s,]/g, ''))
        if (Number.isSafeInteger(number) && number > 0) {
          close()
          void session.goTo(number)
        }
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        Go to packet <input ref={input} type="text" inputmode="numeric" pattern="[\d\s,]+" required />
      </label>
      <button type="submit" class="quiet">
        Go
      </button>
      <button type="button" class="quiet" aria-label="Close: go to" onClick={close}>
        ✕
      </button>
    </form>
  )
}

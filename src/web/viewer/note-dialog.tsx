// SPDX-License-Identifier: GPL-2.0-or-later
/** The note on a packet, written and taken away by who may: kept by the gateway, as its APIs keep them. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { wordsOfProblem } from './problem.ts'

/** As `/api/v2` has it. Characters. */
const MAX_NOTE = 4096

interface Props {
  /** Where notes are written. */
  annotations: string
  packet: number
  /** It is written so now, or taken away. */
  noted(text: string | null): void
  close(): void
}

export function NoteDialog({ annotations, packet, noted, close }: Props) {
  const [now, setNow] = useState<{ text: string | null } | null>(null)
  const [isWaiting, setIsWaiting] = useState(false)
  const [said, setSaid] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    void asked(`${annotations}?after=${packet - 1}`).then(({ answer, words }) => {
      if (answer === null) return setSaid(words)
      const [first] = (answer as { annotations: { frame: number; text: string }[] }).annotations
      setNow({ text: first?.frame === packet ? first.text : null })
    })
  }, [annotations, packet])
  useEffect(() => area.current?.focus(), [now])

  const change = async (text: string | null) => {
    if (isWaiting) return
    setIsWaiting(true)
    const path = `${annotations}/${packet}`
    const { answer, words, status } =
      text === null
        ? await asked(path, { method: 'DELETE' })
        : await asked(path, {
            method: 'PUT',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ text }),
          })
    setIsWaiting(false)
    if (text === null && status === 404)
      noted(null) // somebody was faster
    else if (answer === null) return setSaid(words)
    else noted(text === null ? null : (answer as { text: string }).text)
    close()
  }
  const save = () => change(area.current?.value ?? '')
  return (
    <Dialog title={`Note on packet ${packet.toLocaleString('en')}`} close={close}>
      <form
        class="note-form"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label>
          Note
          <textarea
            ref={area}
            rows={5}
            maxlength={MAX_NOTE}
            required
            disabled={now === null}
            defaultValue={now?.text ?? ''}
            key={now === null ? 'none' : 'one'}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
            }}
          />
        </label>
        <p class="soft">Whoever sees this capture sees it, as text.</p>
        <p role="alert" class="failed">
          {said}
        </p>
        <div class="tools">
          <button type="submit" class="quiet" disabled={now === null || isWaiting}>
            Save note
          </button>
          {now !== null && now.text !== null && (
            <button type="button" class="quiet" disabled={isWaiting} onClick={() => void change(null)}>
              Delete note
            </button>
          )}
          <button type="button" class="quiet" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** @returns the JSON of a right answer, `{}` of an empty one; `null`, and why, of others */
async function asked(
  path: string,
  init: RequestInit = {},
): Promise<{ answer: unknown; words: string; status: number }> {
  const response = await fetch(path, { ...init, credentials: 'same-origin', redirect: 'error' }).catch(() => null)
  if (response === null) return { answer: null, words: 'The connection failed. Try again.', status: 0 }
  const { status } = response
  if (response.ok) return { answer: await response.json().catch(() => ({})), words: '', status }
  if (status === 401) return { answer: null, words: 'You are not signed in any more: sign in, and try again.', status }
  return { answer: null, words: (await wordsOfProblem(response)) ?? `The server answered ${status}.`, status }
}

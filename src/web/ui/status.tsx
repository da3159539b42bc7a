/** The four words for where a capture stands, the same everywhere. */
import type { State } from '../../store/schema.ts'
import { Icon } from './icon.tsx'

export type Status = 'uploading' | 'processing' | 'ok' | 'error'

/** The word for a row's state. A row that is going has no word: `null`. */
export function statusOf(state: State): Status | null {
  if (state === 'doomed' || state === 'trashed') return null
  return state === 'stored' || state === 'parsing' ? 'processing' : state
}

const LOOKS = { uploading: 'working', processing: 'working', ok: 'ok', error: 'failed' } as const

/** @param percent how far the processing has come, where that is known */
export function StatusMark({ status, percent = null }: { status: Status; percent?: number | null }) {
  return (
    <span class={`status ${LOOKS[status]}`} role="status">
      <Icon of={LOOKS[status]} />
      {status}
      {percent !== null && ` ${percent} %`}
    </span>
  )
}

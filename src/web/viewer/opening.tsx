// SPDX-License-Identifier: GPL-2.0-or-later
/** What is waited for, how far it is, and the way to cancel it. */
import type { Progress } from './engine.ts'
import { mebibytes } from './figures.ts'
import type { Session } from './session.ts'

export function Opening({ session, progress }: { session: Session; progress: Progress | null }) {
  const words = {
    engine: 'Loading the dissection engine',
    capture: 'Fetching the packets',
    dissection: 'Reading the packets',
  }
  const { what, done, total } = progress ?? { what: 'engine' as const, done: 0, total: null }
  const isMeasured = what !== 'dissection' && total !== null
  return (
    <div class="waiting">
      <p role="status">{words[what]}</p>
      <progress aria-label={words[what]} value={isMeasured ? done : undefined} max={isMeasured ? total : undefined} />
      <p class="soft">
        {what === 'dissection'
          ? total === null
            ? ''
            : `${mebibytes(total)}; about 20 seconds for each million packets`
          : isMeasured
            ? `${mebibytes(done)} of ${mebibytes(total)}`
            : done > 0
              ? mebibytes(done)
              : ' '}
      </p>
      <button type="button" class="quiet" onClick={() => void session.cancel()}>
        Cancel
      </button>
    </div>
  )
}

export function Busy({ session }: { session: Session }) {
  return (
    <span class="busy" role="status">
      Working on {session.work?.what}…{' '}
      <button type="button" class="quiet" onClick={() => void session.cancel()}>
        Cancel
      </button>
    </span>
  )
}

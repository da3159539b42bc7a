// SPDX-License-Identifier: GPL-2.0-or-later
/** The wait for a capture to be open, and for what takes long in one that is. */
import type { Progress } from './engine.ts'
import { mebibytes } from './figures.ts'
import type { Session } from './session.ts'
import { Waiting } from './waiting.tsx'

export function Opening({ session, progress }: { session: Session; progress: Progress | null }) {
  const words = {
    engine: 'Loading the dissection engine',
    capture: 'Fetching the packets',
    dissection: 'Reading the packets',
  }
  const { what, done, total } = progress ?? { what: 'engine' as const, done: 0, total: null }
  const measure = what === 'dissection' || total === null ? null : { done, total }
  const figures =
    what === 'dissection'
      ? total === null
        ? ''
        : `${mebibytes(total)}; about 20 seconds for each million packets`
      : measure
        ? `${mebibytes(done)} of ${mebibytes(measure.total)}`
        : done > 0
          ? mebibytes(done)
          : ' '
  return <Waiting words={words[what]} measure={measure} figures={figures} cancel={() => void session.cancel()} />
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

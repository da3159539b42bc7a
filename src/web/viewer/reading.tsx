// SPDX-License-Identifier: GPL-2.0-or-later
/** Packets of what is open, read with columns of one's own: by an engine of its own, for one engine knows its columns once. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Column, EngineError, type Progress, type Row } from './engine.ts'
import { grouped } from './figures.ts'
import type { Session } from './session.ts'
import { Waiting } from './waiting.tsx'

/** Rows that are asked for at once. */
const PAGE = 1000

export type ReadingProgress = Omit<Progress, 'what'> & { what: Progress['what'] | 'rows' }

interface Asked {
  columns: readonly Column[]
  filter: string
  /** Rows at most. */
  most?: number
  /** Ends the engine. */
  signal: AbortSignal
  told(progress: ReadingProgress): void
  /** Takes rows as they come; their cells stand as `columns` do. */
  take(rows: Row[]): void
}

/** Holds a page of rows, and the engine as long as it takes. @returns how many packets the filter lets through @throws EngineError */
export async function readRows(
  session: Session,
  { columns, filter, most = Number.POSITIVE_INFINITY, signal, told, take }: Asked,
): Promise<number> {
  const { engine, opened } = session.second(columns, told)
  const end = () => engine.end()
  signal.addEventListener('abort', end)
  try {
    await opened
    for (let at = 0; ; at += PAGE) {
      const { rows, matched } = await engine.frames(filter, at, Math.min(PAGE, most - at))
      take(rows)
      const total = Math.min(matched, most)
      told({ what: 'rows', done: Math.min(at + PAGE, total), total })
      if (at + PAGE >= total) return matched
    }
  } finally {
    signal.removeEventListener('abort', end)
    engine.end()
  }
}

export type Reading<T> =
  | { is: 'reading'; progress: ReadingProgress }
  | { is: 'read'; value: T }
  | { is: 'failed'; message: string }

const START: ReadingProgress = { what: 'rows', done: 0, total: null }

/** Something that is read as long as what asks for it is on the page, and anew where `of` is another. */
export function useReading<T>(
  of: string,
  read: (signal: AbortSignal, told: (progress: ReadingProgress) => void) => Promise<T>,
): { reading: Reading<T>; cancel(): void; again(): void } {
  const [reading, setReading] = useState<Reading<T>>({ is: 'reading', progress: START })
  const [turn, setTurn] = useState(0)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    stop.current = controller
    const set = (next: Reading<T>) => {
      if (!signal.aborted) setReading(next)
    }
    set({ is: 'reading', progress: START })
    read(signal, (progress) => set({ is: 'reading', progress })).then(
      (value) => set({ is: 'read', value }),
      (error) => set({ is: 'failed', message: error instanceof EngineError ? error.message : String(error) }),
    )
    return () => controller.abort()
  }, [of, turn])
  return {
    reading,
    cancel() {
      stop.current?.abort()
      setReading({ is: 'failed', message: 'It was cancelled.' })
    },
    again: () => setTurn(turn + 1),
  }
}

const WORDS: Record<ReadingProgress['what'], string> = {
  engine: 'Loading another engine for it',
  capture: 'Fetching the packets',
  dissection: 'Reading the packets',
  rows: 'Going through the packets',
}

/** What stands in the place of what is being read, or could not be. */
export function NotRead({
  reading,
  cancel,
  again,
}: {
  reading: Exclude<Reading<unknown>, { is: 'read' }>
  cancel(): void
  again(): void
}) {
  if (reading.is === 'failed')
    return (
      <div class="waiting" role="alert">
        <p>{reading.message}</p>
        <button type="button" class="quiet" onClick={again}>
          Try again
        </button>
      </div>
    )
  const { what, done, total } = reading.progress
  const measure = what === 'dissection' || total === null ? null : { done, total }
  const figures = what === 'rows' && total !== null ? `${grouped(done)} of ${grouped(total)}` : ' '
  return <Waiting words={WORDS[what]} measure={measure} figures={figures} cancel={cancel} />
}

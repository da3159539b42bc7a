/** How far a transfer is: a bar on a terminal, a line now and then elsewhere. */
import { sizeWords, timeWords } from './figures.ts'
import { harmless } from './screen.ts'

/** Milliseconds between two looks of a bar, and between two plain lines. */
const BAR_EVERY = 100
const LINE_EVERY = 10_000
/** Milliseconds over which a rate is averaged. */
const WINDOW = 5_000

/** Of bytes per second as they were over the last seconds, so that what was there before the start does not count. */
export class Rate {
  private readonly marks: { time: number; bytes: number }[] = []

  mark(time: number, bytes: number): void {
    const last = this.marks.at(-1)
    if (last !== undefined && last.bytes > bytes)
      this.marks.length = 0 // a piece is sent again
    else if (last !== undefined && time - last.time < BAR_EVERY) return
    this.marks.push({ time, bytes })
    while (this.marks.length > 2 && time - (this.marks[1]?.time ?? time) >= WINDOW) this.marks.shift()
  }

  /** Bytes per second; `null` while it cannot be known. */
  get value(): number | null {
    const [first, last] = [this.marks[0], this.marks.at(-1)]
    if (first === undefined || last === undefined || last.time === first.time) return null
    return ((last.bytes - first.bytes) / (last.time - first.time)) * 1000
  }
}

export interface Progress {
  /** Bytes that the other side has, or should have, by now. */
  at(bytes: number): void
  /** Take the bar away. */
  end(): void
}

const NOWHERE: Progress = { at: () => {}, end: () => {} }

/**
 * @param total bytes; `null` where nobody knows
 * @param quiet no progress at all
 */
export function progressOf(name: string, total: number | null, quiet: boolean, out = process.stderr): Progress {
  if (quiet) return NOWHERE
  const rate = new Rate()
  const isTerminal = out.isTTY === true
  const every = isTerminal ? BAR_EVERY : LINE_EVERY
  let shownAt = isTerminal ? 0 : Date.now()
  let drawn = false
  return {
    at(bytes) {
      const now = Date.now()
      rate.mark(now, bytes)
      if (now - shownAt < every) return
      shownAt = now
      const words = progressWords(bytes, total, rate.value)
      if (!isTerminal) {
        out.write(`${harmless(name)}: ${words}\n`)
        return
      }
      drawn = true
      out.write(`\r\u001b[K${line(harmless(name), words, bytes, total, out.columns || 80)}`)
    },
    end() {
      if (drawn) out.write('\r\u001b[K')
      drawn = false
    },
  }
}

/** `12.3 MiB of 1.00 GiB (1%), 5.10 MiB/s, 3:20 left` */
export function progressWords(bytes: number, total: number | null, rate: number | null): string {
  const far =
    total === null || total === 0
      ? sizeWords(bytes)
      : `${sizeWords(bytes)} of ${sizeWords(total)} (${Math.floor((bytes / total) * 100)}%)`
  if (rate === null) return far
  const left = total !== null && rate > 0 ? `, ${timeWords((total - bytes) / rate)} left` : ''
  return `${far}, ${sizeWords(rate)}/s${left}`
}

const BAR = 20

function line(name: string, words: string, bytes: number, total: number | null, width: number): string {
  const filled = total === null || total === 0 ? 0 : Math.min(BAR, Math.floor((bytes / total) * BAR))
  const bar = total === null ? '' : ` [${'='.repeat(filled).padEnd(BAR)}]`
  const room = width - 1 - words.length - bar.length - 1
  const shown = name.length <= room ? name : `…${name.slice(name.length - Math.max(0, room - 1))}`
  return `${room > 3 ? `${shown}${bar} ` : ''}${words}`.slice(0, width - 1)
}

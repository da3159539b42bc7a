/** A stream from outside that an interrupt ends, so that what has come by then is a whole. */
import { PassThrough, type Readable } from 'node:stream'
import { tell } from './screen.ts'

/** Milliseconds that the writer has to send its last bytes after an interrupt: on a terminal it has heard of it, too. */
const LAST_WORDS = 1_500

/** @returns the same bytes, up to an end that comes with the source's, or soon after SIGINT or SIGTERM */
export function untilInterrupted(source: Readable): Readable {
  const through = new PassThrough()
  const end = () => {
    source.unpipe(through)
    source.destroy()
    through.end()
  }
  const interrupted = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupted) // the next one is meant
    tell('interrupted: sending what has come; once more to give up')
    const late = setTimeout(end, LAST_WORDS)
    source.once('end', () => clearTimeout(late))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted)
  source.once('error', (error) => through.destroy(error))
  return source.pipe(through)
}

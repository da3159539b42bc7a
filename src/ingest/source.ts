/** The bytes of a request, pulled at the reader's pace. */
import { joined } from '../capture/joined.ts'
import { GatewayError } from '../errors.ts'

/** A body that is read once, from its beginning to its end. */
export interface Source {
  /**
   * The next bytes, never empty; they hold until the next call. `null`: the end.
   * @throws GatewayError `cut-off` when the sender is gone, `too-slow` when nothing came for too long
   */
  read(): Promise<Uint8Array | null>
}

/** Read so much at once where the sender is fast enough. Bytes. */
const CHUNK = 128 * 1024

/** How much of a refused body is read and thrown away, so that the sender gets to read the answer. Bytes. */
const DISCARD = 4 * 1024 * 1024

/**
 * Pull a request's body. Holds one chunk of 128 KiB.
 * @param idle milliseconds without a byte after which the sender is given up
 * @param options.fresh give out a new buffer at each read, for readers that keep pieces of it
 * @param options.drips hand on each byte as it comes, so that none is lost where the body breaks off; a fifth more CPU
 */
export function pull(
  body: ReadableStream<Uint8Array> | null,
  idle: number,
  options: { fresh?: boolean; drips?: boolean } = {},
): Source & { discard(): Promise<void> } {
  const reader = body ? open(body) : null
  let spare: ArrayBuffer | null = null
  let least = 1
  let ended = reader === null
  const silence = boundOn(idle)

  async function next(): Promise<Uint8Array | null> {
    if (reader === null || ended) return null
    if (!('readAtLeast' in reader)) {
      const { done, value } = await reader.read()
      return done ? null : value
    }
    const buffer = spare ?? new ArrayBuffer(CHUNK)
    spare = null
    const startedAt = Date.now()
    const { value } = await reader.readAtLeast(least, new Uint8Array(buffer))
    // Large reads cost a fifth of the CPU of small ones, but a stream that trickles must be handed on as it comes.
    least = !options.drips && value && value.length >= 4096 && Date.now() - startedAt < 1000 ? CHUNK : 1
    if (!value?.length) return null
    // Who keeps a piece of a buffer keeps all of it: what came in drips is copied out.
    if (options.fresh && value.length >= CHUNK / 2) return value
    spare = value.buffer as ArrayBuffer
    return options.fresh ? value.slice() : value
  }

  async function read(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = await silence.within(next())
      if (chunk === null) {
        ended = true
        silence.end()
        return null
      }
      if (chunk.length > 0) return chunk
    }
  }

  return {
    read,
    /** Read and drop what is left, up to 4 MiB and two seconds, and let the body go. Never throws. */
    async discard() {
      silence.end()
      const until = Date.now() + 2000
      for (let dropped = 0; !ended && dropped < DISCARD && Date.now() < until; ) {
        const chunk = await withinIdle(next(), 500).catch(() => null)
        if (chunk === null) ended = true
        else dropped += chunk.length
      }
      await withinIdle(Promise.resolve(reader?.cancel()), 500).catch(() => undefined)
    },
  }
}

function open(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array> {
  try {
    return body.getReader({ mode: 'byob' })
  } catch {
    return body.getReader() // a stream made in JavaScript need not take buffers
  }
}

/**
 * A bound on each of many waits, one at a time. By one timer: workerd keeps some 400 bytes of each, cleared or not, until its request
 * ends, which of a stream that trickles for hours is a leak.
 * @param idle milliseconds
 */
function boundOn(idle: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let until = 0
  let give: ((up: GatewayError) => void) | null = null
  const look = () => {
    const left = until - Date.now()
    timer = give !== null && left > 0 ? setTimeout(look, left) : undefined
    if (left <= 0) give?.(new GatewayError('too-slow'))
  }
  return {
    /** @throws GatewayError `too-slow`, `cut-off` where the work fails */
    async within<T>(work: Promise<T>): Promise<T> {
      until = Date.now() + idle
      timer ??= setTimeout(look, idle)
      try {
        return await new Promise<T>((resolve, reject) => {
          give = reject
          work.then(resolve, reject)
        })
      } catch (error) {
        throw error instanceof GatewayError ? error : new GatewayError('cut-off')
      } finally {
        give = null
      }
    },
    end() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

async function withinIdle<T>(work: Promise<T>, idle: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GatewayError('too-slow')), idle)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw error instanceof GatewayError ? error : new GatewayError('cut-off')
  } finally {
    clearTimeout(timer)
  }
}

/**
 * A short body as text.
 * @returns `null` where it is longer than `most` bytes
 */
export async function textOf(source: Source, most: number): Promise<string | null> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) {
    length += chunk.length
    if (length > most) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** A source whose first bytes can be looked at before they are read. */
export interface PeekableSource extends Source {
  /** The first bytes, up to `length`; fewer only where the body is shorter. Waits for them. */
  peek(length: number): Promise<Uint8Array>
  /** Put back the end of what was read last. */
  unread(bytes: Uint8Array): void
  /** Whether there is something to read, an end or an error too, within so many milliseconds. */
  ready(within: number): Promise<boolean>
}

/** Look ahead into a source. Holds what was looked at, until it is read. */
export function peekable(source: Source): PeekableSource {
  let ahead: Uint8Array | null = null
  /** A read that was begun and that nobody has asked for yet. */
  let begun: Promise<Uint8Array | null> | null = null
  let ended = false
  const next = (): Promise<Uint8Array | null> => {
    const reading = begun ?? source.read()
    begun = null
    return reading
  }
  return {
    async peek(length) {
      while (!ended && (ahead?.length ?? 0) < length) {
        const chunk: Uint8Array | null = await next()
        if (chunk === null) ended = true
        else ahead = joined(ahead ? [ahead, chunk] : [chunk])
      }
      return (ahead ?? new Uint8Array(0)).subarray(0, length)
    },
    async read() {
      if (ahead !== null) {
        const first = ahead
        ahead = null
        return first
      }
      return ended ? null : next()
    },
    unread(bytes) {
      ahead = bytes
    },
    async ready(within) {
      if (ahead !== null || ended) return true
      begun ??= source.read()
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, within, false)
      })
      const came = () => true
      return Promise.race([begun.then(came, came), late]).finally(() => clearTimeout(timer))
    },
  }
}

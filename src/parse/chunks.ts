/** Bytes out of R2, as they are asked for. */
import { within } from '../store/deadline.ts'

/** Bytes read at once. */
export const CHUNK = 1024 * 1024

/** A stream in chunks of `size` bytes, the last one shorter, each in the same buffer: it holds until the next is asked for. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  deadline: number,
  size = CHUNK,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: 'byob' })
  let buffer = new ArrayBuffer(size)
  try {
    for (;;) {
      const read = reader.readAtLeast<Uint8Array<ArrayBuffer>>(size, new Uint8Array(buffer))
      const chunk = (await within(deadline, 'R2 read', read)).value
      if (!chunk?.length) return
      yield chunk
      buffer = chunk.buffer
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The same chunks, for somebody who may stop before their end without ending them. */
export function lent(chunks: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }
}

/** What is made, in parts as R2 asks for them. */

const FIRST = 64 * 1024

/** A part of what is made. Its bytes hold until the next is asked for. */
export interface MadePart {
  bytes: Uint8Array
  /** Nothing follows; then it may be short, or empty. */
  isLast: boolean
}

/** Cut pieces into parts of exactly `size` bytes, the last one shorter or empty. Holds one part, in a buffer that doubles as it fills. */
export async function* partsOf(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<MadePart> {
  let buffer = new Uint8Array(Math.min(FIRST, size))
  let filled = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (filled === size) {
        yield { bytes: buffer, isLast: false }
        filled = 0
      }
      const taken = piece.subarray(at, at + size - filled)
      if (filled + taken.length > buffer.length) {
        const larger = new Uint8Array(Math.min(size, Math.max(filled + taken.length, 2 * buffer.length)))
        larger.set(buffer.subarray(0, filled))
        buffer = larger
      }
      buffer.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  yield { bytes: buffer.subarray(0, filled), isLast: true }
}

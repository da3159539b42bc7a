/** A capture of which any part can be read. */
import { joined } from '../capture/joined.ts'

/** Read so much at once. Bytes. */
export const READ = 1024 * 1024

/** Offsets are those of the content: of a compressed capture, of what it holds when decompressed. */
export interface RangedSource {
  /** Of the content. Bytes. */
  readonly size: number
  /**
   * The bytes from the content's offset `at`, which lies within it: `length` of them, or fewer, but not none. The caller's to
   * keep.
   */
  read(at: number, length: number): Promise<Uint8Array>
}

/**
 * The bytes from `at`, at most `length`.
 * @throws RangeError where there is none: the content is not as long as it is said to be
 */
export async function someRead(source: RangedSource, at: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(at, length)
  if (bytes.length === 0) throw new RangeError(`the capture cannot be read at ${at}`)
  return bytes
}

/** Read a part in pieces of at most 1 MiB, or `most`, as far as the content goes. Holds one piece. */
export async function* piecesOf(
  source: RangedSource,
  at: number,
  length: number,
  most = READ,
): AsyncGenerator<Uint8Array> {
  const end = Math.min(at + length, source.size)
  for (let from = at; from < end; ) {
    const piece = await someRead(source, from, Math.min(end - from, most))
    yield piece
    from += piece.length
  }
}

/** @returns a part, in one piece; shorter where the content ends */
export async function wholeRead(source: RangedSource, at: number, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(source, at, length)) pieces.push(piece)
  return joined(pieces)
}

/** The bytes of a stored file, taken piece by piece. */
import { joined } from './joined.ts'

/** Least bytes that are handed on in one piece, where there are as many. */
export const LEAST_PIECE = 65_536

/** Pulls chunks, which need hold only until the next, from a source when they are wanted. Holds one of them, or small ones put together to `LEAST_PIECE`. */
export class StoredBytes {
  /** The file's bytes up to where those pulled from the source so far end. */
  size: number
  private readonly chunks: AsyncIterator<Uint8Array>
  private rest: Uint8Array = NOTHING
  private over = false

  /** @param start where in the file the source begins */
  constructor(source: AsyncIterable<Uint8Array>, start = 0) {
    this.size = start
    this.chunks = source[Symbol.asyncIterator]()
  }

  /** Offset in the file of the next byte to be taken. */
  get at(): number {
    return this.size - this.rest.length
  }

  /** @returns the next piece; `null` at the end */
  async next(): Promise<Uint8Array | null> {
    await this.fill(LEAST_PIECE)
    const piece = this.rest
    this.rest = NOTHING
    return piece.length === 0 ? null : piece
  }

  /** Put the end of the last piece back. */
  unread(bytes: Uint8Array): void {
    this.rest = bytes
  }

  /** @returns the next `count` bytes without taking them; fewer at the end */
  async peek(count: number): Promise<Uint8Array> {
    await this.fill(count)
    return this.rest.subarray(0, count)
  }

  /** Take `count` bytes; fewer at the end. */
  async take(count: number): Promise<Uint8Array> {
    const taken = await this.peek(count)
    this.rest = this.rest.subarray(taken.length)
    return taken
  }

  /** Pass over `count` bytes. @returns whether there were as many */
  async skip(count: number): Promise<boolean> {
    let left = count
    while (left > 0) {
      const { length } = await this.take(Math.min(left, LEAST_PIECE))
      if (length === 0) return false
      left -= length
    }
    return true
  }

  /** Let go of the source. */
  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async fill(count: number) {
    if (this.rest.length >= count || this.over) return
    const wanted = Math.max(count, LEAST_PIECE)
    const parts: Uint8Array[] = [this.rest.slice()] // a chunk holds only until the next is pulled
    let held = this.rest.length
    while (held < wanted && !this.over) {
      const { done, value } = await this.chunks.next()
      if (done) {
        this.over = true
      } else {
        held += value.length
        parts.push(held < wanted ? value.slice() : value)
        this.size += value.length
      }
    }
    const full = parts.filter(({ length }) => length > 0)
    this.rest = full.length === 1 && full[0] !== undefined ? full[0] : joined(full)
  }
}

const NOTHING = new Uint8Array(0)

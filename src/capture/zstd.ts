/** Zstandard frames. RFC 8878 §3.1. */
import { type Engines, StreamFault, smallOnes } from './engines.ts'
import { isSkippable, magicOf, skipFrame } from './frames.ts'
import type { StoredBytes } from './stored-bytes.ts'

const MAGIC = 0xfd2fb528

/** What the frames hold, one after the other. Nothing but frames may follow. */
export async function* zstdContent(from: StoredBytes, { zstd }: Engines): AsyncGenerator<Uint8Array> {
  const count = smallOnes()
  for (let magic = await magicOf(from, 'zstd'); magic !== null; magic = await magicOf(from, 'zstd')) {
    let length = 0
    if (isSkippable(magic)) {
      await skipFrame(from, 'zstd')
    } else if (magic === MAGIC) {
      for await (const piece of zstd(from)) {
        length += piece.length
        yield piece
      }
    } else {
      throw new StreamFault('bad-stream', 'what follows the last zstd frame is none')
    }
    count(length)
  }
}

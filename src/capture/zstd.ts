/** Zstandard frames. RFC 8878 §3.1. */
import { type Engines, StreamFault } from './engines.ts'
import { cutShort, isSkippable, magicOf, skipFrame } from './frames.ts'
import { StoredBytes } from './stored-bytes.ts'
import { FrameEnd } from './zstd-frame.ts'

const MAGIC = 0xfd2fb528

/** What the next frame holds; it may be one to be skipped. The engine is given that frame, and nothing behind it. */
export async function* zstdFrame(from: StoredBytes, { zstd }: Engines): AsyncGenerator<Uint8Array> {
  const magic = await magicOf(from, 'zstd')
  if (isSkippable(magic)) return await skipFrame(from, 'zstd')
  if (magic !== MAGIC) throw new StreamFault('bad-stream', 'what follows the last zstd frame is none')
  const end = new FrameEnd()
  yield* zstd(new StoredBytes(frameOf(from, end)))
  if (!end.over) throw cutShort('zstd')
}

async function* frameOf(from: StoredBytes, end: FrameEnd): AsyncGenerator<Uint8Array> {
  while (!end.over) {
    const piece = await from.next()
    if (piece === null) return
    const length = end.find(piece)
    if (end.over) from.unread(piece.subarray(length))
    yield piece.subarray(0, length)
  }
}

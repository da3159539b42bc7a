/** What frames of zstd and of LZ4 have in common. RFC 8878 §3.1. */
import { StreamFault } from './engines.ts'
import type { StoredBytes } from './stored-bytes.ts'

/** @returns the next frame's magic number, which is not taken */
export async function magicOf(from: StoredBytes, name: string): Promise<number> {
  const head = await from.peek(4)
  if (head.length < 4) throw cutShort(name)
  return new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
}

/** Sixteen magic numbers stand for frames that hold no content. RFC 8878 §3.1.2. */
export const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5

/** Magic 0, length 4. */
export async function skipFrame(from: StoredBytes, name: string): Promise<void> {
  const head = await from.take(8)
  if (head.length < 8) throw cutShort(name)
  const length = new DataView(head.buffer, head.byteOffset, 8).getUint32(4, true)
  if (!(await from.skip(length))) throw cutShort(name)
}

export const cutShort = (name: string) => new StreamFault('truncated-stream', `the ${name} stream is cut short`)

/** The seekable copy of what a compressed capture holds: zstd frames of equal content, each an object of its own. */
import { constants, createZstdCompress } from 'node:zlib'
import { joined } from '../capture/joined.ts'
import { StoredBytes } from '../capture/stored-bytes.ts'
import { nodeEngines } from '../node-engines.ts'

/** What a copy is. Bytes. */
export interface Copy {
  /** Of the content. */
  size: number
  /** Of the content in each frame but the last. */
  frame: number
  /** Of all frames as they are stored. */
  stored: number
}

/** A copy that is not whole yet, with the frame that is not. */
export interface SavedCopy extends Copy {
  /** A zstd frame with the content since the last whole one; empty where there is none. */
  tail: Uint8Array
}

/**
 * Fast before small: it is read again soon, and can be made again. workerd's compressor fails at a frame's end ("Unexpected end of
 * file") where what it still holds, up to 128 KiB, does not fit into one piece of output.
 */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 1024 * 1024 }

/** Stores a frame, by its number from 0. Its pieces, `size` bytes in all, belong to it. */
export type PutFrame = (number: number, size: number, pieces: Uint8Array[]) => Promise<unknown>

/** Begin a copy of frames with so many bytes of content; or go on with one, in frames as they were. */
export async function openCopy(frame: number, put: PutFrame, saved?: SavedCopy): Promise<CopyWriter> {
  const copy = new CopyWriter(saved?.frame ?? frame, put, saved)
  if (saved?.tail.length) for await (const piece of frameContent(saved.tail)) await copy.compress(piece)
  return copy
}

/** Takes content in order. Holds two frames as they are stored, and what zstd needs for its level. */
export class CopyWriter {
  private readonly frame: number
  private readonly put: PutFrame
  private size: number
  private stored: number
  private compressor = createZstdCompress(OPTIONS)
  private compressed: Uint8Array[] = []
  /** The frame that is on its way while the next one fills. */
  private pending: Promise<unknown> = Promise.resolve()

  constructor(frame: number, put: PutFrame, saved?: SavedCopy) {
    this.frame = frame
    this.put = put
    this.size = saved?.size ?? 0
    this.stored = saved?.stored ?? 0
    this.begin()
  }

  /** @param piece may be changed once this has settled. @throws whatever `put` throws, perhaps for an earlier frame */
  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + this.frame - (this.size % this.frame))
      await this.compress(taken)
      this.size += taken.length
      at += taken.length
      if (this.size % this.frame === 0) await this.store()
    }
  }

  /** Content that belongs to the present frame, and is counted already. */
  compress(content: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.compressor.write(content, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Nothing follows. @returns once all frames are stored */
  async end(): Promise<Copy> {
    if (this.size % this.frame > 0) await this.store()
    await this.close()
    return { size: this.size, frame: this.frame, stored: this.stored }
  }

  /** What it takes to go on elsewhere. Nothing may follow here. */
  async save(): Promise<SavedCopy> {
    const tail = this.size % this.frame > 0 ? joined(await this.finished()) : new Uint8Array(0)
    await this.close()
    return { size: this.size, frame: this.frame, stored: this.stored, tail }
  }

  /** Let go of everything; a frame that is on its way settles first. */
  async close(): Promise<void> {
    this.compressor.destroy()
    await this.pending
  }

  private begin() {
    this.compressor = createZstdCompress(OPTIONS)
    this.compressed = []
    const { compressed } = this
    this.compressor.on('data', (bytes: Uint8Array) => compressed.push(bytes))
  }

  private async store() {
    const number = Math.ceil(this.size / this.frame) - 1
    const pieces = await this.finished()
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    this.begin()
    this.stored += size
    await this.pending
    this.pending = this.put(number, size, pieces)
    this.pending.catch(() => undefined) // heard of by whoever waits for it next
  }

  private finished(): Promise<Uint8Array[]> {
    const { compressor, compressed } = this
    return new Promise((resolve, reject) => {
      compressor.on('end', () => resolve(compressed))
      compressor.on('error', reject)
      compressor.end()
    })
  }
}

/**
 * The content of a copy from an offset on, in pieces that hold until the next is asked for. Holds a frame as it is stored.
 * @param get a frame by its number
 * @throws Error where a frame has another length than it must have
 */
export async function* copyContent(
  copy: Copy,
  from: number,
  get: (number: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { size, frame } = copy
  for (let number = Math.floor(from / frame); number * frame < size; number++) {
    let at = number * frame
    for await (const piece of frameContent(await get(number))) {
      if (from < at + piece.length) yield piece.subarray(Math.max(0, from - at))
      at += piece.length
    }
    if (at !== Math.min((number + 1) * frame, size)) throw wrongFrame(number)
  }
}

/** The content of one frame of a copy, whole. @throws Error where it has another length than it must have */
export async function frameOf({ size, frame }: Copy, number: number, bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of frameContent(bytes)) pieces.push(piece.slice())
  const content = joined(pieces)
  if (content.length !== Math.min(frame, size - number * frame)) throw wrongFrame(number)
  return content
}

const wrongFrame = (number: number) => new Error(`frame ${number} of the copy has the wrong length`)

/** In pieces that hold until the next is asked for. */
const frameContent = (bytes: Uint8Array): AsyncIterable<Uint8Array> => nodeEngines.zstd(new StoredBytes(only(bytes)))

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A capture file as it is stored: its bytes, or what they decompress to. */
import { type Engines, StreamFault } from './engines.ts'
import { recognise } from './formats.ts'
import { gzipContent } from './gzip.ts'
import { joined } from './joined.ts'
import { lz4Content } from './lz4.ts'
import { LEAST_PIECE, StoredBytes } from './stored-bytes.ts'
import { zstdContent } from './zstd.ts'

export type Compression = 'gzip' | 'zstd' | 'lz4'

/** How much a compressed file may turn out to hold. */
export interface Limits {
  /** Bytes. */
  output: number
  /** Times the bytes that are stored, beyond `allowance` bytes. */
  ratio: number
  allowance: number
}

export const LIMITS: Limits = { output: 16 * 2 ** 30, ratio: 500, allowance: 128 * 2 ** 20 }

const CONTENTS = { gzip: gzipContent, zstd: zstdContent, lz4: lz4Content }

/** Bytes in which a file's compression is looked for. */
const HEAD = 16

/** Look at the first bytes of a stored file. Pulls from the source no more than is asked for. */
export async function openStored(
  source: AsyncIterable<Uint8Array>,
  engines: Engines,
  limits: Limits = LIMITS,
): Promise<Stored> {
  const bytes = new StoredBytes(source)
  const found = recognise(await bytes.peek(HEAD))
  return new Stored(bytes, found.kind === 'compressed' ? found.name : null, engines, limits)
}

/** A stored file that has been opened. Holds a few hundred KiB, and what its compression needs (8 MiB for lz4, up to 32 MiB for zstd). */
export class Stored {
  readonly compression: Compression | null
  /** What ended the decompression early, once `chunks` is through; to be given to the reader's `end`. */
  fault: StreamFault | null = null
  private readonly bytes: StoredBytes
  private readonly engines: Engines
  private readonly limits: Limits
  private given = 0

  constructor(bytes: StoredBytes, compression: Compression | null, engines: Engines, limits: Limits) {
    this.bytes = bytes
    this.compression = compression
    this.engines = engines
    this.limits = limits
  }

  /** Stored bytes pulled so far. */
  get size(): number {
    return this.bytes.size
  }

  /** The file's content, in pieces that hold until the next is asked for. Never throws for what the file holds. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      if (this.compression === null) {
        for (let piece = await this.bytes.next(); piece !== null; piece = await this.bytes.next()) yield piece
      } else {
        yield* this.decompressed(this.compression)
      }
    } finally {
      await this.bytes.close()
    }
  }

  private async *decompressed(compression: Compression): AsyncGenerator<Uint8Array> {
    const small: Uint8Array[] = []
    let held = 0
    const gathered = () => joined(small.splice(0))
    try {
      for await (const whole of CONTENTS[compression](this.bytes, this.engines)) {
        if (this.given === 0) refuseTwice(compression, whole)
        const piece = whole.subarray(0, this.limit - this.given)
        this.given += piece.length
        if (held === 0 && piece.length >= LEAST_PIECE) {
          yield piece
        } else {
          small.push(piece.slice())
          held += piece.length
        }
        if (piece.length < whole.length) throw this.bomb()
        if (held < LEAST_PIECE) continue
        yield gathered()
        held = 0
      }
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error
      this.fault = error
    }
    if (held > 0) yield gathered()
  }

  /** Bytes that may be given, for what has been pulled so far. */
  private get limit(): number {
    const { output, ratio, allowance } = this.limits
    return Math.min(output, Math.max(allowance, ratio * this.size))
  }

  private bomb(): StreamFault {
    const { output, ratio } = this.limits
    const times = this.limit < output ? `, ${ratio} times its size` : ''
    return new StreamFault('bomb', `decompresses to more than ${this.limit} bytes${times}`)
  }
}

function refuseTwice(outer: Compression, head: Uint8Array) {
  const inner = recognise(head)
  if (inner.kind === 'compressed')
    throw new StreamFault(
      'unread',
      `the file is compressed twice (${inner.name} within ${outer}), which is not read here`,
    )
}

/** A capture file as it is stored: its bytes, or what they decompress to. */
import { type Engines, StreamFault } from './engines.ts'
import { recognise } from './formats.ts'
import { gzipMember } from './gzip.ts'
import { joined } from './joined.ts'
import { lz4Frame } from './lz4.ts'
import { LEAST_PIECE, StoredBytes } from './stored-bytes.ts'
import { zstdFrame } from './zstd.ts'

export type Compression = 'gzip' | 'zstd' | 'lz4'

/** How much a compressed file may turn out to hold. */
export interface Limits {
  /** Bytes. */
  output: number
  /** Times the bytes that are stored, beyond `allowance` bytes. */
  ratio: number
  allowance: number
}

/** 64 GiB, which no isolate ever holds: a long parse goes on from where it paused. */
export const LIMITS: Limits = { output: 64 * 2 ** 30, ratio: 500, allowance: 128 * 2 ** 20 }

/** Where a file was left between two members or frames (or anywhere, if it is not compressed), to go on from: plain JSON. */
export interface Continuation {
  compression: Compression | null
  /** Offset in the stored file of the first byte that must be brought again. */
  at: number
  /** Stored bytes up to where they had been pulled: by these goes what a file may hold. */
  size: number
  /** Bytes of content that were given before. */
  given: number
  /** Members or frames with little content so far. */
  small: number
}

/** The members (gzip) or frames (zstd, lz4) of a file, one for each call. Nothing but these may follow each other. */
const MEMBERS = {
  gzip: (engines: Engines) => (from: StoredBytes) => gzipMember(from, engines),
  zstd: (engines: Engines) => (from: StoredBytes) => zstdFrame(from, engines),
  lz4: () => {
    const room = { content: new Uint8Array(0) }
    return (from: StoredBytes) => lz4Frame(from, room)
  },
}

/** Members with less content than this cost more than what they hold; and how many of them are put up with. */
const SMALL = 4096
const MOST_SMALL = 10_000

/** Bytes in which a file's compression is looked for. */
const HEAD = 16

/**
 * Look at the first bytes of a stored file. Pulls from the source no more than is asked for.
 * @param from where `chunks` was paused: the source begins at its `at`, and limits count from the file's start
 */
export async function openStored(
  source: AsyncIterable<Uint8Array>,
  engines: Engines,
  limits: Limits = LIMITS,
  from?: Continuation,
): Promise<Stored> {
  if (from !== undefined) return new Stored(new StoredBytes(source, from.at), from, engines, limits)
  const bytes = new StoredBytes(source)
  const found = recognise(await bytes.peek(HEAD))
  const compression = found.kind === 'compressed' ? found.name : null
  return new Stored(bytes, { compression, at: 0, size: 0, given: 0, small: 0 }, engines, limits)
}

/** A stored file that has been opened. Holds a few hundred KiB, and what its compression needs (8 MiB for lz4, up to 32 MiB for zstd). */
export class Stored {
  readonly compression: Compression | null
  /** What ended the decompression early, once `chunks` is through; to be given to the reader's `end`. */
  fault: StreamFault | null = null
  /** Where `chunks` paused; `null` if the content is through, or a fault has ended it. */
  rest: Continuation | null = null
  /** Bytes of content since the last member or frame began. */
  sinceBoundary = 0
  private readonly bytes: StoredBytes
  private readonly engines: Engines
  private readonly limits: Limits
  private readonly sizeBefore: number
  private given: number
  private small: number
  private pausing = false

  constructor(bytes: StoredBytes, from: Continuation, engines: Engines, limits: Limits) {
    this.bytes = bytes
    this.compression = from.compression
    this.sizeBefore = from.size
    this.given = from.given
    this.small = from.small
    this.engines = engines
    this.limits = limits
  }

  /** Stored bytes up to where they have been pulled. */
  get size(): number {
    return Math.max(this.bytes.size, this.sizeBefore)
  }

  /**
   * Have `chunks` end where the next member or frame ends, or the next piece of a file that is not compressed. What it has
   * given then is the content before `rest.at`, all of it and nothing else.
   */
  pause(): void {
    this.pausing = true
  }

  /**
   * The file's content, or what is left of it, in pieces that hold until the next is asked for. Never throws for what the
   * file holds.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.compression === null ? this.plain() : this.decompressed(this.compression)
    } finally {
      await this.bytes.close()
    }
  }

  private async *plain(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.bytes.next(); piece !== null; piece = await this.bytes.next()) {
      this.given += piece.length
      yield piece
      if (await this.paused()) return
    }
  }

  private async *decompressed(compression: Compression): AsyncGenerator<Uint8Array> {
    const member = MEMBERS[compression](this.engines)
    const small: Uint8Array[] = []
    let held = 0
    const gathered = () => joined(small.splice(0))
    try {
      while ((await this.bytes.peek(1)).length > 0) {
        this.sinceBoundary = 0
        for await (const whole of member(this.bytes)) {
          if (this.given === 0) refuseTwice(compression, whole)
          const piece = whole.subarray(0, this.limit - this.given)
          this.given += piece.length
          this.sinceBoundary += piece.length
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
        this.countSmall()
        if (await this.paused()) break
      }
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error
      this.fault = error
    }
    if (held > 0) yield gathered()
  }

  /** @returns whether to end here, between two members */
  private async paused(): Promise<boolean> {
    if (!this.pausing || (await this.bytes.peek(1)).length === 0) return false
    const { compression, size, given, small } = this
    this.rest = { compression, at: this.bytes.at, size, given, small }
    return true
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

  private countSmall() {
    if (this.sinceBoundary < SMALL && ++this.small > MOST_SMALL)
      throw new StreamFault('bomb', `decompresses to more than ${MOST_SMALL} pieces of less than ${SMALL} bytes`)
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

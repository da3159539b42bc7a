/** What decompression needs of the place where we run, and how it ends early. */
import type { FaultKind } from './faults.ts'
import type { StoredBytes } from './stored-bytes.ts'

/**
 * Undoes one stream of compressed bytes, and leaves in `from` what stands behind its end. A piece that it yields holds
 * until the next is asked for.
 * @throws StreamFault
 */
export type Inflate = (from: StoredBytes) => AsyncIterable<Uint8Array>

/** What is native where we run, and so handed in. LZ4 is not: lz4.ts. */
export interface Engines {
  /** One raw DEFLATE stream. */
  inflate: Inflate
  /** One Zstandard frame, behind whose end `from` has nothing. */
  zstd: Inflate
  /** CRC-32 of gzip, continued. */
  crc32: (bytes: Uint8Array, before: number) => number
}

/** What is wrong with a compressed stream. */
export class StreamFault extends Error {
  readonly what: FaultKind

  constructor(what: FaultKind, message: string) {
    super(message)
    this.what = what
  }
}

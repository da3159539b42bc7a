/** Where a Zstandard frame ends, by the headers of its blocks. RFC 8878 §3.1.1. */

// Frame header: magic 0, descriptor 4; then, as the descriptor says, window, dictionary ID and content size.
const DESCRIPTOR = 4
const LEAST_HEADER = 5
const MOST_HEADER = 18

// Frame_Header_Descriptor. §3.1.1.1.1.
const SINGLE_SEGMENT = 0x20
const CHECKSUM = 0x04
const DICTIONARY_LENGTHS = [0, 1, 2, 4]
const SIZE_LENGTHS = [0, 2, 4, 8]
const CHECKSUM_LENGTH = 4

// Block_Header: whether it is the last 0, type 1 and 2, size from bit 3. §3.1.1.2.
const BLOCK_HEADER = 3
const RLE = 1
const RESERVED = 3

/** Is shown a frame from its start, piece by piece. Looks at nothing but lengths: the rest is for who decompresses it. */
export class FrameEnd {
  /** All of the frame has been seen. */
  over = false
  /** The header that is being gathered, of which `wanted` bytes are. */
  private readonly header = new Uint8Array(MOST_HEADER)
  private filled = 0
  private wanted = LEAST_HEADER
  private inBlocks = false
  /** Bytes until the next header, or after the last block until the end. */
  private left = 0
  private last = false
  private checksum = 0

  /** @returns how many bytes of the piece are the frame's; all, if it goes on */
  find(piece: Uint8Array): number {
    let at = 0
    for (;;) {
      const passed = Math.min(this.left, piece.length - at)
      this.left -= passed
      at += passed
      this.over = this.last && this.left === 0
      if (this.over || at === piece.length) return at
      for (; this.filled < this.wanted && at < piece.length; at++) this.header[this.filled++] = piece[at] as number
      if (this.filled === this.wanted) this.read()
    }
  }

  /** Read the header that has been gathered. */
  private read() {
    const { header } = this
    if (this.inBlocks) {
      const block = (header[0] as number) | ((header[1] as number) << 8) | ((header[2] as number) << 16)
      const type = (block >> 1) & 3
      this.last = (block & 1) === 1
      this.left = type === RLE ? 1 : block >> 3
      if (this.last) this.left += this.checksum
      if (type === RESERVED) this.left = Number.POSITIVE_INFINITY // damaged: where it ends cannot be known
    } else {
      const descriptor = header[DESCRIPTOR] as number
      const length = headerLength(descriptor)
      if (this.filled < length) {
        this.wanted = length
        return
      }
      this.inBlocks = true
      this.checksum = descriptor & CHECKSUM ? CHECKSUM_LENGTH : 0
    }
    this.filled = 0
    this.wanted = BLOCK_HEADER
  }
}

function headerLength(descriptor: number): number {
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0
  const size = SIZE_LENGTHS[descriptor >> 6] || (isSingle ? 1 : 0)
  return LEAST_HEADER + (isSingle ? 0 : 1) + (DICTIONARY_LENGTHS[descriptor & 3] ?? 0) + size
}

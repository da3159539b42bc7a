/** LZ4 frames. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md beside it. */
import { StreamFault } from './engines.ts'
import { cutShort, isSkippable, magicOf, skipFrame } from './frames.ts'
import type { StoredBytes } from './stored-bytes.ts'
import { Xxh32 } from './xxh32.ts'

const MAGIC = 0x184d2204

// Flags, the first octet of the frame descriptor.
const VERSION = 0xc0
const VERSION_1 = 0x40
const BLOCK_CHECKSUM = 0x10
const CONTENT_SIZE = 0x08
const CONTENT_CHECKSUM = 0x04
const RESERVED_FLAG = 0x02
const DICTIONARY = 0x01

/** Bytes of the largest block, by bits 4 to 6 of the second octet. */
const BLOCK_SIZES: Record<number, number> = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 }
const RESERVED_BITS = 0x8f

/** A block's length: the bit says that it is stored as it is; a length of 0 ends the frame. */
const STORED = 0x80000000

/** How far back a match can reach, into earlier blocks too. */
const WINDOW = 65_536
/** Least bytes of a match. */
const MIN_MATCH = 4

/** Room for a block's content and the window before it, which frames that follow each other share. */
export interface Lz4Room {
  content: Uint8Array
}

/** What the next frame holds; it may be one to be skipped. Holds one block as stored, another as content, and the window. */
export async function* lz4Frame(from: StoredBytes, room: Lz4Room): AsyncGenerator<Uint8Array> {
  const magic = await magicOf(from, 'lz4')
  if (isSkippable(magic)) return await skipFrame(from, 'lz4')
  if (magic !== MAGIC) throw damaged('what follows the last lz4 frame is none')
  const frame = await readDescriptor(from)
  if (room.content.length < WINDOW + frame.blockSize) room.content = new Uint8Array(WINDOW + frame.blockSize)
  yield* frameContent(from, frame, room.content)
}

interface Frame {
  flags: number
  /** Bytes of content that a block may hold. */
  blockSize: number
  contentSize: number | null
}

async function* frameContent(
  from: StoredBytes,
  { flags, blockSize, contentSize }: Frame,
  content: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const checksum = new Xxh32()
  let filled = 0
  let total = 0
  for (let head = await u32(from); head !== 0; head = await u32(from)) {
    const length = (head & ~STORED) >>> 0
    if (length > blockSize) throw damaged('an lz4 block is larger than its frame allows')
    const block = await from.take(length)
    if (block.length < length) throw cutShort('lz4')
    if (filled > WINDOW) {
      content.copyWithin(0, filled - WINDOW, filled)
      filled = WINDOW
    }
    const start = filled
    if (head & STORED) {
      content.set(block, start)
      filled += length
    } else {
      filled = decodeBlock(block, content, start, start + blockSize)
      if (filled < 0) throw damaged('an lz4 block cannot be decompressed')
    }
    if (flags & BLOCK_CHECKSUM && new Xxh32().update(block).digest() !== (await u32(from)))
      throw damaged('the checksum of an lz4 block is wrong')
    const piece = content.subarray(start, filled)
    if (flags & CONTENT_CHECKSUM) checksum.update(piece)
    total += piece.length
    yield piece
  }
  if (flags & CONTENT_CHECKSUM && checksum.digest() !== (await u32(from)))
    throw damaged('the checksum of an lz4 frame is wrong')
  if (contentSize !== null && contentSize !== total) throw damaged('the content size of an lz4 frame is wrong')
}

/** Magic 0, flags 4, block size 5, content size (8), dictionary (4), and a checksum of all after the magic. */
async function readDescriptor(from: StoredBytes): Promise<Frame> {
  const [flags = 0, sizes = 0] = (await from.peek(6)).subarray(4)
  const length = 2 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY ? 4 : 0)
  const head = await from.take(4 + length + 1)
  if (head.length < 4 + length + 1) throw cutShort('lz4')
  const blockSize = BLOCK_SIZES[(sizes >> 4) & 7]
  if ((flags & VERSION) !== VERSION_1 || flags & RESERVED_FLAG || sizes & RESERVED_BITS || blockSize === undefined)
    throw damaged('an lz4 frame of an unknown kind')
  const descriptor = head.subarray(4, 4 + length)
  if (((new Xxh32().update(descriptor).digest() >> 8) & 255) !== head[4 + length])
    throw damaged('the checksum of an lz4 frame header is wrong')
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const contentSize = flags & CONTENT_SIZE ? Number(view.getBigUint64(6, true)) : null
  return { flags, blockSize, contentSize }
}

/**
 * Decode a block's sequences, each of literals and a match, into `into` from `start`.
 * @returns where the content ends; -1 if the block is damaged
 */
function decodeBlock(block: Uint8Array, into: Uint8Array, start: number, limit: number): number {
  const end = block.length
  let at = 0
  let to = start
  while (at < end) {
    const token = block[at++] as number
    let literals = token >> 4
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) {
        if (at >= end) return -1
        more = block[at++] as number
      }
    }
    if (literals > end - at || literals > limit - to) return -1
    if (literals > 32) into.set(block.subarray(at, at + literals), to)
    else for (let i = 0; i < literals; i++) into[to + i] = block[at + i] as number
    at += literals
    to += literals
    if (at === end) return to // the last sequence has no match
    if (end - at < 2) return -1
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8)
    at += 2
    let match = token & 15
    if (match === 15) {
      for (let more = 255; more === 255; match += more) {
        if (at >= end) return -1
        more = block[at++] as number
      }
    }
    match += MIN_MATCH
    if (distance === 0 || distance > to || match > limit - to) return -1
    if (distance === 1) into.fill(into[to - 1] as number, to, to + match)
    else if (distance >= match && match > 32) into.copyWithin(to, to - distance, to - distance + match)
    else for (let i = 0; i < match; i++) into[to + i] = into[to + i - distance] as number
    to += match
  }
  return end === 0 ? to : -1
}

async function u32(from: StoredBytes): Promise<number> {
  const bytes = await from.take(4)
  if (bytes.length < 4) throw cutShort('lz4')
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}

const damaged = (message: string) => new StreamFault('bad-stream', message)

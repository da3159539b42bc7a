/** Writes LZ4 frames for tests: plainly, with matches wherever four bytes were seen before. */
import { Xxh32 } from '../../src/capture/xxh32.ts'
import { bytes, writer } from './captures.ts'

const { u32, u64 } = writer('little')

export interface FrameOptions {
  /** Bytes of content in a block, at most what `code` allows. */
  block?: number
  /** Code of the largest block. */
  code?: 4 | 5 | 6 | 7
  independent?: boolean
  blockChecksum?: boolean
  contentChecksum?: boolean
  contentSize?: boolean
  /** Blocks are stored as they are. */
  stored?: boolean
}

export function lz4Frame(content: Uint8Array, options: FrameOptions = {}): Uint8Array {
  const { block = 65_536, code = 4, independent = true, stored = false } = options
  const { blockChecksum = false, contentChecksum = true, contentSize = false } = options
  const flags = 0x40 | (+independent << 5) | (+blockChecksum << 4) | (+contentSize << 3) | (+contentChecksum << 2)
  const descriptor = bytes([flags, code << 4], contentSize ? u64(BigInt(content.length)) : [])
  const parts = [u32(0x184d2204), descriptor, Uint8Array.of((checksum(descriptor) >> 8) & 255)]
  for (let at = 0; at < content.length; at += block) {
    const end = Math.min(at + block, content.length)
    const data = stored ? content.subarray(at, end) : compressed(content, at, end, independent ? at : 0)
    parts.push(u32((data.length | (stored ? 0x80000000 : 0)) >>> 0), data)
    if (blockChecksum) parts.push(u32(checksum(data)))
  }
  parts.push(u32(0))
  if (contentChecksum) parts.push(u32(checksum(content)))
  return bytes(...parts)
}

const checksum = (data: Uint8Array) => new Xxh32().update(data).digest()

const lengthOctets = (length: number): number[] =>
  length < 15 ? [] : [...new Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255]

function compressed(content: Uint8Array, from: number, to: number, since: number): Uint8Array {
  const parts: (Uint8Array | number[])[] = []
  const seen = new Map<number, number>()
  const key = (at: number) => new DataView(content.buffer, content.byteOffset).getUint32(at, true)
  for (let at = Math.max(since, from - 60_000); at < from && at + 4 <= content.length; at++) seen.set(key(at), at)
  let literals = from
  for (let at = from; at < to - 12; at++) {
    const earlier = seen.get(key(at))
    seen.set(key(at), at)
    if (earlier === undefined || at - earlier > 65_535) continue
    let length = 4
    while (at + length < to - 5 && content[earlier + length] === content[at + length]) length++
    const distance = at - earlier
    const [run, match] = [at - literals, length - 4]
    parts.push([(Math.min(run, 15) << 4) | Math.min(match, 15)], lengthOctets(run), content.subarray(literals, at))
    parts.push([distance & 255, distance >> 8], lengthOctets(match))
    at += length - 1
    literals = at + 1
  }
  const run = to - literals
  return bytes(...parts, [Math.min(run, 15) << 4], lengthOctets(run), content.subarray(literals, to))
}

/** gzip members. RFC 1952 §2.3. */
import { type Engines, StreamFault } from './engines.ts'
import type { StoredBytes } from './stored-bytes.ts'

// Member header: magic 0, compression method 2, flags 3, time 4, extra flags 8, OS 9. Trailer: CRC-32 0, length 4.
const HEADER = 10
const TRAILER = 8
const DEFLATE = 8

/** A name or comment of more is hardly one. Bytes. */
const LONGEST_TEXT = 1024 * 1024

const FHCRC = 2
const FEXTRA = 4
const FNAME = 8
const FCOMMENT = 16
const RESERVED = 0xe0

/** What the next member holds. */
export async function* gzipMember(from: StoredBytes, { inflate, crc32 }: Engines): AsyncGenerator<Uint8Array> {
  await readHeader(from)
  let crc = 0
  let length = 0
  for await (const piece of inflate(from)) {
    crc = crc32(piece, crc)
    length = (length + piece.length) >>> 0
    yield piece
  }
  const trailer = await from.take(TRAILER)
  if (trailer.length < TRAILER) throw cut()
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER)
  if (view.getUint32(0, true) !== crc >>> 0) throw new StreamFault('bad-stream', 'the CRC of a gzip member is wrong')
  if (view.getUint32(4, true) !== length) throw new StreamFault('bad-stream', 'the length of a gzip member is wrong')
}

async function readHeader(from: StoredBytes) {
  const header = await from.take(HEADER)
  const [magic1 = 0x1f, magic2 = 0x8b, method = DEFLATE, flags = 0] = header
  if (magic1 !== 0x1f || magic2 !== 0x8b)
    throw new StreamFault('bad-stream', 'what follows the last gzip member is none')
  if (method !== DEFLATE || flags & RESERVED)
    throw new StreamFault('bad-stream', `a gzip member of compression method ${method} and flags ${flags}`)
  if (header.length < HEADER) throw cut()
  if (flags & FEXTRA) {
    const length = await from.take(2)
    if (!(await from.skip((length[0] ?? 0) + 256 * (length[1] ?? 0)))) throw cut()
  }
  if (flags & FNAME) await skipText(from)
  if (flags & FCOMMENT) await skipText(from)
  if (flags & FHCRC) await from.skip(2)
  if ((await from.peek(1)).length === 0) throw cut()
}

async function skipText(from: StoredBytes) {
  for (let length = 0; ; ) {
    const piece = await from.next()
    if (piece === null) throw cut()
    const end = piece.indexOf(0)
    length += end < 0 ? piece.length : end
    if (length > LONGEST_TEXT) throw new StreamFault('bad-stream', `a gzip name of more than ${LONGEST_TEXT} bytes`)
    if (end < 0) continue
    return from.unread(piece.subarray(end + 1))
  }
}

const cut = () => new StreamFault('truncated-stream', 'the gzip stream is cut short')

/** node:zlib as the engines that undo compression: in workerd, and for the command in Node. */
import * as zlib from 'node:zlib' // by name, Node before 22.15 would not link: it has no zstd
import { type Engines, StreamFault } from './capture/engines.ts'
import type { StoredBytes } from './capture/stored-bytes.ts'

/** Bytes of a piece of output: as much as damage to the stream can cost of what stands before it. */
const OUTPUT = 65_536
/** The largest window of a zstd frame, as a power of two: 32 MiB, which no level up to 20 exceeds. */
const WINDOW_LOG = 25

export const nodeEngines: Engines = {
  inflate: (from) => decode(zlib.createInflateRaw({ chunkSize: OUTPUT }), from),
  zstd(from) {
    if (typeof zlib.createZstdDecompress !== 'function')
      throw new StreamFault('unread', 'the file is compressed with zstd, which takes Node 22.15 or later')
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: WINDOW_LOG }
    return decode(zlib.createZstdDecompress({ chunkSize: OUTPUT, params }) as Decoder, from)
  },
  crc32: (bytes, before) => zlib.crc32(bytes, before),
}

type Decoder = ReturnType<typeof zlib.createInflateRaw>

/** Holds one piece of input, and of output as much as the decoder gives before it waits to be read. */
async function* decode(decoder: Decoder, from: StoredBytes): AsyncGenerator<Uint8Array> {
  let problem: Error | null = null
  let ended = false
  let hungry = true
  let over = false
  let wake = () => {}
  decoder.on('readable', () => wake())
  decoder.on('end', () => {
    ended = true
    wake()
  })
  decoder.on('error', (error) => {
    problem = error
    wake()
  })
  let given = 0
  let last: Uint8Array = new Uint8Array(0)
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const piece: Uint8Array | null = decoder.read()
      if (piece !== null) yield piece
      else if (problem !== null) throw faultOf(problem, over)
      else if (ended) break
      else if (hungry) {
        hungry = false
        const next = await from.next()
        if (next === null) {
          over = true
          decoder.end()
        } else {
          last = next
          given += next.length
          decoder.write(next, () => {
            hungry = decoder.bytesWritten === given // else it has met its stream's end
            wake()
          })
        }
      } else await woken
    }
  } finally {
    decoder.destroy()
  }
  from.unread(last.subarray(last.length - (given - decoder.bytesWritten)))
}

/** @param over whether all of the file had been taken in before, and only the end was missing */
const faultOf = ({ message }: Error, over: boolean): StreamFault =>
  over
    ? new StreamFault('truncated-stream', 'the compressed stream is cut short')
    : new StreamFault('bad-stream', `the compressed stream cannot be decompressed: ${message}`)

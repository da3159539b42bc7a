/** Bodies whose Content-Encoding is undone as they come (RFC 9110 §8.4). */
import { createGunzip } from 'node:zlib'
import { GatewayError } from '../errors.ts'
import { hashing } from '../store/digest.ts'
import type { Source } from './source.ts'

/** The codings that are undone, as `Accept-Encoding` lists them. RFC 9110 §12.5.3. */
export const ACCEPTED_ENCODINGS = 'gzip, identity'

/** Bytes of a piece of output. */
const OUTPUT = 32_768
/** A body may unpack to so many times its size: as what is read of a compressed capture. */
const MAX_RATIO = 500
/** What unpacks to less than this is no bomb, whatever its ratio. Bytes. */
const FREE = 8 * 1024 * 1024

/**
 * What a `Content-Encoding` asks to be undone; `x-gzip` is another name for gzip (RFC 9110 §8.4.1.3).
 * @throws GatewayError `unsupported-encoding`, for several at once, too
 */
export function encodingOf(header: string | undefined): 'gzip' | 'identity' {
  const codings = (header ?? '').split(',').map((coding) => coding.trim().toLowerCase())
  const undone = codings.filter((coding) => coding !== '' && coding !== 'identity')
  if (undone.length === 0) return 'identity'
  if (undone.length === 1 && /^(x-)?gzip$/.test(undone[0] ?? '')) return 'gzip'
  throw new GatewayError('unsupported-encoding')
}

/** A source that ends in an error where its bytes have another SHA-256. @throws GatewayError `digest-mismatch` */
export function digested(source: Source, sha256: string): Source {
  const hash = hashing('SHA-256')
  return {
    async read() {
      const chunk = await source.read()
      if (chunk !== null) await hash.update(chunk)
      else if ((await hash.hex()) !== sha256) throw new GatewayError('digest-mismatch')
      return chunk
    },
  }
}

/**
 * A gzip body's content: of all its members, if it has several. Gives out fresh buffers. Holds a chunk of the source and, of the
 * content, as much as the decoder gives before it waits to be read: some 64 KiB.
 * @throws GatewayError `bad-encoding` where it is no gzip, is damaged, or ends too early; `too-large` where it unpacks to more than 500
 *   times its size; and those of the source, after the content of what has come
 */
export function gunzipped(source: Source): Source {
  const content = gunzip(source)
  return {
    async read() {
      const { done, value } = await content.next()
      return done ? null : value
    },
  }
}

async function* gunzip(source: Source): AsyncGenerator<Uint8Array> {
  const decoder = createGunzip({ chunkSize: OUTPUT })
  let problem = false
  let ended = false
  let hungry = true
  let given = 0
  let made = 0
  let wake = () => {}
  decoder.on('readable', () => wake())
  decoder.on('end', () => {
    ended = true
    wake()
  })
  decoder.on('error', () => {
    problem = true
    wake()
  })
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const piece: Uint8Array | null = decoder.read()
      if (piece !== null) {
        made += piece.length
        if (made > FREE && made > MAX_RATIO * given)
          throw new GatewayError('too-large', `The body unpacks to more than ${MAX_RATIO} times its size.`)
        yield new Uint8Array(piece)
      } else if (problem) throw new GatewayError('bad-encoding')
      else if (ended) return
      else if (hungry) {
        hungry = false
        const chunk = await source.read()
        if (chunk === null) decoder.end()
        else {
          given += chunk.length
          decoder.write(chunk.slice(), () => {
            problem ||= decoder.bytesWritten !== given // something stands behind its end
            hungry = true
            wake()
          })
        }
      } else await woken
    }
  } finally {
    decoder.destroy()
  }
}

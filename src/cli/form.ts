/** A multipart/form-data body, streamed. RFC 7578. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'

export interface Part {
  name: string
  filename: string
  size: number
  /** Opened when its turn comes. */
  open: () => AsyncIterable<Uint8Array>
}

/** Fields first, files behind them. Holds a chunk. */
export function formOf(
  fields: Record<string, string>,
  files: Part[],
): { headers: Record<string, string>; body: Readable } {
  const boundary = `pcaport-${randomUUID()}`
  const head = (disposition: string) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`)
  const lines = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([head(`name="${quoted(name)}"`), Buffer.from(`${value}\r\n`)]),
  )
  const heads = files.map(({ name, filename }) => head(`name="${quoted(name)}"; filename="${quoted(filename)}"`))
  const tail = Buffer.from(`--${boundary}--\r\n`)
  const end = Buffer.from('\r\n')
  const framing = [...lines, ...heads, tail].reduce((sum, piece) => sum + piece.length, files.length * end.length)
  async function* pieces() {
    yield* lines
    for (const [i, file] of files.entries()) {
      yield heads[i]
      yield* file.open()
      yield end
    }
    yield tail
  }
  return {
    headers: {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(files.reduce((sum, { size }) => sum + size, framing)),
    },
    body: Readable.from(pieces(), { objectMode: false }),
  }
}

/** As browsers write names: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
const quoted = (name: string): string => name.replace(/["\r\n]/g, (character) => encodeURIComponent(character))

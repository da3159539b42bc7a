/** Requests written byte by byte on a socket, as clients send them that no HTTP library here would imitate. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** Send pieces over a socket to this machine, so many milliseconds apart. @returns all that came back until it was closed */
export function send(port: number, pieces: (string | Uint8Array)[], apart = 0): Promise<Buffer> {
  return new Promise((done, failed) => {
    const answer: Buffer[] = []
    const socket = connect(port, '127.0.0.1', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        if (apart > 0) await sleep(apart)
      }
    })
    socket.setTimeout(15_000, () => socket.destroy(new Error(`no answer: ${Buffer.concat(answer)}`)))
    socket.on('error', failed).on('close', () => done(Buffer.concat(answer)))
    socket.on('data', (data: Buffer) => void answer.push(data))
  })
}

/** One chunk of a chunked body (RFC 9112 §7.1). */
export const chunked = (data: Uint8Array): (string | Uint8Array)[] => [`${data.length.toString(16)}\r\n`, data, '\r\n']

/** What a client reads of an answer. */
export interface Read {
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  /** Put together, and unpacked. */
  body: string
}

/** Take an answer apart. Interim ones (100) are passed over. */
export function readAnswer(bytes: Buffer): Read {
  const at = bytes.indexOf('\r\n\r\n')
  const [line = '', ...lines] = bytes.subarray(0, at).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(line)?.[1])
  if (status < 200) return readAnswer(bytes.subarray(at + 4))
  const headers = Object.fromEntries(
    lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
  )
  const rest = bytes.subarray(at + 4)
  const whole = headers['transfer-encoding'] === 'chunked' ? unchunked(rest) : rest
  const unpack = { gzip: gunzipSync, br: brotliDecompressSync }[headers['content-encoding'] ?? '']
  return { status, headers, body: (unpack && whole.length > 0 ? unpack(whole) : whole).toString('utf8') }
}

function unchunked(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n')
  const length = Number.parseInt(bytes.subarray(0, end).toString('latin1'), 16)
  if (!(length > 0)) return Buffer.alloc(0)
  const from = end + 2
  return Buffer.concat([bytes.subarray(from, from + length), unchunked(bytes.subarray(from + length + 2))])
}

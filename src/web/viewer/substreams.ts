// SPDX-License-Identifier: GPL-2.0-or-later
/** Streams inside of one connection, of HTTP/2 and of QUIC, put together out of dissected packets: the engine's own `follow` knows none of them but the first. */
import type { Detail, Packet, Stream } from './engine.ts'
import { isOf } from './fields.ts'

const FIELDS: Record<string, { protocol: string; id: string }> = {
  HTTP2: { protocol: 'http2', id: 'http2.streamid' },
  QUIC: { protocol: 'quic', id: 'quic.stream.stream_id' },
}

/** The condition on a packet that says it has some of such a stream; `null`: the engine's own `follow` is right. */
export function substreamIn(protocol: string, filter: string): string | null {
  const field = FIELDS[protocol]?.id
  const id = / and ([a-z0-9_.]+) eq (\d+)$/.exec(filter)
  return field !== undefined && id?.[1] === field ? `${field} == ${id[2]}` : null
}

/** What one packet has of such a stream, as `tshark -z follow` gives it out. */
export function partsIn(protocol: string, substream: string, { details, sources }: Packet): Uint8Array[] {
  const bytesOf = ({ source, start, length }: Detail) =>
    sources[source]?.bytes.subarray(start, start + length) ?? new Uint8Array(0)
  const parts = details
    .filter(({ filter }) => filter === FIELDS[protocol]?.protocol)
    .flatMap((detail) => framesIn(detail, substream))
    .flatMap((frame) => {
      if (protocol === 'QUIC') return frame.children.filter(isOf('quic.stream_data')).map(bytesOf)
      const header = frame.children.find(isOf('http2.header.length')) // of what was decompressed, in a source of its own
      return [header === undefined ? bytesOf(frame) : (sources[header.source]?.bytes ?? new Uint8Array(0))]
    })
  return parts.filter(({ length }) => length > 0)
}

/** Lines of frames of the stream: those right above its number. */
function framesIn(detail: Detail, substream: string): Detail[] {
  if (detail.children.some(({ filter }) => filter === substream)) return [detail]
  return detail.children.flatMap((child) => framesIn(child, substream))
}

/** Whether the server speaks first in it: it opened it, where the number says so. Of HTTP/2, Wireshark takes who speaks first for the client. */
export const isOfServer = (protocol: string, substream: string): boolean =>
  protocol === 'QUIC' && /[13579]$/.test(substream)

type End = Stream['client']

/** From where a packet came and where it went: by the innermost of its addresses. */
export function endsOf({ details }: Packet): { from: End; to: End } {
  const from = { host: '', port: '' }
  const to = { host: '', port: '' }
  const look = (lines: Detail[]) => {
    for (const { filter, children } of lines) {
      const [, field, value = ''] = FIELD_OF_END.exec(filter) ?? []
      if (field === 'src') from.host = value
      else if (field === 'dst') to.host = value
      else if (field === 'srcport') from.port = value
      else if (field === 'dstport') to.port = value
      if (field === undefined) look(children)
    }
  }
  look(details.filter(({ filter }) => /^(ip|ipv6|tcp|udp)$/.test(filter)))
  return { from, to }
}

const FIELD_OF_END = /^(?:ip|ipv6|tcp|udp)\.(src|dst|srcport|dstport) == (\S+)$/

/** The lines of a header block as `follow` gives one out, each name and value after its length; `null`: these bytes are none. */
export function headerLinesOf(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const words: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? view.getUint32(at) : bytes.length
    if (at + 4 + length > bytes.length) return null
    words.push(Array.from(bytes.subarray(at + 4, at + 4 + length), (byte) => String.fromCharCode(byte)).join(''))
    at += 4 + length
  }
  if (words.length % 2 === 1) return null
  return words.map((word, i) => (i % 2 === 0 ? `${word}: ` : `${word}\n`)).join('')
}

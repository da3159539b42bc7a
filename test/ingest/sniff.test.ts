import { describe, expect, it } from 'vitest'
import { surelyNoCapture } from '../../src/ingest/sniff.ts'
import { bytes, MODIFIED, NANOSECONDS, pcap, pcapng, utf8 } from '../support/captures.ts'

/** Magic numbers from the formats' own descriptions. */
const NO_CAPTURES: [string, Uint8Array][] = [
  ['empty', new Uint8Array(0)],
  ['a JPEG image', Uint8Array.of(0xff, 0xd8, 0xff, 0xe1)],
  ['a GIF image', utf8('GIF89a')],
  ['a WebP image', bytes(utf8('RIFF'), [1, 2, 3, 4], utf8('WEBPVP8 '))],
  ['an MP4 video', bytes([0, 0, 0, 0x18], utf8('ftypmp42'))],
  ['a PDF document', utf8('%PDF-1.4')],
  ['a ZIP archive', bytes(utf8('PK'), [3, 4, 20, 0])],
  ['an empty ZIP archive', bytes(utf8('PK'), [5, 6, 0, 0])],
  ['a 7-Zip archive', bytes(utf8('7z'), [0xbc, 0xaf, 0x27, 0x1c])],
  ['a RAR archive', bytes(utf8('Rar!'), [0x1a, 7, 1, 0])],
  ['compressed by xz', bytes([0xfd], utf8('7zXZ'), [0])],
  ['compressed by bzip2', bytes(utf8('BZh9'), [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])],
  ['an ELF program', bytes([0x7f], utf8('ELF'), [2])],
  ['an HTML page', utf8('\ufeff\n<!DocType HTML>')],
  ['an HTML page', utf8('<html>')],
  ['JSON', utf8('[{"a":1}]')],
  ['JSON', utf8('{ "error": "x" }')],
  ['a whole HTTP response', utf8('HTTP/1.1 200 OK\r\n')],
  ['a PEM key or certificate', utf8('-----BEGIN CERTIFICATE-----')],
]

describe('surelyNoCapture', () => {
  it.each(NO_CAPTURES)('names %s', (what, head) => {
    expect(surelyNoCapture(head)).toBe(what)
  })

  it.each([
    ['pcap', pcap([{}])],
    ['pcap, big-endian', pcap([{}], { order: 'big' })],
    ['pcap in nanoseconds', pcap([{}], { magic: NANOSECONDS })],
    ['modified pcap', pcap([{}], { magic: MODIFIED })],
    ['pcapng', pcapng().section()],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)],
    ['lz4', Uint8Array.of(4, 0x22, 0x4d, 0x18)],
    ['snoop', utf8('snoop\0\0\0\0\0\0\x02')],
    ['one byte', Uint8Array.of(0xff)],
    ['zeros', new Uint8Array(512)],
    ['unknown bytes', Uint8Array.from({ length: 512 }, (_, i) => (i * 37) & 255)],
    ['a text that a tool of the trade may read', utf8('<?xml version="1.0"?><pdml>')],
  ])('lets %s in', (_, head) => {
    expect(surelyNoCapture(head)).toBeNull()
  })
})

/** What the first bytes of a file say that it surely is, where that is no packet capture. */
import { GatewayError } from '../errors.ts'

/** So many first bytes are looked at: a tar header has its magic at 257. */
export const SNIFFED = 512

const text = (characters: string) => [...characters].map((character) => character.charCodeAt(0))

/**
 * Magic numbers of what is surely no capture. A list of what may be one would turn new formats away at the door; unknown
 * bytes are taken in, and end as `error` if nothing reads them.
 */
const NO_CAPTURES: readonly { what: string; at: number; magic: number[] }[] = [
  { what: 'a JPEG image', at: 0, magic: [0xff, 0xd8, 0xff] },
  { what: 'a PNG image', at: 0, magic: [0x89, ...text('PNG\r\n'), 0x1a, 0x0a] },
  { what: 'a GIF image', at: 0, magic: text('GIF8') },
  { what: 'a WebP image', at: 8, magic: text('WEBP') },
  { what: 'a WAV sound', at: 8, magic: text('WAVEfmt') },
  { what: 'an MP3 sound', at: 0, magic: text('ID3') },
  { what: 'an MP4 video', at: 4, magic: text('ftyp') },
  { what: 'a PDF document', at: 0, magic: text('%PDF-') },
  { what: 'a ZIP archive', at: 0, magic: [...text('PK'), 3, 4] },
  { what: 'an empty ZIP archive', at: 0, magic: [...text('PK'), 5, 6] },
  { what: 'a RAR archive', at: 0, magic: [...text('Rar!'), 0x1a, 7] },
  { what: 'a 7-Zip archive', at: 0, magic: [...text('7z'), 0xbc, 0xaf, 0x27, 0x1c] },
  { what: 'a tar archive', at: 257, magic: text('ustar') },
  { what: 'compressed by bzip2', at: 4, magic: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59] },
  { what: 'compressed by xz', at: 0, magic: [0xfd, ...text('7zXZ'), 0] },
  { what: 'an ELF program', at: 0, magic: [0x7f, ...text('ELF')] },
  { what: 'a Windows program', at: 0, magic: [...text('MZ'), 0x90, 0] },
  { what: 'a WebAssembly module', at: 0, magic: [0, ...text('asm')] },
  { what: 'a Java class', at: 0, magic: [0xca, 0xfe, 0xba, 0xbe] },
  { what: 'an SQLite database', at: 0, magic: text('SQLite format 3') },
  { what: 'a script', at: 0, magic: text('#!/') },
  { what: 'a PEM key or certificate', at: 0, magic: text('-----BEGIN ') },
  { what: 'a TLS key log', at: 0, magic: text('CLIENT_RANDOM ') },
  { what: 'a TLS key log', at: 0, magic: text('CLIENT_HANDSHAKE_TRAFFIC_SECRET ') },
]

/** How text begins that is no capture: after a byte order mark and blanks. */
const NO_CAPTURE_TEXTS = [
  { what: 'an HTML page', begins: /^<(!doctype html|html|head|body)/i },
  { what: 'JSON', begins: /^\[?\s*\{\s*"/ },
  { what: 'a whole HTTP response', begins: /^HTTP\/1\.[01] \d/ },
  { what: 'a data: URL', begins: /^data:[\w/.+-]+[;,]/ },
]

const ADVICE: Record<string, string> = {
  'a ZIP archive': 'Unpack it and send the capture in it.',
  'a tar archive': 'Unpack it and send the capture in it.',
  'compressed by bzip2': 'Decompress it first, or compress it with gzip.',
  'compressed by xz': 'Decompress it first, or compress it with gzip.',
}

/** What these first bytes surely are, in words that follow "The file is"; `null` where they may be a capture. */
export function surelyNoCapture(head: Uint8Array): string | null {
  if (head.length === 0) return 'empty'
  for (const { what, at, magic } of NO_CAPTURES)
    if (head.length >= at + magic.length && magic.every((byte, index) => head[at + index] === byte)) return what
  const start = new TextDecoder().decode(head.subarray(0, 128)).trimStart()
  return NO_CAPTURE_TEXTS.find(({ begins }) => begins.test(start))?.what ?? null
}

/** Why these first bytes surely are no capture, in a sentence or two; `null` where they may be one. */
export function whyNoCapture(head: Uint8Array): string | null {
  const what = surelyNoCapture(head)
  if (what === null) return null
  if (what === 'empty') return 'The file is empty: there is no packet capture in it.'
  const advice = ADVICE[what]
  return `The file is ${what}, not a packet capture.${advice ? ` ${advice}` : ''}`
}

/** @throws GatewayError `not-a-capture`, with the name of what it is */
export function refuseNoCapture(head: Uint8Array): void {
  const why = whyNoCapture(head)
  if (why !== null) throw new GatewayError('not-a-capture', why)
}

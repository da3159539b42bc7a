/** Generated captures: real structure, no meaning, the same bytes each time. */
import { closeSync, openSync, writeSync } from 'node:fs'

export type Format = 'pcap' | 'pcapng'

export interface CaptureSpec {
  format: Format
  /** Of the file, to within one packet. Bytes. */
  size: number
  /** Average caplen; packets are 60 bytes to twice the average less 60. Bytes. */
  packet: number
}

/** Packets that are laid out once; each copy of them only gets other times. Bytes. */
const SHEET = 4 * 1024 * 1024
/** Between two packets. Microseconds. */
const INTERVAL = 25
const FIRST_TIME = 1_700_000_000

/** How a format writes a packet: bytes before, and where its time stands. */
const LAYOUTS: Record<Format, { header: number; trailer: number; aligned: number; fileHeader: Uint8Array }> = {
  pcap: {
    header: 16,
    trailer: 0,
    aligned: 1,
    fileHeader: words(0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 1),
  },
  pcapng: {
    header: 28,
    trailer: 4,
    aligned: 4,
    fileHeader: words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, 1, 20, 1, 262_144, 20),
  },
}

/** Write a capture into a file. */
export function writeCapture(path: string, spec: CaptureSpec): void {
  const { fileHeader } = LAYOUTS[spec.format]
  const { bytes, packets } = sheetOf(spec)
  const view = new DataView(bytes.buffer)
  const file = openSync(path, 'wx')
  try {
    let written = writeSync(file, fileHeader)
    let number = 0
    while (written < spec.size) {
      let end = 0
      for (const at of packets) {
        if (written + at >= spec.size) break
        setTime(view, at, spec.format, number++)
        end = at + lengthAt(view, at, spec.format)
      }
      written += writeSync(file, bytes, 0, end)
    }
  } finally {
    closeSync(file)
  }
}

/** Packets without their times, and where each begins. */
function sheetOf({ format, packet }: CaptureSpec): { bytes: Uint8Array<ArrayBuffer>; packets: number[] } {
  const { header, trailer, aligned } = LAYOUTS[format]
  const bytes = new Uint8Array(SHEET)
  const view = new DataView(bytes.buffer)
  const packets: number[] = []
  const next = randomNumbers()
  for (let at = 0; ; ) {
    const caplen = 60 + (next() % (2 * (packet - 60) + 1))
    const padded = Math.ceil(caplen / aligned) * aligned
    const length = header + padded + trailer
    if (at + length > SHEET) return { bytes: bytes.slice(0, at), packets }
    packets.push(at)
    if (format === 'pcapng') {
      view.setUint32(at, 6, true)
      view.setUint32(at + 4, length, true)
      view.setUint32(at + length - 4, length, true)
    }
    view.setUint32(at + header - 8, caplen, true)
    view.setUint32(at + header - 4, caplen, true)
    for (let byte = 0; byte < caplen; byte++) bytes[at + header + byte] = next() & 0xff
    at += length
  }
}

function setTime(view: DataView, at: number, format: Format, number: number): void {
  const time = number * INTERVAL
  if (format === 'pcap') {
    view.setUint32(at, FIRST_TIME + Math.floor(time / 1_000_000), true)
    view.setUint32(at + 4, time % 1_000_000, true)
    return
  }
  const ticks = FIRST_TIME * 1_000_000 + time
  view.setUint32(at + 12, Math.floor(ticks / 2 ** 32), true)
  view.setUint32(at + 16, ticks % 2 ** 32, true)
}

const lengthAt = (view: DataView, at: number, format: Format): number =>
  format === 'pcap' ? 16 + view.getUint32(at + 8, true) : view.getUint32(at + 4, true)

/** A linear congruential generator, its better bits. */
function randomNumbers(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 8
  }
}

function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true)
  return new Uint8Array(view.buffer)
}

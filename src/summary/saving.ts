/** How a summary is written down and read again: numbers, bytes and protocols, one after the other, without names or padding. */
import { protocol, protocolNames } from './protocols.ts'

/** What is written may change with any version of pcaport; one that reads another's begins the capture anew. */
export const SAVED_VERSION = 1

/** Seven bits a byte, the least first; the eighth says that more follow. */
const MORE = 0x80

/** Bytes of each piece of what is written, but for the last; and the most that is written, or read, between two steps of it. */
export const PIECE = 1024 * 1024

/**
 * Writes pieces of 1 MiB, to be taken away by `taken`; or only measures what it would write.
 * Holds one piece, and those that are whole and not taken away.
 */
export class Scribe {
  private readonly measures: boolean
  private whole: Uint8Array<ArrayBuffer>[] = []
  private bytes = new Uint8Array(PIECE)
  private at = 0
  private before = 0
  private readonly double = new Float64Array(1)
  private readonly octets = new Uint8Array(this.double.buffer)

  constructor(measures: boolean) {
    this.measures = measures
    this.number(SAVED_VERSION)
    const names = new TextEncoder().encode(protocolNames().join('\n'))
    this.number(names.length)
    this.raw(names, 0, names.length)
  }

  /** A whole number from 0 up, exact where a double is: 1 byte below 128, 4 below 2^28. */
  number(value: number): void {
    let rest = value
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) this.put((rest % MORE) | MORE)
    this.put(rest)
  }

  /** Any double, by how far it is from one that the reader has: few bytes if that is a whole number and small, else 9. */
  near(value: number, base: number): void {
    const difference = value - base
    const exact = Math.abs(difference) < 2 ** 51 && Number.isInteger(difference) && base + difference === value
    this.number(exact ? 1 + (difference < 0 ? -2 * difference - 1 : 2 * difference) : 0)
    if (exact) return
    this.double[0] = value
    this.raw(this.octets, 0, 8)
  }

  /** A word of an Int32Array that may be anything: 4 bytes. */
  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.put((value >>> shift) & 255)
  }

  raw(from: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.put(from[at] as number)
  }

  /** Bytes so far. */
  get length(): number {
    return this.before + this.at
  }

  /** The pieces that are whole. */
  taken(): Uint8Array<ArrayBuffer>[] {
    const { whole } = this
    this.whole = []
    return whole
  }

  /** What was written since the last whole piece. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.at)
  }

  private put(byte: number): void {
    if (this.at === PIECE) this.turn()
    this.bytes[this.at++] = byte
  }

  private turn(): void {
    if (!this.measures) {
      this.whole.push(this.bytes)
      this.bytes = new Uint8Array(PIECE)
    }
    this.before += PIECE
    this.at = 0
  }
}

/** Reads what a {@link Scribe} wrote, in the same order. Holds what was given and has not been read. */
export class Saved {
  private bytes: Uint8Array
  private at = 0
  private readonly double = new Float64Array(1)
  private readonly octets = new Uint8Array(this.double.buffer)
  /** This process's number for each that the writer had: they follow the order in which modules were loaded. */
  private readonly protocols: number[]

  /** @param bytes from its start: the first {@link PIECE} of it at least, or all. @throws Error where another version wrote it */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const version = this.number()
    if (version !== SAVED_VERSION)
      throw new Error(`a summary saved as version ${version}, where ${SAVED_VERSION} is read`)
    const names = new Uint8Array(this.number())
    this.raw(names, 0, names.length)
    this.protocols = new TextDecoder().decode(names).split('\n').map(protocol)
  }

  /** Bytes that can be read. */
  get left(): number {
    return this.bytes.length - this.at
  }

  /** What follows those that can be read. */
  give(pieces: Uint8Array[]): void {
    const rest = this.bytes.subarray(this.at)
    this.bytes = joined([rest, ...pieces])
    this.at = 0
  }

  number(): number {
    let value = 0
    for (let scale = 1; ; scale *= MORE) {
      const byte = this.take()
      value += (byte % MORE) * scale
      if (byte < MORE) return value
    }
  }

  near(base: number): number {
    const coded = this.number() - 1
    if (coded >= 0) return base + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2)
    this.raw(this.octets, 0, 8)
    return this.double[0] as number
  }

  word(): number {
    return this.take() | (this.take() << 8) | (this.take() << 16) | (this.take() << 24)
  }

  /** Read into `into` from `start` to `end`. */
  raw(into: Uint8Array, start: number, end: number): void {
    into.set(this.bytes.subarray(this.at, this.at + end - start), start)
    this.at += end - start
  }

  /** The protocol whose number was `written`. */
  protocol(written: number): number {
    return this.protocols[written] as number
  }

  /** @throws Error behind the end, so that no damage can make it read for ever */
  private take(): number {
    if (this.at >= this.bytes.length) throw new Error('a saved summary that ends too early')
    return this.bytes[this.at++] as number
  }
}

/** One array of them all. */
export function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

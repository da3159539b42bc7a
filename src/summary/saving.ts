/** How a summary is written down and read again: numbers, bytes and protocols, one after the other, without names or padding. */
import { protocol, protocolNames } from './protocols.ts'

/** What is written may change with any version of pcaport; one that reads another's begins the capture anew. */
export const SAVED_VERSION = 1

/** Seven bits a byte, the least first; the eighth says that more follow. */
const MORE = 0x80

/** Writes into `bytes`. Where these have come to their end it only counts on, so that a first pass measures what a second writes. */
export class Scribe {
  length = 0
  private readonly bytes: Uint8Array
  private readonly double = new Float64Array(1)
  private readonly octets = new Uint8Array(this.double.buffer)

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes
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

  private put(byte: number): void {
    if (this.length < this.bytes.length) this.bytes[this.length] = byte
    this.length++
  }
}

/** Reads what a {@link Scribe} wrote, in the same order. */
export class Saved {
  private readonly bytes: Uint8Array
  private at = 0
  private readonly double = new Float64Array(1)
  private readonly octets = new Uint8Array(this.double.buffer)
  /** This process's number for each that the writer had: they follow the order in which modules were loaded. */
  private readonly protocols: number[]

  /** @throws Error where another version wrote it */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const version = this.number()
    if (version !== SAVED_VERSION)
      throw new Error(`a summary saved as version ${version}, where ${SAVED_VERSION} is read`)
    const names = new Uint8Array(this.number())
    this.raw(names, 0, names.length)
    this.protocols = new TextDecoder().decode(names).split('\n').map(protocol)
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

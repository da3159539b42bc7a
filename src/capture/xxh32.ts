/** The checksum xxHash-32, with seed 0. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, "XXH32". */

const PRIME1 = 0x9e3779b1
const PRIME2 = 0x85ebca77
const PRIME3 = 0xc2b2ae3d
const PRIME4 = 0x27d4eb2f
const PRIME5 = 0x165667b1

const STRIPE = 16

/** Takes in bytes of any number of pieces. Holds less than one stripe. */
export class Xxh32 {
  private a = (PRIME1 + PRIME2) | 0
  private b = PRIME2 | 0
  private c = 0
  private d = -PRIME1 | 0
  private readonly held = new Uint8Array(STRIPE)
  private count = 0
  private length = 0
  private striped = false

  update(bytes: Uint8Array): this {
    this.length = (this.length + bytes.length) >>> 0
    this.striped ||= this.count + bytes.length >= STRIPE
    let at = 0
    if (this.count > 0) {
      at = Math.min(STRIPE - this.count, bytes.length)
      this.held.set(bytes.subarray(0, at), this.count)
      this.count += at
      if (this.count < STRIPE) return this
      this.stripes(this.held, 0, STRIPE)
      this.count = 0
    }
    const whole = at + ((bytes.length - at) & -STRIPE)
    this.stripes(bytes, at, whole)
    this.held.set(bytes.subarray(whole))
    this.count = bytes.length - whole
    return this
  }

  /** Unsigned. */
  digest(): number {
    let hash = this.striped ? rotate(this.a, 1) + rotate(this.b, 7) + rotate(this.c, 12) + rotate(this.d, 18) : PRIME5
    hash = (hash + this.length) | 0
    const view = new DataView(this.held.buffer)
    let at = 0
    for (; at + 4 <= this.count; at += 4)
      hash = Math.imul(rotate((hash + Math.imul(view.getUint32(at, true), PRIME3)) | 0, 17), PRIME4)
    for (; at < this.count; at++)
      hash = Math.imul(rotate((hash + Math.imul(view.getUint8(at), PRIME5)) | 0, 11), PRIME1)
    hash = Math.imul(hash ^ (hash >>> 15), PRIME2)
    hash = Math.imul(hash ^ (hash >>> 13), PRIME3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  private stripes(bytes: Uint8Array, from: number, to: number) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let { a, b, c, d } = this
    for (let at = from; at < to; at += STRIPE) {
      a = round(a, view.getInt32(at, true))
      b = round(b, view.getInt32(at + 4, true))
      c = round(c, view.getInt32(at + 8, true))
      d = round(d, view.getInt32(at + 12, true))
    }
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }
}

const round = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, PRIME2)) | 0, 13), PRIME1)

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

/** Digests, computed by the runtime as bytes go by. */

/** A digest under way. */
export interface Hash {
  /** The bytes may be changed once this has settled. */
  update(bytes: Uint8Array): Promise<void>
  /** Lower-case hex of all bytes. */
  hex(): Promise<string>
}

/** Begin a digest. Holds nothing of what goes by. */
export function hashing(algorithm: 'SHA-256' | 'SHA-1' | 'MD5'): Hash {
  const stream = new crypto.DigestStream(algorithm)
  const writer = stream.getWriter()
  stream.digest.catch(() => undefined) // who fails on the way never asks for it
  return {
    update: (bytes) => writer.write(bytes),
    async hex() {
      await writer.close()
      return hexOf(await stream.digest)
    },
  }
}

/** Bytes as lower-case hex. */
export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** So many random bits, as lower-case hex. */
export const randomHex = (bits: number): string => hexOf(crypto.getRandomValues(new Uint8Array(bits / 8)))

/** Bytes from hex. */
export const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))

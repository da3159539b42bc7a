/** Passwords of links and logins: kept as PBKDF2 with SHA-256 has them (RFC 8018 §5.2), compared to the end. */
import { bytesOf, hexOf } from '../store/digest.ts'
import type { Login } from '../store/schema.ts'

/** As many as workerd computes. */
const ITERATIONS = 100_000
const SALT_BYTES = 16
const HASH_BYTES = 32

export const MIN_PASSWORD = 8
/** Characters. */
export const MAX_PASSWORD = 256

/** What is kept of a new password. */
export async function kept(password: string): Promise<Login> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const hash = await derived(password, salt, ITERATIONS)
  return { user: '', salt: hexOf(salt), hash: hexOf(hash), iterations: ITERATIONS }
}

/** Whether this is the password. Takes 100,000 rounds of HMAC, and as long for a wrong one. */
export async function isPassword(said: string, { salt, hash, iterations }: Login): Promise<boolean> {
  if (said.length > MAX_PASSWORD) return false
  return crypto.subtle.timingSafeEqual(await derived(said, bytesOf(salt), iterations), bytesOf(hash))
}

/** Longest `Authorization` that is looked at. Characters. */
const MAX_HEADER = 4096

/** A name and a password. */
export interface Said {
  user: string
  password: string
}

/** What an `Authorization: Basic …` says (RFC 7617 §2), in UTF-8; `null` where there is none. */
export function basicOf(header = ''): Said | null {
  const coded = header.length > MAX_HEADER ? undefined : /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  if (coded === undefined) return null
  try {
    const octets = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
    const colon = text.indexOf(':')
    return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) }
  } catch {
    return null
  }
}

/** A digest of a text with a password in it: as much work to guess it from as from what is kept of one. 64 hex. */
export async function slowDigest(text: string, salt: string): Promise<string> {
  return hexOf(await derived(text, new Uint8Array(new TextEncoder().encode(salt)), ITERATIONS))
}

/** One text has one form, however it was typed. */
async function derived(password: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<ArrayBuffer> {
  const octets = new TextEncoder().encode(password.normalize('NFC'))
  const key = await crypto.subtle.importKey('raw', octets, 'PBKDF2', false, ['deriveBits'])
  return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 8 * HASH_BYTES)
}

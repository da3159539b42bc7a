/** A text that is kept so that nobody can read it who has the database alone: a URL that waits to be fetched, which may hold a password, or a key. */
import { hexOf } from '../store/digest.ts'

const encoder = new TextEncoder()

/** Two keys from one secret (RFC 5869). */
async function keyOf(secret: string, part: 'seal' | 'digest'): Promise<CryptoKey> {
  const whole = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encoder.encode(`pcaport ${part}`) }
  return part === 'seal'
    ? crypto.subtle.deriveKey(derivation, whole, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    : crypto.subtle.deriveKey(derivation, whole, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
}

/** Seal a text for one use: AES-256-GCM under a random nonce of 96 bits (NIST SP 800-38D §8.2.2). Base64. @param use what it is bound to: the id of a capture, … */
export async function seal(text: string, use: string, secret: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const how = { name: 'AES-GCM', iv, additionalData: encoder.encode(use) }
  const sealed = await crypto.subtle.encrypt(how, await keyOf(secret, 'seal'), encoder.encode(text))
  return btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)))
}

/** @returns `null` where it was sealed under another secret, or for another use */
export async function unseal(sealed: string, use: string, secret: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0))
    const how = { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData: encoder.encode(use) }
    const text = await crypto.subtle.decrypt(how, await keyOf(secret, 'seal'), bytes.subarray(12))
    return new TextDecoder().decode(text)
  } catch {
    return null
  }
}

/** What tells whether two texts are the same, to who has the secret alone (RFC 2104). 64 hex. */
export async function digestOf(text: string, secret: string): Promise<string> {
  return hexOf(await crypto.subtle.sign('HMAC', await keyOf(secret, 'digest'), encoder.encode(text)))
}

/** What the REST API key of an account is sealed for: it opens as no other account's, and as no other key. @param tokenHash of the key */
export const keyUse = (accountId: number, tokenHash: string): string => `key of account ${accountId}: ${tokenHash}`

/** What a profile of the viewer is sealed for: it opens as no other account's, and as no other profile. */
export const profileUse = (accountId: number, id: string): string => `profile of account ${accountId}: ${id}`

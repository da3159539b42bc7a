/** The digest of a body that its sender announced (RFC 9530). */
import { GatewayError } from '../errors.ts'
import { hexOf } from '../store/digest.ts'

/**
 * The SHA-256 announced in `Content-Digest` and `Repr-Digest` fields (RFC 9530 §2, §3), which here mean the same bytes. Other
 * algorithms are ignored.
 * @returns 64 lower-case hex, or `null` where none is announced
 * @throws GatewayError `bad-digest-header` where sha-256 is there but no 32 bytes of base64, `digest-mismatch` where two differ
 */
export function announcedSha256(...fields: (string | undefined)[]): string | null {
  const members = fields.flatMap((field) => field?.split(',') ?? []).map((member) => member.trim())
  const digests = new Set(members.filter((member) => /^sha-256\s*(=|;|$)/i.test(member)).map(sha256Of))
  if (digests.size > 1) throw new GatewayError('digest-mismatch')
  return [...digests][0] ?? null
}

/** @throws GatewayError `bad-digest-header` */
function sha256Of(member: string): string {
  const value = /^sha-256=:([A-Za-z0-9+/]{43}=):$/i.exec(member.split(';')[0]?.trim() ?? '')?.[1]
  if (value === undefined) throw new GatewayError('bad-digest-header')
  return hexOf(Uint8Array.from(atob(value), (character) => character.charCodeAt(0)))
}

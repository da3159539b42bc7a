/** An authenticator in software: one passkey with ES256, whose answers can be bent (WebAuthn Level 3 §6). */

const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const sha256 = async (data: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', data))
const joined = (...parts: (Uint8Array | number[])[]) => new Uint8Array(parts.flatMap((part) => [...part]))
export const coded = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
const text = (word: string) => joined([0x60 + word.length], bytesOf(word))
const octets = (bytes: Uint8Array) => joined([0x59, bytes.length >> 8, bytes.length & 255], bytes)

/** An INTEGER in DER, of an unsigned number. */
function integer(bytes: Uint8Array): Uint8Array<ArrayBufferLike> {
  let at = 0
  while (at < bytes.length - 1 && bytes[at] === 0) at++
  const body = (bytes[at] ?? 0) & 0x80 ? joined([0], bytes.subarray(at)) : bytes.subarray(at)
  return joined([2, body.length], body)
}

/** What is told otherwise than it is. */
export interface Bent {
  origin?: string
  host?: string
  type?: string
  challenge?: string
  crossOrigin?: boolean
  flags?: number
  counter?: number
  /** Of the attestation: its CBOR. */
  statement?: { format: string; cbor: Uint8Array }
  /** `packed`, signed by the passkey itself, or by another key where it is forged too. §8.2. */
  attestsItself?: boolean
  userHandle?: string
  /** Sign with another key. */
  forged?: boolean
}

/** UP, UV. §6.1. */
export const THERE = 0x01
export const VERIFIED = 0x04
const ATTESTED = 0x40

export async function authenticator(origin: string) {
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = async () => (await crypto.subtle.generateKey(how, true, ['sign', 'verify'])) as CryptoKeyPair
  const [keys, others] = [await pair(), await pair()]
  const raw = new Uint8Array((await crypto.subtle.exportKey('raw', keys.publicKey)) as ArrayBuffer)
  const cose = joined(
    [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32],
    raw.subarray(1, 33),
    [0x22, 0x58, 32],
    raw.subarray(33),
  )
  const credential = crypto.getRandomValues(new Uint8Array(16))
  const id = coded(credential)

  const client = (type: string, challenge: string, bent: Bent) =>
    bytesOf(
      JSON.stringify({
        type: bent.type ?? type,
        challenge: bent.challenge ?? challenge,
        origin: bent.origin ?? origin,
        crossOrigin: bent.crossOrigin ?? false,
      }),
    )
  const head = async (flags: number, bent: Bent) => {
    const { counter = 0 } = bent
    const host = await sha256(bytesOf(bent.host ?? new URL(origin).hostname))
    return joined(host, [flags], [counter >>> 24, (counter >> 16) & 255, (counter >> 8) & 255, counter & 255])
  }
  /** An ECDSA signature over the two, in DER. */
  const sign = async (authData: Uint8Array, json: Uint8Array<ArrayBuffer>, bent: Bent) => {
    const key = (bent.forged ? others : keys).privateKey
    const signed = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      key,
      joined(authData, await sha256(json)),
    )
    const [r, s] = [integer(new Uint8Array(signed, 0, 32)), integer(new Uint8Array(signed, 32))]
    return joined([0x30, r.length + s.length], r, s)
  }
  return {
    id,
    async create(challenge: string, bent: Bent = {}) {
      const json = client('webauthn.create', challenge, bent)
      const authData = joined(
        await head((bent.flags ?? THERE | VERIFIED) | ATTESTED, bent),
        new Uint8Array(16),
        [0, credential.length],
        credential,
        cose,
      )
      const packed = async () =>
        joined([0xa2], text('alg'), [0x26], text('sig'), octets(await sign(authData, json, bent)))
      const { format, cbor } = bent.attestsItself
        ? { format: 'packed', cbor: await packed() }
        : (bent.statement ?? { format: 'none', cbor: new Uint8Array([0xa0]) })
      const attestation = joined(
        [0xa3],
        text('fmt'),
        text(format),
        text('attStmt'),
        cbor,
        text('authData'),
        octets(authData),
      )
      const response = {
        clientDataJSON: coded(json),
        attestationObject: coded(attestation),
        transports: ['internal', 'smoke signals'],
      }
      return { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} }
    },
    async get(challenge: string, bent: Bent = {}) {
      const authData = await head(bent.flags ?? THERE | VERIFIED, bent)
      const json = client('webauthn.get', challenge, bent)
      const response = {
        clientDataJSON: coded(json),
        authenticatorData: coded(authData),
        signature: coded(await sign(authData, json, bent)),
        ...(bent.userHandle === undefined ? {} : { userHandle: bent.userHandle }),
      }
      return { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} }
    },
  }
}

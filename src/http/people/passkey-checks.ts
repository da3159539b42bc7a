/**
 * What an answer of an authenticator must be to be taken: the steps of WebAuthn Level 3 §7.1 and §7.2, over what @simplewebauthn/server reads of it.
 * Attestation is neither asked for nor looked at, so that the certificates that the library's own door brings along stay out of the Worker.
 */
import {
  cose,
  decodeAttestationObject,
  decodeClientDataJSON,
  decodeCredentialPublicKey,
  isoBase64URL,
  isoUint8Array,
  parseAuthenticatorData,
  toHash,
  verifySignature,
} from '@simplewebauthn/server/helpers'

/** Ed25519, ECDSA with P-256, RSA with PKCS #1 v1.5, as COSE numbers them: what authenticators have. */
export const ALGORITHMS = [-8, -7, -257]
/** §7.1 step 26. Octets. */
const LONGEST_ID = 1023

/** What it must be an answer to. */
export interface Asked {
  /** Base64url. */
  challenge: string
  origin: string
  /** Host name of this server: the RP ID. */
  host: string
  /** The person must have been verified, by a PIN, a finger, a face; else being there is enough. */
  verified: boolean
}

/** Of `RegistrationResponseJSON`, §5.1.8, what is read. */
export interface RegistrationAnswer {
  id: string
  response: { clientDataJSON: string; attestationObject: string; transports?: unknown }
}

/** Of `AuthenticationResponseJSON`. */
export interface AuthenticationAnswer {
  id: string
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | undefined }
}

/** What is kept of a new passkey. Base64url where it is binary. */
export interface Registered {
  id: string
  publicKey: string
  counter: number
  backedUp: boolean
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** §7.1 steps 7 to 11, §7.2 steps 10 to 14. No page of another site may have asked, in a frame or otherwise. */
function checkClient(json: string, type: string, { challenge, origin }: Asked): void {
  const client = decodeClientDataJSON(json)
  check(client.type === type, 'it is an answer to something else')
  check(client.challenge === challenge, 'it is an answer to another challenge')
  check(client.origin === origin, 'it was asked for by another site')
  check(client.crossOrigin !== true, 'it was asked for in a frame')
}

/** §7.1 steps 13 to 16, §7.2 steps 15 to 18. */
async function checkAuthenticator(data: Uint8Array<ArrayBuffer>, { host, verified }: Asked) {
  const parsed = parseAuthenticatorData(data)
  const wanted = await toHash(isoUint8Array.fromUTF8String(host))
  check(isoUint8Array.areEqual(parsed.rpIdHash, wanted), 'it is a passkey of another host')
  check(parsed.flags.up, 'nobody was there')
  check(parsed.flags.uv || !verified, 'nobody was verified')
  check(parsed.flags.be || !parsed.flags.bs, 'it is kept by more devices than may have it')
  return parsed
}

/** @throws Error with the reason, for the log alone; whatever the answer is made of */
export async function registered({ id, response }: RegistrationAnswer, asked: Asked): Promise<Registered> {
  checkClient(response.clientDataJSON, 'webauthn.create', asked)
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const authenticator = await checkAuthenticator(attestation.get('authData') as Uint8Array<ArrayBuffer>, asked)
  const { credentialID, credentialPublicKey, counter, flags } = authenticator
  check(credentialID !== undefined && credentialPublicKey !== undefined, 'it brings no passkey')
  check(credentialID.length > 0 && credentialID.length <= LONGEST_ID, 'its id is too long')
  check(isoBase64URL.fromBuffer(credentialID) === id, 'it says two ids')
  const key = decodeCredentialPublicKey(credentialPublicKey)
  check(ALGORITHMS.includes(Number(key.get(cose.COSEKEYS.alg))), 'its algorithm was not asked for')
  return { id, publicKey: isoBase64URL.fromBuffer(credentialPublicKey), counter, backedUp: flags.bs }
}

/**
 * @param passkey as it is kept
 * @throws Error with the reason, for the log alone; whatever the answer is made of
 */
export async function authenticated(
  { id, response }: AuthenticationAnswer,
  passkey: { id: string; publicKey: string; counter: number },
  asked: Asked,
): Promise<{ counter: number; backedUp: boolean }> {
  check(id === passkey.id, 'it is another passkey')
  checkClient(response.clientDataJSON, 'webauthn.get', asked)
  const data = isoBase64URL.toBuffer(response.authenticatorData)
  const { counter, flags } = await checkAuthenticator(data, asked)
  const client = await toHash(isoBase64URL.toBuffer(response.clientDataJSON))
  const isSigned = await verifySignature({
    signature: isoBase64URL.toBuffer(response.signature),
    data: isoUint8Array.concat([data, client]),
    credentialPublicKey: isoBase64URL.toBuffer(passkey.publicKey),
  })
  check(isSigned, 'its signature is wrong')
  check(
    counter > passkey.counter || (counter === 0 && passkey.counter === 0),
    'its counter went back: there are two of it',
  )
  return { counter, backedUp: flags.bs }
}

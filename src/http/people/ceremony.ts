/** A passkey ceremony: what the browser is asked, which cookie says whose answer it is, and the one answer. docs/adr/0018. */
import { getCookie } from 'hono/cookie'
import { GatewayError, wordsOf } from '../../errors.ts'
import { type Ceremony, LONGEST_CEREMONY } from '../../store/ceremonies.ts'
import type { Passkey } from '../../store/passkeys.ts'
import type { GatewayContext } from '../gateway.ts'
import { originOf } from '../links.ts'
import { ALGORITHMS, type Asked } from './passkey-checks.ts'

const SECRET = /^[0-9a-f]{64}$/
const TIMEOUT = { timeout: LONGEST_CEREMONY }

const isSecure = (c: GatewayContext) => new URL(c.req.url).protocol === 'https:'
const nameOf = (c: GatewayContext) => (isSecure(c) ? '__Host-ceremony' : 'ceremony')

/** The RP ID: this host alone, none beside or below it. */
export const hostOf = (c: GatewayContext): string => new URL(c.req.url).hostname

/** Why a browser would have no passkeys for the address that it came by (WebAuthn Level 3 §5.1.3); `null`: it would. */
export function obstacleOf(c: GatewayContext): 'address' | 'plain' | null {
  const host = hostOf(c)
  if (/^[\d.]+$|^\[/.test(host)) return 'address'
  return isSecure(c) || host === 'localhost' || host.endsWith('.localhost') ? null : 'plain'
}

/** Base64url without padding, RFC 4648 §5. */
const coded = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** Begin one. Writes 2 rows. @returns the challenge, and the `Set-Cookie` of the browser that it is for */
async function begin(c: GatewayContext, purpose: Ceremony['purpose'], accountId: number | null) {
  const challenge = coded(crypto.getRandomValues(new Uint8Array(32)))
  const secret = await c.var.store.ceremonies.begin({ challenge, purpose, accountId }, Date.now())
  const scope = `Path=/; Max-Age=${LONGEST_CEREMONY / 1000}; HttpOnly; SameSite=Strict${isSecure(c) ? '; Secure' : ''}`
  return { challenge, headers: { 'Set-Cookie': `${nameOf(c)}=${secret}; ${scope}` } }
}

const described = ({ id, transports }: Passkey) => ({ id, type: 'public-key' as const, transports })

/** What is asked to make a passkey: `PublicKeyCredentialCreationOptionsJSON`, §5.1.9. One that the account has is not made again. */
export async function askToRegister(c: GatewayContext, account: { id: number; name: string }, known: Passkey[]) {
  const { challenge, headers } = await begin(c, 'register', account.id)
  const options = {
    challenge,
    rp: { id: hostOf(c), name: 'pcaport' },
    user: { id: handleOf(account.id), name: account.name, displayName: account.name },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    attestation: 'none',
    ...TIMEOUT,
  }
  return { options, headers }
}

/**
 * What is asked of a passkey: `PublicKeyCredentialRequestOptionsJSON`, §5.1.10.
 * @param accountId `null`: of any that the browser has for this host
 */
export async function askToSign(
  c: GatewayContext,
  purpose: 'sign-in' | 'confirm',
  accountId: number | null,
  known: Passkey[],
) {
  const { challenge, headers } = await begin(c, purpose, accountId)
  const userVerification = purpose === 'confirm' ? 'required' : 'preferred'
  return {
    options: { challenge, rpId: hostOf(c), allowCredentials: known.map(described), userVerification, ...TIMEOUT },
    headers,
  }
}

/** The user handle of an account, §5.4.3: it says nothing of the person. Base64url. */
export const handleOf = (accountId: number): string => coded(new TextEncoder().encode(`account ${accountId}`))

/**
 * Take up the ceremony that this browser has begun: it is over with that, however the answer turns out.
 * @param accountId who has to have begun it; `null`: whoever
 * @throws GatewayError `ceremony-over`
 */
export async function take(c: GatewayContext, purpose: Ceremony['purpose'], accountId: number | null): Promise<Asked> {
  const secret = getCookie(c, nameOf(c)) ?? ''
  const begun = SECRET.test(secret) ? await c.var.store.ceremonies.take(secret, purpose, Date.now()) : null
  if (begun === null || begun.accountId !== accountId) throw new GatewayError('ceremony-over')
  return { challenge: begun.challenge, origin: originOf(c), host: hostOf(c), verified: purpose === 'confirm' }
}

/** What a check says of an answer; what is wrong with it is told to the log alone. @throws GatewayError `passkey-refused` */
export async function checked<T>(check: Promise<T>): Promise<T> {
  try {
    return await check
  } catch (error) {
    console.log(`a passkey was refused: ${wordsOf(error).slice(0, 200)}`)
    throw new GatewayError('passkey-refused')
  }
}

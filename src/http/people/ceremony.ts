/** A passkey ceremony: what the browser is asked, which cookie says whose answer it is, and the one answer. docs/adr/0018. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type AuthenticatorTransport as Transport,
} from '@simplewebauthn/server'
import { COSEALG, isoBase64URL } from '@simplewebauthn/server/helpers'
import { getCookie } from 'hono/cookie'
import { GatewayError, wordsOf } from '../../errors.ts'
import { type Ceremony, LONGEST_CEREMONY } from '../../store/ceremonies.ts'
import type { Passkey } from '../../store/passkeys.ts'
import { isSecret } from '../../store/sessions.ts'
import { hostCookie, isSecure, setCookie } from '../cookie.ts'
import type { GatewayContext } from '../gateway.ts'
import { originOf } from '../links.ts'

/** What authenticators have, by what both are asked for and taken by. */
export const ALGORITHMS = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256]

/** What an answer must be an answer to. */
export interface Asked {
  /** Base64url. */
  challenge: string
  origin: string
  /** Host name of this server: the RP ID. */
  host: string
  /** The person must have been verified, by a PIN, a finger, a face; else being there is enough. */
  verified: boolean
}

const nameOf = (c: GatewayContext) => hostCookie(c, 'ceremony')

/** The RP ID: this host alone, none beside or below it. */
export const hostOf = (c: GatewayContext): string => new URL(c.req.url).hostname

/** Why a browser would have no passkeys for the address that it came by (WebAuthn Level 3 §5.1.3); `null`: it would. */
export function obstacleOf(c: GatewayContext): 'address' | 'plain' | null {
  const host = hostOf(c)
  if (/^[\d.]+$|^\[/.test(host)) return 'address'
  return isSecure(c) || host === 'localhost' || host.endsWith('.localhost') ? null : 'plain'
}

/** Begin one. Writes 2 rows. @returns the `Set-Cookie` of the browser that it is for */
async function begin(c: GatewayContext, purpose: Ceremony['purpose'], accountId: number | null, challenge: string) {
  const value = await c.var.store.ceremonies.begin({ challenge, purpose, accountId }, Date.now())
  const lasts = { path: '/', seconds: LONGEST_CEREMONY / 1000, sameSite: 'Strict' } as const
  return { 'Set-Cookie': setCookie(c, { name: nameOf(c), value, ...lasts }) }
}

const described = ({ id, transports }: Passkey) => ({ id, transports: transports as Transport[] })

/** What is asked to make a passkey. One that the account has is not made again. Writes 2 rows. */
export async function askToRegister(c: GatewayContext, account: { id: number; name: string }, known: Passkey[]) {
  const options = await generateRegistrationOptions({
    rpID: hostOf(c),
    rpName: 'pcaport',
    userID: isoBase64URL.toBuffer(handleOf(account.id)),
    userName: account.name,
    userDisplayName: account.name,
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    attestationType: 'none',
    timeout: LONGEST_CEREMONY,
  })
  return { options, headers: await begin(c, 'register', account.id, options.challenge) }
}

/**
 * What is asked of a passkey. Writes 2 rows.
 * @param accountId `null`: of any that the browser has for this host
 */
export async function askToSign(
  c: GatewayContext,
  purpose: 'sign-in' | 'confirm',
  accountId: number | null,
  known: Passkey[],
) {
  const options = await generateAuthenticationOptions({
    rpID: hostOf(c),
    allowCredentials: known.map(described),
    userVerification: purpose === 'confirm' ? 'required' : 'preferred',
    timeout: LONGEST_CEREMONY,
  })
  return { options, headers: await begin(c, purpose, accountId, options.challenge) }
}

/** The user handle of an account, §5.4.3: it says nothing of the person. Base64url. */
export const handleOf = (accountId: number): string => isoBase64URL.fromUTF8String(`account ${accountId}`)

/**
 * Take up the ceremony that this browser has begun: it is over with that, however the answer turns out.
 * @param accountId who has to have begun it; `null`: whoever
 * @throws GatewayError `ceremony-over`
 */
export async function take(c: GatewayContext, purpose: Ceremony['purpose'], accountId: number | null): Promise<Asked> {
  const secret = getCookie(c, nameOf(c)) ?? ''
  const begun = isSecret(secret) ? await c.var.store.ceremonies.take(secret, purpose, Date.now()) : null
  if (begun === null || begun.accountId !== accountId) throw new GatewayError('ceremony-over')
  return { challenge: begun.challenge, origin: originOf(c), host: hostOf(c), verified: purpose === 'confirm' }
}

/**
 * What a check says of an answer; what is wrong with it is told to the log alone, but for what the person can do something about.
 * @throws GatewayError that of the check, else `passkey-refused`
 */
export async function checked<T>(check: Promise<T>): Promise<T> {
  try {
    return await check
  } catch (error) {
    if (error instanceof GatewayError) throw error
    console.log(`a passkey was refused: ${wordsOf(error).slice(0, 200)}`)
    throw new GatewayError('passkey-refused')
  }
}

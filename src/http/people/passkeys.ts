/** Passkeys, as the script of a page has them: asked for, and answered, in JSON. docs/adr/0018. */
import {
  type AuthenticationResponseJSON as AuthenticationAnswer,
  type RegistrationResponseJSON as RegistrationAnswer,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject, decodeClientDataJSON, isoBase64URL } from '@simplewebauthn/server/helpers'
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { deedOf } from '../../store/audit.ts'
import type { Passkey } from '../../store/passkeys.ts'
import { browserOf } from '../../web/pages/browser.ts'
import { problemBody, speak } from '../dialect.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { byOf, isFresh, nextOf, seeOwnSite, signedIn, signIn } from '../session.ts'
import { countAttempt } from './attempts.ts'
import { ALGORITHMS, type Asked, askToRegister, askToSign, checked, handleOf, take } from './ceremony.ts'
import { jsonIn } from './json-body.ts'
import { refuseSuspended } from './sign-in.ts'

/** What authenticators may say that they can be reached by (WebAuthn Level 3 §5.8.4). */
const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable']
/** Longest name of a passkey. Characters. */
export const LONGEST_NAME = 60

/** For strangers: from a page of this server, and not too often. */
function begun(c: GatewayContext): number {
  seeOwnSite(c)
  const now = Date.now()
  countAttempt(c, now)
  return now
}

export const passkeyRoutes = new Hono<Gateway>({ strict: false })
  .post('/sign-in/passkey/options', async (c) => {
    begun(c)
    const { options, headers } = await askToSign(c, 'sign-in', null, [])
    return c.json(options, 200, headers)
  })
  .post('/sign-in/passkey', async (c) => {
    seeOwnSite(c)
    const now = Date.now()
    const answer = (await jsonIn(c)) as unknown as AuthenticationAnswer
    const asked = await take(c, 'sign-in', null) // counted when it was begun
    const passkey = typeof answer.id === 'string' ? await c.var.store.passkeys.find(answer.id) : null
    const account = passkey && (await c.var.store.accounts.find(passkey.accountId))
    if (!passkey || !account) throw new GatewayError('passkey-refused')
    try {
      await prove(c, passkey, answer, asked, now)
    } catch (error) {
      await c.var.store.audit.note(deedOf(byOf(c, account), 'sign-in-refused', `passkey ${passkey.name}`), now)
      throw error
    }
    await refuseSuspended(c, account, `passkey ${passkey.name}`)
    const cookie = await signIn(c, account, { method: 'passkey' })
    return c.json({ next: nextOf(c.req.query('next')) }, 200, { 'Set-Cookie': cookie })
  })
  .post('/account/confirm/options', signedIn, async (c) => {
    const { account } = c.var.person
    countAttempt(c, Date.now())
    const known = await c.var.store.passkeys.list(account.id)
    const { options, headers } = await askToSign(c, 'confirm', account.id, known)
    return c.json(options, 200, headers)
  })
  .post('/account/confirm', signedIn, async (c) => {
    const { account, session } = c.var.person
    const { audit, passkeys, sessions } = c.var.store
    const now = Date.now()
    const answer = (await jsonIn(c)) as unknown as AuthenticationAnswer
    const asked = await take(c, 'confirm', account.id)
    const passkey = typeof answer.id === 'string' ? await passkeys.find(answer.id) : null
    try {
      if (passkey?.accountId !== account.id) throw new GatewayError('passkey-refused')
      await prove(c, passkey, answer, asked, now)
    } catch (error) {
      await audit.note(deedOf(byOf(c, account), 'confirm-refused', 'passkey'), now)
      throw error
    }
    await audit.write(deedOf(byOf(c, account), 'confirmed', `passkey ${passkey.name}`), now)
    await sessions.confirmed(session.hash, now)
    return c.json({ next: nextOf(c.req.query('next')) })
  })
  .post('/account/passkeys/options', signedIn, async (c) => {
    const { account } = c.var.person
    const now = Date.now()
    if (!isFresh(c.var.person, now)) throw new GatewayError('not-confirmed')
    countAttempt(c, now)
    const { options, headers } = await askToRegister(c, account, await c.var.store.passkeys.list(account.id))
    return c.json(options, 200, headers)
  })
  .post('/account/passkeys', signedIn, async (c) => {
    const { account } = c.var.person
    const { audit, passkeys } = c.var.store
    const now = Date.now()
    const { name, answer } = await jsonIn(c)
    if (!isFresh(c.var.person, now)) throw new GatewayError('not-confirmed')
    const asked = await take(c, 'register', account.id)
    const made = await checked(registered(answer as RegistrationAnswer, asked))
    const called = nameOf(typeof name === 'string' ? name : '') || browserOf(c.req.header('user-agent') ?? '')
    await passkeys.add({ ...made, accountId: account.id, name: called, createdAt: now })
    await audit.note(deedOf(byOf(c, account), 'passkey-added', called), now)
    return c.json({ name: called }, 201)
  })
  .onError(speak(problemBody, 'application/problem+json'))

/** What somebody calls a passkey, as far as it can be seen; empty: nothing. */
export const nameOf = (said: string): string =>
  said
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, LONGEST_NAME)

const expectedBy = ({ challenge, origin, host, verified }: Asked) => ({
  expectedChallenge: challenge,
  expectedOrigin: origin,
  expectedRPID: host,
  requireUserVerification: verified,
})

/** Nobody answers in a frame of another site: what the library lets pass where the browser does not name that site. */
function refuseFramed({ response }: RegistrationAnswer | AuthenticationAnswer): void {
  if (decodeClientDataJSON(response.clientDataJSON).crossOrigin) throw new Error('it was asked for in a frame')
}

/**
 * What is kept of a new passkey. Nobody is asked who made its authenticator, and one that sends certificates all the same is not taken: none are read
 * here (src/certificates.ts).
 * @throws GatewayError `passkey-attested` for those; else Error with the reason, for the log alone; whatever the answer is made of
 */
async function registered(answer: RegistrationAnswer, asked: Asked) {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(answer.response.attestationObject))
  const format = attestation.get('fmt')
  if (format !== 'none' && (format !== 'packed' || attestation.get('attStmt').get('x5c') !== undefined))
    throw new GatewayError('passkey-attested')
  const { registrationInfo: made } = await verifyRegistrationResponse({
    response: answer,
    ...expectedBy(asked),
    supportedAlgorithmIDs: ALGORITHMS,
  })
  if (!made) throw new Error('its attestation is signed by another key')
  refuseFramed(answer)
  const said: unknown = answer.response.transports
  const { id, publicKey, counter } = made.credential
  return {
    id,
    publicKey: isoBase64URL.fromBuffer(publicKey),
    counter,
    backedUp: made.credentialBackedUp,
    transports: TRANSPORTS.filter((one) => Array.isArray(said) && said.includes(one)),
  }
}

/** @throws Error with the reason, for the log alone; whatever the answer is made of */
async function authenticated(answer: AuthenticationAnswer, { id, publicKey, counter }: Passkey, asked: Asked) {
  const { verified, authenticationInfo: used } = await verifyAuthenticationResponse({
    response: answer,
    ...expectedBy(asked),
    credential: { id, publicKey: isoBase64URL.toBuffer(publicKey), counter },
  })
  if (!verified) throw new Error('its signature is wrong')
  refuseFramed(answer)
  return { counter: used.newCounter, backedUp: used.credentialBackedUp }
}

/** See that an answer is one of this passkey, and note its use. @throws GatewayError `passkey-refused` */
async function prove(
  c: GatewayContext,
  passkey: Passkey,
  answer: AuthenticationAnswer,
  asked: Asked,
  now: number,
): Promise<void> {
  const { counter, backedUp } = await checked(authenticated(answer, passkey, asked))
  const handle = answer.response.userHandle
  const isTheirs = handle === undefined || handle === null || handle.replace(/=+$/, '') === handleOf(passkey.accountId)
  if (!isTheirs || !(await c.var.store.passkeys.used(passkey, counter, backedUp, now)))
    throw new GatewayError('passkey-refused')
}

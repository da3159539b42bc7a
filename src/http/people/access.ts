/** Cloudflare Access: who it says that somebody is. docs/adr/0018; https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/ */
import { getCookie } from 'hono/cookie'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { GatewayError, wordsOf } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import type { AccessSettings } from '../../store/env.ts'
import type { GatewayContext } from '../gateway.ts'

/** Longest token that is looked at, and longest answer with keys. Characters, and bytes. */
const LONGEST_TOKEN = 16 * 1024
const LONGEST_KEYS = 64 * 1024
/** How long the keys may take, stay good, and are not asked for again where one is missing. Milliseconds. */
const PATIENCE = 5_000
const KEPT = 3_600_000
const COOLDOWN = 60_000
/** Clocks may differ by so much. Seconds. */
const TOLERANCE = 30

/** Who it is, and for how long. Times are milliseconds. */
export interface Vouched {
  /** In lower case. */
  email: string
  until: number
  /** When they signed in at Access. */
  at: number
}

/** The keys of a team, as this isolate has them. There is one team. */
let kept: { issuer: string; keys: JWTVerifyGetKey } | null = null

function keysOf(issuer: string): JWTVerifyGetKey {
  if (kept?.issuer !== issuer) {
    const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), {
      timeoutDuration: PATIENCE,
      cacheMaxAge: KEPT,
      cooldownDuration: COOLDOWN,
      [customFetch]: async (url, init) => {
        try {
          const answer = await fetch(url, init)
          const text = answer.ok ? await textOf(pull(answer.body, PATIENCE), LONGEST_KEYS) : null
          if (text === null) throw new Error(`status ${answer.status}, or too long`)
          return Response.json(JSON.parse(text))
        } catch (error) {
          console.error(`keys of Cloudflare Access: ${wordsOf(error)}`)
          throw new GatewayError('unavailable')
        }
      },
    })
    kept = { issuer, keys }
  }
  return kept.keys
}

/** Forget the keys: for tests, whose team changes them. */
export function forgetKeys(): void {
  kept = null
}

/**
 * Whom Access vouches for, by the header that it adds, else its cookie.
 * @throws GatewayError `no-access-word` where it does for nobody; `unavailable` where its keys could not be had
 */
export async function vouchedFor(
  c: GatewayContext,
  { issuer, audience }: AccessSettings,
  now: number,
): Promise<Vouched> {
  const token = c.req.header('cf-access-jwt-assertion') ?? getCookie(c, 'CF_Authorization') ?? ''
  if (token === '' || token.length > LONGEST_TOKEN) throw new GatewayError('no-access-word')
  try {
    const { payload } = await jwtVerify(token, keysOf(issuer), {
      issuer,
      audience,
      algorithms: ['RS256'],
      clockTolerance: TOLERANCE,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat', 'email'],
    })
    const { email, exp = 0, iat = 0 } = payload
    // A service token has none: it is nobody (`common_name` in its place).
    if (typeof email !== 'string' || !/^[^\s@]{1,64}@[^\s@]{1,190}$/.test(email))
      throw new GatewayError('no-access-word')
    return { email: email.toLowerCase(), until: exp * 1000, at: iat * 1000 }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    console.log(`a word of Access was refused: ${wordsOf(error).slice(0, 200)}`)
    throw new GatewayError('no-access-word')
  }
}

/** A login beside a token in a path: HTTP Basic, looked at by PBKDF2. docs/adr/0017. */
import { GatewayError } from '../errors.ts'
import { hexOf } from '../store/digest.ts'
import type { Login } from '../store/schema.ts'
import { basicOf, isPassword, type Said } from './password.ts'

/** Logins that were right and that this isolate remembers, by digest; the oldest go first. */
const MOST_KNOWN = 1000
/** Tokens whose wrong logins it counts at once. */
const MOST_COUNTED = 1000
/** Different wrong logins that a token may see within a window, in one isolate. */
const MOST_WRONG = 10
/** Milliseconds. */
const WINDOW = 60_000

const encoder = new TextEncoder()

/** Digests of logins that were right. What they were right for is in the digest: another password makes another one. */
const known = new Set<string>()
/** By token, the digests of logins that were tried and were not right, since when. */
const counted = new Map<string, { since: number; tried: Set<string>; wrong: Set<string> }>()

/**
 * See that a request has the login that its token wants. Costs 100,000 rounds of HMAC once for each isolate and login, a digest after
 * that; writes nothing.
 * @param authorization the header of that name
 * @throws GatewayError `no-login`, `wrong-login`, `too-many-logins`
 */
export async function seeLogin(
  login: Login,
  tokenHash: string,
  authorization: string | undefined,
  now: number,
): Promise<void> {
  const said = basicOf(authorization)
  if (said === null) throw new GatewayError('no-login')
  const parts = [tokenHash, login.user, login.salt, login.hash, String(login.iterations), said.user, said.password]
  const digest = hexOf(await sha256(JSON.stringify(parts)))
  if (known.has(digest)) return
  const count = countOf(tokenHash, now)
  if (count.wrong.has(digest)) throw new GatewayError('wrong-login')
  if (!count.tried.has(digest) && count.tried.size >= MOST_WRONG) throw new GatewayError('too-many-logins')
  count.tried.add(digest)
  if (!(await isRight(login, said))) {
    count.wrong.add(digest)
    throw new GatewayError('wrong-login')
  }
  count.tried.delete(digest)
  known.add(digest)
  dropOldest(known, MOST_KNOWN)
}

function countOf(tokenHash: string, now: number) {
  const running = counted.get(tokenHash)
  if (running && now - running.since < WINDOW) return running
  const begun = { since: now, tried: new Set<string>(), wrong: new Set<string>() }
  counted.delete(tokenHash) // it is the youngest again
  counted.set(tokenHash, begun)
  dropOldest(counted, MOST_COUNTED)
  return begun
}

function dropOldest(all: Set<string> | Map<string, unknown>, most: number): void {
  for (const oldest of all.keys()) {
    if (all.size <= most) return
    all.delete(oldest)
  }
}

/** Both are compared to the end, whichever is wrong. */
async function isRight(login: Login, said: Said): Promise<boolean> {
  const isUser = crypto.subtle.timingSafeEqual(await sha256(said.user), await sha256(login.user))
  return (await isPassword(said.password, login)) && isUser
}

const sha256 = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', encoder.encode(text))

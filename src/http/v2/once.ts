/** A POST with an `Idempotency-Key` is done once, however often it is asked for. */
import { createMiddleware } from 'hono/factory'
import { hexOf } from '../../store/digest.ts'
import type { Gateway } from '../gateway.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { slowDigest } from '../password.ts'

/** Longest answer that is kept. Characters; a longer one is given once. */
const LONGEST = 256 * 1024

/**
 * Answers a request that was answered before as it was answered then, for a day; stands behind `jsonBody`. What is refused may be
 * asked for again.
 * @param secrets names of what is told once and never kept: `null` in its place the next time
 * @throws GatewayError `still-uploading`, `other-request`
 */
export const once = (...secrets: string[]) => answeredOnce(secrets, quickDigest)

/** As {@link once}, for a body with a password in it. */
export const onceWithPassword = () => answeredOnce([], slowDigest)

const quickDigest = async (text: string): Promise<string> =>
  hexOf(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))

const answeredOnce = (secrets: string[], digestOf: (text: string, salt: string) => Promise<string>) =>
  createMiddleware<Gateway>(async (c, next) => {
    const key = idempotencyKeyOf(c)
    if (key === null) return next()
    const { answers } = c.var.store
    const { pathname, search } = new URL(c.req.url)
    const { accountId } = c.var.principal
    const digest = await digestOf(`${c.req.method} ${pathname}${search}\n${await c.req.text()}`, `${accountId} ${key}`)
    const begun = await answers.begin(accountId, key, digest, Date.now())
    if ('status' in begun)
      return new Response(begun.body || null, {
        status: begun.status,
        headers: { 'Content-Type': 'application/json', 'Idempotency-Replayed': 'true' },
      })
    const ended = (async () => {
      await next() // what fails within has become an answer here
      const body = c.res.ok ? withoutSecrets(await c.res.clone().text(), secrets) : null
      const kept =
        body === null || body.length > LONGEST
          ? answers.drop(begun)
          : answers.keep(begun, { status: c.res.status, body })
      await kept.catch(() => undefined) // it was done: that much is answered
    })()
    c.executionCtx.waitUntil(ended.catch(() => undefined)) // a caller who leaves does not leave it half done
    await ended
  })

function withoutSecrets(body: string, secrets: string[]): string {
  if (secrets.length === 0) return body
  return JSON.stringify({ ...JSON.parse(body), ...Object.fromEntries(secrets.map((name) => [name, null])) })
}

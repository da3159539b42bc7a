/** The `Idempotency-Key` of a request (draft-ietf-httpapi-idempotency-key-header). */
import { GatewayError } from '../errors.ts'
import type { GatewayContext } from './gateway.ts'

/** @returns `null` where there is none @throws GatewayError `bad-option` */
export function idempotencyKeyOf(c: GatewayContext): string | null {
  const key = c.req.header('idempotency-key')
  if (key !== undefined && !/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key))
    throw new GatewayError('bad-option', 'Idempotency-Key is not 1 to 255 printable characters.')
  return key ?? null
}

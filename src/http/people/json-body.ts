/** What scripts of this server's pages send. */
import { GatewayError } from '../../errors.ts'
import type { GatewayContext } from '../gateway.ts'
import { smallBody } from '../given.ts'

/** An object in JSON, of whatever shape. @throws GatewayError `bad-option`, `body-too-long` */
export async function jsonIn(c: GatewayContext): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw new GatewayError('bad-option', 'The body is of another type.')
  const text = await smallBody(c)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = null
  }
  if (typeof value !== 'object' || value === null) throw new GatewayError('bad-option', 'The body is no JSON object.')
  return value as Record<string, unknown>
}

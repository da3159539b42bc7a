/** Bodies that pages of this server send, read to a limit. */
import { GatewayError } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import type { GatewayContext } from '../gateway.ts'

/** Bytes. */
const LONGEST = 64 * 1024

async function textIn(c: GatewayContext, type: RegExp): Promise<string> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  try {
    if (!type.test(c.req.header('content-type') ?? ''))
      throw new GatewayError('bad-option', 'The body is of another type.')
    const text = await textOf(body, LONGEST)
    if (text === null) throw new GatewayError('body-too-long')
    return text
  } finally {
    await body.discard()
  }
}

/** A form without files. @throws GatewayError `bad-option`, `body-too-long` */
export const formIn = async (c: GatewayContext): Promise<URLSearchParams> =>
  new URLSearchParams(await textIn(c, /^application\/x-www-form-urlencoded\b/i))

/** An object in JSON, of whatever shape. @throws GatewayError `bad-option`, `body-too-long` */
export async function jsonIn(c: GatewayContext): Promise<Record<string, unknown>> {
  const text = await textIn(c, /^application\/json\b/i)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = null
  }
  if (typeof value !== 'object' || value === null) throw new GatewayError('bad-option', 'The body is no JSON object.')
  return value as Record<string, unknown>
}

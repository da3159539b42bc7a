/** Options as they stand on the wire, in the query and in a small form: the form wins, and what is empty is not given. */
import { GatewayError } from '../errors.ts'
import { openForm } from '../ingest/form.ts'
import type { Given } from '../ingest/options.ts'
import { pull, textOf } from '../ingest/source.ts'
import type { GatewayContext } from './gateway.ts'

/** Longest `application/x-www-form-urlencoded` body that is looked into. Bytes. */
export const MAX_URLENCODED = 64 * 1024

export const isUrlencoded = (type: string): boolean => /^application\/x-www-form-urlencoded\b/i.test(type)

export const queryOf =
  (c: GatewayContext): Given =>
  (name) =>
    c.req.query(name) || undefined

/**
 * The options of a request that brings no file, in a form of either kind. What is left of its body is read on for a little.
 * @param names those of the options
 * @throws GatewayError `bad-option` where it brings a file, `body-too-long`, those of {@link openForm}
 */
export async function givenIn(c: GatewayContext, names: ReadonlySet<string>): Promise<Given> {
  const query = queryOf(c)
  const type = c.req.header('content-type') ?? ''
  const isMultipart = /^multipart\/form-data\b/i.test(type)
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isMultipart })
  try {
    if (isMultipart) {
      const { fields, file, release } = await openForm(body, type, c.var.principal.accountId, names)
      release()
      if (file !== null) throw new GatewayError('bad-option', 'This request takes no file.')
      return (name) => fields.get(name) || query(name)
    }
    if (!isUrlencoded(type)) return query
    const text = await textOf(body, MAX_URLENCODED)
    if (text === null) throw new GatewayError('body-too-long')
    const form = new URLSearchParams(text)
    return (name) => form.get(name) || query(name)
  } finally {
    await body.discard()
  }
}

/**
 * A small body. What is left of a longer one is read on for a little.
 * @param most bytes
 * @throws GatewayError `body-too-long`
 */
export async function smallBody(c: GatewayContext, most = MAX_URLENCODED): Promise<string> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  try {
    const text = await textOf(body, most)
    if (text === null) throw new GatewayError('body-too-long')
    return text
  } finally {
    await body.discard()
  }
}

/**
 * The fields of a small urlencoded form, with all values of each.
 * @throws GatewayError `bad-form` for a body of another type, `body-too-long`
 */
export async function fieldsIn(c: GatewayContext): Promise<URLSearchParams> {
  if (!isUrlencoded(c.req.header('content-type') ?? '')) throw new GatewayError('bad-form')
  return new URLSearchParams(await smallBody(c))
}

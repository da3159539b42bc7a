/** Options as they stand on the wire, in the query and in a small form: the form wins, and what is empty is not given. */
import { openForm } from '../ingest/form.ts'
import type { Given } from '../ingest/options.ts'
import { pull, type Source, textOf } from '../ingest/source.ts'
import type { GatewayContext } from './gateway.ts'

/** Longest `application/x-www-form-urlencoded` body that is looked into. Bytes. */
const MAX_URLENCODED = 64 * 1024

export const queryOf =
  (c: GatewayContext): Given =>
  (name) =>
    c.req.query(name) || undefined

/**
 * The options of a POST that is no multipart form: its query, and a small urlencoded body. curl says that of a raw capture, too, and a
 * packet may hold `&url=`.
 */
export async function urlencodedOf(c: GatewayContext, source: Source): Promise<Given> {
  const query = queryOf(c)
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) return query
  const text = await textOf(source, MAX_URLENCODED)
  if (text === null || text.includes('\0')) return query
  const form = new URLSearchParams(text)
  return (name) => form.get(name) || query(name)
}

/**
 * The options of a request that brings no file, in a form of either kind. What is left of its body is read on for a little.
 * @throws GatewayError those of {@link openForm}
 */
export async function givenIn(c: GatewayContext): Promise<Given> {
  const query = queryOf(c)
  const type = c.req.header('content-type') ?? ''
  const isForm = /^multipart\/form-data\b/i.test(type)
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isForm })
  try {
    if (!isForm) return await urlencodedOf(c, body)
    const { fields, release } = await openForm(body, type, c.var.principal.accountId)
    release()
    return (name) => fields.get(name) || query(name)
  } finally {
    await body.discard()
  }
}

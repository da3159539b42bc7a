/** Options of a request that brings no file: in its query and in a small form, of which the form wins; what is empty is not given. */
import { openForm } from '../ingest/form.ts'
import type { Given } from '../ingest/options.ts'
import { pull } from '../ingest/source.ts'
import type { GatewayContext } from './gateway.ts'
import { givenWithUrl } from './upload.ts'

/**
 * The options of a request, in a form of either kind. What is left of its body is read on for a little.
 * @throws GatewayError those of {@link openForm}
 */
export async function givenIn(c: GatewayContext): Promise<Given> {
  const type = c.req.header('content-type') ?? ''
  const isForm = /^multipart\/form-data\b/i.test(type)
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isForm })
  try {
    if (!isForm) return await givenWithUrl(c, body)
    const { fields, release } = await openForm(body, type, c.var.principal.accountId)
    release()
    return (name) => fields.get(name) || c.req.query(name) || undefined
  } finally {
    await body.discard()
  }
}

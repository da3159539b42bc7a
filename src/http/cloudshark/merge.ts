/** Captures put together, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'
import { openForm } from '../../ingest/form.ts'
import { orderMake } from '../../ingest/make-order.ts'
import { type Given, optionsFrom } from '../../ingest/options.ts'
import { pull, textOf } from '../../ingest/source.ts'
import type { GatewayContext } from '../gateway.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { captureHeaders } from '../links.ts'
import { MAX_URLENCODED } from '../upload.ts'

/**
 * Ask for a capture made of those that `capture_ids` names, in that order where times are equal. It is answered before it is made.
 * @throws GatewayError `forbidden` where the token may not read, `bad-option`, and those of `orderMake`
 */
export async function merge(c: GatewayContext): Promise<Response> {
  const { principal, store } = c.var
  if (!principal.permissions.has('read'))
    throw new GatewayError('forbidden', 'This API token does not have the permission to read.')
  const given = await givenTo(c)
  const of = (given('capture_ids') ?? '').split(',').flatMap((id) => id.trim().toLowerCase() || [])
  const duplicates = given('duplicates')
  if (duplicates !== undefined && duplicates !== 'remove')
    throw new GatewayError('bad-option', 'duplicates is `remove`, or it is not said.')
  const order = {
    principal,
    making: { kind: 'merge' as const, of, dropDuplicates: duplicates === 'remove' },
    options: optionsFrom(given, principal.defaultTags),
    idempotencyKey: idempotencyKeyOf(c),
  }
  const { id, filename } = await orderMake(store, order, Date.now)
  return c.json({ id, filename }, 200, captureHeaders(c, id))
}

/** What is said in a form, urlencoded or multipart, and in the query. */
async function givenTo(c: GatewayContext): Promise<Given> {
  const query: Given = (name) => c.req.query(name) || undefined
  const type = c.req.header('content-type') ?? ''
  const isMultipart = /^multipart\/form-data\b/i.test(type)
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle, { fresh: isMultipart })
  try {
    if (isMultipart) {
      const form = await openForm(body, type, c.var.principal.accountId)
      try {
        if (form.file !== null) throw new GatewayError('bad-option', 'Captures are named by their ids: send no file.')
        return (name) => form.fields.get(name) || query(name)
      } finally {
        form.release()
      }
    }
    const text = await textOf(body, MAX_URLENCODED)
    if (text === null) throw new GatewayError('bad-option', 'The body is too long for a request to merge.')
    const fields = new URLSearchParams(/^application\/x-www-form-urlencoded\b/i.test(type) ? text : '')
    return (name) => fields.get(name) || query(name)
  } catch (error) {
    await body.discard()
    throw error
  }
}

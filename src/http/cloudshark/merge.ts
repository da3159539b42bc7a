/** Captures put together, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'
import { orderMake } from '../../ingest/make-order.ts'
import { optionsFrom } from '../../ingest/options.ts'
import { demand } from '../auth.ts'
import type { GatewayContext } from '../gateway.ts'
import { givenIn } from '../given.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { captureHeaders } from '../links.ts'

const OPTIONS = new Set(['capture_ids', 'duplicates', 'filename', 'additional_tags', 'comments'])

/**
 * Ask for a capture made of those that `capture_ids` names, in that order where times are equal. It is answered before it is made.
 * @throws GatewayError `forbidden` where the token may not read, `bad-option`, those of {@link givenIn} and {@link orderMake}
 */
export async function merge(c: GatewayContext): Promise<Response> {
  const { principal, store } = c.var
  demand(c, 'read')
  const given = await givenIn(c, OPTIONS)
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

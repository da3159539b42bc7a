/** Captures put together, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'

export function merge(): never {
  throw new GatewayError('not-yet')
}

/** Captures found, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'

export function search(): never {
  throw new GatewayError('not-yet')
}

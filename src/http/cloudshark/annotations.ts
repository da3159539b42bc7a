/** Notes on packets, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'

export function annotations(): never {
  throw new GatewayError('not-yet')
}

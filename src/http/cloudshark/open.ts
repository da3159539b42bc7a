/** A capture by the URL it came from: the same URL gives the same capture again, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'

export function open(): never {
  throw new GatewayError('not-yet')
}

/** How often strangers may try to sign in: counted for each address, or network of IPv6, in each isolate, so that counting costs no row. docs/adr/0018. */
import { GatewayError } from '../../errors.ts'
import { networkOf } from '../../ingest/target.ts'
import type { GatewayContext } from '../gateway.ts'
import { whenceOf } from '../session.ts'

/** Ceremonies that one address may begin within a window, and all of them together. */
const MOST_OF_ONE = 30
const MOST_OF_ALL = 1000
/** Milliseconds. */
const WINDOW = 5 * 60_000

let since = 0
let all = 0
const counted = new Map<string, number>()

/** Count one. @throws GatewayError `too-many-sign-ins` */
export function countAttempt(c: GatewayContext, now: number): void {
  if (now - since >= WINDOW) {
    since = now
    all = 0
    counted.clear()
  }
  const { address } = whenceOf(c)
  const network = networkOf(address)
  const count = counted.get(network) ?? 0
  const isOwnMachine = ['', '127.0.0.1', '::1'].includes(address)
  if (all >= MOST_OF_ALL || (!isOwnMachine && count >= MOST_OF_ONE)) throw new GatewayError('too-many-sign-ins')
  counted.set(network, count + 1)
  all++
}

/** A bound on how long a call to a binding may take. */
import { GatewayError, wordsOf } from '../errors.ts'

/**
 * Wait for a call to a binding, but not for ever.
 * @throws GatewayError `unavailable` when it fails or has not answered within `ms`; what it said goes to the log alone.
 *   A call that ran out of time may still take effect later.
 */
export async function within<T>(ms: number, what: string, call: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([call, late])
  } catch (error) {
    if (error instanceof GatewayError) throw error
    console.error(`${what}: ${wordsOf(error)}`)
    throw new GatewayError('unavailable')
  } finally {
    clearTimeout(timer)
  }
}

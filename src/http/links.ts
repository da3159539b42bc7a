/** Addresses of captures. */
import type { GatewayContext } from './gateway.ts'

/** Where this Worker is reached, as the caller reached it. */
export function originOf(c: GatewayContext): string {
  return new URL(c.req.url).origin
}

/** Host and port by which the caller reached this Worker. */
export function selfOf(c: GatewayContext): string {
  const { hostname, port, protocol } = new URL(c.req.url)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/** Headers that say where a new capture is. */
export function captureHeaders(c: GatewayContext, id: string): Record<string, string> {
  const url = `${originOf(c)}/captures/${id}`
  return { Location: url, 'X-Capture-Id': id, 'X-Capture-Url': url }
}

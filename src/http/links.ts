/** Addresses of captures. */
import type { GatewayContext } from './gateway.ts'

/** What the id of a capture looks like. */
export const CAPTURE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

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

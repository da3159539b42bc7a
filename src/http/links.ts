/** Addresses of captures. */
import type { GatewayContext } from './gateway.ts'

/** Where this Worker is reached, as the caller reached it. */
export function originOf(c: GatewayContext): string {
  return new URL(c.req.url).origin
}

/** Headers that say where a new capture is. */
export function captureHeaders(c: GatewayContext, id: string): Record<string, string> {
  const url = `${originOf(c)}/captures/${id}`
  return { Location: url, 'X-Capture-Id': id, 'X-Capture-Url': url }
}

/** How a Content-Security-Policy allows one text that stands in a page. */
import { createHash } from 'node:crypto'

/** The source expression for the whole content of a `style` or `script` element. */
export function policyHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Where a page lists what was dropped on it and is being uploaded: nothing until then. */
import type { Reader } from './page.tsx'

/** @param most largest capture that the account may upload. Bytes */
export function Tray({ reader, most }: { reader: Reader; most: number }) {
  return <div class="tray" id="uploads" data-account={reader.name} data-most={most} hidden />
}

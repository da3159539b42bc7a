/** Uploads that were begun in this browser and not ended: where tus-js-client keeps them, in localStorage. */

export interface Kept {
  /** In the storage. */
  key: string
  name: string
  size: number
  /** Address of the upload. */
  url: string
}

/** The server keeps what came for as long. Milliseconds. */
const LASTS = 86_400_000

/** By which an upload is known again: whose it is, and which file. */
export const fingerprintOf = (account: string, file: File): string =>
  `${prefixOf(account)}${[file.name, file.size, file.lastModified].join(' ')}`

/** Nobody sees what another account has begun in the same browser. */
const prefixOf = (account: string): string => `pcaport ${encodeURIComponent(account)} `

/** Those of an account, the latest first. What the server does not have any more is forgotten. */
export function keptOf(account: string, now = Date.now()): Kept[] {
  const found: (Kept & { at: number })[] = []
  for (const key of keysOf()) {
    if (!key.startsWith(`tus::${prefixOf(account)}`)) continue
    try {
      const { metadata, size, creationTime, uploadUrl } = JSON.parse(localStorage.getItem(key) ?? '')
      const at = Date.parse(creationTime)
      if (now - at > LASTS || typeof uploadUrl !== 'string') throw new Error('it has run out')
      found.push({ key, name: String(metadata.filename), size: Number(size), url: uploadUrl, at })
    } catch {
      localStorage.removeItem(key)
    }
  }
  return found.sort((a, b) => b.at - a.at)
}

/** Whether it is this file's. */
export const isOf = ({ key }: Kept, account: string, file: File): boolean =>
  key.startsWith(`tus::${fingerprintOf(account, file)}::`)

/** End one here, and at the server. */
export async function forget({ key, url }: Kept): Promise<void> {
  localStorage.removeItem(key)
  await fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } }).catch(() => undefined) // it runs out by itself
}

/** None where the browser keeps nothing. */
function keysOf(): string[] {
  try {
    return Object.keys(localStorage)
  } catch {
    return []
  }
}

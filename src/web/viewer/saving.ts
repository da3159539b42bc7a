// SPDX-License-Identifier: GPL-2.0-or-later
/** Giving something out of the page: into a file, onto the clipboard. */

export function save(filename: string, parts: (string | Uint8Array)[]): void {
  const url = URL.createObjectURL(new Blob(parts as BlobPart[], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = filename.replace(/[\p{Cc}/\\:*?"<>|]/gu, '_').slice(0, 200) || 'object'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** @returns whether it is on the clipboard: without https there may be none */
export const copy = (text: string): Promise<boolean> =>
  (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
    () => true,
    () => false,
  )

export const hexOf = (bytes: Uint8Array, between = ''): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(between)

/** As Wireshark's byte pane shows a byte. */
export const letterOf = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')

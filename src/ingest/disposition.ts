/** The `Content-Disposition` of a part of a form, as browsers and curl write it: UTF-8 as it is, quotes escaped (RFC 7578 §4.2, §5.1). */

/** What it says of a part. */
export interface Disposition {
  /** Empty where there is none. */
  name: string
  /** `undefined`: the part is a field, not a file. */
  filename: string | undefined
}

const PARAMETER = /;\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g

/** @throws URIError for a `filename*` that cannot be decoded (RFC 8187 §3.2) */
export function dispositionOf(header: string): Disposition {
  const parameters = new Map<string, string>()
  for (const [, name = '', value = ''] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, unquoted(value.trim()))
  }
  const extended = /^utf-8'[^']*'(.*)$/i.exec(parameters.get('filename*') ?? '')?.[1]
  return {
    name: parameters.get('name') ?? '',
    filename: extended === undefined ? parameters.get('filename') : decodeURIComponent(extended),
  }
}

/** Only quotes and backslashes are escaped: old browsers send a Windows path as it is. */
function unquoted(value: string): string {
  return /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value
}

/** Entity tags, and the fields that name them (RFC 9110 §8.8.3, §13.1). */

/** The tags of an `If-Match` or `If-None-Match` list as they stand there; `*` where any will do. Those that cannot be read are left out. */
export function tagsIn(header: string): string[] | '*' {
  if (header.trim() === '*') return '*'
  return header.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\u{10ffff}]*"/gu) ?? []
}

/** Whether an `If-None-Match` list has this tag, compared weakly (§8.8.3.2). */
export function isNamedIn(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const tags = tagsIn(header)
  return tags === '*' || tags.some((tag) => tag.replace(/^W\//, '') === etag.replace(/^W\//, ''))
}

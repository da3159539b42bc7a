/** What a token looks like in a line of output, so that none is ever printed by accident. */

/** Put `[redacted]` for every run of 32 or more hex digits: tokens, and their hashes. */
export function redact(text: string): string {
  return text.replace(/[0-9a-f]{32,}/gi, '[redacted]')
}

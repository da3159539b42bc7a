/** Text that came from outside: shown as text, isolated from the line it stands in, with nothing in it unseen. */

/**
 * Control characters, those that turn the writing direction, invisible ones and halves of surrogate pairs. Tab and line
 * feed are left to the style sheet; joiners that scripts and emoji need are left alone.
 */
const UNSEEN =
  /[\p{Cc}--[\t\n]]|\p{Cs}|[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gv

/** Unseen characters of one text that are shown by their number; the others are shown as U+FFFD. */
const MOST_MARKED = 256

const codePoint = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** For places that take no markup (titles, attributes): `a⟨U+202E⟩b`. Line feeds become spaces. */
export function visible(text: string): string {
  return text.replace(/\r?\n/g, ' ').replace(UNSEEN, (character) => `⟨${codePoint(character)}⟩`)
}

/** For everywhere else. CR LF counts as one line feed. */
export function Foreign({ text }: { text: string }) {
  const whole = text.replaceAll('\r\n', '\n')
  const parts: (string | ReturnType<typeof Unseen>)[] = []
  let from = 0
  for (const match of whole.matchAll(UNSEEN)) {
    if (parts.length >= 2 * MOST_MARKED) break
    parts.push(whole.slice(from, match.index), <Unseen character={match[0]} />)
    from = match.index + match[0].length
  }
  parts.push(whole.slice(from).replace(UNSEEN, '\ufffd'))
  return <bdi>{parts}</bdi>
}

function Unseen({ character }: { character: string }) {
  return <span class="unseen">{codePoint(character)}</span>
}

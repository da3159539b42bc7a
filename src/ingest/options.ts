/** What a caller says of a capture beside its bytes: name, tags, comments. */
import { GatewayError } from '../errors.ts'
import type { Visibility } from '../store/schema.ts'

/** Longest name. Bytes of UTF-8. */
const MAX_FILENAME = 255
const MAX_TAGS = 64
/** Longest tag. Characters. */
const MAX_TAG = 100
/** Longest comment. Characters. */
const MAX_COMMENTS = 16_384

/** Names of what an upload may say in a form. */
export const OPTIONS: ReadonlySet<string> = new Set(['filename', 'additional_tags', 'comments', 'visibility', 'url'])

/** A look-up of options by name. The form wins over the query. */
export type Given = (name: string) => string | undefined

export interface Options {
  /** Empty where the caller gave none. */
  filename: string
  tags: string[]
  comments: string
}

/**
 * The options of an upload. Empty ones mean none.
 * @throws GatewayError `bad-option` for what is too long or too many
 */
export function optionsFrom(given: Given, defaultTags: string[] = []): Options {
  return {
    filename: cleanFilename(given('filename') ?? ''),
    tags: tagsFrom(given('additional_tags') ?? '', defaultTags),
    comments: cleanComments(given('comments') ?? ''),
  }
}

/** Who may see the capture; `null` where that is not said. @throws GatewayError `bad-option` */
export function visibilityFrom(given: Given): Visibility | null {
  const asked = given('visibility')
  if (asked === undefined || asked === 'unlisted' || asked === 'private') return asked ?? null
  throw new GatewayError('bad-option', 'visibility is `unlisted` or `private`.')
}

/** Comments without control characters but line ends and tabs. @throws GatewayError `bad-option` for what is too long */
export function cleanComments(text: string): string {
  const comments = stripControls(text, true).trim()
  if (comments.length > MAX_COMMENTS)
    throw new GatewayError('bad-option', `comments is longer than ${MAX_COMMENTS} characters.`)
  return comments
}

/** The tags of a comma list after the default ones, each once, in order. */
export function tagsFrom(list: string, defaultTags: string[] = []): string[] {
  const tags = list.split(',').map((tag) => stripControls(tag).trim())
  const all = [...new Set([...defaultTags, ...tags])].filter((tag) => tag !== '')
  if (all.length > MAX_TAGS) throw new GatewayError('bad-option', `There are more than ${MAX_TAGS} tags.`)
  const long = all.find((tag) => tag.length > MAX_TAG)
  if (long !== undefined) throw new GatewayError('bad-option', `A tag is longer than ${MAX_TAG} characters.`)
  return all
}

/** The last component of a name, without control characters, cut to 255 bytes; its ending is kept. */
export function cleanFilename(name: string): string {
  const last = stripControls(name).split(/[/\\]/).at(-1)?.trim() ?? ''
  if (last === '.' || last === '..') return ''
  const encoder = new TextEncoder()
  if (encoder.encode(last).length <= MAX_FILENAME) return last
  const ending = /\.[A-Za-z0-9.]{1,16}$/.exec(last)?.[0] ?? ''
  let stem = [...last.slice(0, last.length - ending.length)]
  stem = stem.slice(0, MAX_FILENAME)
  while (encoder.encode(stem.join('') + ending).length > MAX_FILENAME) stem.pop()
  return stem.join('') + ending
}

/** A name for a capture that came without one: who sent it, and when. */
export function defaultFilename(userAgent: string | undefined, now: number, unique: string): string {
  const sender = (userAgent ?? '')
    .slice(0, 256)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '')
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '')
  return `${sender.slice(0, 64) || 'capture'}-${time}-${unique.slice(0, 8)}.cap`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** Text without control characters; `keepLines`: but for line feeds and tabs, CR LF as one line feed. */
export function stripControls(text: string, keepLines = false): string {
  const wellFormed = text.toWellFormed()
  if (!keepLines) return wellFormed.replace(CONTROLS, '')
  return wellFormed
    .replace(/\r\n?/g, '\n')
    .replace(CONTROLS, (character) => (/[\n\t]/.test(character) ? character : ''))
}

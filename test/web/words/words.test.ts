/** Words that people read stand in src/web/words, so that they can be read, mended and translated in one place. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'

const WEB = join(import.meta.dirname, '../../../src/web')

/** Pages that have words of their own still. Goes when it is empty. */
const NOT_YET = [
  'pages/capture.tsx',
  'pages/notes.tsx',
  'pages/share-gate.tsx',
  'pages/shared.tsx',
  'pages/shared-slice.tsx',
]

/** Names, and letters of a date, that are the same in every language. */
const NAMES = new Set(['UTC', 'TZ'])

/** Properties whose text is seen or heard. */
const SAID = 'children|title|label|text|what|alt|placeholder|hint|heading|"aria-label"'
const STRING = String.raw`"((?:[^"\\\n]|\\.)*)"|\x60((?:[^\x60\\]|\\.)*)\x60`

/** What a component says in words of its own: texts between tags, texts for attributes that are read out, and sentences anywhere. */
async function wordsIn(source: string): Promise<string[]> {
  const { code } = await transform(source, {
    loader: 'tsx',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    charset: 'utf8',
  })
  const plain = code
    .replace(/^import .*$/gm, '')
    .replace(/(?:class|content|d|viewBox|href|src|style): (?:"[^"\n]*"|.*? \? "[^"\n]*" : "[^"\n]*")/g, '')
  const text = (match: RegExpMatchArray) => (match[1] ?? match[2] ?? '').replace(/\$\{[^}]*\}/g, '')
  const said = [
    ...plain.matchAll(new RegExp(`(?:${SAID}): (?:${STRING})`, 'g')),
    ...plain.matchAll(new RegExp(`^\\s*(?:${STRING}),?$`, 'gm')),
  ].map(text)
  const sentences = [...plain.matchAll(new RegExp(STRING, 'g'))].map(text)
  return [
    ...said.filter((words) => /\p{L}{2}/u.test(words) && !isId(words)),
    ...sentences.filter((words) => /\p{L}{2,} \p{Ll}{2,}/u.test(words)),
  ].filter((words) => !NAMES.has(words.trim()) && !isCode(words))
}

/** One word in small letters is the id of a heading. */
const isId = (words: string) => /^[a-z-]+$/.test(words)

/** Typed into a shell, or told to browsers. */
const isCode = (words: string) =>
  /^(curl|sudo timeout|pcaport:) |^(width=device-width|noindex)|^[\w/-]+\.css$|^[a-z-]+ '(none|self)'|^<(!DOCTYPE|noscript><meta) /.test(
    words,
  )

const files = (
  await Promise.all(
    ['pages', 'ui'].map(async (folder) => (await readdir(join(WEB, folder))).map((name) => `${folder}/${name}`)),
  )
)
  .flat()
  .filter((path) => path.endsWith('.tsx'))

describe('the words of pages', () => {
  it.each(files.filter((path) => !NOT_YET.includes(path)))('none stands in %s', async (path) => {
    expect(await wordsIn(await readFile(join(WEB, path), 'utf8'))).toEqual([])
  })

  it.each(NOT_YET)('some stand in %s still', async (path) => {
    expect(await wordsIn(await readFile(join(WEB, path), 'utf8'))).not.toEqual([])
  })

  it.each([
    ['<p>Hello</p>', 'Hello'],
    ['<p>{n} captures</p>', ' captures'],
    ['<p>{isLast ? "the last one" : words.other}</p>', 'the last one'],
    ['<a title="Go home" href="/">{x}</a>', 'Go home'],
    ['<i aria-label="Close" />', 'Close'],
  ])('are seen in %s', async (jsx, words) => {
    expect(await wordsIn(`const page = () => ${jsx}`)).toContain(words)
  })

  it.each([
    '<p class="button first">{WORDS.hello}</p>',
    '<code>{`curl -T a.pcap -F some words`}</code>',
    '<a href="/admin">{x}</a>',
  ])('are not taken for such in %s', async (jsx) => {
    expect(await wordsIn(`const page = () => ${jsx}`)).toEqual([])
  })
})

/** Words that people read stand in src/web/words, so that they can be read, mended and translated in one place. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'

const WEB = join(import.meta.dirname, '../../../src/web')

/** Names, and letters of a date, that are the same in every language. */
const NAMES = new Set(['UTC', 'TZ'])

/** Properties whose text is seen or heard. */
const SAID = 'children|title|label|text|what|alt|placeholder|hint|heading|"aria-label"|"data-copy"'
const STRING = String.raw`"((?:[^"\\\n]|\\.)*)"|\x60((?:[^\x60\\]|\\.)*)\x60`

/** What a file says in words of its own: texts between tags, texts for attributes that are read out, what is counted, and sentences anywhere. */
async function wordsIn(source: string, loader: 'ts' | 'tsx' = 'tsx'): Promise<string[]> {
  const { code } = await transform(source, {
    loader,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    charset: 'utf8',
  })
  const plain = code
    .replace(/^import .*$/gm, '')
    .replace(/(?:class|content|d|viewBox|href|src|style|rel): (?:"[^"\n]*"|.*? \? "[^"\n]*" : "[^"\n]*")/g, '')
    .replace(/(?:class|d|href): `[^`\n]*`/g, '')
    .replace(/"[^"\n]*"\.split\(\s*" "/g, '') // a list of ids
    .replace(/\b(?:find|press|querySelector(?:All)?)\("[^"\n]*"/g, '') // selectors
    .replace(/\belement\(\s*"[^"\n]*",\s*"[^"\n]*"/g, '') // tag and class
    .replace(new RegExp(String.raw`new (?:Type)?Error\((?:${STRING})\)`, 'g'), '') // nobody reads them: islands catch them
  const text = (match: RegExpMatchArray) => (match[1] ?? match[2] ?? '').replace(/\$\{[^}]*(?:\}|$)/g, '')
  const said = [
    ...plain.matchAll(new RegExp(`(?:${SAID}): (?:${STRING})`, 'g')),
    ...plain.matchAll(new RegExp(`^\\s*(?:${STRING}),?$`, 'gm')),
  ].map(text)
  const counted = [...plain.matchAll(new RegExp(`\\b(?:counted|measured)\\([^"\`\n]*, (?:${STRING})\\)`, 'g'))].map(
    text,
  )
  const sentences = [...plain.matchAll(new RegExp(STRING, 'g'))].map(text)
  return [
    ...counted,
    ...said.filter((words) => /\p{L}{2}/u.test(words) && !isId(words)),
    ...sentences.filter((words) => /\p{L}{2,} \p{Ll}{2,}/u.test(words)),
  ].filter((words) => !NAMES.has(words.trim()) && !isCode(words))
}

/** One word in small letters is the id of a heading. */
const isId = (words: string) => /^[a-z-]+$/.test(words)

/** Typed into a shell, told to browsers, or a unit. */
const isCode = (words: string) =>
  /^(curl|editcap|sudo timeout|pcaport:) |^\$[A-Z]+$|^ bit\/s$|^(require-)?[a-z]+-(src|types(-for)?) |^(width=device-width|noindex)|^[\w/-]+\.css$|^[a-z-]+ '(none|self)'|^<(!DOCTYPE|noscript><meta) /.test(
    words,
  )

/** These hold texts in other languages: a style sheet, a script (whose words come from src/web/words), display filters. */
const TEXTS = /^ui\/(script|style|styles\/.*|display-filter)\.ts$/

const files = (
  await Promise.all(
    ['pages', 'ui', 'islands'].map(async (folder) =>
      (await readdir(join(WEB, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
)
  .flat()
  .filter((path) => /\.tsx?$/.test(path) && !TEXTS.test(path))

describe('the words of pages', () => {
  it.each(files)('none stands in %s', async (path) => {
    const loader = extname(path) === '.ts' ? 'ts' : 'tsx'
    expect(await wordsIn(await readFile(join(WEB, path), 'utf8'), loader)).toEqual([])
  })

  it.each([
    ['<p>Hello</p>', 'Hello'],
    ['<p>{n} captures</p>', ' captures'],
    ['<p>{isLast ? "the last one" : words.other}</p>', 'the last one'],
    ['<a title="Go home" href="/">{x}</a>', 'Go home'],
    ['<i aria-label="Close" />', 'Close'],
    ['<p data-copy="the link">{x}</p>', 'the link'],
    ['<p>{counted(n, "capture")}</p>', 'capture'],
  ])('are seen in %s', async (jsx, words) => {
    expect(await wordsIn(`const page = () => ${jsx}`)).toContain(words)
  })

  it.each([
    '<p class="button first">{WORDS.hello}</p>',
    '<code>{`curl -T a.pcap -F some words`}</code>',
    '<a href="/admin" rel="noopener nofollow">{x}</a>',
    '<p class={"lane " + of(n)}>{find(".legend li")}</p>',
  ])('are not taken for such in %s', async (jsx) => {
    expect(await wordsIn(`const page = () => ${jsx}`)).toEqual([])
  })
})

/** What a page of recipes holds: its code, by heading. */

/** One fenced block: the word after the fence, and the lines in it, each with its newline. */
export interface CodeBlock {
  language: string
  text: string
}

/** The fenced blocks under each `##` heading of a Markdown page, in order; a heading without code has none. */
export function recipesIn(markdown: string): Map<string, CodeBlock[]> {
  const recipes = new Map<string, CodeBlock[]>()
  for (const section of markdown.split(/^## /m).slice(1)) {
    const blocks = [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    recipes.set(
      section.slice(0, section.indexOf('\n')),
      blocks.map(([, language = '', text = '']) => ({ language, text })),
    )
  }
  return recipes
}

/** The literal block scalars (`|`) of a YAML text, in order and without their indentation. YAML 1.2.2 §8.1.2. */
export function literalsIn(yaml: string): string[] {
  const lines = yaml.split('\n')
  return lines.flatMap((line, at) => {
    if (!/(^|[:-] )\|$/.test(line)) return []
    const rest = lines.slice(at + 1)
    const indent = /^ */.exec(rest[0] ?? '')?.[0] ?? ''
    const end = rest.findIndex((next) => next !== '' && !next.startsWith(indent))
    return [
      rest
        .slice(0, end < 0 ? undefined : end)
        .map((next) => `${next.slice(indent.length)}\n`)
        .join(''),
    ]
  })
}

/** The tags of a capture, each of which leads to all that have it. */
import { Foreign } from './foreign.tsx'

export function Tags({ tags, label }: { tags: readonly string[]; label: string }) {
  if (tags.length === 0) return null
  return (
    <ul class="tags" aria-label={label}>
      {tags.map((tag) => (
        <li>
          <a class="tag" href={`/my?q=${encodeURIComponent(tagQuery(tag))}`}>
            <Foreign text={tag} />
          </a>
        </li>
      ))}
    </ul>
  )
}

/** As the language of searches has it: docs/search.md. */
const tagQuery = (tag: string): string =>
  /^[^\s"]+$/.test(tag) ? `tag:${tag}` : `tag:"${tag.replace(/["\\]/g, (character) => `\\${character}`)}"`

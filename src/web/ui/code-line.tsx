/** A line to paste into a shell; `$NAME`s in it stand out as what to fill in. The script adds a copy button. */
import type { Child } from 'hono/jsx'

/** An option with its value, or a word: the line is broken between these. */
const WORDS = /(-\w (?:\w+="[^"]*"|"[^"]*"|\S+)|\S+)/

/** @param what names the line to those who hear the copy button rather than see it */
export function CodeLine({ line, title, what }: { line: string; title: Child; what: string }) {
  return (
    <div class="code" data-copy={what}>
      <div class="title">{title}</div>
      <code>{line.split(WORDS).map((part, at) => (at % 2 === 1 ? <Word text={part} /> : part))}</code>
    </div>
  )
}

function Word({ text }: { text: string }) {
  return (
    <span class="word">
      {text.split(/(\$[A-Z]+)/).map((part, at) => (at % 2 === 1 ? <span class="variable">{part}</span> : part))}
    </span>
  )
}

/** Comments in Markdown, as elements that are made here: whatever was typed stays text, its links lead where they say, and nothing is loaded. */
import type { Child } from 'hono/jsx'
import { Lexer, type Token, type Tokens } from 'marked'
import { Foreign } from './foreign.tsx'

/** Lists and quotes inside one another; what is deeper is shown as it was typed. */
const DEEPEST = 12
/** Text with a longer word is shown as it was typed: it costs time to look for an address in one. Characters. */
const LONGEST_WORD = 2000

/** Takes at most some tens of milliseconds for the longest comment there may be. */
export function Markdown({ text }: { text: string }) {
  const tokens = tokensOf(text)
  if (tokens === null)
    return (
      <p class="plain">
        <Foreign text={text} />
      </p>
    )
  return <div class="written">{blocks(tokens, 0)}</div>
}

function tokensOf(text: string): Token[] | null {
  if (text.split(/\s/).some((word) => word.length > LONGEST_WORD)) return null
  try {
    return new Lexer({ gfm: true, breaks: true }).lex(text)
  } catch {
    return null // nested so deep that the stack did not suffice
  }
}

const blocks = (tokens: Token[], depth: number): Child[] => tokens.map((token) => block(token as Tokens.Generic, depth))

function block(token: Tokens.Generic, depth: number): Child {
  if (depth > DEEPEST) return typed(token)
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'hr':
      return <hr />
    case 'heading':
      return <h3>{inlines(token.tokens ?? [], depth)}</h3>
    case 'code':
      return (
        <pre tabindex={0}>
          <code>
            <Foreign text={token.text} />
          </code>
        </pre>
      )
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [], depth + 1)}</blockquote>
    case 'list': {
      const { ordered, start, items } = token as Tokens.List
      const entries = items.map((item) => <li>{blocks(item.tokens, depth + 1)}</li>)
      return ordered ? <ol start={Number(start) || 1}>{entries}</ol> : <ul>{entries}</ul>
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table
      return (
        <div class="scroll" tabindex={0}>
          <table>
            <thead>
              <tr>
                {header.map((cell) => (
                  <th scope="col">{inlines(cell.tokens, depth)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  {row.map((cell) => (
                    <td>{inlines(cell.tokens, depth)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    }
    case 'paragraph':
      return <p>{inlines(token.tokens ?? [], depth)}</p>
    case 'text':
    case 'checkbox':
      return inline(token, depth)
    default:
      return <p>{typed(token)}</p> // HTML, too, is text
  }
}

const inlines = (tokens: Token[], depth: number): Child[] =>
  tokens.map((token) => inline(token as Tokens.Generic, depth + 1))

function inline(token: Tokens.Generic, depth: number): Child {
  if (depth > 2 * DEEPEST) return typed(token)
  const inside = () => inlines(token.tokens ?? [], depth)
  switch (token.type) {
    case 'strong':
      return <strong>{inside()}</strong>
    case 'em':
      return <em>{inside()}</em>
    case 'del':
      return <del>{inside()}</del>
    case 'br':
      return <br />
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ '
    case 'codespan':
      return (
        <code>
          <Foreign text={token.text} />
        </code>
      )
    case 'link':
    case 'image': {
      const href = leadsTo(token.href)
      if (href === null) return typed(token)
      return (
        <a href={href} rel="noopener noreferrer nofollow ugc">
          {token.type === 'link' ? inside() : <Foreign text={token.text || href} />}
        </a>
      )
    }
    case 'text':
      return token.tokens ? inside() : <Foreign text={token.text} />
    case 'escape':
      return <Foreign text={token.text} />
    default:
      return typed(token)
  }
}

const typed = ({ raw }: Token) => <Foreign text={raw} />

/** Where a link leads, as browsers will have it; `null` for what is none of the web or mail, or has no host of its own. */
function leadsTo(href: string): string | null {
  const url = URL.parse(href)
  return url !== null && ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null
}

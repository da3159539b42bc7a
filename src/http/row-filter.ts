/** Which rows of a table a few typed words are about. */
import type { Conversation, Endpoint } from '../summary/tables.ts'

interface RowsLike {
  /** `null`: all. */
  conversations: ((row: Conversation) => boolean) | null
  endpoints: ((row: Endpoint) => boolean) | null
}

/**
 * Every word must be met at some end: a whole number is a port; `address:port`, as the tables show it, one end; anything else is a part of an
 * address, or of what the conversation carries.
 */
export function rowsLike(text: string): RowsLike {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).map(wordOf)
  if (words.length === 0) return { conversations: null, endpoints: null }
  return {
    conversations: (row) =>
      words.every((word) => word(row.a, row.aPort, row.guess) || word(row.b, row.bPort, row.guess)),
    endpoints: (row) => words.every((word) => word(row.address, row.port, null)),
  }
}

type Word = (address: string, port: number | null, guess: string | null) => boolean

function wordOf(word: string): Word {
  if (/^:?\d{1,5}$/.test(word)) {
    const wanted = Number(word.replace(':', ''))
    return (_, port) => port === wanted
  }
  const [, six, four, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(word) ?? []
  const address = six ?? four
  if (address !== undefined && address !== '') return (one, at) => one === address && at === Number(port)
  return (one, _, guess) => one.includes(word) || guess?.includes(word) === true
}

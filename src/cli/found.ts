/** Captures that the gateway's search finds, as `list` and `search` show them. */
import type { read } from './command.ts'
import { sizeWords } from './figures.ts'
import { type Found, type Gateway, gateway } from './gateway.ts'
import { EXIT, type ExitCode, misuse } from './refusal.ts'
import { columns, print, tell } from './screen.ts'

/** Captures asked for at once. */
const PAGE = 100
/** Shown where nothing else is said. */
const MOST = 100

export const FLAGS = { limit: { type: 'string' }, json: { type: 'boolean' } } as const

export const FLAGS_HELP = `  --limit N        at most so many, newest first; ${MOST}
  --json           a JSON object a capture, one a line`

type Row = Found['captures'][number]

/** Show what a query finds. @throws Refusal */
export async function showFound(query: string, flags: ReturnType<typeof read>['flags']): Promise<ExitCode> {
  const limit = Number(flags.one('limit') ?? MOST)
  if (!Number.isSafeInteger(limit) || limit < 1) throw misuse('--limit wants a number of captures')
  const { rows, more, partial } = await collect(gateway(), query, limit)
  if (flags.has('json')) for (const row of rows) print(JSON.stringify(row))
  else if (rows.length === 0) tell('There are none.')
  else print(columns([HEAD, ...rows.map(cellsOf)], new Set([2])))
  if (more) tell(`There are more, or may be: --limit ${limit * 10} shows more of them.`)
  if (partial) tell('Some captures have more in them than is indexed, and may be missing: indexed:partial finds them.')
  return EXIT.done
}

async function collect(from: Gateway, query: string, limit: number) {
  const rows: Row[] = []
  let cursor: string | null = null
  let partial = false
  do {
    const found: Found = await from.find(query, Math.min(PAGE, limit - rows.length), cursor)
    rows.push(...found.captures)
    partial ||= found.partial
    cursor = found.next
  } while (cursor !== null && rows.length < limit)
  return { rows, more: cursor !== null, partial }
}

const HEAD = ['ID', 'UPLOADED', 'SIZE', 'STATUS', 'NAME', 'TAGS']

const cellsOf = ({ id, createdAt, size, status, filename, tags }: Row): string[] => [
  id,
  createdAt.slice(0, 16).replace('T', ' '),
  size === null ? '' : sizeWords(size),
  status,
  filename,
  tags.join(','),
]

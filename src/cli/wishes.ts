/** What is said of a capture as it is uploaded. */
import { readFileSync, statSync } from 'node:fs'
import type { ParseArgsConfig } from 'node:util'
import type { Flags } from './command.ts'
import { Refusal } from './refusal.ts'

export interface Wishes {
  /** Instead of the file's own name. */
  name: string | undefined
  tags: string[]
  comment: string
  /** A TLS key log; small, as it is text of a few lines a connection. */
  keylog: Buffer | null
  private: boolean
}

/** Longest key log. Bytes. */
const MAX_KEYLOG = 16 * 1024 * 1024

export const WISH_FLAGS = {
  tag: { type: 'string', multiple: true },
  comment: { type: 'string' },
  name: { type: 'string' },
  keylog: { type: 'string' },
  private: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options']

export const WISH_HELP = `  --tag TAG          a tag; again for more, or a comma list
  --comment TEXT     a comment
  --name NAME        the name it gets there (else the file's own)
  --keylog FILE      a TLS key log that belongs to it
  --private          only its owner sees it, not everybody with the link`

/** @throws Refusal where the key log cannot be read */
export function wishesOf(flags: Flags): Wishes {
  return {
    name: flags.one('name'),
    tags: flags
      .all('tag')
      .flatMap((list) => list.split(','))
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    comment: flags.one('comment') ?? '',
    keylog: keylogIn(flags.one('keylog')),
    private: flags.has('private'),
  }
}

function keylogIn(path: string | undefined): Buffer | null {
  if (path === undefined) return null
  if (statSync(path).size > MAX_KEYLOG) throw new Refusal(`${path}: a key log of more than 16 MiB is not taken`)
  return readFileSync(path)
}

/** The wishes by the names that the gateway has for them; those that are none are left out. */
export function fieldsOf(wishes: Wishes, filename: string | undefined): Record<string, string> {
  const fields = { filename, additional_tags: wishes.tags.join(','), comments: wishes.comment }
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

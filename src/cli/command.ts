/** What a command is, and how its words are read. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type ExitCode, misuse } from './refusal.ts'

type Options = NonNullable<ParseArgsConfig['options']>

export interface Command {
  /** One line for the list of commands. */
  summary: string
  /** All that a person needs to use it. */
  help: string
  /** @returns what the process ends with @throws Refusal */
  run(args: string[]): Promise<ExitCode>
}

/** Flags that were given. */
export interface Flags {
  has(name: string): boolean
  one(name: string): string | undefined
  all(name: string): string[]
}

/**
 * Read the words behind a command.
 * @param most how many may follow that are no flags, and `least` how many must
 * @throws Refusal for anything else
 */
export function read(args: string[], options: Options, least = 0, most = Number.POSITIVE_INFINITY) {
  const { values, positionals } = parse(args, options)
  if (positionals.length < least) throw misuse(`something is missing; --help says what`)
  if (positionals.length > most) throw misuse(`${positionals[most]} is too much; --help says what is wanted`)
  return { words: positionals, flags: flagsOf(values) }
}

function flagsOf(values: ReturnType<typeof parse>['values']): Flags {
  const all = (name: string): string[] => {
    const value = values[name]
    return (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string')
  }
  return { has: (name) => values[name] === true, one: (name) => all(name)[0], all }
}

function parse(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw misuse((error as Error).message.split(/\. /)[0] ?? 'that cannot be read')
  }
}

/** How a command that cannot go on ends: a sentence for the person who typed it, and an exit code for the script that did. */

/** What the process ends with. `--help` says the same. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  key: 3,
  unreachable: 4,
  unreadable: 5,
  interrupted: 130,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command that cannot go on, in words: shown without a stack, and free of keys. */
export class Refusal extends Error {
  readonly exitCode: ExitCode
  /** Whether the same thing may work when asked again later. */
  readonly passing: boolean
  constructor(message: string, exitCode: ExitCode = EXIT.failed, passing = false) {
    super(message)
    this.exitCode = exitCode
    this.passing = passing
  }
}

/** Something was asked for wrongly. */
export const misuse = (message: string): Refusal => new Refusal(message, EXIT.usage)

/** The gateway could not be reached, or cannot answer now: what was asked for may work later. */
export const unreachable = (message: string): Refusal => new Refusal(message, EXIT.unreachable, true)

/** What a refusal says, and of what, once. */
export const about = (what: string, { message }: Refusal): string =>
  message.startsWith(`${what}: `) ? message : `${what}: ${message}`

const FILE_TROUBLES: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read or written by this user',
  EPERM: 'this user may not do that with it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is no folder',
  EEXIST: 'it is there already',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
}

/** What went wrong, in words. A system's error about a file becomes a sentence; of others only the message is told. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { code, path, message } = error as NodeJS.ErrnoException
  const words = code === undefined ? undefined : FILE_TROUBLES[code]
  if (words !== undefined && path !== undefined) return new Refusal(`${path}: ${words}`)
  return new Refusal(error instanceof Error ? message : String(error))
}

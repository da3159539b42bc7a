/** Where the command keeps its files, for this user's eyes alone. XDG Base Directory Specification 0.8. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

const place = (variable: string, otherwise: string): string => {
  const given = process.env[variable]
  return join(given && isAbsolute(given) ? given : join(homedir(), otherwise), 'pcaport') // a relative one is to be ignored
}

/** The file with the host and the key. */
export const configPath = (): string => join(place('XDG_CONFIG_HOME', '.config'), 'config.json')

/** The folder of what outlives a process: uploads under way, what was watched. */
export const statePath = (): string => place('XDG_STATE_HOME', join('.local', 'state'))

/** Make a folder, and what is missing above it, for this user alone. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

/** Replace a file at once or not at all, with mode 600. */
export function writePrivately(path: string, text: string): void {
  makePrivateFolder(dirname(path))
  const fresh = `${path}.${process.pid}.new`
  writeFileSync(fresh, text, { mode: 0o600, flush: true })
  chmodSync(fresh, 0o600) // the mode above counts only for a new file
  renameSync(fresh, path)
}

/** What a file holds; `null` where there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The folder of one local server: who holds it, its token, and where the running server can be asked. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PROJECT } from './wrangler.ts'

/** Where a running server takes statements for its database, so that two processes never write one SQLite file. */
export interface Control {
  url: string
  pid: number
  controlPort: number
  secret: string
}

export interface StateFolder {
  path: string
  /** Where R2, D1 and the rest keep their files: wrangler's `--persist-to` is its parent. */
  resources: string
  release(): void
}

/** The folder that `PCAPORT_STATE` names, or `.wrangler/state` of the project. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.PCAPORT_STATE ? resolve(env.PCAPORT_STATE) : resolve(PROJECT, '.wrangler/state')
}

/**
 * Take the folder for this process alone. The lock is one of SQLite's, so the kernel drops it however the process ends.
 * @returns `null` where another process has it
 */
export function holdState(path: string): StateFolder | null {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700) // the mode above counts only for a new folder
  const lock = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === 5) return null // SQLITE_BUSY
    throw error
  }
  return { path, resources: join(path, 'v3'), release: () => lock.close() }
}

/** Write a file that only its owner can read. */
function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
  chmodSync(path, 0o600) // the mode above counts only for a new file
}

/** The token kept in the folder, or `null`. */
export function keptToken(path: string): string | null {
  const token = readIfThere(join(path, 'token'))?.trim()
  return token && /^[0-9a-f]{32}$/.test(token) ? token : null
}

/** @param token `null`: none can be kept, and the one that was is none any more */
export function keepToken(path: string, token: string | null): void {
  if (token !== null) writePrivate(join(path, 'token'), `${token}\n`)
  else rmSync(join(path, 'token'), { force: true })
}

/** The secret under which URLs are sealed here until they are fetched; made on the first start. */
export const fetchSecret = (path: string): string => secretIn(path, 'fetch-secret')

/** The secret under which accounts' keys are sealed here, so that they can be shown again; made on the first start. */
export const keySecret = (path: string): string => secretIn(path, 'key-secret')

function secretIn(path: string, name: string): string {
  const file = join(path, name)
  const kept = readIfThere(file)?.trim()
  if (kept) return kept
  const made = randomBytes(32).toString('hex')
  writePrivate(file, `${made}\n`)
  return made
}

/** What the running server said of itself; it may be dead by now. `null`: nothing. */
export function readControl(path: string): Control | null {
  const text = readIfThere(join(path, 'server.json'))
  try {
    return text ? (JSON.parse(text) as Control) : null
  } catch {
    return null // caught while it is written
  }
}

export function writeControl(path: string, control: Control | null): void {
  if (control) writePrivate(join(path, 'server.json'), JSON.stringify(control))
  else rmSync(join(path, 'server.json'), { force: true })
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

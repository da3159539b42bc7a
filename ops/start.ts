/** `npm start`: from a fresh machine to a server that takes captures, with everything in one state folder. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Miniflare } from 'miniflare'
import { insertAccount } from './accounts.ts'
import { bundle } from './bundle.ts'
import { type ControlDoor, databaseOf, openControl, openFolder } from './databases.ts'
import { leash } from './leash.ts'
import { portTaken, serve, startCron } from './local-server.ts'
import { pasteLines } from './paste-lines.ts'
import { OWNERS_PLAN } from './plans.ts'
import { redact } from './redaction.ts'
import { Refusal, runCommand, UsageError } from './refusal.ts'
import { signInLink } from './sign-in-links.ts'
import { type Database, sql } from './sql.ts'
import {
  holdState,
  keepToken,
  keptToken,
  readControl,
  type StateFolder,
  stateFolder,
  writeControl,
} from './state-folder.ts'
import { hashOf, insertToken, newToken, STANDARD_GRANT } from './tokens.ts'
import { readProject } from './wrangler.ts'

/** Name of the first account, and of its token. */
const LOCAL = 'local'

/** What the environment asks for. @throws UsageError */
export function settingsOf(env: NodeJS.ProcessEnv): { port: number; state: string; token: string | null } {
  const port = env.PORT ? Number(env.PORT) : 8787
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`PORT is 0 to 65535, not ${env.PORT}`)
  const token = env.PCAPORT_TOKEN || null
  if (token && !/^[0-9a-f]{32}$/.test(token))
    throw new UsageError('PCAPORT_TOKEN is 32 hex digits in lower case, as `openssl rand -hex 16` makes them')
  return { port, state: stateFolder(env), token }
}

/**
 * Make the first account and its token, if they are not there, or give it the token asked for.
 * @returns the token that is good now
 * @throws Refusal where the token asked for was revoked
 */
export async function firstToken(
  database: Database,
  asked: string | null,
  kept: string | null,
  now: Date,
): Promise<string> {
  const wanted = asked ?? kept ?? newToken()
  const [, , rows] = await database.run([
    insertAccount(LOCAL, OWNERS_PLAN, now),
    sql`UPDATE accounts SET role = 'admin' WHERE name = ${LOCAL} AND role <> 'admin'`,
    sql`SELECT revoked_at FROM tokens WHERE hash = ${hashOf(wanted)}`,
  ])
  const row = rows?.[0]
  if (row && row.revoked_at === null) return wanted
  if (row && asked) throw new Refusal('PCAPORT_TOKEN was revoked in this state folder: choose another.')
  const token = row ? newToken() : wanted
  await database.run([
    sql`DELETE FROM tokens WHERE name = ${LOCAL} AND account_id = (SELECT id FROM accounts WHERE name = ${LOCAL})`,
    insertToken(LOCAL, LOCAL, token, STANDARD_GRANT, now),
  ])
  return token
}

/** A link that signs the first account's owner in. Passkeys want a name for the host, which an address is not (WebAuthn Level 3 §5.1.3). */
async function firstLink(database: Database, url: string): Promise<string> {
  const { statement, path } = signInLink(LOCAL, 86_400_000, new Date())
  await database.run([statement])
  return `${url.replace('127.0.0.1', 'localhost')}${path}`
}

async function prepare(folder: StateFolder, asked: string | null): Promise<string> {
  const database = await openFolder(folder)
  try {
    const token = await firstToken(database, asked, keptToken(folder.path), new Date())
    keepToken(folder.path, token)
    return token
  } finally {
    await database.close()
  }
}

/** Wait for a port that a server killed just now still holds. @throws Refusal where it stays taken */
async function freePort(port: number): Promise<void> {
  for (const patience = Date.now() + 1_500; ; await sleep(100)) {
    const free = await new Promise<boolean>((answer) => {
      const probe = createServer()
      probe.once('error', () => answer(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)))
    })
    if (free) return
    if (Date.now() > patience) throw portTaken(port)
  }
}

/** The lines a person pastes, in both dialects. */
function welcome(url: string, token: string, link: string, state: string): string {
  return `pcaport, a gateway for packet captures, on this machine only. State: ${state}

Sign in to the account "${LOCAL}" in a browser, once, within a day:
  ${link}

Its token: ${token}

${pasteLines(url, token)}
`
}

async function start(): Promise<void> {
  const settings = settingsOf(process.env)
  delete process.env.PCAPORT_TOKEN // no child needs it
  const folder = holdState(settings.state)
  if (!folder) {
    const other = readControl(settings.state)
    const who = other ? ` by the server on ${other.url} (process ${other.pid})` : ''
    throw new Refusal(
      `The state folder ${settings.state} is in use${who}. Choose another: PCAPORT_STATE=<folder> npm start`,
    )
  }
  writeControl(folder.path, null) // what a killed server left
  const held = leash()
  let miniflare: Miniflare | undefined
  let door: ControlDoor | undefined
  let stopCron = () => {}
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= (async () => {
      stopCron()
      door?.close()
      writeControl(folder.path, null)
      await miniflare?.dispose()
      await held.release()
      folder.release()
    })()
    return stopping
  }
  const end = () => {
    setTimeout(() => process.exit(1), 8_000).unref()
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  const listen = () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal) // Miniflare's would end with 130
      process.on(signal, end)
    }
  }
  listen()
  try {
    await freePort(settings.port)
    const { crons } = (await readProject()).triggers
    const [modules, token] = await Promise.all([bundle(join(folder.path, 'worker')), prepare(folder, settings.token)])
    miniflare = await serve(modules, folder, settings.port)
    listen()
    const url = `http://127.0.0.1:${(await miniflare.ready).port}`
    const secret = randomBytes(16).toString('hex')
    door = await openControl(databaseOf(miniflare), secret)
    writeControl(folder.path, { url, pid: process.pid, controlPort: door.port, secret })
    console.log(welcome(url, token, await firstLink(databaseOf(miniflare), url), folder.path))
    console.log(`ready on ${url} (Ctrl-C ends it)`)
    stopCron = startCron(miniflare, crons)
  } catch (error) {
    if (stopping) return
    await stop()
    throw error
  }
}

if (import.meta.main) {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      console.error(redact(error instanceof Error ? (error.stack ?? error.message) : String(error)))
      process.exit(1)
    })
  await runCommand(start)
}

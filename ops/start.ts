/** `npm start`: from a fresh machine to a server that takes captures, with everything in one state folder. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Miniflare } from 'miniflare'
import { keyUse, seal, unseal } from '../src/ingest/seal.ts'
import { ACCOUNT_KEY } from '../src/store/account-key.ts'
import { insertAccount, setRole } from './accounts.ts'
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
  keySecret,
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
 * Make the first account and its token, if they are not there, or give it the token asked for. The token is the REST API key of the account: what
 * its page has put in its place counts.
 * @param secret what keys are sealed with here
 * @returns the token that is good now; `null`: its page has made one that was shown once and can be read by nobody
 * @throws Refusal where the token asked for was revoked
 */
export async function firstToken(
  database: Database,
  asked: string | null,
  kept: string | null,
  secret: string,
  now: Date,
): Promise<string | null> {
  const [, , accounts] = await database.run([
    insertAccount(LOCAL, OWNERS_PLAN, now),
    setRole(LOCAL, true),
    sql`SELECT accounts.id, token_hash, sealed, tokens.hash IS NOT NULL AND tokens.revoked_at IS NULL AS opens FROM accounts
      LEFT JOIN account_keys ON account_keys.account_id = accounts.id LEFT JOIN tokens ON tokens.hash = token_hash WHERE accounts.name = ${LOCAL}`,
  ])
  const { id, token_hash, sealed, opens } = accounts?.[0] ?? {}
  const current = sealed ? await unseal(String(sealed), keyUse(Number(id), String(token_hash)), secret) : null
  if (asked === null && current === null && opens === 1 && token_hash !== (kept && hashOf(kept))) return null
  const wanted = asked ?? current ?? kept ?? newToken()
  const [rows] = await database.run([sql`SELECT revoked_at FROM tokens WHERE hash = ${hashOf(wanted)}`])
  const row = rows?.[0]
  if (row && row.revoked_at !== null && asked)
    throw new Refusal('PCAPORT_TOKEN was revoked in this state folder: choose another.')
  const stands = row !== undefined && row.revoked_at === null
  const token = row && !stands ? newToken() : wanted
  if (stands && current === token) return token
  const hash = hashOf(token)
  await database.run([
    sql`DELETE FROM tokens WHERE name IN (${LOCAL}, ${ACCOUNT_KEY}) AND hash <> ${hash} AND account_id = (SELECT id FROM accounts WHERE name = ${LOCAL})`,
    insertToken(LOCAL, LOCAL, token, STANDARD_GRANT, now),
    sql`INSERT INTO account_keys (account_id, token_hash, sealed, created_at)
      SELECT id, ${hash}, ${await seal(token, keyUse(Number(id), hash), secret)}, ${now.getTime()} FROM accounts WHERE name = ${LOCAL}
      ON CONFLICT DO UPDATE SET token_hash = excluded.token_hash, sealed = excluded.sealed, created_at = excluded.created_at`,
  ])
  return token
}

/** A link that signs the first account's owner in. Passkeys want a name for the host, which an address is not (WebAuthn Level 3 §5.1.3). */
async function firstLink(database: Database, url: string): Promise<string> {
  const { statement, path } = signInLink(LOCAL, new Date(Date.now() + 86_400_000), new Date())
  await database.run([statement])
  return `${url.replace('127.0.0.1', 'localhost')}${path}`
}

async function prepare(folder: StateFolder, asked: string | null): Promise<string | null> {
  const database = await openFolder(folder)
  try {
    const token = await firstToken(database, asked, keptToken(folder.path), keySecret(folder.path), new Date())
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
function welcome(url: string, token: string | null, link: string, state: string): string {
  return `pcaport, a gateway for packet captures, on this machine only. State: ${state}

Sign in to the account "${LOCAL}" in a browser, once, within a day:
  ${link}

Its token: ${token ?? `the one that its page has shown, once. It is kept nowhere: put it in the place of $TOKEN, or generate another one on ${url}/account`}

${pasteLines(url, token ?? '$TOKEN')}
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

/** The ways to the D1 database `DB`: a state folder nobody runs on, the server running on it, or Cloudflare. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Miniflare } from 'miniflare'
import { failed } from './cloud.ts'
import { migrate } from './migrations.ts'
import { Refusal } from './refusal.ts'
import type { Database, Row } from './sql.ts'
import { type Control, holdState, readControl, type StateFolder } from './state-folder.ts'
import { readProject, type Wrangler } from './wrangler.ts'

export interface OpenDatabase extends Database {
  close(): Promise<void>
}

/** A database of a Miniflare that runs. One `run` is one batch, which D1 makes a transaction. */
export function databaseOf(miniflare: Miniflare, binding = 'DB'): Database {
  return {
    async run(statements) {
      const d1 = await miniflare.getD1Database(binding)
      const results = await d1.batch<Row>(statements.map((statement) => d1.prepare(statement)))
      return results.map((result) => result.results)
    },
  }
}

/** The database of a folder that this process holds, its migrations applied, and those of the others. */
export async function openFolder(folder: StateFolder): Promise<OpenDatabase> {
  const project = await readProject()
  const miniflare = new Miniflare({
    resourcePersistencePath: folder.resources,
    cf: false,
    workers: [
      {
        config: {
          name: 'database',
          compatibilityDate: project.compatibility_date,
          manifest: {
            mainModule: 'none.js',
            modules: { 'none.js': { type: 'esm', contents: 'export default {}' } },
          },
          env: Object.fromEntries(
            project.d1_databases.map(({ binding, database_id }) => [binding, { type: 'd1' as const, id: database_id }]),
          ),
        },
      },
    ],
  })
  const database = { ...databaseOf(miniflare), close: () => miniflare.dispose() }
  try {
    for (const { binding, migrations_dir } of project.d1_databases)
      await migrate(databaseOf(miniflare, binding), migrations_dir)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * The database of a state folder, whether a server runs on it or not: beside a server, it is asked, because a second
 * process that writes makes its uploads fail now and then with `database is locked`.
 * @throws Refusal where the folder stays in other hands
 */
export async function openLocal(path: string): Promise<OpenDatabase> {
  for (const patience = Date.now() + 10_000; Date.now() < patience; await sleep(100)) {
    const folder = holdState(path)
    if (folder) {
      try {
        const database = await openFolder(folder)
        return { run: database.run, close: () => database.close().finally(folder.release) }
      } catch (error) {
        folder.release()
        throw error
      }
    }
    const control = readControl(path)
    if (control && (await answers(control)))
      return { run: (statements) => ask(control, statements), close: async () => {} }
  }
  throw new Refusal(`The state folder ${path} is in use by another command. Try again when it has ended.`)
}

/** The deployed database. `wrangler d1 execute` sends all statements as one query, which D1 runs as one transaction. */
export function remoteDatabase(wrangler: Wrangler, config: string): Database {
  return {
    async run(statements) {
      const command = statements.join(';\n')
      const outcome = await wrangler([
        'd1',
        'execute',
        'DB',
        '--remote',
        '--json',
        '--config',
        config,
        `--command=${command}`,
      ])
      if (outcome.exitCode !== 0) throw failed('Asking the deployed database', outcome)
      const results = JSON.parse(outcome.stdout) as { results: Row[] }[]
      return results.map((result) => result.results)
    },
  }
}

export interface ControlDoor {
  port: number
  close(): void
}

/** Take statements for a running server's database from whoever knows the secret in its state folder. */
export async function openControl(database: Database, secret: string): Promise<ControlDoor> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== `Bearer ${secret}` || request.headers.host?.split(':')[0] !== '127.0.0.1')
      return answer(403, { error: 'not for you' })
    try {
      answer(200, await database.run((await json(request)) as string[]))
    } catch (error) {
      answer(400, { error: (error as Error).message })
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  server.unref()
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

async function ask(control: Control, statements: string[]): Promise<Row[][]> {
  const response = await fetch(`http://127.0.0.1:${control.controlPort}/`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${control.secret}`, Connection: 'close' },
    body: JSON.stringify(statements),
    signal: AbortSignal.timeout(30_000),
  })
  if (response.ok) return (await response.json()) as Row[][]
  throw new Error(`the running server refused: ${await response.text()}`)
}

async function answers(control: Control): Promise<boolean> {
  try {
    await ask(control, ['SELECT 1'])
    return true
  } catch {
    return false
  }
}

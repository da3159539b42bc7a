/**
 * Answers like wrangler with a Cloudflare account behind it, kept in a folder (`STAND_IN_CLOUD`): each call is recorded,
 * the database is a real SQLite file. `STAND_IN_FAIL` names a call that fails before it acts, `STAND_IN_FAIL_AFTER` one that
 * acts and then fails.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const args = process.argv.slice(2)
const line = args.join(' ')
const cloud = process.env.STAND_IN_CLOUD ?? ''
appendFileSync(join(cloud, 'calls'), `${JSON.stringify(args)}\n`)

interface Account {
  login: 'none' | 'one' | 'several'
  plan?: 'free'
  buckets: string[]
  databases: Record<string, string>
  queues: string[]
  /** Deployed Workers, with how often. */
  workers: Record<string, number>
  /** Names of their secrets, by Worker. */
  secrets?: Record<string, string[]>
}
const path = join(cloud, 'account.json')
const account = JSON.parse(readFileSync(path, 'utf8')) as Account
const keep = () => writeFileSync(path, JSON.stringify(account))

function fail(words: string): never {
  console.error(`\n✘ [ERROR] ${words}\n`)
  process.exit(1)
}
const fails = (env: string | undefined) => env !== undefined && env !== '' && line.includes(env)

/** `--flag value` or `--flag=value`. */
function flag(name: string): string {
  const joined = args.find((arg) => arg.startsWith(`${name}=`))
  return joined ? joined.slice(name.length + 1) : (args[args.indexOf(name) + 1] ?? '')
}

interface Config {
  name: string
  main: string
  limits?: { cpu_ms: number }
  d1_databases: { binding: string; database_id: string; migrations_dir: string }[]
  queues: { consumers: { queue: string }[] }
}
function config(): Config {
  return JSON.parse(readFileSync(flag('--config'), 'utf8')) as Config
}

/** The database that the configuration's id of a binding belongs to. */
function database(binding = 'DB'): { file: DatabaseSync; migrations: string } {
  const bound = config().d1_databases.find((one) => one.binding === binding)
  if (!bound || !Object.values(account.databases).includes(bound.database_id)) fail('no such database [code: 7404]')
  return {
    file: new DatabaseSync(join(cloud, `${bound.database_id}.sqlite`)),
    migrations: resolve(dirname(flag('--config')), bound.migrations_dir),
  }
}

function act(): void {
  const name = args.at(-1) ?? ''
  if (line === 'whoami --json') {
    if (account.login === 'none') {
      console.log(JSON.stringify({ loggedIn: false }))
      process.exit(1)
    }
    const accounts = [{ name: 'A', id: 'a1' }].concat(account.login === 'several' ? [{ name: 'B', id: 'b2' }] : [])
    console.log(JSON.stringify({ loggedIn: true, accounts }))
  } else if (line.startsWith('r2 bucket info ')) {
    if (!account.buckets.includes(args[3] ?? ''))
      fail('A request to the Cloudflare API failed.\n  The specified bucket does not exist. [code: 10006]')
    console.log('{}')
  } else if (line.startsWith('r2 bucket create ')) {
    if (account.buckets.includes(name)) fail('The bucket you tried to create already exists [code: 10004]')
    account.buckets.push(name)
  } else if (line === 'd1 list --json') {
    console.log(JSON.stringify(Object.entries(account.databases).map(([name, uuid]) => ({ name, uuid }))))
  } else if (line.startsWith('d1 create ')) {
    if (account.databases[name]) fail('A database with that name already exists')
    account.databases[name] = `id-of-${name}`
  } else if (line.startsWith('queues info ')) {
    // the real one shows the first queue that Cloudflare's filter gives it
    const found = account.queues.find((queue) => queue.startsWith(name))
    if (!found) fail(`Queue "${name}" does not exist. To create it, run: wrangler queues create ${name}`)
    console.log(`Queue Name: ${found}\nQueue ID: 1`)
  } else if (line.startsWith('queues create ')) {
    if (account.queues.includes(name)) fail('Queue name is already taken [code: 11009]')
    account.queues.push(name)
  } else if (/^d1 migrations apply \w+ --remote /.test(line)) {
    const { file, migrations } = database(args[3])
    file.exec('CREATE TABLE IF NOT EXISTS d1_migrations(name TEXT UNIQUE)')
    const applied = file.prepare('SELECT name FROM d1_migrations').all()
    const names = readdirSync(migrations).filter((one) => one.endsWith('.sql'))
    for (const one of names.sort().slice(applied.length))
      file.exec(
        `BEGIN; ${readFileSync(join(migrations, one), 'utf8')}; INSERT INTO d1_migrations VALUES ('${one}'); COMMIT`,
      )
  } else if (line.startsWith('d1 execute DB --remote --json ')) {
    const { file } = database()
    const statements = flag('--command').split(';\n')
    file.exec('BEGIN')
    try {
      const results = statements.map((statement) => ({ results: file.prepare(statement).all(), success: true }))
      file.exec('COMMIT')
      console.log(JSON.stringify(results))
    } catch (error) {
      fail((error as Error).message)
    }
  } else if (line.startsWith('secret list --format json --config ')) {
    const { name } = config()
    if (!account.workers[name]) fail(`Worker "${name}" not found. [code: 10007]`)
    console.log(
      JSON.stringify((account.secrets?.[name] ?? []).map((secret) => ({ name: secret, type: 'secret_text' }))),
    )
  } else if (line.startsWith('secret bulk ')) {
    const { name } = config()
    const secrets = Object.keys(JSON.parse(readFileSync(args[2] ?? '', 'utf8')) as object)
    account.secrets = { ...account.secrets, [name]: [...new Set([...(account.secrets?.[name] ?? []), ...secrets])] }
  } else if (line.startsWith('deploy --config ')) {
    const { name, main, limits, queues } = config()
    if (!existsSync(resolve(dirname(flag('--config')), main, '../store/schema.ts')))
      fail('The entry-point file was not found.')
    for (const { queue } of queues.consumers)
      if (!account.queues.includes(queue)) fail(`Queue "${queue}" does not exist.`)
    if (account.plan === 'free' && limits)
      fail('CPU limits are not supported for the Free plan. Switch to a paid plan to set CPU limits. [code: 100328]')
    database()
    account.workers[name] = (account.workers[name] ?? 0) + 1
    const entry = {
      type: 'deploy',
      version: 1,
      targets: [`https://${name}.example.workers.dev`, 'schedule: * * * * *'],
    }
    appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH ?? '', `${JSON.stringify(entry)}\n`)
  } else fail(`Unknown command: ${line}`)
  keep()
}

if (fails(process.env.STAND_IN_FAIL)) fail('planted: before')
act()
if (fails(process.env.STAND_IN_FAIL_AFTER)) fail('planted: after')

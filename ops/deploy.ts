/** `npm run deploy`: from a Cloudflare login to a running gateway, by steps that can each fail and be run again. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertAccount, setRole } from './accounts.ts'
import {
  checkLogin,
  databaseIds,
  deploymentName,
  failed,
  keepAddress,
  readDeployment,
  step,
  writeConfig,
} from './cloud.ts'
import { remoteDatabase } from './databases.ts'
import { pasteLines } from './paste-lines.ts'
import { OWNERS_PLAN } from './plans.ts'
import { Refusal, runCommand } from './refusal.ts'
import type { Database } from './sql.ts'
import { insertToken, newToken, STANDARD_GRANT } from './tokens.ts'
import { type Wrangler, wranglerOf } from './wrangler.ts'

/** Name of the first account, and of its token. */
const FIRST = 'main'

/** What the Worker seals with: URLs until they are fetched, and accounts' keys so that they can be shown again. */
const SECRETS = ['FETCH_SECRET', 'KEY_SECRET']

type Say = (line: string) => void

/**
 * Deploy, making what is missing. Every step looks first and may be repeated: what is done stays done.
 * @throws Refusal that names the step that failed
 */
export async function deploy(env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const wrangler = wranglerOf(env)
  const name = deploymentName(env)
  await checkLogin(wrangler, env, 'npm run deploy')
  const deployment = await readDeployment(name)
  for (const { bucket_name } of deployment.r2_buckets) say(await ensureBucket(wrangler, bucket_name))
  const ids = await databaseIds(wrangler)
  for (const { database_name } of deployment.d1_databases) say(await ensureDatabase(wrangler, database_name, ids))
  const queues = deployment.queues.consumers.flatMap(({ queue, dead_letter_queue }) => [
    queue,
    dead_letter_queue ?? queue,
  ])
  for (const queue of new Set(queues)) say(await ensureQueue(wrangler, queue))
  const config = await writeConfig(deployment, await databaseIds(wrangler))
  for (const { binding, database_name } of deployment.d1_databases) {
    const apply = ['d1', 'migrations', 'apply', binding, '--remote', '--config', config]
    await step(wrangler, `Migrating the database ${database_name}`, apply)
    say(`D1 database ${database_name}: migrated`)
  }
  const url = await deployWorker(wrangler, config)
  say(`Worker ${deployment.name}: deployed${url ? ` to ${url}` : ''}`)
  if (url) await keepAddress(name, url)
  for (const line of await ensureSecrets(wrangler, config)) say(line)
  const key = await firstKey(remoteDatabase(wrangler, config), new Date())
  if (key) say(welcome(url ?? 'https://<the address of your Worker>', key))
  else say('Keys: there already, and never shown again. A new one: npm run admin -- token add ACCOUNT NAME --remote')
}

async function ensureBucket(wrangler: Wrangler, name: string): Promise<string> {
  const looked = await wrangler(['r2', 'bucket', 'info', name, '--json'])
  if (looked.exitCode === 0) return `R2 bucket ${name}: there already`
  if (!/does not exist|code: 10006/.test(looked.said)) throw failed(`Looking for the R2 bucket ${name}`, looked)
  await step(wrangler, `Creating the R2 bucket ${name}`, ['r2', 'bucket', 'create', name])
  return `R2 bucket ${name}: created`
}

async function ensureDatabase(wrangler: Wrangler, name: string, ids: Map<string, string>): Promise<string> {
  if (ids.has(name)) return `D1 database ${name}: there already`
  await step(wrangler, `Creating the D1 database ${name}`, ['d1', 'create', name])
  return `D1 database ${name}: created`
}

async function ensureQueue(wrangler: Wrangler, name: string): Promise<string> {
  const looked = await wrangler(['queues', 'info', name])
  // wrangler asks for the name and shows the first queue it gets, which may be one with a longer name
  if (looked.exitCode === 0 && new RegExp(`^Queue Name: ${name}$`, 'm').test(looked.stdout))
    return `queue ${name}: there already`
  if (looked.exitCode !== 0 && !/does not exist/.test(looked.said))
    throw failed(`Looking for the queue ${name}`, looked)
  const created = await wrangler(['queues', 'create', name])
  if (created.exitCode === 0) return `queue ${name}: created`
  if (/already (taken|exists)|code: 11009/.test(created.said)) return `queue ${name}: there already`
  throw failed(`Creating the queue ${name}`, created)
}

/** @returns where it runs, as wrangler tells it */
async function deployWorker(wrangler: Wrangler, config: string): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'pcaport-deploy-'))
  try {
    const report = join(folder, 'wrangler.ndjson')
    const outcome = await wrangler(['deploy', '--config', config], { WRANGLER_OUTPUT_FILE_PATH: report })
    if (/code: 100328/.test(outcome.said))
      throw new Refusal(
        'Deploying the Worker failed: this account has the Workers Free plan, and the CPU time that a parse takes ' +
          '(`[limits]` in wrangler.toml) needs the Workers Paid plan. Change the plan at ' +
          'https://dash.cloudflare.com/?to=/:account/workers/plans and run the command again: what is done stays done.',
      )
    if (outcome.exitCode !== 0) throw failed('Deploying the Worker', outcome)
    const lines = (await readFile(report, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
    const entries = lines.map((line) => JSON.parse(line) as { type: string; targets?: string[] })
    const targets = entries.find((entry) => entry.type === 'deploy')?.targets ?? []
    return targets.find((target) => target.startsWith('https://')) ?? null
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each is made once, and known to the Worker alone. */
async function ensureSecrets(wrangler: Wrangler, config: string): Promise<string[]> {
  const list = ['secret', 'list', '--format', 'json', '--config', config]
  const { stdout } = await step(wrangler, 'Listing the secrets of the Worker', list)
  const missing = SECRETS.filter((name) => !new RegExp(`"name":\\s*"${name}"`).test(stdout))
  if (missing.length > 0) {
    const folder = await mkdtemp(join(tmpdir(), 'pcaport-deploy-'))
    try {
      const file = join(folder, 'secrets.json')
      const made = Object.fromEntries(missing.map((name) => [name, randomBytes(32).toString('hex')]))
      await writeFile(file, JSON.stringify(made), { mode: 0o600 })
      const what = missing.length > 1 ? 'secrets' : 'secret'
      await step(wrangler, `Making the ${what} ${missing.join(', ')}`, ['secret', 'bulk', file, '--config', config])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return SECRETS.map((name) => `secret ${name}: ${missing.includes(name) ? 'made' : 'there already'}`)
}

/** Make the first account and key where there is no account. @returns the key, or `null` */
async function firstKey(database: Database, now: Date): Promise<string | null> {
  const [rows] = await database.run(['SELECT id FROM accounts LIMIT 1'])
  if (rows?.length) return null
  const token = newToken()
  try {
    await database.run([
      insertAccount(FIRST, OWNERS_PLAN, now),
      setRole(FIRST, true),
      insertToken(FIRST, 'first', token, STANDARD_GRANT, now),
    ])
  } catch (error) {
    throw new Refusal(
      `The first key could not be made. ${(error as Error).message} If it then says that there ` +
        `are keys already, this one was made and never shown: make another with npm run admin -- token add ${FIRST} NAME --remote`,
    )
  }
  return token
}

function welcome(url: string, key: string): string {
  return `
First key of the account "${FIRST}", shown this once: ${key}

${pasteLines(url, key)}

A link that signs you in as "${FIRST}", an admin: npm run admin -- recover ${FIRST} --remote
`
}

if (import.meta.main) await runCommand(() => deploy(process.env, console.log))

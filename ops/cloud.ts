/** Names and ids of what runs at Cloudflare, and the wrangler configuration that holds them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { Refusal, UsageError } from './refusal.ts'
import { type Outcome, PROJECT, type ProjectConfig, readProject, type Wrangler } from './wrangler.ts'

/** Everything of one deployment begins with this: `pcaport`, or what `PCAPORT_NAME` says. @throws UsageError */
export function deploymentName(env: NodeJS.ProcessEnv = process.env): string {
  const name = env.PCAPORT_NAME || 'pcaport'
  if (!/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/.test(name))
    throw new UsageError(
      `PCAPORT_NAME is 2 to 40 lower-case letters, digits and dashes, from a letter to a letter or digit, not ${name}`,
    )
  return name
}

/** wrangler.toml with another name for everything in it that has one in the account. */
export async function readDeployment(name: string): Promise<ProjectConfig> {
  const project = await readProject()
  const named = (text: string) => text.replace(/^pcaport(?=-|$)/, name)
  return {
    ...project,
    name: named(project.name),
    r2_buckets: project.r2_buckets.map((bucket) => ({ ...bucket, bucket_name: named(bucket.bucket_name) })),
    d1_databases: project.d1_databases.map((database) => ({
      ...database,
      database_name: named(database.database_name),
    })),
    queues: {
      producers: project.queues.producers.map((producer) => ({ ...producer, queue: named(producer.queue) })),
      consumers: project.queues.consumers.map((consumer) => ({
        ...consumer,
        queue: named(consumer.queue),
        ...(consumer.dead_letter_queue && { dead_letter_queue: named(consumer.dead_letter_queue) }),
      })),
    },
  }
}

/** Run a step of wrangler's. @throws Refusal that says which step failed and what wrangler said of it */
export async function step(
  wrangler: Wrangler,
  what: string,
  args: string[],
  env?: Record<string, string>,
): Promise<Outcome> {
  const outcome = await wrangler(args, env)
  if (outcome.exitCode !== 0) throw failed(what, outcome)
  return outcome
}

export function failed(what: string, outcome: Outcome): Refusal {
  return new Refusal(
    `${what} failed. wrangler said:\n\n${outcome.said}\n\nMend that and run the command again: what is done stays done.`,
  )
}

/**
 * Ask first whether wrangler may do anything at Cloudflare, and in which account.
 * @param again the command, as it is typed once more with the account chosen
 * @throws Refusal that says how to log in, or lists the accounts
 */
export async function checkLogin(wrangler: Wrangler, env: NodeJS.ProcessEnv, again: string): Promise<void> {
  const outcome = await wrangler(['whoami', '--json'])
  const who = jsonIn(outcome.stdout) as { loggedIn?: boolean; accounts?: { name: string; id: string }[] } | null
  if (who?.loggedIn === false)
    throw new Refusal(
      'Not logged in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN; then run this again.',
    )
  if (outcome.exitCode !== 0 || !who) throw failed('Asking Cloudflare who is logged in', outcome)
  const accounts = who.accounts ?? []
  if (accounts.length > 1 && !env.CLOUDFLARE_ACCOUNT_ID) {
    const list = accounts.map(({ id, name }) => `  CLOUDFLARE_ACCOUNT_ID=${id} ${again}    # ${name}`)
    throw new Refusal(`This login has several accounts. Say which one:\n${list.join('\n')}`)
  }
}

/** wrangler may say more before its JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.slice(text.indexOf('{')))
  } catch {
    return null
  }
}

/** The ids of the account's D1 databases by name. */
export async function databaseIds(wrangler: Wrangler): Promise<Map<string, string>> {
  const { stdout } = await step(wrangler, 'Listing the D1 databases', ['d1', 'list', '--json'])
  const databases = JSON.parse(stdout) as { name: string; uuid: string }[]
  return new Map(databases.map(({ name, uuid }) => [name, uuid]))
}

/**
 * Write `.wrangler/deploy-<name>.json`: the deployment with its databases' real ids, which the committed wrangler.toml
 * does not have. Paths in it begin from its own folder.
 * @returns its path
 * @throws Refusal where a database is missing
 */
export async function writeConfig(deployment: ProjectConfig, ids: Map<string, string>): Promise<string> {
  const folder = resolve(PROJECT, '.wrangler')
  const from = (path: string) => relative(folder, resolve(PROJECT, path))
  const config = {
    ...deployment,
    main: from(deployment.main),
    alias: Object.fromEntries(Object.entries(deployment.alias).map(([name, path]) => [name, from(path)])),
    assets: { ...deployment.assets, directory: from(deployment.assets.directory) },
    d1_databases: deployment.d1_databases.map((database) => {
      const id = ids.get(database.database_name)
      if (!id) throw new Refusal(`The account has no D1 database ${database.database_name}: npm run deploy makes it.`)
      return { ...database, database_id: id, migrations_dir: from(database.migrations_dir) }
    }),
  }
  await mkdir(folder, { recursive: true })
  const path = resolve(folder, `deploy-${deployment.name}.json`)
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`)
  return path
}

/** The configuration of what is deployed, for a command that only asks its database. @throws Refusal without a login */
export async function cloudConfig(wrangler: Wrangler, env: NodeJS.ProcessEnv, again: string): Promise<string> {
  const deployment = await readDeployment(deploymentName(env))
  await checkLogin(wrangler, env, again)
  return writeConfig(deployment, await databaseIds(wrangler))
}

const addressFile = (name: string) => resolve(PROJECT, `.wrangler/deploy-${name}.address`)

/** Keep where a deployment is reached, for links to it. */
export async function keepAddress(name: string, url: string): Promise<void> {
  await mkdir(resolve(PROJECT, '.wrangler'), { recursive: true })
  await writeFile(addressFile(name), `${url}\n`)
}

/** Where a deployment is reached, as `npm run deploy` has heard it here; `null`: it has not. */
export async function keptAddress(name: string): Promise<string | null> {
  const text = await readFile(addressFile(name), 'utf8').catch(() => '')
  return text.trim() || null
}

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { deploymentName } from '../../ops/cloud.ts'
import { deploy } from '../../ops/deploy.ts'
import { Refusal } from '../../ops/refusal.ts'
import { hashOf } from '../../ops/tokens.ts'
import { wranglerOf } from '../../ops/wrangler.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const MIGRATIONS = readdirSync(join(PROJECT, 'migrations')).filter((name) => name.endsWith('.sql')).length
const cleanups: (() => void)[] = []
afterAll(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** An account at Cloudflare of its own, and `npm run deploy` and `npm run admin -- … --remote` into it. */
function cloud(change: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pcaport-cloud-'))
  const name = `t${randomBytes(4).toString('hex')}`
  const config = join(PROJECT, `.wrangler/deploy-${name}.json`)
  cleanups.push(() => {
    rmSync(folder, { recursive: true })
    rmSync(config, { force: true })
  })
  const fresh = { login: 'one', buckets: [], databases: {}, queues: [], workers: {}, ...change }
  writeFileSync(join(folder, 'account.json'), JSON.stringify(fresh))
  const env = {
    ...process.env,
    CLOUDFLARE_ACCOUNT_ID: '',
    PCAPORT_NAME: name,
    PCAPORT_WRANGLER: join(import.meta.dirname, 'stand-in-wrangler.ts'),
    STAND_IN_CLOUD: folder,
  }
  /** The command itself, in a process of its own. */
  const run = (script: string, args: string[]) =>
    new Promise<{ code: number | null; output: string }>((done) => {
      const child = spawn(process.execPath, [join(PROJECT, 'ops', script), ...args], { cwd: tmpdir(), env })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      child.on('close', (code) => done({ code, output }))
    })
  /** What the command does, without a process for it. */
  const deployHere = async (more: Record<string, string> = {}) => {
    const said: string[] = []
    try {
      await deploy({ ...env, ...more }, (line) => said.push(line))
      return { code: 0, output: said.join('\n') }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { code: error.exitCode, output: [...said, error.message].join('\n') }
    }
  }
  return {
    folder,
    name,
    config,
    deploy: deployHere,
    deployCommand: () => run('deploy.ts', []),
    admin: (...args: string[]) => run('admin.ts', [...args, '--remote', '--json']),
    calls: () =>
      readFileSync(join(folder, 'calls'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as string[]).join(' ')),
    account: () => JSON.parse(readFileSync(join(folder, 'account.json'), 'utf8')),
    rows: (query: string) => new DatabaseSync(join(folder, `id-of-${name}.sqlite`)).prepare(query).all(),
  }
}

type Cloud = ReturnType<typeof cloud>

/** What a deployment leaves, however it was reached. */
function expectDeployed({ name, account, rows }: Cloud): void {
  expect(account()).toMatchObject({
    buckets: [`${name}-captures`],
    databases: { [name]: `id-of-${name}`, [`${name}-search`]: `id-of-${name}-search` },
    workers: { [name]: expect.any(Number) },
    secrets: { [name]: ['FETCH_SECRET', 'KEY_SECRET'] },
  })
  expect(account().queues.sort()).toEqual(
    ['fetch', 'fetch-dead', 'parse', 'parse-dead'].map((queue) => `${name}-${queue}`),
  )
  expect(rows('SELECT name FROM d1_migrations')).toHaveLength(MIGRATIONS)
  expect(rows('SELECT name FROM accounts')).toEqual([{ name: 'main' }])
  expect(rows('SELECT name FROM tokens')).toEqual([{ name: 'first' }])
}

const keysIn = (output: string) => new Set(output.match(/\b[0-9a-f]{32}\b/g))

describe.concurrent('npm run deploy', { timeout: 180_000 }, () => {
  it('makes everything in a fresh account, and shows the first key once, with its lines to paste', async () => {
    const at = cloud()
    const { code, output } = await at.deploy()
    expect(output).toContain(`https://${at.name}.example.workers.dev/api/v1/`)
    expect(code).toBe(0)
    expectDeployed(at)
    const [key = '', ...others] = keysIn(output)
    const upload = `https://${at.name}.example.workers.dev/api/v1/${key}/upload`
    expect(output).toContain(`  curl -T traffic.pcapng ${upload}\n  curl -T traffic.pcapng ${upload}/\n`)
    expect(output).toContain(`The page of a capture: https://${at.name}.example.workers.dev/captures/<id>`)
    expect(others).toEqual([])
    expect(at.rows('SELECT hash, permissions FROM tokens')).toEqual([
      { hash: hashOf(key), permissions: 'upload,read,delete' },
    ])
    expect(at.calls().join('\n')).not.toContain(key)

    const again = await at.deployCommand()
    expect(again.code).toBe(0)
    expect(keysIn(again.output).size).toBe(0)
    expectDeployed(at)
    expect(at.account().workers[at.name]).toBe(2)
    expect(at.calls().filter((call) => /^(r2 bucket|d1|queues) create/.test(call))).toHaveLength(7)
  })

  it('leaves wrangler.toml alone, and puts the real id where wrangler reads it', async () => {
    const before = readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8')
    const at = cloud()
    await at.deploy()
    expect(readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8')).toBe(before)
    const config = JSON.parse(readFileSync(at.config, 'utf8'))
    expect(config.d1_databases.map((one: { database_id: string }) => one.database_id)).toEqual([
      `id-of-${at.name}`,
      `id-of-${at.name}-search`,
    ])
    const folder = resolve(at.config, '..')
    for (const path of [config.main, config.assets.directory, config.d1_databases[0].migrations_dir])
      expect(resolve(folder, path).startsWith(PROJECT) && !path.startsWith('.wrangler')).toBe(true)
    expect(existsSync(resolve(folder, config.d1_databases[0].migrations_dir))).toBe(true)
    // wrangler itself bundles from it
    const args = ['deploy', '--dry-run', '--config', at.config]
    expect(await wranglerOf()(args)).toMatchObject({ exitCode: 0, said: expect.stringContaining('--dry-run: exiting') })
  })

  it('says which step failed, and goes on from there when it is run again, to the same end', async () => {
    const at = cloud()
    const steps = [
      'whoami',
      'r2 bucket info',
      'r2 bucket create',
      'd1 list',
      `d1 create ${at.name}`,
      `d1 create ${at.name}-search`,
      'queues info',
      `queues create ${at.name}-parse`,
      `queues create ${at.name}-parse-dead`,
      `queues create ${at.name}-fetch`,
      `queues create ${at.name}-fetch-dead`,
      'd1 migrations apply DB',
      'd1 migrations apply SEARCH',
      'deploy --config',
      'secret list',
      'secret bulk',
      'SELECT id FROM accounts',
      'INSERT INTO accounts',
    ]
    for (const step of steps) {
      const failed = await at.deploy({ STAND_IN_FAIL: step })
      expect(failed.code, step).toBe(1)
      expect(failed.output).toContain('planted: before')
      expect(failed.output).toMatch(/run (the command|this) again/i)
      expect(failed.output).not.toMatch(/\n\s+at /)
      expect(keysIn(failed.output).size).toBe(0)
    }
    const { code, output } = await at.deploy()
    expect(code).toBe(0)
    expect(keysIn(output).size).toBe(1)
    expectDeployed(at)
    // each creation was tried twice, once in vain
    for (const create of ['r2 bucket create', `d1 create ${at.name}-search`, `queues create ${at.name}-parse-dead`])
      expect(at.calls().filter((call) => call.startsWith(create))).toHaveLength(2)
  })

  it('does nothing twice where a step did its work and then failed', async () => {
    const at = cloud()
    const steps = [
      'r2 bucket create',
      `d1 create ${at.name}`,
      `d1 create ${at.name}-search`,
      'queues create',
      'd1 migrations apply',
      'deploy --config',
      'INSERT INTO',
    ]
    for (const step of steps) expect((await at.deploy({ STAND_IN_FAIL_AFTER: step })).code, step).toBe(1)
    const { code, output } = await at.deploy()
    expect(code).toBe(0)
    expect(output).toContain('npm run admin -- token add')
    expectDeployed(at)
    for (const create of ['r2 bucket create', `d1 create ${at.name}-search`, `queues create ${at.name}-parse-dead`])
      expect(at.calls().filter((call) => call.startsWith(create))).toHaveLength(1)
  })

  it('does not take a queue with a longer name for one that is missing', async () => {
    const at = cloud()
    writeFileSync(
      join(at.folder, 'account.json'),
      JSON.stringify({ ...at.account(), queues: [`${at.name}-parse-dead`] }),
    )
    expect((await at.deploy()).code).toBe(0)
    expectDeployed(at)
  })

  it('asks for a login, and for the account where there are several', async () => {
    const none = await cloud({ login: 'none' }).deployCommand()
    expect(none.code).toBe(1)
    expect(none.output).toMatch(/wrangler login/)
    const several = cloud({ login: 'several' })
    const unsaid = await several.deploy()
    expect(unsaid.code).toBe(1)
    expect(unsaid.output).toContain('CLOUDFLARE_ACCOUNT_ID=b2 npm run deploy')
    expect((await several.deploy({ CLOUDFLARE_ACCOUNT_ID: 'b2' })).code).toBe(0)
    expectDeployed(several)
  })

  it('asks for them before admin --remote does anything', async () => {
    const none = cloud({ login: 'none' })
    expect(await none.admin('account', 'list')).toEqual({
      code: 1,
      output: expect.stringMatching(/^pcaport: Not logged in to Cloudflare\. Run `npx wrangler login`/),
    })
    expect(none.calls()).toEqual(['whoami --json'])
    const several = cloud({ login: 'several' })
    const { code, output } = await several.admin('account', 'list')
    expect(code).toBe(1)
    expect(output).toContain('  CLOUDFLARE_ACCOUNT_ID=b2 npm run admin -- … --remote    # B\n')
    expect(several.calls()).toEqual(['whoami --json'])
  })

  it('says what an account on the Free plan lacks', async () => {
    const at = cloud({ plan: 'free' })
    const { code, output } = await at.deploy()
    expect(code).toBe(1)
    expect(output).toMatch(/^Deploying the Worker failed: .* needs the Workers Paid plan\..* run the command again/m)
    expect(output).not.toContain('100328')
  })

  it('works on the deployed database with admin --remote, hostile names as they are', async () => {
    const at = cloud()
    await at.deploy()
    const name = `O'Brien"; DROP TABLE accounts; --`
    expect((await at.admin('account', 'add', name, '--files', '3')).code).toBe(0)
    const { output } = await at.admin('token', 'add', name, 'first')
    expect(at.rows('SELECT hash FROM tokens').map((row) => row.hash)).toContain(hashOf(JSON.parse(output).token))
    expect((await at.admin('account', 'add', name)).output).toContain('already')
    expect(at.rows('SELECT name FROM accounts ORDER BY id')).toEqual([{ name: 'main' }, { name }])
  })
})

describe('PCAPORT_NAME', () => {
  it.each(['pcaport', 'p2', 'a-b', 'a'.repeat(40)])('may be %s', (name) => {
    expect(deploymentName({ PCAPORT_NAME: name })).toBe(name)
  })
  it.each(['a', 'a-', '-a', '2a', 'A1', 'a_b', 'a'.repeat(41), `${'a'.repeat(39)}-`])('may not be %s', (name) => {
    expect(() => deploymentName({ PCAPORT_NAME: name })).toThrow(/^PCAPORT_NAME is 2 to 40 lower-case/)
  })
  it('is pcaport where none is given', () => {
    expect(deploymentName({})).toBe('pcaport')
  })
})

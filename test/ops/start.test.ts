import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLocal } from '../../ops/databases.ts'
import { settingsOf } from '../../ops/start.ts'
import { hashOf } from '../../ops/tokens.ts'
import { wranglerOf } from '../../ops/wrangler.ts'
import { FONTS } from '../../src/web/ui/fonts.ts'
import { type Server, startServer } from '../support/server.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const TOKEN = '00112233445566778899aabbccddeeff'

const running: Server[] = []
async function start(options: Parameters<typeof startServer>[0]): Promise<Server> {
  const server = await startServer(options)
  running.push(server)
  return server
}
const folders: string[] = []
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'pcaport-start-'))
  folders.push(path)
  return path
}
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
})

/** `node ops/start.ts` or another command, to its end. */
function run(script: string, args: string[], env: Record<string, string>) {
  return new Promise<{ code: number | null; output: string }>((done) => {
    const child = spawn(process.execPath, [join(PROJECT, 'ops', script), ...args], { env: { ...process.env, ...env } })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.on('close', (code) => done({ code, output }))
  })
}

/** Processes of a server: the launcher's group, and what holds workerd's leash. */
function processesOf(server: Server): string[] {
  const lines = execFileSync('ps', ['-Ao', 'pid=,ppid=,pgid=,stat=,command='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => {
    const [pid, ppid, group, state] = line.trim().split(/\s+/)
    return !state?.startsWith('Z') && [pid, ppid, group].includes(String(server.pid))
  })
}

const accept = (port: number) =>
  new Promise<boolean>((answer) => {
    const socket = connect(port, '127.0.0.1', () => answer(true)).on('error', () => answer(false))
    socket.unref()
  })
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const patience = Date.now() + 5_000; !(await condition()); ) {
    if (Date.now() > patience) throw new Error('waited in vain')
    await new Promise((next) => setTimeout(next, 50))
  }
}

describe('npm start on a fresh folder', { timeout: 180_000 }, () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer({ token: TOKEN, bundles: true })
  })
  afterAll(() => server.stop())
  const admin = (...args: string[]) => run('admin.ts', [...args, '--json'], { PCAPORT_STATE: server.state })
  const status = async (token: string) => {
    const path = '/api/v1/pcaps/private/status/00000000-0000-4000-8000-000000000000'
    return (await fetch(server.url + path, { headers: { Authorization: `Bearer ${token}` } })).status
  }

  it('prints the token asked for and lines to paste, then one line with `ready` and the URL', () => {
    const lines = server.output().split('\n')
    expect(lines.filter((line) => /\bready\b/.test(line))).toEqual([expect.stringContaining(server.url)])
    const upload = `${server.url}/api/v1/${TOKEN}/upload`
    expect(lines.filter((line) => line.includes('curl')).slice(0, 3)).toEqual([
      `  curl -T traffic.pcapng ${upload}`,
      `  curl -T traffic.pcapng ${upload}/`,
      `  curl -F file=@traffic.pcap -F additional_tags=dns,lab -F comments="captured from NOC" ${upload}`,
    ])
    expect(lines).toContain(`The page of a capture: ${server.url}/captures/<id>`)
    const bearer = `"Authorization: Bearer ${TOKEN}"`
    expect(server.output()).toContain(`${bearer} -F file=@traffic.pcap ${server.url}/api/v1/upload/private/`)
    expect(statSync(join(server.state, 'token')).mode & 0o777).toBe(0o600)
  })

  it('keeps the name of a file that is sent to a path with a slash at its end, and has its page where it says', async () => {
    const upload = `${server.url}/api/v1/${TOKEN}/upload/traffic.pcapng` // curl -T adds the name
    const empty = new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1]) // a pcap without packets
    const answer = await fetch(upload, { method: 'PUT', body: empty })
    const { id, filename } = (await answer.json()) as { id: string; filename: string }
    expect(filename).toBe('traffic.pcapng')
    const page = await fetch(`${server.url}/captures/${id}`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    expect(await page.text()).toContain('traffic.pcapng')
  })

  it('serves the fonts that its pages ask for', async () => {
    for (const { path } of FONTS) expect((await fetch(new URL(path, server.url))).status, path).toBe(200)
  })

  it('lets npm run admin add an account and a token that work at once, and revoke it', async () => {
    expect((await admin('account', 'add', 'noc')).code).toBe(0)
    const { token } = JSON.parse((await admin('token', 'add', 'noc', 'ci')).output)
    expect(await status(token)).toBe(404)
    expect((await admin('token', 'revoke', 'noc', 'ci')).code).toBe(0)
    expect(await status(token)).toBe(401)
    expect(JSON.parse((await admin('account', 'list')).output)).toHaveLength(2)
    expect((await admin('account', 'add', 'noc')).output).toBe('pcaport: There is an account named noc already.\n')
  })

  it('lets nobody at its database without the secret, or from a page', async () => {
    const control = JSON.parse(readFileSync(join(server.state, 'server.json'), 'utf8'))
    expect(statSync(join(server.state, 'server.json')).mode & 0o777).toBe(0o600)
    const url = `http://127.0.0.1:${control.controlPort}/`
    const body = '["SELECT 1"]'
    expect((await fetch(url, { method: 'POST', body })).status).toBe(403)
    const headers = { Authorization: `Bearer ${control.secret}` }
    expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(200)
    expect((await fetch(url.replace('127.0.0.1', 'localhost'), { method: 'POST', body, headers })).status).toBe(403)
  })

  it('makes a second start say that the port, or the state folder, is in use', async () => {
    const busyPort = await run('start.ts', [], { PORT: String(server.port), PCAPORT_STATE: folder() })
    expect(busyPort).toMatchObject({ code: 1, output: expect.stringMatching(/^pcaport: Port \d+ is in use/) })
    const busyState = await run('start.ts', [], { PORT: '0', PCAPORT_STATE: server.state })
    const words = `in use by the server on ${server.url}`
    expect(busyState).toMatchObject({ code: 1, output: expect.stringContaining(words) })
  })

  it('prints no token after that line, ends with 0 on Ctrl-C, and leaves nothing behind', async () => {
    await fetch(`${server.url}/api/v1/${TOKEN}/no-such-thing`)
    await fetch(`${server.url}/api/v1/${TOKEN}/upload`, { method: 'PUT', body: 'not a capture at all' })
    await fetch(`${server.url}/api/v1/pcaps/private/status/x`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    expect(processesOf(server).length).toBeGreaterThanOrEqual(3)
    expect(await server.kill('SIGINT')).toBe(0)
    expect(processesOf(server)).toEqual([])
    expect(await accept(server.port)).toBe(false)
    expect(server.output().split(/^ready.*$/m)[1] ?? '').not.toMatch(/[0-9a-f]{32}/i)
  })
})

describe('npm start again on the same folder', { timeout: 180_000 }, () => {
  it('shows the same token, whatever ended the last one, until it is told another', async () => {
    const state = folder()
    const first = await start({ state })
    expect(first.token).toMatch(/^[0-9a-f]{32}$/)
    await first.kill('SIGKILL', 'launcher')
    await until(async () => !(await accept(first.port))) // workerd goes with its launcher
    expect(processesOf(first)).toEqual([])

    const second = await start({ state, port: first.port })
    expect([second.token, second.port]).toEqual([first.token, first.port])
    await second.kill('SIGKILL')

    const third = await start({ state, token: TOKEN, port: first.port })
    expect(third.output()).toContain(TOKEN)
    expect(await third.kill('SIGTERM', 'launcher')).toBe(0)

    const database = await openLocal(state)
    const [accounts, tokens] = await database.run([
      'SELECT name, files_limit, max_file_size, bytes_limit FROM accounts',
      'SELECT hash, name, permissions FROM tokens',
    ])
    await database.close()
    const plan = { files_limit: 100_000, max_file_size: 80 * 2 ** 30, bytes_limit: 2 ** 40 }
    expect(accounts).toEqual([{ name: 'local', ...plan }])
    expect(tokens).toEqual([{ hash: hashOf(TOKEN), name: 'local', permissions: 'upload,read,delete' }])
    const list = ['d1', 'migrations', 'list', 'DB', '--local', '--persist-to', state]
    expect((await wranglerOf()(list)).said).toContain('No migrations to apply')
  })
})

it('npm start ends whole on a SIGTERM to npm alone', { timeout: 60_000 }, async () => {
  const server = await start({ byNpm: true })
  expect(processesOf(server).length).toBeGreaterThanOrEqual(3)
  await server.kill('SIGTERM', 'launcher')
  await until(() => processesOf(server).length === 0)
  expect(await accept(server.port)).toBe(false)
})

describe('settings of npm start', () => {
  it.each([
    [{ PORT: 'x' }, /PORT/],
    [{ PORT: '70000' }, /PORT/],
    [{ PCAPORT_TOKEN: 'abc' }, /PCAPORT_TOKEN is 32 hex/],
    [{ PCAPORT_TOKEN: TOKEN.toUpperCase() }, /lower case/],
  ])('refuses %j', (env, words) => {
    expect(() => settingsOf(env)).toThrow(words)
  })
  it('are port 8787 and .wrangler/state unless told otherwise', () => {
    expect(settingsOf({})).toEqual({ port: 8787, state: join(PROJECT, '.wrangler/state'), token: null })
  })
})

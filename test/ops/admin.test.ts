import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCommand } from '../../ops/admin.ts'
import { type OpenDatabase, openFolder } from '../../ops/databases.ts'
import { literal, type Row, sql } from '../../ops/sql.ts'
import { holdState, type StateFolder } from '../../ops/state-folder.ts'
import { hashOf } from '../../ops/tokens.ts'
import type { Login } from '../../src/store/schema.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const HOSTILE = [`O'Brien`, `"quoted"`, `a'; DROP TABLE accounts; --`, `/* ; */ ?1 :a @b $c`, 'naïve 🦈 ﷽', `\\'`, `%_`]

let state: StateFolder
let database: OpenDatabase
beforeAll(async () => {
  const held = holdState(mkdtempSync(join(tmpdir(), 'pcaport-admin-')))
  if (!held) throw new Error('a fresh folder is held')
  state = held
  database = await openFolder(state)
})
afterAll(async () => {
  await database.close()
  state.release()
  rmSync(state.path, { recursive: true })
})

/** Run a command on the database, as `npm run admin` does. */
async function admin(...args: string[]): Promise<Row & { rows: Row[] }> {
  const command = readCommand(args, NOW)
  if (command.help) throw new Error('help')
  const answer = await command.act(database)
  return { rows: [], ...('rows' in answer ? { rows: answer.rows } : answer.facts) } as Row & { rows: Row[] }
}
const one = async (statement: string) => (await database.run([statement]))[0]?.[0]

describe('literal', () => {
  it('gives back every string it takes, from a real D1', async () => {
    const strings = fc.sample(fc.string({ unit: 'grapheme', maxLength: 40 }), 60).concat(HOSTILE)
    for (const text of strings.filter((string) => !/\p{Cc}/u.test(string)))
      expect((await database.run([sql`SELECT ${text} AS text`]))[0]).toEqual([{ text }])
  })
  it.each(['\0', 'a\nb', '\u0085', '\x7f', '\ud800'])(
    'refuses the control character or half character in %j',
    (text) => {
      expect(() => literal(text)).toThrow(/control characters/)
    },
  )
  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])('refuses the number %d', (number) => {
    expect(() => literal(number)).toThrow(/whole number/)
  })
  it('refuses what is no value', () => {
    expect(() => literal({} as string)).toThrow()
    expect(() => literal(undefined as unknown as string)).toThrow()
  })
})

describe('npm run admin', () => {
  it('adds an account by the plan that admins have set for new ones, but for what is said, and no name twice in whatever case', async () => {
    const set = JSON.stringify({ filesLimit: 12, maxFileSize: 34, retentionDays: 56 })
    await one(sql`INSERT INTO settings (name, value) VALUES (${'plan'}, ${set})`)
    await admin('account', 'add', 'planned', '--max-file', '5 GiB')
    await one(sql`DELETE FROM settings`)
    expect(await admin('account', 'show', 'planned')).toMatchObject({
      filesLimit: 12,
      maxFileSize: 5 * 2 ** 30,
      retentionDays: 56,
      bytesLimit: 100 * 2 ** 30,
    })
    await expect(admin('account', 'add', 'Planned')).rejects.toThrow('There is an account named Planned already.')
  })
  it.each(HOSTILE)('adds, shows and lists an account named %s, once', async (name) => {
    await admin('account', 'add', '--files', '7', '--storage', '2GB', '--', name)
    expect(await admin('account', 'show', name)).toMatchObject({
      name,
      filesLimit: 7,
      bytesLimit: 2e9,
      apiAllowed: true,
    })
    expect((await admin('account', 'list')).rows.map((row) => row.name)).toContain(name)
    await expect(admin('account', 'add', name)).rejects.toThrow(/already/)
  })

  it('makes a token of 32 hex whose hash alone is kept, with what it was given', async () => {
    await admin('account', 'add', 'noc', '--no-api')
    const { token } = await admin(
      'token',
      'add',
      'noc',
      'ci',
      '--permissions',
      'upload,read',
      '--tags',
      `it's,b`,
      '--expires',
      '30d',
    )
    expect(token).toMatch(/^[0-9a-f]{32}$/)
    expect(await one(sql`SELECT * FROM tokens WHERE hash = ${hashOf(String(token))}`)).toMatchObject({
      name: 'ci',
      permissions: 'upload,read',
      default_tags: `["it's","b"]`,
      default_visibility: null,
      api_allowed: 0,
      created_at: NOW.getTime(),
      expires_at: NOW.getTime() + 30 * 86_400_000,
      revoked_at: null,
    })
    await expect(admin('token', 'add', 'noc', 'ci')).rejects.toThrow(/already/)
    await expect(admin('token', 'add', 'nobody', 'ci')).rejects.toThrow(/no account named nobody.*account list/)
    const listed = JSON.stringify(await admin('token', 'list', 'noc'))
    expect(listed).toContain('"ci"')
    expect(listed).not.toMatch(/[0-9a-f]{32}/)
  })

  it('makes a token with a login, of which only what PBKDF2 makes of its password is kept', async () => {
    await admin('account', 'add', 'logins')
    const made = await admin('token', 'add', 'logins', 'wireshark', '--login', `o'brien`)
    expect(made.login).toBe(`o'brien`)
    expect(made.password).toMatch(/^[a-z2-7]{24}$/)
    const row = await one(sql`SELECT login FROM tokens WHERE hash = ${hashOf(String(made.token))}`)
    const login = JSON.parse(String(row?.login)) as Login
    expect(login).toEqual({
      user: `o'brien`,
      salt: expect.stringMatching(/^[0-9a-f]{32}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      iterations: 100_000,
    })
    const bits = { name: 'PBKDF2', hash: 'SHA-256', salt: Buffer.from(login.salt, 'hex'), iterations: 100_000 }
    const key = await crypto.subtle.importKey('raw', Buffer.from(String(made.password)), 'PBKDF2', false, [
      'deriveBits',
    ])
    expect(Buffer.from(await crypto.subtle.deriveBits(bits, key, 256)).toString('hex')).toBe(login.hash)
    const other = await admin('token', 'add', 'logins', 'plain')
    expect(other).not.toHaveProperty('password')
    const listed = (await admin('token', 'list', 'logins')).rows
    expect(listed.map((token) => [token.name, token.login])).toEqual([
      ['plain', null],
      ['wireshark', `o'brien`],
    ])
    expect(JSON.stringify(listed)).not.toMatch(new RegExp(`${made.password}|${login.hash}|${login.salt}`))
  })

  it('revokes a token once, of the account that was named', async () => {
    for (const name of ['left', 'right']) {
      await admin('account', 'add', name)
      await admin('token', 'add', name, 'same')
    }
    await admin('token', 'revoke', 'left', 'same')
    expect((await admin('token', 'list', 'left')).rows[0]?.revoked).toBe(NOW.toISOString())
    expect((await admin('token', 'list', 'right')).rows[0]?.revoked).toBeNull()
    await expect(admin('token', 'revoke', 'left', 'same')).rejects.toThrow(/revoked already/)
    await expect(admin('token', 'revoke', 'left', 'none')).rejects.toThrow(/no token named none/)
    await expect(admin('token', 'revoke', 'nobody', 'same')).rejects.toThrow(/no account/)
  })

  it('changes a plan, and whether the API may be used on all tokens of that account', async () => {
    for (const name of ['one', 'other']) {
      await admin('account', 'add', name, '--retention', '30', '--visibility', 'private')
      await admin('token', 'add', name, 'a')
      await admin('token', 'add', name, 'b')
    }
    await database.run([sql`UPDATE accounts SET files = 5, bytes = 1000 WHERE name = 'one'`])
    const plan = await admin(
      'plan',
      'set',
      'one',
      '--no-api',
      '--files',
      '2',
      '--retention',
      'never',
      '--visibility',
      'default',
    )
    expect(plan).toMatchObject({ apiAllowed: false, filesLimit: 2, files: 5, retentionDays: null, visibility: null })
    const allowed = `SELECT group_concat(accounts.name || tokens.api_allowed) AS all_of_them FROM (SELECT * FROM tokens ORDER BY account_id, name) AS tokens
      JOIN accounts ON accounts.id = account_id WHERE accounts.name IN ('one', 'other')`
    expect(await one(allowed)).toEqual({ all_of_them: 'one0,one0,other1,other1' })
    await admin('plan', 'set', 'one', '--api')
    expect(await one(allowed)).toEqual({ all_of_them: 'one1,one1,other1,other1' })
    await database.run([sql`UPDATE accounts SET suspended_at = 1 WHERE name = 'one'`])
    await admin('plan', 'set', 'one', '--files', '3') // of a suspended account no key opens anything, a new one neither
    await admin('plan', 'set', 'one', '--api')
    await admin('token', 'add', 'one', 'c')
    expect(await one(allowed)).toEqual({ all_of_them: 'one0,one0,one0,other1,other1' })
    expect(await admin('account', 'show', 'other')).toMatchObject({ retentionDays: 30, visibility: 'private' })
    await expect(admin('plan', 'set', 'nobody', '--files', '2')).rejects.toThrow(/no account/)
    expect(() => readCommand(['plan', 'set', 'one'], NOW)).not.toThrow()
    await expect(admin('plan', 'set', 'one')).rejects.toThrow(/say what to change/)
  })

  it('makes links that sign in, whole, of which only the hash is kept', async () => {
    const made = await admin(
      'invite',
      '--name',
      `O'Neil`,
      '--admin',
      '--files',
      '7',
      '--no-api',
      '--expires',
      '2d',
      '--url',
      'https://x.example/y',
    )
    expect(made.link).toMatch(/^https:\/\/x\.example\/sign-in\/[0-9a-f]{64}$/)
    const hash = hashOf(String(made.link).split('/').at(-1) ?? '')
    expect(await one(sql`SELECT * FROM sign_in_links WHERE hash = ${hash}`)).toMatchObject({
      kind: 'invite',
      name: `O'Neil`,
      role: 'admin',
      plan: '{"filesLimit":7,"apiAllowed":false}',
      account_id: null,
      used_at: null,
      expires_at: NOW.getTime() + 2 * 86_400_000,
    })
    await admin('account', 'add', 'recovered')
    const recovered = await admin('recover', 'recovered', '--url', 'http://localhost:1')
    const row = await one(
      sql`SELECT * FROM sign_in_links WHERE hash = ${hashOf(String(recovered.link).split('/').at(-1) ?? '')}`,
    )
    expect(row).toMatchObject({ kind: 'recovery', expires_at: NOW.getTime() + 86_400_000 })
    expect(row?.account_id).toEqual((await one(sql`SELECT id FROM accounts WHERE name = 'recovered'`))?.id)
    expect(await one(`SELECT group_concat(action) AS actions FROM audit`)).toEqual({
      actions: 'invite-made,recovery-made',
    })
    await expect(admin('recover', 'nobody', '--url', 'http://localhost:1')).rejects.toThrow(/no account/)
    await expect(admin('invite', '--name', 'RECOVERED', '--url', 'http://localhost:1')).rejects.toThrow(/already/)
    await expect(admin('invite')).rejects.toThrow(/--url/)
    await expect(admin('invite', '--url', 'javascript:x')).rejects.toThrow(/--url takes/)
  })

  it('says who is an admin, and by which address Access knows an owner', async () => {
    for (const name of ['boss', 'aide']) await admin('account', 'add', name)
    expect(await admin('account', 'admin', 'boss', 'on')).toMatchObject({ role: 'admin' })
    expect(await admin('account', 'show', 'aide')).toMatchObject({ role: 'member', email: null })
    expect(await admin('account', 'admin', 'boss', 'off')).toMatchObject({ role: 'member' })
    expect(await admin('account', 'email', 'boss', 'Boss@Example.com')).toMatchObject({ email: 'boss@example.com' })
    await expect(admin('account', 'email', 'aide', 'boss@example.com')).rejects.toThrow(/boss has that address/)
    expect(await admin('account', 'email', 'boss', 'none')).toMatchObject({ email: null })
    await expect(admin('account', 'admin', 'nobody', 'on')).rejects.toThrow(/no account/)
    expect(() => readCommand(['account', 'admin', 'boss', 'maybe'], NOW)).toThrow(/on, off/)
  })

  it('has all captures indexed anew, again and again', async () => {
    for (let time = 0; time < 2; time++) expect(await admin('reindex')).toMatchObject({ captures: expect.any(Number) })
    expect(await one(`SELECT cursor FROM cursors WHERE job = 'reindex'`)).toEqual({ cursor: '' })
    expect(() => readCommand(['reindex', 'x'], NOW)).toThrow(/takes nothing more/)
  })

  it('has a parsed capture parsed again, and no other', async () => {
    const insert = (id: string, state: string) =>
      sql`INSERT INTO captures (id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at, generation, attempts, failure)
        VALUES (${id}, 1, ${state}, 'f', 1, 'private', '[]', '', 'k', 0, 3, 5, '{}')`
    await database.run([insert('failed', 'error'), insert('busy', 'parsing')])
    await admin('capture', 'retry', 'failed')
    expect(await one(`SELECT state, generation, attempts, due_at, failure FROM captures WHERE id = 'failed'`)).toEqual({
      state: 'stored',
      generation: 4,
      attempts: 0,
      due_at: NOW.getTime(),
      failure: null,
    })
    await expect(admin('capture', 'retry', 'busy')).rejects.toThrow(/busy is parsing/)
    await expect(admin('capture', 'retry', 'none')).rejects.toThrow(/no capture none/)
  })

  it('lists what is in quarantine', async () => {
    await database.run([`INSERT INTO quarantine VALUES ('a/b', 9, '{}', 0, 1000)`])
    expect((await admin('quarantine', 'list')).rows).toEqual([
      { key: 'a/b', size: 9, metadata: '{}', uploaded: '1970-01-01T00:00:00.000Z', found: '1970-01-01T00:00:01.000Z' },
    ])
  })

  it.each([
    [['acount', 'list'], /no command "acount list"/],
    [['account', 'add'], /takes NAME/],
    [['account', 'add', 'a', 'b'], /takes NAME/],
    [['account', 'add', ' a'], null],
    [['account', 'add', 'a', '--fils', '3'], /--fils/],
    [['account', 'list', '--files', '3'], /--files/],
    [['account', 'add', 'a', '--files', 'many'], /--files takes/],
    [['account', 'add', 'a', '--max-file', '5 gallons'], /--max-file takes a size/],
    [['account', 'add', 'a', '--visibility', 'public'], /private, unlisted/],
    [['token', 'add', 'a', 'b', '--permissions', 'fly'], /upload, read, delete, admin/],
    [['token', 'add', 'a', 'b', '--expires', '2020-01-01'], /past/],
    [['token', 'add', 'a', 'b', '--login', 'a:b'], /without a colon/],
    [['token', 'add', 'a', 'b', '--login', ''], /1 to 100/],
  ] as const)('refuses %j', async (args, words) => {
    if (words) expect(() => readCommand([...args], NOW)).toThrow(words)
    else await expect(admin(...args)).rejects.toThrow(/1 to 100 characters/)
  })

  it('ends with 0 for help, 2 for what it does not know, and never with a stack', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [resolve(import.meta.dirname, '../../ops/admin.ts'), ...args], { encoding: 'utf8' })
    const help = run('--help')
    expect(help.status).toBe(0)
    expect(help.stdout).toContain('token add ACCOUNT NAME')
    const wrong = run('account', 'add', 'a', '--nope')
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toMatch(/^pcaport: Unknown option '--nope'/)
    expect(wrong.stderr).not.toMatch(/\n\s+at /)
  })
})

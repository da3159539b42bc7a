/** Keys and the account, by `/api/v2`: for a bearer key that may manage them, and no other. */
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { answers, tokens } from '../../src/store/schema.ts'
import { hashToken } from '../../src/store/tokens.ts'
import { database, makeAccount, makeToken, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { asked, expectProblem, json } from '../support/openapi.ts'
import { put } from '../support/uploads.ts'

let account: TestAccount
beforeEach(async () => {
  account = await makeAccount({}, { name: 'first', may: ['upload', 'read', 'delete', 'admin'] })
})

interface Key {
  name: string
  token: string
  [key: string]: unknown
}
type Bearer = { bearer: HeadersInit }

const create = (body: object, more: Record<string, string> = {}, by: Bearer = account) =>
  asked('/keys', json('POST', by, body, more))
const made = async (body: object) => {
  const answer = await create(body)
  expect(answer.status, await answer.clone().text()).toBe(201)
  return (await answer.json()) as Key
}
const list = async (by: Bearer = account) =>
  ((await (await asked('/keys', { headers: by.bearer })).json()) as { keys: Key[] }).keys
const revoke = (name: string, query = '', by: Bearer = account) =>
  asked(`/keys/${name}${query}`, { method: 'DELETE', headers: by.bearer })
const bearerOf = (token: string) => ({ bearer: { Authorization: `Bearer ${token}` } })

describe('a key', () => {
  it('is shown once, opens what it may, and stands nowhere', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const grant = {
      name: 'edge',
      permissions: ['upload', 'read', 'read'],
      defaultTags: ['a', 'b,c'],
      defaultVisibility: 'private',
      expiresAt,
    }
    const { token, ...key } = await made(grant)
    expect(token).toMatch(/^[0-9a-f]{32}$/)
    const wanted = {
      ...grant,
      permissions: ['upload', 'read'],
      defaultTags: ['a', 'b', 'c'],
      createdAt: key.createdAt,
      lastUsedAt: null,
    }
    expect(key).toEqual(wanted)
    expect((await list()).find(({ name }) => name === 'edge')).toEqual(wanted)
    const id = await put({ ...account, token })
    expect(await rowOf(id)).toMatchObject({ tags: ['a', 'b', 'c'], visibility: 'private' })
    const { bearer } = bearerOf(token)
    expect((await asked(`/captures/${id}`, { headers: bearer })).status).toBe(200)
    await expectProblem(await asked(`/captures/${id}`, { method: 'DELETE', headers: bearer }), 403, 'forbidden')
    expect(JSON.stringify(await list())).not.toMatch(new RegExp(`${token}|${await hashToken(token)}`))
  })

  it('is revoked at once', async () => {
    const { token } = await made({ name: 'edge', permissions: ['read'] })
    expect((await revoke('edge')).status).toBe(204)
    await expectProblem(await asked('/captures', { headers: bearerOf(token).bearer }), 401, 'unknown-key')
    expect((await list()).map(({ name }) => name)).toEqual(['first'])
    await expectProblem(await revoke('edge'), 404, 'no-such-key')
    await expectProblem(await create({ name: 'edge', permissions: ['read'] }), 422, 'key-exists')
  })

  it('that is the last which may manage keys goes only by force; of two that end each other, one stays', async () => {
    await made({ name: 'edge', permissions: ['read'] })
    await made({ name: 'over', permissions: ['admin'], expiresAt: new Date(Date.now() + 1e6).toISOString() })
    await database.update(tokens).set({ expiresAt: 1 }).where(eq(tokens.name, 'over'))
    await expectProblem(await revoke('first'), 403, 'last-admin-key')
    const login = { user: 'u', salt: '00', hash: '00', iterations: 1 } // a token with a login is no bearer key
    await makeToken(account.accountId, { may: ['admin'], login })
    await makeToken(account.accountId, { may: ['admin'], apiAllowed: false })
    await expectProblem(await revoke('first'), 403, 'last-admin-key')
    const second = bearerOf((await made({ name: 'second', permissions: ['admin'] })).token)
    const each = await Promise.all([revoke('second'), revoke('first', '', second)])
    const done = each.filter(({ status }) => status === 204)
    expect(done).toHaveLength(1)
    const left = each[0]?.status === 204 ? { name: 'first', by: account } : { name: 'second', by: second }
    await expectProblem(await revoke(left.name, '', left.by), 403, 'last-admin-key')
    expect((await revoke(left.name, '?force=true', left.by)).status).toBe(204)
    await expectProblem(await asked('/keys', { headers: left.by.bearer }), 401, 'unknown-key')
  })

  it('of another account with the same name stays', async () => {
    const other = await makeAccount({}, { name: 'edge', may: ['read'] })
    await made({ name: 'edge', permissions: ['read'] })
    await revoke('edge')
    expect((await asked('/captures', { headers: other.bearer })).status).toBe(200)
  })

  it.each([
    { name: 'x' },
    { name: '', permissions: ['read'] },
    { name: 'a b', permissions: ['read'] },
    { name: 'x'.repeat(65), permissions: ['read'] },
    { name: 'x', permissions: [] },
    { name: 'x', permissions: ['root'] },
    { name: 'x', permissions: ['read'], defaultTags: ['y'.repeat(101)] },
    { name: 'x', permissions: ['read'], expiresAt: '2020-01-01T00:00:00Z' },
    { name: 'x', permissions: ['read'], token: '0'.repeat(32) },
  ])('%j is refused', async (body) => {
    await expectProblem(await create(body), 400, 'bad-option')
    expect(await list()).toHaveLength(1)
  })

  it('is one of two hundred', async () => {
    const rows = Array.from({ length: 199 }, (_, at) => ({
      hash: `${account.accountId}-${at}`,
      accountId: account.accountId,
      name: `n${at}`,
      permissions: 'read',
      defaultTags: [],
      createdAt: 1,
    }))
    for (let at = 0; at < rows.length; at += 10) await database.insert(tokens).values(rows.slice(at, at + 10))
    await expectProblem(await create({ name: 'x', permissions: ['read'] }), 403, 'too-many-keys')
    expect(await list()).toHaveLength(200)
  })

  it('is made once under an Idempotency-Key, and its characters are not kept for the second answer', async () => {
    const once = { 'Idempotency-Key': crypto.randomUUID() }
    const body = { name: 'edge', permissions: ['read'] }
    const first = (await (await create(body, once)).json()) as Key
    const again = await create(body, once)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toEqual({ ...first, token: null })
    const stored = JSON.stringify(await database.select().from(answers))
    expect(stored).toContain('edge')
    expect(stored).not.toContain(first.token)
  })
})

describe('managing keys', () => {
  it('is for a bearer key that may, never for one in a path', async () => {
    const plain = await makeToken(account.accountId)
    await expectProblem(await asked('/keys', { headers: plain.bearer }), 403, 'forbidden')
    await expectProblem(await create({ name: 'x', permissions: ['admin'] }, {}, plain), 403, 'forbidden')
    await expectProblem(await revoke('first', '?force=true', plain), 403, 'forbidden')
    const { token } = account
    for (const path of [`/api/v1/${token}/keys`, `/api/v1/${token}/account`, `/api/v2/${token}/keys`]) {
      const answer = await request(path, json('POST', { bearer: {} }, { name: 'x', permissions: ['admin'] }))
      expect(answer.status).toBe(404)
    }
    for (const query of [`?token=${token}`, `?access_token=${token}`])
      await expectProblem(await asked(`/keys${query}`), 401, 'no-token')
    expect((await list()).map(({ name }) => name)).toContain('first')
  })
})

describe('the account', () => {
  it('says its plan and what it uses of it, and has its defaults changed by whom it should', async () => {
    const own = await makeAccount({ filesLimit: 7, retentionDays: 30 }, { may: ['upload', 'read', 'admin'] })
    await put(own)
    const account = await (await asked('/account', { headers: own.bearer })).json()
    expect(account).toMatchObject({
      plan: { filesLimit: 7, retentionDays: 30 },
      usage: { files: 1, bytes: 216 },
      defaults: { visibility: null },
    })
    const edit = (body: object, by: Bearer = own) => asked('/account', json('PATCH', by, body))
    const changed = await edit({ defaults: { visibility: 'private' } })
    expect(await changed.json()).toEqual({ ...(account as object), defaults: { visibility: 'private' } })
    expect(await rowOf(await put(own))).toMatchObject({ visibility: 'private' })
    await expectProblem(await edit({ defaults: { visibility: 'public' } }), 400, 'bad-option')
    await expectProblem(await edit({ plan: { filesLimit: 8 } }), 400, 'bad-option')
    const plain = await makeToken(own.accountId)
    await expectProblem(await edit({ defaults: { visibility: null } }, plain), 403, 'forbidden')
  })
})

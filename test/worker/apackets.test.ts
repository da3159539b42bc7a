/** The A-Packets door. */
import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../support/captures.ts'
import { makeAccount, makeToken, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import {
  CAPTURE,
  expectProblem,
  filePart,
  form,
  holdingsOf,
  NO_ID,
  NOTHING,
  postPrivate,
  put,
  streamOf,
  UUID,
} from '../support/uploads.ts'

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})
const upload = (by: { bearer: Record<string, string> } = account, slash = '/', made = form([filePart()])) =>
  request(`/api/v1/upload/private${slash}`, { ...made, headers: { ...made.headers, ...by.bearer } })
const get = (path: string, bearer: Record<string, string> = account.bearer) =>
  request(`/api/v1/pcaps/private/${path}`, { headers: bearer })

describe('upload', () => {
  it.each(['/', ''])('answers {"name":…,"uuid":…} at …/private%s', async (slash) => {
    const answer = await upload(account, slash)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    const text = await answer.text()
    const uuid = /"uuid":"([^"]+)"}$/.exec(text)?.[1] ?? ''
    expect(uuid).toMatch(UUID)
    expect(text).toBe(`{"name":"traffic.pcap","uuid":"${uuid}"}`)
    expect(await rowOf(uuid)).toMatchObject({ visibility: 'private', size: CAPTURE.length })
  })

  it('is private whatever token and account say', async () => {
    const mine = await makeAccount({ defaultVisibility: 'unlisted' }, { defaultVisibility: 'unlisted' })
    expect((await rowOf(await postPrivate(mine)))?.visibility).toBe('private')
  })

  it('takes a form of unknown length', async () => {
    const made = form([filePart()])
    const headers = { ...made.headers, ...account.bearer }
    const answer = await request('/api/v1/upload/private/', { method: 'POST', headers, body: streamOf(made.body, 100) })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['no file', form([{ name: 'comments', body: 'x' }]), 400, 'no-file'],
    ['two files', form([filePart(), filePart()]), 400, 'two-files'],
    ['a form that breaks off', form([filePart()], { ended: false }), 400, 'bad-form'],
    ['a page of HTML', form([filePart({ body: '<!doctype html><p>' })]), 415, 'not-a-capture'],
    ['an empty file', form([filePart({ body: '' })]), 415, 'not-a-capture'],
    ['no form', { method: 'POST', headers: {}, body: CAPTURE }, 415, 'not-a-form'],
    ['a bad key log', form([filePart(), { name: 'keylog', filename: 'k', body: 'x' }]), 400, 'bad-keylog'],
  ] as const)('refuses %s, and keeps nothing', async (_, made, status, kind) => {
    const mine = await makeAccount()
    await expectProblem(await upload(mine, '/', made as ReturnType<typeof form>), status, kind)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it('refuses what is larger than the plan has, and one capture too many', async () => {
    await expectProblem(await upload(await makeAccount({ maxFileSize: 215 })), 413, 'too-large')
    await expectProblem(await upload(await makeAccount({ filesLimit: 0 })), 403, 'over-files-limit')
    await expectProblem(await upload(await makeAccount({ bytesLimit: 215 })), 403, 'over-storage-limit')
  })
})

describe('status', () => {
  it.each(['', '/'])('is processing, then ok, at …/status/<uuid>%s', async (slash) => {
    const { body, headers } = form([filePart()])
    const init = { method: 'POST', body, headers: { ...headers, ...account.bearer } }
    const answer = await direct('/api/v1/upload/private/', init, { PARSE: keptQueue().queue })
    const { uuid } = (await answer.json()) as { uuid: string }
    expect(await (await get(`status/${uuid}${slash}`)).json()).toEqual({ status: 'processing' })
    const parsing = await postPrivate(account)
    await parsed(parsing)
    const done = await get(`status/${parsing}${slash}`)
    expect(done.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await done.json()).toEqual({ status: 'ok' })
  })

  it('says why, where nothing could be read', async () => {
    const id = await put(account, '', { body: utf8('no packets anywhere in here') })
    await parsed(id)
    const body = (await (await get(`status/${id}`)).json()) as Record<string, unknown>
    expect(Object.keys(body)).toEqual(['status', 'error', 'message'])
    expect(body.status).toBe('error')
  })

  it('is ok for a capture that reads only partly', async () => {
    const id = await put(account, '', { body: CAPTURE.subarray(0, 210) })
    await parsed(id)
    expect(await (await get(`status/${id}`)).json()).toEqual({ status: 'ok' })
  })

  it('knows captures of the other door, and the other door those of this one: one key serves both', async () => {
    const id = await postPrivate(account)
    expect((await request(`/api/v1/${account.token}/info/${id}`)).status).toBe(200)
    expect((await get(`status/${await put(account)}`)).status).toBe(200)
  })

  it.each([NO_ID, 'x', '%27'])('is 404 for %s', async (id) => {
    await expectProblem(await get(`status/${id}`), 404, 'no-such-capture')
  })
})

describe('limits', () => {
  it.each(['', '/'])('counts what is there at …/limits%s', async (slash) => {
    const mine = await makeAccount({ filesLimit: 500, maxFileSize: 104_857_600 })
    await postPrivate(mine)
    const id = await put(mine)
    const answer = await get(`user/limits${slash}`, mine.bearer)
    expect(await answer.text()).toBe('{"currentFilesCount":2,"filesLimit":500,"maxFileSize":104857600}')
    await request(`/api/v1/${mine.token}/delete/${id}`, { method: 'POST' })
    expect(await (await get('user/limits', mine.bearer)).json()).toMatchObject({ currentFilesCount: 1 })
  })
})

const DOORS = [
  ['POST', 'upload/private/'],
  ['POST', 'upload/private'],
  ['GET', `pcaps/private/status/${NO_ID}`],
  ['GET', 'pcaps/private/user/limits'],
  ['GET', 'pcaps/private/user/limits/'],
] as const
const knock = (method: string, path: string, headers: Record<string, string>) =>
  request(`/api/v1/${path}`, {
    ...(method === 'POST' ? form([filePart()]) : {}),
    method,
    headers: { ...(method === 'POST' ? form([]).headers : {}), ...headers },
  })

describe.each(DOORS)('%s /api/v1/%s without a good key', (method, path) => {
  it('is 401 with WWW-Authenticate where there is none', async () => {
    const answer = await knock(method, path, {})
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/)
    await expectProblem(answer, 401, 'no-token')
  })

  it.each([
    ['an unknown one', async () => 'Bearer 0123456789abcdef0123456789abcdef'],
    ['no key', async () => 'Bearer'],
    ['Basic', async () => `Basic ${btoa(`x:${account.token}`)}`],
    ['a bare token', async () => account.token],
    ['a revoked one', async () => `Bearer ${(await makeToken(account.accountId, { revokedAt: 1 })).token}`],
    [
      'an expired one',
      async () => `Bearer ${(await makeToken(account.accountId, { expiresAt: Date.now() - 1 })).token}`,
    ],
  ] as [string, () => Promise<string>][])('is 401 with WWW-Authenticate for %s', async (_, header) => {
    const answer = await knock(method, path, { Authorization: await header() })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b.*error="invalid_token"/)
    await expectProblem(answer, 401, 'unknown-key')
  })

  it('is 403 where the plan has no API keys, or the key not the permission', async () => {
    const plain = await makeToken(account.accountId, { apiAllowed: false })
    await expectProblem(await knock(method, path, plain.bearer), 403, 'plan-without-api')
    const other = await makeToken(account.accountId, {
      may: method === 'POST' ? ['read', 'delete'] : ['upload', 'delete'],
    })
    await expectProblem(await knock(method, path, other.bearer), 403, 'forbidden')
  })

  it('takes a key in capitals, and a scheme in small letters', async () => {
    const answer = await knock(method, path, { Authorization: `bearer ${account.token.toUpperCase()}` })
    expect(answer.status).toBe(path.includes(NO_ID) ? 404 : 200)
  })
})

describe('addresses and methods that there are not', () => {
  it.each([
    ['GET', 'upload/private', 'POST'],
    ['PUT', 'upload/private/', 'POST'],
    ['POST', `pcaps/private/status/${NO_ID}`, 'GET, HEAD'],
    ['DELETE', 'pcaps/private/user/limits', 'GET, HEAD'],
  ])('%s %s is 405', async (method, path, allow) => {
    const answer = await request(`/api/v1/${path}`, { method, headers: account.bearer })
    expect(answer.headers.get('allow')).toBe(allow)
    await expectProblem(answer, 405, 'method-not-allowed')
  })

  it.each(['upload', 'upload/', 'upload/public/', 'pcaps', 'pcaps/private', 'pcaps/private/user', 'pcaps/x/y/z'])(
    '%s is 404 in this door’s words: `upload` and `pcaps` are no tokens',
    async (path) => {
      await expectProblem(await request(`/api/v1/${path}`, { headers: account.bearer }), 404, 'no-such-route')
    },
  )
})

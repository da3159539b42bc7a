/** Tokens that want a login beside them in the path. docs/adr/0017. */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { seeLogin } from '../../src/http/login.ts'
import { type Login, tokens } from '../../src/store/schema.ts'
import { hashToken } from '../../src/store/tokens.ts'
import { bindings, database, makeAccount, makeToken, request, type TestAccount } from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { CAPTURE, expectProblem, expectRefusal, filePart, form, holdingsOf, NOTHING, put } from '../support/uploads.ts'

const USER = 'noc'
const PASSWORD = 'correct horse: battery'

/** As Node makes it: the other side of the Worker's WebCrypto. */
function loginOf(user = USER, password = PASSWORD): Login {
  const salt = randomBytes(16)
  const hash = pbkdf2Sync(password, salt, 100_000, 32, 'sha256')
  return { user, salt: salt.toString('hex'), hash: hash.toString('hex'), iterations: 100_000 }
}
const basic = (user = USER, password = PASSWORD) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

let account: TestAccount
let base: string
beforeEach(async () => {
  account = await makeAccount({}, { login: loginOf() })
  base = `/api/v1/${account.token}`
})
const get = (path: string, headers: Record<string, string> = {}) => request(`${base}${path}`, { headers })

describe('a token with a login', () => {
  it('opens every method together with it', async () => {
    const headers = basic()
    const uploaded = await request(`${base}/upload`, { method: 'PUT', body: CAPTURE, headers })
    expect(uploaded.status).toBe(200)
    const { id } = (await uploaded.json()) as { id: string }
    const { method, headers: type, body } = form([filePart()])
    expect((await request(`${base}/upload`, { method, headers: { ...type, ...headers }, body })).status).toBe(200)
    for (const path of [`/info/${id}`, `/download/${id}`]) expect((await get(path, headers)).status).toBe(200)
    expect((await request(`${base}/delete/${id}`, { method: 'POST', headers })).status).toBe(200)
  })

  it.each([
    ['no header', undefined, /wants a login/],
    ['another scheme', 'Bearer x', /wants a login/],
    ['Digest', 'Digest username="noc"', /wants a login/],
    ['no base64', 'Basic ***', /wants a login/],
    ['no UTF-8', `Basic ${btoa('\xff:\xff')}`, /wants a login/],
    ['no colon', `Basic ${btoa('noc')}`, /wants a login/],
    ['a header without end', `Basic ${btoa('x:'.padEnd(6000, 'x'))}`, /wants a login/],
    ['another password', basic(USER, 'x').Authorization, /is wrong/],
    ['another user', basic('other').Authorization, /is wrong/],
    ['no password', basic(USER, '').Authorization, /is wrong/],
    ['no user', basic('').Authorization, /is wrong/],
    ['the password in other case', basic(USER, PASSWORD.toUpperCase()).Authorization, /is wrong/],
    ['a blank at the end', basic(USER, `${PASSWORD} `).Authorization, /is wrong/],
    ['a user that is prefixed', basic('noc:correct horse', 'battery').Authorization, /is wrong/],
  ])('opens nothing with %s: 401, in CloudShark’s shape', async (_, header, words) => {
    for (const [path, init] of [
      ['/info/x', {}],
      ['/upload', { method: 'PUT', body: CAPTURE }],
      ['/nothing', {}],
    ] as [string, RequestInit][]) {
      const answer = await request(`${base}${path}`, {
        ...init,
        headers: header === undefined ? {} : { Authorization: header },
      })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="pcaport", charset="UTF-8"')
      await expectRefusal(answer, 401, words)
    }
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('takes names and passwords beyond ASCII, and with colons', async () => {
    const { token } = await makeToken(account.accountId, { login: loginOf('zoë', 'п:а:р 🦈') })
    expect((await request(`/api/v1/${token}/search`, { headers: basic('zoë', 'п:а:р 🦈') })).status).not.toBe(401)
  })

  it('is no bearer key: not with its login, nor for anything', async () => {
    const plain = await makeToken(account.accountId)
    const id = await put({ ...account, ...plain }, '')
    for (const path of ['/api/v1/pcaps/private/user/limits', `/api/v1/pcaps/private/status/${id}`])
      await expectProblem(await request(path, { headers: account.bearer }), 403, 'key-with-login')
    const { method, headers, body } = form([filePart()])
    const upload = await request('/api/v1/upload/private', { method, headers: { ...headers, ...account.bearer }, body })
    await expectProblem(upload, 403, 'key-with-login')
    const problem = await request(`/api/v2/captures/${id}`, { headers: account.bearer })
    expect([problem.status, await problem.text()]).toEqual([403, expect.stringContaining('key-with-login')])
    const tus = await request('/files', {
      method: 'POST',
      headers: { ...account.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': '1' },
    })
    expect(tus.status).toBe(403)
    const view = await request('/view?url=http://a.example/', { headers: account.bearer })
    expect(view.status).toBe(403)
    const hidden = await makeToken(account.accountId, { defaultVisibility: 'private' })
    const own = await put({ ...account, ...hidden }, '')
    expect((await request(`/captures/${own}`, { headers: account.bearer })).status).toBe(404)
    expect((await request(`/captures/${own}`, { headers: plain.bearer })).status).toBe(200)
  })

  it('that is unknown, revoked or outside the plan is refused as any other', async () => {
    await database
      .update(tokens)
      .set({ revokedAt: 1 })
      .where(eq(tokens.hash, await hashToken(account.token)))
    await expectRefusal(await get('/info/x'), 404, 'API Token is missing or invalid')
    const { token } = await makeToken(account.accountId, { login: loginOf(), apiAllowed: false })
    await expectRefusal(await request(`/api/v1/${token}/info/x`, { headers: basic() }), 403, /plan/)
  })

  it('whose password was changed opens with the new one alone, at once', async () => {
    expect((await get('/info/x', basic())).status).toBe(404)
    await database
      .update(tokens)
      .set({ login: loginOf(USER, 'new') })
      .where(eq(tokens.hash, await hashToken(account.token)))
    await expectRefusal(await get('/info/x', basic()), 401, /is wrong/)
    await expectRefusal(await get('/info/x', basic(USER, 'new')), 404, /no such capture/)
  })

  it('a token without one does not mind a login', async () => {
    const { token } = await makeToken(account.accountId)
    expect((await request(`/api/v1/${token}/upload`, { method: 'PUT', body: CAPTURE, headers: basic() })).status).toBe(
      200,
    )
  })

  it('costs D1 no more than a token without', async () => {
    for (const [headers, status] of [
      [basic(), 404],
      [basic(USER, 'x'), 401],
      [basic(USER, 'y'), 401],
    ] as const) {
      const { db, meter } = metered(bindings.DB)
      expect((await direct(`${base}/info/x`, { headers }, { DB: db })).status).toBe(status)
      expect([meter.rowsWritten, meter.rowsRead]).toEqual([0, 1])
    }
  })
})

describe('a browser that keeps a login', () => {
  const FOLLOWED = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
  it.each([
    ['a form of another site', 'POST', { ...FOLLOWED, Origin: 'https://evil.example' }, 403],
    ['a form of another site, without referrer', 'POST', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }, 403],
    ['a form, in a browser without Fetch Metadata', 'POST', { Origin: 'https://evil.example' }, 403],
    ['a sister domain', 'POST', { 'Sec-Fetch-Site': 'same-site' }, 403],
    [
      'an image',
      'GET',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
      403,
    ],
    ['a frame', 'GET', { ...FOLLOWED, 'Sec-Fetch-Dest': 'iframe' }, 403],
    ['a link that is followed', 'GET', FOLLOWED, 404],
    ['an address that is typed', 'GET', { ...FOLLOWED, 'Sec-Fetch-Site': 'none' }, 404],
    ['its own page', 'POST', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, 404],
    ['no browser', 'POST', {}, 404],
  ] as [string, string, Record<string, string>, number][])('and is asked by %s', async (_, method, headers, status) => {
    const path = method === 'GET' ? 'info' : 'delete'
    const answer = await request(`${base}/${path}/x`, { method, headers: { ...basic(), ...headers } })
    await expectRefusal(answer, status, status === 403 ? /another site/ : /no such capture/)
    const plain = await makeToken(account.accountId)
    expect((await request(`/api/v1/${plain.token}/${path}/x`, { method, headers })).status).toBe(404)
  })
})

describe('wrong logins', () => {
  const see = (login: Login, tokenHash: string, password: string, now: number) =>
    seeLogin(login, tokenHash, basic(USER, password).Authorization, now).then(
      () => 'right',
      (error: { kind: string }) => error.kind,
    )

  it('are ten a minute and token; the right one that was seen before still opens, and after the minute every one', async () => {
    const [login, token] = [loginOf(), 'a token']
    const now = 1_000_000
    expect(await see(login, token, PASSWORD, now)).toBe('right')
    for (let wrong = 0; wrong < 10; wrong++) expect(await see(login, token, `${wrong}`, now)).toBe('wrong-login')
    expect(await see(login, token, '10', now)).toBe('too-many-logins')
    expect(await see(login, token, '3', now)).toBe('wrong-login')
    expect(await see(login, token, PASSWORD, now)).toBe('right')
    expect(await see(login, 'another token', 'x', now)).toBe('wrong-login')
    const unseen = loginOf(USER, 'other')
    expect(await see(unseen, token, 'other', now + 59_999)).toBe('too-many-logins')
    expect(await see(unseen, token, 'other', now + 60_000)).toBe('right')
  })

  it('that are one and the same are looked at once', async () => {
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    try {
      const login = loginOf()
      for (let time = 0; time < 20; time++) expect(await see(login, 'same', 'x', 0)).toBe('wrong-login')
      expect(derive).toHaveBeenCalledTimes(1)
      for (let time = 0; time < 20; time++) expect(await see(login, 'same', PASSWORD, 0)).toBe('right')
      expect(derive).toHaveBeenCalledTimes(2)
    } finally {
      derive.mockRestore()
    }
  })

  it('forty right ones at once are all right', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => get('/info/x', basic())))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]))
  })

  it('are answered 429, with when to come again', async () => {
    for (let wrong = 0; wrong < 10; wrong++) expect((await get('/info/x', basic(USER, `${wrong}`))).status).toBe(401)
    const answer = await get('/info/x', basic())
    expect(answer.headers.get('retry-after')).toBe('60')
    await expectRefusal(answer, 429, /Too many wrong logins/)
  })

  it('of thousands of tokens do not grow memory: the oldest counts are dropped', async () => {
    const login = { ...loginOf(), iterations: 1 }
    for (let token = 0; token < 1100; token++) await see(login, `token ${token}`, 'x', 0)
    for (let wrong = 1; wrong < 10; wrong++) await see(login, 'token 1099', `${wrong}`, 0)
    expect(await see(login, 'token 1099', 'one more', 0)).toBe('too-many-logins')
    expect(await see(login, 'token 0', 'x', 0)).toBe('wrong-login')
  })
})

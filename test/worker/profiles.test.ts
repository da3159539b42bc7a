/** Profiles of the viewer with an account: kept sealed, for its owner's signed-in pages alone. */
import { eq } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { profiles } from '../../src/store/schema.ts'
import { database, makeAccount, request, signedIn, type TestAccount } from '../support/gateway.ts'
import { direct } from '../support/metering.ts'
import { postPrivate } from '../support/uploads.ts'

const PATH = '/account/profiles'
const WIRELESS = { keys: [{ kind: 'wpa-pwd', key: 'a secret passphrase' }] }

let me: TestAccount
let mine: Record<string, string>
beforeAll(async () => {
  me = await makeAccount()
  mine = (await signedIn(me.accountId)).acts
})

const send = (method: string, path: string, body: unknown, headers: Record<string, string> = mine) =>
  request(path, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
const look = (path = PATH, headers = mine) => request(path, { headers })
async function made(name: string, profile: object = WIRELESS, headers = mine) {
  const answer = await send('POST', PATH, { name, profile }, headers)
  expect(answer.status).toBe(201)
  return (await answer.json()) as { id: string; name: string; version: string }
}
const kindOf = async (answer: Response) => [answer.status, ((await answer.json()) as { type: string }).type]

it('keeps a profile, gives it back to its owner, and takes it away', async () => {
  const { id, version } = await made('  at work ')
  const answer = await look(`${PATH}/${id}`)
  expect(answer.headers.get('etag')).toBe(`"${version}"`)
  expect(answer.headers.get('cache-control')).toContain('no-store')
  expect(await answer.json()).toEqual({ id, name: 'at work', version, profile: WIRELESS })
  expect(await (await look()).json()).toEqual({ profiles: [{ id, name: 'at work', version }] })
  expect((await send('DELETE', `${PATH}/${id}`, undefined)).status).toBe(204)
  expect(await (await look()).json()).toEqual({ profiles: [] })
  expect((await look(`${PATH}/${id}`)).status).toBe(404)
})

it('has nothing of a profile in the clear, and opens it as no other one', async () => {
  const [one, two] = [await made('one'), await made('two', {})]
  const row = async (id: string) => (await database.select().from(profiles).where(eq(profiles.id, id)))[0]
  expect(JSON.stringify(await row(one.id))).not.toMatch(/passphrase|keys|kind/)
  await database
    .update(profiles)
    .set({ sealed: (await row(one.id))?.sealed ?? '' })
    .where(eq(profiles.id, two.id))
  expect(await kindOf(await look(`${PATH}/${two.id}`))).toEqual([409, 'urn:pcaport:problem:profile-sealed-otherwise'])
  const otherwise = await direct(`${PATH}/${one.id}`, { headers: mine }, { KEY_SECRET: 'x'.repeat(32) })
  expect(await otherwise.text()).not.toContain('passphrase')
  expect((await direct(PATH, { headers: mine }, { KEY_SECRET: '' })).status).toBe(404)
  expect((await direct(PATH, { headers: mine }, { KEY_REVEAL: 'off' })).status).toBe(200)
})

it('does not let two tabs write over each other', async () => {
  const { id, version } = await made('tabs')
  const put = (tag: string | null, name: string, profile: object) =>
    send('PUT', `${PATH}/${id}`, { name, profile }, { ...mine, ...(tag === null ? {} : { 'If-Match': tag }) })
  const first = await put(`"${version}"`, 'tabs again', { time: { format: 'utc' } })
  const after = (await first.json()) as { version: string }
  expect([first.status, after.version === version]).toEqual([200, false])
  expect(await kindOf(await put(`"${version}"`, 'tabs', {}))).toEqual([412, 'urn:pcaport:problem:profile-changed'])
  for (const tag of [null, '*', 'x']) expect((await put(tag, 'tabs', {})).status).toBe(400)
  expect(await (await look(`${PATH}/${id}`)).json()).toMatchObject({ name: 'tabs again', profile: { time: {} } })
  await made('taken')
  expect(await kindOf(await put(`"${after.version}"`, 'taken', {}))).toEqual([
    422,
    'urn:pcaport:problem:profile-exists',
  ])
  const racing = await Promise.all(['a', 'b', 'c', 'd'].map((name) => put(`"${after.version}"`, name, {})))
  expect(racing.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412])
})

it('refuses what is too long, no object, or has no name, and keeps nothing of it', async () => {
  const before = await (await look()).text()
  const notes = 'x'.repeat(33 * 1024)
  for (const [body, status] of [
    [{ name: 'long', profile: { notes } }, 413],
    [{ name: 'long', profile: { notes: notes + notes } }, 413],
    [{ name: '', profile: {} }, 400],
    [{ name: 'x'.repeat(61), profile: {} }, 400],
    [{ name: 'a\nb', profile: {} }, 400],
    [{ name: 7, profile: {} }, 400],
    [{ name: 'list', profile: [] }, 400],
    [{ name: 'none' }, 400],
    ['{', 400],
    ['null', 400],
  ] as const)
    expect([status, (await send('POST', PATH, body)).status]).toEqual([status, status])
  const asText = {
    method: 'POST',
    headers: { ...mine, 'Content-Type': 'text/plain' },
    body: '{"name":"x","profile":{}}',
  }
  expect((await request(PATH, asText)).status).toBe(400)
  expect(await (await look()).text()).toBe(before)
})

it('keeps 20 of an account, also of many at once, and no two of one name', async () => {
  const { acts } = await signedIn((await makeAccount()).accountId)
  const add = (name: string) => send('POST', PATH, { name, profile: {} }, acts)
  for (let i = 0; i < 17; i++) await add(`number ${i}`)
  expect(await kindOf(await add('number 3'))).toEqual([422, 'urn:pcaport:problem:profile-exists'])
  const racing = await Promise.all(['p', 'q', 'r', 's', 't', 'u'].map(add))
  expect(racing.map(({ status }) => status).sort()).toEqual([201, 201, 201, 403, 403, 403])
})

it('is nothing to anybody else, nor to a page of another site, nor to keys and links', async () => {
  const { id, version } = await made('private')
  const other = await signedIn((await makeAccount()).accountId)
  const put = { name: 'stolen', profile: {} }
  expect((await look(`${PATH}/${id}`, other.acts)).status).toBe(404)
  expect((await send('PUT', `${PATH}/${id}`, put, { ...other.acts, 'If-Match': `"${version}"` })).status).toBe(404)
  expect((await send('DELETE', `${PATH}/${id}`, undefined, other.acts)).status).toBe(404)
  expect(await (await look(PATH, other.acts)).json()).toEqual({ profiles: [] })
  const elsewhere = { Cookie: mine.Cookie ?? '', 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' }
  for (const [method, path] of [
    ['POST', PATH],
    ['PUT', `${PATH}/${id}`],
    ['DELETE', `${PATH}/${id}`],
  ] as const)
    expect((await send(method, path, put, { ...elsewhere, 'If-Match': `"${version}"` })).status).toBe(403)
  for (const headers of [{}, me.bearer]) {
    expect((await request(`${PATH}/${id}`, { headers })).status).toBe(303)
    const own = { ...headers, 'Sec-Fetch-Site': 'same-origin', Origin: 'http://pcaport.test' }
    expect((await send('DELETE', `${PATH}/${id}`, undefined, own)).status).toBe(401)
  }
  expect(await (await look(`${PATH}/${id}`)).json()).toMatchObject({ name: 'private', profile: WIRELESS })
})

it('tells the viewer where they are only where somebody is signed in, and the server has a secret', async () => {
  const VIEWER = { script: '/viewer/a.js', style: '/viewer/a.css', worker: '/viewer/w.js', wasm: '/viewer/x', data: '' }
  const env = { ASSETS: { fetch: async () => Response.json(VIEWER) } as unknown as Fetcher }
  const id = await postPrivate(me)
  const told = async (headers: Record<string, string>, more = {}) => {
    const page = await (await direct(`/captures/${id}/packets`, { headers }, { ...env, ...more })).text()
    return /profiles&quot;:(.*?),/.exec(page)?.[1]
  }
  expect(await told(mine)).toBe('&quot;/account/profiles&quot;')
  expect(await told(mine, { KEY_SECRET: '' })).toBe('null')
  expect([await told({}), await told(me.bearer)]).not.toContain('&quot;/account/profiles&quot;')
})

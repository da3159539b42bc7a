/** Passkeys through the Worker's own door: taken once, from this host alone, and never for somebody else. */
import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { audit, ceremonies, passkeys, sessions } from '../../src/store/schema.ts'
import { authenticator, type Bent, coded, THERE } from '../support/authenticator.ts'
import { database, makeAccount, ORIGIN, request, signedIn } from '../support/gateway.ts'

const OWN = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN }
type Headers = Record<string, string>
const json = (body: unknown, headers: Headers) => ({
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** Begin a ceremony. @returns its challenge, and the headers that the answer goes with */
async function begin(path: string, headers: Headers) {
  const answer = await request(`${path}/options`, json({}, headers))
  expect(answer.status).toBe(200)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^ceremony=[0-9a-f]{64}; Path=\/; Max-Age=300; HttpOnly; SameSite=Strict$/)
  const { challenge, ...options } = (await answer.json()) as { challenge: string; allowCredentials?: unknown[] }
  const Cookie = [headers.Cookie, cookie.split(';')[0]].filter(Boolean).join('; ')
  return { challenge, options, headers: { ...headers, Cookie } }
}

/** An account with a passkey, and what its device does. */
async function withPasskey(bent: Bent = {}) {
  const { accountId } = await makeAccount()
  const { looks, acts } = await signedIn(accountId)
  const device = await authenticator(ORIGIN)
  const { challenge, headers } = await begin('/account/passkeys', acts)
  const made = await request(
    '/account/passkeys',
    json({ name: 'key', answer: await device.create(challenge, bent) }, headers),
  )
  return { accountId, looks, acts, device, made }
}

async function signIn(device: Awaited<ReturnType<typeof authenticator>>, bent: Bent = {}, more: Headers = {}) {
  const { challenge, headers } = await begin('/sign-in/passkey', { ...OWN, ...more })
  return request('/sign-in/passkey?next=/my%3Fq%3Ddns', json(await device.get(challenge, bent), headers))
}
const actionsOf = async (accountId: number) =>
  (await database.select().from(audit).where(eq(audit.accountId, accountId))).map(({ action }) => action)

it('makes a passkey, and signs in by it in a new session, whatever cookie came along', async () => {
  const { accountId, device, made } = await withPasskey()
  expect([made.status, await made.json()]).toEqual([201, { name: 'key' }])
  const [row] = await database.select().from(passkeys).where(eq(passkeys.accountId, accountId))
  expect(row).toMatchObject({ id: device.id, counter: 0, transports: ['internal'], backedUp: false })
  const planted = 'ab'.repeat(32)
  const handle = coded(new TextEncoder().encode(`account ${accountId}`))
  const answer = await signIn(device, { userHandle: handle, counter: 7 }, { Cookie: `session=${planted}` })
  expect([answer.status, await answer.json()]).toEqual([200, { next: '/my?q=dns' }])
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^session=[0-9a-f]{64}; .*HttpOnly; SameSite=Lax$/)
  expect(cookie).not.toContain(planted)
  expect((await request('/account', { headers: { Cookie: cookie.split(';')[0] ?? '' } })).status).toBe(200)
  expect(await actionsOf(accountId)).toEqual(['passkey-added', 'sign-in'])
})

it.each<[string, Bent]>([
  ['another site', { origin: 'https://elsewhere.example' }],
  ['a frame', { crossOrigin: true }],
  ['another host', { host: 'elsewhere.example' }],
  ['a registration', { type: 'webauthn.create' }],
  ['another challenge', { challenge: coded(new Uint8Array(32)) }],
  ['nobody there', { flags: 0 }],
  ['a flag that cannot be', { flags: THERE | 0x10 }],
  ['a forged signature', { forged: true }],
  ['a counter that stood still', { counter: 5 }],
  ['a counter that went back', { counter: 4 }],
  ['somebody else’s handle', { counter: 9, userHandle: coded(new TextEncoder().encode('account 0')) }],
])('refuses to sign in by an answer of %s, and says so in the audit log', async (_what, bent) => {
  const { accountId, device } = await withPasskey({ counter: 5 })
  const answer = await signIn(device, { counter: 6, ...bent })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(((await answer.json()) as { type: string }).type).toBe('urn:pcaport:problem:passkey-refused')
  expect(answer.headers.has('set-cookie')).toBe(false)
  expect(await actionsOf(accountId)).toContain('sign-in-refused')
  expect((await signIn(device, { counter: 6 })).status).toBe(200)
})

it.each<[string, Bent]>([
  ['another site', { origin: 'https://elsewhere.example' }],
  ['another host', { host: 'elsewhere.example' }],
  ['a sign-in', { type: 'webauthn.get' }],
  ['another challenge', { challenge: coded(new Uint8Array(32)) }],
  ['nobody there', { flags: 0 }],
  ['a frame', { crossOrigin: true }],
  ['a flag that cannot be', { flags: THERE | 0x10 }],
  ['a forged word for itself', { attestsItself: true, forged: true }],
  ['a statement where there is none', { statement: { format: 'none', cbor: new Uint8Array([0xa1, 0x61, 0x78, 1]) } }],
  ['a statement that is none', { statement: { format: 'packed', cbor: new Uint8Array([1]) } }],
  ['no CBOR', { statement: { format: 'none', cbor: new Uint8Array([0xff]) } }],
])('refuses to make a passkey of an answer of %s', async (_what, bent) => {
  const { accountId, made } = await withPasskey(bent)
  expect(made.status).toBe(401)
  expect(await database.select().from(passkeys).where(eq(passkeys.accountId, accountId))).toEqual([])
})

it('takes a passkey that vouches for itself, and signs in by it', async () => {
  const { device, made } = await withPasskey({ attestsItself: true })
  expect(made.status).toBe(201)
  expect((await signIn(device)).status).toBe(200)
})

it.each([
  ['packed', new Uint8Array([0xa1, 0x63, 0x78, 0x35, 0x63, 0x81, 0x43, 0x30, 0x01, 0])],
  [
    'packed',
    new Uint8Array([0xa3, 0x63, 0x61, 0x6c, 0x67, 0x26, 0x63, 0x73, 0x69, 0x67, 0x41, 0, 0x63, 0x78, 0x35, 0x63, 0x80]),
  ],
  ['fido-u2f', new Uint8Array([0xa1, 0x63, 0x78, 0x35, 0x63, 0x81, 0x41, 0])],
  ['tpm', new Uint8Array([0xa0])],
  ['apple', new Uint8Array([0xa0])],
  ['android-key', new Uint8Array([0xa0])],
  ['android-safetynet', new Uint8Array([0xa0])],
  ['made-up', new Uint8Array([0xa0])],
])('refuses a passkey with a statement of the format %s that is not its own, and says why', async (format, cbor) => {
  const { accountId, made } = await withPasskey({ statement: { format, cbor } })
  expect(made.status).toBe(401)
  const { type, detail } = (await made.json()) as { type: string; detail: string }
  expect([type, detail]).toEqual(['urn:pcaport:problem:passkey-attested', expect.stringContaining('another browser')])
  expect(await database.select().from(passkeys).where(eq(passkeys.accountId, accountId))).toEqual([])
})

it('takes one answer to a challenge, by the browser that asked, in time', async () => {
  const { device } = await withPasskey()
  const once = await begin('/sign-in/passkey', OWN)
  const answer = await device.get(once.challenge)
  const replies = await Promise.all(
    Array.from({ length: 6 }, () => request('/sign-in/passkey', json(answer, once.headers))),
  )
  expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(5).fill(401)])
  const other = await begin('/sign-in/passkey', OWN)
  expect((await request('/sign-in/passkey', json(await device.get(other.challenge), OWN))).status).toBe(401)
  const late = await begin('/sign-in/passkey', OWN)
  await database.update(ceremonies).set({ expiresAt: Date.now() - 1 })
  expect((await request('/sign-in/passkey', json(await device.get(late.challenge), late.headers))).status).toBe(401)
})

it('counts a passkey with a counter once for each count, also at once', async () => {
  const { device } = await withPasskey({ counter: 1 })
  const all = await Promise.all(Array.from({ length: 4 }, () => signIn(device, { counter: 2 })))
  expect(all.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401])
})

it('does nothing of it for pages of other sites, nor for strangers', async () => {
  for (const foreign of [{}, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://elsewhere.example' }] as Headers[])
    for (const path of [
      '/sign-in/passkey/options',
      '/sign-in/passkey',
      '/account/passkeys/options',
      '/account/confirm',
    ])
      expect((await request(path, json({}, foreign))).status, path).toBe(403)
  for (const path of ['/account/passkeys/options', '/account/passkeys', '/account/confirm/options', '/account/confirm'])
    expect((await request(path, json({}, OWN))).status, path).toBe(401)
})

it.each([['[]'], ['null'], ['{"id":5}'], ['{"id":"x"}'], ['{"id":"x","response":{"clientDataJSON":7}}'], ['{']])(
  'refuses %s with words',
  async (body) => {
    const { device } = await withPasskey()
    const { headers } = await begin('/sign-in/passkey', OWN)
    const init = {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: body.replace('"x"', `"${device.id}"`),
    }
    const answer = await request('/sign-in/passkey', init)
    expect([400, 401]).toContain(answer.status)
    expect(await answer.json()).toHaveProperty('detail')
  },
)

it('lets nobody in to an account that is suspended, and says why', async () => {
  const { accountId, device } = await withPasskey()
  const { accounts } = await import('../../src/store/schema.ts')
  await database.update(accounts).set({ suspendedAt: 1 }).where(eq(accounts.id, accountId))
  const answer = await signIn(device)
  expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
    403,
    'urn:pcaport:problem:suspended',
  ])
  expect(await actionsOf(accountId)).toContain('sign-in-refused')
})

it('confirms by a passkey of the account that verified its owner, and by no other', async () => {
  const { accountId, acts, device } = await withPasskey()
  const stranger = await withPasskey()
  await database.update(sessions).set({ confirmedAt: 0 }).where(eq(sessions.accountId, accountId))
  const shows = () => request('/account/key/show', { method: 'POST', headers: acts })
  expect((await shows()).headers.get('location')).toBe('/account/confirm?next=%2Faccount')
  expect((await request('/account/passkeys/options', json({}, acts))).status).toBe(403)
  const confirm = async (by: typeof device, bent: Bent) => {
    const { challenge, headers, options } = await begin('/account/confirm', acts)
    expect(options).toMatchObject({ userVerification: 'required', allowCredentials: [{ id: device.id }] })
    return (await request('/account/confirm', json(await by.get(challenge, bent), headers))).status
  }
  expect(await confirm(stranger.device, {})).toBe(401)
  expect(await confirm(device, { flags: THERE })).toBe(401)
  expect((await shows()).headers.get('location')).toContain('/account/confirm')
  expect(await confirm(device, {})).toBe(200)
  expect((await request('/account/key/generate', { method: 'POST', headers: acts })).status).toBe(200)
  expect((await shows()).status).toBe(200)
  expect(await actionsOf(accountId)).toEqual(
    expect.arrayContaining(['confirm-refused', 'confirmed', 'key-generated', 'key-shown']),
  )
})

it('does not take a ceremony of one account for another, nor one purpose for another', async () => {
  const [one, two] = [await withPasskey(), await withPasskey()]
  const begun = await begin('/account/passkeys', one.acts)
  const fresh = await authenticator(ORIGIN)
  const Cookie = begun.headers.Cookie.replace(one.looks.Cookie, two.looks.Cookie)
  const answer = { name: '', answer: await fresh.create(begun.challenge) }
  expect((await request('/account/passkeys', json(answer, { ...begun.headers, Cookie }))).status).toBe(401)
  const signing = await begin('/sign-in/passkey', OWN)
  const mixed = { ...one.acts, Cookie: `${one.looks.Cookie}; ${signing.headers.Cookie}` }
  expect((await request('/account/confirm', json(await one.device.get(signing.challenge), mixed))).status).toBe(401)
})

it('bounds how often one address may try, and says when to come again', async () => {
  const from = { ...OWN, 'CF-Connecting-IP': '203.0.113.9' }
  const tries = []
  for (let at = 0; at < 31; at++) tries.push(await request('/sign-in/passkey/options', json({}, from)))
  expect(tries.slice(0, 30).every(({ status }) => status === 200)).toBe(true)
  expect([tries[30]?.status, tries[30]?.headers.get('retry-after')]).toEqual([429, '300'])
  expect(
    (await request('/sign-in/passkey/options', json({}, { ...OWN, 'CF-Connecting-IP': '203.0.113.10' }))).status,
  ).toBe(200)
})

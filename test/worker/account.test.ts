/** Somebody's own account, invites and Cloudflare Access, through the Worker's own door. */
import { createExecutionContext } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { forgetKeys } from '../../src/http/people/access.ts'
import { forgetSignIns } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import type { Plan } from '../../src/store/plans.ts'
import {
  accountKeys,
  accounts,
  audit,
  ceremonies,
  type InvitedPlan,
  passkeys,
  sessions,
  settings,
  signInLinks,
} from '../../src/store/schema.ts'
import type { ServerSettings } from '../../src/store/settings.ts'
import { bindings, database, makeAccount, ORIGIN, request, signedIn } from '../support/gateway.ts'

const OWN = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN }
const DAY = 86_400_000
type Headers = Record<string, string>
const form = (fields: Record<string, string>, headers: Headers) => ({
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
const actionsOf = async (accountId: number) =>
  (await database.select().from(audit).where(eq(audit.accountId, accountId))).map(({ action }) => action)
const keyIn = (page: string, id: string) => new RegExp(`id="${id}"[^>]*value="([0-9a-f]{32})"`).exec(page)?.[1] ?? ''
const accountWith = (token: string) => request('/api/v2/account', { headers: { Authorization: `Bearer ${token}` } })
const withEnv = (path: string, change: object, init: RequestInit = {}) =>
  app.fetch(
    new Request(ORIGIN + path, { redirect: 'manual', ...init }),
    { ...bindings, ...change },
    createExecutionContext(),
  )

async function invited(more: Partial<typeof signInLinks.$inferInsert> = {}) {
  const link = { kind: 'invite' as const, accountId: null, name: null, role: 'member' as const, plan: {}, madeBy: '' }
  const secret = await openStore(bindings).signInLinks.make(
    { ...link, expiresAt: Date.now() + 60_000, ...more },
    Date.now(),
  )
  return `/sign-in/${secret}`
}
/** As an admin sets it, until the test is over. */
async function set(changes: Partial<ServerSettings>): Promise<void> {
  onTestFinished(async () => void (await database.delete(settings)))
  const by = { accountId: 0, actor: 'an admin', address: '' }
  await openStore(bindings).serverSettings.change(changes, by, Date.now())
}
const named = (name: string) => database.select().from(accounts).where(eq(accounts.name, name))

it('makes one account of an invite, with its plan and role, however many take it at once', async () => {
  const path = await invited({ role: 'admin', plan: { filesLimit: 7, apiAllowed: false, retentionDays: 30 } })
  const tries = Array.from({ length: 6 }, (_, at) => request(path, form({ name: `guest ${at}` }, OWN)))
  const answers = await Promise.all(tries)
  expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(5).fill(410)])
  const at = answers.findIndex(({ status }) => status === 303)
  expect(answers[at]?.headers.get('location')).toBe('/account/passkey')
  const made = (await database.select().from(accounts)).filter(({ name }) => name.startsWith('guest '))
  expect(made).toHaveLength(1)
  expect(made[0]).toMatchObject({
    name: `guest ${at}`,
    role: 'admin',
    filesLimit: 7,
    apiAllowed: false,
    retentionDays: 30,
    maxFileSize: 5 * 2 ** 30,
  })
  expect(await actionsOf(made[0]?.id ?? 0)).toEqual(['account-made', 'sign-in'])
  expect((await request(path)).status).toBe(410)
})

/** The plan of new accounts, as an admin has set it. */
const OURS: Plan = {
  filesLimit: 11,
  maxFileSize: 22,
  bytesLimit: 33,
  apiAllowed: false,
  retentionDays: 44,
  defaultVisibility: 'private',
}

it.each<[InvitedPlan, Partial<Plan>]>([
  [{}, {}],
  [
    { filesLimit: 7, retentionDays: null, apiAllowed: true },
    { filesLimit: 7, retentionDays: null, apiAllowed: true },
  ],
])(
  'gives who takes an invite of %j the plan that is set for new accounts in all that it leaves open',
  async (plan, said) => {
    await set({ plan: OURS })
    const name = `guest ${crypto.randomUUID()}`
    expect((await request(await invited({ plan }), form({ name }, OWN))).status).toBe(303)
    expect((await named(name))[0]).toMatchObject({ ...OURS, ...said })
  },
)

it.each([[''], ['  '], ['a\u202eb'], ['x'.repeat(101)], ['line\nbreak']])(
  'does not call an account %j, and uses nothing up',
  async (name) => {
    const path = await invited()
    expect((await request(path, form({ name }, OWN))).status).toBe(422)
    expect((await request(path, form({ name: `ok ${crypto.randomUUID()}` }, OWN))).status).toBe(303)
  },
)

it('gives a name away once, in whatever case, and lets choose another where the given one is taken', async () => {
  const name = `Ada ${crypto.randomUUID()}`
  expect((await request(await invited({ name }), { method: 'POST', headers: OWN })).status).toBe(303)
  const second = await invited({ name })
  expect((await request(second, form({ name: name.toUpperCase() }, OWN))).status).toBe(422)
  expect((await request(second, form({ name: `${name} 2` }, OWN))).status).toBe(303)
  expect(await named(name)).toHaveLength(1)
})

it.each([
  ['expired', { expiresAt: 1 }],
  ['withdrawn', { revokedAt: 1 }],
  ['used', { usedAt: 1 }],
] as const)('makes nothing of an invite that is %s', async (_what, change) => {
  const path = await invited()
  await database.update(signInLinks).set(change)
  const name = `nobody ${crypto.randomUUID()}`
  expect((await request(path, form({ name }, OWN))).status).toBe(410)
  expect(await named(name)).toEqual([])
})

it('shows the key to a fresh session of its owner, after the audit log has it, and seals it for that account alone', async () => {
  const [one, two] = [await makeAccount(), await makeAccount()]
  const { acts } = await signedIn(one.accountId)
  const generated = await request('/account/key/generate', { method: 'POST', headers: acts })
  expect(generated.headers.get('cache-control')).toContain('no-store')
  const key = keyIn(await generated.text(), 'key-text')
  expect((await accountWith(key)).status).toBe(200)
  const [row] = await database.select().from(accountKeys).where(eq(accountKeys.accountId, one.accountId))
  expect(JSON.stringify(row)).not.toContain(key)
  expect(keyIn(await (await request('/account/key/show', { method: 'POST', headers: acts })).text(), 'key-text')).toBe(
    key,
  )
  expect(await actionsOf(one.accountId)).toEqual(['key-generated', 'key-shown'])
  expect(await (await request('/account', { headers: acts })).text()).not.toContain(key)
  // Moved to another account's row, or read under another secret, it opens as nothing.
  await database
    .insert(accountKeys)
    .values({ accountId: two.accountId, tokenHash: row?.tokenHash ?? '', sealed: row?.sealed ?? '', createdAt: 0 })
  const other = await signedIn(two.accountId)
  expect(await (await request('/account/key/show', { method: 'POST', headers: other.acts })).text()).toContain(
    'cannot be shown',
  )
  const again = { method: 'POST', headers: acts }
  expect(await (await withEnv('/account/key/show', { KEY_SECRET: 'x'.repeat(32) }, again)).text()).toContain(
    'cannot be shown',
  )
  for (const off of [{ KEY_REVEAL: 'off' }, { KEY_SECRET: '' }])
    expect((await withEnv('/account/key/show', off, again)).status).toBe(403)
  const broken = {
    DB: new Proxy(bindings.DB, {
      get: (db, name) =>
        name === 'prepare'
          ? (sql: string) => {
              if (sql.includes('INTO audit')) throw new Error('planted')
              return db.prepare(sql)
            }
          : Reflect.get(db, name).bind(db),
    }),
  }
  const unlogged = await withEnv('/account/key/show', broken, again)
  expect(unlogged.status).toBeGreaterThanOrEqual(500)
  expect(await unlogged.text()).not.toContain(key)
})

it('shows a key once where an admin will not have keys shown again, and keeps it unsealed for nobody', async () => {
  const { accountId } = await makeAccount()
  const { acts, looks } = await signedIn(accountId)
  const post = (what: string) => request(`/account/key/${what}`, { method: 'POST', headers: acts })
  const shows = async () => (await (await request('/account', { headers: looks })).text()).includes('/account/key/show')
  const [before, after] = [keyIn(await (await post('generate')).text(), 'key-text'), await shows()]
  expect([before.length, after]).toEqual([32, true])
  await set({ keysShown: false })
  expect((await post('show')).status).toBe(403)
  const page = await (await request('/account', { headers: looks })).text()
  expect([page.includes('/account/key/show'), page.includes('does not show keys again')]).toEqual([false, true])
  const made = await (await post('generate')).text()
  expect([keyIn(made, 'key-text').length, made.includes('It is shown this once')]).toEqual([32, true])
  const [row] = await database.select().from(accountKeys).where(eq(accountKeys.accountId, accountId))
  expect(row?.sealed).toBeNull()
  await set({ keysShown: true })
  expect(await (await post('show')).text()).toContain('This key cannot be shown')
})

it('replaces a key at once: the one before opens nothing, and of many at once one is left', async () => {
  const { accountId } = await makeAccount()
  const { acts } = await signedIn(accountId)
  const generate = async () =>
    keyIn(await (await request('/account/key/generate', { method: 'POST', headers: acts })).text(), 'key-text')
  const keys = [await generate(), ...(await Promise.all([generate(), generate(), generate()])), await generate()]
  const statuses = await Promise.all(keys.map(async (key) => (await accountWith(key)).status))
  expect(statuses).toEqual([401, 401, 401, 401, 200])
})

it('makes no key where the plan has no API, and the API says why', async () => {
  const { accountId, token } = await makeAccount({ apiAllowed: false }, { apiAllowed: false })
  const { acts } = await signedIn(accountId)
  expect((await request('/account/key/generate', { method: 'POST', headers: acts })).status).toBe(403)
  expect((await request('/account/tokens', form({ name: 'a', permissions: 'read' }, acts))).status).toBe(403)
  const refused = await accountWith(token)
  expect([refused.status, ((await refused.json()) as { type: string }).type]).toEqual([
    403,
    'urn:pcaport:problem:plan-without-api',
  ])
})

it('makes a token as it was asked for, once, and revokes it', async () => {
  const { accountId } = await makeAccount()
  const { acts } = await signedIn(accountId)
  const fields = { name: 'router-1', permissions: 'upload', tags: 'edge, <b>', visibility: 'private', lasts: '30' }
  const page = await (await request('/account/tokens', form(fields, acts))).text()
  const token = keyIn(page, 'token-text')
  expect(page).not.toContain('<b>')
  expect((await accountWith(token)).status).toBe(403) // it may upload alone
  expect((await request('/account/tokens', form(fields, acts))).status).toBe(422)
  for (const wrong of [{ name: 'two words' }, { permissions: 'fly' }])
    expect((await request('/account/tokens', form({ ...fields, name: 'other', ...wrong }, acts))).status).toBe(422)
  expect((await request('/account/tokens/revoke', form({ name: 'router-1' }, acts))).headers.get('location')).toBe(
    '/account/tokens?done=token-revoked',
  )
  expect((await accountWith(token)).status).toBe(401)
  expect(await actionsOf(accountId)).toEqual(['key-created', 'key-revoked'])
})

it('touches nothing of another account', async () => {
  const [mine, theirs] = [await makeAccount(), await makeAccount({}, { name: 'theirs' })]
  const { acts } = await signedIn(mine.accountId)
  const other = await signedIn(theirs.accountId)
  const [session] = await database.select().from(sessions).where(eq(sessions.accountId, theirs.accountId))
  const passkey = {
    id: `p${theirs.accountId}`,
    accountId: theirs.accountId,
    publicKey: '',
    counter: 0,
    transports: [],
    name: 'theirs',
    backedUp: false,
    createdAt: 0,
  }
  await database.insert(passkeys).values(passkey)
  const attempts: [string, Record<string, string>][] = [
    ['/account/sessions/end', { id: session?.id ?? '' }],
    ['/account/passkeys/rename', { id: passkey.id, name: 'mine' }],
    ['/account/passkeys/remove', { id: passkey.id, last: 'yes' }],
    ['/account/tokens/revoke', { name: 'theirs' }],
  ]
  for (const [path, fields] of attempts) expect((await request(path, form(fields, acts))).status, path).toBe(404)
  await request('/account/sessions/end-others', { method: 'POST', headers: acts })
  expect((await request('/account', { headers: other.looks })).status).toBe(200)
  expect((await accountWith(theirs.token)).status).toBe(200)
  expect((await database.select().from(passkeys).where(eq(passkeys.id, passkey.id)))[0]?.name).toBe('theirs')
})

it('does nothing for a page of another site, and leads strangers to the sign-in', async () => {
  const { looks, acts } = await signedIn((await makeAccount()).accountId)
  const paths = [
    'key/show',
    'key/generate',
    'defaults',
    'tokens',
    'tokens/revoke',
    'sessions/end',
    'sessions/end-others',
    'passkeys/rename',
    'passkeys/remove',
  ]
  for (const path of paths)
    for (const foreign of [
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
      { ...acts, Origin: 'https://elsewhere.example' },
    ] as Headers[])
      expect((await request(`/account/${path}`, form({}, { ...looks, ...foreign }))).status, path).toBe(403)
  for (const path of [
    '/account',
    '/account/tokens',
    '/account/sign-in',
    '/account/activity',
    '/account/passkey',
    '/account/confirm',
  ])
    expect((await request(path)).headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent(path)}`)
})

it('removes the last passkey only where that is said, and ends other sessions', async () => {
  const { accountId } = await makeAccount()
  const { acts } = await signedIn(accountId)
  const others = [await signedIn(accountId), await signedIn(accountId)]
  await database.insert(passkeys).values({
    id: `last${accountId}`,
    accountId,
    publicKey: '',
    counter: 0,
    transports: [],
    name: '<i>',
    backedUp: true,
    createdAt: 0,
  })
  expect(await (await request('/account/sign-in', { headers: acts })).text()).not.toContain('<i>')
  const id = { id: `last${accountId}` }
  expect((await request('/account/passkeys/remove', form(id, acts))).status).toBe(409)
  expect((await request('/account/passkeys/remove', form({ ...id, last: 'yes' }, acts))).status).toBe(303)
  await request('/account/sessions/end-others', { method: 'POST', headers: acts })
  for (const { looks } of others) expect((await request('/account', { headers: looks })).status).toBe(303)
  expect((await request('/account', { headers: acts })).status).toBe(200)
})

it('forgets what is over, and nothing else', async () => {
  const { accountId } = await makeAccount()
  await signedIn(accountId, { expiresAt: Date.now() - 1 })
  const { looks } = await signedIn(accountId)
  const store = openStore(bindings)
  await store.ceremonies.begin({ challenge: '', purpose: 'sign-in', accountId: null }, Date.now() - DAY)
  await store.audit.write(
    { accountId, actor: '', action: 'sign-in', subject: 'old', address: '' },
    Date.now() - 401 * DAY,
  )
  await store.audit.write(
    { accountId, actor: '', action: 'sign-in', subject: 'young', address: '' },
    Date.now() - 399 * DAY,
  )
  await invited({ expiresAt: Date.now() - 31 * DAY })
  await forgetSignIns(store, Date.now)
  expect(await database.select().from(sessions).where(eq(sessions.accountId, accountId))).toHaveLength(1)
  expect((await request('/account', { headers: looks })).status).toBe(200)
  expect(await database.select().from(ceremonies)).toEqual([])
  expect(
    (await database.select().from(audit).where(eq(audit.accountId, accountId))).map(({ subject }) => subject),
  ).toEqual(['young'])
  expect(
    (await database.select().from(signInLinks)).every(
      ({ expiresAt }) => expiresAt > Date.now() - 30 * DAY || expiresAt === 1,
    ),
  ).toBe(true)
})

const ACCESS = {
  ACCESS_TEAM: 'team.cloudflareaccess.com',
  ACCESS_AUD: 'tag',
  ACCESS_ADMINS: 'boss@example.com, other@example.com',
}
const ISSUER = 'https://team.cloudflareaccess.com'
type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let ours: Pair
let others: Pair
let asked = 0
beforeAll(async () => {
  ;[ours, others] = [
    await generateKeyPair('RS256', { extractable: true }),
    await generateKeyPair('RS256', { extractable: true }),
  ]
})
beforeEach(async () => {
  forgetKeys()
  asked = 0
  const keys = [{ ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }]
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
    if (String(url) !== `${ISSUER}/cdn-cgi/access/certs`) throw new Error(`nobody is at ${url}`)
    asked++
    return Response.json({ keys })
  })
  return () => vi.restoreAllMocks()
})
const now = () => Math.floor(Date.now() / 1000)
const word = (claims: object = {}, header: object = {}, key: Pair['privateKey'] = ours.privateKey) =>
  new SignJWT({ iss: ISSUER, aud: ['tag'], email: 'Ada@example.com', iat: now(), exp: now() + 3600, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
    .sign(key)
const comes = async (jwt: string, change: object = {}, by: Headers = { 'Cf-Access-Jwt-Assertion': jwt }) =>
  withEnv('/sign-in/access?next=/account', { ...ACCESS, ...change }, { headers: by })

it('gives whom Access brings the plan that is set for new accounts', async () => {
  await set({ plan: OURS })
  const email = `${crypto.randomUUID()}@example.com`
  expect((await comes(await word({ email }))).status).toBe(303)
  expect((await database.select().from(accounts).where(eq(accounts.email, email)))[0]).toMatchObject(OURS)
})

it('signs in whom Access vouches for, by header or cookie, no longer than it does', async () => {
  const answer = await comes(await word())
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account'])
  const [account] = await database.select().from(accounts).where(eq(accounts.email, 'ada@example.com'))
  expect(account).toMatchObject({ role: 'member', filesLimit: 10_000 })
  const [session] = await database
    .select()
    .from(sessions)
    .where(eq(sessions.accountId, account?.id ?? 0))
  expect(session?.method).toBe('access')
  expect(Math.abs((session?.expiresAt ?? 0) - Date.now() - 3_600_000)).toBeLessThan(5000)
  expect(Number(/Max-Age=(\d+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1])).toBeLessThanOrEqual(3600)
  await database
    .update(sessions)
    .set({ seenAt: 0 })
    .where(eq(sessions.hash, session?.hash ?? ''))
  const Cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await request('/account', { headers: { Cookie } })).status).toBe(200)
  const [used] = await database
    .select()
    .from(sessions)
    .where(eq(sessions.hash, session?.hash ?? ''))
  expect(used?.expiresAt).toBe(session?.expiresAt)
  expect((await comes('', {}, { Cookie: `CF_Authorization=${await word({ iat: now() - 3000 })}` })).status).toBe(303)
  const all = await database
    .select()
    .from(sessions)
    .where(and(eq(sessions.accountId, account?.id ?? 0)))
  expect(all.some(({ confirmedAt }) => confirmedAt < Date.now() - 2_900_000)).toBe(true) // an old word is no fresh proof
  expect(asked).toBe(1)
  await comes(await word({ email: 'boss@example.com' }))
  expect((await database.select().from(accounts).where(eq(accounts.email, 'boss@example.com')))[0]?.role).toBe('admin')
})

it.each<[string, () => Promise<string>]>([
  ['another application', () => word({ aud: ['other'] })],
  ['another team', () => word({ iss: 'https://other.cloudflareaccess.com' })],
  ['an hour ago', () => word({ exp: now() - 3600 })],
  ['no end', () => word({ exp: undefined })],
  ['a later time', () => word({ nbf: now() + 3600 })],
  ['no person', () => word({ email: undefined, common_name: 'service' })],
  ['another key', () => word({}, {}, others.privateKey)],
  ['a key that is not there', () => word({}, { kid: 'k2' })],
  [
    'no signature',
    async () =>
      new UnsecuredJWT({ email: 'ada@example.com' })
        .setIssuer(ISSUER)
        .setAudience('tag')
        .setIssuedAt()
        .setExpirationTime('1h')
        .encode(),
  ],
  [
    'another algorithm',
    () =>
      new SignJWT({ email: 'ada@example.com', iss: ISSUER, aud: 'tag', iat: now(), exp: now() + 60 })
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(new Uint8Array(32)),
  ],
  ['nothing', async () => ''],
  ['no token', async () => 'a.b.c'],
  ['too much', async () => 'x'.repeat(20_000)],
])('signs nobody in by a word of %s', async (_what, jwt) => {
  const answer = await comes(await jwt())
  expect([answer.status, answer.headers.has('set-cookie')]).toEqual([401, false])
})

it('makes no account where it may not, takes over none by its name, and lets no suspended one in', async () => {
  expect((await comes(await word({ email: 'new@example.com' }), { ACCESS_SIGNUP: 'off' })).status).toBe(403)
  expect(await named('new@example.com')).toEqual([])
  await makeAccount({ name: 'victim@example.com' })
  expect((await comes(await word({ email: 'victim@example.com' }))).status).toBe(422)
  const { accountId } = await makeAccount({ email: 'gone@example.com', suspendedAt: 1 })
  expect((await comes(await word({ email: 'gone@example.com' }))).status).toBe(403)
  expect(await actionsOf(accountId)).toEqual(['sign-in-refused'])
  expect((await comes(await word(), { ACCESS_AUD: '' })).status).toBe(404)
})

it('says that it cannot tell where the keys of Access cannot be had, or are too long', async () => {
  const answers: (() => Response)[] = [
    () => new Response('no', { status: 500 }),
    () => new Response('not json'),
    () => Response.json({ keys: [], pad: 'x'.repeat(70_000) }),
  ]
  for (const answer of answers) {
    forgetKeys()
    vi.mocked(globalThis.fetch).mockImplementationOnce(async () => answer())
    expect((await comes(await word())).status).toBe(503)
  }
})

/** Signing in by a link, sessions, and what they open, through the Worker's own door. */
import { expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { bindings, makeAccount, ORIGIN, request, signedIn } from '../support/gateway.ts'

const OWN = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN }

async function linkFor(accountId: number, ms = 60_000): Promise<string> {
  const link = { kind: 'recovery' as const, accountId, name: null, role: 'member' as const, plan: {}, madeBy: '' }
  const secret = await openStore(bindings).signInLinks.make({ ...link, expiresAt: Date.now() + ms }, Date.now())
  return `/sign-in/${secret}`
}

it('signs in once by a link: looking at it uses nothing up', async () => {
  const { accountId } = await makeAccount()
  const path = await linkFor(accountId)
  for (let looks = 0; looks < 2; looks++) expect((await request(path)).status).toBe(200)
  const answers = await Promise.all(Array.from({ length: 8 }, () => request(path, { method: 'POST', headers: OWN })))
  expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(7).fill(410)])
  const cookie = answers.find(({ status }) => status === 303)?.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^session=[0-9a-f]{64}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
  expect((await request(path)).status).toBe(410)
  const [Cookie = ''] = cookie.split(';')
  expect((await request('/sign-in', { headers: { Cookie } })).headers.get('location')).toBe('/my')
})

it('ends by a recovery link the sessions that the account has elsewhere, and no others, and writes it down', async () => {
  const [{ accountId }, other] = [await makeAccount(), await makeAccount()]
  const before = [(await signedIn(accountId)).looks, (await signedIn(accountId)).looks]
  const apart = (await signedIn(other.accountId)).looks
  const isIn = async (headers: HeadersInit) => (await request('/account', { headers })).status === 200
  const [path, second, ofOther] = [await linkFor(accountId), await linkFor(accountId), await linkFor(other.accountId)]
  await request(path)
  expect(await Promise.all(before.map(isIn))).toEqual([true, true]) // looking ends nothing
  const answer = await request(path, { method: 'POST', headers: { ...OWN, ...before[0] } })
  expect(answer.status).toBe(303)
  const [Cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
  expect(await Promise.all([...before, apart, { Cookie }].map(isIn))).toEqual([false, false, true, true])
  const lines = await openStore(bindings).audit.list(accountId, null, null, 9)
  expect(lines.map(({ action, subject }) => [action, subject])).toEqual([
    ['sign-in', 'link'],
    ['session-ended', '2 sessions, by a recovery link'],
  ])
  expect((await request(path, { method: 'POST', headers: OWN })).status).toBe(410)
  expect((await request(second, { method: 'POST', headers: OWN })).status).toBe(410) // nor does another of the account
  expect(await isIn({ Cookie })).toBe(true) // a link that is used up ends nothing
  expect((await request(ofOther)).status).toBe(200)
})

it.each([
  ['', '/account/passkey', '/my'],
  ['?next=%2Fmy%3Fq%3Ddns', '/account/passkey?next=%2Fmy%3Fq%3Ddns', '/my?q=dns'],
  ['?next=%2F%2Felsewhere.example', '/account/passkey?next=%2Fmy', '/my'],
])(
  'leads from a link with %j to a first passkey, and where there is one to where its reader wanted to go',
  async (next, without, withOne) => {
    const { accountId } = await makeAccount()
    const follow = async () => {
      const path = await linkFor(accountId)
      const page = await (await request(path + next)).text()
      const action = /<form[^>]*action="([^"]*)"/.exec(page)?.[1] ?? ''
      expect(action.startsWith(path)).toBe(true)
      return (await request(action, { method: 'POST', headers: OWN })).headers.get('location')
    }
    expect(await follow()).toBe(without)
    const passkey = {
      id: `key of ${accountId}`,
      publicKey: '',
      counter: 0,
      transports: [],
      name: 'key',
      backedUp: false,
    }
    await openStore(bindings).passkeys.add({ ...passkey, accountId, createdAt: Date.now() })
    expect(await follow()).toBe(withOne)
  },
)

it('does not sign in for a page of another site, nor by a link that has run out', async () => {
  const { accountId } = await makeAccount()
  const path = await linkFor(accountId)
  const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' }
  expect((await request(path, { method: 'POST', headers: foreign })).status).toBe(403)
  expect((await request(await linkFor(accountId, -1))).status).toBe(410)
})

it.each([
  ['/my?q=dns', '/my?q=dns'],
  ['//elsewhere.example', '/my'],
  ['/\\elsewhere.example', '/my'],
  ['https://elsewhere.example/', '/my'],
  ['/\t/elsewhere.example', '/my'],
])('leads after the sign-in from %j to %s', async (next, to) => {
  const { looks } = await signedIn((await makeAccount()).accountId)
  const answer = await request(`/sign-in?next=${encodeURIComponent(next)}`, { headers: looks })
  expect(answer.headers.get('location')).toBe(to)
})

it('ends a session at the sign-out: its cookie opens nothing any more', async () => {
  const { looks, acts } = await signedIn((await makeAccount()).accountId)
  expect((await request('/api/v2/account', { headers: looks })).status).toBe(200)
  const out = await request('/sign-out', { method: 'POST', headers: acts })
  expect(out.headers.get('location')).toBe('/sign-in?done=signed-out')
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
  expect((await request('/api/v2/account', { headers: looks })).status).toBe(401)
})

it('does by the API what the pages do, for a page of this server alone', async () => {
  const { looks, acts } = await signedIn((await makeAccount({ apiAllowed: false })).accountId)
  const init = { method: 'PATCH', body: '{"defaults":{"visibility":"private"}}' }
  const json = { 'Content-Type': 'application/merge-patch+json' }
  const others: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'https://elsewhere.example' },
  ]
  for (const foreign of others)
    expect((await request('/api/v2/account', { ...init, headers: { ...looks, ...json, ...foreign } })).status).toBe(403)
  expect((await request('/api/v2/account', { ...init, headers: { ...acts, ...json } })).status).toBe(200)
})

it('knows no session that is over, and none of an account that is suspended', async () => {
  const over = await signedIn((await makeAccount()).accountId, { expiresAt: Date.now() - 1 })
  expect((await request('/api/v2/account', { headers: over.looks })).status).toBe(401)
  const suspended = await signedIn((await makeAccount({ suspendedAt: Date.now() })).accountId)
  expect((await request('/api/v2/account', { headers: suspended.looks })).status).toBe(401)
})

/**
 * Attacks on the pages, each tried: CSRF, clickjacking, fixation, redirects, other people's ids, stored markup, a session that somebody has stolen.
 *
 * What is tried elsewhere is not tried again: capture-edit (CSRF and ids of each form of a capture, markup in its name, tags, comments, notes, sender
 * and packets' comments), my (ids and CSRF of many at once, markup in the list), account and admin (the same of theirs, formulas in the CSV,
 * words of Access), passkeys (fixation, ceremonies), sign-in (redirects, sessions that are over), shares (markup, visits, the form of a password),
 * trash (each way of the APIs), strangers, upload-page, view, abuse.
 */
import { count, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { openStore } from '../../src/store/open.ts'
import {
  accounts,
  annotations,
  audit,
  captures,
  ceremonies,
  passkeys,
  profiles,
  sessions,
  settings,
  shares,
  signInLinks,
  tokens,
} from '../../src/store/schema.ts'
import {
  bindings,
  database,
  makeAccount,
  ORIGIN,
  parsed,
  request,
  signedIn,
  type TestAccount,
} from '../support/gateway.ts'
import { direct } from '../support/metering.ts'
import { json } from '../support/openapi.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { postPrivate, put } from '../support/uploads.ts'

type Browser = Awaited<ReturnType<typeof signedIn>>
type Headers = Record<string, string>

const ELSEWHERE = 'https://elsewhere.example'
const EVIL = `</script><script>alert(1)</script><img/src=x/onerror=alert(2)>"'>`
const VIEWER = { script: '/viewer/a.js', style: '/viewer/a.css', worker: '/viewer/w.js', wasm: '/viewer/x', data: '' }
const withViewer = { ASSETS: { fetch: async () => Response.json(VIEWER) } as unknown as Fetcher }

let boss: TestAccount
let me: Browser
/** A private capture of the boss. */
let id = ''
let link = ''
beforeAll(async () => {
  boss = await makeAccount({ role: 'admin' }, { may: ['upload', 'read', 'delete', 'admin'] })
  me = await signedIn(boss.accountId)
  id = await postPrivate(boss)
  await parsed(id)
  link = await linkTo(id, boss)
})

async function linkTo(capture: string, account: TestAccount): Promise<string> {
  const made = await request(`/api/v2/captures/${capture}/shares`, json('POST', account, {}))
  return ((await made.json()) as { id: string }).id
}

const typed = (fields: Headers, headers: Headers) => ({
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})

/** All that a request might have changed, but when somebody was last seen. */
const standing = () =>
  Promise.all(
    [
      accounts,
      annotations,
      audit,
      captures,
      ceremonies,
      passkeys,
      profiles,
      settings,
      shares,
      signInLinks,
      tokens,
      sessions,
    ].map((table) => database.select().from(table as typeof accounts)),
  )

/** Every address that the app answers at, with ids of what is there: what is added is tried without a word here. */
function addresses(methods: string[]): [string, string][] {
  const values: Headers = {
    token: boss.token,
    share: link,
    secret: '0'.repeat(64),
    frame: '1',
    file: 'hierarchy.csv',
    name: 'some',
  }
  const found = app.routes
    .filter(({ method, path }) => methods.includes(method) && !path.startsWith('/api/v1/:token'))
    .map(({ method, path }): [string, string] => {
      const of = path.startsWith('/s/') ? link : path.startsWith('/admin/accounts/') ? String(boss.accountId) : id
      return [method, path.replace(/:(\w+)/g, (_, name: string) => (name === 'id' ? of : (values[name] ?? name)))]
    })
  return [...new Map(found.map((one) => [one.join(' '), one])).values()]
}
const CHANGING = ['POST', 'PUT', 'PATCH', 'DELETE']

describe('a page of another site', () => {
  it.each<[string, Headers]>([
    ['by a form', { 'Sec-Fetch-Site': 'cross-site', Origin: ELSEWHERE }],
    ['of a neighbour', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://evil.pcaport.test' }],
    ['of another port', { Origin: `${ORIGIN}:8080` }],
    ['out of a sandbox', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }],
    ['out of a sandbox, in a browser without Fetch Metadata', { Origin: 'null' }],
    ['that lies in one of the two', { 'Sec-Fetch-Site': 'same-origin', Origin: ELSEWHERE }],
    ['that says nothing of itself', {}],
  ])('changes nothing %s, whatever the address', async (_, headers) => {
    const before = await standing()
    for (const [method, path] of addresses(CHANGING)) {
      const type = path.startsWith('/api/') ? 'application/json' : 'application/x-www-form-urlencoded'
      const init = { method, headers: { ...me.looks, ...headers, 'Content-Type': type }, body: '{}' }
      const { status } = await direct(path, init)
      expect([status >= 400 && status < 500, method, path, status]).toEqual([true, method, path, status])
    }
    expect(await standing()).toEqual(before)
  })

  it('reads nothing: no answer allows it but the description of the API, none is framed', async () => {
    for (const [, path] of addresses(['GET'])) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await direct(path, { method, headers: { ...me.looks, Origin: ORIGIN } }, withViewer)
        const open = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
        expect([path, open]).toEqual([
          path,
          path === '/api/v2/openapi.json' && method !== 'OPTIONS' ? ['access-control-allow-origin'] : [],
        ])
        expect([path, answer.headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
        if (!answer.headers.get('content-type')?.startsWith('text/html')) continue
        expect([path, answer.headers.get('x-frame-options')]).toEqual([path, 'DENY'])
        const policy = answer.headers.get('content-security-policy') ?? ''
        for (const part of [
          "frame-ancestors 'none'",
          "base-uri 'none'",
          "default-src 'none'",
          ...(path === '/api/docs' ? [] : ['require-trusted-types']),
        ])
          expect([path, policy]).toEqual([path, expect.stringContaining(part)])
        expect([path, policy]).toEqual([path, expect.not.stringMatching(/unsafe-inline|'unsafe-eval'|https?:/)])
        if (path !== '/api/docs')
          expect([path, answer.headers.get('cache-control')]).toEqual([path, 'private, no-store'])
      }
    }
  })

  it('changes nothing by an image or a link: GET and HEAD change nothing anywhere', async () => {
    const counts = ([, path]: [string, string]) => path.startsWith('/s/')
    const before = await standing()
    for (const address of addresses(['GET']).filter((one) => !counts(one)))
      for (const method of ['GET', 'HEAD']) await direct(address[1], { method, headers: me.looks }, withViewer)
    expect(await standing()).toEqual(before)
  })

  it('signs nobody in by Access but by a link that is followed', async () => {
    const access = { ACCESS_TEAM: 'team.cloudflareaccess.com', ACCESS_AUD: 'tag' }
    const statusOf = async (headers: Headers) => (await direct('/sign-in/access', { headers }, access)).status
    const image = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
    const frame = { ...image, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }
    expect([await statusOf(image), await statusOf(frame)]).toEqual([403, 403])
    expect(await statusOf({ ...frame, 'Sec-Fetch-Dest': 'document' })).toBe(401) // Access said nothing
  })
})

describe('an id of somebody else', () => {
  it('opens and changes nothing, whatever the address', async () => {
    const { acts } = await signedIn((await makeAccount()).accountId)
    const before = await standing()
    for (const [method, path] of addresses(['GET', ...CHANGING]).filter(([, one]) => one.includes(id))) {
      const body = method === 'GET' ? {} : { body: '{}' }
      const headers = { ...acts, 'Content-Type': 'application/json' }
      const answer = await direct(path, { method, headers, ...body }, withViewer)
      expect([method, path, answer.status]).toEqual([method, path, expect.toBeOneOf([400, 401, 404])])
    }
    expect(await standing()).toEqual(before)
  })
})

describe('a session', () => {
  it('is none that was planted: a link gives a new one, and ends the one that came along', async () => {
    const { accountId } = await makeAccount()
    const planted = await signedIn((await makeAccount()).accountId)
    const made = { kind: 'recovery' as const, accountId, name: null, role: 'member' as const, plan: {}, madeBy: '' }
    for (const cookie of [planted.looks.Cookie, `session=${'a'.repeat(64)}`]) {
      const link = { ...made, expiresAt: Date.now() + 60_000 }
      const secret = await openStore(bindings).signInLinks.make(link, Date.now())
      const answer = await request(`/sign-in/${secret}`, typed({}, { ...planted.acts, Cookie: cookie }))
      const [given = ''] = answer.headers.get('set-cookie')?.split(';') ?? []
      expect([answer.status, given === cookie]).toEqual([303, false])
      expect((await request('/account', { headers: { Cookie: given } })).status).toBe(200)
      expect((await request('/account', { headers: { Cookie: cookie } })).status).toBe(303)
    }
  })

  it('is no bearer key, nor a token in a path, and a key is no session', async () => {
    const secret = me.looks.Cookie.replace('session=', '')
    for (const key of [secret, secret.slice(0, 32)]) {
      expect((await request('/api/v2/account', { headers: { Authorization: `Bearer ${key}` } })).status).toBe(401)
      expect((await request(`/api/v1/${key}/info/${id}`)).status).toBe(404)
    }
    const Cookie = `session=${boss.token}${boss.token}`
    expect((await request('/account', { headers: { Cookie } })).headers.get('location')).toBe(
      '/sign-in?next=%2Faccount',
    )
    const uploads = await makeAccount({}, { may: ['upload'] })
    const own = await postPrivate(uploads)
    for (const rest of ['', '/download', '/slice', '/tables/hierarchy.csv', '/packets'])
      expect((await direct(`/captures/${own}${rest}`, { headers: uploads.bearer }, withViewer)).status).toBe(404)
  })

  it('that was stolen gives nothing that outlasts it, once its owner is not known to be there', async () => {
    const stale = await signedIn(boss.accountId, { confirmedAt: Date.now() - 600_001 })
    const plan = { filesLimit: '7', maxFileSize: '1 GB', bytesLimit: '1 GB', retentionDays: '' }
    const before = await standing()
    for (const [path, fields] of [
      ['/account/key/show', {}],
      ['/account/key/generate', {}],
      ['/account/tokens', { name: 'thief', permissions: 'read' }],
      ['/account/tokens/revoke', { name: 'some' }],
      ['/account/passkeys/remove', { id: 'some', last: 'yes' }],
      [`/admin/accounts/${boss.accountId}/recovery`, {}],
      [`/admin/accounts/${boss.accountId}/identity`, { role: 'admin', email: 'thief@example.com' }],
      ['/admin/invites', { ...plan, name: '', role: 'admin', days: '7' }],
    ] as [string, Headers][]) {
      const answer = await request(path, typed(fields, stale.acts))
      expect([path, answer.headers.get('location')]).toEqual([
        path,
        expect.stringMatching(/^\/account\/confirm\?next=/),
      ])
    }
    const headers = { ...stale.acts, 'Content-Type': 'application/json' }
    const key = { method: 'POST', headers, body: '{"name":"thief","permissions":["admin"]}' }
    for (const answer of [
      await request('/api/v2/keys', key),
      await request('/api/v2/keys/some?force=true', { method: 'DELETE', headers }),
      await request('/account/passkeys/options', { method: 'POST', headers, body: '{}' }),
    ])
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('not-confirmed')])
    expect(await standing()).toEqual(before)
    expect((await request('/api/v2/keys', { ...key, headers: { ...headers, ...me.acts } })).status).toBe(201)
  })
})

describe('an address that leads on', () => {
  it.each([
    '//elsewhere.example',
    '/\\elsewhere.example',
    `${ELSEWHERE}/`,
    'javascript:alert(1)',
    '/\t/elsewhere.example',
  ])('does not lead to %j', async (next) => {
    const query = `next=${encodeURIComponent(next)}`
    for (const path of ['/account/confirm', '/account/passkey']) {
      const page = await (await request(`${path}?${query}`, { headers: me.looks })).text()
      expect([...page.matchAll(/(?:href|data-next)="([^"]*)"/g)].map(([, to]) => to)).not.toContain(next)
      expect(page).not.toMatch(/="(?:javascript:|https:\/\/elsewhere|\/[\\/\t])/)
    }
    const back = await request('/my', typed({ action: 'tag', back: next }, me.acts))
    expect(back.headers.get('location')).toMatch(/^\/my\?/)
    const asked = await request(`/my?q=${encodeURIComponent(next)}`)
    expect(asked.headers.get('location')).toMatch(/^\/sign-in\?next=%2Fmy/)
  })
})

describe('markup of a stranger', () => {
  /** What of a page could do something that pcaport did not write. */
  const strays = (page: string) =>
    page
      .replace(/<style>.*?<\/style>|<script>\(\(\) => \{.*?<\/script>/gs, '')
      .match(
        /<script(?! type="(module|application\/json)")[^>]*>|<img[^>]*>|<[^>"]*[\s/]on[a-z]+=|<script[^>]*>[^<]*alert\(/gi,
      )

  it('is text: a name that a packet says, in tables, graphs and files', async () => {
    const request1 = new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${EVIL}\r\n\r\n`)
    const file = captureOf(
      framesOf({
        client: { host: '192.0.2.10', port: 50_000 },
        server: { host: '198.51.100.7', port: 80 },
        sent: [{ fromServer: false, bytes: request1 }],
      }),
    )
    const made = await put(boss, `?filename=${encodeURIComponent(EVIL.replaceAll('/', '|'))}`, { body: file })
    await parsed(made)
    const shared = await linkTo(made, boss)
    for (const path of [`/captures/${made}`, `/s/${shared}`])
      for (const tab of [
        '',
        '?tab=names',
        '?tab=conversations',
        `?tab=conversations&filter=${encodeURIComponent(EVIL)}`,
        '?tab=hierarchy',
        '?tab=graph',
        '/packets',
      ])
        expect([tab, strays(await (await direct(path + tab, {}, withViewer)).text())]).toEqual([tab, null])
    const table = await request(`/captures/${made}/tables/names-http.json`)
    expect(await table.clone().text()).toContain('onerror=alert(2)') // it was there to be shown
    expect([table.headers.get('content-type'), table.headers.get('content-security-policy')]).toEqual([
      'application/json; charset=utf-8',
      "sandbox; default-src 'none'",
    ])
  })

  it('is text: browsers, passkeys and accounts as they call themselves', async () => {
    const named = await makeAccount({ name: `${EVIL} ${crypto.randomUUID()}` })
    const { looks } = await signedIn(named.accountId, { userAgent: EVIL, address: EVIL })
    await database.insert(passkeys).values({ id: EVIL, accountId: named.accountId, publicKey: '', counter: 0, transports: [], name: EVIL, backedUp: false, createdAt: 0 }) // biome-ignore format: a row
    const deed = { accountId: named.accountId, actor: EVIL, action: 'sign-in', subject: EVIL, address: EVIL } as const
    await openStore(bindings).audit.write(deed, Date.now())
    for (const path of ['/', '/my', '/upload', '/account', '/account/sign-in', '/account/activity', '/account/confirm'])
      expect([path, strays(await (await request(path, { headers: looks })).text())]).toEqual([path, null])
    for (const path of ['/admin/accounts', `/admin/accounts/${named.accountId}`, '/admin/audit', '/admin/invites'])
      expect([path, strays(await (await request(path, { headers: me.looks })).text())]).toEqual([path, null])
  })
})

it('what is in the trash is not there by any address of the pages, nor by its links', async () => {
  const own = await put(boss)
  await parsed(own)
  const shared = await linkTo(own, boss)
  const ways = [
    ...['download', 'slice', 'packets', 'tables/hierarchy.csv', 'tables/conversations-tcp.json', 'keylog'].map(
      (rest) => `/captures/${own}/${rest}`,
    ),
    ...['', '/download', '/slice', '/packets', '/tables/hierarchy.csv', '/keylog'].map((rest) => `/s/${shared}${rest}`),
  ]
  const statuses = () =>
    Promise.all(ways.map(async (way) => (await direct(way, { headers: me.looks }, withViewer)).status))
  expect((await statuses()).filter((status) => status === 200)).toHaveLength(10) // all but the key logs
  await request(`/captures/${own}/delete`, { method: 'POST', headers: me.acts })
  expect(await statuses()).toEqual(ways.map(() => 404))
  for (const what of ['edit', 'shares', 'notes', 'notes/1/remove', 'keylog/remove', 'retry', `shares/${shared}/revoke`])
    expect((await request(`/captures/${own}/${what}`, typed({ visibility: 'unlisted' }, me.acts))).status).toBe(404)
  expect((await request('/my/download', typed({ ids: own }, me.acts))).status).toBe(404)
})

it('a link tells nobody the id of its capture, whatever that is called', async () => {
  for (const name of ['.pcap', '.pcapng.gz']) {
    const own = await put(boss, `?filename=${name}`)
    await parsed(own)
    const shared = await linkTo(own, boss)
    for (const rest of [
      '',
      '/download',
      '/slice?from=1&to=1',
      '/packets',
      '/tables/hierarchy.csv',
      '?tab=conversations',
    ]) {
      const answer = await direct(`/s/${shared}${rest}`, {}, withViewer)
      const all = [...answer.headers].flat().join() + new TextDecoder('latin1').decode(await answer.arrayBuffer())
      expect([rest, answer.status, all.includes(own)]).toEqual([rest, 200, false])
    }
  }
})

it('a ZIP has names that lead nowhere, wherever it is unpacked', async () => {
  const names = ['C:evil.pcap', 'con.pcap', 'a\u202egnp.pcap', '../../evil.pcap', 'x.pcap', 'X.pcap']
  const ids: string[] = []
  for (const name of names) ids.push(await put(boss, `?filename=${encodeURIComponent(name)}`))
  const body = new URLSearchParams(ids.map((one) => ['ids', one])).toString()
  const zip = await request('/my/download', { ...typed({}, me.acts), body })
  const [, ...central] = Buffer.from(await zip.arrayBuffer())
    .toString('latin1')
    .split('PK\u0001\u0002')
  const entries = central.map((entry: string) => {
    const header = Buffer.from(entry, 'latin1') // APPNOTE 4.3.12, behind its signature
    return header.subarray(42, 42 + header.readUInt16LE(24)).toString()
  })
  expect(entries).toEqual(['C_evil.pcap', '_con.pcap', 'a_gnp.pcap', 'evil.pcap', 'x.pcap', 'X (2).pcap'])
})

it('a key is not shown where admins have said so, and is not kept to be shown', async () => {
  const { accountId } = await makeAccount()
  const { acts } = await signedIn(accountId)
  const post = (path: string) => request(path, { method: 'POST', headers: acts })
  await post('/account/key/generate')
  const { serverSettings, accountKeys } = openStore(bindings)
  const by = { accountId: 0, actor: '', address: '' }
  await serverSettings.change({ keysShown: false }, by, Date.now())
  try {
    const shown = await post('/account/key/show')
    expect([shown.status, await shown.text()]).toEqual([403, expect.not.stringMatching(/value="[0-9a-f]{32}"/)])
    const made = await post('/account/key/generate')
    expect(await made.text()).toMatch(/value="[0-9a-f]{32}"/)
    expect(made.headers.get('cache-control')).toBe('private, no-store')
    expect((await accountKeys.find(accountId))?.sealed).toBeNull()
  } finally {
    await database.delete(settings).where(eq(settings.name, 'keysShown'))
  }
})

describe('a stranger', () => {
  it('writes no row but those that are counted, and is counted by network', async () => {
    const own = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN, 'Content-Type': 'application/json' }
    const tries = async (path: string, address: string) =>
      (await request(path, { method: 'POST', headers: { ...own, 'CF-Connecting-IP': address }, body: '{}' })).status
    const before = await standing()
    for (const [method, path] of addresses(CHANGING).filter(([, one]) => !/passkey\/options$|^\/s\//.test(one)))
      await direct(path, { method, headers: own, body: '{}' })
    expect(await standing()).toEqual(before)
    const statuses = []
    for (let at = 0; at < 31; at++) statuses.push(await tries('/sign-in/passkey/options', `2001:db8:0:7::${at + 1}`))
    expect(statuses).toEqual([...Array(30).fill(200), 429])
    expect(await tries('/sign-in/passkey/options', '2001:db8:0:8::1')).toBe(200)
    const [rows] = await database.select({ n: count() }).from(ceremonies)
    expect(rows?.n).toBeLessThanOrEqual(31)
  })
})

it('no line of the log has what opens something, also where the database fails', async () => {
  const said: string[] = []
  const spies = (['log', 'error', 'warn'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...words) => void said.push(words.join(' '))),
  )
  const DB = new Proxy(bindings.DB, {
    get(real, name) {
      if (name === 'prepare')
        return (text: string) => real.prepare(text.replace(/\b(shares|sessions|sign_in_links)\b/g, 'gone'))
      const value = Reflect.get(real, name)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
  const secret = 'ab'.repeat(32)
  try {
    for (const [path, init] of [
      [`/s/${link}`, {}],
      [`/sign-in/${secret}`, {}],
      [`/sign-in/${secret}`, { method: 'POST', headers: { 'Sec-Fetch-Site': 'same-origin' } }],
      ['/account', { headers: { Cookie: `session=${secret}` } }],
      [`/api/v2/shares/${link}`, { method: 'DELETE', headers: boss.bearer }],
    ] as [string, RequestInit][])
      expect([path, (await direct(path, init, { DB })).status]).toEqual([path, 503])
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  expect(said.length).toBeGreaterThanOrEqual(5)
  expect(said.filter((line) => line.includes('no such table')).length).toBeGreaterThanOrEqual(5)
  expect(said.filter((line) => line.includes(link) || line.includes(secret) || /[0-9a-f]{32}/.test(line))).toEqual([])
})

/** The pages of admins: to all others not there, from this server's pages alone, and each deed with its line in the audit log. */
import { and, desc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { retain } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import {
  accounts,
  audit,
  captures,
  quarantine,
  sessions,
  settings,
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
  rowOf,
  signedIn,
  type TestAccount,
} from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { CAPTURE, put } from '../support/uploads.ts'

type Browser = Awaited<ReturnType<typeof signedIn>>

let boss: TestAccount
let me: Browser
let member: TestAccount
let they: Browser
beforeAll(async () => {
  boss = await makeAccount({ role: 'admin', name: 'the boss' }, { may: ['upload', 'read', 'delete', 'admin'] })
  me = await signedIn(boss.accountId)
  member = await makeAccount({ name: 'lab "7" <i>' })
  they = await signedIn(member.accountId)
})

const look = (path: string, by: Browser | null = me) => request(path, { headers: { ...by?.looks } })
const act = (path: string, form: Record<string, string> | [string, string][] = {}, by: Browser | null = me) =>
  request(path, {
    method: 'POST',
    headers: { ...by?.acts, 'CF-Connecting-IP': '192.0.2.7' },
    body: new URLSearchParams(form),
  })
const accountOf = async (id: number) => {
  const [row] = await database.select().from(accounts).where(eq(accounts.id, id))
  if (!row) throw new Error('no such account')
  return row
}
/** The latest lines about an account. */
const linesOf = (accountId: number, limit = 1) =>
  database.select().from(audit).where(eq(audit.accountId, accountId)).orderBy(desc(audit.id)).limit(limit)

const PLAN = {
  filesLimit: '7',
  maxFileSize: '2 GiB',
  bytesLimit: '5GB',
  retentionDays: '30',
  apiAllowed: '1',
  defaultVisibility: 'private',
}
const PAGES = ['', '/accounts', '/invites', '/audit', '/audit.csv', '/parses', '/quarantine', '/settings', '/nothing']
const id = () => member.accountId
const DEEDS = (): [string, Record<string, string>][] => [
  [`/accounts/${id()}/plan`, PLAN],
  [`/accounts/${id()}/identity`, { role: 'admin', email: '' }],
  [`/accounts/${id()}/suspend`, {}],
  [`/accounts/${id()}/restore`, {}],
  [`/accounts/${id()}/recovery`, {}],
  ['/invites', { ...PLAN, name: '', role: 'admin', days: '7' }],
  ['/invites/0123456789abcdef/withdraw', {}],
  ['/parses/retry', { one: crypto.randomUUID() }],
  ['/settings', { ...PLAN, undoHours: '1' }],
]

describe('who is no admin', () => {
  it.each(PAGES)('finds of /admin%s what is at any address where nothing is, byte for byte', async (path) => {
    for (const by of [they, null]) {
      const missing = await look('/nothing/here', by)
      const answer = await look(`/admin${path}`, by)
      expect([answer.status, await answer.text()]).toEqual([404, await missing.text()])
      expect([...answer.headers].sort()).toEqual([...missing.headers].sort())
    }
    const byKey = await request(`/admin${path}`, { headers: boss.bearer })
    expect(byKey.status).toBe(404)
  })

  it('does nothing there', async () => {
    const before = [await accountOf(id()), (await database.select().from(signInLinks)).length]
    for (const [path, form] of DEEDS())
      for (const by of [they, null]) {
        const answer = await act(`/admin${path}`, form, by)
        expect([path, answer.status]).toEqual([path, 404])
      }
    expect([await accountOf(id()), (await database.select().from(signInLinks)).length]).toEqual(before)
    expect(await database.select().from(settings)).toEqual([])
  })

  it('is none of a session that has ended, or of an account that is an admin no more', async () => {
    const past = await makeAccount({ role: 'admin' })
    const ended = await signedIn(past.accountId, { expiresAt: Date.now() - 1 })
    expect((await look('/admin', ended)).status).toBe(404)
    const was = await signedIn(past.accountId)
    expect((await look('/admin', was)).status).toBe(200)
    await database.update(accounts).set({ role: 'member' }).where(eq(accounts.id, past.accountId))
    expect((await look('/admin', was)).status).toBe(404)
  })
})

it('does nothing for a page of another site, whoever is signed in', async () => {
  const others: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'https://sub.pcaport.test' },
    { Origin: 'null' },
  ]
  const before = await accountOf(id())
  for (const [path, form] of DEEDS())
    for (const headers of others) {
      const body = new URLSearchParams(form)
      const answer = await request(`/admin${path}`, { method: 'POST', headers: { ...me.looks, ...headers }, body })
      expect([path, headers, answer.status]).toEqual([path, headers, 403])
    }
  expect(await accountOf(id())).toEqual(before)
})

it('shows each page to an admin, framed by nobody and kept nowhere', async () => {
  for (const path of PAGES.filter((page) => page !== '/nothing' && page !== '/audit.csv')) {
    const answer = await look(`/admin${path}`)
    expect([path, answer.status]).toEqual([path, 200])
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(await answer.text()).not.toContain('<i>')
  }
})

describe('the overview', () => {
  it('has the figures of the server, with an estimate that says it is one', async () => {
    await put(member)
    const totals = await bindings.DB.prepare(
      'SELECT COUNT(*) AS n, SUM(files) AS files, SUM(bytes) AS bytes FROM accounts',
    ).first<{
      n: number
      files: number
      bytes: number
    }>()
    const page = await (await look('/admin')).text()
    expect(page).toContain(`<a href="/admin/accounts">${totals?.n}</a>`)
    expect(page).toContain(`<dd>${totals?.files}</dd>`)
    expect(page).toMatch(/An estimate/)
    expect(page).toContain('href="https://developers.cloudflare.com/r2/pricing/"')
  })

  it('reads no row of the captures that are well', async () => {
    const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       INSERT INTO captures (${columns}) SELECT printf('%08x-0000-4000-8000-000000000000', i), 0, 'ok', 'x', 1, 'private', '[]', '', 'k', i FROM n`,
    ).run()
    for (const path of [
      '/admin',
      '/admin/parses',
      '/admin/accounts',
      '/admin/audit',
      '/admin/invites',
      '/admin/settings',
    ]) {
      const { db, meter } = metered(bindings.DB)
      expect([path, (await direct(path, { headers: me.looks }, { DB: db })).status]).toEqual([path, 200])
      expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThan(200)
      expect(meter.rowsWritten).toBe(0)
    }
  })
})

describe('accounts', () => {
  it('are found by a part of their name or address, sorted, and go on by pages', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `sorted ${String(at).padStart(2, '0')}`)
    for (const [at, name] of names.entries())
      await makeAccount({ name, files: (at * 7) % 60, email: at === 3 ? 'Third@x.example' : null })
    const namesIn = (page: string) => [...page.matchAll(/<bdi>(sorted \d\d)<\/bdi>/g)].map(([, name]) => name)
    const nextOf = (page: string) => /href="([^"]*after=\d+)" rel="next"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    for (const [sort, wanted] of [
      ['name', names],
      ['files', [...names].sort((a, b) => ((Number(b.slice(7)) * 7) % 60) - ((Number(a.slice(7)) * 7) % 60))],
    ] as const) {
      const first = await (await look(`/admin/accounts?q=SORTED&sort=${sort}`)).text()
      const second = await (await look(nextOf(first) ?? '')).text()
      expect([...namesIn(first), ...namesIn(second)]).toEqual(wanted)
      expect([namesIn(first).length, nextOf(second)]).toEqual([50, undefined])
    }
    expect(namesIn(await (await look('/admin/accounts?q=third@')).text())).toEqual(['sorted 03'])
    expect(await (await look('/admin/accounts?q=%25')).text()).toContain('No account has that')
  })

  it('get a plan, with the copy that their tokens carry and a line that says what', async () => {
    const { accountId, token, bearer } = await makeAccount()
    const path = `/admin/accounts/${accountId}/plan`
    const saved = await act(path, { ...PLAN, apiAllowed: '' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `/admin/accounts/${accountId}?done=plan`])
    expect(await accountOf(accountId)).toMatchObject({
      filesLimit: 7,
      maxFileSize: 2 * 1024 ** 3,
      bytesLimit: 5e9,
      retentionDays: 30,
      apiAllowed: false,
      defaultVisibility: 'private',
    })
    expect((await request(`/api/v1/${token}/search`)).status).toBe(403)
    expect(await linesOf(accountId)).toMatchObject([
      {
        action: 'account-changed',
        actor: 'the boss',
        address: '192.0.2.7',
        subject: expect.stringContaining('filesLimit 7'),
      },
    ])
    await act(path, PLAN)
    expect((await request('/api/v2/account', { headers: bearer })).status).toBe(200)
    const page = await (await look(`/admin/accounts/${accountId}?done=plan`)).text()
    expect(page).toContain('The plan was saved.')
    expect(page).toContain('value="2 GiB"')
  })

  it.each([
    ['filesLimit', '0', 'A whole number from 1 on.'],
    ['filesLimit', '1e3', 'A whole number from 1 on.'],
    ['maxFileSize', '5 parsecs', 'A size such as'],
    ['bytesLimit', '-1 GB', 'A size such as'],
    ['retentionDays', '1.5', 'A whole number of days'],
    ['defaultVisibility', 'public', 'One of the choices.'],
  ])('take no plan whose %s is %s, say why, and keep what was typed', async (field, value, words) => {
    const before = await accountOf(id())
    const answer = await act(`/admin/accounts/${id()}/plan`, { ...PLAN, [field]: value })
    const page = await answer.text()
    expect(answer.status).toBe(422)
    expect(page).toContain(words)
    if (field !== 'defaultVisibility') expect(page).toContain(`value="${value}"`)
    expect(await accountOf(id())).toEqual(before)
  })

  it('get a role and an address, which nobody else has', async () => {
    const [one, other] = [await makeAccount(), await makeAccount()]
    const path = `/admin/accounts/${one.accountId}/identity`
    expect((await act(path, { role: 'admin', email: ' Ada@Example.org ' })).status).toBe(303)
    expect(await accountOf(one.accountId)).toMatchObject({ role: 'admin', email: 'ada@example.org' })
    expect(await linesOf(one.accountId)).toMatchObject([{ subject: 'role admin, email ada@example.org' }])
    const taken = await act(`/admin/accounts/${other.accountId}/identity`, { role: 'member', email: 'ADA@example.org' })
    expect([taken.status, (await taken.text()).includes('Another account has this address.')]).toEqual([422, true])
    expect((await act(path, { role: 'member', email: 'nonsense' })).status).toBe(422)
    expect((await act(path, { role: 'member', email: '' })).status).toBe(303)
    expect(await accountOf(one.accountId)).toMatchObject({ role: 'member', email: null })
  })

  it('that are suspended have no session and no key that opens anything, at once, and come back', async () => {
    const { accountId, token, bearer } = await makeAccount(
      { role: 'member' },
      { may: ['upload', 'read', 'delete', 'admin'] },
    )
    const login = await signedIn(accountId)
    const capture = await put({ accountId, token, bearer })
    const opens = async () => [
      (await request(`/api/v1/${token}/search`)).status,
      (await request('/api/v2/account', { headers: bearer })).status,
      (await request('/api/v2/account', { headers: login.looks })).status,
    ]
    expect(await opens()).toEqual([200, 200, 200])
    expect((await act(`/admin/accounts/${accountId}/suspend`)).status).toBe(303)
    expect(await opens()).toEqual([403, 403, 401])
    expect(await database.select().from(sessions).where(eq(sessions.accountId, accountId))).toEqual([])
    expect((await rowOf(capture))?.accountId).toBe(accountId)
    expect(await (await look(`/admin/accounts/${accountId}`)).text()).toContain('Restore account')
    // What an admin changes meanwhile opens nothing either, and no key is made: not by a request that came in before.
    await act(`/admin/accounts/${accountId}/plan`, PLAN)
    expect((await opens()).slice(0, 2)).toEqual([403, 403])
    const named = { method: 'POST', body: JSON.stringify({ name: 'late', permissions: ['read'] }) }
    const byKey = await request('/api/v2/keys', {
      ...named,
      headers: { ...bearer, 'Content-Type': 'application/json' },
    })
    const bySession = await request('/account/tokens', { method: 'POST', headers: login.acts })
    const byPage = await request('/account/key/generate', { method: 'POST', headers: login.acts })
    expect([byKey.status, bySession.status, byPage.status]).toEqual([403, 401, 401])
    const { accountKeys, tokens: keys } = openStore(bindings)
    const by = { accountId, actor: 'late', address: '' }
    const grant = { name: 'late', permissions: 'read', defaultTags: [], defaultVisibility: null, expiresAt: null }
    const deed = { ...by, action: 'key-generated', subject: 'late' } as const
    await expect(keys.create(by, grant, Date.now())).rejects.toMatchObject({ kind: 'plan-without-api' })
    await expect(
      accountKeys.replace(accountId, { tokenHash: 'late', sealed: null }, deed, Date.now()),
    ).rejects.toMatchObject({ kind: 'plan-without-api' })
    expect(await database.select().from(tokens).where(eq(tokens.accountId, accountId))).toHaveLength(1)
    expect((await act(`/admin/accounts/${accountId}/suspend`)).status).toBe(303) // once more changes nothing
    expect((await act(`/admin/accounts/${accountId}/restore`)).status).toBe(303)
    expect(await opens()).toEqual([200, 200, 401])
    const actions = (await linesOf(accountId, 9)).map(({ action }) => action)
    expect(actions).toEqual(['account-restored', 'account-changed', 'account-suspended'])
  })

  it('never lose their last admin, whoever asks at once', async () => {
    const own = `/admin/accounts/${boss.accountId}`
    expect((await act(`${own}/suspend`)).status).toBe(403)
    expect((await act(`${own}/identity`, { role: 'member', email: '' })).status).toBe(403)
    expect(await accountOf(boss.accountId)).toMatchObject({ role: 'admin', suspendedAt: null })
    await database
      .update(accounts)
      .set({ role: 'member' })
      .where(and(eq(accounts.role, 'admin')))
    await database.update(accounts).set({ role: 'admin' }).where(eq(accounts.id, boss.accountId))
    const second = await makeAccount({ role: 'admin' })
    const her = await signedIn(second.accountId)
    const answers = await Promise.all([
      act(`/admin/accounts/${second.accountId}/suspend`, {}, me),
      act(`${own}/suspend`, {}, her),
      act(`/admin/accounts/${second.accountId}/identity`, { role: 'member', email: '' }, me),
      act(`${own}/identity`, { role: 'member', email: '' }, her),
    ])
    expect(answers.map(({ status }) => status)).toContain(303)
    const left = await database.select().from(accounts).where(eq(accounts.role, 'admin'))
    expect(left.filter(({ suspendedAt }) => suspendedAt === null)).toHaveLength(1)
    await database.update(accounts).set({ role: 'admin', suspendedAt: null }).where(eq(accounts.id, boss.accountId))
    me = await signedIn(boss.accountId)
  })

  it('get a recovery link, shown once, that signs in to them once', async () => {
    const { accountId } = await makeAccount()
    const answer = await act(`/admin/accounts/${accountId}/recovery`)
    const link = /http:\/\/pcaport\.test(\/sign-in\/[0-9a-f]{64})/.exec(await answer.text())?.[1] ?? ''
    expect(answer.status).toBe(200)
    expect(await linesOf(accountId)).toMatchObject([{ action: 'recovery-made', actor: 'the boss' }])
    const stored = JSON.stringify([await database.select().from(signInLinks), await database.select().from(audit)])
    expect(stored).not.toContain(link.slice(9))
    const used = await request(link, { method: 'POST', headers: { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN } })
    expect(used.status).toBe(303)
    const [session] = await database.select().from(sessions).where(eq(sessions.accountId, accountId))
    expect(session?.method).toBe('link')
    expect((await request(link)).status).toBe(410)
  })

  it('that are not there are no page', async () => {
    for (const path of ['/admin/accounts/999999', '/admin/accounts/x', '/admin/accounts/1e1'])
      expect((await look(path)).status).toBe(404)
  })
})

describe('invites', () => {
  const invite = { ...PLAN, name: 'new lab', role: 'member', days: '7' }
  it('are made with plan, role, name and end, shown once, listed and withdrawn', async () => {
    const made = await act('/admin/invites', invite)
    const link = /http:\/\/pcaport\.test\/sign-in\/([0-9a-f]{64})/.exec(await made.text())?.[1] ?? ''
    expect([made.status, link.length]).toEqual([200, 64])
    const [row] = await database.select().from(signInLinks).where(eq(signInLinks.name, 'new lab'))
    expect(row).toMatchObject({
      kind: 'invite',
      accountId: null,
      role: 'member',
      madeBy: 'the boss',
      plan: { filesLimit: 7, maxFileSize: 2 * 1024 ** 3, bytesLimit: 5e9, retentionDays: 30, apiAllowed: true },
    })
    expect((row?.expiresAt ?? 0) - (row?.createdAt ?? 0)).toBe(7 * 86_400_000)
    expect(await linesOf(0)).toMatchObject([{ action: 'invite-made', subject: 'new lab, member' }])
    const list = await (await look('/admin/invites')).text()
    expect([list.includes('new lab'), list.includes(link)]).toEqual([true, false])
    const withdrawn = await act(`/admin/invites/${row?.id}/withdraw`)
    expect(withdrawn.headers.get('location')).toBe('/admin/invites?done=withdrawn')
    expect(await linesOf(0)).toMatchObject([{ action: 'invite-revoked', subject: `new lab ${row?.id}` }])
    expect((await request(`/sign-in/${link}`)).status).toBe(410)
    expect((await act(`/admin/invites/${row?.id}/withdraw`)).headers.get('location')).toBe('/admin/invites?done=gone')
    expect(await linesOf(0)).toMatchObject([{ action: 'invite-revoked' }])
  })

  it.each([
    [{ name: ' spaced ' }, 'no space at its ends'],
    [{ name: 'x'.repeat(101) }, '1 to 100 characters'],
    [{ name: 'the boss' }, 'There is an account of this name already.'],
    [{ name: 'The Boss' }, 'There is an account of this name already.'],
    [{ role: 'owner' }, 'One of the choices.'],
    [{ days: '3650' }, 'One of the choices.'],
    [{ bytesLimit: 'much' }, 'A size such as'],
  ])('with %j are not made', async (change, words) => {
    const before = (await database.select().from(signInLinks)).length
    const answer = await act('/admin/invites', { ...invite, ...change })
    expect([answer.status, (await answer.text()).includes(words)]).toEqual([422, true])
    expect((await database.select().from(signInLinks)).length).toBe(before)
  })
})

describe('the audit log', () => {
  /** What a deed by the APIs adds to the log of an account. */
  async function added(account: TestAccount, deed: () => Promise<Response>) {
    const before = (await linesOf(account.accountId, 1000)).length
    const answer = await deed()
    const lines = await linesOf(account.accountId, 1000)
    return {
      answer,
      lines: lines
        .slice(0, lines.length - before)
        .map(({ action, actor, subject, address }) => ({ action, actor, subject, address })),
    }
  }
  const from = { 'CF-Connecting-IP': '2001:db8::9' }

  it('has each deletion, by whichever door, in the deed itself', async () => {
    const account = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'], name: 'ci' })
    const { token, bearer } = account
    const session = await signedIn(account.accountId)
    const doors: [string, (id: string) => Promise<Response>, string][] = [
      ['CloudShark', (id) => request(`/api/v1/${token}/delete/${id}`, { method: 'POST', headers: from }), 'key ci'],
      [
        'v2',
        (id) => request(`/api/v2/captures/${id}`, { method: 'DELETE', headers: { ...bearer, ...from } }),
        'key ci',
      ],
      [
        'v2 by a session',
        (id) => request(`/api/v2/captures/${id}`, { method: 'DELETE', headers: { ...session.acts, ...from } }),
        (await accountOf(account.accountId)).name,
      ],
      [
        'bulk',
        (id) =>
          request('/api/v2/captures/bulk', {
            method: 'POST',
            headers: { ...bearer, ...from, 'Content-Type': 'application/json' },
            body: JSON.stringify({ action: 'delete', ids: [id, crypto.randomUUID()] }),
          }),
        'key ci',
      ],
      [
        'tus',
        (id) =>
          request(`/files/${id}`, { method: 'DELETE', headers: { ...bearer, ...from, 'Tus-Resumable': '1.0.0' } }),
        'key ci',
      ],
    ]
    for (const [door, remove, actor] of doors) {
      const id = await (door === 'tus' ? uploadedByTus(account) : put(account))
      const { answer, lines } = await added(account, () => remove(id))
      expect([door, answer.status < 300]).toEqual([door, true])
      expect([door, lines]).toEqual([door, [{ action: 'capture-deleted', actor, subject: id, address: '2001:db8::9' }]])
      const again = await added(account, () => remove(id))
      expect([door, again.lines]).toEqual([door, []])
    }
  })

  it('has what the server deletes by itself, under no name', async () => {
    const account = await makeAccount()
    const id = await put(account)
    await parsed(id)
    await database.update(captures).set({ deleteAt: 1 }).where(eq(captures.id, id))
    await retain(openStore(bindings), Date.now)
    expect(await linesOf(account.accountId)).toMatchObject([
      { action: 'capture-deleted', actor: '', subject: id, address: '' },
    ])
  })

  it('has none for a deletion of what is somebody else’s', async () => {
    const id = await put(member)
    const thief = await makeAccount()
    for (const account of [member, thief]) {
      const { lines } = await added(account, () => request(`/api/v1/${thief.token}/delete/${id}`, { method: 'POST' }))
      expect(lines).toEqual([])
    }
  })

  it('has links as they are made and withdrawn, once, by their beginning alone', async () => {
    const account = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'], name: 'ci' })
    const id = await put(account)
    await parsed(id)
    const json = { ...account.bearer, ...from, 'Content-Type': 'application/json' }
    const made = await added(account, () =>
      request(`/api/v2/captures/${id}/shares`, { method: 'POST', headers: json, body: '{}' }),
    )
    const share = ((await made.answer.json()) as { id: string }).id
    const subject = `${share.slice(0, 8)}… of ${id}`
    expect(made.lines).toEqual([{ action: 'share-made', actor: 'key ci', subject, address: '2001:db8::9' }])
    const end = () => request(`/api/v2/shares/${share}`, { method: 'DELETE', headers: { ...account.bearer, ...from } })
    expect((await added(account, end)).lines).toEqual([
      { action: 'share-revoked', actor: 'key ci', subject, address: '2001:db8::9' },
    ])
    expect((await added(account, end)).lines).toEqual([])
  })

  it('has keys as they are made and revoked, and nothing where they are not', async () => {
    const account = await makeAccount({}, { may: ['admin'], name: 'root' })
    const json = { ...account.bearer, ...from, 'Content-Type': 'application/json' }
    const make = () =>
      request('/api/v2/keys', { method: 'POST', headers: json, body: '{"name":"r1","permissions":["upload"]}' })
    const made = await added(account, make)
    expect(made.lines).toEqual([{ action: 'key-created', actor: 'key root', subject: 'r1', address: '2001:db8::9' }])
    expect(JSON.stringify(await linesOf(account.accountId, 9))).not.toContain(
      ((await made.answer.json()) as { token: string }).token,
    )
    expect((await added(account, make)).lines).toEqual([])
    const revoke = (name: string) => () =>
      request(`/api/v2/keys/${name}`, { method: 'DELETE', headers: { ...account.bearer, ...from } })
    expect((await added(account, revoke('r1'))).lines).toMatchObject([{ action: 'key-revoked', subject: 'r1' }])
    expect((await added(account, revoke('r1'))).lines).toEqual([])
    expect((await added(account, revoke('root'))).lines).toEqual([]) // the last that may manage keys
  })

  it('is filtered by account, action and day, and goes on by pages', async () => {
    const { accountId } = await makeAccount({ name: 'much done' })
    const day = Date.parse('2026-03-05T00:00:00Z')
    const lines = Array.from({ length: 120 }, (_, at) => ({
      at: day + Math.floor(at / 2), // two a millisecond: the cursor must tell them apart
      accountId,
      actor: 'a',
      action: at % 3 === 0 ? 'sign-in' : 'sign-out',
      subject: `line ${at}.`,
      address: '',
    }))
    for (let at = 0; at < lines.length; at += 10) await database.insert(audit).values(lines.slice(at, at + 10))
    const subjectsIn = (page: string) => [...page.matchAll(/line (\d+)\./g)].map(([, at]) => Number(at))
    const all = async (path: string | undefined): Promise<number[]> => {
      if (path === undefined) return []
      const page = await (await look(path)).text()
      return [
        ...subjectsIn(page),
        ...(await all(/href="([^"]*)" rel="next"/.exec(page)?.[1]?.replaceAll('&amp;', '&'))),
      ]
    }
    const newest = lines.map((_, at) => at).reverse()
    const base = '/admin/audit?account=much+done'
    expect(await all(base)).toEqual(newest)
    expect(await all(`${base}&action=sign-in`)).toEqual(newest.filter((at) => at % 3 === 0))
    expect(await all(`${base}&from=2026-03-05&to=2026-03-05`)).toEqual(newest)
    expect(await all(`${base}&from=2026-03-06`)).toEqual([])
    expect(await all(`${base}&to=2026-03-04`)).toEqual([])
    expect(await (await look('/admin/audit?account=nobody')).text()).toContain('There is no account named nobody.')
  })

  it('is a CSV that no spreadsheet takes for formulas', async () => {
    const { accountId } = await makeAccount({ name: 'csv, "quoted"' })
    const line = { at: Date.parse('2026-03-05T01:02:03.004Z'), accountId, action: 'sign-in', address: '192.0.2.1' }
    await database.insert(audit).values({ ...line, actor: '=cmd()', subject: '-1+1\r\nnext' })
    const answer = await look(`/admin/audit.csv?account=${encodeURIComponent('csv, "quoted"')}`)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=audit.csv')
    expect(await answer.text()).toBe(
      `time,account,by,action,to what,from where\r\n2026-03-05T01:02:03.004Z,"csv, ""quoted""",'=cmd(),sign-in,"'-1+1\r\nnext",192.0.2.1\r\n`,
    )
  })

  it('is a CSV of 50,000 lines at most, which says so', { timeout: 60_000 }, async () => {
    const { accountId } = await makeAccount({ name: 'endless' })
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50001)
       INSERT INTO audit (at, account_id, actor, action, subject, address) SELECT i, ?, 'a', 'sign-in', i, '' FROM n`,
    )
      .bind(accountId)
      .run()
    const lines = (await (await look('/admin/audit.csv?account=endless')).text()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(50_002)
    expect([lines[1], lines[50_000]].map((line) => line?.split(',')[4])).toEqual(['50001', '2'])
    expect(lines.at(-1)).toContain('only the newest 50,000 lines')
  })
})

describe('parses', () => {
  const failedOne = async (account: TestAccount, change: Partial<typeof captures.$inferInsert> = {}) => {
    const id = await put(account)
    await parsed(id)
    const failure = { kind: 'truncated-block', message: 'The block ends beyond the file.', at: 123_456 }
    await database
      .update(captures)
      .set({ state: 'error', failure, filename: 'secret-name.pcap', tags: ['secret-tag'], ...change })
      .where(eq(captures.id, id))
    return id
  }

  it('that failed are shown with reason and offset, and without what is their owner’s', async () => {
    const id = await failedOne(member)
    const page = await (await look('/admin/parses')).text()
    for (const text of [id, 'truncated-block', '123,456']) expect(page).toContain(text)
    expect(page).not.toContain('secret')
    expect((await look(`/captures/${id}`)).status).toBe(200) // unlisted, as for everybody
    await database.update(captures).set({ visibility: 'private' }).where(eq(captures.id, id))
    expect((await look(`/captures/${id}`)).status).toBe(404)
    expect((await look(`/captures/${id}/download`)).status).toBe(404)
  })

  it('are tried again one by one and many at once, and read anew', async () => {
    const account = await makeAccount()
    const ids = [await failedOne(account), await failedOne(account), await failedOne(account)]
    const generation = (await rowOf(ids[0] ?? ''))?.generation ?? 0
    const one = await act('/admin/parses/retry', { one: ids[0] ?? '', id: ids[1] ?? '' })
    expect(one.headers.get('location')).toBe('/admin/parses?tried=1')
    expect(await parsed(ids[0] ?? '')).toMatchObject({ state: 'ok', failure: null, generation: generation + 1 })
    expect((await rowOf(ids[1] ?? ''))?.state).toBe('error')
    const both = ids.slice(1).map((id): [string, string] => ['id', id])
    const many = await act('/admin/parses/retry', [...both, ['id', ids[0] ?? ''], ['id', 'nonsense'], ['chosen', '1']])
    expect(many.headers.get('location')).toBe('/admin/parses?tried=2')
    for (const id of ids) expect((await parsed(id)).state).toBe('ok')
    const lines = await linesOf(account.accountId, 3)
    expect(lines.map(({ action, actor }) => [action, actor])).toEqual(Array(3).fill(['capture-retried', 'the boss']))
    expect(lines.map(({ subject }) => subject).sort()).toEqual([...ids].sort())
    expect(await (await look('/admin/parses?tried=0')).text()).toContain('None was tried again')
  })

  it('of what brought nothing cannot be tried again', async () => {
    const make = {
      kind: 'slice',
      of: [crypto.randomUUID()] as [string],
      selection: { numbers: { from: 1, to: 2 } },
      tokenHash: '',
    } as const
    const id = await failedOne(member, { make, size: 0 })
    expect((await act('/admin/parses/retry', { one: id })).headers.get('location')).toBe('/admin/parses?tried=0')
    expect((await rowOf(id))?.state).toBe('error')
  })

  it('that wait are shown with how often they were tried', async () => {
    const id = await failedOne(member, { state: 'parsing', attempts: 16, progress: 40, dueAt: 1, failure: null })
    const page = await (await look('/admin/parses')).text()
    expect(page.slice(page.indexOf('id="waiting"'))).toMatch(new RegExp(`${id}.*is read, 40 %.*16`, 's'))
  })
})

it('shows what is in quarantine, without the names that uploads left on it', async () => {
  await database.insert(quarantine).values({
    objectKey: 'captures/3/abc/def',
    size: 2048,
    metadata: { account: '3', filename: 'secret.pcap' },
    uploadedAt: 1,
    foundAt: 2,
  })
  const page = await (await look('/admin/quarantine')).text()
  for (const text of ['captures/3/abc/def', '2 KiB']) expect(page).toContain(text)
  expect(page).not.toContain('secret.pcap')
})

describe('settings', () => {
  it('are as the code has them until they are set, and then as set', async () => {
    const before = await (await look('/admin/settings')).text()
    expect(before).toMatch(/name="keysShown"[^>]*checked/)
    expect(before).toMatch(/name="undoHours"[^>]*value="168"/) // TRASH_DAYS, as nobody has said
    const saved = await act('/admin/settings', { ...PLAN, undoHours: '48' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/admin/settings?done=saved'])
    const after = await (await look('/admin/settings?done=saved')).text()
    expect(after).toContain('The settings were saved.')
    expect(after).not.toMatch(/name="keysShown"[^>]*checked/)
    for (const value of ['7', '2 GiB', '5 GB', '30', '48']) expect(after).toContain(`value="${value}"`)
    expect(await (await look('/admin/invites')).text()).toContain('value="2 GiB"') // the plan of new accounts
    expect(await linesOf(0)).toMatchObject([{ action: 'settings-changed', actor: 'the boss' }])
  })

  it('are in the audit log in words, and only those that are other than before', async () => {
    const told = async () => {
      const log = await (await look('/admin/audit?action=settings-changed')).text()
      return /<tbody>.*?<\/tr>/s.exec(log)?.[0] ?? ''
    }
    await act('/admin/settings', { ...PLAN, undoHours: '48' })
    await act('/admin/settings', { ...PLAN, maxFileSize: '3 GiB', retentionDays: '', keysShown: '1', undoHours: '1' })
    expect(await told()).toContain(
      'its largest capture: 3 GiB; its captures are never deleted for their age; REST API keys can be shown again; what is deleted can be had back for 1 hour<',
    )
    await act('/admin/settings', { ...PLAN, maxFileSize: '3 GiB', retentionDays: '', keysShown: '1', undoHours: '1' })
    expect(await told()).toContain('saved as they were')
  })

  it.each(['0', '721', 'a day', ''])('take no undo of %j hours', async (undoHours) => {
    const answer = await act('/admin/settings', { ...PLAN, undoHours })
    expect([answer.status, (await answer.text()).includes('from 1 to 720')]).toEqual([422, true])
  })
})

it('takes no form that is longer than 64 KiB', async () => {
  const answer = await act('/admin/settings', { x: 'x'.repeat(70_000) })
  expect(answer.status).toBe(413)
})

/** A capture that came by tus. */
async function uploadedByTus({ bearer }: TestAccount): Promise<string> {
  const answer = await request('/files', {
    method: 'POST',
    headers: {
      ...bearer,
      'Tus-Resumable': '1.0.0',
      'Upload-Length': String(CAPTURE.byteLength),
      'Content-Type': 'application/offset+octet-stream',
    },
    body: CAPTURE,
  })
  return answer.headers.get('x-capture-id') ?? ''
}

/** What its owner does with a capture on its page, and what others try: strangers, other accounts, other sites, and what the capture says. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { annotations, captures, shares } from '../../src/store/schema.ts'
import { pcapng, utf8 } from '../support/captures.ts'
import {
  bindings,
  database,
  makeAccount,
  parsed,
  request,
  rowOf,
  signedIn,
  type TestAccount,
} from '../support/gateway.ts'
import { asked, json } from '../support/openapi.ts'
import { filePart, form, put } from '../support/uploads.ts'

const KEYLOG = `CLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n`

interface Browser {
  account: TestAccount
  looks: { Cookie: string }
  acts: Record<string, string>
}

async function browserOf(plan = {}): Promise<Browser> {
  const account = await makeAccount(plan, { may: ['upload', 'read', 'delete', 'admin'] })
  return { account, ...(await signedIn(account.accountId)) }
}

let owner: Browser
let id: string
let share: string
beforeAll(async () => {
  owner = await browserOf()
})

/** A capture with a link, a note and a key log. */
async function whole(): Promise<void> {
  id = await put(owner.account)
  await parsed(id)
  const made = await request(`/api/v2/captures/${id}/shares`, json('POST', owner.account, {}))
  share = ((await made.json()) as { id: string }).id
  await request(`/api/v2/captures/${id}/annotations/1`, json('PUT', owner.account, { text: 'a note' }))
  const headers = owner.account.bearer
  await request(`/api/v2/captures/${id}/keylog`, { method: 'PUT', body: KEYLOG, headers })
}

const EDIT = {
  filename: 'n.pcap',
  tags: 'a, b',
  comments: 'c',
  visibility: 'private',
  retention: 'keep',
  version: '1.0',
}
/** Every form of the page, and what it sends. */
const FORMS: [to: () => string, fields: Record<string, string>][] = [
  [() => 'edit', EDIT],
  [() => 'shares', { what: 'all' }],
  [() => `shares/${share}/revoke`, {}],
  [() => 'notes', { frame: '1', text: 'another' }],
  [() => 'notes/1/remove', {}],
  [() => 'keylog', { keylog: KEYLOG }],
  [() => 'keylog/remove', {}],
  [() => 'retry', {}],
  [() => 'delete', {}],
]

function send(headers: Record<string, string>, to: string, fields: Record<string, string>): Promise<Response> {
  const body = to === 'keylog' ? new FormData() : new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    if (body instanceof FormData) body.append(name, new File([value], 'keys.log'))
    else body.append(name, value)
  return request(`/captures/${id}/${to}`, { method: 'POST', headers, body })
}

/** All that the forms could change. */
async function standing() {
  const found = await rowOf(id)
  if (!found) throw new Error('it is gone')
  const { viewCount: _, lastAccessedAt: __, dueAt: ___, ...row } = found
  const links = await database.select().from(shares).where(eq(shares.captureId, id))
  const notes = await database.select().from(annotations).where(eq(annotations.captureId, id))
  return { row, links, notes }
}

describe('who may not, changes nothing', () => {
  let other: Browser
  beforeAll(async () => {
    other = await browserOf()
    await whole()
  })

  it.each(FORMS.map(([to, fields]) => [String(to).replace(/^.*=> /, ''), to, fields] as const))(
    '%s',
    async (_, to, fields) => {
      const before = await standing()
      const { looks } = owner
      const elsewhere = 'https://elsewhere.example'
      const tries: [status: number, headers: Record<string, string>][] = [
        [404, other.acts], // somebody else's
        [401, { 'Sec-Fetch-Site': 'same-origin' }], // a stranger
        [403, { ...looks, 'Sec-Fetch-Site': 'cross-site' }],
        [403, { ...looks, 'Sec-Fetch-Site': 'same-site' }],
        [403, { ...looks, Origin: elsewhere }],
        [403, { ...looks, 'Sec-Fetch-Site': 'same-origin', Origin: elsewhere }],
        [403, looks], // no page of any server
        [401, { ...owner.account.bearer, 'Sec-Fetch-Site': 'same-origin' }], // a key is not a person
      ]
      for (const [status, headers] of tries) {
        const answer = await send(headers, to(), fields)
        expect([answer.status, headers]).toEqual([status, headers])
        expect(answer.headers.get('x-frame-options')).toBe('DENY')
        expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      }
      expect(await standing()).toEqual(before)
      const get = await request(`/captures/${id}/${to()}`, { headers: looks })
      expect(get.status).toBe(to() === 'keylog' ? 200 : 404) // GET changes nothing
      expect(await standing()).toEqual(before)
    },
  )

  it('a link of another capture is not ended by way of one’s own, nor is the key log read', async () => {
    const own = await put(other.account)
    const answer = await request(`/captures/${own}/shares/${share}/revoke`, { method: 'POST', headers: other.acts })
    expect(answer.status).toBe(404)
    expect((await request(`/captures/${id}/keylog`, { headers: other.looks })).status).toBe(404)
    const stranger = await request(`/captures/${id}/keylog`)
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      `/sign-in?next=%2Fcaptures%2F${id}%2Fkeylog`,
    ])
  })

  it('what is in the trash is taken back by its owner alone', async () => {
    await send(owner.acts, 'delete', {})
    for (const [status, headers] of [
      [404, other.acts],
      [403, owner.looks],
      [401, { 'Sec-Fetch-Site': 'same-origin' }],
    ] as const)
      expect((await send(headers, 'restore', {})).status).toBe(status)
    expect((await rowOf(id))?.state).toBe('trashed')
    for (const headers of [{}, other.looks, owner.account.bearer] as Record<string, string>[])
      expect((await request(`/captures/${id}`, { headers })).status).toBe(404)
    expect(await (await request(`/captures/${id}`, { headers: owner.looks })).text()).toContain(
      'This capture is deleted',
    )
    expect((await send(owner.acts, 'restore', {})).status).toBe(303)
    expect((await rowOf(id))?.state).toBe('ok')
  })
})

describe('its owner', () => {
  beforeAll(whole)

  it('does each, and is led back to the page, never elsewhere', async () => {
    for (const [to, fields] of FORMS) {
      const version = `${(await rowOf(id))?.revision}.0`
      const answer = await send(owner.acts, to(), fields.version ? { ...fields, version } : fields)
      expect([to(), answer.status], await answer.clone().text()).toEqual([to(), 303])
      expect(answer.headers.get('location')).toMatch(
        new RegExp(`^/captures/${id}(\\?done=[a-z-]+(&share=[0-9a-f]{32})?)?$`),
      )
      if (to() === 'notes') expect((await standing()).notes[0]?.text).toBe('another')
      if (to() === 'retry') await parsed(id)
    }
    const { row, links, notes } = await standing()
    expect(row).toMatchObject({ state: 'trashed', filename: 'n.pcap', tags: ['a', 'b'], comments: 'c', visibility: 'private', keep: true, generation: 1, keylogKey: null }) // biome-ignore format: a row
    expect(links.map(({ revokedAt }) => revokedAt === null).sort()).toEqual([false, true])
    expect(notes).toEqual([])
    await send(owner.acts, 'restore', {})
  })

  it.each([
    ['edit', { filename: '' }, 400],
    ['edit', { tags: 'x'.repeat(101) }, 400],
    ['edit', { comments: 'x'.repeat(16_385) }, 400],
    ['edit', { retention: 'until', deleteAt: '2001-01-01T00:00' }, 400],
    ['edit', { retention: 'until', deleteAt: '' }, 400],
    ['edit', { visibility: 'public' }, 400],
    ['edit', { version: '999.0' }, 412],
    ['edit', { version: '' }, 412],
    ['shares', { what: 'packets', firstPacket: '3', lastPacket: '2' }, 400],
    ['shares', { what: 'packets', firstPacket: '', lastPacket: '2' }, 400],
    ['shares', { what: 'times', fromTime: 'yesterday' }, 400],
    ['shares', { what: 'all', expiresAt: '2001-01-01T00:00' }, 400],
    ['shares', { what: 'all', viewLimit: '0' }, 400],
    ['shares', { what: 'all', password: 'sesame1' }, 400],
    ['notes', { frame: '0', text: 'x' }, 400],
    ['notes', { frame: '1', text: ' ' }, 400],
    ['notes', { frame: '999999', text: 'x' }, 400],
    ['keylog', { keylog: 'no keys' }, 400],
  ] as [string, Record<string, string>, number][])(
    'is refused %s of %j in the form, which keeps what was typed',
    async (to, fields, status) => {
      const before = await standing()
      const all = to === 'edit' ? { ...EDIT, version: `${before.row.revision}.1`, ...fields } : fields
      const answer = await send(owner.acts, to, { ...all, ...(to === 'edit' && !('comments' in fields) ? { comments: 'typed <b>' } : {}) }) // biome-ignore format: one thought
      const text = await answer.text()
      expect(answer.status).toBe(status)
      expect(text).toMatch(/<dialog [^>]*open=""/)
      expect(text).toContain('role="alert"')
      if (to === 'edit' && !('comments' in fields)) expect(text).toContain('>typed &lt;b&gt;</textarea>')
      if (to === 'shares') expect(text).not.toContain('sesame1')
      expect(await standing()).toEqual(before)
    },
  )

  it('sees its views, links and “Private”; who has a key alone, or nothing, does not', async () => {
    await database.update(captures).set({ visibility: 'private' }).where(eq(captures.id, id))
    const page = await request(`/captures/${id}`, { headers: owner.looks })
    const own = await page.text()
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-.*frame-ancestors 'none'/)
    for (const words of ['Private: only you see it', 'Viewed 0 times', 'Links you made', `/s/${share}`.slice(0, 9)])
      expect(own).toContain(words)
    expect(own).not.toMatch(/property="og:|name="description"/)
    const byKey = await (await request(`/captures/${id}`, { headers: owner.account.bearer })).text()
    expect(byKey).not.toMatch(/<form method="post" action="\/captures|Links you made|<dialog/)
    await database.update(captures).set({ visibility: 'unlisted' }).where(eq(captures.id, id))
    const strangers = await (await request(`/captures/${id}`)).text()
    expect(strangers).not.toMatch(/<form method="post"|Links you made|<dialog|Viewed/)
    expect(strangers).toContain('property="og:title"')
  })

  it('has a failed parse tried again', async () => {
    const failure = { kind: 'gave-up', message: 'it could not be read', at: null }
    const failed = { state: 'error', failure, facts: null, summaryKey: null } as const
    await database.update(captures).set(failed).where(eq(captures.id, id))
    expect(await (await request(`/captures/${id}`, { headers: owner.looks })).text()).toContain('Try again')
    expect((await send(owner.acts, 'retry', {})).status).toBe(303)
    expect((await parsed(id))?.state).toBe('ok')
    const [line] = await openStore(bindings).audit.list(owner.account.accountId, 'capture-retried', null, 1)
    expect(line?.subject).toBe(id)
  })
})

describe('nothing that a capture says is more than text', () => {
  const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>"'><svg/onload=alert(3)>`
  const MARKDOWN = [
    EVIL,
    '[a](javascript:alert(4))',
    '[b](JaVaScRiPt:alert(5))',
    '[c](data:text/html,<script>alert(6)</script>)',
    '[d](https://e.example/"onmouseover="alert(7))',
    '[e][ref]',
    '![x](https://e.example/pixel.png)',
    '<javascript:alert(8)>',
    '[f](//e.example)',
    '[g](https://ok.example/?a=1&b=2 "onclick=alert(9)")',
    '`<b>code</b>`',
    '| <i>a</i> |\n|-|\n| <u>b</u> |',
    '',
    '[ref]: javascript:alert(10)',
  ].join('\n\n')

  it('not in its name, tags, comments, notes, sender, interfaces or the comments of its packets', async () => {
    const file = pcapng()
    const hostile = new Uint8Array([
      ...file.section([[1, utf8(EVIL)], [2, utf8(EVIL)], [3, utf8(EVIL)], [4, utf8(EVIL)]]),
      ...file.interface([[1, utf8(EVIL)], [2, utf8(EVIL)], [3, utf8(EVIL)], [11, new Uint8Array([0, ...utf8(EVIL)])], [12, utf8(EVIL)]]),
      ...file.packet(utf8(EVIL.padEnd(120)), {}, [[1, utf8(EVIL)]]),
    ]) // biome-ignore format: a file
    const { account, looks } = owner
    const upload = form([filePart({ body: hostile })])
    const sent = await request(
      `/api/v1/${account.token}/upload?filename=${encodeURIComponent(EVIL.replaceAll('/', '_'))}`,
      {
        ...upload,
        headers: { ...upload.headers, 'User-Agent': EVIL },
      },
    )
    const { id: made } = (await sent.json()) as { id: string }
    await parsed(made)
    const edit = { tags: [EVIL.slice(0, 90)], comments: MARKDOWN }
    expect((await request(`/api/v2/captures/${made}`, json('PATCH', account, edit))).status).toBe(200)
    expect((await request(`/api/v2/captures/${made}/annotations/1`, json('PUT', account, { text: EVIL }))).status).toBe(
      200,
    )
    const share = await request(`/api/v2/captures/${made}/shares`, json('POST', account, {}))
    const { id: link } = (await share.json()) as { id: string }
    for (const [path, headers] of [
      [`/captures/${made}`, {}],
      [`/captures/${made}?open=edit`, looks],
      [`/captures/${made}?open=note&frame=1`, looks],
      [`/s/${link}`, {}],
      [`/captures/${made}?open=%3Cscript%3E&done=%3Cscript%3E&share=%22%3E`, looks],
    ] as const) {
      // biome-ignore format: a list
      const html = await (await request(path, { headers })).text()
      const tags = [
        ...html.replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '').matchAll(/<[a-z!/][^>]*>/gi),
      ].map(([tag]) => tag)
      for (const tag of tags) {
        const names = tag.replace(/"[^"]*"/g, '""') // what stands in quotes is a value
        expect(names).not.toMatch(/^<(img|iframe|object|svg\/)|\son[a-z]+=/i)
        const known = /^<script type="(module" src="\/islands\/(capture|graph)\.js|application\/json" id="[a-z]+)">$/
        if (/^<script/.test(tag)) expect(tag).toMatch(known)
        expect(tag).not.toMatch(/(href|src|action)="\s*(javascript|data):/i)
      }
      const hrefs = [...html.matchAll(/<a href="([^"]*)" rel="noopener noreferrer nofollow ugc"/g)].map(
        ([, href]) => href,
      )
      expect(hrefs).toEqual([
        'https://e.example/%22onmouseover=%22alert(7)',
        'https://e.example/pixel.png',
        'https://ok.example/?a=1&amp;b=2',
      ])
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    }
  })

  it.each([
    ['quotes in quotes', '> '.repeat(8000)],
    ['lists in lists', Array.from({ length: 150 }, (_, at) => `${' '.repeat(2 * at)}- a`).join('\n')],
    ['a word that is no address', `${'a'.repeat(16_000)}@`],
    ['open brackets', '['.repeat(16_000)],
    ['open emphases', '**a *b '.repeat(2300)],
    ['half a table', `${'|a'.repeat(4000)}\n${'|-'.repeat(4000)}`],
  ])('nor does it take long: %s', async (_, comments) => {
    const made = await put(owner.account)
    await database.update(captures).set({ comments }).where(eq(captures.id, made))
    const began = Date.now()
    expect((await request(`/captures/${made}`)).status).toBe(200)
    expect(Date.now() - began).toBeLessThan(3000)
  })
})

it('reads a compressed capture again by the API, and refuses what cannot be', async () => {
  const { account } = owner
  const made = await put(account)
  await parsed(made)
  const path = `/captures/${made}/reparse`
  const post = { method: 'POST', headers: account.bearer }
  const answer = await asked(path, post)
  expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([202, 'processing'])
  expect((await parsed(made))?.generation).toBe(1)
  const none = {
    state: 'error',
    size: 0,
    make: { kind: 'merge', of: [], dropDuplicates: false, tokenHash: '' },
  } as const
  for (const [status, row] of [
    [409, { state: 'stored' }],
    [409, { state: 'uploading' }],
    [409, none],
    [404, { state: 'trashed' }],
  ] as const) {
    await database
      .update(captures)
      .set(row as never)
      .where(eq(captures.id, made))
    expect((await asked(path, post)).status).toBe(status)
  }
})

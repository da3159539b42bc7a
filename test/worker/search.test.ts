/** Searches through the doors: what a capture is found by, and by whom. */
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { reconcile } from '../../src/parse/reconcile.ts'
import { reindex, WALK } from '../../src/parse/reindex.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { edited } from '../../src/store/captures.ts'
import type { Env } from '../../src/store/env.ts'
import { indexDue } from '../../src/store/indexing.ts'
import { derivedKeysFor } from '../../src/store/objects.ts'
import { openStore } from '../../src/store/open.ts'
import { captures } from '../../src/store/schema.ts'
import { bytes, pcap, utf8 } from '../support/captures.ts'
import { bindings, database, makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { deliver } from '../support/metering.ts'
import { expectRefusal, put } from '../support/uploads.ts'

/** 2026-11-24T10:00:00Z, a Tuesday. */
const TUESDAY = 1_795_514_400

const u16 = (value: number) => [value >> 8, value & 255]

/** An Ethernet frame of IPv4: TCP with SYN, or UDP, with what it carries. */
function frame(
  from: string,
  to: string,
  protocol: 'tcp' | 'udp',
  ports: [number, number],
  carried = new Uint8Array(0),
) {
  const header =
    protocol === 'tcp'
      ? bytes([...u16(ports[0]), ...u16(ports[1]), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0])
      : bytes([...u16(ports[0]), ...u16(ports[1]), ...u16(8 + carried.length), 0, 0])
  const address = (text: string) => text.split('.').map(Number)
  const length = 20 + header.length + carried.length
  const ip = [
    0x45,
    0,
    ...u16(length),
    0,
    0,
    0,
    0,
    64,
    protocol === 'tcp' ? 6 : 17,
    0,
    0,
    ...address(from),
    ...address(to),
  ]
  return bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0], ip, header, carried)
}

/** A question for the address of a name. */
const question = (name: string) =>
  bytes(
    [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...name.split('.').map((label) => bytes([label.length], utf8(label))),
    [0, 0, 1, 0, 1],
  )

/** 10.1.2.3 talks to port 443 of 192.0.2.7, and asks 10.0.0.53 for a name. */
const TALK = pcap([
  { seconds: TUESDAY, data: frame('10.1.2.3', '192.0.2.7', 'tcp', [50_000, 443]) },
  {
    seconds: TUESDAY + 60,
    data: frame('10.1.2.3', '10.0.0.53', 'udp', [50_001, 53], question('www.example.com').slice()),
  },
])
/** A service on a port above the client's; and 10.1.2.3 with port 80. */
const OTHER = pcap([
  { seconds: TUESDAY + 7 * 86_400, data: frame('172.16.5.1', '172.31.0.9', 'tcp', [40_000, 50_051]) },
  { seconds: TUESDAY + 7 * 86_400, data: frame('10.1.2.3', '192.0.2.7', 'tcp', [40_001, 80]) },
  { seconds: TUESDAY + 7 * 86_400, data: frame('172.16.5.1', '192.0.2.8', 'tcp', [40_002, 443]) },
])

interface Found {
  captures: { id: string; filename: string; indexed: { terms: number; of: number } | null }[]
  next: string | null
  partial: boolean
}

async function find(account: TestAccount, q: string, more = ''): Promise<Found> {
  const answer = await request(`/api/v2/search?q=${encodeURIComponent(q)}${more}`, { headers: account.bearer })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json()
}
const names = async (account: TestAccount, q: string) =>
  (await find(account, q)).captures.map(({ filename }) => filename)

async function taken(account: TestAccount, query: string, body: Uint8Array): Promise<string> {
  const id = await put(account, query, { body: body as Uint8Array<ArrayBuffer> })
  await parsed(id)
  return id
}

const store = openStore(bindings)
/** An index that fails, and one that does not answer. */
const fails = async () => {
  throw new Error('planted: the index is down')
}
const broken = { prepare: () => ({ bind: () => ({ all: fails }) }), batch: fails } as unknown as D1Database
const silent = { prepare: () => ({ bind: () => ({}) }), batch: () => new Promise(() => {}) } as unknown as D1Database

async function documentsOf(id: string): Promise<number> {
  const { results } = await bindings.SEARCH.prepare('SELECT 1 FROM documents WHERE capture_id = ?').bind(id).all()
  return results.length
}
async function termsAt(id: string): Promise<number> {
  const place = `%${id.replaceAll('-', '')}`
  const { results } = await bindings.SEARCH.prepare('SELECT 1 FROM terms WHERE place LIKE ?').bind(place).all()
  return results.length
}

describe('a capture is found', async () => {
  const account = await makeAccount()
  const query = '?filename=NOC-talk_01.pcap&additional_tags=lab,Edge&comments=Link%20was%20down'
  const id = await taken(account, query, TALK)
  await taken(account, '?filename=other.pcap&additional_tags=lab', OTHER)
  const sha256 = (await rowOf(id))?.sha256
  const both = ['other.pcap', 'NOC-talk_01.pcap']

  it.each([
    ['by nothing said', '', both],
    ['by the question that this is for', 'ip:10.1.2.3 port:443 on:2026-11-24', ['NOC-talk_01.pcap']],
    ['by an address', 'ip:192.0.2.7', both],
    ['by a network', 'ip:172.16.0.0/12', ['other.pcap']],
    ['by a network of one more bit', 'ip:10.1.2.2/31', both],
    ['by a network and a port', 'ip:10.0.0.0/8 port:443', ['NOC-talk_01.pcap']],
    ['not by an address and another one’s port', 'ip:10.1.2.3 port:50051', []],
    ['by the port that a SYN went to', 'port:50051', ['other.pcap']],
    ['not by a client’s port', 'port:50000', []],
    ['by protocol', 'proto:dns', ['NOC-talk_01.pcap']],
    ['by name', 'dns:www.example.com', ['NOC-talk_01.pcap']],
    ['by what a name lies under', 'dns:*.example.com', ['NOC-talk_01.pcap']],
    ['not by that itself', 'dns:example.com', []],
    ['by a MAC address', 'mac:02:00:00:00:00:01', both],
    ['by how one begins', 'mac:02-00-00', both],
    ['by tag, whatever its case', 'tag:EDGE', ['NOC-talk_01.pcap']],
    ['by a part of its name', 'name:c-tALk', ['NOC-talk_01.pcap']],
    ['by two characters of its name', 'name:01', ['NOC-talk_01.pcap']],
    ['by a word', 'talk', ['NOC-talk_01.pcap']],
    ['by how a word begins', 'oth*', ['other.pcap']],
    ['by words of its comment', '"was down"', ['NOC-talk_01.pcap']],
    ['not by words in another order', '"down was"', []],
    ['by comment', 'comment:link', ['NOC-talk_01.pcap']],
    ['by when its packets were', 'after:2026-11-24T10:01Z before:2026-11-25', ['NOC-talk_01.pcap']],
    ['not by a time before them', 'before:2026-11-24T10:00Z', []],
    ['by what it has not', 'tag:lab -port:50051', ['NOC-talk_01.pcap']],
    ['by what it has not alone', '-proto:dns', ['other.pcap']],
    ['by size', 'size:>100', both],
    ['by status', 'status:ok', both],
    ['not by another status', 'status:processing', []],
  ])('%s', async (_, q, wanted) => {
    expect(await names(account, q)).toEqual(wanted)
  })

  it('by its hash', async () => {
    expect(await names(account, `hash:${sha256}`)).toEqual(['NOC-talk_01.pcap'])
  })

  it('with how far it is indexed', async () => {
    const { captures: found, partial } = await find(account, 'talk')
    expect(found[0]?.indexed?.terms).toBeGreaterThan(30)
    expect(found[0]?.indexed?.of).toBe(found[0]?.indexed?.terms)
    expect(partial).toBe(false)
  })

  it('a page at a time', async () => {
    const first = await find(account, 'tag:lab', '&limit=1')
    expect(first.captures.map(({ filename }) => filename)).toEqual(['other.pcap'])
    const second = await find(account, 'tag:lab', `&limit=1&cursor=${first.next}`)
    expect(second.captures.map(({ filename }) => filename)).toEqual(['NOC-talk_01.pcap'])
  })

  it('by nobody else', async () => {
    const stranger = await makeAccount()
    for (const q of ['', 'ip:10.1.2.3', 'tag:lab', 'talk', '-tag:x', 'name:01', `hash:${sha256}`])
      expect(await names(stranger, q), q).toEqual([])
  })

  it.each([
    ['ip:10.1.2.300', /character 3: an address/],
    ['tag:a nope:b', /character 6: there is no nope:/],
    ['tag:"a', /character 4: the quote is never closed/],
    ['on:2026-02-30', /character 3: there is no such date/],
    ['size:huge', /character 5: a size/],
    ['- ', /character 1/],
  ])('never by %s, which is refused with its place', async (q, words) => {
    const answer = await request(`/api/v2/search?q=${encodeURIComponent(q)}`, { headers: account.bearer })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      type: 'urn:pcaport:problem:bad-query',
      detail: expect.stringMatching(words),
    })
  })

  it.each(['cursor=x', 'limit=0', 'limit=101'])('never with %s', async (wrong) => {
    expect((await request(`/api/v2/search?${wrong}`, { headers: account.bearer })).status).toBe(400)
  })
})

describe('CloudShark’s search', async () => {
  const account = await makeAccount()
  const first = await taken(account, '?filename=Alpha-1.pcap&additional_tags=a,b&comments=Uplink%20lost', TALK)
  const second = await taken(account, '?filename=beta.pcap&additional_tags=a', OTHER)
  const base = `/api/v1/${account.token}/search`
  const ids = async (query: string, init?: RequestInit) => {
    const answer = await request(`${base}${query}`, init)
    expect(answer.status, await answer.clone().text()).toBe(200)
    return ((await answer.json()) as { captures: { id: string }[] }).captures.map(({ id }) => id)
  }
  const today = new Date().toISOString().slice(0, 10).split('-').map(Number) as [number, number, number]
  const us = `${today[1]}/${today[2]}/${today[0]}`

  it('answers with id first, then the facts of info, newest first', async () => {
    const { captures: found } = (await (await request(base)).json()) as { captures: Record<string, unknown>[] }
    expect(found.map(({ id }) => id)).toEqual([second, first])
    expect(Object.keys(found[0] ?? {}).slice(0, 3)).toEqual(['id', 'filename', 'created_at'])
    const info = (await (await request(`/api/v1/${account.token}/info/${second}`)).json()) as object
    expect(found[0]).toEqual(info)
  })

  it.each([
    ['?search[filename]=PHA-1', 1],
    ['?search[filename]=.pcap', 2],
    ['?search[filename]=al', 1],
    ['?search[filename]=gamma', 0],
    ['?search[tags][]=a', 2],
    ['?search[tags][]=a&search[tags][]=B', 1],
    ['?search[tags]=a,b', 1],
    ['?search[comments]=uplink%20lo', 1],
    ['?search[comments]=plink', 0],
    [`?search[date]=${us}-${us}`, 2],
    ['?search[date]=1/1/2020-12/31/2020', 0],
    ['?search[user]=nobody', 0],
    ['?search[filename]=&search[tags][]=&search[comments]=&search[date]=', 2],
  ])('%s finds %i', async (query, count) => {
    expect((await ids(query)).length).toBe(count)
  })

  it('takes a form or JSON by POST', async () => {
    const form = { method: 'POST', body: new URLSearchParams({ 'search[tags][]': 'b' }) }
    expect(await ids('', form)).toEqual([first])
    expect(await ids('', { method: 'POST', body: JSON.stringify({ search: { tags: ['a', 'b'] } }) })).toEqual([first])
  })

  it('has pages, and says where the next one is', async () => {
    const answer = await request(`${base}?per_page=1`)
    const link = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? ''
    const next = await request(link)
    expect(((await next.json()) as { captures: { id: string }[] }).captures.map(({ id }) => id)).toEqual([first])
    expect(await ids('?per_page=1&page=2')).toEqual([first])
    expect(await ids('?per_page=1&page=3')).toEqual([])
    expect((await request(base)).headers.get('link')).toBeNull()
  })

  it('says there the search again, and nothing else that came', async () => {
    const fields = { 'search[tags]': 'a', per_page: '1', 'search[date]': '', note: 'x'.repeat(60_000) }
    const answer = await request(base, { method: 'POST', body: new URLSearchParams(fields) })
    const [, query = ''] = /^<[^?]*\?(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? []
    const said = new URLSearchParams(query)
    said.delete('cursor')
    expect([...said]).toEqual([
      ['search[tags]', 'a'],
      ['per_page', '1'],
    ])
    const long = new URLSearchParams({ 'search[tags]': ','.repeat(5000) })
    await expectRefusal(await request(base, { method: 'POST', body: long }), 400, /longer than/)
  })

  it.each(['search[date]=2026-01-01', 'search[date]=2/30/2026-3/1/2026', 'page=0', 'per_page=1000'])(
    'refuses %s',
    async (query) => expectRefusal(await request(`${base}?${query}`), 400, /\w/),
  )
})

describe('the index', () => {
  const now = () => Date.now()
  const change: Partial<Env> = { SEARCH: broken }

  it('that fails holds no parse up: the row asks for it, and the sweep brings it in', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=down.pcap', TALK)
    await store.search.remove({ id, accountId: account.accountId })
    await database.update(captures).set({ state: 'stored', attempts: 0, dueAt: null }).where(eq(captures.id, id))
    const job = { version: 1, captureId: id, generation: 0, cursor: 0 }
    await deliver([job], { change })
    expect(await rowOf(id)).toMatchObject({ state: 'ok', dueAt: expect.any(Number) })
    expect(await names(account, 'ip:10.1.2.3')).toEqual([])
    await sweep(openStore({ ...bindings, ...change }), now)
    expect((await rowOf(id))?.dueAt).toBeGreaterThan(now() + 200_000)
    await sweep(store, () => now() + 3_600_000)
    expect((await rowOf(id))?.dueAt).toBeNull()
    expect(await names(account, 'ip:10.1.2.3')).toEqual(['down.pcap'])
  })

  it('that does not answer is not waited for', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=silent.pcap', TALK)
    await database.update(captures).set({ state: 'stored', attempts: 0 }).where(eq(captures.id, id))
    const job = { version: 1, captureId: id, generation: 0, cursor: 0 }
    const began = Date.now()
    await deliver([job], { change: { SEARCH: silent, SEARCH_DEADLINE_SECONDS: '0.2' } })
    expect((await rowOf(id))?.state).toBe('ok')
    expect(Date.now() - began).toBeLessThan(5000)
  })

  it('follows an edit, and an edit that comes while it is written', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=before.pcap&additional_tags=old', TALK)
    const edit = (tags: string[]) =>
      database
        .update(captures)
        .set({ tags, ...edited(now()) })
        .where(eq(captures.id, id))
    await edit(['new'])
    expect(await names(account, 'tag:old')).toEqual([]) // the row has the last word
    expect((await rowOf(id))?.dueAt).not.toBeNull()
    await indexDue(store, id)
    expect(await rowOf(id)).toMatchObject({ dueAt: null, revision: 1 })
    expect(await names(account, 'tag:new')).toEqual(['before.pcap'])
    expect(await names(account, 'tag:new ip:10.1.2.3')).toEqual(['before.pcap'])
    const late = await rowOf(id)
    await edit(['newest'])
    if (late) await store.captures.indexed(late)
    expect((await rowOf(id))?.dueAt).not.toBeNull()
    await indexDue(store, id)
    await store.search.put(late as NonNullable<typeof late>, { terms: ['late'], total: 1 }, true)
    expect(await names(account, 'tag:newest')).toEqual(['before.pcap'])
  })

  it('keeps nothing of what is deleted, and drops what it should not have', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=gone.pcap', TALK)
    const row = (await rowOf(id)) as NonNullable<Awaited<ReturnType<typeof rowOf>>>
    expect(await termsAt(id)).toBeGreaterThan(10)
    await request(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect([await documentsOf(id), await termsAt(id)]).toEqual([0, 0])
    const stale = { terms: ['tlab', 'a'], total: 2 }
    await store.search.put(row, stale, true)
    expect(await names(account, 'tag:lab')).toEqual([])
    await expect.poll(() => termsAt(id)).toBe(0)
    await store.search.put(row, stale, true)
    for (let run = 0; run < 50 && (await documentsOf(id)) > 0; run++) await reconcile(store, now)
    expect([await documentsOf(id), await termsAt(id)]).toEqual([0, 0])
  })

  it('is made again by reconcile and by reindex, also of what was parsed before it was', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=lost.pcap', TALK)
    const whole = await termsAt(id)
    await bindings.SEARCH.batch(['terms', 'documents'].map((table) => bindings.SEARCH.prepare(`DELETE FROM ${table}`)))
    expect(await names(account, 'ip:10.1.2.3')).toEqual([])
    for (let run = 0; run < 50 && (await documentsOf(id)) === 0; run++) await reconcile(store, now)
    expect(await termsAt(id)).toBe(whole)

    await bindings.SEARCH.batch(['terms', 'documents'].map((table) => bindings.SEARCH.prepare(`DELETE FROM ${table}`)))
    const row = await rowOf(id)
    await bindings.CAPTURES.delete(derivedKeysFor({ ...account, id, generation: row?.generation ?? 0 }).terms)
    await store.cursors.move(WALK, '')
    expect(await reindex(openStore({ ...bindings, ...change }))).toBe(0)
    while ((await reindex(store)) !== null);
    expect(await termsAt(id)).toBe(whole)
    expect(await names(account, 'ip:10.1.2.3 port:443 dns:www.example.com proto:dns')).toEqual(['lost.pcap'])
  })

  it('says what it has no room for', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=much.pcap', TALK)
    const small = openStore({ ...bindings, SEARCH_TERMS: '30' })
    await database.update(captures).set(edited(now())).where(eq(captures.id, id))
    await indexDue(small, id)
    const { captures: found, partial } = await find(account, 'much')
    expect(partial).toBe(true)
    expect(found[0]?.indexed?.terms).toBeLessThanOrEqual(30)
    expect(found[0]?.indexed?.of).toBeGreaterThan(30)
    expect(await names(account, 'indexed:partial')).toEqual(['much.pcap'])
  })

  it('finds what was just uploaded by its name', async () => {
    const account = await makeAccount()
    await put(account, '?filename=fresh.pcap', { body: TALK as Uint8Array<ArrayBuffer> })
    await expect.poll(() => names(account, 'fresh'), { timeout: 5000 }).toEqual(['fresh.pcap'])
  })

  it('refuses what means too many things', async () => {
    const account = await makeAccount()
    const id = await taken(account, '?filename=many.pcap', TALK)
    const row = (await rowOf(id)) as NonNullable<Awaited<ReturnType<typeof rowOf>>>
    const macs = Array.from({ length: 200 }, (_, at) => `m0a0000${at.toString(16).padStart(6, '0')}`)
    await store.search.put({ ...row, revision: 1 }, { terms: macs, total: 200 }, true)
    const answer = await request('/api/v2/search?q=mac:0a:00', { headers: account.bearer })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ type: 'urn:pcaport:problem:too-broad' })
  })
})

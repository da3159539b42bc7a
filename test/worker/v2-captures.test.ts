/** Captures by `/api/v2`: listed, read, changed, deleted, one by one and many at once; retention; requests that are made twice. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { forgetAnswers, retain } from '../../src/parse/retention.ts'
import { openStore } from '../../src/store/open.ts'
import { answers, captures } from '../../src/store/schema.ts'
import {
  bindings,
  database,
  makeAccount,
  makeToken,
  parsed,
  rowOf,
  type TestAccount,
  usageOf,
} from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { asked, expectProblem, json } from '../support/openapi.ts'
import { CAPTURE, CAPTURE_FACTS, filePart, form, NO_ID, postPrivate, put } from '../support/uploads.ts'

const DAY = 86_400_000

interface Shown {
  id: string
  [key: string]: unknown
}

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})

const get = (path: string, headers: Record<string, string> = {}, by = account) =>
  asked(path, { headers: { ...by.bearer, ...headers } })
const shown = async (id: string) => (await (await get(`/captures/${id}`)).json()) as Shown
const patch = (id: string, change: unknown, more: Record<string, string> = {}) =>
  asked(`/captures/${id}`, json('PATCH', account, change, more))
const bulk = (body: unknown, more: Record<string, string> = {}, by: { bearer: HeadersInit } = account) =>
  asked('/captures/bulk', json('POST', by, body, more))
async function ready(query = ''): Promise<string> {
  const id = await put(account, query)
  await parsed(id)
  return id
}

describe('a capture', () => {
  it('is told with all that is known', async () => {
    const id = await ready('?filename=a.pcap&additional_tags=x,y&comments=hello')
    const answer = await get(`/captures/${id}`)
    expect(answer.headers.get('etag')).toBe('"0.0.ok"')
    expect(await answer.json()).toMatchObject({
      id,
      filename: 'a.pcap',
      url: `http://pcaport.test/captures/${id}`,
      status: 'ok',
      progress: null,
      size: CAPTURE.length,
      tags: ['x', 'y'],
      comments: 'hello',
      visibility: 'unlisted',
      source: 'upload',
      facts: { packets: 2, dataSize: CAPTURE_FACTS.dataSize, duration: '2.500000', truncated: false },
      failure: null,
      brokenOff: null,
      hashes: { sha256: CAPTURE_FACTS.sha256, sha1: CAPTURE_FACTS.sha1 },
      keylogSize: null,
      views: { count: 0, lastAt: null },
      retention: { keep: false, deleteAt: null },
    })
  })

  it('says that it has a key log, and never which', async () => {
    const keylog = `CLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n`
    const { method, headers, body } = form([filePart(), { name: 'keylog', filename: 'k', body: keylog }])
    const answer = await direct(`/api/v1/${account.token}/upload`, { method, headers, body })
    const { id } = (await answer.json()) as Shown
    const text = JSON.stringify(await shown(id))
    expect(JSON.parse(text).keylogSize).toBe(keylog.length)
    expect(text).not.toMatch(/keylogs\/|CLIENT_RANDOM|objectKey/)
  })

  it('that nothing could be read from says why; one by URL, and one made of others, say so', async () => {
    const nonsense = await put(account, '', { body: 'nothing that anybody knows' })
    await parsed(nonsense)
    expect(await shown(nonsense)).toMatchObject({
      status: 'error',
      facts: null,
      failure: { kind: 'unrecognised', at: 0 },
    })
    const id = await ready()
    await database
      .update(captures)
      .set({ make: { tokenHash: '', kind: 'merge', of: [NO_ID], dropDuplicates: false } })
      .where(eq(captures.id, id))
    expect(await shown(id)).toMatchObject({ source: 'merge' })
  })

  it('while it comes and while it is parsed has what is known, and no 304 hides its progress', async () => {
    const id = await ready()
    await database.update(captures).set({ state: 'parsing', facts: null, progress: 42 }).where(eq(captures.id, id))
    const answer = await get(`/captures/${id}`, { 'If-None-Match': '"0.0.processing"' })
    expect(await answer.json()).toMatchObject({ status: 'processing', progress: 42, facts: null })
    await database.update(captures).set({ state: 'uploading' }).where(eq(captures.id, id))
    expect(await shown(id)).toMatchObject({ status: 'uploading', size: null })
    expect(await expectProblem(await patch(id, { comments: 'x' }), 409, 'not-there-yet')).toMatch(/on its way in/)
  })

  it('that has not changed is not sent again', async () => {
    const id = await ready()
    const same = await get(`/captures/${id}`, { 'If-None-Match': 'W/"0.0.ok", "x"' })
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', '"0.0.ok"'])
    await patch(id, { comments: 'new' })
    expect((await get(`/captures/${id}`, { 'If-None-Match': '"0.0.ok"' })).status).toBe(200)
  })

  it('is downloaded as it was sent, a part of it too', async () => {
    const id = await ready()
    const whole = await get(`/captures/${id}/download`)
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(CAPTURE)
    const etag = whole.headers.get('etag') ?? ''
    const part = await get(`/captures/${id}/download`, { Range: 'bytes=10-19', 'If-Range': etag })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${CAPTURE.length}`])
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(CAPTURE.slice(10, 20))
    expect((await get(`/captures/${id}/download`, { Range: 'bytes=10-19', 'If-Range': '"other"' })).status).toBe(200)
    expect((await get(`/captures/${id}/download`, { 'If-None-Match': etag })).status).toBe(304)
    const beyond = await get(`/captures/${id}/download`, { Range: 'bytes=999-' })
    expect(beyond.headers.get('content-range')).toBe(`bytes */${CAPTURE.length}`)
    await expectProblem(beyond, 416, 'range-not-satisfiable')
    const head = await asked(`/captures/${id}/download`, { method: 'HEAD', headers: account.bearer })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(CAPTURE.length)])
  })

  it('is deleted once', async () => {
    const id = await ready()
    const remove = () => asked(`/captures/${id}`, { method: 'DELETE', headers: account.bearer })
    expect((await remove()).status).toBe(204)
    await expectProblem(await remove(), 404, 'no-such-capture')
    expect(await rowOf(id)).toBeUndefined()
  })

  it.each(['x', 'bulk', '..%2f', '%', `${NO_ID}0`])('whose id is %s is none', async (id) => {
    await expectProblem(await get(`/captures/${id}`), 404, 'no-such-capture')
  })
})

describe('the list', () => {
  it('is walked in pages, newest first, each capture once, also those of one millisecond, and while new ones come', async () => {
    const mine = await makeAccount()
    const rows = Array.from({ length: 23 }, (_, at) => ({
      id: crypto.randomUUID(),
      accountId: mine.accountId,
      state: at === 5 ? ('doomed' as const) : ('ok' as const),
      filename: `${at}.pcap`,
      size: 1,
      visibility: 'private' as const,
      tags: [],
      comments: '',
      objectKey: `k${at}`,
      createdAt: 1_700_000_000_000 + Math.floor(at / 6),
    }))
    for (let at = 0; at < rows.length; at += 5) await database.insert(captures).values(rows.slice(at, at + 5))
    const wanted = rows
      .filter(({ state }) => state === 'ok')
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id)
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const answer: Response = await get(`/captures?limit=4${cursor && `&cursor=${cursor}`}`, {}, mine)
      const page = (await answer.json()) as { captures: Shown[]; next: string | null }
      seen.push(...page.captures.map(({ id }) => id))
      cursor = page.next
      await put(mine) // behind us
    }
    expect([seen, pages]).toEqual([wanted, 6])
  })

  it('has a tag of what it says', async () => {
    const mine = await makeAccount({}, { may: ['upload', 'read', 'admin'] })
    for (const path of ['/captures', '/account', '/keys']) {
      const etag = (await get(path, {}, mine)).headers.get('etag') ?? ''
      const same = await get(path, { 'If-None-Match': etag }, mine)
      expect([same.status, await same.text()], path).toEqual([304, ''])
    }
    const etag = (await get('/captures', {}, mine)).headers.get('etag') ?? ''
    await put(mine)
    expect((await get('/captures', { 'If-None-Match': etag }, mine)).status).toBe(200)
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=x', 'cursor=%', `cursor=${btoa("1.' OR 1")}`])(
    'refuses %s',
    async (query) => {
      await expectProblem(await get(`/captures?${query}`), 400, 'bad-option')
    },
  )
})

describe('an edit', () => {
  it('changes what it names, cleaned as an upload is, and nothing else', async () => {
    const id = await ready('?filename=a.pcap&additional_tags=x&comments=c')
    const answer = await patch(id, {
      filename: '../../etc/b\u0000.pcap',
      tags: ['new', ' new ', 'a,b', '\u0007'],
      comments: 'x\u0000\r\ny',
    })
    expect(answer.headers.get('etag')).toBe('"1.0.ok"')
    expect(await answer.json()).toMatchObject({
      filename: 'b.pcap',
      tags: ['new', 'a', 'b'],
      comments: 'x\ny',
      visibility: 'unlisted',
    })
    expect(await (await patch(id, { visibility: 'private' })).json()).toMatchObject({
      filename: 'b.pcap',
      visibility: 'private',
    })
    expect((await direct(`/captures/${id}`)).status).toBe(404)
    expect(await rowOf(id)).toMatchObject({ revision: 2, tags: ['new', 'a', 'b'], state: 'ok' })
  })

  it.each([
    [{ filename: '..' }, /filename/],
    [{ tags: Array.from({ length: 65 }, (_, at) => `${at}`) }, /more than 64 tags/],
    [{ tags: ['x'.repeat(101)] }, /longer than 100/],
    [{ comments: 'x'.repeat(16_385) }, /longer than 16384/],
    [{ visibility: 'public' }, /visibility/],
    [{ retention: { keep: true, deleteAt: null } }, /retention/],
    [{ retention: { deleteAt: '2020-01-01T00:00:00Z' } }, /in the past/],
    [{ retention: { deleteAt: 'tomorrow' } }, /retention/],
    [{ state: 'ok' }, /state/],
  ])('%j is refused, and changes nothing', async (change, words) => {
    const id = await ready()
    const before = await rowOf(id)
    expect(await expectProblem(await patch(id, change), 400, 'bad-option')).toMatch(words)
    expect(await rowOf(id)).toEqual(before)
  })

  it('of a version that is no more is 412, and changes nothing; of one that is, it is done', async () => {
    const id = await ready()
    const stale = { 'If-Match': '"0.0.ok"' }
    expect((await patch(id, { comments: 'first' }, stale)).status).toBe(200)
    for (const tag of ['"0.0.ok"', 'W/"1.0.ok"', '"1.0.processing"', '"1.1.ok"', 'x'])
      await expectProblem(await patch(id, { comments: 'second' }, { 'If-Match': tag }), 412, 'was-changed')
    expect(await shown(id)).toMatchObject({ comments: 'first' })
    expect((await patch(id, { comments: 'third' }, { 'If-Match': '"x", "1.0.ok"' })).status).toBe(200)
    expect((await patch(id, { comments: 'fourth' }, { 'If-Match': '*' })).status).toBe(200)
    await expectProblem(await patch(NO_ID, { comments: 'x' }, { 'If-Match': '*' }), 404, 'no-such-capture')
  })

  it('of twelve at once under one version, one wins', async () => {
    const id = await ready()
    const edits = Array.from({ length: 12 }, (_, at) =>
      patch(id, { comments: `edit ${at}` }, { 'If-Match': '"0.0.ok"' }),
    )
    const statuses = (await Promise.all(edits)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(11)
    expect(await rowOf(id)).toMatchObject({ revision: 1, comments: `edit ${statuses.indexOf(200)}` })
  })

  it('is one statement in D1, and two rows; that it is indexed is one more', async () => {
    const id = await ready()
    const { db, meter } = metered(bindings.DB)
    const init = json('PATCH', account, { comments: 'x' }, { 'If-Match': '"0.0.ok"' })
    expect((await direct(`/api/v2/captures/${id}`, init, { DB: db })).status).toBe(200)
    expect(meter.statements).toHaveLength(4) // with the look-up of the key, and of what is indexed
    expect([meter.rowsWritten, meter.rowsRead <= 5]).toEqual([3, true])
  })
})

describe('retention', () => {
  it('is what the owner says: kept, deleted at a time, or as the plan has it', async () => {
    const id = await ready()
    const deleteAt = new Date(Date.now() + DAY).toISOString()
    const said = async (retention: object) => (await (await patch(id, { retention })).json()) as Shown
    expect(await said({ deleteAt })).toMatchObject({ retention: { keep: false, deleteAt } })
    expect(await said({ keep: true })).toMatchObject({ retention: { keep: true, deleteAt: null } })
    expect(await said({ deleteAt: deleteAt.replace('Z', '+00:00') })).toMatchObject({
      retention: { keep: false, deleteAt },
    })
    expect(await said({ deleteAt: null })).toMatchObject({ retention: { keep: false, deleteAt: null } })
  })

  it('is acted on: neither sooner nor later, whatever the plan says, and what is kept stays', async () => {
    const mine = await makeAccount({ retentionDays: 30 })
    const ids = await Promise.all([put(mine), put(mine), put(mine)])
    for (const id of ids) await parsed(id)
    const [timed, kept, planned] = ids as [string, string, string]
    const say = (id: string, retention: object) => asked(`/captures/${id}`, json('PATCH', mine, { retention }))
    await say(timed, { deleteAt: new Date(Date.now() + 40 * DAY).toISOString() })
    await say(kept, { keep: true })
    const store = openStore(bindings)
    const standing = async () => (await Promise.all(ids.map(rowOf))).map((row) => row !== undefined)
    await retain(store, () => Date.now() + 29 * DAY)
    expect(await standing()).toEqual([true, true, true])
    await retain(store, () => Date.now() + 39 * DAY)
    expect(await standing()).toEqual([true, true, false])
    await retain(store, () => Date.now() + 41 * DAY)
    expect(await standing()).toEqual([false, true, false])
    expect(planned).not.toBe(timed)
    expect((await usageOf(mine.accountId)).files).toBe(1)
  })

  it('looks at nothing but what has a time, by its index', async () => {
    const { db, meter } = metered(bindings.DB)
    await openStore({ ...bindings, DB: db }).captures.toDelete(Date.now(), 100)
    expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(2)
  })
})

describe('many at once', () => {
  it('are tagged, shown and deleted, each for itself, in the order they were named', async () => {
    const ids = [await ready('?additional_tags=old,x'), await ready('?additional_tags=x'), await ready()]
    const other = await makeAccount()
    const foreign = await postPrivate(other)
    const all = [ids[0], foreign, ids[1], NO_ID, ids[0]]
    const outcomes = async (answer: Response) =>
      ((await answer.json()) as { results: { id: string; outcome: string }[] }).results
    const wanted = all.map((id) => ({ id, outcome: id === foreign || id === NO_ID ? 'no-such-capture' : 'done' }))
    expect(await outcomes(await bulk({ action: 'tag', ids: all, add: ['new', 'x'], remove: ['old'] }))).toEqual(wanted)
    expect((await shown(ids[0] as string)).tags).toEqual(['x', 'new'])
    expect((await shown(ids[1] as string)).tags).toEqual(['x', 'new'])
    expect(await outcomes(await bulk({ action: 'visibility', ids: all, visibility: 'private' }))).toEqual(wanted)
    expect(await shown(ids[1] as string)).toMatchObject({ visibility: 'private' })
    expect(await outcomes(await bulk({ action: 'delete', ids: all }))).toEqual(wanted)
    await expectProblem(await get(`/captures/${ids[0]}`), 404, 'no-such-capture')
    await expect.poll(() => rowOf(ids[1] as string)).toBeUndefined()
    expect((await rowOf(foreign))?.state).not.toBe('doomed')
    expect(await shown(ids[2] as string)).toMatchObject({ tags: [] })
  })

  it('with more tags than one may have are left as they were', async () => {
    const id = await ready(`?additional_tags=${Array.from({ length: 60 }, (_, at) => `t${at}`)}`)
    const add = Array.from({ length: 5 }, (_, at) => `n${at}`)
    expect(await (await bulk({ action: 'tag', ids: [id], add })).json()).toEqual({
      results: [{ id, outcome: 'bad-option' }],
    })
    expect((await rowOf(id))?.revision).toBe(0)
  })

  it('are a hundred at most, and want the permission for what is done', async () => {
    const ids = Array.from({ length: 101 }, () => crypto.randomUUID())
    await expectProblem(await bulk({ action: 'delete', ids }), 400, 'bad-option')
    const id = await ready()
    const may = async (...may: ('upload' | 'delete')[]) => makeToken(account.accountId, { may })
    await expectProblem(await bulk({ action: 'delete', ids: [id] }, {}, await may('upload')), 403, 'forbidden')
    await expectProblem(await bulk({ action: 'tag', ids: [id] }, {}, await may('delete')), 403, 'forbidden')
    const show = { action: 'visibility', ids: [id], visibility: 'unlisted' }
    await expectProblem(await bulk(show, {}, await may('upload')), 403, 'forbidden')
    const once = { 'Idempotency-Key': crypto.randomUUID() }
    const done = await bulk({ action: 'delete', ids: [id] }, once, await may('delete'))
    expect(done.status).toBe(200)
    await expectProblem(await bulk({ action: 'delete', ids: [id] }, once, await may('upload')), 403, 'forbidden')
    const again = await bulk({ action: 'delete', ids: [id] }, once, await may('delete'))
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
  })

  it('cost a hundred times what one does', { timeout: 120_000 }, async () => {
    const mine = await makeAccount()
    const ids = Array.from({ length: 100 }, () => crypto.randomUUID())
    const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
    const insert = bindings.DB.prepare(
      `INSERT INTO captures (${columns}) VALUES (?, ?, 'ok', 'x', 1, 'private', '[]', '', ?, 1)`,
    )
    await bindings.DB.batch(ids.map((id) => insert.bind(id, mine.accountId, `k/${id}`)))
    const costOf = async (body: object) => {
      const { db, meter } = metered(bindings.DB)
      expect((await direct('/api/v2/captures/bulk', json('POST', mine, body), { DB: db })).status).toBe(200)
      return meter
    }
    const tagged = await costOf({ action: 'tag', ids, add: ['x'] })
    expect([tagged.rowsWritten, tagged.rowsRead <= 820]).toEqual([300, true])
    const deleted = await costOf({ action: 'delete', ids })
    expect(deleted.rowsWritten).toBeLessThanOrEqual(700) // 3 of the audit log for each
  })
})

describe('a request with an Idempotency-Key', () => {
  const key = () => ({ 'Idempotency-Key': crypto.randomUUID() })

  it('is done once, and answered the same again', async () => {
    const id = await ready()
    const once = key()
    const body = { action: 'tag', ids: [id], add: ['a'] }
    const first = await bulk(body, once)
    const again = await bulk(body, once)
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ])
    expect(await again.text()).toBe(await first.text())
    expect((await rowOf(id))?.revision).toBe(1)
    await expectProblem(await bulk({ ...body, add: ['b'] }, once), 422, 'other-request')
    const other = await makeAccount()
    expect(await (await bulk(body, once, other)).json()).toEqual({ results: [{ id, outcome: 'no-such-capture' }] })
  })

  it('of eight at once is done once: the others are told to wait, or what came of it', async () => {
    const id = await ready()
    const once = key()
    const all = await Promise.all(Array.from({ length: 8 }, () => bulk({ action: 'tag', ids: [id], add: ['a'] }, once)))
    const statuses = new Set(all.map(({ status }) => status))
    expect(statuses.difference(new Set([200, 409]))).toEqual(new Set())
    expect(all.filter((answer) => answer.status === 200 && !answer.headers.has('idempotency-replayed'))).toHaveLength(1)
    expect((await rowOf(id))?.revision).toBe(1)
  })

  it('that was refused may be made again; one that died, after a while', async () => {
    const once = key()
    await expectProblem(await bulk({ action: 'tag', ids: [] }, once), 400, 'bad-option')
    const id = await ready()
    const body = { action: 'tag', ids: [id], add: ['a'] }
    expect((await bulk(body, once)).status).toBe(200)
    const name = once['Idempotency-Key']
    const age = (createdAt: number) =>
      database.update(answers).set({ status: null, body: null, createdAt }).where(eq(answers.key, name))
    await age(Date.now() - 60_000)
    const wait = await bulk(body, once)
    expect(wait.headers.get('retry-after')).toBe('10')
    await expectProblem(wait, 409, 'still-uploading')
    await age(Date.now() - 600_000)
    expect((await bulk(body, once)).status).toBe(200)
  })

  it('is forgotten after a day', async () => {
    const once = key()
    const id = await ready()
    await bulk({ action: 'tag', ids: [id], add: ['a'] }, once)
    const known = async () =>
      (await database.select().from(answers).where(eq(answers.key, once['Idempotency-Key']))).length
    await forgetAnswers(openStore(bindings), () => Date.now() + DAY - 60_000)
    expect(await known()).toBe(1)
    await forgetAnswers(openStore(bindings), () => Date.now() + DAY + 60_000)
    expect(await known()).toBe(0)
  })

  it('that is none is refused', async () => {
    const answer = await bulk({ action: 'tag', ids: [NO_ID] }, { 'Idempotency-Key': 'x'.repeat(256) })
    await expectProblem(answer, 400, 'bad-option')
  })
})

describe('a key that may upload and not read', () => {
  it('neither hears of a capture by an edit of it nor opens it to others', async () => {
    const id = await postPrivate(account)
    await parsed(id)
    const blind = await makeToken(account.accountId, { may: ['upload', 'delete'] })
    for (const change of [{}, { visibility: 'unlisted' }])
      await expectProblem(await asked(`/captures/${id}`, json('PATCH', blind, change)), 403, 'forbidden')
    expect(await rowOf(id)).toMatchObject({ visibility: 'private', revision: 0 })
  })
})

/** Notes on packets, by CloudShark's API and by `/api/v2`. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_ANNOTATIONS } from '../../src/store/annotations.ts'
import { annotations, captures } from '../../src/store/schema.ts'
import { pcap, pcapng, bytes as together, utf8 } from '../support/captures.ts'
import {
  bindings,
  database,
  makeAccount,
  makeToken,
  parsed,
  request,
  signedIn,
  type TestAccount,
} from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'
import { CAPTURE, expectRefusal, form, NO_ID, postPrivate, put } from '../support/uploads.ts'

let account: TestAccount
let id = ''
beforeAll(async () => {
  account = await makeAccount({ name: 'noc' })
})

const urlencoded = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })
const at = (path: string, init?: RequestInit, by = account) => request(`/api/v1/${by.token}/annotations/${path}`, init)
const note = (frame: number, text: string, of = id) => at(of, urlencoded({ frame: String(frame), text }))
const v2 = (path: string, method = 'GET', body?: unknown, by: Pick<TestAccount, 'bearer'> = account) =>
  request(`/api/v2/captures/${path}`, {
    method,
    headers: { ...by.bearer, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

async function expectProblem(answer: Response, status: number, kind: string): Promise<void> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(JSON.parse(text)).toMatchObject({ status, type: `urn:pcaport:problem:${kind}` })
}

/** A capture of so many packets that has been parsed. */
async function captureOf(packets: number): Promise<string> {
  const body = pcap(Array.from({ length: packets }, (_, seconds) => ({ seconds })))
  const made = await put(account, '', { body })
  await parsed(made)
  return made
}

describe('CloudShark’s annotations', () => {
  beforeAll(async () => {
    id = await captureOf(9)
  })

  it('are an empty array at first, and then as its pages show them, by frame', async () => {
    const none = await at(id)
    expect([none.status, await none.text()]).toEqual([200, '[]'])
    expect((await note(7, 'here is another annotation')).status).toBe(200)
    const answer = await note(3, 'this is an annotation')
    const wanted = `[{"line":3,"capture_id":"${id}","text":"this is an annotation","user":"noc"},{"line":7,"capture_id":"${id}","text":"here is another annotation","user":"noc"}]`
    expect([answer.status, await answer.text()]).toEqual([200, wanted])
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await (await at(id)).text()).toBe(wanted)
    const head = await at(id, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    ['the query', (fields: Record<string, string>) => [`?${new URLSearchParams(fields)}`, { method: 'POST' }] as const],
    ['a form', (fields: Record<string, string>) => ['', urlencoded(fields)] as const],
    [
      'a form with parts',
      (fields: Record<string, string>) =>
        ['', form(Object.entries(fields).map(([name, body]) => ({ name, body })))] as const,
    ],
  ])('are written, replaced and taken away by %s', async (_, sent) => {
    const texts = async (fields: Record<string, string>) => {
      const [query, init] = sent(fields)
      const answer = await at(`${id}${query}`, init)
      return ((await answer.json()) as { line: number; text: string }[])
        .filter(({ line }) => line === 5)
        .map(({ text }) => text)
    }
    expect(await texts({ frame: '5', text: 'look & see: 50 % über +' })).toEqual(['look & see: 50 % über +'])
    expect(await texts({ frame: '5', text: 'looked' })).toEqual(['looked'])
    expect(await texts({ frame: '5' })).toEqual([])
    expect(await texts({ frame: '5' })).toEqual([])
  })

  it('are answered with 204 where quiet is asked for', async () => {
    for (const quiet of ['', 'true', '1']) {
      const answer = await at(`${id}?quiet=${quiet}`, urlencoded({ frame: '1', text: `q${quiet}` }))
      expect([answer.status, await answer.text()]).toEqual([204, ''])
    }
    expect((await at(`${id}?quiet=false`, urlencoded({ frame: '1' }))).status).toBe(200)
    expect((await at(id, urlencoded({ frame: '1', quiet: '1' }))).status).toBe(204)
  })

  it.each(['0', '-1', '1.5', 'x', '', '10', '99999999999999999999'])('refuse the frame %j', async (frame) => {
    await expectRefusal(await at(id, urlencoded({ frame, text: 'x' })), 400, /^frame is/)
  })

  it('take any frame while the packets are not counted, and those without a packet where the file has such', async () => {
    const waiting = await put(account, '', { body: pcap([{}, {}]) })
    await parsed(waiting)
    await database.update(captures).set({ state: 'stored', facts: null }).where(eq(captures.id, waiting))
    expect((await note(500, 'later', waiting)).status).toBe(200)
    const ng = pcapng()
    const journal = () => ng.journal('__REALTIME_TIMESTAMP=1700000003000001\nMESSAGE=hello\n')
    const body = together(ng.section(), ng.interface(), ng.packet(), journal(), journal())
    const framed = await put(account, '', { body })
    const { facts } = await parsed(framed)
    expect(facts?.packets).toBeLessThan(3)
    expect((await note(3, 'the second entry', framed)).status).toBe(200)
    await expectRefusal(await note(4, 'nothing', framed), 400, 'frame is 4, and the capture ends with 3.')
  })

  it('clean control characters, keep lines, and refuse what is too long or empty', async () => {
    const answer = await note(2, ' a\0\u001b[31mb\r\nc\u2028\td\ud800 ')
    const lines = (await answer.json()) as { line: number; text: string }[]
    expect(lines.find(({ line }) => line === 2)?.text).toBe('a[31mb\nc\td\ufffd')
    expect((await note(2, 'x'.repeat(4096))).status).toBe(200)
    await expectRefusal(await note(2, 'x'.repeat(4097)), 400, /4096 characters/)
    await expectRefusal(await note(2, 'x'.repeat(60_000)), 400, /4096 characters/)
    await expectRefusal(await note(2, '\u0000 \n'), 400, /nothing that could be shown/)
  })

  it('are read with read, written with upload, and an upload token is not shown what others wrote', async () => {
    const reader = { ...account, ...(await makeToken(account.accountId, { may: ['read'] })) }
    const writer = { ...account, ...(await makeToken(account.accountId, { may: ['upload'] })) }
    await expectRefusal(await at(id, urlencoded({ frame: '4', text: 'x' }), reader), 403, /permission to upload/)
    await expectRefusal(await at(id, {}, writer), 403, /permission to read/)
    const answer = await at(id, urlencoded({ frame: '4', text: 'by a router' }), writer)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await (await at(id, {}, reader)).text()).toContain('by a router')
  })

  it('of another account are as absent as those that never were', async () => {
    const other = await makeAccount()
    for (const capture of [id, NO_ID, 'x']) {
      await expectRefusal(await at(capture, {}, other), 404, 'There is no such capture.')
      await expectRefusal(await at(capture, urlencoded({ frame: '4', text: 'mine' }), other), 404, 'no such capture')
      await expectRefusal(await at(capture, urlencoded({ frame: '4' }), other), 404, 'no such capture')
      await expectProblem(
        await v2(`${capture === 'x' ? NO_ID : capture}/annotations`, 'GET', undefined, other),
        404,
        'no-such-capture',
      )
      await expectProblem(
        await v2(`${capture === 'x' ? NO_ID : capture}/annotations/4`, 'PUT', { text: 'x' }, other),
        404,
        'no-such-capture',
      )
      await expectProblem(
        await v2(`${capture === 'x' ? NO_ID : capture}/annotations/4`, 'DELETE', undefined, other),
        404,
        'no-such-capture',
      )
    }
    expect(await (await at(id)).text()).toContain('by a router')
  })

  it('are 10,000 at most, also where many come at once, and are listed whole', async () => {
    const many = await put(account)
    await database.update(captures).set({ facts: null }).where(eq(captures.id, many))
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_ANNOTATIONS - 3})
       INSERT INTO annotations (capture_id, frame, text, user, created_at) SELECT ?, i, 'note ' || i, 'noc', 0 FROM n`,
    )
      .bind(many)
      .run()
    await parsed(many)
    await database.update(captures).set({ facts: null }).where(eq(captures.id, many))
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        at(`${many}?quiet`, urlencoded({ frame: String(MAX_ANNOTATIONS + n), text: 'late' })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 204, 403, 403, 403, 403, 403])
    const refused = answers.find(({ status }) => status === 403) as Response
    await expectRefusal(refused, 403, /10000 notes/)
    expect((await at(`${many}?quiet`, urlencoded({ frame: '5', text: 'changed' }))).status).toBe(204)
    const lines = (await (await at(many)).json()) as { line: number; text: string }[]
    expect(lines).toHaveLength(MAX_ANNOTATIONS)
    expect(lines.map(({ line }) => line)).toEqual(lines.map(({ line }) => line).sort((a, b) => a - b))
    expect(lines[4]).toMatchObject({ line: 5, text: 'changed' })
    let seen = 0
    for (let after = 0; ; ) {
      const page = (await (await v2(`${many}/annotations?after=${after}`)).json()) as {
        annotations: { frame: number }[]
        next: number | null
      }
      seen += page.annotations.length
      if (page.next === null) break
      expect(page.next).toBeGreaterThan(after)
      after = page.next
    }
    expect(seen).toBe(MAX_ANNOTATIONS)
  })

  it('stand escaped on the capture’s page, without who wrote them, and go with the capture', async () => {
    const hostile = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&\u202e'
    expect((await note(6, hostile)).status).toBe(200)
    const page = await (await request(`/captures/${id}`)).text()
    expect(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true)
    for (const bad of ['<img src=x', '>noc<', '\u202e']) expect(page.includes(bad), bad).toBe(false)
    await request(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect(await database.select().from(annotations).where(eq(annotations.captureId, id))).toEqual([])
    await expectRefusal(await at(id), 404, 'no such capture')
  })

  it('say what else may be asked', async () => {
    const answer = await at(NO_ID, { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })
})

describe('/api/v2/captures/<id>/annotations', () => {
  it('are written by whoever is signed in, from a page of this server alone, on captures of their own', async () => {
    const capture = await captureOf(2)
    const { looks, acts } = await signedIn(account.accountId)
    const other = await signedIn((await makeAccount()).accountId)
    const write = (method: string, headers: Record<string, string>) =>
      request(`/api/v2/captures/${capture}/annotations/1`, {
        method,
        headers: { ...headers, ...(method === 'PUT' ? { 'Content-Type': 'application/json' } : {}) },
        ...(method === 'PUT' ? { body: JSON.stringify({ text: 'from the viewer' }) } : {}),
      })
    for (const method of ['PUT', 'DELETE']) {
      await expectProblem(await write(method, { ...looks, Origin: 'https://elsewhere.example' }), 403, 'other-site')
      await expectProblem(await write(method, { ...looks, 'Sec-Fetch-Site': 'cross-site' }), 403, 'other-site')
      await expectProblem(await write(method, other.acts), 404, 'no-such-capture')
    }
    expect((await write('PUT', acts)).status).toBe(200)
    expect((await write('DELETE', acts)).status).toBe(204)
  })

  it('writes, lists and takes away', async () => {
    const capture = await postPrivate(account)
    await parsed(capture)
    const written = await v2(`${capture}/annotations/2`, 'PUT', { text: 'the long one\u0007' })
    expect(written.status).toBe(200)
    const made = (await written.json()) as Record<string, unknown>
    expect(made).toEqual({ frame: 2, text: 'the long one', user: 'noc', createdAt: made.createdAt })
    expect(await (await v2(`${capture}/annotations`)).json()).toEqual({ annotations: [made], next: null })
    await expectProblem(await v2(`${capture}/annotations/3`, 'PUT', { text: 'x' }), 400, 'bad-option')
    await expectProblem(await v2(`${capture}/annotations/0`, 'PUT', { text: 'x' }), 400, 'bad-option')
    await expectProblem(await v2(`${capture}/annotations/2`, 'PUT', { text: '' }), 400, 'bad-option')
    await expectProblem(await v2(`${capture}/annotations/2`, 'PUT', { text: 'x', quiet: true }), 400, 'bad-option')
    await expectProblem(await v2(`${capture}/annotations/1`, 'DELETE'), 404, 'no-such-note')
    expect((await v2(`${capture}/annotations/2`, 'DELETE')).status).toBe(204)
    expect(await (await v2(`${capture}/annotations`)).json()).toEqual({ annotations: [], next: null })
  })

  it('asks for a key with the permission', async () => {
    const capture = await put(account)
    const reader = await makeToken(account.accountId, { may: ['read', 'delete'] })
    const writer = await makeToken(account.accountId, { may: ['upload'] })
    await expectProblem(await v2(`${capture}/annotations/1`, 'PUT', { text: 'x' }, reader), 403, 'forbidden')
    await expectProblem(await v2(`${capture}/annotations/1`, 'DELETE', undefined, reader), 403, 'forbidden')
    await expectProblem(await v2(`${capture}/annotations`, 'GET', undefined, writer), 403, 'forbidden')
    await expectProblem(
      await v2(`${capture}/annotations`, 'GET', undefined, { bearer: { Authorization: '' } }),
      401,
      'no-token',
    )
  })
})

it('a note costs a row written, and reads those that the capture has', async () => {
  const capture = await put(account, '', { body: CAPTURE })
  await parsed(capture)
  const { db, meter } = metered(bindings.DB)
  const { body, method } = urlencoded({ frame: '1', text: 'x' })
  const path = `/api/v1/${account.token}/annotations/${capture}?quiet`
  const answer = await direct(
    path,
    { method, body: utf8(String(body)), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    { DB: db },
  )
  expect(answer.status).toBe(204)
  expect(meter.rowsWritten, meter.statements.join('\n')).toBe(1)
  expect(meter.rowsRead, meter.statements.join('\n')).toBeLessThanOrEqual(6)
})

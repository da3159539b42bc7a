/** The seven rules of the contract's first section, which clients that nobody here wrote depend on. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, makeToken, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import { CAPTURE, expectRefusal, filePart, form, infoOf, NO_ID, streamOf, UUID } from '../support/uploads.ts'

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})
const upload = (rest = '', init: RequestInit = {}) =>
  request(`/api/v1/${account.token}/upload${rest}`, { method: 'PUT', body: CAPTURE, ...init })
const idIn = async (answer: Response) => {
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { id: string }).id
}

describe('rule 1: the upload body is {"filename":…,"id":…} and nothing more', () => {
  it.each([
    ['PUT', () => upload('?filename=x.cap')],
    ['POST', () => upload('?filename=x.cap', form([filePart()]))],
    ['PUT of unknown length', () => upload('?filename=x.cap', { body: streamOf(CAPTURE) })],
  ] as const)('rule 1: to %s, byte for byte, in one chunk, id last', async (_, send) => {
    const answer = await send()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    const first = await reader.read()
    const text = new TextDecoder().decode(first.value)
    expect((await reader.read()).done).toBe(true)
    const id = /"id":"([^"]+)"}$/.exec(text)?.[1] ?? ''
    expect(id).toMatch(UUID)
    expect(text).toBe(`{"filename":"x.cap","id":"${id}"}`)
  })

  it('rule 1: what else there is to say stands in headers', async () => {
    const answer = await upload('?filename=x.cap')
    const id = await idIn(answer)
    expect(answer.headers.get('location')).toBe(`http://pcaport.test/captures/${id}`)
    expect(answer.headers.get('x-capture-id')).toBe(id)
    expect(answer.headers.get('x-capture-url')).toBe(`http://pcaport.test/captures/${id}`)
  })

  it('rule 1: elsewhere the type is application/json, errors included', async () => {
    const id = await idIn(await upload())
    for (const path of [`info/${id}`, `info/${NO_ID}`, 'search'])
      expect((await request(`/api/v1/${account.token}/${path}`)).headers.get('content-type')).toMatch(
        /^application\/json/,
      )
    const gone = await request(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    expect(gone.headers.get('content-type')).toMatch(/^application\/json/)
    expect((await upload('', { body: '' })).headers.get('content-type')).toMatch(/^application\/json/)
  })
})

describe('rule 2: errors are {"status":…,"exceptions":[…]} with that HTTP status', () => {
  it.each([
    'upload',
    `info/${NO_ID}`,
    `download/${NO_ID}`,
    'search',
    `annotations/${NO_ID}`,
    'open?url=http://a',
    'nothing',
  ])('rule 2: an unknown token at %s is 404 in CloudShark’s words', async (path) => {
    const answer = await request(`/api/v1/0123456789abcdef0123456789abcdef/${path}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('{"status":404,"exceptions":["API Token is missing or invalid"]}')
  })

  it.each(['nonsense', '0123456789abcdef0123456789abcde', '0123456789abcdef0123456789abcdef0', '%00', "'--"])(
    'rule 2: what is no token at all, %s, is the same 404',
    async (token) => {
      const answer = await request(`/api/v1/${token}/upload`, { method: 'PUT', body: CAPTURE })
      expect(answer.status).toBe(404)
      expect(await answer.text()).toBe('{"status":404,"exceptions":["API Token is missing or invalid"]}')
    },
  )

  it.each([
    ['upload', 'PUT', 'upload', ['read', 'delete']],
    ['upload', 'POST', 'upload', ['read', 'delete']],
    ['upload by URL', 'POST', 'upload?url=http://a.example/x', ['read', 'delete']],
    ['info', 'GET', `info/${NO_ID}`, ['upload', 'delete']],
    ['download', 'GET', `download/${NO_ID}`, ['upload', 'delete']],
    ['delete', 'POST', `delete/${NO_ID}`, ['upload', 'read']],
    ['delete without an id', 'POST', 'delete', ['upload', 'read']],
    ['search', 'GET', 'search', ['upload', 'delete']],
    ['search', 'POST', 'search', ['upload', 'delete']],
    ['annotations', 'GET', `annotations/${NO_ID}`, ['upload', 'delete']],
    ['open', 'GET', 'open?url=http://a', ['read', 'delete']],
    ['open', 'POST', 'open?url=http://a', ['read', 'delete']],
    ['merge', 'POST', 'merge?capture_ids=a,b', ['read', 'delete']],
  ] as const)('rule 2: a token without the permission is 403 at %s (%s)', async (_, method, path, may) => {
    const { token } = await makeToken(account.accountId, { may: [...may] })
    const init = method === 'PUT' ? { method, body: CAPTURE } : { method }
    await expectRefusal(await request(`/api/v1/${token}/${path}`, init), 403, /permission to (upload|read|delete)\.$/)
  })

  it('rule 2: `admin` does not stand for the other permissions', async () => {
    const { token } = await makeToken(account.accountId, { may: ['admin'] })
    for (const path of [`info/${NO_ID}`, 'search'])
      await expectRefusal(await request(`/api/v1/${token}/${path}`), 403, /permission/)
  })
})

describe('rule 3: options from the query and from the form, on POST and on PUT', () => {
  const options = { filename: 'named.cap', additional_tags: 'dns,lab', comments: 'captured from NOC' }
  const query = `?${new URLSearchParams(options)}`
  const fields = Object.entries(options).map(([name, body]) => ({ name, body }))
  it.each([
    ['PUT, query', () => upload(query)],
    ['POST, query', () => upload(query, form([filePart()]))],
    ['POST, form before the file', () => upload('', form([...fields, filePart()]))],
    ['POST, form behind the file', () => upload('', form([filePart(), ...fields]))],
    ['PUT, form', () => upload('', form([filePart(), ...fields], { method: 'PUT' }))],
    [
      'PUT, form and query',
      () => upload('?comments=captured+from+NOC', form([...fields.slice(0, 2), filePart()], { method: 'PUT' })),
    ],
  ] as const)('rule 3: %s', async (_, send) => {
    const answer = await send()
    const id = await idIn(answer.clone())
    expect(await answer.text()).toBe(`{"filename":"named.cap","id":"${id}"}`)
    expect(await infoOf(account, id)).toMatchObject({
      filename: 'named.cap',
      tag_list: 'dns,lab',
      comments: 'captured from NOC',
    })
  })

  it('rule 3: the form wins over the query, and an empty field does not', async () => {
    const parts = [filePart(), { name: 'comments', body: 'of the form' }, { name: 'additional_tags', body: '' }]
    const id = await idIn(await upload('?comments=of+the+query&additional_tags=a', form(parts)))
    expect(await infoOf(account, id)).toMatchObject({ comments: 'of the form', tag_list: 'a' })
  })

  it.each(['?additional_tags=%2C', '?additional_tags=&comments=&filename=', '?additional_tags=+,+,'])(
    'rule 3: %s means none',
    async (nothing) => {
      const id = await idIn(await upload(`/x.cap${nothing}`))
      expect(await infoOf(account, id)).toMatchObject({ filename: 'x.cap', comments: '', tag_list: '' })
    },
  )

  it('rule 3: a part named `file` may lack a filename', async () => {
    const parts = [filePart({ filename: undefined }), { name: 'filename', body: 'given.pcap' }]
    expect(await infoOf(account, await idIn(await upload('', form(parts))))).toMatchObject({ filename: 'given.pcap' })
    const answer = await upload('', { ...form([filePart({ filename: undefined })]) })
    expect(((await answer.json()) as { filename: string }).filename).toMatch(/\.cap$/)
  })

  it('rule 3: `url` in the query of a POST with an empty body is understood', async () => {
    const path = `/api/v1/${account.token}/upload?url=http://a.example/x.pcap`
    const answer = await direct(path, { method: 'POST', body: '' }, { FETCHES: keptQueue().queue })
    expect(await answer.text()).toMatch(/^\{"filename":"x\.pcap","id":"[0-9a-f-]{36}"\}$/)
  })
})

describe('rule 4: a trailing slash, and a name in the path', () => {
  it.each([
    ['upload/', 'PUT', undefined],
    ['upload/', 'POST', 'traffic.pcap'],
    ['upload/caf%C3%A9%20x.pcap', 'PUT', 'café x.pcap'],
    ['upload/dump.pcapng', 'PUT', 'dump.pcapng'],
    ['upload/dump.pcapng/', 'PUT', 'dump.pcapng'],
    ['upload/..%2F..%2Fetc%2Fpasswd', 'PUT', 'passwd'],
    ['upload/dump.pcapng?filename=other.cap', 'PUT', 'other.cap'],
  ] as const)('rule 4: %s takes a %s', async (path, method, filename) => {
    const init = method === 'POST' ? form([filePart()]) : { method, body: CAPTURE }
    const answer = await request(`/api/v1/${account.token}/${path}`, init)
    const body = (await answer.json()) as { filename: string; id: string }
    expect(answer.status, JSON.stringify(body)).toBe(200)
    expect(body.filename).toEqual(filename ?? expect.stringMatching(/\.cap$/))
    expect((await rowOf(body.id))?.size).toBe(CAPTURE.length)
  })
})

describe('rule 5: requests that lack what others have', () => {
  it.each([
    ['no User-Agent and no Content-Type', { body: CAPTURE }],
    ['a body of unknown length', { body: streamOf(CAPTURE) }],
    ['a body of unknown length that comes byte by byte', { body: streamOf(CAPTURE, 1) }],
    ['a Content-Type that is none', { body: CAPTURE, headers: { 'Content-Type': ';;' } }],
    [
      'the Content-Type that curl --data-binary has',
      { body: CAPTURE, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
  ] as const)('rule 5: %s', async (_, init) => {
    const id = await idIn(await upload('', init))
    const back = await request(`/api/v1/${account.token}/download/${id}`)
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(CAPTURE)
  })

  it('rule 5: a form of unknown length', async () => {
    const { method, headers, body } = form([filePart()])
    const id = await idIn(await upload('', { method, headers, body: streamOf(body, 7) }))
    const back = await request(`/api/v1/${account.token}/download/${id}`)
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(CAPTURE)
  })
})

describe('rule 6: the file name in Content-Disposition', () => {
  // RFC 6266 §4.1 and RFC 8187 §3.2.1, by hand
  it.each([
    ['x.cap', 'attachment; filename=x.cap'],
    ['a-b_c.d~1.pcapng', 'attachment; filename=a-b_c.d~1.pcapng'],
    ['a b.cap', `attachment; filename*=UTF-8''a%20b.cap; filename="a b.cap"`],
    ['café.pcap', `attachment; filename*=UTF-8''caf%C3%A9.pcap; filename="caf_.pcap"`],
    ['€ rates.pcap', `attachment; filename*=UTF-8''%E2%82%AC%20rates.pcap; filename="_ rates.pcap"`],
    ['a"b;c.cap', `attachment; filename*=UTF-8''a%22b%3Bc.cap; filename="a_b;c.cap"`],
    ["it's(1)*.cap", `attachment; filename*=UTF-8''it%27s%281%29%2A.cap; filename="it's(1)*.cap"`],
    ['50%25.cap', `attachment; filename*=UTF-8''50%2525.cap; filename="50_25.cap"`],
  ])('rule 6: %s', async (filename, wanted) => {
    const id = await idIn(await upload(`?${new URLSearchParams({ filename })}`))
    const back = await request(`/api/v1/${account.token}/download/${id}`)
    expect(back.headers.get('content-disposition')).toBe(wanted)
  })
})

describe('rule 7: the name of a capture that was given none', () => {
  it('rule 7: the part’s own file name', async () => {
    const answer = await upload('', form([filePart({ filename: 'C:\\captures\\lab.pcap' })]))
    expect(((await answer.json()) as { filename: string }).filename).toBe('lab.pcap')
  })

  it('rule 7: else the User-Agent and a unique timestamp', async () => {
    const names = []
    for (let time = 0; time < 3; time++) {
      const answer = await upload('', { headers: { 'User-Agent': 'curl/8.5.0' } })
      names.push(((await answer.json()) as { filename: string }).filename)
    }
    for (const name of names) expect(name).toMatch(/^curl-8\.5\.0-2\d{7}T\d{9}Z-[0-9a-f]{8}\.cap$/)
    expect(new Set(names).size).toBe(3)
  })

  it.each([undefined, '', '../../<script>alert(1)</script>\u00e9', ' '.repeat(50), 'x'.repeat(5000)])(
    'rule 7: a User-Agent of %j makes a name that is a plain token',
    async (agent) => {
      const answer = await upload('', { headers: agent === undefined ? {} : { 'User-Agent': encodeURI(agent) } })
      const { filename } = (await answer.json()) as { filename: string }
      expect(filename).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{10,120}\.cap$/)
    },
  )
})

/** What one sender may not do to others. */
import { beforeAll, describe, expect, it } from 'vitest'
import { defaultFilename } from '../../src/ingest/options.ts'
import { pull } from '../../src/ingest/source.ts'
import { bytes, payload, pcapng, utf8 } from '../support/captures.ts'
import { makeAccount, makeToken, parsed, request, type TestAccount, usageOf } from '../support/gateway.ts'
import { CAPTURE, filePart, form } from '../support/uploads.ts'

const ng = pcapng()
let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})

describe('memory', () => {
  it('is not pinned by drips: a piece that is kept holds on to no more than itself', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const source = pull(readable, 1000, { fresh: true })
    const pieces: Uint8Array[] = []
    for (let count = 0; count < 20; count++) {
      const writing = writer.write(payload(6))
      const piece = await source.read()
      await writing
      if (piece) pieces.push(piece)
    }
    expect(pieces).toHaveLength(20)
    expect(pieces.reduce((sum, piece) => sum + piece.buffer.byteLength, 0)).toBe(120)
  })

  it('is not held by form fields that are no options', async () => {
    const unknown = Array.from({ length: 40 }, (_, index) => ({ name: `x${index}`, body: 'x'.repeat(100_000) }))
    const answer = await request(`/api/v1/${account.token}/upload`, form([...unknown, filePart()]))
    expect(answer.status).toBe(200)
  })

  it('is not blown up by a page of a capture full of unseen characters', async () => {
    const comments = Array.from({ length: 16 }, () => [1, utf8('\u0001'.repeat(60_000))] as [number, Uint8Array])
    const capture = bytes(ng.section(comments), ng.interface(), ng.packet())
    const answer = await request(`/api/v1/${account.token}/upload`, { method: 'PUT', body: capture })
    const { id } = (await answer.json()) as { id: string }
    await parsed(id)
    const page = await request(`/captures/${id}`)
    expect(page.status).toBe(200)
    expect((await page.text()).length).toBeLessThan(2_000_000)
  })
})

describe('an Idempotency-Key', () => {
  it('of an unlisted capture is refused where a private one is asked for', async () => {
    const headers = { 'Idempotency-Key': 'same' }
    const first = await request(`/api/v1/${account.token}/upload`, { method: 'PUT', body: CAPTURE, headers })
    expect(first.status).toBe(200)
    const again = form([filePart()])
    const second = await request('/api/v1/upload/private', {
      ...again,
      headers: { ...(again.headers as Record<string, string>), ...headers, ...account.bearer },
    })
    expect(second.status).toBe(422)
    const locked = await makeToken(account.accountId, { defaultVisibility: 'private' })
    const third = await request(`/api/v1/${locked.token}/upload`, { method: 'PUT', body: CAPTURE, headers })
    expect(third.status).toBe(422)
  })
})

describe('a User-Agent', () => {
  it('of 100,000 dashes costs no time', () => {
    const startedAt = performance.now()
    expect(defaultFilename(`a${'-'.repeat(100_000)}a`, 0, '12345678')).toMatch(/^a-.*-12345678\.cap$/)
    expect(performance.now() - startedAt).toBeLessThan(100)
  })
})

describe('a download', () => {
  it('is inert, even where a browser shows it', async () => {
    const name = 'a\u202egnp.cap'
    const put = { method: 'PUT', body: CAPTURE }
    const answer = await request(`/api/v1/${account.token}/upload?filename=${encodeURIComponent(name)}`, put)
    const { id } = (await answer.json()) as { id: string }
    const { headers } = await request(`/captures/${id}/download`)
    expect(headers.get('Content-Security-Policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Disposition')).toBe('attachment; filename=a_gnp.cap')
  })
})

describe('a name that a sender made up', () => {
  it.each([
    ['a line that ends', 'a\r\nX-Injected: 1\r\n\r\n<script>'],
    ['a line feed', 'a\nb.cap'],
    ['a NUL', 'a\0b.cap'],
    ['another parameter', 'x.cap; filename=other.exe'],
    ['quotes and another parameter', '"; filename="other.exe'],
    ['an extended parameter', "x' filename*=UTF-8''other.exe"],
    ['other line ends', '\u0085\u2028\u2029.cap'],
    ['half a character', '\ud800.cap'],
    ['what is encoded twice', '%0d%0aX-Injected: 1'],
    ['a path', '../../../../etc/passwd'],
    ['a Windows path', '..\\..\\boot.ini'],
    ['60,000 characters', `${'x'.repeat(60_000)}.pcapng`],
    ['200 long characters', 'ﷺ'.repeat(200)],
  ])('with %s changes no header', async (_, filename) => {
    const ways = [
      request(`/api/v1/${account.token}/upload?filename=${encodeURIComponent(filename.toWellFormed())}`, {
        method: 'PUT',
        body: CAPTURE,
      }),
      request(`/api/v1/${account.token}/upload`, form([filePart(), { name: 'filename', body: filename }])),
    ]
    for (const answer of await Promise.all(ways)) {
      expect(answer.status).toBe(200)
      const { id, filename: name } = (await answer.json()) as { id: string; filename: string }
      expect(name).not.toMatch(/[\p{Cc}/\\]/u)
      expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255)
      const { headers } = await request(`/api/v1/${account.token}/download/${id}`)
      expect(headers.get('X-Injected')).toBeNull()
      const said = headers.get('Content-Disposition') ?? ''
      expect(said).toMatch(
        /^attachment; (filename\*=UTF-8''[A-Za-z0-9%._~!-]+; )?filename=("[\x20-\x21\x23-\x7e]+"|[^\s";,]+)$/,
      )
      expect(said.match(/filename=/g)?.length).toBe(name.includes('filename=') ? 2 : 1) // the other one inside its quotes
    }
  })
})

describe('a path', () => {
  const token = () => account.token
  it.each([
    ['the token in capitals and encoded', () => `/api/v1/%${token().charCodeAt(0).toString(16)}${token().slice(1).toUpperCase()}/info/x`, 404, 'no such capture'], // biome-ignore format: a row
    ['an encoded slash behind the token', () => `/api/v1/${token()}%2finfo/x`, 404, 'API Token'],
    ['a NUL behind the token', () => `/api/v1/${token()}%00/info/x`, 404, 'API Token'],
    ['a longer token', () => `/api/v1/${token()}0/info/x`, 404, 'API Token'],
    ['a line feed behind the token', () => `/api/v1/${token()}%0a/info/x`, 404, 'API Token'],
    ['two slashes', () => `/api/v1//${token()}/info/x`, 404, ''],
    ['dots', () => `/api/v1/x/../${token()}/info/x`, 404, 'no such capture'],
    ['encoded dots', () => `/api/v1/${token()}/info/%2e%2e%2fdownload`, 404, 'no such capture'],
    ['an encoded slash in the id', () => `/api/v1/${token()}/info/a%2fb`, 404, 'no such capture'],
    ['a broken escape', () => `/api/v1/${token()}/info/%zz%e0%a4%a`, 404, 'no such capture'],
    ['a quote', () => `/api/v1/${token()}/info/'%20OR%201=1--`, 404, 'no such capture'],
    ['an id of 7000 characters', () => `/api/v1/${token()}/info/${'a'.repeat(7000)}`, 404, 'no such capture'],
    ['a percent sign for LIKE', () => `/api/v1/${token()}/info/%25`, 404, 'no such capture'],
    ['the other API in the token’s place', () => `/api/v1/upload/info/x`, 401, ''],
    ['Object’s own members', () => `/api/v1/${token()}/constructor/__proto__`, 404, 'nothing at this address'],
  ] as [string, () => string, number, string][])('with %s opens nothing', async (_, path, status, words) => {
    const answer = await request(path())
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(words)])
    expect(answer.headers.get('content-type')).toMatch(/^(application\/json|text\/html)/)
  })

  it('with an encoded id is that capture’s', async () => {
    const { id } = (await (await request(`/api/v1/${token()}/upload`, { method: 'PUT', body: CAPTURE })).json()) as {
      id: string
    }
    const encoded = `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`
    expect((await request(`/api/v1/${token()}/info/${encoded}`)).status).toBe(200)
  })
})

describe('a query', () => {
  it('of 100,000 characters or of thousands of parameters costs no time', async () => {
    const queries = [
      `comments=${'+'.repeat(100_000)}`,
      `${'a&'.repeat(50_000)}filename=x.cap`,
      `${'filename=x.cap&'.repeat(7000)}`,
      `additional_tags=${','.repeat(100_000)}`,
      `filename=${'%2e'.repeat(30_000)}`,
      `filename=${'%41.'.repeat(25_000)}`,
    ]
    for (const query of queries) {
      const startedAt = performance.now()
      const answer = await request(`/api/v1/${account.token}/upload?${query}`, { method: 'PUT', body: CAPTURE })
      expect([200, 400]).toContain(answer.status)
      expect(performance.now() - startedAt).toBeLessThan(2000)
    }
  })

  it('that says something twice means the first; the form wins', async () => {
    const send = async (query: string, init: RequestInit) => {
      const answer = await request(`/api/v1/${account.token}/upload?${query}`, init)
      return ((await answer.json()) as { filename: string }).filename
    }
    const twice = 'filename=first.cap&filename=second.cap'
    expect(await send(twice, { method: 'PUT', body: CAPTURE })).toBe('first.cap')
    const named = [{ name: 'filename', body: 'third.cap' }, { name: 'filename', body: 'fourth.cap' }, filePart()] // biome-ignore format: parts
    expect(await send(twice, form(named))).toBe('third.cap')
    const opened = await request(`/api/v1/${account.token}/open?url=http://127.0.0.1/&url=http://files.example/a.pcap`)
    expect(opened.status).toBe(403) // what is looked at is what is taken
  })
})

describe('a method', () => {
  const one = async () =>
    (
      (await (await request(`/api/v1/${account.token}/upload`, { method: 'PUT', body: CAPTURE })).json()) as {
        id: string
      }
    ).id

  it.each([
    { 'X-HTTP-Method-Override': 'DELETE' },
    { 'X-HTTP-Method': 'DELETE' },
    { 'X-Method-Override': 'POST' },
    { 'X-Original-URL': '/api/v1/x/delete/y' },
    { 'X-Rewrite-URL': '/api/v1/x/delete/y' },
  ] as Record<string, string>[])('is not another by %j', async (headers) => {
    const id = await one()
    const paths = [`info/${id}?_method=delete`, `delete/${id}?_method=POST`, `download/${id}?_method=DELETE`]
    for (const path of paths) await request(`/api/v1/${account.token}/${path}`, { headers })
    expect((await request(`/api/v1/${account.token}/info/${id}`)).status).toBe(200)
  })

  it('HEAD does nothing, and is answered as GET is, without a body', async () => {
    const id = await one()
    await parsed(id)
    const { token, bearer } = account
    const paths = [
      ...['/', `/captures/${id}`, `/captures/${id}/download`, '/nothing', '/view?url=http://a.example/'],
      ...[
        `/api/v1/${token}`,
        `/api/v1/${token}/upload`,
        `/api/v1/${token}/info/${id}`,
        `/api/v1/${token}/download/${id}`,
      ],
      ...[`/api/v1/${token}/delete/${id}`, `/api/v1/${token}/merge?capture_ids=${id}`],
      ...[`/api/v1/pcaps/private/status/${id}`, '/api/v1/pcaps/private/user/limits', '/api/v1/upload/private'],
      ...[`/api/v2/captures/${id}`, '/api/v2/openapi.json', '/api/v2/nothing', '/api/nothing'],
    ]
    const before = await usageOf(account.accountId)
    for (const path of paths) {
      const get = await request(path, { headers: bearer })
      const head = await request(path, { method: 'HEAD', headers: bearer })
      expect([path, head.status, await head.text()]).toEqual([path, get.status, ''])
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    }
    expect(await usageOf(account.accountId)).toEqual(before)
    expect((await request(`/api/v1/${token}/info/${id}`)).status).toBe(200)
  })

  it.each(['OPTIONS', 'PATCH', 'PROPFIND', 'SEARCH', 'delete'])(
    '%s of anything is refused, and lets no other site in',
    async (method) => {
      const id = await one()
      for (const path of [`info/${id}`, `download/${id}`, `delete/${id}`, 'upload', `open?url=http://a.example/`]) {
        const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' }
        const answer = await request(`/api/v1/${account.token}/${path}`, { method, headers })
        expect(answer.status).toBe(405)
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      }
      expect((await request(`/api/v1/${account.token}/info/${id}`)).status).toBe(200)
    },
  )
})

describe('a body of JSON', () => {
  it.each([
    ['nested 30,000 times', '['.repeat(30_000)],
    ['with a prototype', '{"__proto__":{"id":"x"}}'],
    ['with a list for an id', '{"id":["x"]}'],
    ['with an object for an id', '{"id":{"toString":"x"}}'],
    ['that is a text', '"id"'],
  ])('%s is refused by delete', async (_, body) => {
    const answer = await request(`/api/v1/${account.token}/delete`, { method: 'POST', body })
    expect(answer.status).toBe(400)
  })
})

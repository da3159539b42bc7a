/** Options as they come in, and forms as clients, good and bad, write them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { bytes, utf8 } from '../support/captures.ts'
import { makeAccount, request, rowOf, type TestAccount } from '../support/gateway.ts'
import {
  BOUNDARY,
  CAPTURE,
  expectRefusal,
  type FormPart,
  filePart,
  form,
  holdingsOf,
  infoOf,
  NOTHING,
  put,
  streamOf,
} from '../support/uploads.ts'

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})
const post = (parts: FormPart[], by = account, how = {}) => request(`/api/v1/${by.token}/upload`, form(parts, how))
const taken = async (answer: Response) => {
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as { filename: string; id: string }
}
const bytesOf = async (id: string) =>
  new Uint8Array(await (await request(`/api/v1/${account.token}/download/${id}`)).arrayBuffer())

describe('options', () => {
  it.each([
    ['/etc/passwd.cap', 'passwd.cap'],
    ['C:\\Users\\me\\x.cap', 'x.cap'],
    ['a\r\nSet-Cookie: b=c.cap', 'aSet-Cookie: b=c.cap'],
    ['a\u0000b\u0007\u009fc.cap', 'abc.cap'],
    ['  x.cap  ', 'x.cap'],
    ['日本語.pcapng', '日本語.pcapng'],
    [`${'x'.repeat(300)}.pcapng`, `${'x'.repeat(248)}.pcapng`],
    [`${'é'.repeat(200)}.cap`, `${'é'.repeat(125)}.cap`],
  ])('filename %j becomes %j', async (given, wanted) => {
    const query = `?${new URLSearchParams({ filename: given })}`
    const answer = await request(`/api/v1/${account.token}/upload${query}`, { method: 'PUT', body: CAPTURE })
    const { filename, id } = await taken(answer)
    expect(filename).toBe(wanted)
    expect(utf8(filename).length).toBeLessThanOrEqual(255)
    expect((await rowOf(id))?.filename).toBe(wanted)
  })

  it.each(['..', '.', '/', 'a/', '\u0001'])('filename %j is none: the part’s own name stands', async (filename) => {
    expect((await taken(await post([{ name: 'filename', body: filename }, filePart()]))).filename).toBe('traffic.pcap')
  })

  it('tags come after the token’s own, each once, in order', async () => {
    const mine = await makeAccount({}, { defaultTags: ['noc', 'site 7'] })
    const id = await put(mine, '?additional_tags=dns,+noc+,,lab,dns')
    expect((await infoOf(mine, id)).tag_list).toBe('noc,site 7,dns,lab')
    expect((await infoOf(mine, await put(mine, '?additional_tags=,'))).tag_list).toBe('noc,site 7')
  })

  it('comments keep lines and tabs, and lose other control characters', async () => {
    const id = await put(account, `?${new URLSearchParams({ comments: ' a\r\nb\tc\u0000\u001b[31m\u2028d ' })}`)
    expect((await infoOf(account, id)).comments).toBe('a\nb\tc[31md')
  })

  it.each([
    ['comments of 16384 characters', 'comments', 'x'.repeat(16_384), 200],
    ['comments of 16385', 'comments', 'x'.repeat(16_385), 400],
    ['64 tags', 'additional_tags', Array.from({ length: 64 }, (_, i) => `t${i}`).join(), 200],
    ['65 tags', 'additional_tags', Array.from({ length: 65 }, (_, i) => `t${i}`).join(), 400],
    ['a tag of 100 characters', 'additional_tags', 'x'.repeat(100), 200],
    ['a tag of 101', 'additional_tags', 'x'.repeat(101), 400],
  ] as const)('%s, before and behind the file, give %i', async (_, name, body, status) => {
    const mine = await makeAccount()
    for (const parts of [
      [{ name, body }, filePart()],
      [filePart(), { name, body }],
    ]) {
      const answer = await post(parts, mine)
      if (status === 200) await taken(answer)
      else await expectRefusal(answer, 400, /(comments|tag)/)
    }
    const { rows, files, objects } = await holdingsOf(mine.accountId)
    const kept = status === 200 ? 2 : 0
    expect({ rows, files, objects }).toEqual({ rows: kept, files: kept, objects: kept })
  })
})

describe('a form that is taken', () => {
  it.each([
    ['file part without a filename', [filePart({ filename: undefined })]],
    ['file part without a Content-Type', [filePart({ headers: {} })]],
    [
      'other file parts',
      [{ name: 'notes', filename: 'n.txt', body: 'x' }, filePart(), { name: 'more', filename: '', body: '' }],
    ],
    ['64 parts', [...Array.from({ length: 63 }, (_, i) => ({ name: `f${i}`, body: 'x' })), filePart()]],
    ['a field of 64 KiB', [{ name: 'x', body: 'x'.repeat(65_535) }, filePart()]],
    ['the same field twice', [{ name: 'comments', body: 'a' }, { name: 'comments', body: 'b' }, filePart()]],
  ] as [string, FormPart[]][])('%s', async (_, parts) => {
    const { id } = await taken(await post(parts))
    expect(await bytesOf(id)).toEqual(CAPTURE)
  })

  it('with a quoted boundary, a preamble and an epilogue', async () => {
    const { body } = form([filePart()])
    const answer = await request(`/api/v1/${account.token}/upload`, {
      method: 'POST',
      headers: { 'Content-Type': `Multipart/Form-Data; charset=utf-8; boundary="${BOUNDARY}"` },
      body: bytes(utf8('a preamble\r\n'), body, utf8('an epilogue')),
    })
    expect(await bytesOf((await taken(answer)).id)).toEqual(CAPTURE)
  })

  it.each([1, 2, 3, 7, 61])('in pieces of %i bytes, with all that looks like a boundary in the file', async (piece) => {
    const near = [
      `\r\n--${BOUNDARY.slice(0, -1)}x`,
      '\r\n',
      '\r\n--',
      `--${BOUNDARY}`,
      `\r\n-${BOUNDARY}`,
      '\r',
      '\r\r\n',
    ]
    const body = bytes(CAPTURE, ...near.map(utf8), CAPTURE, utf8('\r\n'))
    const made = form([{ name: 'comments', body: 'x' }, filePart({ body }), { name: 'additional_tags', body: 'z' }])
    const answer = await request(`/api/v1/${account.token}/upload`, { ...made, body: streamOf(made.body, piece) })
    const { id } = await taken(answer)
    expect(await bytesOf(id)).toEqual(body)
    expect(await infoOf(account, id)).toMatchObject({ comments: 'x', tag_list: 'z' })
  })

  it.each([
    ['filename*', `form-data; name="file"; filename*=UTF-8''caf%C3%A9.cap`, 'café.cap'],
    ['UTF-8 as it is', 'form-data; name="file"; filename="naïve.cap"', 'naïve.cap'],
    ['UTF-8 beyond Latin-1', 'form-data; name="file"; filename="日本語 😀.cap"', '日本語 😀.cap'],
    ['a path', 'form-data; name="file"; filename="/tmp/dir/x.cap"', 'x.cap'],
    ['a path of Windows', 'form-data; name="file"; filename="C:\\new\\x.cap"', 'x.cap'],
    ['escaped quotes', 'form-data; name="file"; filename="a \\"b\\".cap"', 'a "b".cap'],
    ['a semicolon', 'form-data; name="file"; filename="a; b=c.cap"', 'a; b=c.cap'],
    ['no quotes', 'form-data; name=file; filename=x.cap', 'x.cap'],
    ['capitals and blanks', 'Form-Data;  NAME = "file" ;FileName="x.cap"', 'x.cap'],
    ['filename* and filename', `form-data; name="file"; filename="b.cap"; filename*=UTF-8''a.cap`, 'a.cap'],
    [
      'filename* and a filename beyond Latin-1',
      `form-data; name="file"; filename="語.cap"; filename*=utf-8'en'a.cap`,
      'a.cap',
    ],
  ])('with a name given by %s', async (_, disposition, wanted) => {
    expect((await taken(await post([filePart({ disposition })]))).filename).toBe(wanted)
  })
})

describe('a form that is refused leaves nothing', () => {
  it.each([
    ['no part named file', [{ name: 'data', filename: 'x.cap', body: CAPTURE }], {}, 400, /no part named `file`/],
    ['no parts at all', [], {}, 400, /form|part/],
    ['two files', [filePart(), filePart()], {}, 400, /more than one part/],
    ['no final boundary', [filePart()], { ended: false }, 400, /ended before its last boundary/],
    ['no final boundary behind a field', [filePart(), { name: 'comments', body: 'x' }], { ended: false }, 400, /ended/],
    [
      'a filename* that cannot be decoded',
      [filePart({ disposition: `form-data; name="file"; filename*=UTF-8''%E0%A4%A` })],
      {},
      400,
      /form/,
    ],
    [
      '65 parts',
      [filePart(), ...Array.from({ length: 64 }, (_, i) => ({ name: `f${i}`, body: 'x' }))],
      {},
      400,
      /more than 64 parts/,
    ],
    [
      '65 parts, the file last',
      [...Array.from({ length: 64 }, (_, i) => ({ name: `f${i}`, body: 'x' })), filePart()],
      {},
      400,
      /more than 64 parts/,
    ],
    [
      'a field that is too long',
      [{ name: 'comments', body: 'x'.repeat(65_600) }, filePart()],
      {},
      400,
      /longer than 65536 bytes/,
    ],
    [
      'a field that is too long behind the file',
      [filePart(), { name: 'comments', body: 'x'.repeat(65_600) }],
      {},
      400,
      /longer than 65536 bytes/,
    ],
    [
      'a part header without an end',
      [filePart({ headers: { 'X-Long': 'x'.repeat(100_000) } })],
      {},
      400,
      /header|form/,
    ],
    ['an empty file', [filePart({ body: '' })], {}, 415, /empty/],
    ['no file chosen in a browser', [filePart({ body: '', filename: '' })], {}, 415, /empty/],
  ] as [string, FormPart[], object, number, RegExp][])('%s', async (_, parts, how, status, words) => {
    const mine = await makeAccount()
    await expectRefusal(await post(parts, mine, how), status, words)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it.each([
    ['multipart/form-data', 415],
    ['multipart/form-data; boundary=', 400],
    ['multipart/form-data; charset=utf-8', 400],
    ['multipart/mixed; boundary=x', 415],
  ])('a Content-Type of %s', async (type, status) => {
    const { body } = form([filePart()])
    const init = { method: 'POST', headers: { 'Content-Type': type }, body }
    const answer = await request(`/api/v1/${account.token}/upload`, init)
    await expectRefusal(answer, status, /form|boundary/i)
  })

  it('a body that is cut off at any byte', { timeout: 20_000 }, async () => {
    const mine = await makeAccount()
    const made = form([filePart(), { name: 'comments', body: 'x' }])
    for (let length = 0; length < made.body.length - 2; length += length < 250 ? 23 : 7) {
      const answer = await request(`/api/v1/${mine.token}/upload`, { ...made, body: made.body.subarray(0, length) })
      expect([length, answer.status]).toEqual([length, 400])
      await answer.arrayBuffer()
    }
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })
})

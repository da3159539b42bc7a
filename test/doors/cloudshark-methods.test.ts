/**
 * `search`, `annotations` and `merge` in the forms that CloudShark documents and that its clients send, by the real curl and by Node's
 * fetch, against a real `npm start`. Nothing here takes 501 for an answer.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const NO_ID = '00000000-0000-4000-8000-000000000000'
const capture = (from: number) =>
  pcap(Array.from({ length: 10 }, (_, at) => ({ seconds: 1_700_000_000 + from + 2 * at, fraction: 0, data: payload(100, from + at) }))) // biome-ignore format: packets
/** Their packets take turns. */
const EVEN = capture(0)
const ODD = capture(1)

let server: Server
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pcaport-methods-'))
  server = await startServer()
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const api = (path: string) => `${server.url}/api/v1/${server.token}/${path}`
/** curl with these arguments and at last the address of a method. @returns status and body */
async function curl(path: string, ...options: string[]): Promise<[number, string]> {
  const { stdout } = await run('curl', ['-sS', '-w', '\n%{http_code}', ...options, api(path)], { cwd: folder, env: { ...process.env, CURL_HOME: folder } }) // biome-ignore format: a call
  const at = stdout.lastIndexOf('\n')
  return [Number(stdout.slice(at + 1)), stdout.slice(0, at)]
}
async function json<T>(answer: Promise<[number, string]>): Promise<T> {
  const [status, body] = await answer
  expect(status, body).toBe(200)
  return JSON.parse(body) as T
}
async function upload(bytes: Uint8Array, query: Record<string, string>): Promise<string> {
  const answer = await fetch(`${api('upload')}?${new URLSearchParams(query)}`, {
    method: 'PUT',
    body: new Uint8Array(bytes),
  })
  expect(answer.status).toBe(200)
  const { id } = (await answer.json()) as { id: string }
  await parsed(id)
  return id
}
/** Once the capture is parsed. */
async function parsed(id: string): Promise<Record<string, unknown>> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(50)) {
    const found = (await (await fetch(api(`info/${id}`))).json()) as Record<string, unknown>
    if ((found.sha1_hash ?? null) !== null) return found
  }
  throw new Error('not parsed in 20 s')
}
/** A refusal in CloudShark's shape. */
function expectRefusal([status, body]: [number, string], wanted: number): void {
  expect(status, body).toBe(wanted)
  expect(JSON.parse(body)).toEqual({ status: wanted, exceptions: [expect.stringMatching(/\w/)] })
  expect(Object.keys(JSON.parse(body))).toEqual(['status', 'exceptions'])
}

describe.skipIf(!needs.curl.met)('search', () => {
  interface Found {
    captures: Record<string, unknown>[]
  }
  const idsOf = ({ captures }: Found) => captures.map(({ id }) => id)
  let boston: string
  let both: string
  beforeAll(async () => {
    boston = await upload(EVEN, {
      filename: 'search-boston.pcap',
      additional_tags: 'Boston',
      comments: 'a slow printer',
    })
    both = await upload(ODD, { filename: 'search-both.pcap', additional_tags: 'Boston,Portsmouth', comments: '' })
  })

  it('by one tag, as the vendor’s page has it: id first, then filename and created_at, and every field of info', async () => {
    const found = await json<Found>(curl('search?search[tags][]=Portsmouth', '-g', '-X', 'GET'))
    expect(Object.keys(found)).toEqual(['captures'])
    expect(idsOf(found)).toEqual([both])
    const [first = {}] = found.captures
    const info = await parsed(both)
    expect(Object.keys(first).slice(0, 3)).toEqual(['id', 'filename', 'created_at'])
    const passing = { last_accessed: expect.anything(), viewcount: expect.anything() }
    expect(first).toEqual({ ...info, ...passing })
  })

  it.each([
    ['a name', 'search?search[filename]=search-boston.pcap', ['boston']],
    ['encoded brackets, as Ruby and Python send them', 'search?search%5Bfilename%5D=search-boston.pcap', ['boston']],
    ['two tags', 'search?search[tags][]=Boston&search[tags][]=Portsmouth', ['both']],
    ['a comment', 'search?search[comments]=printer', ['boston']],
    ['a name and a tag', 'search?search[filename]=search-both.pcap&search[tags][]=Boston', ['both']],
    ['a name that none has', 'search?search[filename]=search-nowhere.pcap', []],
    ['a tag that none has', 'search?search[tags][]=Rome', []],
    ['a trailing slash', 'search/?search[filename]=search-both.pcap', ['both']],
  ])('by %s', async (_, path, names) => {
    const wanted = names.map((name) => (name === 'both' ? both : boston))
    expect(idsOf(await json<Found>(curl(path, '-g'))).sort()).toEqual(wanted.sort())
  })

  it('by dates, with and without leading zeros, both days included', async () => {
    const day = (from: number) => {
      const date = new Date(Date.now() + from * 86_400_000)
      return [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCFullYear()]
    }
    const text = (from: number) => day(from).join('/')
    const padded = day(1).map((part) => String(part).padStart(2, '0')).join('/') // biome-ignore format: a date
    const by = async (range: string) =>
      idsOf(await json<Found>(curl(`search?search[date]=${range}&search[filename]=search-both.pcap`, '-g')))
    expect(await by(`1/1/2000-${padded}`)).toEqual([both])
    expect(await by(`${text(-1)}-${text(1)}`)).toEqual([both])
    expect(await by('1/1/2000-1/1/2001')).toEqual([])
  })

  it('refuses a date that is none', async () => {
    expectRefusal(await curl('search?search[date]=yesterday', '-g'), 400)
  })

  it('tells nothing of captures that are deleted', async () => {
    const id = await upload(EVEN, { filename: 'search-gone.pcap' })
    await fetch(api(`delete/${id}`), { method: 'POST' })
    expect(idsOf(await json<Found>(curl('search?search[filename]=search-gone.pcap', '-g')))).toEqual([])
  })
})

describe.skipIf(!needs.curl.met)('annotations', () => {
  let id: string
  beforeAll(async () => {
    id = await upload(EVEN, { filename: 'notes.pcap' })
  })
  const note = (line: number, text: string) => ({ line, capture_id: id, text, user: 'local' })

  it('are none, then one by a query, one by a form, one changed, and one gone by its frame alone', async () => {
    expect(await curl(`annotations/${id}`)).toEqual([200, '[]'])
    const first = await curl(`annotations/${id}?frame=5&text=My+Annotation`, '-X', 'POST')
    expect(first).toEqual([200, `[{"line":5,"capture_id":"${id}","text":"My Annotation","user":"local"}]`])
    const text = 'Take a look at this frame for issues'
    const second = curl(`annotations/${id}`, '-X', 'POST', '--data', 'frame=3', '--data', `text=${text}`)
    expect(await json(second)).toEqual([note(3, text), note(5, 'My Annotation')])
    const changed = curl(`annotations/${id}`, '--data-urlencode', 'frame=5', '--data-urlencode', 'text=é & <b> "q"')
    expect(await json(changed)).toEqual([note(3, text), note(5, 'é & <b> "q"')])
    expect(await json(curl(`annotations/${id}`))).toEqual([note(3, text), note(5, 'é & <b> "q"')])
    expect(await json(curl(`annotations/${id}`, '--data', 'frame=3'))).toEqual([note(5, 'é & <b> "q"')])
    expect(await json(curl(`annotations/${id}?frame=5`, '-X', 'POST'))).toEqual([])
  })

  it('come and go with 204 where `quiet` is said, as a Node client says it', async () => {
    const url = new URL(api(`annotations/${id}`))
    for (const [name, value] of Object.entries({ frame: '2', text: 'quietly', quiet: 'true' }))
      url.searchParams.append(name, value)
    const answer = await fetch(url.href, { method: 'POST' })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await json(curl(`annotations/${id}`))).toEqual([note(2, 'quietly')])
    expect((await curl(`annotations/${id}`, '--data', 'frame=2', '--data', 'quiet=1'))[0]).toBe(204)
    expect(await json(curl(`annotations/${id}`))).toEqual([])
  })

  it.each([
    ['no frame', (of: string) => `annotations/${of}?text=x`, 400],
    ['a frame that is no number', (of: string) => `annotations/${of}?frame=five&text=x`, 400],
    ['a capture that is none', () => `annotations/${NO_ID}?frame=1&text=x`, 404],
  ])('refuse %s', async (_, path, status) => {
    expectRefusal(await curl(path(id), '-X', 'POST'), status)
  })

  it('of a capture that is none are 404', async () => {
    expectRefusal(await curl(`annotations/${NO_ID}`), 404)
  })
})

describe.skipIf(!needs.curl.met)('merge', () => {
  interface Made {
    id: string
    filename: string
  }
  let even: string
  let odd: string
  beforeAll(async () => {
    even = await upload(EVEN, { filename: 'even.pcap' })
    odd = await upload(ODD, { filename: 'odd.pcap' })
  })

  it('by a query, as the vendor’s page has it: id, then “merged …”', async () => {
    const [status, body] = await curl(`merge?capture_ids=${even},${odd}`, '-X', 'POST')
    expect([status, body]).toEqual([
      200,
      expect.stringMatching(new RegExp(`^{"id":"${UUID}","filename":"merged [^"]+"}$`)),
    ])
    const { id, filename } = JSON.parse(body) as Made
    expect(await parsed(id)).toMatchObject({
      filename,
      num_packets: 20,
      data_size: 2000,
      start_time: '2023-11-14T22:13:20+00:00',
      end_time: '2023-11-14T22:13:39+00:00',
      file_source: 'merge',
      truncated: 'No',
    })
  })

  it('with a name and tags, and without what is there twice, as a Node client asks for it', async () => {
    const url = new URL(api('merge'))
    const options = {
      capture_ids: `${even},${even}`,
      additional_tags: 'a,b',
      filename: 'once.pcapng',
      duplicates: 'remove',
    }
    for (const [name, value] of Object.entries(options)) url.searchParams.append(name, value)
    const answer = await fetch(url.href, { method: 'POST' })
    const text = await answer.text()
    expect(answer.status, text).toBe(200)
    const { id, filename } = JSON.parse(text) as Made
    expect(filename).toBe('once.pcapng')
    expect(await parsed(id)).toMatchObject({ filename: 'once.pcapng', tag_list: 'a,b', num_packets: 10 })
  })

  it('by a form', async () => {
    const { id } = await json<Made>(
      curl('merge', '--data', `capture_ids=${odd},${even}`, '--data', 'filename=f.pcapng'),
    )
    expect(await parsed(id)).toMatchObject({ filename: 'f.pcapng', num_packets: 20 })
  })

  it.each([
    ['no ids', () => 'merge', 400],
    ['a capture that is none', () => `merge?capture_ids=${even},${NO_ID}`, 404],
    ['another word for duplicates', () => `merge?capture_ids=${even},${odd}&duplicates=keep-some`, 400],
  ])('refuses %s', async (_, path, status) => {
    expectRefusal(await curl(path(), '-X', 'POST'), status)
  })
})

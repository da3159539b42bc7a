/**
 * Requests header for header as CloudShark's clients send them, read from their sources or from the wire, against a real `npm start`: the
 * Wireshark plugin, OpenWrt's cshark, Ruby's rest-client, Python's requests, PowerShell, Meraki's way, Node's fetch, browsers.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { chunked, type Read, readAnswer, send } from '../support/wire.ts'

const run = promisify(execFile)
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const CAPTURE = pcap(
  Array.from({ length: 40 }, (_, at) => ({ seconds: 1_700_000_000 + at, fraction: 0, data: payload(400, at) })),
)

/** Serves the capture to who opens it by its URL. */
let asked = 0
const files = createServer((request, response) => {
  asked++
  if (request.url?.startsWith('/caps/')) response.writeHead(200, { 'Content-Length': CAPTURE.length }).end(CAPTURE)
  else response.writeHead(404).end()
})

let server: Server
let folder: string
let source: string
beforeAll(async () => {
  await new Promise<void>((ready) => files.listen(0, '127.0.0.1', ready))
  source = `127.0.0.1:${(files.address() as AddressInfo).port}`
  folder = mkdtempSync(join(tmpdir(), 'pcaport-clients-'))
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(join(folder, 'traffic.pcap'), CAPTURE)
  server = await startServer({ env: { FETCH_ALLOW: source } })
})
afterAll(async () => {
  await server?.stop()
  files.closeAllConnections()
  files.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A line of shell, in the folder of the capture, with $HOST, $TOKEN and $ID. */
async function shell(line: string, more: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, HOST: server.url, TOKEN: server.token, CURL_HOME: folder, ...more }
  const { stdout } = await run('bash', ['-c', `set -o pipefail; ${line}`], { cwd: folder, env, timeout: 20_000 })
  return stdout
}
const api = (path: string) => `${server.url}/api/v1/${server.token}/${path}`
const info = async (id: string) => (await (await fetch(api(`info/${id}`))).json()) as Record<string, unknown>
/** Once the capture is parsed. */
async function parsed(id: string): Promise<Record<string, unknown>> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(50)) {
    const found = await info(id)
    if (found.sha1_hash !== null) return found
  }
  throw new Error('not parsed in 10 s')
}

/** Send a request over a socket: its lines, then its body. */
async function wire(lines: string[], body: (string | Uint8Array)[] = [], apart = 0): Promise<Read> {
  return readAnswer(await send(server.port, [[...lines, '', ''].join('\r\n'), ...body], apart))
}
/** The answer to an upload, as all of them read it: one piece, the body as it is documented. @returns the id */
async function uploaded(answer: Read, wanted: Record<string, unknown>): Promise<string> {
  expect(answer.status, answer.body).toBe(200)
  expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8')
  // Who says that it takes gzip gets gzip, from Cloudflare as from its imitation here.
  if (answer.headers['content-encoding'] === undefined)
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)))
  expect(answer.body).toMatch(new RegExp(`^{"filename":"[^"]+","id":"${UUID}"}$`))
  const { id } = JSON.parse(answer.body) as { id: string }
  expect(answer.headers.location).toMatch(new RegExp(`/captures/${id}$`))
  const back = await fetch(api(`download/${id}`))
  expect(Buffer.from(await back.arrayBuffer()).equals(CAPTURE)).toBe(true)
  expect(await info(id)).toMatchObject(wanted)
  return id
}
const target = (path: string) => `/api/v1/${server.token}/${path}`

/** A form's part, with the header lines its client writes. */
const part = (boundary: string, lines: string[], body: string | Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`--${boundary}\r\n${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')])

describe.skipIf(!needs.bash.met || !needs.curl.met)('the Wireshark plugin', () => {
  // The command that its cloudshark_do_upload makes of the configuration and of what is typed into its dialog.
  const upload = (auth: string, tags: string, typed: string, key = '$TOKEN') =>
    `curl ${auth} -w "\\nHTTP Response Code: %{http_code}\\n" -F "file=@traffic.pcap" -F "additional_tags=${tags},${typed}" -o answer.json $HOST/api/v1/${key}/upload 2>&1`
  const code = (printed: string) => /HTTP Response Code: (\d+)/.exec(printed)?.[1]
  const answer = () =>
    JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8')) as {
      id?: string
      status?: number
      exceptions?: string[]
    }

  it.each([
    ['wireshark', 'dns,lab', 'wireshark,dns,lab'],
    ['', '', ''],
    ['wireshark', '', 'wireshark'],
  ])('uploads with the tags “%s” and “%s”, and opens captures/<id>', async (tags, typed, list) => {
    expect(code(await shell(upload('', tags, typed)))).toBe('200')
    const { id = '' } = answer()
    expect(await parsed(id)).toMatchObject({ filename: 'traffic.pcap', tag_list: list, num_packets: 40 })
    // It escapes what is no word character in lower case: http.request and ip.
    const page = await fetch(`${server.url}/captures/${id}?filter=http%2erequest%20and%20ip`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  it('reads what was wrong from status and exceptions', async () => {
    expect(code(await shell(upload('', '', '', '0123456789abcdef0123456789abcdef')))).toBe('404')
    expect(answer()).toEqual({ status: 404, exceptions: ['API Token is missing or invalid'] })
  })

  it('with CLOUDSHARK_USER and CLOUDSHARK_PASSWORD, for a token that wants them', async () => {
    const made = await shell(
      `${JSON.stringify(process.execPath)} $ADMIN token add local wireshark --login noc --json`,
      {
        ADMIN: resolve(import.meta.dirname, '../../ops/admin.ts'),
        PCAPORT_STATE: server.state,
      },
    )
    const { token: KEY, password: PASSWORD, login } = JSON.parse(made) as Record<string, string>
    expect(login).toBe('noc')
    const secrets = { KEY: KEY ?? '', PASSWORD: PASSWORD ?? '' }
    expect(code(await shell(upload('--user noc:$PASSWORD', 'wireshark', '', '$KEY'), secrets))).toBe('200')
    const { id: ID = '' } = answer()
    expect(await info(ID)).toMatchObject({ tag_list: 'wireshark' })
    const get = 'curl -sS -o back.pcap -w "%{http_code}"'
    const path = '$HOST/api/v1/$KEY/download/$ID'
    expect(await shell(`${get} --user noc:$PASSWORD ${path} && cmp back.pcap traffic.pcap`, { ...secrets, ID })).toBe(
      '200',
    )
    expect(await shell(`${get} --anyauth --user noc:$PASSWORD ${path}`, { ...secrets, ID })).toBe('200')

    expect(code(await shell(upload('', 'wireshark', '', '$KEY'), secrets))).toBe('401') // its own words for that code
    expect(answer()).toEqual({ status: 401, exceptions: [expect.stringContaining('wants a login')] })
    expect(code(await shell(upload('--user noc:wrong', 'wireshark', '', '$KEY'), secrets))).toBe('401')
    expect(answer()).toEqual({ status: 401, exceptions: [expect.stringContaining('is wrong')] })
    expect(await shell(`curl -sSi ${path}`, { ...secrets, ID })).toMatch(/^www-authenticate: Basic realm="pcaport"/im)
    const bearer = 'curl -sS -H "Authorization: Bearer $KEY" $HOST/api/v1/pcaps/private/user/limits'
    expect(await shell(bearer, secrets)).toContain('key-with-login')
    expect(server.output()).not.toContain(PASSWORD ?? '')
  })
})

describe('OpenWrt’s cshark', () => {
  // uclient: the headers that were set, then its own; chunks of BUFSIZ; no User-Agent, no Content-Type.
  it.each([
    ['with Content-Length, as cshark sets it', [`Content-Length: ${CAPTURE.length}`]],
    ['without', []],
  ])('sends chunks, %s', async (_, lines) => {
    const chunks = [CAPTURE.subarray(0, 8192), CAPTURE.subarray(8192)].flatMap((piece) => chunked(piece))
    const answer = await wire(
      [
        `PUT ${target('upload?additional_tags=openwrt')} HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`,
        ...lines,
        'Transfer-Encoding: chunked',
        'Connection: close', // uclient keeps it open, and ends when it has read the id
      ],
      [...chunks, '0\r\n\r\n'],
    )
    const id = await uploaded(answer, { tag_list: 'openwrt', size: CAPTURE.length })
    expect((await info(id)).filename).toMatch(/^capture-\d{8}T\d{9}Z-[0-9a-f]{8}\.cap$/) // nobody said who sends
  })
})

describe('Ruby’s rest-client', () => {
  const form = (boundary: string, type: string[]) => [
    part(boundary, ['Content-Disposition: form-data; name="additional_tags"'], 'dns,lab'),
    part(boundary, ['Content-Disposition: form-data; name="comments"'], 'captured from NOC'),
    part(boundary, ['Content-Disposition: form-data; name="file"; filename="traffic.pcap"', ...type], CAPTURE),
    Buffer.from(`--${boundary}--\r\n`),
  ]
  it.each([
    [
      '2.1',
      '----RubyFormBoundaryT2vGxqxYNuB9dBWQ',
      [
        'Accept: */*',
        'User-Agent: rest-client/2.1.0 (linux x86_64) ruby/3.1.2p20',
        'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
      ],
      ['Content-Type: application/vnd.tcpdump.pcap'],
    ],
    [
      '1.6',
      '347512',
      ['Accept: */*; q=0.5, application/xml', 'Accept-Encoding: gzip, deflate', 'User-Agent: Ruby'],
      ['Content-Type: text/plain'],
    ],
  ])('%s sends a form, options first', async (_, boundary, lines, type) => {
    const body = Buffer.concat(form(boundary, type))
    const answer = await wire(
      [
        `POST ${target('upload')} HTTP/1.1`,
        ...lines,
        `Content-Type: multipart/form-data; boundary=${boundary}`,
        `Content-Length: ${body.length}`,
        `Host: 127.0.0.1:${server.port}`,
        'Connection: close',
      ],
      [body],
    )
    await uploaded(answer, { filename: 'traffic.pcap', tag_list: 'dns,lab', comments: 'captured from NOC' })
  })

  it('sends a body by PUT that it calls a form, and deletes by an urlencoded id', async () => {
    const common = [`Host: 127.0.0.1:${server.port}`, 'Accept: */*', 'User-Agent: Ruby', 'Connection: close']
    const type = 'Content-Type: application/x-www-form-urlencoded'
    const put = [`PUT ${target('upload?filename=r.pcap')} HTTP/1.1`, ...common, type]
    const id = await uploaded(await wire([...put, `Content-Length: ${CAPTURE.length}`], [CAPTURE]), {
      filename: 'r.pcap',
    })
    const form = `id=${id}`
    const post = [`POST ${target('delete')} HTTP/1.1`, ...common, type, `Content-Length: ${form.length}`]
    const gone = await wire(post, [form])
    expect(gone.body).toBe(`{"id":"${id}","message":"Capture deleted successfully.","status":200}`)
    expect(gone.headers['content-type']).toMatch(/^application\/json/)
  })
})

describe('Python’s requests', () => {
  const common = () => [
    `Host: 127.0.0.1:${server.port}`,
    'User-Agent: python-requests/2.32.3',
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    'Connection: close',
  ]
  it.each([
    ['files= and params=', 'upload?additional_tags=dns%2Clab&comments=captured+from+NOC', false],
    ['files= and data=', 'upload', true],
  ])('sends a form by %s', async (_, path, inForm) => {
    const boundary = '0f29dbfe14252ed973b9356a9880bbd9'
    const options = [
      part(boundary, ['Content-Disposition: form-data; name="additional_tags"'], 'dns,lab'),
      part(boundary, ['Content-Disposition: form-data; name="comments"'], 'captured from NOC'),
    ]
    const file = part(boundary, ['Content-Disposition: form-data; name="file"; filename="traffic.pcap"'], CAPTURE)
    const body = Buffer.concat([...(inForm ? options : []), file, Buffer.from(`--${boundary}--\r\n`)])
    const answer = await wire(
      [
        `POST ${target(path)} HTTP/1.1`,
        ...common(),
        `Content-Length: ${body.length}`,
        `Content-Type: multipart/form-data; boundary=${boundary}`,
      ],
      [body],
      20, // http.client writes head and body apart
    )
    await uploaded(answer, { filename: 'traffic.pcap', tag_list: 'dns,lab', comments: 'captured from NOC' })
  })

  it('sends a generator in chunks, and deletes by JSON', async () => {
    const pieces = [CAPTURE.subarray(0, 24), CAPTURE.subarray(24)].flatMap((piece) => chunked(piece))
    const put = [`PUT ${target('upload?filename=p.pcap')} HTTP/1.1`, ...common(), 'Transfer-Encoding: chunked']
    const id = await uploaded(await wire(put, [...pieces, '0\r\n\r\n']), { filename: 'p.pcap' })
    const body = `{"id": "${id}"}`
    const lines = [`POST ${target('delete')} HTTP/1.1`, ...common(), 'content-type: application/json']
    const gone = await wire([...lines, `Content-Length: ${body.length}`], [body])
    expect(JSON.parse(gone.body)).toEqual({ id, message: 'Capture deleted successfully.', status: 200 })
    expect((await wire([`GET ${target(`info/${id}`)} HTTP/1.1`, ...common()])).body).toBe(
      '{"status":404,"exceptions":["There is no such capture."]}',
    )
  })
})

describe('PowerShell', () => {
  it('7 sends -Form: quoted boundary, names without quotes, both kinds of file name', async () => {
    const boundary = 'b1e9a4c6-3c7e-4c7b-9f0f-0e4d5f3a2b1c'
    const body = Buffer.concat([
      part(boundary, ['Content-Type: text/plain; charset=utf-8', 'Content-Disposition: form-data; name=additional_tags'], 'dns,lab'), // biome-ignore format: a part
      part(boundary, ['Content-Type: application/octet-stream', "Content-Disposition: form-data; name=file; filename=traffic.pcap; filename*=utf-8''traffic.pcap"], CAPTURE), // biome-ignore format: a part
      Buffer.from(`--${boundary}--\r\n`),
    ])
    const answer = await wire(
      [
        `POST ${target('upload')} HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`,
        'User-Agent: Mozilla/5.0 (Linux; Debian GNU/Linux 12 (bookworm); en-US) PowerShell/7.4.6',
        'Accept-Encoding: gzip, deflate, br',
        `Content-Type: multipart/form-data; boundary="${boundary}"`,
        `Content-Length: ${body.length}`,
        'Connection: close',
      ],
      [body],
    )
    await uploaded(answer, { filename: 'traffic.pcap', tag_list: 'dns,lab' })
  })

  it('5.1 sends -InFile, and waits for 100 Continue', async () => {
    const answer = await wire(
      [
        `PUT ${target('upload?filename=traffic.pcap&additional_tags=dns,lab')} HTTP/1.1`,
        'User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4648',
        'Content-Type: application/octet-stream',
        `Host: 127.0.0.1:${server.port}`,
        `Content-Length: ${CAPTURE.length}`,
        'Expect: 100-continue',
        'Connection: Close',
      ],
      ['', CAPTURE],
      350, // it does not wait for longer
    )
    await uploaded(answer, { filename: 'traffic.pcap', tag_list: 'dns,lab' })
  })

  it('5.1 sends a form that a script has put together', async () => {
    const boundary = '8f1cbb2e-9f43-4a5f-8f60-0a8a2ab7cd11'
    const body = Buffer.concat([
      part(boundary, ['Content-Disposition: form-data; name="file"; filename="traffic.pcap"', 'Content-Type: application/octet-stream'], CAPTURE), // biome-ignore format: a part
      Buffer.from(`--${boundary}--\r\n\r\n`), // joined by line feeds, one more at the end
    ])
    const answer = await wire(
      [
        `POST ${target('upload')} HTTP/1.1`,
        'User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4648',
        `Content-Type: multipart/form-data; boundary="${boundary}"`,
        `Host: 127.0.0.1:${server.port}`,
        `Content-Length: ${body.length}`,
        'Expect: 100-continue',
        'Connection: Close',
      ],
      ['', body],
      350,
    )
    await uploaded(answer, { filename: 'traffic.pcap' })
  })
})

describe('a device that streams, in Meraki’s way', () => {
  it('with an address as its Host, and options in the query', async () => {
    const query = 'filename=N_12345%20switch%201.pcap&additional_tags=meraki%2Cswitch&comments='
    const pieces = Array.from({ length: 8 }, (_, at) => CAPTURE.subarray((at * CAPTURE.length) / 8, ((at + 1) * CAPTURE.length) / 8)) // biome-ignore format: pieces
    const answer = await wire(
      [
        `PUT ${target(`upload?${query}`)} HTTP/1.1`,
        'Host: 203.0.113.7',
        'Accept: */*',
        'Transfer-Encoding: chunked',
        'Content-Type: application/octet-stream',
        'Connection: close',
      ],
      [...pieces.flatMap((piece) => chunked(piece)), '0\r\n\r\n'],
      15,
    )
    await uploaded(answer, { filename: 'N_12345 switch 1.pcap', tag_list: 'meraki,switch', comments: '' })
    expect(answer.headers.location).toMatch(/^http:\/\/203\.0\.113\.7\/captures\//)
  })
})

describe('Node’s fetch', () => {
  it('uploads, and cuts the name of a download out of its header', async () => {
    const url = new URL(api('upload'))
    for (const [name, value] of Object.entries({ additional_tags: 'a,b', filename: 'x.cap', comments: 'c' }))
      url.searchParams.append(name, value)
    const answer = await fetch(url.href, { method: 'PUT', body: new Uint8Array(CAPTURE) })
    const { id } = (await answer.json()) as { id: string }
    const back = await fetch(api(`download/${id}`))
    const name = back.headers
      .get('content-disposition')
      ?.split(';')
      .find((piece) => piece.includes('filename='))
      ?.replace('filename=', '')
      .trim()
    expect(name).toBe('x.cap')
    expect((await fetch(api(`delete/${id}`), { method: 'POST' })).status).toBe(200)
  })
})

describe.skipIf(!needs.bash.met || !needs.curl.met)('open', () => {
  it('by curl: leads to the page, fetches once, and is the same to other clients', async () => {
    const url = `http://${source}/caps/one.pcap?part=1`
    const before = asked
    const line =
      'curl -sS -L -G --data-urlencode "url=$URL" -w "%{http_code} %{url_effective}" -o page.html $HOST/api/v1/$TOKEN/open'
    const [code, page = ''] = (await shell(line, { URL: url })).split(' ')
    expect([code, page]).toEqual(['200', expect.stringMatching(new RegExp(`^${server.url}/captures/${UUID}$`))])
    const id = page.slice(-36)
    expect(await parsed(id)).toMatchObject({ filename: 'one.pcap', num_packets: 40, file_source: 'url' })

    // A link on a page of another site: what a browser sends when it is followed.
    const browser = await wire([
      `GET ${target(`open?url=${encodeURIComponent(url)}`)} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      'Connection: close',
      'Upgrade-Insecure-Requests: 1',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-User: ?1',
      'Sec-Fetch-Dest: document',
      'Referer: https://tickets.example/',
      'Accept-Encoding: gzip, deflate, br, zstd',
    ])
    expect([browser.status, browser.body]).toEqual([302, ''])
    expect(browser.headers.location).toBe(`http://127.0.0.1:${server.port}/captures/${id}`)
    expect(browser.headers['referrer-policy']).toBe('no-referrer') // the token does not travel on
    const posted = await shell('curl -sS -o /dev/null -w "%{redirect_url}" -F "url=$URL" $HOST/api/v1/$TOKEN/open', {
      URL: url,
    })
    expect(posted).toBe(`${server.url}/captures/${id}`)
    expect(asked).toBe(before + 1)
  })

  it('by forty curls at once: one capture', async () => {
    const url = `http://${source}/caps/many.pcap`
    const line =
      'for i in $(seq 40); do curl -sS -o /dev/null -w "%{redirect_url}\\n" "$HOST/api/v1/$TOKEN/open?url=$URL" & done | sort -u; wait'
    expect((await shell(line, { URL: url })).trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${server.url}/captures/${UUID}$`)),
    ])
  })

  it('/view by curl: asks, and makes another each time', async () => {
    const view = 'curl -sS -H "Authorization: Bearer $TOKEN"'
    const URL_ = `http://${source}/caps/view.pcap`
    expect(await shell(`${view} -G --data-urlencode "url=$URL" $HOST/view`, { URL: URL_ })).toContain(
      '<form method="post" action="/view">',
    )
    const post = `${view} -o /dev/null -w "%{http_code} %{redirect_url}" --data-urlencode "url=$URL" $HOST/view`
    const made = [await shell(post, { URL: URL_ }), await shell(post, { URL: URL_ })]
    for (const one of made) expect(one).toMatch(new RegExp(`^303 ${server.url}/captures/${UUID}$`))
    expect(new Set(made).size).toBe(2)
    expect(await shell('curl -sS -o /dev/null -w "%{http_code}" "$HOST/view?url=http://a.example/"')).toBe('401')
  })
})

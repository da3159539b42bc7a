/** The shell lines of both vendors' API pages, by the real curl, bash and raw sockets, against a real `npm start`. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { chunked, send as sendTo } from '../support/wire.ts'

const run = promisify(execFile)
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const UPLOADED = new RegExp(`^{"filename":"([^"]+)","id":"(${UUID})"}$`)
const CAPTURE = pcap([
  { seconds: 1_700_000_000, fraction: 250_000, data: payload(60) },
  { seconds: 1_700_000_002, fraction: 750_000, data: payload(100), origlen: 1500 },
])

let server: Server
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pcaport-curl-'))
  writeFileSync(join(folder, 'traffic.pcap'), CAPTURE)
  server = await startServer()
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A line of shell, in the folder of the capture, with $HOST, $TOKEN and $ID. */
async function shell(line: string, more: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, HOST: server.url, TOKEN: server.token, CURL_HOME: folder, ...more }
  const { stdout } = await run('bash', ['-c', `set -o pipefail; ${line}`], { cwd: folder, env, timeout: 20_000 })
  return stdout
}
/** The id that an upload was answered with. */
function idIn(answer: string): string {
  expect(answer).toMatch(UPLOADED)
  return UPLOADED.exec(answer)?.[2] ?? ''
}
const info = async (ID: string) =>
  JSON.parse(await shell('curl -sS "$HOST/api/v1/$TOKEN/info/$ID"', { ID })) as Record<string, unknown>
async function parsed(id: string) {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(50)) {
    const found = await info(id)
    if (found.sha1_hash !== null) return found
  }
  throw new Error('not parsed in 10 s')
}
/** The lines of `capinfos` that both sides have. */
function capinfos(file: string) {
  const text = execFileSync('capinfos', ['-M', file], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
  const of = (name: string) => new RegExp(`^${name}: +(\\S+)`, 'm').exec(text)?.[1]
  return {
    file_type: of('File type'),
    encapsulation: of('File encapsulation'),
    size: Number(of('File size')),
    data_size: Number(of('Data size')),
    num_packets: Number(of('Number of packets')),
    duration: of('Capture duration'),
    avg_packet_size: of('Average packet size'),
    avg_packet_rate: of('Average packet rate'),
    data_byte_rate: of('Data byte rate'),
    data_bit_rate: of('Data bit rate'),
    sha1_hash: of('SHA1'),
  }
}

/** Without bash and curl there is nothing here to run. */
const unable = !needs.bash.met || !needs.curl.met

describe.skipIf(unable)('CloudShark’s lines', () => {
  it('the first upload is ok within 3 seconds', async () => {
    const startedAt = Date.now()
    const ID = idIn(await shell('curl -sS -T traffic.pcap $HOST/api/v1/$TOKEN/upload'))
    const status = () =>
      shell('curl -sS -H "Authorization: Bearer $TOKEN" $HOST/api/v1/pcaps/private/status/$ID', { ID })
    while (JSON.parse(await status()).status !== 'ok') await sleep(50)
    expect(Date.now() - startedAt).toBeLessThan(3000)
  })

  it.skipIf(!needs.capinfos.met)('a form with all options; info is what capinfos says', async () => {
    const answer = await shell(
      'curl -sS -F file=@traffic.pcap -F filename=noc.pcap -F additional_tags=dns,lab -F comments="captured from NOC" $HOST/api/v1/$TOKEN/upload',
    )
    const found = await parsed(idIn(answer))
    expect(found).toMatchObject({ filename: 'noc.pcap', tag_list: 'dns,lab', comments: 'captured from NOC' })
    expect(found).toMatchObject(capinfos(join(folder, 'traffic.pcap')))
  })

  it.each([
    ['a PUT', 'curl -sS -T traffic.pcap "$HOST/api/v1/$TOKEN/upload"', /./],
    [
      'a PUT with options',
      'curl -sS --upload-file traffic.pcap "$HOST/api/v1/$TOKEN/upload?filename=x.cap&additional_tags=a"',
      /^x\.cap$/,
    ],
    [
      'a PUT to …/upload/, to which curl adds the name',
      'curl -sS -T traffic.pcap $HOST/api/v1/$TOKEN/upload/',
      /^traffic\.pcap$/,
    ],
    ['a POST to …/upload/', 'curl -sS -F file=@traffic.pcap $HOST/api/v1/$TOKEN/upload/', /^traffic\.pcap$/],
    [
      'a form without a file name',
      'curl -sS -F "file=<traffic.pcap;type=application/octet-stream" $HOST/api/v1/$TOKEN/upload',
      /^curl-[\d.]+-\d{8}T/,
    ],
    [
      'a form, with a name beyond Latin-1',
      'cp traffic.pcap "日本語 x.pcap" && curl -sS -F "file=@日本語 x.pcap" $HOST/api/v1/$TOKEN/upload',
      /^日本語 x\.pcap$/,
    ],
    [
      'a pipe, chunked',
      'cat traffic.pcap | curl -sS -T - "$HOST/api/v1/$TOKEN/upload?filename=live.pcap"',
      /^live\.pcap$/,
    ],
    [
      'a pipe, as it comes',
      '(head -c 100 traffic.pcap; sleep 0.3; tail -c +101 traffic.pcap) | curl -sS -T . "$HOST/api/v1/$TOKEN/upload?filename=live.pcap"',
      /^live\.pcap$/,
    ],
    ['Expect: 100-continue', 'curl -sS -H "Expect: 100-continue" -T traffic.pcap $HOST/api/v1/$TOKEN/upload', /./],
    ['no User-Agent', `curl -sS -A '' -T traffic.pcap $HOST/api/v1/$TOKEN/upload`, /^capture-/],
    [
      'no Content-Type',
      `curl -sS -H 'Content-Type:' -H 'Accept:' -A '' -T traffic.pcap $HOST/api/v1/$TOKEN/upload`,
      /./,
    ],
    ['--data-binary', `curl -sS -X PUT --data-binary @traffic.pcap $HOST/api/v1/$TOKEN/upload`, /./],
    ['HTTP/1.0', `curl -sS -0 -T traffic.pcap $HOST/api/v1/$TOKEN/upload`, /./],
    ['a token in capitals', 'curl -sS -T traffic.pcap $HOST/api/v1/$(tr a-f A-F <<<$TOKEN)/upload', /./],
  ])('%s', async (_, line, name) => {
    const answer = await shell(line)
    const ID = idIn(answer)
    expect(UPLOADED.exec(answer)?.[1]).toMatch(name)
    await shell('curl -sS -o back.pcap $HOST/api/v1/$TOKEN/download/$ID && cmp back.pcap traffic.pcap', { ID })
  })

  it.skipIf(!needs.python3.met)('the bash clients that cut the id out by grep, awk, sed and python', async () => {
    const upload = 'curl -s -F file=@traffic.pcap $HOST/api/v1/$TOKEN/upload'
    const cuts = [
      `${upload} | grep id | awk -F'"' '{print $8}'`,
      `${upload} | sed 's/.*"id":"\\([^"]*\\)".*/\\1/'`,
      `${upload} | awk -F '"' '{print $(NF-1)}'`,
      `${upload} | grep -o '"id":"[^"]*"' | cut -d'"' -f4`,
      `${upload} | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])'`,
    ]
    for (const line of cuts) {
      const ID = (await shell(line)).trim()
      expect(ID).toMatch(new RegExp(`^${UUID}$`))
      expect(await shell('curl -sS -o /dev/null -w "%{http_code}" $HOST/captures/$ID', { ID })).toBe('200')
    }
  })

  it('download by name, by range, and not again; then delete', async () => {
    const ID = idIn(await shell('curl -sS -T traffic.pcap $HOST/api/v1/$TOKEN/upload/named.pcap'))
    const path = '$HOST/api/v1/$TOKEN/download/$ID'
    await shell(`curl -sS -OJ ${path} && cmp named.pcap traffic.pcap`, { ID })
    await shell(
      `head -c 50 traffic.pcap > part.pcap; curl -sS -C - -o part.pcap ${path} && cmp part.pcap traffic.pcap`,
      { ID },
    )
    expect(await shell(`curl -sS -r 0-23 ${path} | wc -c`, { ID })).toMatch(/^\s*24\s*$/)
    const again = `curl -sS --etag-save e -o /dev/null ${path}; curl -sS --etag-compare e -o /dev/null -w '%{http_code}' ${path}`
    expect(await shell(again, { ID })).toBe('304')
    expect(await shell(`curl -sSI ${path}`, { ID })).toMatch(/^content-length: 216\r$/im)
    expect(await shell('curl -sS -X POST $HOST/api/v1/$TOKEN/delete/$ID', { ID })).toBe(
      `{"id":"${ID}","message":"Capture deleted successfully.","status":200}`,
    )
    expect(await shell(`curl -sS -w ' %{http_code}' ${path}`, { ID })).toBe(
      '{"status":404,"exceptions":["There is no such capture."]} 404',
    )
    const other = idIn(await shell('curl -sS -T traffic.pcap $HOST/api/v1/$TOKEN/upload'))
    const json = `curl -sS -d '{"id":"'$ID'"}' -H 'Content-Type: application/json' $HOST/api/v1/$TOKEN/delete`
    expect(JSON.parse(await shell(json, { ID: other }))).toMatchObject({ id: other, status: 200 })
  })

  it('an unknown token, in CloudShark’s words', async () => {
    const line = 'curl -sS -F file=@traffic.pcap $HOST/api/v1/0123456789abcdef0123456789abcdef/upload'
    expect(await shell(line)).toBe('{"status":404,"exceptions":["API Token is missing or invalid"]}')
  })
})

describe.skipIf(unable)('A-Packets’ lines', () => {
  it.each(['/', ''])('upload, status and limits, with “%s” at the end', async (SLASH) => {
    const bearer = '-H "Authorization: Bearer $TOKEN"'
    const answer = JSON.parse(
      await shell(`curl -sS -X POST ${bearer} -F file=@traffic.pcap $HOST/api/v1/upload/private$SLASH`, { SLASH }),
    )
    expect(Object.keys(answer)).toEqual(['name', 'uuid'])
    expect(answer.name).toBe('traffic.pcap')
    const ID = answer.uuid as string
    await parsed(ID)
    const status = await shell(`curl -sS ${bearer} $HOST/api/v1/pcaps/private/status/$ID$SLASH`, { ID, SLASH })
    expect(JSON.parse(status)).toEqual({ status: 'ok' })
    const limits = JSON.parse(await shell(`curl -sS ${bearer} $HOST/api/v1/pcaps/private/user/limits$SLASH`, { SLASH }))
    expect(Object.keys(limits)).toEqual(['currentFilesCount', 'filesLimit', 'maxFileSize'])
    expect(limits.currentFilesCount).toBeGreaterThan(0)
    const page = 'curl -sS -o /dev/null -w "%{http_code}"'
    expect(await shell(`${page} $HOST/captures/$ID`, { ID })).toBe('404')
    expect(await shell(`${page} ${bearer} $HOST/captures/$ID`, { ID })).toBe('200')
  })

  it('no key', async () => {
    const answer = await shell('curl -sSi -X POST -F file=@traffic.pcap $HOST/api/v1/upload/private/')
    expect(answer).toMatch(/^HTTP\/1.1 401 /)
    expect(answer).toMatch(/^www-authenticate: Bearer/im)
  })
})

describe.skipIf(unable)('a refusal that comes while the body is still being sent', () => {
  beforeAll(() => {
    const large = Buffer.alloc(50_000_000)
    large.set([0xff, 0xd8, 0xff, 0xe0])
    writeFileSync(join(folder, 'photo.jpg'), large)
  })
  it.each([
    ['a PUT', 'curl -sS -T photo.jpg $HOST/api/v1/$TOKEN/upload', 'JPEG'],
    ['a chunked PUT', 'curl -sS -T - $HOST/api/v1/$TOKEN/upload < photo.jpg', 'JPEG'],
    ['a form', 'curl -sS -F file=@photo.jpg $HOST/api/v1/$TOKEN/upload', 'JPEG'],
    ['an unknown token', 'curl -sS -T photo.jpg $HOST/api/v1/0123456789abcdef0123456789abcdef/upload', 'API Token'],
    [
      'an unknown token and a form',
      'curl -sS -F file=@photo.jpg $HOST/api/v1/0123456789abcdef0123456789abcdef/upload',
      'API Token',
    ],
    ['no key', 'curl -sS -F file=@photo.jpg $HOST/api/v1/upload/private/', 'No API token'],
  ])('is read by curl: %s', async (_, line, words) => {
    expect(await shell(line)).toContain(words)
  })
})

describe.skipIf(unable)('requests that curl does not make', () => {
  const send = async (pieces: (string | Uint8Array)[], apart = 0) =>
    (await sendTo(server.port, pieces, apart)).toString('utf8')
  const head = (...lines: string[]) =>
    [
      `PUT /api/v1/${server.token}/upload?filename=raw.pcap HTTP/1.1`,
      'Host: a.example',
      'Connection: close',
      ...lines,
      '',
      '',
    ].join('\r\n')
  const uploaded = (answer: string) => {
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    return idIn(new RegExp(`{"filename":"raw.pcap","id":"${UUID}"}`).exec(answer)?.[0] ?? answer)
  }

  it('chunked together with a Content-Length', async () => {
    const both = head('Transfer-Encoding: chunked', `Content-Length: ${CAPTURE.length}`)
    const ID = uploaded(await send([both, ...chunked(CAPTURE), '0\r\n\r\n']))
    await shell('curl -sS $HOST/api/v1/$TOKEN/download/$ID | cmp - traffic.pcap', { ID })
  })

  it('the answer has its length: it comes in one piece', async () => {
    const answer = await send([head(`Content-Length: ${CAPTURE.length}`), CAPTURE])
    uploaded(answer)
    const [headers = '', body = ''] = answer.split('\r\n\r\n')
    expect(headers).toMatch(new RegExp(`^content-length: ${body.length}$`, 'im'))
    expect(headers).not.toMatch(/transfer-encoding/i)
  })

  it('a stream that trickles for some seconds', async () => {
    const pieces = Array.from({ length: 27 }, (_, i) => CAPTURE.subarray(i * 8, i * 8 + 8)).flatMap(chunked)
    const ID = uploaded(await send([head('Transfer-Encoding: chunked'), ...pieces, '0\r\n\r\n'], 40))
    await shell('curl -sS $HOST/api/v1/$TOKEN/download/$ID | cmp - traffic.pcap', { ID })
  })

  it('a form that trickles', async () => {
    const form = `--b\r\nContent-Disposition: form-data; name="file"; filename="raw.pcap"\r\n\r\n`
    const body = Buffer.concat([Buffer.from(form), CAPTURE, Buffer.from('\r\n--b--\r\n')])
    const start = head(`Content-Length: ${body.length}`, 'Content-Type: multipart/form-data; boundary=b').replace(
      'PUT',
      'POST',
    )
    const pieces = Array.from({ length: Math.ceil(body.length / 10) }, (_, i) => body.subarray(i * 10, i * 10 + 10))
    uploaded(await send([start, ...pieces], 40))
  })
})

it.skipIf(unable)('no token was printed after the server was ready', () => {
  expect(server.output().split(/^ready.*$/m)[1] ?? '').not.toContain(server.token)
  expect(readFileSync(join(folder, 'traffic.pcap')).length).toBe(216)
})

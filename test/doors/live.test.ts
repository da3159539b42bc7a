/** Live streams, key logs and compressed bodies as real senders send them, and break them off, against a real `npm start`. */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
/** How long a hundred streams trickle. Seconds. */
const TRICKLE = Number(process.env.PCAPORT_TRICKLE_SECONDS ?? 5)
const PACKETS = 100
const CAPTURE = Buffer.from(pcap(Array.from({ length: PACKETS }, (_, seconds) => ({ seconds, data: payload(60) }))))
const KEYLOG = `# made by a test\nCLIENT_RANDOM ${'0f'.repeat(32)} ${'ab'.repeat(48)}\n`

let server: Server
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pcaport-live-'))
  writeFileSync(join(folder, 'traffic.pcap'), CAPTURE)
  writeFileSync(join(folder, 'keys.log'), KEYLOG)
  server = await startServer()
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function shell(line: string, more: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, HOST: server.url, TOKEN: server.token, CURL_HOME: folder, ...more }
  const { stdout } = await run('bash', ['-c', `set -o pipefail; ${line}`], { cwd: folder, env, timeout: 20_000 })
  return stdout
}

interface Info {
  num_packets: number | null
  size: number
  truncated: string | null
  filename: string
}
const info = async (id: string) =>
  (await (await fetch(`${server.url}/api/v1/${server.token}/info/${id}`)).json()) as Info
async function parsed(id: string): Promise<Info> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(50)) {
    const found = await info(id)
    if (found.num_packets !== null) return found
  }
  throw new Error('not parsed in 10 s')
}

/** The id of what the log says was kept since. */
async function keptSince(output: number): Promise<string> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(50)) {
    const id = /upload ([0-9a-f-]{36}): cut-off after \d+ bytes, which are kept/.exec(
      server.output().slice(output),
    )?.[1]
    if (id) return id
  }
  throw new Error(`nothing was kept in 10 s: ${server.output().slice(output)}`)
}

/** Begin a chunked PUT. */
async function begin(...lines: string[]): Promise<{ socket: Socket; answer: () => string }> {
  let answer = ''
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.on('error', () => undefined)
  await new Promise((done) => socket.once('connect', done))
  const head = [`PUT /api/v1/${server.token}/upload/live.pcap HTTP/1.1`, 'Host: a.example', ...lines, '', ''].join(
    '\r\n',
  )
  socket.write(head)
  return { socket, answer: () => answer }
}
const chunk = (data: Uint8Array) =>
  Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')])

describe('a chunked stream', () => {
  /** 50 packets and a half. */
  const CUT = 24 + 76 * 50 + 30
  const ENDS: [string, (socket: Socket) => void, boolean][] = [
    ['ended without its last chunk', (socket) => void socket.end(), true],
    ['ended inside a chunk', (socket) => void socket.end('ff\r\n'), true],
    ['closed', (socket) => void socket.destroy(), false],
    ['reset', (socket) => void socket.resetAndDestroy(), false],
  ]
  it.each(ENDS)('that is %s is kept as far as it came', async (_, end, isTold) => {
    const before = server.output().length
    const { socket, answer } = await begin('Transfer-Encoding: chunked')
    for (let at = 0; at < CUT; at += 1000) {
      socket.write(chunk(CAPTURE.subarray(at, Math.min(at + 1000, CUT))))
      await sleep(20)
    }
    await sleep(100)
    end(socket)
    const id = await keptSince(before)
    expect(await parsed(id)).toMatchObject({ num_packets: 50, size: CUT, truncated: 'Yes', filename: 'live.pcap' })
    if (isTold) {
      await sleep(100)
      expect(answer()).toMatch(/^HTTP\/1.1 400 /)
      expect(answer()).toContain(`The upload broke off after ${CUT} bytes. They are kept as the capture ${id}`)
    }
    socket.destroy()
  })

  it('with a Content-Length, as OpenWrt’s uclient sends it, is no other', async () => {
    const both = ['Transfer-Encoding: chunked', `Content-Length: ${CAPTURE.length}`]
    const whole = await begin(...both)
    whole.socket.write(chunk(CAPTURE))
    whole.socket.write('0\r\n\r\n')
    await expect.poll(whole.answer).toContain('"id":"')
    whole.socket.destroy()
    const before = server.output().length
    const broken = await begin(...both)
    broken.socket.write(chunk(CAPTURE.subarray(0, CUT)))
    await sleep(100)
    broken.socket.resetAndDestroy()
    expect((await parsed(await keptSince(before))).num_packets).toBe(50)
  })

  it('of known length that breaks off leaves nothing', async () => {
    const before = server.output().length
    const { socket, answer } = await begin(`Content-Length: ${CAPTURE.length}`)
    socket.write(CAPTURE.subarray(0, CUT))
    await sleep(100)
    socket.end()
    await expect.poll(answer).toMatch(/^HTTP\/1.1 400 .*Nothing was kept/s)
    expect(server.output().slice(before)).not.toContain('are kept')
  })
})

describe.skipIf(!needs.bash.met || !needs.curl.met)('curl', () => {
  it('-T - is killed in the middle of a trickle: what had come is kept', async () => {
    const before = server.output().length
    const curl = spawn('curl', ['-sS', '-T', '-', `${server.url}/api/v1/${server.token}/upload/live.pcap`])
    for (let at = 0; at < 24 + 76 * 20; at += 76) {
      curl.stdin.write(CAPTURE.subarray(at, at + 76))
      await sleep(30)
    }
    await sleep(200)
    curl.kill('SIGKILL')
    expect(await parsed(await keptSince(before))).toMatchObject({ num_packets: 20, truncated: 'Yes' })
  })

  it('sends gzip in transit; the file is what is kept', async () => {
    const url = '"$HOST/api/v1/$TOKEN/upload?filename=a.pcap"'
    const answer = await shell(`gzip -c traffic.pcap | curl -sS -H 'Content-Encoding: gzip' -T - ${url}`)
    const ID = /"id":"([^"]+)"/.exec(answer)?.[1] ?? answer
    await shell('curl -sS $HOST/api/v1/$TOKEN/download/$ID | cmp - traffic.pcap', { ID })
    const known = `gzip -c traffic.pcap > a.gz; curl -sS -H 'Content-Encoding: gzip' --data-binary @a.gz -X PUT ${url}`
    expect(await shell(known)).toContain('"id":"')
    const kept = /"id":"([^"]+)"/.exec(await shell(`curl -sS -T a.gz $HOST/api/v1/$TOKEN/upload/`))?.[1] ?? ''
    await shell('curl -sS $HOST/api/v1/$TOKEN/download/$ID | cmp - a.gz', { ID: kept })
    expect((await parsed(kept)).num_packets).toBe(PACKETS)
  })

  it('sends a key log with a form, puts another, and takes it away', async () => {
    const upload = 'curl -sS -F file=@traffic.pcap -F keylog=@keys.log $HOST/api/v1/$TOKEN/upload'
    const ID = /"id":"([^"]+)"/.exec(await shell(upload))?.[1] ?? ''
    const curl = 'curl -sS -H "Authorization: Bearer $TOKEN"'
    const path = '$HOST/api/v2/captures/$ID/keylog'
    await shell(`${curl} ${path} | cmp - keys.log`, { ID })
    const code = (more: string) => shell(`${curl} -o /dev/null -w '%{http_code}' ${more} ${path}`, { ID })
    expect([await code('-T keys.log'), await code('-X DELETE'), await code('')]).toEqual(['204', '204', '404'])
    const bad = 'curl -sS -F file=@traffic.pcap -F keylog=@traffic.pcap $HOST/api/v1/$TOKEN/upload'
    expect(await shell(bad)).toMatch(/^\{"status":400,"exceptions":\["Line 1 of the key log /)
    expect(server.output()).not.toContain('0f0f0f')
  })
})

/** Resident memory of the workerd below a process. Bytes. */
function memoryBelow(launcher: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1').replace(/^.*\) /s, '')
      parents.set(Number(name), Number(stat.split(' ')[1]))
    } catch {} // it has ended
  const isBelow = (pid: number): boolean => pid === launcher || (parents.has(pid) && isBelow(parents.get(pid) ?? 0))
  let sum = 0
  for (const pid of parents.keys()) {
    if (!isBelow(pid) || !readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('workerd')) continue
    sum += 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
  }
  return sum
}

it.skipIf(process.platform !== 'linux')(
  'a hundred streams that trickle do not grow memory with what they bring',
  { timeout: 600_000 },
  async () => {
    const large = Buffer.from(pcap(Array.from({ length: 20 }, () => ({ data: payload(8000) }))))
    const streams = await Promise.all(Array.from({ length: 100 }, () => begin('Transfer-Encoding: chunked')))
    for (const { socket } of streams) socket.write(chunk(large.subarray(0, 24)))
    const peaks: number[] = []
    let sent = 24
    const turns = TRICKLE * 4
    for (let turn = 0; turn < turns; turn++) {
      const piece = chunk(large.subarray(24, 24 + 8016))
      for (const { socket } of streams) socket.write(piece)
      sent += 8016
      await sleep(250)
      peaks.push(memoryBelow(server.pid))
    }
    for (const { socket } of streams) socket.write('0\r\n\r\n')
    await expect
      .poll(() => streams.filter(({ answer }) => answer() !== '').length, { timeout: 30_000 + 1000 * TRICKLE })
      .toBe(100)
    expect(new Set(streams.map(({ answer }) => answer().slice(0, 12)))).toEqual(new Set(['HTTP/1.1 200']))
    for (const { socket } of streams) socket.destroy()
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    const [first = 0] = peaks
    const most = Math.max(...peaks)
    const quarters = [0, 1, 2, 3].map((at) => Math.max(...peaks.slice((at * turns) / 4, ((at + 1) * turns) / 4)))
    console.log(
      `100 streams brought ${megabytes(100 * sent)} MB in ${TRICKLE} s: workerd, local R2 and D1 in it, held ${megabytes(first)} MB ` +
        `at first, and in the quarters of that time at most ${quarters.map(megabytes).join(', ')} MB`,
    )
    expect(most - first).toBeLessThan(256 * 1024 ** 2)
  },
)

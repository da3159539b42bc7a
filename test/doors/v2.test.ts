/** `/api/v2` of a real `npm start`: slices of real captures beside editcap's, and the page that shows the API. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCorpusFile, readTable } from '../corpus/oracle.ts'
import { bytes, payload, pcap } from '../support/captures.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { recipesIn } from './recipe-blocks.ts'

const ADMIN = resolve(import.meta.dirname, '../../ops/admin.ts')

let server: Server
beforeAll(async () => {
  server = await startServer()
}, 120_000)
afterAll(() => server?.stop(), 60_000)

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}/api/v2${path}`, { ...init, headers: { Authorization: `Bearer ${server.token}` } })

/** Upload a file and wait for its parse. @returns its id */
async function kept(body: Uint8Array): Promise<string> {
  const sent = { method: 'PUT', body: body as Uint8Array<ArrayBuffer> }
  const answer = await fetch(`${server.url}/api/v1/${server.token}/upload/x.cap`, sent)
  const { id } = (await answer.json()) as { id: string }
  for (let tries = 0; tries < 100; tries++, await sleep(100)) {
    const { status } = (await (await api(`/captures/${id}`)).json()) as { status: string }
    if (status === 'ok') return id
  }
  throw new Error('it was not parsed in time')
}

/** Of the corpus a file of each of these formats and compressions; when there is none, one made here. */
function samples(): [string, () => Uint8Array][] {
  if (!needs.corpus.met) {
    const records = Array.from({ length: 90 }, (_, i) => ({
      seconds: 1_700_000_000 + i,
      fraction: i,
      data: payload(70, i),
    }))
    return [['a made one', () => pcap(records)]]
  }
  const fit = readTable('MANIFEST.tsv').filter(
    ({ rc, packets, sections_count, strict_time_order, size }) =>
      rc === '0' &&
      Number(packets) >= 50 &&
      Number(packets) <= 3000 &&
      Number(size) < 1_000_000 &&
      sections_count === '' &&
      strict_time_order === 'True',
  )
  const kinds = [
    ['pcap', ''],
    ['nsecpcap', ''],
    ['pcapng', ''],
    ['pcap', 'gzip'],
    ['pcap', 'zstd'],
    ['snoop', ''],
  ]
  return kinds.flatMap(([type, codec]) =>
    fit
      .filter((each) => each.file_type === type && each.codec === codec)
      .slice(0, 1)
      .map(({ file = '' }): [string, () => Uint8Array] => [file, () => readCorpusFile(file)]),
  )
}

describe.skipIf(!needs.editcap.met || !needs.tshark.met)('a slice', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slices-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    })
  /** What tshark says of each packet. */
  const rows = (name: string) => {
    const fields = ['time_epoch', 'cap_len', 'len', 'encap_type', 'md5_hash'].flatMap((field) => [
      '-e',
      `frame.${field}`,
    ])
    const args = ['-n', '-r', name, '-o', 'frame.generate_md5_hash:TRUE', '-T', 'fields', ...fields]
    return run('tshark', ...args)
      .toString()
      .split('\n')
      .slice(0, -1)
  }
  async function ours(id: string, query: string): Promise<string[]> {
    const answer = await api(`/captures/${id}/slice?${query}`)
    expect(answer.status, await answer.clone().text()).toBe(200)
    writeFileSync(join(folder, 'ours'), new Uint8Array(await answer.arrayBuffer()))
    return rows('ours')
  }

  it.each(samples())('of %s has the packets that editcap gives', async (_, read) => {
    const file = read()
    writeFileSync(join(folder, 'in'), file)
    const all = rows('in')
    const [first, last] = [Math.ceil(all.length / 3), Math.ceil((all.length * 2) / 3)]
    const id = await kept(file)
    run('editcap', '-r', 'in', 'theirs', `${first}-${last}`)
    const numbered = await ours(id, `from=${first}&to=${last}`)
    expect(numbered).toEqual(rows('theirs'))
    expect(numbered).toHaveLength(last - first + 1)
    const timeOf = (at: number) => all[at - 1]?.split('\t')[0] ?? ''
    const iso = (time: string) => {
      const [seconds, fraction = ''] = time.split('.')
      return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
    }
    const [from, to] = [timeOf(first), timeOf(last)]
    run('editcap', '-A', iso(from), '-B', iso(to), 'in', 'theirs')
    expect(await ours(id, `from=${iso(from)}&to=${iso(to)}`)).toEqual(rows('theirs'))
    const epoch = await api(`/captures/${id}/slice?from=${from}&to=${to}`)
    expect(Buffer.compare(Buffer.from(await epoch.arrayBuffer()), readFileSync(join(folder, 'ours')))).toBe(0)
  })
})

it.skipIf(!needs.bash.met || !needs.curl.met)('every line of docs/api.md does what it should', async () => {
  const id = await kept(
    pcap(Array.from({ length: 40 }, (_, i) => ({ seconds: 1_700_000_000 + i, data: payload(60, i) }))),
  )
  const add = [ADMIN, 'token', 'add', 'local', 'reader', '--permissions', 'admin,read,upload']
  const state = { ...process.env, PCAPORT_STATE: server.state }
  const key = /[0-9a-f]{32}/.exec(execFileSync(process.execPath, add, { env: state, encoding: 'utf8' }))?.[0]
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/api.md'), 'utf8')
  const lines = [...recipesIn(page.replace('# pcaport', '## pcaport')).values()].flat().map(({ text }) => text)
  expect(lines.length).toBe(8)
  const folder = mkdtempSync(join(tmpdir(), 'api-'))
  const said = execFileSync('bash', ['-ec', lines.join('')], {
    cwd: folder,
    env: { ...process.env, HOST: server.url, KEY: key, ID: id },
    encoding: 'utf8',
  })
  for (const words of [
    '"router-1.pcap"',
    '"outcome":"done"',
    '"comments":"seen"',
    '"matched"',
    '"nine.pcapng"',
    'merged ',
    '"annotations":[',
    'CLIENT_RANDOM',
    '"token":"',
  ])
    expect(said).toContain(words)
  expect(readFileSync(join(folder, 'whole.pcap')).length).toBe(24 + 40 * 76)
  expect(readFileSync(join(folder, 'some.pcapng')).length).toBeGreaterThan(20 * 92)
  expect(readFileSync(join(folder, 'then.pcap')).length).toBe(24 + 40 * 76)
  rmSync(folder, { recursive: true })
})

it('a slice of a hundred megabytes is cut as it is read, while others are answered', async () => {
  const record = { data: payload(65_000) }
  const some = pcap(Array.from({ length: 16 }, () => record))
  const id = await kept(bytes(some, ...Array.from({ length: 96 }, () => some.subarray(24))))
  const answer = await api(`/captures/${id}/slice?format=pcap`)
  let length = 0
  let asked: Promise<Response> | null = null
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    length += chunk.length
    asked ??= api('/account')
  }
  expect((await asked)?.status).toBe(200)
  expect(length).toBe(24 + 97 * 16 * 65_016)
})

describe.skipIf(!needs.chromium.met)('the page of the API', () => {
  it('shows every operation, and the browser refuses nothing', async () => {
    const { paths } = (await (await api('/openapi.json')).json()) as { paths: Record<string, object> }
    const operations = Object.values(paths).reduce((sum, item) => sum + Object.keys(item).length, 0)
    const flags =
      '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags.split(' ') })
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      const hosts = new Set<string>()
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => hosts.add(new URL(request.url()).origin))
      await page.goto(`${server.url}/api/docs`)
      await page.waitForSelector('#operations-captures-editCapture')
      expect(await page.locator('.opblock').count()).toBe(operations)
      await page.click('#operations-captures-editCapture .opblock-summary-control')
      await page.getByText('only the version that was read is changed').waitFor()
      expect(complaints).toEqual([])
      expect([...hosts]).toEqual([server.url])
    } finally {
      await browser.close()
    }
  })
})

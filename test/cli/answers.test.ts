/** What the command makes of answers: exit codes, retries, resumption. */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytes, payload, pcap } from '../support/captures.ts'
import { type Home, newHome } from './pcaport.ts'
import { answering, type Stub, tusServer } from './stub.ts'

const KEY = '0123456789abcdef0123456789abcdef'
const ID = '12345678-1234-4234-8234-123456789abc'
const CAPTURE = pcap([{ data: payload(60) }])

let home: Home
let stub: Stub | undefined
const at = (host: string) => ({ PCAPORT_HOST: host, PCAPORT_KEY: KEY })
beforeEach(() => {
  home = newHome([KEY])
  writeFileSync(join(home.path, 'a.pcap'), CAPTURE)
})
afterEach(async () => {
  home.remove()
  await stub?.stop()
  stub = undefined
})

describe('exit codes', () => {
  it.each([
    [401, { message: 'The API key is unknown.' }, 3, /does not know this key/],
    [404, { exceptions: ['API Token is missing or invalid'] }, 3, /does not know this key/],
    [403, { exceptions: ['The storage is full.'] }, 1, /^pcaport: 12345678-.*: The storage is full\.$/m],
    [503, { exceptions: ['Try again shortly.'] }, 4, /Try again shortly/],
    [302, {}, 1, /log in there/],
  ])('%d is told, and ends with what --help says', async (status, body, code, words) => {
    stub = await answering(() => ({ status, body, headers: { Location: 'https://elsewhere.example/x' } }))
    const ended = await home.run(['delete', ID], '', at(stub.host))
    expect(ended.code).toBe(code)
    expect(ended.err).toMatch(words)
  })

  it('nobody there: 4', async () => {
    const ended = await home.run(['show', ID], '', at('http://127.0.0.1:1'))
    expect(ended).toMatchObject({ code: 4, out: '' })
    expect(ended.err).toBe('pcaport: 127.0.0.1:1 could not be reached: nothing answers there\n')
  })

  it.each([
    [['nonsense'], /there is no command nonsense/],
    [['upload'], /something is missing/],
    [['upload', '--nonsense', 'a.pcap'], /Unknown option '--nonsense'/],
    [['upload', '--name', 'x', 'a.pcap', 'b.pcap'], /--name names one file/],
    [['show', 'a.pcap'], /no id of a capture/],
    [['edit', ID], /nothing is to be changed/],
    [['edit', ID, '--private', '--unlisted'], /not both/],
    [['slice', ID, '--format', 'snoop'], /pcapng or pcap/],
    [['keys', 'create', 'x'], /--may takes a list/],
    [['keys', 'burn', 'x'], /keys revoke NAME/],
    [['list', 'x'], /x is too much/],
    [['watch', '.', '--settle', 'soon'], /--settle takes a number/],
    [['capture', '-w', 'x'], /-w is pcaport's/],
    [['capture', '--with', 'wireshark'], /tcpdump or dumpcap/],
  ])('%j is asked for wrongly: 2', async (args, words) => {
    const ended = await home.run(args, '', at('http://127.0.0.1:1'))
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toMatch(words)
  })

  it('nobody logged in: 3, before anything is sent', async () => {
    const ended = await home.run(['upload', 'a.pcap'])
    expect(ended.code).toBe(3)
    expect(ended.err).toMatch(/not logged in: pcaport login HOST/)
  })

  it('a saved key is for its host alone', async () => {
    stub = await answering(() => ({ status: 200, body: { currentFilesCount: 0, filesLimit: 1, maxFileSize: 1 } }))
    expect(await home.run(['login', stub.host], KEY)).toMatchObject({ code: 0 })
    const ended = await home.run(['list'], '', { PCAPORT_HOST: 'http://127.0.0.1:1' })
    expect(ended.code).toBe(3)
    expect(ended.err).toMatch(/no key is known for http:\/\/127\.0\.0\.1:1/)
  })

  it('--help of each command suffices to use it, and ends with 0', async () => {
    const { out } = await home.run(['--help'])
    expect(out).toMatch(/Exit codes\n {2}0 +done/)
    const commands = [
      'login',
      'upload',
      'watch',
      'capture',
      'list',
      'search',
      'show',
      'edit',
      'download',
      'slice',
      'merge',
      'delete',
      'keys',
      'info',
    ]
    const helps = await Promise.all(commands.map((command) => home.run([command, '--help'])))
    for (const [i, command] of commands.entries()) {
      expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
      expect(helps[i]).toMatchObject({ code: 0, err: '' })
      expect(helps[i]?.out).toMatch(new RegExp(`pcaport ${command} `))
    }
  })
})

describe('list', () => {
  it('asks for what was wished for, page by page, and lists what there is', async () => {
    const capture = {
      id: ID,
      filename: 'a.pcap',
      createdAt: '2026-11-22T10:11:12.000Z',
      size: 1536,
      status: 'ok',
      tags: ['lab', 'x'],
    }
    const gateway = await answering((_, path) => ({
      status: 200,
      body: { captures: [capture], next: path.includes('cursor=') ? null : 'more', partial: false },
    }))
    stub = gateway
    const { code, out, err } = await home.run(
      ['list', '--tag', 'lab', '--tag', 'x', '--name', 'a "b'],
      '',
      at(stub.host),
    )
    expect([code, err]).toEqual([0, ''])
    const line = `${ID}  2026-11-22 10:11  1.50 KiB  ok      a.pcap  lab,x`
    const head = 'ID                                    UPLOADED              SIZE  STATUS  NAME    TAGS'
    expect(out).toBe([head, line, line, ''].join('\n'))
    const asked = gateway.asked.map((each) => new URL(each.split(' ')[1] ?? '', gateway.host).searchParams)
    expect(asked.map((query) => query.get('q'))).toEqual(Array(2).fill('tag:"lab" tag:"x" name:"a \\"b"'))
    expect(asked.map((query) => query.get('cursor'))).toEqual([null, 'more'])
    const json = await home.run(['search', 'ip:10.0.0.0/8', '--limit', '1', '--json'], '', at(stub.host))
    expect(JSON.parse(json.out)).toEqual(capture)
    expect(json.err).toMatch(/There are more/)
    expect(new URL(gateway.asked[2]?.split(' ')[1] ?? '', stub.host).searchParams.get('q')).toBe('ip:10.0.0.0/8')
  })
})

describe('resumption by tus', () => {
  const LARGE = bytes(CAPTURE, randomBytes(48 * 2 ** 20))
  const journal = () => readdirSync(join(home.path, 'state/pcaport/uploads'))
  /** Kill an upload with SIGKILL when the server has so much of it. */
  async function killedAt(host: string, received: () => number, wanted: number) {
    const { child, ended } = home.start(['upload', 'large.pcap', '--tag', 'a,b'], at(host))
    while (received() < wanted && child.exitCode === null) await sleep(1)
    child.kill('SIGKILL')
    return ended
  }

  it('an upload killed three times and started again sends each byte about once', async () => {
    const server = await tusServer(ID)
    stub = server
    writeFileSync(join(home.path, 'large.pcap'), LARGE)
    for (const part of [0.1, 0.4, 0.7])
      expect((await killedAt(server.host, server.received, LARGE.length * part)).code).toBeNull()
    const ended = await home.run(['upload', 'large.pcap', '--tag', 'a,b', '--json'], '', at(server.host))
    expect(ended).toMatchObject({ code: 0 })
    expect(JSON.parse(ended.out)).toMatchObject({ id: ID, url: `${server.host}/captures/${ID}`, size: LARGE.length })
    expect(server.uploads.length).toBe(1)
    expect(server.uploads[0]?.metadata).toBe(
      `filename ${Buffer.from('large.pcap').toString('base64')},additional_tags ${Buffer.from('a,b').toString('base64')}`,
    )
    expect(sha256(...(server.uploads[0]?.bytes ?? []))).toBe(sha256(LARGE))
    expect(server.received()).toBeLessThan(LARGE.length * 1.01)
    expect(journal()).toEqual([])
  })

  it('one that died after its last byte, before it heard so, is known again', async () => {
    const server = await tusServer(ID)
    stub = server
    writeFileSync(join(home.path, 'large.pcap'), LARGE)
    await killedAt(server.host, server.received, LARGE.length * 0.1)
    const upload = server.uploads[0]
    if (upload === undefined) throw new Error('nothing came')
    upload.offset = upload.length
    const ended = await home.run(['upload', 'large.pcap', '--tag', 'a,b'], '', at(server.host))
    expect(ended).toMatchObject({ code: 0, out: `${server.host}/captures/${ID}\n` })
    expect(server.uploads.length).toBe(1)
  })

  it('one that the server has forgotten, a file that changed, and other wishes begin anew', async () => {
    const server = await tusServer(ID)
    stub = server
    writeFileSync(join(home.path, 'large.pcap'), LARGE)
    await killedAt(server.host, server.received, LARGE.length * 0.1)
    server.uploads[0] = undefined as never
    expect(await home.run(['upload', 'large.pcap', '--tag', 'a,b'], '', at(server.host))).toMatchObject({ code: 0 })
    expect(server.uploads.length).toBe(2)
    await killedAt(server.host, server.received, server.received() + LARGE.length * 0.1)
    expect(await home.run(['upload', 'large.pcap', '--tag', 'c'], '', at(server.host))).toMatchObject({ code: 0 })
    writeFileSync(join(home.path, 'large.pcap'), LARGE.subarray(0, 2 ** 20))
    expect(await home.run(['upload', 'large.pcap', '--tag', 'a,b'], '', at(server.host))).toMatchObject({ code: 0 })
    expect(server.uploads.length).toBe(5)
    expect(server.uploads[4]?.offset).toBe(2 ** 20)
  })

  it('what is under way is written down for its owner alone, and without the key', async () => {
    const server = await tusServer(ID)
    stub = server
    writeFileSync(join(home.path, 'large.pcap'), LARGE)
    await killedAt(server.host, server.received, LARGE.length * 0.1)
    const [name = ''] = journal()
    const path = join(home.path, 'state/pcaport/uploads', name)
    const { statSync } = await import('node:fs')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).not.toContain(KEY)
  })
})

const sha256 = (...parts: Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

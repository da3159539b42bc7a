/** The `pcaport` command against a real `npm start`. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bytes, payload, pcap } from '../support/captures.ts'
import { type Server, startServer } from '../support/server.ts'
import { type Home, newHome } from './pcaport.ts'
import { cuttingProxy } from './stub.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const ADMIN = resolve(import.meta.dirname, '../../ops/admin.ts')
const CAPTURE = pcap([
  { seconds: 1_700_000_000, fraction: 250_000, data: payload(60) },
  { seconds: 1_700_000_002, fraction: 750_000, data: payload(100), origlen: 1500 },
])

let server: Server
let resumable: boolean
/** Logged in. */
let home: Home
beforeAll(async () => {
  server = await startServer()
  home = newHome([server.token])
  writeFileSync(join(home.path, 'a.pcap'), CAPTURE)
  const { headers } = await fetch(`${server.url}/files`, { method: 'OPTIONS' })
  resumable = headers.has('Tus-Resumable')
  expect(await home.run(['login', server.url], `${server.token}\n`)).toMatchObject({ code: 0 })
}, 120_000)
afterAll(async () => {
  home?.remove()
  await server?.stop()
}, 60_000)

const link = () => new RegExp(`^${server.url}/captures/(${UUID})\\n$`)
async function upload(...args: string[]): Promise<string> {
  const { code, out } = await home.run(['upload', ...args])
  expect(code).toBe(0)
  expect(out).toMatch(link())
  return out.trim()
}
const infoOf = async (url: string) => JSON.parse((await home.run(['show', url, '--json'])).out)
async function held(): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/pcaps/private/user/limits`, {
    headers: { Authorization: `Bearer ${server.token}` },
  })
  return ((await answer.json()) as { currentFilesCount: number }).currentFilesCount
}

describe('login', () => {
  it('keeps host and key for its owner alone', () => {
    const path = join(home.path, 'config/pcaport/config.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ host: server.url, key: server.token })
  })

  it.each([
    ['f'.repeat(32), /does not know this key/],
    ['not a key', /32 hexadecimal digits/],
  ])('%s is refused with 3, not repeated, and nothing is kept', async (key, words) => {
    const other = newHome([key])
    const { code, err } = await other.run(['login', server.url], key)
    expect(code).toBe(3)
    expect(err).toMatch(words)
    expect(existsSync(join(other.path, 'config'))).toBe(false)
    other.remove()
  })

  it('PCAPORT_HOST and PCAPORT_KEY go before what was written down', async () => {
    const { code, err } = await home.run(['upload', 'a.pcap'], '', { PCAPORT_KEY: 'e'.repeat(32) })
    expect(code).toBe(3)
    expect(err).toMatch(/does not know this key/)
    const other = newHome([server.token], server.url, server.token)
    expect(await other.run(['upload', join(home.path, 'a.pcap')])).toMatchObject({ code: 0 })
    other.remove()
  })
})

describe('upload', () => {
  it('prints the link; what was said of it is there, and the bytes come back', async () => {
    const url = await upload(
      'a.pcap',
      '--tag',
      'dns,lab',
      '--tag',
      'x',
      '--comment',
      'from the NOC, naïve',
      '--name',
      'noc 1.pcap',
      '--wait',
    )
    expect(await infoOf(url)).toMatchObject({
      status: 'ok',
      filename: 'noc 1.pcap',
      tags: ['dns', 'lab', 'x'],
      comments: 'from the NOC, naïve',
      facts: { packets: 2, dataSize: 1560 },
    })
    const { out } = await home.run(['show', url])
    expect(out).toMatch(/^Name: +noc 1\.pcap$/m)
    expect(out).toMatch(/^Status: +ok$/m)
    expect(out).toMatch(/^Last packet: +2023-11-14T22:13:22\.750000Z$/m)
    const fetched = await home.run(['download', url])
    expect(fetched).toMatchObject({ code: 0, out: 'noc 1.pcap\n' })
    expect(readFileSync(join(home.path, 'noc 1.pcap'))).toEqual(Buffer.from(CAPTURE))
    expect(readdirSync(home.path).filter((name) => name.includes('.part'))).toEqual([])
  })

  it('--json is an object a line; a file that is not there keeps nobody from the rest', async () => {
    const { code, out, err } = await home.run(['upload', 'absent.pcap', 'a.pcap', 'a.pcap', '--json', '--wait'])
    expect(code).toBe(1)
    expect(err).toBe('pcaport: absent.pcap: there is no such file or folder\n')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { file: 'a.pcap', filename: 'a.pcap', size: CAPTURE.length, status: 'ok' },
      { file: 'a.pcap', status: 'ok' },
    ])
    expect(lines[0].url).toBe(`${server.url}/captures/${lines[0].id}`)
    expect(lines[0].id).not.toBe(lines[1].id) // asked for twice: two captures
  })

  it('--wait ends with 5 where the capture could not be read', async () => {
    writeFileSync(join(home.path, 'cut.pcap'), CAPTURE.subarray(0, 20))
    const { code, out, err } = await home.run(['upload', 'cut.pcap', '--wait'])
    expect(code).toBe(5)
    expect(out).toMatch(link())
    expect(err).toMatch(/^pcaport: cut\.pcap: was kept, but could not be read: /m)
  })

  it('--private is there for its owner alone', async () => {
    const url = await upload('a.pcap', '--private', '--comment', 'mine', '--tag', 't')
    expect((await fetch(url)).status).toBe(404)
    expect((await fetch(url, { headers: { Authorization: `Bearer ${server.token}` } })).status).toBe(200)
    expect(await infoOf(url)).toMatchObject({
      filename: 'a.pcap',
      comments: 'mine',
      tags: ['t'],
      visibility: 'private',
    })
    expect(await home.run(['download', url, '-o', '-'])).toMatchObject({ code: 0 })
  })

  it('a comment too long for an address arrives whole', async () => {
    const comment = 'naïve '.repeat(1000).trim()
    expect(await infoOf(await upload('a.pcap', '--comment', comment))).toMatchObject({ comments: comment })
  })

  it('- is sent as it comes', async () => {
    const { child, ended } = home.start(['upload', '-', '--name', 'live.pcap', '--json', '--wait'])
    child.stdin?.write(CAPTURE.subarray(0, 30))
    await sleep(300)
    child.stdin?.end(CAPTURE.subarray(30))
    const { code, out } = await ended
    expect(code).toBe(0)
    expect(await infoOf(JSON.parse(out).id)).toMatchObject({
      filename: 'live.pcap',
      facts: { packets: 2 },
      size: CAPTURE.length,
    })
  })

  it('an interrupt ends a stream that goes on, not its upload', async () => {
    const proxy = await cuttingProxy(server.url, Number.POSITIVE_INFINITY)
    const env = { PCAPORT_HOST: proxy.host, PCAPORT_KEY: server.token }
    const { child, ended } = home.start(['upload', '-', '--name', 'endless.pcap'], env)
    child.stdin?.write(CAPTURE)
    while (proxy.connections() === 0 && child.exitCode === null) await sleep(20)
    await sleep(500)
    child.kill('SIGINT')
    const { code, out } = await ended
    expect(code).toBe(0)
    await proxy.stop()
    expect(await infoOf(out.trim())).toMatchObject({ filename: 'endless.pcap', size: CAPTURE.length })
  })

  it('a connection that breaks is taken up again, and the capture is kept once', async () => {
    const large = bytes(CAPTURE, new Uint8Array(4 * 2 ** 20))
    writeFileSync(join(home.path, 'large.pcap'), large)
    const before = await held()
    const proxy = await cuttingProxy(server.url, 2 ** 20)
    const env = { PCAPORT_HOST: proxy.host, PCAPORT_KEY: server.token }
    const { code, out, err } = await home.run(['upload', 'large.pcap'], '', env)
    expect(code).toBe(0)
    expect(err).toMatch(/the connection broke; (trying again|going on) in/)
    expect(proxy.connections()).toBeGreaterThan(1)
    await proxy.stop()
    expect(await infoOf(out.trim())).toMatchObject({ size: large.length })
    expect(await held()).toBe(before + 1)
  })

  it('one killed with SIGKILL goes on where it was', async (context) => {
    if (!resumable) return context.skip('the gateway has no /files: resuming at its own door')
    const large = bytes(CAPTURE, new Uint8Array(96 * 2 ** 20))
    writeFileSync(join(home.path, 'killed.pcap'), large)
    const before = await held()
    const { child, ended } = home.start(['upload', 'killed.pcap', '--comment', 'killed'])
    await sleep(1200)
    child.kill('SIGKILL')
    await ended
    const url = await upload('killed.pcap', '--comment', 'killed')
    const fetched = await home.run(['download', url, '-o', 'killed.back', '-q'])
    expect(fetched.code).toBe(0)
    expect(readFileSync(join(home.path, 'killed.back')).equals(large)).toBe(true)
    expect(await held()).toBe(before + 1)
  })
})

describe('download', () => {
  it('does not write over a file, unless told to; -o - is standard output', async () => {
    const url = await upload('a.pcap')
    writeFileSync(join(home.path, 'there.pcap'), 'precious')
    const refused = await home.run(['download', url, '-o', 'there.pcap'])
    expect(refused).toMatchObject({ code: 1, err: 'pcaport: there.pcap: it is there already; --force overwrites it\n' })
    expect(readFileSync(join(home.path, 'there.pcap'), 'utf8')).toBe('precious')
    expect(await home.run(['download', url, '-o', 'there.pcap', '--force'])).toMatchObject({ code: 0 })
    expect(readFileSync(join(home.path, 'there.pcap'))).toEqual(Buffer.from(CAPTURE))
  })

  it('goes on where the connection broke, and is whole', async () => {
    const large = Buffer.concat([CAPTURE, Buffer.alloc(3 * 2 ** 20, 7)])
    writeFileSync(join(home.path, 'back.pcap'), large)
    const url = await upload('back.pcap')
    const proxy = await cuttingProxy(server.url, Number.POSITIVE_INFINITY, 2 ** 20)
    const env = { PCAPORT_HOST: proxy.host, PCAPORT_KEY: server.token }
    const { code } = await home.run(['download', url, '-o', 'broken.pcap'], '', env)
    expect(code).toBe(0)
    expect(proxy.connections()).toBeGreaterThan(1)
    await proxy.stop()
    expect(readFileSync(join(home.path, 'broken.pcap')).equals(large)).toBe(true)
  })
})

it('edit changes what it names, and slice cuts what it names', async () => {
  const url = await upload('a.pcap', '--tag', 'old', '--wait')
  const changes = ['--name', 'new.pcap', '--tag', 'x', '--tag', 'y', '--private', '--keep']
  expect(await home.run(['edit', url, ...changes])).toMatchObject({ code: 0, out: '' })
  const wanted = { filename: 'new.pcap', tags: ['x', 'y'], visibility: 'private', retention: { keep: true } }
  expect(await infoOf(url)).toMatchObject({ ...wanted, status: 'ok' })
  expect(await home.run(['edit', url, '--tag', '', '--as-planned'])).toMatchObject({ code: 0 })
  expect(await infoOf(url)).toMatchObject({ filename: 'new.pcap', tags: [], retention: { keep: false } })
  expect(await home.run(['edit', url, '--delete-at', '2001-01-01T00:00:00Z'])).toMatchObject({ code: 1 })

  const cut = await home.run(['slice', url, '--from', '2', '--format', 'pcap'])
  expect(cut).toMatchObject({ code: 0, out: 'new-slice.pcap\n', err: '' })
  const second = readFileSync(join(home.path, 'new-slice.pcap'))
  expect(second.subarray(24)).toEqual(Buffer.from(CAPTURE.subarray(24 + 16 + 60)))
  const refused = await home.run(['slice', url, '-o', 'new-slice.pcap'])
  expect(refused).toMatchObject({
    code: 1,
    err: 'pcaport: new-slice.pcap: it is there already; --force overwrites it\n',
  })
  const timed = await home.run(['slice', url, '--to', '2023-11-14T22:13:21Z', '-o', '-', '--format', 'pcap'])
  expect(timed.out.length).toBeGreaterThan(40)
  expect(await home.run(['slice', url, '--from', 'x'])).toMatchObject({ code: 1, out: '' })
})

it('keys are listed, made and revoked by a key that may, and by no other', async () => {
  const refused = await home.run(['keys'])
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toMatch(/permission to manage keys.*admin/)
  const env = { ...process.env, PCAPORT_STATE: server.state }
  const admin = spawnSync(process.execPath, [ADMIN, 'token', 'add', 'local', 'boss', '--permissions', 'admin,read'], {
    env,
    encoding: 'utf8',
  })
  const boss = { PCAPORT_KEY: /[0-9a-f]{32}/.exec(admin.stdout)?.[0] ?? admin.stderr }
  const made = await home.run(['keys', 'create', 'edge', '--may', 'upload,read', '--tag', 'e'], '', boss)
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f]{32}\n$/) })
  const edge = { PCAPORT_KEY: made.out.trim() }
  expect((await home.run(['keys'], '', boss)).out).toMatch(/^edge +upload,read +e$/m)
  expect(await home.run(['upload', 'a.pcap'], '', edge)).toMatchObject({ code: 0 })
  expect(await home.run(['keys', 'revoke', 'boss'], '', boss)).toMatchObject({ code: 1 })
  expect(await home.run(['keys', 'revoke', 'edge'], '', boss)).toMatchObject({ code: 0 })
  expect(await home.run(['upload', 'a.pcap'], '', edge)).toMatchObject({ code: 3 })
})

describe('merge', () => {
  it('puts captures together, and waits until the new one has been read', async () => {
    const [a, b] = [await upload('a.pcap', '--name', 'a.pcap'), await upload('a.pcap', '--name', 'b.pcap')]
    const { code, out } = await home.run(['merge', a, b, '--tag', 'x,y', '--wait'])
    expect([code, out]).toEqual([0, expect.stringMatching(link())])
    expect(await infoOf(out.trim())).toMatchObject({
      filename: 'merged a.pcap and b.pcap',
      source: 'merge',
      tags: ['x', 'y'],
      facts: { packets: 4 },
    })
    const once = await home.run(['merge', a, b, '--drop-duplicates', '--name', 'once.pcapng', '--json', '--wait'])
    expect(JSON.parse(once.out)).toMatchObject({ filename: 'once.pcapng', status: 'ok' })
    expect(await infoOf(JSON.parse(once.out).url)).toMatchObject({ facts: { packets: 2 } })
  })

  it('says which capture is none', async () => {
    const a = await upload('a.pcap')
    const none = '00000000-0000-4000-8000-000000000000'
    expect(await home.run(['merge', a, none])).toMatchObject({ code: 1, err: expect.stringContaining(none) })
    expect(await home.run(['merge', a])).toMatchObject({ code: 2 })
  })
})

it('delete takes captures away; one that is none ends with 1, and keeps nobody from the others', async () => {
  const [first, second] = [await upload('a.pcap'), await upload('a.pcap')]
  const { code, err } = await home.run(['delete', first, '12345678-1234-4234-8234-123456789abc', second])
  expect(code).toBe(1)
  expect(err.match(/^Deleted /gm)?.length).toBe(2)
  expect(await home.run(['show', second])).toMatchObject({ code: 1, err: 'pcaport: There is no such capture.\n' })
})

describe('watch', () => {
  let folder: string
  beforeEach(() => {
    folder = join(home.path, `watched-${Math.random()}`)
    mkdirSync(folder)
  })
  const once = async () =>
    (await home.run(['watch', folder, '--once', '--settle', '0.2'])).out.match(/^http/gm)?.length ?? 0
  /** Until the command has printed so many links. */
  async function links(out: () => string, count: number) {
    for (const until = Date.now() + 20_000; (out().match(/^http/gm)?.length ?? 0) < count; await sleep(20))
      if (Date.now() > until) throw new Error(`no ${count} links in 20 s: ${out()}`)
  }

  it('sends each capture once, through SIGKILL, a new start and a new name', async () => {
    writeFileSync(join(folder, 'a.pcap'), CAPTURE)
    writeFileSync(join(folder, 'notes.txt'), 'no capture at all')
    writeFileSync(join(folder, 'b.pcap.part'), CAPTURE)
    const { child, ended } = home.start(['watch', folder, '--settle', '0.2'])
    let out = ''
    child.stdout?.on('data', (chunk) => {
      out += chunk
    })
    await links(() => out, 1)
    writeFileSync(join(folder, 'b.pcap'), CAPTURE)
    await links(() => out, 2)
    child.kill('SIGKILL')
    const { err } = await ended
    expect(err).toMatch(/notes\.txt: is no capture, and is left alone/)
    await sleep(300)
    expect(await once()).toBe(0)
    renameSync(join(folder, 'a.pcap'), join(folder, 'c.pcap'))
    expect(await once()).toBe(0)
    writeFileSync(join(folder, 'c.pcap'), bytes(CAPTURE, CAPTURE.subarray(24)))
    await sleep(300)
    expect(await once()).toBe(1)
  })

  it('two do not watch one folder', async () => {
    const { child, ended } = home.start(['watch', folder])
    await new Promise((watching) => child.stderr?.once('data', watching))
    const second = await home.run(['watch', folder, '--once'])
    expect(second.code).toBe(1)
    expect(second.err).toMatch(/another pcaport is watching it/)
    child.kill('SIGKILL')
    await ended
  })

  it.skipIf(process.platform !== 'linux')('leaves alone what is still being written, however slowly', async () => {
    const { open } = await import('node:fs/promises')
    const file = await open(join(folder, 'slow.pcap'), 'w')
    await file.writeFile(CAPTURE.subarray(0, 50))
    await sleep(300)
    expect(await once()).toBe(0)
    await file.writeFile(CAPTURE.subarray(50))
    await file.close()
    await sleep(300)
    expect(await once()).toBe(1)
  })
})

describe('capture', () => {
  it('runs tcpdump with files of its own, sends each, and never shows it the key', async () => {
    const bin = join(home.path, 'bin')
    mkdirSync(bin)
    const dir = join(home.path, 'ring')
    writeFileSync(join(bin, 'tcpdump'), FAKE_TCPDUMP)
    chmodSync(join(bin, 'tcpdump'), 0o755)
    writeFileSync(join(home.path, 'fake.pcap'), CAPTURE)
    const { child, ended } = home.start(
      ['capture', '-i', 'eth7', '--tag', 'edge', '-s', '128', '--every', '5', '--dir', dir, '--json', 'port', '53'],
      {
        PATH: [bin, process.env.PATH].join(delimiter),
        PCAPORT_HOST: server.url,
        PCAPORT_KEY: server.token,
        FAKE_LOG: join(home.path, 'fake.json'),
        FAKE_CAPTURE: join(home.path, 'fake.pcap'),
      },
    )
    let out = ''
    child.stdout?.on('data', (chunk) => {
      out += chunk
    })
    for (const until = Date.now() + 20_000; out.split('\n').length < 3 && Date.now() < until; ) await sleep(20)
    child.kill('SIGINT')
    const { code } = await ended
    expect(code).toBe(0)
    const sent = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const log = JSON.parse(readFileSync(join(home.path, 'fake.json'), 'utf8'))
    expect(sent.length).toBe(log.files)
    expect(await infoOf(sent.at(-1).id)).toMatchObject({ tags: ['edge'], size: CAPTURE.length })
    expect(readdirSync(dir)).toEqual(['last.pcap']) // which has no packet
    expect(log.argv.slice(log.argv.indexOf('-i'))).toEqual(['-i', 'eth7', '-s', '128', 'port', '53'])
    expect(log.argv.slice(0, 4)).toEqual(['-w', expect.stringMatching(/%Y%m%dT%H%M%S\.pcap$/), '-G', '5'])
    expect(JSON.stringify([log.argv, log.env])).not.toContain(server.token)
  })

  it('a program that fails ends it with 1, in words', async () => {
    const bin = join(home.path, 'broken')
    mkdirSync(bin)
    writeFileSync(join(bin, 'tcpdump'), '#!/bin/sh\necho "tcpdump: eth7: No such device exists" >&2\nexit 1\n')
    chmodSync(join(bin, 'tcpdump'), 0o755)
    const { code, err } = await home.run(['capture', '-i', 'eth7'], '', {
      PATH: [bin, process.env.PATH].join(delimiter),
    })
    expect(code).toBe(1)
    expect(err).toMatch(/No such device exists\npcaport: tcpdump ended with 1$/m)
  })

  it('says so where there is neither tcpdump nor dumpcap', async () => {
    const { code, err } = await home.run(['capture'], '', { PATH: '/nonexistent' })
    expect(code).toBe(1)
    expect(err).toMatch(/tcpdump and dumpcap cannot be found on PATH/)
  })
})

/** A new file every 300 ms until SIGINT, then one without a packet. */
const FAKE_TCPDUMP = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
const capture = readFileSync(process.env.FAKE_CAPTURE)
let files = 0
const next = () => writeFileSync('ring-' + files++ + '.pcap', capture)
next()
const timer = setInterval(next, 300)
process.on('SIGINT', () => {
  clearInterval(timer)
  writeFileSync('last.pcap', capture.subarray(0, 24))
  writeFileSync(process.env.FAKE_LOG, JSON.stringify({ argv: process.argv.slice(2), env: process.env, files }))
  process.exit(0)
})
`

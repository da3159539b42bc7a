/** What the command reads and shows, without a gateway. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { originOf } from '../../src/cli/account.ts'
import { divided } from '../../src/cli/capture.ts'
import { sizeWords, timeWords } from '../../src/cli/figures.ts'
import { formOf } from '../../src/cli/form.ts'
import { idOf, refusalFor, wordsIn } from '../../src/cli/gateway.ts'
import { progressWords, Rate } from '../../src/cli/progress.ts'
import { harmless } from '../../src/cli/screen.ts'
import { openForWriting } from '../../src/cli/writers.ts'

const HERE = new URL('https://pcap.example.com')

describe('what is typed', () => {
  it.each([
    ['pcap.example.com', 'https://pcap.example.com'],
    ['https://pcap.example.com/', 'https://pcap.example.com'],
    ['localhost:8787', 'http://localhost:8787'],
    ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://10.0.0.1', 'http://10.0.0.1'],
  ])('the host %s is %s', (typed, origin) => expect(originOf(typed)).toBe(origin))

  it.each(['ftp://x', 'https://x/path', 'https://user:secret@x', 'https://x?y', 'https://', ''])(
    '%s is no host',
    (typed) => expect(() => originOf(typed)).toThrow(/a host is meant/),
  )

  it('an id stands by itself or in a link', () => {
    const id = '12345678-1234-4234-8234-123456789abc'
    expect(idOf(id)).toBe(id)
    expect(idOf(`https://pcap.example.com/captures/${id.toUpperCase()}?filter=dns#packet=3`)).toBe(id)
    expect(() => idOf('traffic.pcap')).toThrow(/no id/)
  })

  it('of the words behind `capture` what is not pcaport’s goes to the program, in order', () => {
    expect(divided(['-i', 'eth0', '--tag', 'a', '-s', '96', '--every=5', '-nn', 'port', '53'])).toEqual({
      own: ['--tag', 'a', '--every=5'],
      others: ['-i', 'eth0', '-s', '96', '-nn', 'port', '53'],
    })
    expect(divided(['--', '--tag'])).toEqual({ own: [], others: ['--tag'] })
    for (const word of ['-w', '-wfile', '-C', '-G5', '-W', '-r', '-z'])
      expect(() => divided([word])).toThrow(/pcaport's/)
  })
})

describe('what is shown', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [10 * 2 ** 20, '10.0 MiB'],
    [2 ** 30 - 1, '1.00 GiB'],
    [123 * 2 ** 30, '123 GiB'],
  ])('%d bytes are %s', (bytes, words) => expect(sizeWords(bytes)).toBe(words))

  it.each([
    [0, '0:00'],
    [59.4, '0:59'],
    [200, '3:20'],
    [3723, '1:02:03'],
  ])('%d seconds are %s', (seconds, words) => expect(timeWords(seconds)).toBe(words))

  it('a rate is that of the last seconds, and does not count what was there before', () => {
    const rate = new Rate()
    expect(rate.value).toBeNull()
    rate.mark(0, 500_000_000)
    rate.mark(1000, 501_000_000)
    expect(rate.value).toBe(1_000_000)
    for (let second = 2; second <= 20; second++) rate.mark(second * 1000, 501_000_000 + (second - 1) * 2_000_000)
    expect(rate.value).toBe(2_000_000)
    rate.mark(21_000, 0) // sent again from its start
    expect(rate.value).toBeNull()
  })

  it('says how much, how fast and for how long', () => {
    expect(progressWords(256 * 2 ** 20, 2 ** 30, 4 * 2 ** 20)).toBe('256 MiB of 1.00 GiB (25%), 4.00 MiB/s, 3:12 left')
    expect(progressWords(2048, null, 1024)).toBe('2.00 KiB, 1.00 KiB/s')
    expect(progressWords(0, 10, null)).toBe('0 B of 10 B (0%)')
  })

  it('nothing from outside steers the terminal', () => {
    expect(harmless('a\u001b[31mb\u202ec\td\n')).toBe('a\ufffd[31mb\ufffdc\td\n')
  })
})

describe('what the gateway says', () => {
  it.each([
    ['{"status":404,"exceptions":["There is no such capture."]}', 'There is no such capture.'],
    ['{"status":"error","error":"too-large","message":"Too large."}', 'Too large.'],
    ['{"title":"Gone","detail":"It was deleted."}', 'It was deleted.'],
    ['<html>', null],
    ['{}', null],
    ['null', null],
  ])('%s', (body, words) => expect(wordsIn(body)).toBe(words))

  it.each([
    [401, null, 3, false],
    [404, 'API Token is missing or invalid', 3, false],
    [404, 'There is no such capture.', 1, false],
    [403, 'Full.', 1, false],
    [413, 'Too large.', 1, false],
    [501, 'Not yet.', 1, false],
    [429, 'Slower.', 4, true],
    [500, null, 4, true],
    [503, 'Busy.', 4, true],
  ])('%d %s ends with %d', (status, words, exitCode, passing) => {
    expect(refusalFor(HERE, status, words)).toMatchObject({ exitCode, passing })
  })
})

it('a form is as long as it says, and holds its parts in order', async () => {
  const { headers, body } = formOf({ comments: 'ümläut' }, [
    {
      name: 'file',
      filename: 'a "b"\n.pcap',
      size: 3,
      open: async function* () {
        yield Buffer.from('abc')
      },
    },
  ])
  const bytes = new Uint8Array(Buffer.concat(await body.toArray()))
  expect(String(bytes.length)).toBe(headers['Content-Length'])
  const form = await new Response(bytes, { headers: { 'Content-Type': headers['Content-Type'] ?? '' } }).formData()
  expect(form.get('comments')).toBe('ümläut')
  const file = form.get('file') as unknown as File
  expect([file.name, await file.text()]).toEqual(['a "b"\n.pcap', 'abc'])
})

it.skipIf(process.platform !== 'linux')(
  'knows which files are open for writing, and which for reading alone',
  async () => {
    const { open, mkdtemp, realpath, rm } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const folder = await realpath(await mkdtemp(`${tmpdir()}/pcaport-writers-`))
    const writing = await open(`${folder}/a`, 'w')
    const reading = await open(`${folder}/a`, 'r')
    expect(openForWriting().has(`${folder}/a`)).toBe(true)
    await writing.close()
    expect(openForWriting().has(`${folder}/a`)).toBe(false)
    await reading.close()
    await rm(folder, { recursive: true })
  },
)

it('the version is that of the package', async () => {
  const { VERSION } = await import('../../src/cli/http.ts')
  expect(VERSION).toBe(JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')).version)
})

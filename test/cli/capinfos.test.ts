/** `pcaport info` beside capinfos, letter by letter. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capinfos } from '../../src/cli/capinfos.ts'
import { readCapture } from '../../src/cli/reading.ts'
import { CLASSES, NAMED } from '../corpus/classes.ts'
import { corpusPath, readCorpusFile, readObjects, readTable } from '../corpus/oracle.ts'
import { readPlainlyStored } from '../corpus/plain-stored.ts'
import { bytes, NANOSECONDS, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { type Home, newHome } from './pcaport.ts'

const ALL = { infos: new Set<never>(), machine: true, seconds: true }

describe.skipIf(!needs.corpus.met)('the long report of each capture of the corpus', () => {
  it('is that of capinfos, but for what the classes of test/corpus are about', async () => {
    const reports = readObjects<{ file: string; stdout: string | null }>('oracle/capinfos-4.0.17.jsonl')
    const rows = new Map(readTable('MANIFEST.tsv').map((columns) => [columns.file ?? '', columns]))
    const differing: string[] = []
    let equal = 0
    for (const { file, stdout } of reports) {
      const columns = rows.get(file)
      if (!stdout || columns === undefined || NAMED[columns.file_type ?? ''] !== undefined) continue
      const { facts, hashes } = await readCapture(corpusPath(file), { tables: false, hashes: true })
      const name = /^File name: +(.*)$/m.exec(stdout)?.[1] ?? ''
      if (`${capinfos(name, facts, hashes, ALL)}\n` === stdout) {
        equal++
        continue
      }
      const tried = { file, ...(await readPlainlyStored(readCorpusFile(file))), oracle: columns }
      if (facts.sectionCount === 1 && !CLASSES.some(({ applies }) => applies(tried))) differing.push(file)
    }
    expect(differing).toEqual([])
    expect(equal).toBeGreaterThan(1600)
  })
})

describe.skipIf(!needs.capinfos.met)('beside capinfos', () => {
  let home: Home
  let folder: string
  let files: string[]
  beforeAll(() => {
    home = newHome([])
    folder = mkdtempSync(join(tmpdir(), 'pcaport-info-'))
    const ng = pcapng('big')
    const many = Array.from({ length: 12_345 }, (_, i) => ({
      seconds: 1_700_000_000 + Math.floor(i / 7),
      fraction: (i % 7) * 1000,
      data: payload(60 + (i % 3)),
      origlen: 60 + (i % 1400),
    }))
    const captures: Record<string, Uint8Array> = {
      'empty.pcap': pcap([]),
      'one.pcap': pcap([{ data: payload(100) }]),
      'cut.pcap': pcap([{ data: payload(40), origlen: 1500 }], { snaplen: 40 }),
      'second.pcap': pcap([{ seconds: 1 }, { seconds: 2 }]),
      'nano.pcap': pcap([{ fraction: 1 }, { fraction: 123_456_789 }], { magic: NANOSECONDS }),
      'many.pcap': pcap(many),
      'many.pcap.gz': gzipSync(pcap(many)),
      'options.pcapng': bytes(
        ng.section([
          [1, utf8('two\nlines')],
          [2, utf8('a machine')],
          [3, utf8('a system')],
          [4, utf8('a program')],
        ]),
        ng.interface([[2, utf8('eth0')], [3, utf8('up')], ng.tsresol(9)], { snaplen: 96 }),
        ng.interface([[2, utf8('wlan0')]], { linktype: 127 }),
        ng.packet(payload(61), { time: 1_700_000_000_000_000_001n }),
        ng.packet(payload(33), { interfaceId: 1, time: 1_700_000_001_000_000n, origlen: 1500 }),
        ng.statistics(1),
        ng.names([[1, bytes([192, 0, 2, 1], utf8('a.example\0'))]]),
        ng.secrets(utf8('CLIENT_RANDOM 00 00\n')),
      ),
      'untimed.pcapng': bytes(ng.section(), ng.interface(), ng.packet(), ng.simplePacket(payload(60))),
    }
    files = Object.keys(captures)
    for (const [name, content] of Object.entries(captures)) writeFileSync(join(folder, name), content)
  })
  afterAll(() => {
    home.remove()
    rmSync(folder, { recursive: true })
  })

  it.each([
    [[]],
    [['-M']],
    [['-S']],
    [['-A']],
    [['-A', '-c']],
    [['-t', '-E']],
    [['-cs', '-M', '-d']],
    [['-I']],
    [['-F', '-k']],
    [['-l', '-o', '-n', '-D']],
    [['-uaeS']],
    [['-yizx']],
    [['-H']],
  ])('%j', async (options) => {
    const env = { ...process.env, TZ: 'America/St_Johns', LC_ALL: 'C.UTF-8' }
    const wanted = execFileSync('capinfos', [...options, ...files], { cwd: folder, env, encoding: 'utf8' })
    const paths = files.map((name) => join(folder, name))
    const { code, out } = await home.run(['info', ...options, ...paths], '', { TZ: env.TZ })
    expect(out.replaceAll(`${folder}/`, '')).toBe(wanted)
    expect(code).toBe(0)
  })
})

describe('info', () => {
  let home: Home
  beforeAll(() => {
    home = newHome([])
    writeFileSync(join(home.path, 'two.pcap'), pcap([{ data: ARP }, { data: ARP }]))
    writeFileSync(join(home.path, 'short.pcap'), pcap([{ data: payload(60) }, { data: payload(60) }]).subarray(0, -1))
    writeFileSync(join(home.path, 'notes.txt'), 'nothing but words, and enough of them')
  })
  afterAll(() => home.remove())

  it('--json has facts, hashes and tables', async () => {
    const { code, out } = await home.run(['info', '--json', '--tables', 'two.pcap'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      file: 'two.pcap',
      facts: { packets: 2, verdict: 'whole', encapsulation: 'ether' },
      tables: { frames: 2, hierarchy: [{ protocol: 'eth', frames: 2, children: [{ protocol: 'arp' }] }] },
    })
    expect(JSON.parse(out).hashes.sha1).toMatch(/^[0-9a-f]{40}$/)
  })

  it('--tables prints the hierarchy and the conversations', async () => {
    const { out } = await home.run(['info', '-c', '--tables', 'two.pcap'])
    expect(out).toMatch(/^eth +2 +84$/m)
    expect(out).toMatch(/^ {2}arp +2 +84$/m)
    expect(out).toMatch(/^Ethernet conversations \(1\)$/m)
    expect(out).toMatch(/^02:00:00:00:00:01 +ff:ff:ff:ff:ff:ff +2 +84 +0 +0 /m)
  })

  it('a capture that is cut short is told as far as it goes, with the exit code 1', async () => {
    const { code, out, err } = await home.run(['info', '-c', 'short.pcap'])
    expect(code).toBe(1)
    expect(out).toMatch(/^Number of packets: +1$/m)
    expect(err).toMatch(/^pcaport: short\.pcap: cut short after 1 packets: .*, at offset 100$/m)
  })

  it('what is none, and what is not there, keep nobody from the rest', async () => {
    const { code, out, err } = await home.run(['info', '-c', 'notes.txt', 'absent.pcap', 'two.pcap'])
    expect(code).toBe(1)
    expect(out).toBe('File name:           two.pcap\nNumber of packets:   2\n')
    expect(err).toMatch(/^pcaport: notes\.txt: no capture that can be read/m)
    expect(err).toMatch(/^pcaport: absent\.pcap: there is no such file or folder$/m)
  })
})

/** An ARP request in Ethernet. RFC 826. */
const ARP = Uint8Array.from([
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6],
  ...[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2],
])

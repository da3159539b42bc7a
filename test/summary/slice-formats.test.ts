import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { linktypeOf } from '../../src/capture/linktypes.ts'
import type { Interface } from '../../src/capture/sink.ts'
import { refusalOf } from '../../src/summary/slice.ts'
import { bytes, MODIFIED, NANOSECONDS, type PcapRecord, payload, pcap, utf8 } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { recordingOf, type ToldPacket } from '../support/reading.ts'
import {
  btsnoop,
  type ErfRecord,
  erf,
  erfRecord,
  erfSection,
  hostId,
  netmon,
  nettl,
  packetlogger,
  snoop,
} from '../support/records.ts'
import { indexOf, SMALL_SPANS, sliceOf } from './slicing.ts'

const COUNT = 30
const packets = <T>(make: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, i) => make(i))
const data = (i: number) => payload(20 + ((i * 13) % 90), i)
const records = packets((i): PcapRecord => ({ seconds: 1_700_000_000 + ((i * 7) % 11), fraction: i, data: data(i) }))
/** The same, with packets that begin with one or another of these octets. */
const beginning = <T>(octets: number[][], records: T[]) =>
  records.map((record, i) => ({ ...record, data: bytes(octets[i % octets.length] ?? [], data(i)) }))
const lengths = packets((i) => 20 + ((i * 13) % 90))

/** Whose packets are of these types, as flags. */
function bluetooth(datalink: number, flags: number[]): Uint8Array {
  const file = btsnoop(
    packets((i) => 1_500_000_000_000_000n + BigInt(i)),
    { datalink },
  )
  const view = new DataView(file.buffer)
  for (let i = 0; i < COUNT; i++) view.setUint32(16 + 33 * i + 8, flags[i % flags.length] as number)
  return file
}

/** ATM circuits and packets of all kinds, in NetMon 1. */
function atm(): Uint8Array {
  const file = netmon(
    packets((i) => 16 + ([0, 2, 3, 15, 16, 60][i % 6] as number)),
    { major: 1, network: 4 },
  )
  const view = new DataView(file.buffer)
  for (let i = 0, at = 128; i < COUNT; i++) {
    const packet = at + 8
    view.setUint16(packet + 12, [0, 0, 0, 1, 0x101][i % 5] as number)
    view.setUint16(packet + 14, [5, 16, 17, 5, 16, 700][(i >> 1) % 6] as number)
    const begins = [[], [0xaa, 0xaa, 3], [0x81], [0x83]][(i >> 2) % 4] as number[]
    const length = view.getUint16(at + 4, true)
    file.set(begins.slice(0, length - 16), packet + 16)
    at += 8 + length
  }
  return file
}

const trailer = (networks: number[]) => (i: number) => {
  const network = networks[i % networks.length] as number
  return Uint8Array.of(network & 255, network >> 8)
}

const erfRecords = packets(
  (i): ErfRecord => ({
    time: 1_500_000_000 + (i % 7) / 8,
    flags: 4 | ((i >> 3) & 3),
    data: data(i),
    wlen: data(i).length - (i % 3),
  }),
)
const provenance: ErfRecord = {
  type: 27,
  extensions: [hostId(7, 5)],
  data: bytes(
    erfSection(0xff00, 1, [
      [16, utf8('a program')],
      [36, utf8('tcp')],
    ]),
    erfSection(0xff03, 1, [[12, utf8('eth0')]]),
    erfSection(0xff03, 3, [[13, utf8('the third')]]),
  ),
}
const hosts = erfRecords.map((record, i) => ({ ...record, extensions: [hostId(7 + (i >> 4), 5)] }))

/** Of formats that can be sliced. */
const FILES: [string, Uint8Array][] = [
  ['pcap with a length of FCS', pcap(records, { linktype: 0x24000001 })],
  ['pcap of nanoseconds', pcap(records, { magic: NANOSECONDS, order: 'big' })],
  ['modified pcap', pcap(records, { magic: MODIFIED })],
  ['pcap of version 2.3', pcap(records, { minor: 3 })],
  ['pcap of AIX', pcap(records, { minor: 2, linktype: 6 })],
  ['pcap of AIX, of FDDI', pcap(records, { minor: 2, linktype: 15 })],
  ['pcap of PPP with a pseudo-header', pcap(beginning([[0], [1]], records), { linktype: 204 })],
  [
    'pcap of ERF',
    pcap(
      erfRecords.map((record, i) => ({ seconds: 1_400_000_000 + i, data: erfRecord(record) })),
      { linktype: 197 },
    ),
  ],
  [
    'pcap of ERF cut by a snaplen',
    pcap(
      erfRecords.map((record, i) => ({
        data: erfRecord(record).subarray(0, 18 + i),
        origlen: erfRecord(record).length,
      })),
      { linktype: 197 },
    ),
  ],
  ['snoop', snoop(packets((i) => ({ data: data(i), origlen: 200 + i, microseconds: i * 1000 })))],
  [
    'snoop of ATM',
    snoop(
      beginning(
        [
          [0x81, 1],
          [0x02, 0],
          [0x06, 255],
        ],
        packets(() => ({})),
      ),
      { datalink: 18 },
    ),
  ],
  ['snoop of Surveyor', snoop(packets((i) => ({ data: data(i), padding: 20 + i })))],
  ['btsnoop of H4', bluetooth(1002, [0, 1, 2, 3, 0x10001])],
  ['btsnoop of the Linux monitor', bluetooth(2001, [0, 1, 0x30002, 0x1000f])],
  ['NetMon 1', netmon(lengths, { major: 1 })],
  ['NetMon 2', netmon(lengths)],
  ['NetMon 1 of ATM', atm()],
  ['ERF', erf(...erfRecords)],
  ['ERF of interfaces far apart', erf(...erfRecords.map((record) => ({ ...record, data: payload(9000), wlen: 9000 })))],
  ['ERF with provenance', erf(...hosts.slice(0, 9), provenance, ...hosts.slice(9))],
]
/** Those that editcap cannot write, though pcapng can hold them. */
const MORE: [string, Uint8Array][] = [
  ['NetMon 2.1', netmon(lengths, { minor: 1, trailer: trailer([1, 1, 2, 1, 0xfffd, 0xe069]) })],
  ['btsnoop before 1970', btsnoop(packets((i) => BigInt(i - 9) * 700_001n))],
]
/** Those that nothing else can hold. */
const REFUSED: [string, Uint8Array][] = [
  ['Apple Bluetooth PacketLogger', packetlogger([0, 1, 2, 3, 252, 0])],
  ['Bluetooth without transport layer', btsnoop([1n, 2n], { datalink: 1001 })],
  ['IEEE 802.11 plus Network Monitor radio header', netmon(lengths, { network: 6 })],
  ['Network Monitor Filter', netmon(lengths, { minor: 1, trailer: trailer([1, 0xffff]) })],
  ['Bluetooth H4 with linux header', netmon(lengths, { minor: 1, trailer: trailer([1, 0xe0c9]) })],
  ['IP over InfiniBand', snoop([{}, {}], { datalink: 26 })],
  ['Ethernet with nettl headers', nettl([{}, {}])],
]

/** What a slice must bring of a packet, and of its interface: what the record says in which that was first met. */
function keptOf(file: Uint8Array) {
  const interfaces: Interface[] = []
  const kept: object[] = []
  for (const [callback, what] of recordingOf(file).told) {
    if (callback === 'interface') {
      const described = what as Interface
      const known = interfaces[described.id]
      if (known === undefined || known.at === described.at) interfaces[described.id] = described
    }
    if (callback !== 'packet') continue
    const { at: _at, number: _number, interfaceId, ...packet } = what as ToldPacket
    const { linktype, snaplen, if_name, if_description, if_filter, comments } = interfaces[interfaceId] as Interface
    kept.push({ ...packet, described: { linktype, snaplen, if_name, if_description, if_filter, comments } })
  }
  return kept
}
const span = fc.tuple(fc.nat(COUNT + 1), fc.nat(COUNT))

describe.each([...FILES, ...MORE])('a slice of a %s', (_, content) => {
  const index = indexOf(content, SMALL_SPANS)
  const all = keptOf(content)

  it('has exactly its packets, with their times and interfaces, and their numbers', async () => {
    expect(index.spans.length).toBeGreaterThan(5)
    await fc.assert(
      fc.asyncProperty(span, async ([from, count]) => {
        const { file } = await sliceOf(content, { numbers: { from, to: from + count } }, { index })
        expect(keptOf(file)).toEqual(all.slice(Math.max(0, from - 1), from + count))
      }),
      { numRuns: 60 },
    )
  })

  it('is the same, whatever the spans', async () => {
    const selection = { list: Uint32Array.of(2, 3, 11, 19, 20, 24) }
    const { file } = await sliceOf(content, selection, { index })
    expect(keptOf(file)).toEqual([1, 2, 10, 18, 19, 23].map((i) => all[i]))
    expect((await sliceOf(content, selection, { index: indexOf(content) })).file).toEqual(file)
  })

  it('has them as pcap too, where there is one link type', async () => {
    const sliced = sliceOf(content, { numbers: { from: 9, to: 20 } }, { index, format: 'pcap' })
    const linktypes = new Set((all as { linktype: number }[]).map(({ linktype }) => linktype))
    const early = (all as { seconds: number }[]).some(({ seconds }) => seconds < 0)
    if (linktypes.size > 1 || early) return expect(sliced).rejects.toThrow(RangeError)
    const bare = (kept: object[]) => kept.map((one) => ({ ...one, described: null }))
    expect(bare(keptOf((await sliced).file))).toEqual(bare(all.slice(8, 20)))
  })
})

it('is made of damaged captures too, of what can be read of them', async () => {
  const change = fc.record({ at: fc.nat(), octet: fc.nat(255) })
  const damage = fc.tuple(fc.constantFrom(...FILES, ...MORE), fc.array(change, { maxLength: 5 }), fc.option(fc.nat()))
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(COUNT), async ([[, whole], changes, cut], from) => {
      const content = whole.slice(0, cut === null ? whole.length : cut % whole.length)
      for (const { at, octet } of changes) if (content.length > 0) content[at % content.length] = octet
      const index = indexOf(content, SMALL_SPANS)
      if (index.format === 'pcapng' || refusalOf(index) !== null) return
      const { file } = await sliceOf(content, { numbers: { from, to: from + 12 } }, { index })
      expect(keptOf(file)).toEqual(keptOf(content).slice(Math.max(0, from - 1), from + 12))
    }),
    { numRuns: 1500 },
  )
})

describe('a slice of what pcapng has no link type for', () => {
  it.each(REFUSED)('is refused by name: %s', async (name, content) => {
    expect(refusalOf(indexOf(content))).toContain(name)
    for (const format of ['pcapng', 'pcap'] as const)
      await expect(sliceOf(content, { numbers: { from: 1, to: 1 } }, { format })).rejects.toThrow(RangeError)
  })
})

it('is refused where the times are further apart than 64 bits of nanoseconds', () => {
  const ticks = (high: number) => bytes([1, 0, 0, 0, 0, 0], Uint8Array.of(0, 0, 0, 0, 0, 0, 0, high), [0])
  const content = (high: number) => netmon([60, 60], { minor: 3, trailer: (i) => ticks(i === 0 ? 1 : high) })
  expect(refusalOf(indexOf(content(2)))).toBeNull()
  expect(refusalOf(indexOf(content(200)))).toContain('too far apart')
})

describe.skipIf(!needs.editcap.met || !needs.tshark.met)('beside editcap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slices-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    })

  it.each(FILES)('%s: the same packets with their pseudo-headers, times and interfaces', async (name, content) => {
    writeFileSync(join(folder, 'in'), content)
    run('editcap', '-r', 'in', 'theirs', '7-21')
    const { file } = await sliceOf(content, { numbers: { from: 7, to: 21 } })
    writeFileSync(join(folder, 'ours'), file)
    const theirs = readFileSync(join(folder, 'theirs'))
    const named = !name.startsWith('pcap of ERF') // whose records editcap gives interfaces of their own
    expect(blocksOf(file, named)).toEqual(blocksOf(theirs, named))
    const fields = ['time_epoch', 'cap_len', 'len', 'encap_type'].flatMap((name) => ['-e', `frame.${name}`])
    const seen = (name: string) => run('tshark', '-n', '-r', name, '-T', 'fields', ...fields).toString()
    expect(seen('ours')).toBe(seen('theirs'))
  })

  it.each(MORE)('%s: what capinfos reads is what it is', async (_, content) => {
    const { file } = await sliceOf(content, { numbers: { from: 1, to: COUNT } })
    writeFileSync(join(folder, 'ours'), file)
    const told = recordingOf(content).packets
    const [, , packets, size] = run('capinfos', '-TrMcdt', 'ours').toString().trim().split('\t')
    expect([packets, size]).toEqual([String(told.length), String(told.reduce((sum, { origlen }) => sum + origlen, 0))])
  })
})

/** Times, interfaces and bytes of a pcapng's packets as they stand there. */
function blocksOf(file: Uint8Array, named: boolean): object[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const { told, packets } = recordingOf(file)
  const names = told.flatMap(([callback, what]) => (callback === 'interface' ? [what as Interface] : []))
  return packets.map(({ at, interfaceId, linktype, seconds, nanoseconds }) => {
    const [caplen, origlen] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)]
    const stored = Buffer.from(file.subarray(at + 28, at + 28 + caplen)).toString('hex')
    const encapsulation = linktypeOf(linktype)?.encapsulation
    const described = named && { interfaceId, name: names[interfaceId]?.if_name }
    return { described, encapsulation, seconds, nanoseconds, origlen, stored }
  })
}

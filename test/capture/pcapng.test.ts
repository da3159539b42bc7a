import { describe, expect, it } from 'vitest'
import type { NameResolution } from '../../src/capture/sink.ts'
import { bytes, everyBlock, type Option, type Order, payload, pcapng, utf8, writer } from '../support/captures.ts'
import { recordingOf } from '../support/reading.ts'

const told = (file: Uint8Array, callback: string) =>
  recordingOf(file).told.flatMap(([name, what]) => (name === callback ? [what] : []))
const faultsOf = (file: Uint8Array) => told(file, 'fault')
const fault = (at: number, what: string) => [expect.objectContaining({ at, what })]

describe.each(['little', 'big'] as Order[])('pcapng, %s-endian', (order) => {
  const ng = pcapng(order)
  const start = bytes(ng.section(), ng.interface())

  it('reads every block, of sections in either byte order', () => {
    const { told: all, packets } = recordingOf(everyBlock(order))
    expect(all.map(([callback]) => callback)).toEqual([
      'format',
      'section',
      'interface',
      'interface',
      'opened',
      'packet',
      'packetComment',
      'packet',
      'packet',
      'nameResolution',
      'interfaceStatistics',
      'decryptionSecrets',
      'frame',
      'frame',
      'section',
      'interface',
      'packet',
      'packet',
    ])
    expect(
      packets.map(({ number, interfaceId, linktype, caplen, origlen }) => [
        number,
        interfaceId,
        linktype,
        caplen,
        origlen,
      ]),
    ).toEqual([
      [1, 0, 1, 61, 61],
      [2, 1, 127, 33, 1500],
      [3, 1, 127, 20, 20],
      [6, 2, 1, 60, 60],
      [7, 2, 1, 24, 800],
    ])
    expect(packets.map(({ timed, seconds, nanoseconds }) => (timed ? [seconds, nanoseconds] : null))).toEqual([
      [1_700_000_000, 1],
      [1_700_000_001, 0],
      [1_700_000_002, 0],
      [1_700_000_004, 0],
      null,
    ])
    expect(packets[0]?.bytes).toBe(Buffer.from(payload(61)).toString('hex'))
    expect(all).toContainEqual(['nameResolution', expect.objectContaining({ ipv4: 2, ipv6: 1 })])
    expect(all).toContainEqual(['interfaceStatistics', expect.objectContaining({ interfaceId: 1 })])
    expect(all).toContainEqual(['decryptionSecrets', expect.objectContaining({ type: 0x544c534b })])
    expect(all).toContainEqual([
      'frame',
      expect.objectContaining({ number: 4, kind: 'custom', timed: false, caplen: 8 }),
    ])
    expect(all).toContainEqual([
      'frame',
      expect.objectContaining({ number: 5, kind: 'journal', seconds: 1_700_000_003, nanoseconds: 1_000 }),
    ])
  })

  it('reads every option of an interface by its spec name', () => {
    const { u16, u32, u64 } = writer(order)
    const file = bytes(
      ng.section(),
      ng.interface(
        [
          [1, utf8('one')],
          [1, utf8('two')],
          [2, utf8('eth0\0rest')],
          [2, utf8('not this one')],
          [3, utf8('a description')],
          [4, Uint8Array.of(192, 0, 2, 1, 255, 255, 255, 0)],
          [4, Uint8Array.of(198, 51, 100, 1, 255, 0, 0, 0)],
          [5, Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), 1, 64)],
          [6, Uint8Array.of(0, 1, 2, 3, 4, 255)],
          [7, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)],
          [8, u64(2n ** 64n - 1n)],
          [9, Uint8Array.of(9)],
          [10, u32(3600)],
          [11, bytes([0], utf8('tcp port 80'))],
          [12, utf8('an OS')],
          [13, Uint8Array.of(4)],
          ng.tsoffset(-5n),
          [15, utf8('a card')],
          [16, u64(1000n)],
          [17, u64(2000n)],
          [18, utf8('Europe/Berlin')],
          [19, u16(1)],
        ],
        { snaplen: 65_535, linktype: 105 },
      ),
    )
    expect(told(file, 'interface')).toEqual([
      {
        at: 28,
        id: 0,
        section: 0,
        linktype: 105,
        snaplen: 65_535,
        ticksPerSecond: 1_000_000_000n,
        precision: 9,
        comments: ['one', 'two'],
        if_name: 'eth0',
        if_description: 'a description',
        if_IPv4addr: ['192.0.2.1/255.255.255.0', '198.51.100.1/255.0.0.0'],
        if_IPv6addr: ['2001:db8:0:0:0:0:0:1/64'],
        if_MACaddr: '00:01:02:03:04:ff',
        if_EUIaddr: '00:01:02:03:04:05:06:07',
        if_speed: '18446744073709551615',
        if_tsresol: 9,
        if_tzone: 3600,
        if_filter: 'tcp port 80',
        if_os: 'an OS',
        if_fcslen: 4,
        if_tsoffset: '-5',
        if_hardware: 'a card',
        if_txspeed: '1000',
        if_rxspeed: '2000',
        if_iana_tzname: 'Europe/Berlin',
      },
    ])
  })

  it.each([
    ['a length below the least', ng.block(6, new Uint8Array(8)), 'bad-length'],
    ['a length of 0', ng.block(0x99, new Uint8Array(4), 0), 'bad-length'],
    ['a length of 2^32 - 1', ng.block(0x99, new Uint8Array(4), 0xffffffff), 'bad-length'],
    ['a length beyond the greatest', ng.block(0x99, new Uint8Array(4), 134_348_836), 'bad-length'],
    ['a trailer that differs', ng.block(0x99, new Uint8Array(4), 16, 20), 'bad-trailer'],
    ['a packet on an unknown interface', ng.packet(payload(4), { interfaceId: 1 }), 'no-interface'],
    ['a Simple Packet Block larger than its packet', ng.simplePacket(payload(24), 20), 'bad-length'],
    ['a caplen beyond its block', ng.packet(payload(4), { caplen: 5 }), 'bad-length'],
    ['a caplen of 2^32 - 1', ng.packet(payload(4), { caplen: 0xffffffff }), 'bad-length'],
    [
      'an option beyond its block',
      ng.block(6, bytes(new Uint8Array(20), writer(order).u16(1), writer(order).u16(5))),
      'bad-option',
    ],
    ['packet flags of 3 bytes', ng.packet(payload(4), {}, [[2, new Uint8Array(3)]]), 'bad-option'],
    ['a verdict of no bytes', ng.packet(payload(4), {}, [[7, new Uint8Array(0)]]), 'bad-option'],
    ['a custom option of 3 bytes', ng.interface([[2988, new Uint8Array(3)]]), 'bad-option'],
    ['a name without an end', ng.names([[1, bytes([1, 2, 3, 4], utf8('abcd'))]]), 'bad-name'],
    ['an address of 2 bytes', ng.names([[1, Uint8Array.of(1, 2)]]), 'bad-name'],
    [
      'secrets beyond their block',
      ng.block(10, bytes(new Uint8Array(4), writer(order).u32(9), new Uint8Array(8))),
      'bad-length',
    ],
    ['a clock that no timestamp can carry', ng.interface([ng.tsresol(20)]), 'unsupported'],
    ['a section of version 2.0', ng.section([], { major: 2 }), 'unsupported'],
    ['a section without a byte order', ng.section([], { magic: 0x1a2b3c4e }), 'bad-byte-order'],
    ['a packet after a section without interfaces', bytes(ng.section(), ng.packet()), 'no-interface'],
  ])('ends at %s, keeping what was read', (_, block, what) => {
    const { packets, told: all } = recordingOf(bytes(start, ng.packet(), block, ng.packet()))
    expect(packets).toHaveLength(1)
    const at =
      start.length +
      ng.packet().length +
      (what === 'no-interface' && block.length > 100 && _.includes('section') ? 28 : 0)
    expect(all.filter(([callback]) => callback === 'fault').map(([, found]) => found)).toEqual(fault(at, what))
  })

  // Counts by capinfos 4.0.17, of the same file cut by as much.
  it.each([
    [0, 3, 2],
    [1, 3, 2],
    [8, 3, 2],
    [9, 3, 2],
    [16, 2, 2],
    [33, 2, 2],
    [40, 2, 0],
    [64, 2, 0],
    [90, 1, 0],
    [100, 0, 0],
    [120, 0, 0],
  ])('counts the names of a block that the end of the file cuts by %s bytes', (cut, ipv4, ipv6) => {
    const four = (i: number): Option => [1, bytes([10, 0, 0, i], utf8(`host${i}.example\0`))]
    const six: Option = [2, bytes(new Uint8Array(15), [3], utf8('host3.example\0two\0'))]
    const names = ng.names([four(1), four(2), six, four(4)])
    expect(names.length).toBe(128)
    const file = bytes(start, ng.packet(), names.subarray(0, names.length - cut))
    for (const size of [1, 50, 65_536]) {
      const given = recordingOf(file, size).told.filter(([callback]) => callback === 'nameResolution')
      const sum = (name: 'ipv4' | 'ipv6') =>
        given.reduce((total, [, found]) => total + (found as NameResolution)[name], 0)
      expect([sum('ipv4'), sum('ipv6')]).toEqual([ipv4, ipv6])
      expect(faultsOf(file)).toEqual(cut > 0 ? [expect.objectContaining({ what: 'truncated-block' })] : [])
    }
  })

  it('tells of comments that are empty', () => {
    const empty: Option[] = [
      [1, new Uint8Array(0)],
      [1, utf8('one')],
      [1, new Uint8Array(0)],
    ]
    const file = bytes(ng.section(empty), ng.interface(empty), ng.packet(payload(4), {}, empty))
    const { told: all } = recordingOf(file)
    expect(all.filter(([callback]) => callback === 'packetComment').map(([, , comment]) => comment)).toEqual([
      '',
      'one',
      '',
    ])
    const comments = ['', 'one', '']
    expect(all).toContainEqual(['section', expect.objectContaining({ comments })])
    expect(all).toContainEqual(['interface', expect.objectContaining({ comments })])
  })

  it('takes lengths up to the next multiple of four', () => {
    expect(faultsOf(bytes(start, ng.block(0x99, new Uint8Array(4), 14, 15), ng.packet()))).toEqual([])
  })

  it('reads a Simple Packet Block up to the snaplen of the first interface', () => {
    const file = bytes(ng.section(), ng.interface([], { snaplen: 16 }), ng.simplePacket(payload(16), 5000))
    expect(recordingOf(file).packets).toMatchObject([{ caplen: 16, origlen: 5000, timed: false }])
    const unlimited = bytes(start, ng.simplePacket(payload(16), 5000))
    expect(faultsOf(unlimited)).toEqual(fault(start.length, 'bad-length'))
  })

  it('passes over a large unknown block, and a large packet, without holding them', () => {
    const large = ng.block(0x99, new Uint8Array(20 << 20))
    const usb = ng.interface([], { linktype: 189 })
    const file = bytes(ng.section(), usb, large, ng.packet(payload(5 << 20), {}, [[1, utf8('large')]]), ng.packet())
    for (const chunk of [file.length, 1 << 20]) {
      const { packets, told: all } = recordingOf(file, chunk)
      expect(packets.map(({ caplen, bytes: held }) => [caplen, held.length / 2])).toEqual([
        [5 << 20, 262_144],
        [60, 60],
      ])
      expect(all).toContainEqual(['packetComment', 1, 'large'])
    }
  })

  it('leaves out what options take beyond 4 MiB, and says so', () => {
    const comments = Array.from({ length: 70 }, (): [number, Uint8Array] => [1, new Uint8Array(65_532).fill(97)])
    const file = bytes(ng.section(), ng.interface(comments), ng.packet(payload(4), {}, comments), ng.packet())
    for (const chunk of [file.length, 65_536]) {
      const { packets, told: all } = recordingOf(file, chunk)
      expect(packets).toHaveLength(2)
      const faults = all.flatMap(([callback, what]) => (callback === 'fault' ? [what] : []))
      expect(faults).toEqual([...fault(28, 'left-out'), expect.objectContaining({ what: 'left-out' })])
    }
  })

  it('ends at a packet on an interface beyond those that are kept', () => {
    const many = new Uint8Array(65_537 * ng.interface().length)
    for (let i = 0; i < 65_537; i++) many.set(ng.interface(), i * 20)
    const file = (interfaceId: number) => bytes(ng.section(), many, ng.packet(payload(4), { interfaceId }))
    expect(recordingOf(file(65_535)).packets).toHaveLength(1)
    expect(faultsOf(file(65_536))).toEqual(fault(28 + many.length, 'too-many-interfaces'))
    expect(faultsOf(file(65_537))).toEqual(fault(28 + many.length, 'no-interface'))
  })
})

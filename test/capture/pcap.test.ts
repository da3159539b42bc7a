import { describe, expect, it } from 'vitest'
import {
  bytes,
  MICROSECONDS,
  MODIFIED,
  NANOSECONDS,
  type Order,
  payload,
  pcap,
  pcapHeader,
  pcapRecord,
} from '../support/captures.ts'
import { factsOf, recordingOf } from '../support/reading.ts'

const faultsOf = (file: Uint8Array) => recordingOf(file).told.filter(([callback]) => callback === 'fault')
const fault = (at: number, what: string) => [['fault', expect.objectContaining({ at, what })]]

describe.each(['little', 'big'] as Order[])('pcap, %s-endian', (order) => {
  it.each([
    ['pcap', MICROSECONDS, 123_456_000, 1_000_000n],
    ['nsecpcap', NANOSECONDS, 123_456, 1_000_000_000n],
    ['modpcap', MODIFIED, 123_456_000, 1_000_000n],
  ] as const)('reads %s', (format, magic, nanoseconds, ticksPerSecond) => {
    const header = { order, magic, snaplen: 96, linktype: 113 }
    const { told, packets } = recordingOf(
      pcap([{ seconds: 4_000_000_000, fraction: 123_456, data: payload(50), origlen: 90 }, {}], header),
    )
    expect(told[0]).toEqual(['format', format])
    expect(told).toContainEqual(['section', { at: 0, index: 0, byteOrder: order, version: '2.4', comments: [] }])
    expect(told).toContainEqual([
      'interface',
      expect.objectContaining({ id: 0, section: 0, linktype: 113, snaplen: 96, ticksPerSecond }),
    ])
    expect(packets).toHaveLength(2)
    expect(packets[0]).toMatchObject({
      number: 1,
      at: 24,
      interfaceId: 0,
      linktype: 113,
      caplen: 50,
      origlen: 90,
      timed: true,
      seconds: 4_000_000_000,
      nanoseconds,
      bytes: Buffer.from(payload(50)).toString('hex'),
    })
    expect(packets[1]).toMatchObject({ number: 2, at: 24 + (magic === MODIFIED ? 24 : 16) + 50 })
    expect(faultsOf(pcap([{}], header))).toEqual([])
  })

  it('carries a fraction of a second or more into the seconds', () => {
    const { packets } = recordingOf(pcap([{ seconds: 10, fraction: 0xffffffff }], { order }))
    expect(packets[0]).toMatchObject({ seconds: 10 + 4294, nanoseconds: 967_295_000 })
  })

  it.each([
    [2, 0, 40, 90],
    [2, 2, 40, 90],
    [2, 3, 40, 90],
    [2, 3, 90, 40],
    [2, 4, 90, 40],
    [3, 0, 90, 40],
    [543, 7, 90, 40],
  ])('in version %i.%i takes the lengths %i, %i in the order of that version', (major, minor, second, first) => {
    const record = pcapRecord({ data: payload(40), caplen: second, origlen: first }, { order })
    const swapped = major === 2 && (minor < 3 || (minor === 3 && second > first))
    const [caplen, origlen] = swapped ? [first, second] : [second, first]
    const file = bytes(pcapHeader({ order, major, minor }), record, new Uint8Array(90))
    expect(recordingOf(file).packets[0]).toMatchObject({ caplen, origlen })
  })
})

describe('a pcap file header', () => {
  it.each([
    [0, 0],
    [1, 9],
  ])('of version %i.%i is refused', (major, minor) => {
    expect(faultsOf(pcap([{}], { major, minor }))).toEqual(fault(0, 'unsupported'))
  })

  it.each([0x1, 0xf400_0001, 0x0c00_0001])('takes the link type out of 0x%s', (linktype) => {
    const { packets } = recordingOf(pcap([{}], { linktype }))
    expect(packets[0]).toMatchObject({ linktype: 1 })
  })

  it.each([0x0001_0001, 0x03ff_0001, 20, 9999])('with the link type field 0x%s is refused', (linktype) => {
    expect(faultsOf(pcap([{}], { linktype }))).toEqual(fault(0, 'unsupported'))
  })
})

describe('a pcap record', () => {
  it('larger than its link type allows ends the reading; what was read counts', () => {
    const file = pcap([{}, {}, { data: payload(262_144) }, { caplen: 262_145 }, {}])
    const { packets } = recordingOf(file)
    expect(packets).toHaveLength(3)
    expect(faultsOf(file)).toEqual(fault(24 + 76 + 76 + 16 + 262_144, 'bad-length'))
  })

  it('may be larger for USB, and is handed on with its first 262,144 bytes', () => {
    const file = pcap([{ data: payload(300_000) }, {}], { linktype: 189 })
    for (const chunk of [file.length, 65_536]) {
      const { packets } = recordingOf(file, chunk)
      expect(packets.map(({ caplen, bytes: held }) => [caplen, held.length / 2])).toEqual([
        [300_000, 262_144],
        [60, 60],
      ])
    }
  })

  it('is no packet when the file ends within it', () => {
    const whole = pcap([{ data: payload(5) }, { data: payload(7) }], { magic: NANOSECONDS }) // which has no variants
    const ends = [24, 24 + 21, 24 + 21 + 23]
    for (let cut = 0; cut <= whole.length; cut++) {
      const { packets, told } = recordingOf(whole.subarray(0, cut))
      expect(packets.length).toBe(cut >= 68 ? 2 : cut >= 45 ? 1 : 0)
      const what = cut === 0 ? 'empty' : cut < 4 ? 'unrecognised' : cut < 24 ? 'truncated-header' : 'truncated-record'
      const faults = told.filter(([callback]) => callback === 'fault')
      expect(faults).toEqual(ends.includes(cut) ? [] : fault(cut < 24 ? 0 : cut < 45 ? 24 : 45, what))
    }
  })

  it('of zeros is a packet at time 0', () => {
    expect(recordingOf(bytes(pcap([{}]), new Uint8Array(64))).packets).toHaveLength(5)
  })
})

describe('a pseudo-header', () => {
  it('is not part of the packet, and lies right before it', () => {
    const { packets } = recordingOf(pcap([{ data: payload(20), origlen: 30 }], { linktype: 201 }))
    expect(packets[0]).toMatchObject({
      caplen: 16,
      origlen: 26,
      bytes: Buffer.from(payload(20).subarray(4)).toString('hex'),
    })
  })

  it('that does not fit into the record is a fault', () => {
    expect(faultsOf(pcap([{ data: payload(3) }], { linktype: 201 }))).toEqual(fault(24, 'bad-pseudo-header'))
    expect(faultsOf(pcap([{ data: payload(20) }], { linktype: 144 }))).toEqual(fault(24, 'bad-pseudo-header'))
  })

  it('of ERF has its own time and length, and may be extended', () => {
    const header = bytes([0, 0, 0, 0x80, 5, 0, 0, 0], [0x82, 0, 0, 100, 0, 0, 0, 70]) // 5.5 s, Ethernet, extended, 70 bytes
    const data = bytes(header, [0x80, 0, 0, 0, 0, 0, 0, 0], new Uint8Array(8), [0, 0], payload(64))
    const { packets } = recordingOf(pcap([{ data }], { linktype: 197 }))
    expect(packets[0]).toMatchObject({ seconds: 5, nanoseconds: 500_000_000, caplen: 64, origlen: 70 })
  })
})

describe('a variant of pcap', () => {
  const records = [{ origlen: 90 }, { data: payload(61) }, { data: payload(0) }, {}]
  const variant = (more: number, magic = MICROSECONDS) =>
    bytes(
      pcapHeader({ magic }),
      ...records.flatMap((record) => {
        const whole = pcapRecord(record)
        return [whole.subarray(0, 16), new Uint8Array(more), whole.subarray(16)]
      }),
    )
  const formatOf = (file: Uint8Array) => recordingOf(file).told[0]?.[1]

  it.each([
    ['pcap', variant(0)],
    ['rh6_1pcap', variant(8)],
    ['nokiapcap', variant(4)],
    ['modpcap', variant(8, MODIFIED)],
    ['suse6_3pcap', variant(12, MODIFIED)],
  ])('is told from the others by its first records: %s', (format, file) => {
    expect(formatOf(file)).toBe(format)
    expect(recordingOf(file).packets.map(({ caplen, origlen }) => [caplen, origlen])).toEqual([
      [60, 90],
      [61, 61],
      [0, 0],
      [60, 60],
    ])
    for (const size of [1, 7, 64]) expect(recordingOf(file, size).told).toEqual(recordingOf(file).told)
  })

  it('is the first of those that fit equally badly', () => {
    expect(formatOf(bytes(pcapHeader(), new Uint8Array(40).fill(255)))).toBe('pcap')
    expect(formatOf(pcapHeader())).toBe('pcap')
  })

  it('is looked for in the first mebibyte', () => {
    const usb = { linktype: 189 }
    expect(formatOf(pcap([{ data: payload(2_000_000) }, {}], usb))).toBe('pcap')
  })

  it.each([
    [6, 'ether'],
    [9, 'tr'],
    [24, 'null'],
  ])('of AIX has its interface type %i for a link type, and nanoseconds', (linktype, encapsulation) => {
    const file = pcap([{ fraction: 999_999_999 }, {}], { order: 'big', minor: 2, linktype })
    expect(factsOf(file)).toMatchObject({ fileType: 'aixpcap', encapsulation, timePrecision: 'nanoseconds' })
    expect(recordingOf(file).packets[0]).toMatchObject({ nanoseconds: 999_999_999 })
  })

  it('of AIX pads FDDI frames', () => {
    const file = pcap([{ data: payload(60) }], { minor: 2, linktype: 15 })
    expect(recordingOf(file).packets[0]).toMatchObject({ linktype: 10, caplen: 57, origlen: 57 })
    expect(faultsOf(pcap([{ data: payload(2) }], { minor: 2, linktype: 15 }))).toEqual(fault(24, 'bad-length'))
  })

  it.each([0x1c0001ac, 0x1c0001ab])('of IXIA has more of a header: 0x%s', (magic) => {
    const file = bytes(pcapHeader({ magic }), [0, 0, 0, 76], pcapRecord())
    expect(factsOf(file)).toMatchObject({ verdict: 'whole', fileType: 'pcap', packets: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import { bytes, payload, utf8, writer } from '../support/captures.ts'
import { factsOf, recordingOf } from '../support/reading.ts'
import { btsnoop, erf, erfRecord, erfSection, hostId, netmon, nettl, packetlogger, snoop } from '../support/records.ts'

const { u16, u32, u64 } = writer('little')
const faultsOf = (file: Uint8Array) =>
  recordingOf(file).told.flatMap(([callback, fault]) =>
    callback === 'fault' ? [(fault as { what: string }).what] : [],
  )

describe('snoop', () => {
  it('is read', () => {
    const { packets } = recordingOf(snoop([{ data: payload(61), origlen: 90, microseconds: 1_000_007 }, {}]))
    expect(packets).toMatchObject([
      { number: 1, at: 16, linktype: 1, caplen: 61, origlen: 90, seconds: 1001, nanoseconds: 7000 },
      { number: 2, at: 16 + 24 + 64, caplen: 60 },
    ])
    expect(factsOf(snoop([{}]))).toMatchObject({ verdict: 'whole', fileType: 'snoop', encapsulation: 'ether' })
  })

  it.each([
    [0, 'ether'],
    [2, 'tr'],
    [8, 'fddi-swapped'],
    [9, 'null'],
    [16, 'ip-over-fc'],
    [18, 'atm-pdus'],
    [26, 'ip-over-ib'],
  ])('of datalink type %i is %s', (datalink, encapsulation) => {
    expect(factsOf(snoop([{}], { datalink }))).toMatchObject({ verdict: 'whole', encapsulation })
  })

  it('with data behind its packets is of Surveyor, with other datalink types', () => {
    expect(factsOf(snoop([{ padding: 15 }])).fileType).toBe('snoop')
    expect(factsOf(snoop([{ padding: 16 }], { datalink: 13 }))).toMatchObject({
      fileType: 'shomiti',
      encapsulation: 'tr',
    })
    expect(faultsOf(snoop([{ padding: 16 }], { datalink: 9 }))).toEqual(['unsupported'])
  })

  // As tshark 4.0.17 has them.
  it.each([
    [60, 90, 8, 48, 78],
    [60, 90, 9, 47, 77],
    [60, 90, 47, 9, 39],
    [60, 90, 56, 0, 30],
    [12, 12, 8, 0, 0],
  ])(
    'of Surveyor, wireless, %i of %i bytes, has its packet behind %i of radio information',
    (length, origlen, radio, caplen, left) => {
      const data = payload(length)
      data[3] = radio
      const file = snoop([{ data, origlen, padding: 20 }], { datalink: 18 })
      expect(factsOf(file)).toMatchObject({ verdict: 'whole', fileType: 'shomiti', encapsulation: 'ieee-802-11-radio' })
      for (const size of [1, file.length]) {
        const [packet] = recordingOf(file, size).packets
        expect(packet).toMatchObject({ caplen, origlen: left })
        expect(packet?.bytes).toBe(Buffer.from(data.subarray(length - caplen)).toString('hex'))
      }
    },
  )

  it('takes four bytes of an ATM packet for its pseudo-header', () => {
    expect(recordingOf(snoop([{}], { datalink: 18 })).packets[0]).toMatchObject({ caplen: 56, origlen: 56 })
    expect(faultsOf(snoop([{ data: payload(3) }], { datalink: 18 }))).toEqual(['bad-pseudo-header'])
  })

  it.each([
    [snoop([{}], { version: 1 }), 'unsupported'],
    [snoop([{}], { version: 6 }), 'unsupported'],
    [snoop([{}], { datalink: 3 }), 'unsupported'],
    [snoop([{}, { length: 83 }]), 'bad-length'],
    [snoop([{ data: payload(11), padding: 20 }], { datalink: 18 }), 'bad-pseudo-header'],
    [snoop([{ data: new Uint8Array(60).fill(7), padding: 20 }], { datalink: 18 }), 'bad-pseudo-header'],
    [snoop([{ data: new Uint8Array(60).fill(57), padding: 20 }], { datalink: 18 }), 'bad-pseudo-header'],
    [snoop([{}, { caplen: 262_145 }]), 'bad-length'],
    [snoop([{}, { origlen: 262_145 }]), 'bad-length'],
    [snoop([{}]).subarray(0, 30), 'truncated-header'],
    [snoop([{ padding: 3 }]).subarray(0, -1), 'truncated-record'],
  ])('with something wrong is told of', (file, what) => {
    expect(faultsOf(file)).toEqual([what])
  })
})

describe('btsnoop', () => {
  it.each([
    [1001, 'bluetooth-hci'],
    [1002, 'bluetooth-h4-linux'],
    [2001, 'bluetooth-linux-monitor'],
  ])('of datalink type %i is %s', (datalink, encapsulation) => {
    const facts = factsOf(btsnoop([1_500_000_000_000_001n], { datalink }))
    expect(facts).toMatchObject({
      verdict: 'whole',
      fileType: 'btsnoop',
      encapsulation,
      firstTime: '1500000000.000001',
    })
  })

  it('has times before 1970', () => {
    expect(recordingOf(btsnoop([-1_500_000n])).packets).toMatchObject([{ seconds: -2, nanoseconds: 500_000_000 }])
  })

  it.each([{ version: 2 }, { datalink: 1003 }])('with %o is not read', (header) => {
    expect(faultsOf(btsnoop([1n], header))).toEqual(['unsupported'])
  })
})

describe('PacketLogger', () => {
  it.each(['big', 'little'] as const)('is read in %s-endian', (order) => {
    const file = packetlogger([0, 1, 252, 3, 8, 0x55], { order })
    const facts = factsOf(file)
    expect(facts).toMatchObject({ verdict: 'whole', fileType: 'pklg', encapsulation: 'packetlogger', packets: 6 })
    expect(recordingOf(file).packets[1]).toMatchObject({
      at: 33,
      caplen: 21,
      seconds: 1_500_000_001,
      nanoseconds: 7000,
    })
  })

  it('is nothing whose first five records are not of a known type', () => {
    expect(faultsOf(packetlogger([0, 0, 0, 0, 0x55, 0]))).toEqual(['unrecognised'])
    expect(faultsOf(packetlogger([0, 0]).subarray(0, -30))).toEqual(['unrecognised'])
  })
})

describe('NetMon', () => {
  it('1 counts milliseconds', () => {
    const file = netmon([60, 61], { major: 1 })
    const facts = factsOf(file)
    expect(facts).toMatchObject({ verdict: 'whole', fileType: 'netmon1', encapsulation: 'ether', interfaceCount: 0 })
    expect(facts).toMatchObject({ timePrecision: 'milliseconds', lastTime: '1742634313.139' })
  })

  it('2 counts microseconds', () => {
    const facts = factsOf(netmon([60, 61]))
    expect(facts).toMatchObject({ fileType: 'netmon2', timePrecision: 'nanoseconds', lastTime: '1742634313.138001000' })
  })

  it('2.1 has a network for each frame, and frames that are no packets', () => {
    const file = netmon([60, 61, 62], { minor: 1, trailer: (i) => u16([0xe069, 0xfffd, 0xffe0][i] ?? 0) })
    const facts = factsOf(file)
    expect(facts).toMatchObject({ verdict: 'whole', encapsulation: 'per-packet', packets: 2 })
    expect(facts.encapsulations.map(({ name }) => name)).toEqual([
      'IEEE 802.11 Wireless LAN',
      'Network Monitor Network Event',
    ])
  })

  it('2.3 has a time of its own for each frame', () => {
    const trailer = () => bytes(u16(1), u32(0), u64(133_871_079_131_380_001n), [0])
    expect(factsOf(netmon([60], { minor: 3, trailer })).firstTime).toBe('1742634313.138000100')
  })

  it('has a header before each ATM packet', () => {
    expect(recordingOf(netmon([60], { network: 4 })).packets[0]).toMatchObject({ caplen: 44, origlen: 44 })
    expect(faultsOf(netmon([15], { network: 4 }))).toEqual(['bad-pseudo-header'])
  })

  it('whose table lists other frames is read as they lie, and that is told of', () => {
    for (const table of [[1, 0], [0], [0, 1, 1]])
      expect(factsOf(netmon([60, 61], { table }))).toMatchObject({
        verdict: 'whole',
        packets: 2,
        faults: [{ what: 'left-out' }],
      })
  })

  it('is cut off where it ends before its table', () => {
    const file = netmon([60, 61])
    expect(factsOf(file.subarray(0, 128 + 76 + 77))).toMatchObject({ verdict: 'truncated', packets: 2 })
    expect(factsOf(file.subarray(0, 128 + 76 + 30))).toMatchObject({ verdict: 'truncated', packets: 1 })
  })
})

describe('nettl', () => {
  // As tshark 4.0.17 has them: the lengths in a driver's header stand above the record's.
  it.each([
    [60, 70, 68],
    [60, 40, 68],
    [0, 0, 68],
    [60, 60, 100],
  ])('of a driver has %i of %i bytes behind a header of its own', (caplen, origlen, header) => {
    const data = bytes(new Uint8Array(4), [0, caplen, 0, origlen], new Uint8Array(16), payload(caplen))
    const file = nettl([{ subsystem: 11, header, data }, {}, { subsystem: 11, kind: 0, data }])
    expect(factsOf(file)).toMatchObject({ verdict: 'whole', packets: 3, encapsulation: 'per-packet' })
    expect(factsOf(nettl([{ subsystem: 11, header, data }])).encapsulation).toBe('ether-nettl')
    for (const size of [1, file.length]) {
      const { packets } = recordingOf(file, size)
      expect(packets.map((packet) => [packet.caplen, packet.origlen])).toEqual([
        [caplen, origlen],
        [60, 60],
        [24 + caplen, 24 + caplen],
      ])
      expect(packets[0]?.bytes).toBe(Buffer.from(payload(caplen)).toString('hex'))
    }
  })

  it('is read', () => {
    const file = nettl([{}, { header: 100 }])
    expect(factsOf(file)).toMatchObject({
      verdict: 'whole',
      fileType: 'nettl',
      encapsulation: 'ether-nettl',
      packets: 2,
    })
    expect(recordingOf(file).packets[1]).toMatchObject({ at: 256, caplen: 60, seconds: 1001, nanoseconds: 5000 })
  })

  it('has several encapsulations where its subsystems differ', () => {
    const { encapsulation, encapsulations } = factsOf(nettl([{}, { subsystem: 2 }, { kind: 0 }, { subsystem: 34 }]))
    expect(encapsulation).toBe('per-packet')
    expect(encapsulations).toEqual([
      { name: 'Raw IP with nettl headers', count: 2 },
      { name: 'Ethernet with nettl headers', count: 1 },
      { name: 'X.25 with nettl headers', count: 1 },
    ])
  })

  it.each([
    [nettl([{}, { header: 63 }]), 'bad-length'],
    [nettl([{}, { subsystem: 2, data: payload(25) }]), 'bad-length'],
    [nettl([]), 'truncated-header'],
  ])('with something wrong is told of', (file, what) => {
    expect(faultsOf(file)).toEqual([what])
  })
})

describe('ERF', () => {
  it('is read, less its pads', () => {
    const file = erf({ wlen: 90 }, { type: 48 }, { type: 2, time: 1_500_000_001.25 })
    const facts = factsOf(file)
    expect(facts).toMatchObject({ verdict: 'whole', fileType: 'erf', encapsulation: 'erf', packets: 2, snaplen: null })
    expect(recordingOf(file).packets).toMatchObject([
      { at: 0, caplen: 60, origlen: 90, seconds: 1_500_000_000, nanoseconds: 500_000_000 },
      { at: 152, caplen: 58, origlen: 60, seconds: 1_500_000_001, nanoseconds: 250_000_000 },
    ])
  })

  it('has an interface for each number, host and source', () => {
    const extensions = [hostId(0xc0ffee, 5)]
    const { interfaces } = factsOf(
      erf({}, { flags: 1 }, { flags: 4 }, { extensions }, { extensions: [hostId(0, 6)], flags: 3 }),
    )
    expect(interfaces.map(({ if_name, packets }) => [if_name, packets])).toEqual([
      ['Port A (ERF Interface 0)', 2],
      ['Port B (ERF Interface 1)', 1],
      ['Port A (ERF Host 000000c0ffee, Source 5, Interface 0)', 1],
      ['Port D (ERF Source 6, Interface 3)', 1],
    ])
  })

  it('tells of interfaces and the section by provenance records, wherever they stand', () => {
    const speed = bytes(u64(10n ** 10n)).reverse()
    const told = bytes(
      erfSection(0xff00, 1, [
        [1, utf8('a comment')],
        [16, utf8('app')],
        [47, utf8('2.0')],
        [36, utf8('tcp')],
      ]),
      erfSection(0xff01, 1, [
        [20, utf8('a machine')],
        [17, utf8('a system')],
      ]),
      erfSection(0xff03, 1, [
        [12, utf8('eth0')],
        [13, utf8('uplink')],
        [66, speed],
      ]),
      erfSection(0xff03, 2, [[13, utf8('downlink')]]),
    )
    const { interfaces, sections, interfaceCount } = factsOf(erf({}, { type: 27, data: told }, {}))
    expect(sections).toMatchObject([
      { hardware: 'a machine', os: 'a system', application: 'app 2.0', comments: ['a comment'] },
    ])
    expect(interfaceCount).toBe(2)
    expect(interfaces).toMatchObject([
      {
        if_name: 'eth0 (ERF Interface 0)',
        if_description: 'uplink (ERF Interface 0)',
        if_speed: '10000000000',
        if_filter: 'tcp',
        packets: 3,
      },
      {
        if_name: 'downlink (ERF Interface 1)',
        if_description: 'downlink (ERF Interface 1)',
        if_filter: 'tcp',
        packets: 0,
      },
    ])
  })

  it.each([
    ['text', utf8('a text that is long enough to be taken for a record, line by line\n'.repeat(100))],
    ['zeros', new Uint8Array(5000)],
    ['one octet over and over', new Uint8Array(5000).fill(1)],
    ['records of distant times', erf({}, { time: 1_600_000_000 }, {})],
    ['records of no type', bytes(erfRecord(), erfRecord({ type: 100 }))],
    ['less than one record', erf({}).subarray(0, -1)],
  ])('is not what is %s', (_, file) => {
    expect(faultsOf(file)).toEqual(['unrecognised'])
  })

  it('ends at a record without a length', () => {
    expect(faultsOf(bytes(...Array.from({ length: 30 }, () => erfRecord()), new Uint8Array(16)))).toEqual([
      'bad-length',
    ])
  })

  it('keeps no more interfaces than it says', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ data: payload(4), extensions: [hostId(i + 1, 1)] }))
    expect(factsOf(erf(...many))).toMatchObject({ interfaceCount: 4096, faults: [{ what: 'too-many-interfaces' }] })
  })
})

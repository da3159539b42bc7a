import { describe, expect, it } from 'vitest'
import { createFacts } from '../../src/summary/facts.ts'
import { decimalSeconds, timeBetween, twoDecimals } from '../../src/summary/facts-figures.ts'
import { bytes, everyBlock, payload, pcap, pcapng, utf8 } from '../support/captures.ts'
import { factsOf } from '../support/reading.ts'

const ng = pcapng()

it('has room for the texts of an interface and a section however often they are told again', () => {
  const facts = createFacts()
  const text = 'x'.repeat(1000)
  for (let told = 0; told < 1000; told++) {
    facts.section({ at: 0, index: 0, byteOrder: 'little', version: '1.0', shb_os: text, comments: [text] })
    facts.interface({
      at: 0,
      id: 0,
      section: 0,
      linktype: 1,
      snaplen: 0,
      ticksPerSecond: 1n,
      precision: 0,
      if_name: text,
      comments: [text],
    })
  }
  const { interfaces, sections, leftOut } = facts.finish(1)
  expect(interfaces).toMatchObject([{ if_name: text, comments: [text] }])
  expect(sections).toMatchObject([{ os: text, comments: [text] }])
  expect(leftOut.texts).toBe(0)
})

describe('figures', () => {
  it.each([
    [0, '0.00'],
    [0.125, '0.12'],
    [0.375, '0.38'],
    [0.625, '0.62'],
    [2.675, '2.67'],
    [1e15, '1000000000000000.00'],
    [1.5e22, '15000000000000000000000.00'],
  ])('%d has the two decimals %s, as in C', (value, printed) => {
    expect(twoDecimals(value)).toBe(printed)
  })

  it.each([
    [1, 999_999_999, 6, '1.999999'],
    [1, 999_999_999, 0, '1'],
    [0, 5_000_000, 3, '0.005'],
    [-1, 500_000_000, 6, '-0.500000'],
    [-2, 250_000_000, 2, '-1.75'],
    [-2, 0, 9, '-2.000000000'],
  ] as const)('%d s and %d ns to %d places are %s', (seconds, nanoseconds, places, printed) => {
    expect(decimalSeconds({ seconds, nanoseconds }, places)).toBe(printed)
  })

  it('subtracts at full precision', () => {
    const earlier = { seconds: -1, nanoseconds: 999_999_999 }
    expect(timeBetween(earlier, { seconds: 1, nanoseconds: 1 })).toEqual({ seconds: 1, nanoseconds: 2 })
  })
})

describe('facts', () => {
  it('of a pcap', () => {
    const file = pcap([
      { seconds: 100, fraction: 500_000, data: payload(60), origlen: 1000 },
      { seconds: 99, fraction: 0, data: payload(40) },
      { seconds: 101, fraction: 0, data: payload(50), origlen: 51 },
    ])
    expect(factsOf(file)).toMatchObject({
      verdict: 'whole',
      fileType: 'pcap',
      encapsulation: 'ether',
      encapsulationName: 'Ethernet',
      encapsulations: [{ name: 'Ethernet', count: 3 }],
      timePrecision: 'microseconds',
      snaplen: 262_144,
      snaplenInferred: { min: 50, max: 60 },
      packets: 3,
      frames: 3,
      fileSize: file.length,
      dataSize: 1091,
      firstTime: '99.000000',
      lastTime: '101.000000',
      duration: '2.000000',
      byteRate: '545.50',
      bitRate: '4364.00',
      packetRate: '1.50',
      averagePacketSize: '363.67',
      strictTimeOrder: 'False',
      interfaces: [{ packets: 3, ticksPerSecond: '1000000', timePrecision: 'microseconds' }],
    })
  })

  it('of a pcapng with all its blocks', () => {
    const facts = factsOf(everyBlock())
    expect(facts).toMatchObject({
      verdict: 'whole',
      fileType: 'pcapng',
      encapsulation: 'per-packet',
      timePrecision: 'per-packet',
      snaplen: null,
      packets: 5,
      frames: 7,
      firstTime: null,
      duration: null,
      byteRate: 'n/a',
      strictTimeOrder: 'Unknown',
      sectionCount: 2,
      interfaceCount: 3,
      resolvedIpv4: 2,
      resolvedIpv6: 1,
      decryptionSecrets: 1,
      packetComments: 1,
      comments: ['a capture', 'the other way round'],
    })
    expect(facts.sections[0]).toEqual({
      byteOrder: 'little',
      version: '1.0',
      hardware: 'a machine',
      os: 'a system',
      application: 'a program',
      comments: ['a capture'],
    })
    expect(facts.interfaces.map(({ packets, statistics, section }) => [packets, statistics, section])).toEqual([
      [1, 0, 0],
      [2, 1, 0],
      [2, 0, 1],
    ])
    expect(facts.encapsulations).toEqual([
      { name: 'Ethernet', count: 3 },
      { name: 'IEEE 802.11 plus radiotap radio header', count: 2 },
    ])
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
  })

  it('tell a whole file from one that is cut off, damaged or refused', () => {
    const whole = bytes(ng.section(), ng.interface(), ng.packet())
    const verdictOf = (file: Uint8Array) => factsOf(file).verdict
    expect(verdictOf(whole)).toBe('whole')
    expect(verdictOf(whole.subarray(0, -1))).toBe('truncated')
    expect(verdictOf(bytes(whole, new Uint8Array(12)))).toBe('damaged')
    expect(verdictOf(bytes(whole, ng.section([], { major: 9 })))).toBe('damaged')
    expect(verdictOf(whole.subarray(0, 40))).toBe('refused')
    expect(verdictOf(new Uint8Array(0))).toBe('refused')
    expect(factsOf(whole.subarray(0, -1)).truncated).toBe(true)
  })

  it('add up lengths beyond 2^53 exactly', () => {
    const record = ng.packet(new Uint8Array(0), { origlen: 0xffffffff })
    const many = bytes(...Array.from({ length: 1 << 11 }, () => record))
    const repeated = Array.from({ length: 1 << 11 }, () => many)
    const file = [bytes(ng.section(), ng.interface()), ...repeated]
    expect(factsOf(new Uint8Array(0), file).dataSize).toBe(String((1n << 22n) * 0xffffffffn))
  })

  it('bound what they list, and say how much they left out', () => {
    const long = utf8('x'.repeat(60_000))
    const interfaces = Array.from({ length: 1200 }, () => ng.interface([[2, long]]))
    const last = ng.packet(payload(4), { interfaceId: 1199 })
    const facts = factsOf(bytes(ng.section(), ...interfaces, last))
    expect(facts.interfaceCount).toBe(1200)
    expect(facts.leftOut).toEqual({ sections: 0, interfaces: 200, faults: 0, texts: 1000 - 4 })
    expect(JSON.stringify(facts).length).toBeLessThan(2 << 20)
    expect(facts.encapsulations).toEqual([{ name: 'Ethernet', count: 1 }])
  })
})

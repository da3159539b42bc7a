import { describe, expect, it } from 'vitest'
import {
  A6,
  ACK,
  B6,
  bytes,
  ethernet,
  ipv4,
  ipv6,
  PACKET4,
  REST,
  RST,
  SYN,
  tcp,
  text,
  u16,
  u32,
  udp,
} from './frames.ts'
import { packetOf, summaryOf, tablesOf } from './summarised.ts'

const there = { from: '10.0.0.1', to: '10.0.0.2' }
const back = { from: '10.0.0.2', to: '10.0.0.1' }

describe('conversations', () => {
  it('take the sender of their first packet as side A, whichever address is lower', () => {
    const tables = tablesOf([
      ipv4(17, udp(REST, 5, 6), back),
      ipv4(17, udp(REST, 6, 5), there),
      ipv4(17, udp(new Uint8Array(10), 5, 6), back),
    ])
    expect(tables.conversations.udp.rows).toEqual([
      {
        a: '10.0.0.2',
        aPort: 5,
        b: '10.0.0.1',
        bPort: 6,
        packetsAToB: 2,
        bytesAToB: 32 + 38,
        packetsBToA: 1,
        bytesBToA: 32,
        start: 0,
        duration: 2,
        guess: null,
        retransmissions: null,
        stream: 0,
      },
    ])
  })

  it('count all packets between equal ends from A to B', () => {
    const same = { from: '10.0.0.1', to: '10.0.0.1' }
    const tables = tablesOf([ipv4(17, udp(REST, 7, 7), same), ipv4(17, udp(REST, 7, 7), same)])
    expect(tables.conversations.udp.rows[0]).toMatchObject({ packetsAToB: 2, packetsBToA: 0 })
    expect(tables.endpoints.udp.rows).toEqual([
      { address: '10.0.0.1', port: 7, packetsSent: 2, bytesSent: 64, packetsReceived: 2, bytesReceived: 64 },
    ])
  })

  it('begin at their least time and last to their greatest, in a file that is not in order', () => {
    const times = [10, 4, 12, 7]
    const tables = summaryOf(times.map((seconds) => packetOf(228, PACKET4, { seconds, nanoseconds: 1 }))).finish()
    expect(tables.conversations.udp.rows[0]).toMatchObject({ start: -6, duration: 8 })
  })

  it('count a frame once for each header in it, with all its bytes', () => {
    const tunnelled = ipv4(4, PACKET4)
    const { rows } = tablesOf([tunnelled]).conversations.ipv4
    expect(rows).toMatchObject([{ packetsAToB: 2, bytesAToB: 2 * tunnelled.length }])
  })

  it('lead to the last address of a source route', () => {
    const options = bytes(131, 11, 4, [10, 0, 0, 8], [10, 0, 0, 9], 0)
    const { ipv4: pairs, udp: ports } = tablesOf([ipv4(17, udp(REST), { options })]).conversations
    expect(pairs.rows[0]).toMatchObject({ a: '10.0.0.1', b: '10.0.0.9' })
    expect(ports.rows[0]).toMatchObject({ a: '10.0.0.1', b: '10.0.0.9' })
  })

  it('lead to the last segment of an IPv6 route in the tables of ports alone', () => {
    const last = B6.replace(/2$/, '9')
    const packet = ipv6(43, bytes('11020001 00000000', last, udp(REST)))
    const { conversations } = summaryOf([packetOf(229, packet)]).finish()
    expect(conversations.ipv6.rows.map((row) => row.b)).toEqual(['2001:db8::2'])
    expect(conversations.udp.rows.map((row) => row.b)).toEqual(['2001:db8::9'])
  })
})

describe('fragments', () => {
  const whole = udp(new Uint8Array(40))
  const parts = [
    ipv4(17, whole.subarray(0, 16), { fragment: 0x2000 }),
    ipv4(17, whole.subarray(16, 32), { fragment: 0x2002 }),
    ipv4(17, whole.subarray(32), { fragment: 4 }),
  ] as const

  it.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 0, 1, 1, 2],
  ])('count their transport in the frame that completes them, in order %i %i %i …', (...order) => {
    const packets = order.map((part) => parts[part as 0 | 1 | 2])
    const { conversations } = tablesOf(packets)
    const last = packets.at(-1) as Uint8Array
    expect(conversations.ipv4.rows).toMatchObject([{ packetsAToB: order.length }])
    expect(conversations.udp.rows).toMatchObject([{ packetsAToB: 1, bytesAToB: last.length, start: order.length - 1 }])
  })

  it('of two datagrams do not mix', () => {
    const other = ipv4(17, whole.subarray(32), { fragment: 4, id: 2 })
    expect(tablesOf([parts[0], parts[1], other]).conversations.udp.kept).toBe(0)
  })

  it('are counted at once if the first was cut off', () => {
    const cut = packetOf(228, parts[0].slice(0, 30), { origlen: parts[0].length })
    expect(summaryOf([cut]).finish().conversations.udp.kept).toBe(1)
  })

  it('of IPv6 are counted in the frame that completes them, and not before', () => {
    const first = packetOf(229, ipv6(44, bytes('1100 0001', u32(7), whole.subarray(0, 16))))
    const second = packetOf(229, ipv6(44, bytes('1100 0010', u32(7), whole.subarray(16))))
    expect(summaryOf([first]).finish().conversations.ipv6.kept).toBe(0)
    const { conversations } = summaryOf([first, second]).finish()
    expect(conversations.ipv6.rows).toMatchObject([{ packetsAToB: 1 }])
    expect(conversations.udp.rows).toMatchObject([{ a: '2001:db8::1', packetsAToB: 1 }])
  })

  it('of more datagrams than there is room for are given up, oldest first, and counted', () => {
    const begun = Array.from({ length: 300 }, (_, id) => ipv4(17, whole.subarray(0, 16), { fragment: 0x2000, id }))
    expect(tablesOf(begun).leftOut.datagrams).toBe(300 - 256)
  })
})

describe('TCP', () => {
  const send = (sequence: number, flags: number, payload: Uint8Array = new Uint8Array(0), way = there) =>
    ipv4(6, tcp(payload, { sequence, flags, from: way === there ? 1000 : 80, to: way === there ? 80 : 1000 }), way)

  it('opens a new stream for a SYN with another sequence number, not for the same again or for SYN and ACK', () => {
    const { rows } = tablesOf([
      send(100, SYN),
      send(100, SYN),
      send(900, SYN | ACK, undefined, back),
      send(950, SYN | ACK, undefined, back),
      send(5000, SYN),
    ]).conversations.tcp
    expect(rows.map((row) => row.packetsAToB + row.packetsBToA)).toEqual([4, 1])
  })

  it('tells what went badly', () => {
    const { tcp: health, conversations } = tablesOf([
      send(100, SYN),
      send(900, SYN | ACK, undefined, back),
      send(101, ACK, REST),
      send(101, ACK, REST),
      send(104, ACK, new Uint8Array(1)), // keep-alive
      send(901, RST, undefined, back),
      ipv4(6, tcp(REST, { from: 1, to: 2, flags: SYN })),
      ipv4(6, tcp(REST, { from: 3, to: 4, flags: ACK, window: 0 })),
    ])
    expect(health).toEqual({
      streams: 3,
      opened: 2,
      unanswered: 1,
      resets: 1,
      streamsReset: 1,
      retransmissions: 1,
      zeroWindows: 1,
    })
    expect(conversations.tcp.rows[0]?.retransmissions).toBe(1)
  })
})

describe('bounds', () => {
  it('keep so many conversations, and count the others exactly', () => {
    const packets = Array.from({ length: 50 }, (_, port) => ipv4(17, udp(REST, 1000 + port, 53)))
    const { conversations, endpoints } = tablesOf([...packets, ...packets], { conversations: 10 })
    expect(conversations.udp.kept).toBe(10)
    expect(conversations.udp.others).toEqual({ rows: 0, packets: 80, bytes: 80 * 32, packetsBeyondBound: 80 })
    expect(conversations.ipv4.rows[0]?.packetsAToB).toBe(100)
    expect(endpoints.udp.others.packetsBeyondBound).toBe(80)
  })

  it('list those with most bytes, and add up the rest', () => {
    const packets = Array.from({ length: 20 }, (_, i) => ipv4(17, udp(new Uint8Array(i), 1000 + i, 53)))
    const { udp: table } = summaryOf(packets.map((data) => packetOf(228, data))).finish(5).conversations
    expect(table.rows.map((row) => row.aPort)).toEqual([1019, 1018, 1017, 1016, 1015])
    expect(table.others).toEqual({ rows: 15, packets: 15, bytes: 15 * 28 + 105, packetsBeyondBound: 0 })
  })

  it('hold a million conversations in 96 MB by their own account', () => {
    const summary = summaryOf([])
    const packet = packetOf(1, ethernet(0x0800, ipv4(6, tcp(REST))))
    for (let i = 0; i < 1_000_000; i++) {
      packet.data.set([10, (i >> 16) & 255, (i >> 8) & 255, i & 255], 26)
      packet.data.set([(i >> 8) & 255, i & 255], 34)
      summary.packet(packet)
    }
    expect(summary.bytesHeld()).toBeLessThan(96 * 1024 * 1024)
    expect(summary.finish().conversations.tcp).toMatchObject({ kept: 200_000, others: { packetsBeyondBound: 800_000 } })
  })
})

describe('what is said beside', () => {
  it('finds names', () => {
    const question = bytes(
      '1234 0100 0001 0000 0000 0000',
      3,
      text('WWW'),
      7,
      text('example'),
      3,
      text('org'),
      0,
      '00010001',
    )
    const hello = (name: string) => {
      const host = bytes(u16(name.length + 5), u16(name.length + 3), 0, u16(name.length), text(name))
      const extensions = bytes(u16(0x0a0a), u16(0), u16(0), host)
      const body = bytes('0303', new Uint8Array(32), 0, u16(2), '1301', 1, 0, u16(extensions.length), extensions)
      return bytes('160301', u16(body.length + 4), 1, 0, u16(body.length), body)
    }
    const options = bytes('63825363', '350101', 12, 6, text('laptop'), 255)
    const { names } = tablesOf([
      ipv4(17, udp(question, 5000, 53)),
      ipv4(17, udp(question, 5000, 53)),
      ipv4(6, tcp(hello('mail.example.org'), { to: 443 })),
      ipv4(6, tcp(text('GET / HTTP/1.1\r\nAccept: */*\r\nHost: Example.com:8080\r\n\r\n'), { to: 9999 })),
      ipv4(17, udp(bytes(1, 1, 6, 0, new Uint8Array(232), options), 68, 67)),
    ])
    expect(names.dns.rows).toEqual([{ name: 'www.example.org', count: 2 }])
    expect(names.tls.rows).toEqual([{ name: 'mail.example.org', count: 1 }])
    expect(names.http.rows).toEqual([{ name: 'example.com:8080', count: 1 }])
    expect(names.dhcp.rows).toEqual([{ name: 'laptop', count: 1 }])
  })

  it('names what is carried, as a guess, and a stream by its first bytes', () => {
    const ssh = { from: 1000, to: 7777 }
    const { hierarchy, conversations } = tablesOf([
      ipv4(6, tcp(text('SSH-2.0-x\r\n'), ssh)),
      ipv4(6, tcp(REST, ssh)),
      ipv4(17, udp(REST, 4000, 123)),
    ])
    const [ip] = hierarchy
    expect(ip?.guess).toBe(false)
    expect(ip?.children.map((node) => node.children)).toMatchObject([
      [{ protocol: 'ssh', guess: true, frames: 2 }],
      [{ protocol: 'ntp', guess: true, frames: 1 }],
    ])
    expect(conversations.tcp.rows[0]?.guess).toBe('ssh')
  })

  it('puts lengths into the buckets of plen,tree', () => {
    const lengths = [0, 19, 20, 39, 40, 79, 80, 5119, 5120, 70_000]
    const { lengths: buckets } = summaryOf(
      lengths.map((origlen) => packetOf(1, new Uint8Array(0), { origlen })),
    ).finish()
    expect(buckets.map((bucket) => bucket.packets)).toEqual([2, 2, 2, 1, 0, 0, 0, 0, 1, 2])
    expect(buckets[0]).toEqual({ from: 0, to: 19, packets: 2, average: 9.5, min: 0, max: 19 })
    expect(buckets[9]).toMatchObject({ from: 5120, to: null, max: 70_000 })
  })

  it.each([
    ['in order', [0, 0.5, 3, 60, 3600]],
    ['not in order', [100, 0, 50, 3600, -7000]],
    ['far apart', [0, 4e9, 1]],
  ])('adds up to the same in a time series: %s', (_, times) => {
    const at = (seconds: number) => ({ seconds: Math.floor(seconds), nanoseconds: (seconds % 1) * 1e9 })
    const { series, bytes: total } = summaryOf(times.map((time) => packetOf(228, PACKET4, at(time)))).finish()
    expect(series.packets.length).toBeLessThanOrEqual(1000)
    expect(series.packets.reduce((a, b) => a + b)).toBe(times.length)
    expect(series.bytes.reduce((a, b) => a + b)).toBe(total)
    for (const time of times) {
      const point = Math.floor((time - (times[0] as number) - series.start) / series.interval)
      expect(series.packets[point]).toBeGreaterThan(0)
    }
    const split = series.protocols.flatMap((protocol) => protocol.packets)
    expect(split.reduce((a, b) => a + b)).toBe(times.length)
  })

  it('counts blocks that are no packets, as tshark does', () => {
    const summary = summaryOf([])
    const block = {
      number: 1,
      at: 0,
      kind: 'custom',
      timed: false,
      seconds: 0,
      nanoseconds: 0,
      caplen: 8,
      origlen: 8,
    } as const
    summary.frame(block)
    expect(summary.finish()).toMatchObject({
      frames: 1,
      bytes: 8,
      hierarchy: [{ protocol: 'data', frames: 1, bytes: 8 }],
    })
  })

  it('writes addresses as RFC 5952 has them', () => {
    const ends = (from: string, to: string) => bytes('60000000', u16(12), '1140', from, to, udp(REST))
    const packets = [
      ends(A6, '00000000000000000000000000000001'),
      ends('20010000000100000000000000000001', '0'.repeat(32)),
    ]
    const { rows } = summaryOf(packets.map((data) => packetOf(229, data))).finish().conversations.ipv6
    expect(rows.map((row) => [row.a, row.b])).toEqual([
      ['2001:db8::1', '::1'],
      ['2001:0:1::1', '::'],
    ])
  })
})

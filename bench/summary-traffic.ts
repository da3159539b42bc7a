/** Generated traffic of an office behind a provider's router, the same bytes each time. */
import { ipv4Text, ipv6Text } from '../src/summary/addresses.ts'
import * as message from './summary-messages.ts'
import { Connection, type End, type Flow, type Way, Wire } from './summary-wire.ts'

export interface TrafficSpec {
  /** Of the file, to within one packet. Bytes. */
  size: number
  mix: Mix
  /** Sessions that are under way at once. */
  sessions: number
}

/** Between two packets. Microseconds. */
const INTERVAL = 25
const CLIENTS = 2000
const SERVERS = 1000
const NAMES = 1500

/** How often each kind of session begins. */
type Shares = Partial<Record<keyof typeof SESSIONS, number>>

/** What is under way, so that it comes to so many bytes a packet. */
const MIXES = {
  /** The voice of a call centre, terminals, lookups, pushes to phones: 80 or so bytes a packet. */
  small: { lookup: 40, voice: 4, terminal: 5, push: 20, ping: 8, who: 20, clock: 6, scan: 8 },
  /** An office at work: 450 or so bytes a packet. */
  office: {
    lookup: 30,
    web: 24,
    page: 5,
    call: 1,
    terminal: 2,
    files: 1,
    push: 12,
    ping: 3,
    who: 5,
    clock: 2,
    search: 1,
    scan: 1,
  },
} as const satisfies Record<string, Shares>
export type Mix = keyof typeof MIXES

/** Write a pcap. @returns its packets */
export function writeTraffic(path: string, { size, mix, sessions }: TrafficSpec): number {
  const office = new Office(new Wire(path, INTERVAL))
  const { wire, random } = office
  const kinds = Object.entries(MIXES[mix]).flatMap(([kind, share]) =>
    Array<keyof typeof SESSIONS>(share).fill(kind as keyof typeof SESSIONS),
  )
  const begin = () => SESSIONS[office.one(kinds)](office)
  const underWay = Array.from({ length: sessions }, begin)
  try {
    while (wire.size < size) {
      const turn = random() % sessions
      if (underWay[turn]?.next().done) underWay[turn] = begin()
    }
  } finally {
    wire.close()
  }
  return wire.packets
}

/** Those who talk, and what they may say. */
class Office {
  readonly wire: Wire
  readonly random = randomNumbers()
  private readonly names: string[]
  private readonly noise: Uint8Array
  private readonly text: Uint8Array

  constructor(wire: Wire) {
    const { random } = this
    this.wire = wire
    this.noise = Uint8Array.from({ length: 256 * 1024 }, () => random() & 0xff)
    const words = Array.from({ length: 400 }, () => this.word())
    const hosts = ['www', 'api', 'cdn', 'static', 'mail', 'login', 'img', 'events']
    const domains = ['com', 'net', 'org', 'io', 'de', 'co.uk']
    this.names = Array.from({ length: NAMES }, () => `${this.one(hosts)}.${this.one(words)}.${this.one(domains)}`)
    this.text = message.bytes(
      '<!doctype html><html><body>',
      ...Array.from({ length: 4000 }, () => `<p>${this.one(words)} ${this.one(words)}</p>\n`),
    )
  }

  one<T>(values: readonly T[]): T {
    return values[this.random() % values.length] as T
  }

  /** Between two numbers, most often near the lower. */
  size(least: number, most: number): number {
    const part = this.random() / 2 ** 24
    return least + Math.floor((most - least) * part ** 4)
  }

  /** Bytes that mean nothing, as what is encrypted does. */
  secret(length: number): Uint8Array {
    const from = this.random() % (this.noise.length - length)
    return this.noise.subarray(from, from + length)
  }

  page(length: number): Uint8Array {
    return this.text.subarray(0, length)
  }

  /** Few are asked for often. */
  name(): string {
    return this.names[this.size(0, NAMES)] as string
  }

  /** From a client to one of many servers beyond the router, or to one in the house. */
  flow(
    port: number,
    { inHouse = false, six = this.random() % 10 < 3, from = 32_768 + (this.random() % 28_000) } = {},
  ): Flow {
    const client = this.random() % CLIENTS
    const server = this.size(0, inHouse ? 20 : SERVERS)
    const vlan = client % 3 === 0 ? 10 + (client % 4) : 0
    return { ends: [clientEnd(client, six, from), serverEnd(server, inHouse, six, port)], vlan }
  }

  private word(): string {
    return Array.from({ length: 4 + (this.random() % 8) }, () => String.fromCharCode(97 + (this.random() % 26))).join(
      '',
    )
  }
}

const ROUTER = Uint8Array.of(0, 0x1c, 0x73, 0, 0, 1)
const ANYBODY = new Uint8Array(6).fill(0xff)

const clientEnd = (client: number, six: boolean, port: number): End => ({
  mac: Uint8Array.of(0x3c, 0x22, 0xfb, 1, client >> 8, client),
  address: six
    ? Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 1, 0, client % 8, 0x3e, 0x22, 0xfb, 0xff, 0xfe, 1, client >> 8, client)
    : Uint8Array.of(10, 1, client >> 8, client),
  port,
})

const serverEnd = (server: number, inHouse: boolean, six: boolean, port: number): End => ({
  mac: inHouse ? Uint8Array.of(0, 0x50, 0x56, 2, 0, server) : ROUTER,
  address: six
    ? Uint8Array.of(
        0x20,
        1,
        0xd,
        0xb8,
        inHouse ? 0 : 0x80 | (server & 63),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        server >> 8,
        server,
      )
    : inHouse
      ? Uint8Array.of(10, 0, 0, server)
      : Uint8Array.of(198, 18 + (server & 1), server >> 8, server),
  port,
})

const addressText = ({ address }: End): string => {
  const view = new DataView(address.buffer)
  if (address.length === 4) return ipv4Text(view.getUint32(0))
  return ipv6Text([view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)])
}

/** Each step has sent a packet, or a few in a row. */
type Session = Generator<void>

const SESSIONS = {
  /** A name is looked up; often with both kinds of addresses. */
  *lookup(office: Office): Session {
    const flow = office.flow(53, { inHouse: true })
    const name = office.name()
    for (const six of office.random() & 1 ? [false, true] : [false]) {
      const id = office.random() & 0xffff
      office.wire.udp(flow, 0, message.dnsQuery(id, name, six))
      yield
      const count = office.random() % 8 === 0 ? 0 : 1 + (office.random() % 3)
      const addresses = Array.from({ length: count }, () => serverEnd(office.random() % SERVERS, false, six, 0).address)
      office.wire.udp(flow, 1, message.dnsAnswer(id, name, six, addresses))
      yield
    }
  },

  /** HTTPS: some requests over TLS 1.3. */
  *web(office: Office): Session {
    const connection = new Connection(office.wire, office.flow(443), office.random)
    yield* secured(office, connection)
    for (let left = 1 + office.size(0, 12); left > 0; left--) {
      yield* connection.send(0, message.tlsData(office.secret(office.size(80, 900))))
      yield* connection.send(1, message.tlsData(office.secret(office.size(200, 60_000))))
    }
    yield* connection.close()
  },

  /** HTTP in clear. */
  *page(office: Office): Session {
    const connection = new Connection(office.wire, office.flow(80), office.random)
    const host = office.name()
    yield* connection.open()
    for (let left = 1 + office.size(0, 6); left > 0; left--) {
      yield* connection.send(0, message.httpRequest(host, `/${office.random().toString(36)}/index.html`))
      const text = office.random() & 1
      const length = office.size(300, 40_000)
      const content = text ? office.page(length) : office.secret(length)
      yield* connection.send(
        1,
        message.httpResponse(text ? 'text/html; charset=utf-8' : 'application/octet-stream', content),
      )
    }
    yield* connection.close()
  },

  /** A connection that is kept open for a few bytes now and then. */
  *push(office: Office): Session {
    const connection = new Connection(office.wire, office.flow(443), office.random)
    yield* connection.open()
    for (let left = 5 + office.size(0, 100); left > 0; left--) {
      const way: Way = office.random() & 1 ? 0 : 1
      yield* connection.send(way, message.tlsData(office.secret(22 + (office.random() % 20))))
      yield* connection.acknowledge(way === 0 ? 1 : 0)
    }
    yield* connection.close()
  },

  /** A call of G.711: 160 bytes of sound a packet. */
  call: (office: Office) => talk(office, [0, 'PCMU'], 160),

  /** A call of G.729: 20 bytes. */
  voice: (office: Office) => talk(office, [18, 'G729'], 20),

  /** Somebody types over SSH. */
  *terminal(office: Office): Session {
    const connection = new Connection(office.wire, office.flow(22, { inHouse: true }), office.random)
    const noise = () => office.secret(64)
    yield* connection.open()
    yield* connection.send(0, message.bytes('SSH-2.0-OpenSSH_9.6\r\n'))
    yield* connection.send(1, message.bytes('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n'))
    yield* connection.send(0, message.sshKexInit(noise()))
    yield* connection.send(1, message.sshKexInit(noise()))
    yield* connection.send(0, message.sshEcdhInit(noise()))
    yield* connection.send(1, message.sshEcdhReply(noise()))
    yield* connection.send(0, message.sshNewKeys())
    for (let left = 20 + office.size(0, 400); left > 0; left--) {
      yield* connection.send(0, office.secret(36))
      yield* connection.send(1, office.secret(36 + 8 * office.size(0, 12)))
    }
    yield* connection.close()
  },

  /** A file is read over SMB 2. */
  *files(office: Office): Session {
    const connection = new Connection(office.wire, office.flow(445, { inHouse: true, six: false }), office.random)
    yield* connection.open()
    yield* connection.send(0, message.smb2Negotiate(office.secret(64)))
    yield* connection.send(1, message.smb2Negotiated(office.secret(64)))
    const reads = 2 + office.size(0, 30)
    for (let read = 1; read <= reads; read++) {
      const length = office.size(512, 65_536)
      yield* connection.send(0, message.smb2Read(read, length, read * 65_536))
      yield* connection.send(1, message.smb2ReadAnswer(read, office.secret(length)))
    }
    yield* connection.close()
  },

  *ping(office: Office): Session {
    const flow = office.flow(0)
    const six = flow.ends[0].address.length === 16
    const id = office.random() & 0xffff
    for (let sequence = 1; sequence <= 4; sequence++) {
      office.wire.icmp(flow, 0, message.echo(six, false, id, sequence))
      yield
      office.wire.icmp(flow, 1, message.echo(six, true, id, sequence))
      yield
    }
  },

  *who(office: Office): Session {
    const {
      ends: [asking, asked],
      vlan,
    } = office.flow(0, { inHouse: true, six: false })
    const question = message.arp(false, asking.mac, asking.address, new Uint8Array(6), asked.address)
    office.wire.raw(asking.mac, ANYBODY, vlan, 0x0806, question)
    yield
    const answer = message.arp(true, asked.mac, asked.address, asking.mac, asking.address)
    office.wire.raw(asked.mac, asking.mac, vlan, 0x0806, answer)
    yield
  },

  *clock(office: Office): Session {
    const flow = office.flow(123, { from: 123 })
    for (const way of [0, 1] as const) {
      office.wire.udp(flow, way, message.ntp(way === 1, office.secret(8)))
      yield
    }
  },

  *search(office: Office): Session {
    const [client] = office.flow(0, { six: false }).ends
    const group: End = {
      mac: Uint8Array.of(1, 0, 0x5e, 0x7f, 0xff, 0xfa),
      address: Uint8Array.of(239, 255, 255, 250),
      port: 1900,
    }
    for (let left = 3; left > 0; left--) {
      office.wire.udp({ ends: [client, group], vlan: 0 }, 0, message.ssdpSearch())
      yield
    }
  },

  /** A host that tries doors; most are shut. */
  *scan(office: Office): Session {
    for (let left = 10; left > 0; left--) {
      const connection = new Connection(
        office.wire,
        office.flow(1 + (office.random() % 1024), { inHouse: true, six: false }),
        office.random,
      )
      yield* connection.refused()
    }
  },
} satisfies Record<string, (office: Office) => Session>

function* secured(office: Office, connection: Connection): Session {
  yield* connection.open()
  yield* connection.send(0, message.clientHello(office.name(), office.secret(64)))
  yield* connection.send(1, message.serverHello(office.secret(64), office.secret(2400 + (office.random() % 1600))))
  yield* connection.send(0, message.clientFinished(office.secret(64)))
}

/** SIP to an exchange in the house, RTP both ways, a report now and then. */
function* talk(office: Office, codec: message.Call['codec'], bytes: number): Session {
  const { wire } = office
  const flow = office.flow(5060, { inHouse: true, from: 5060 })
  const media: [number, number] = [16_384 + 2 * (office.random() % 8000), 10_000 + 2 * (office.random() % 3000)]
  const call: message.Call = {
    id: office.random().toString(16),
    from: String(100 + (office.random() % 900)),
    to: String(100 + (office.random() % 900)),
    hosts: [addressText(flow.ends[0]), addressText(flow.ends[1])],
    media,
    codec,
  }
  const say = function* (way: Way, first: string, method: string, sequence: number, offered: 0 | 1 | null): Session {
    wire.udp(flow, way, message.sip(call, first, method, sequence, offered))
    yield
  }
  yield* say(0, 'INVITE', 'INVITE', 1, 0)
  yield* say(1, '100 Trying', 'INVITE', 1, null)
  yield* say(1, '180 Ringing', 'INVITE', 1, null)
  yield* say(1, '200 OK', 'INVITE', 1, 1)
  yield* say(0, 'ACK', 'ACK', 1, null)
  const between = (add: number): Flow => ({
    ends: [
      { ...flow.ends[0], port: media[0] + add },
      { ...flow.ends[1], port: media[1] + add },
    ],
    vlan: flow.vlan,
  })
  const [sound, control] = [between(0), between(1)]
  const sources = [office.random(), office.random()] as const
  const packets = 100 + office.size(0, 3000)
  for (let packet = 1; packet <= packets; packet++)
    for (const way of [0, 1] as const) {
      wire.udp(sound, way, message.rtp(codec[0], packet, 160, sources[way], office.secret(bytes)))
      yield
      if (packet % 250 !== 0) continue
      wire.udp(control, way, message.rtcp(sources[way], packet))
      yield
    }
  yield* say(0, 'BYE', 'BYE', 2, null)
  yield* say(1, '200 OK', 'BYE', 2, null)
}

/** A linear congruential generator, its better 24 bits. */
function randomNumbers(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 8
  }
}

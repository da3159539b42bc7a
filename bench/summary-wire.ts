/** Frames as a mirror port sees them, in a pcap: Ethernet, VLAN tags, IP of both versions, UDP and TCP, lengths and checksums right. */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface End {
  /** 6 bytes. */
  mac: Uint8Array
  /** 4 or 16 bytes, at both ends alike. */
  address: Uint8Array
  port: number
}

/** Who talks to whom; the first is the client. A `vlan` of 0 is no tag. */
export interface Flow {
  ends: readonly [End, End]
  vlan: number
}

/** From the client, or from the server. */
export type Way = 0 | 1

/** Written at once. Bytes. */
const PIECE = 1024 ** 2
const LONGEST = 2048
const FIRST_TIME = 1_700_000_000
const RECORD = 16
const ETHERNET = 14
/** What a port pads a frame to, the checksum left out. */
const SHORTEST = 60
const TCP = 6
const UDP = 17

/** One file, written packet by packet. Holds 1 MiB. */
export class Wire {
  packets = 0
  /** Of the file so far. Bytes. */
  size = 0
  /** Between two packets. Microseconds. */
  private readonly interval: number
  private readonly file: number
  private readonly bytes = new Uint8Array(PIECE)
  private readonly view = new DataView(this.bytes.buffer)
  private filled = 0
  private identification = 0

  constructor(path: string, interval: number) {
    this.interval = interval
    this.file = openSync(path, 'wx')
    for (const word of [0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 1]) {
      this.view.setUint32(this.filled, word, true)
      this.filled += 4
    }
    this.size = this.filled
  }

  close(): void {
    this.flush()
    closeSync(this.file)
  }

  /** A frame with these bytes behind its type. */
  raw(source: Uint8Array, destination: Uint8Array, vlan: number, type: number, content: Uint8Array): void {
    this.bytes.set(content, this.frame(source, destination, vlan, type, content.length))
  }

  udp(flow: Flow, way: Way, content: Uint8Array): void {
    const length = 8 + content.length
    const at = this.packet(flow, way, UDP, length)
    this.ports(at, flow, way)
    this.view.setUint32(at + 4, length << 16)
    this.bytes.set(content, at + 8)
    this.view.setUint16(at + 6, this.checksum(flow, UDP, at, length) || 0xffff)
  }

  /** @param options a multiple of 4 bytes */
  tcp(
    flow: Flow,
    way: Way,
    sequence: number,
    acknowledged: number,
    flags: number,
    options: Uint8Array,
    content: Uint8Array,
  ): void {
    const header = 20 + options.length
    const at = this.packet(flow, way, TCP, header + content.length)
    this.ports(at, flow, way)
    this.view.setUint32(at + 4, sequence)
    this.view.setUint32(at + 8, acknowledged)
    this.view.setUint32(at + 12, ((header / 4) << 28) | (flags << 16) | 0xfa00)
    this.view.setUint32(at + 16, 0)
    this.bytes.set(options, at + 20)
    this.bytes.set(content, at + header)
    this.view.setUint16(at + 16, this.checksum(flow, TCP, at, header + content.length))
  }

  /** ICMP of either version; the checksum is filled in. */
  icmp(flow: Flow, way: Way, content: Uint8Array): void {
    const protocol = flow.ends[0].address.length === 16 ? 58 : 1
    const at = this.packet(flow, way, protocol, content.length)
    this.bytes.set(content, at)
    this.view.setUint16(
      at + 2,
      protocol === 58 ? this.checksum(flow, 58, at, content.length) : this.sum(at, content.length, 0),
    )
  }

  private packet(flow: Flow, way: Way, protocol: number, length: number): number {
    const { view, bytes } = this
    const { mac, address } = flow.ends[way]
    const to = flow.ends[way === 0 ? 1 : 0]
    if (address.length === 16) {
      const at = this.frame(mac, to.mac, flow.vlan, 0x86dd, 40 + length)
      view.setUint32(at, 0x6000_0000)
      view.setUint32(at + 4, (length << 16) | (protocol << 8) | 64)
      bytes.set(address, at + 8)
      bytes.set(to.address, at + 24)
      return at + 40
    }
    const at = this.frame(mac, to.mac, flow.vlan, 0x0800, 20 + length)
    this.identification = (this.identification + 1) & 0xffff
    view.setUint32(at, 0x4500_0000 | (20 + length))
    view.setUint32(at + 4, (this.identification << 16) | 0x4000)
    view.setUint32(at + 8, ((way === 0 ? 64 : 57) << 24) | (protocol << 16))
    bytes.set(address, at + 12)
    bytes.set(to.address, at + 16)
    view.setUint16(at + 10, this.sum(at, 20, 0))
    return at + 20
  }

  /** Record header and Ethernet. @returns where the `length` bytes behind it begin */
  private frame(source: Uint8Array, destination: Uint8Array, vlan: number, type: number, length: number): number {
    if (this.filled + LONGEST > PIECE) this.flush()
    const { view, bytes } = this
    const header = ETHERNET + (vlan === 0 ? 0 : 4)
    const caplen = Math.max(SHORTEST, header + length)
    const record = this.filled
    const time = this.packets * this.interval
    view.setUint32(record, FIRST_TIME + Math.floor(time / 1_000_000), true)
    view.setUint32(record + 4, time % 1_000_000, true)
    view.setUint32(record + 8, caplen, true)
    view.setUint32(record + 12, caplen, true)
    const at = record + RECORD
    bytes.set(destination, at)
    bytes.set(source, at + 6)
    if (vlan !== 0) view.setUint32(at + 12, 0x8100_0000 | vlan)
    view.setUint16(at + header - 2, type)
    bytes.fill(0, at + header + length, at + caplen)
    this.packets++
    this.size += RECORD + caplen
    this.filled = at + caplen
    return at + header
  }

  private ports(at: number, { ends }: Flow, way: Way) {
    this.view.setUint32(at, (ends[way].port << 16) | ends[way === 0 ? 1 : 0].port)
  }

  /** With the pseudo-header of RFC 9293 §3.1 and RFC 8200 §8.1. */
  private checksum({ ends }: Flow, protocol: number, at: number, length: number): number {
    let sum = protocol + length
    for (const { address } of ends)
      for (let i = 0; i < address.length; i += 2) sum += ((address[i] as number) << 8) | (address[i + 1] as number)
    return this.sum(at, length, sum)
  }

  /** RFC 1071. */
  private sum(at: number, length: number, start: number): number {
    const { view, bytes } = this
    let sum = start
    const even = at + (length & ~1)
    for (let i = at; i < even; i += 2) sum += view.getUint16(i)
    if (even < at + length) sum += (bytes[even] as number) << 8
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    return ~sum & 0xffff
  }

  private flush() {
    writeSync(this.file, this.bytes, 0, this.filled)
    this.filled = 0
  }
}

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const PSH = 0x08
const ACK = 0x10
/** MSS 1460, SACK, window scale 7. */
const SYN_OPTIONS = Uint8Array.of(2, 4, 5, 180, 4, 2, 1, 3, 3, 7, 1, 1)
const NOTHING = new Uint8Array(0)

/** A TCP connection. Each step of a generator has sent a few packets. */
export class Connection {
  private readonly wire: Wire
  private readonly flow: Flow
  /** By direction, the next sequence number. */
  private readonly next: [number, number]
  /** Timestamps (RFC 7323 §3), or nothing. */
  private readonly options: Uint8Array
  private readonly stamps: DataView | null
  private readonly segment: number
  private readonly random: () => number
  private unacknowledged = 0

  /** @param random 24 bits */
  constructor(wire: Wire, flow: Flow, random: () => number) {
    this.wire = wire
    this.flow = flow
    this.random = random
    this.next = [random() * 256, random() * 256]
    this.options = random() & 1 ? Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0) : NOTHING
    this.stamps = this.options.length > 0 ? new DataView(this.options.buffer) : null
    this.segment = 1500 - (flow.ends[0].address.length === 16 ? 40 : 20) - 20 - this.options.length
  }

  *open(): Generator<void> {
    this.put(0, SYN, SYN_OPTIONS, NOTHING, 0)
    yield
    this.put(1, SYN | ACK, SYN_OPTIONS, NOTHING)
    yield
    yield* this.acknowledge(0)
  }

  /** Nobody listens. */
  *refused(): Generator<void> {
    this.put(0, SYN, SYN_OPTIONS, NOTHING, 0)
    yield
    this.next[1] = 0
    this.put(1, RST | ACK, NOTHING, NOTHING)
    yield
  }

  /** Send a message in segments, two at once and then an acknowledgement; one segment in a hundred is sent again. */
  *send(way: Way, content: Uint8Array): Generator<void> {
    for (let at = 0; at < content.length; at += this.segment) {
      const part = content.subarray(at, at + this.segment)
      const flags = at + this.segment >= content.length ? PSH | ACK : ACK
      this.put(way, flags, this.stamped(way), part)
      if (this.random() % 100 === 0) {
        yield
        this.next[way] -= part.length
        this.put(way, flags, this.stamped(way), part)
      }
      if (++this.unacknowledged === 2) yield* this.acknowledge(way === 0 ? 1 : 0)
    }
    yield
  }

  *acknowledge(way: Way): Generator<void> {
    this.unacknowledged = 0
    this.put(way, ACK, this.stamped(way), NOTHING)
    yield
  }

  *close(): Generator<void> {
    if (this.random() % 8 === 0) {
      this.put(0, RST | ACK, NOTHING, NOTHING)
      yield
      return
    }
    this.put(0, FIN | ACK, this.stamped(0), NOTHING)
    yield
    this.put(1, FIN | ACK, this.stamped(1), NOTHING)
    yield
    yield* this.acknowledge(0)
  }

  private put(way: Way, flags: number, options: Uint8Array, content: Uint8Array, acknowledged?: number) {
    const sequence = this.next[way] >>> 0
    const other = (acknowledged ?? this.next[way === 0 ? 1 : 0]) >>> 0
    this.wire.tcp(this.flow, way, sequence, other, flags, options, content)
    this.next[way] += content.length + (flags & (SYN | FIN) ? 1 : 0)
  }

  private stamped(way: Way): Uint8Array {
    const now = this.wire.packets >>> 5
    this.stamps?.setUint32(4, now + way * 1000)
    this.stamps?.setUint32(8, now + 1000 - way * 1000)
    return this.options
  }
}

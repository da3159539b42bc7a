/** Builds pcap and pcapng files for tests, byte by byte: right ones, and as wrong ones as a test asks for. */

export type Order = 'little' | 'big'

/** Concatenate. */
export function bytes(...parts: (Uint8Array | number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Writes integers in one byte order. */
export function writer(order: Order) {
  const little = order === 'little'
  const make = (size: number, set: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(size))
    set(view)
    return new Uint8Array(view.buffer)
  }
  return {
    u16: (value: number) => make(2, (view) => view.setUint16(0, value, little)),
    u32: (value: number) => make(4, (view) => view.setUint32(0, value, little)),
    u64: (value: bigint) => make(8, (view) => view.setBigUint64(0, value, little)),
    i64: (value: bigint) => make(8, (view) => view.setBigInt64(0, value, little)),
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const pad = (length: number): Uint8Array => new Uint8Array(-length & 3)

/** `length` bytes that are all different from their neighbours. */
export const payload = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 255)

export interface PcapHeader {
  order?: Order
  magic?: number
  major?: number
  minor?: number
  snaplen?: number
  linktype?: number
}

export interface PcapRecord {
  seconds?: number
  fraction?: number
  data?: Uint8Array
  caplen?: number
  origlen?: number
}

export const MICROSECONDS = 0xa1b2c3d4
export const NANOSECONDS = 0xa1b23c4d
export const MODIFIED = 0xa1b2cd34

export function pcapHeader(header: PcapHeader = {}): Uint8Array {
  const { order = 'little', magic = MICROSECONDS, major = 2, minor = 4, snaplen = 262_144, linktype = 1 } = header
  const { u16, u32 } = writer(order)
  return bytes(u32(magic), u16(major), u16(minor), u32(0), u32(0), u32(snaplen), u32(linktype))
}

export function pcapRecord(record: PcapRecord = {}, header: PcapHeader = {}): Uint8Array {
  const { seconds = 1_700_000_000, fraction = 0, data = payload(60) } = record
  const { caplen = data.length, origlen = data.length } = record
  const { u32 } = writer(header.order ?? 'little')
  const more = header.magic === MODIFIED ? new Uint8Array(8) : new Uint8Array(0)
  return bytes(u32(seconds), u32(fraction), u32(caplen), u32(origlen), more, data)
}

export const pcap = (records: PcapRecord[], header: PcapHeader = {}): Uint8Array =>
  bytes(pcapHeader(header), ...records.map((record) => pcapRecord(record, header)))

export const SHB = 0x0a0d0d0a
const END_OF_OPTIONS = 0

/** An option's code and value. */
export type Option = [code: number, value: Uint8Array]

/** Writes pcapng blocks in one byte order. */
export function pcapng(order: Order = 'little') {
  const { u16, u32, u64 } = writer(order)

  /** Any block; `total` is what it gives as its length, `trailer` what it gives at its end. */
  const block = (type: number, body: Uint8Array, total = 12 + body.length + (-body.length & 3), trailer = total) =>
    bytes(u32(type), u32(total), body, pad(body.length), u32(trailer))

  /** Options with their end; none at all if there are none. */
  const options = (list: Option[]) =>
    list.length === 0
      ? new Uint8Array(0)
      : bytes(
          ...list.map(([code, value]) => bytes(u16(code), u16(value.length), value, pad(value.length))),
          u16(END_OF_OPTIONS),
          u16(0),
        )

  const ticks = (time: bigint) => bytes(u32(Number(time >> 32n)), u32(Number(time & 0xffffffffn)))

  return {
    block,
    options,
    section: (list: Option[] = [], { major = 1, minor = 0, magic = 0x1a2b3c4d, length = 2n ** 64n - 1n } = {}) =>
      block(SHB, bytes(u32(magic), u16(major), u16(minor), u64(length), options(list))),
    interface: (list: Option[] = [], { linktype = 1, snaplen = 0 } = {}) =>
      block(1, bytes(u16(linktype), u16(0), u32(snaplen), options(list))),
    /** Enhanced Packet Block. */
    packet: (
      data: Uint8Array = payload(60),
      { interfaceId = 0, time = 1_700_000_000_000_000n, caplen = data.length, origlen = data.length } = {},
      list: Option[] = [],
    ) =>
      block(6, bytes(u32(interfaceId), ticks(time), u32(caplen), u32(origlen), data, pad(data.length), options(list))),
    /** The old Packet Block. */
    oldPacket: (data: Uint8Array, { interfaceId = 0, drops = 0xffff, time = 0n } = {}, list: Option[] = []) =>
      block(
        2,
        bytes(
          u16(interfaceId),
          u16(drops),
          ticks(time),
          u32(data.length),
          u32(data.length),
          data,
          pad(data.length),
          options(list),
        ),
      ),
    simplePacket: (data: Uint8Array, origlen = data.length) => block(3, bytes(u32(origlen), data)),
    /** Records are a type, 1 for IPv4 and 2 for IPv6, and the address with its names, each ended by a NUL. */
    names: (records: Option[], list: Option[] = []) =>
      block(4, bytes(records.length === 0 ? bytes(u32(0)) : options(records), options(list))),
    statistics: (interfaceId = 0, list: Option[] = []) => block(5, bytes(u32(interfaceId), ticks(0n), options(list))),
    secrets: (value: Uint8Array, type = 0x544c534b) => block(10, bytes(u32(type), u32(value.length), value)),
    custom: (data: Uint8Array, { pen = 32_473, copied = true } = {}) =>
      block(copied ? 0xbad : 0x40000bad, bytes(u32(pen), data)),
    journal: (entry: string) => block(9, utf8(entry)),
    tsresol: (octet: number): Option => [9, Uint8Array.of(octet)],
    tsoffset: (seconds: bigint): Option => [14, writer(order).i64(seconds)],
  }
}

/** One of every block, in two sections of which the second has the other byte order. */
export function everyBlock(order: Order = 'little'): Uint8Array {
  const here = pcapng(order)
  const there = pcapng(order === 'little' ? 'big' : 'little')
  return bytes(
    here.section([
      [1, utf8('a capture')],
      [2, utf8('a machine')],
      [3, utf8('a system')],
      [4, utf8('a program')],
    ]),
    here.interface([[2, utf8('eth0')], here.tsresol(9)], { snaplen: 96 }),
    here.interface([[2, utf8('wlan0')]], { linktype: 127 }),
    here.packet(payload(61), { time: 1_700_000_000_000_000_001n }, [
      [1, utf8('a comment')],
      [2, new Uint8Array(4)],
    ]),
    here.packet(payload(33), { interfaceId: 1, time: 1_700_000_001_000_000n, origlen: 1500 }),
    here.oldPacket(payload(20), { interfaceId: 1, time: 1_700_000_002_000_000n }),
    here.names([
      [1, bytes([192, 0, 2, 1], utf8('a.example\0b.example\0'))],
      [2, bytes(new Uint8Array(15), [1], utf8('localhost\0'))],
    ]),
    here.statistics(1),
    here.secrets(utf8('CLIENT_RANDOM 00 00\n')),
    here.custom(payload(8)),
    here.journal('__REALTIME_TIMESTAMP=1700000003000001\nMESSAGE=hello\n'),
    here.block(0x8000_0001, payload(24)),
    there.section([[1, utf8('the other way round')]]),
    there.interface([], { snaplen: 24 }),
    there.packet(payload(60), { time: 1_700_000_004_000_000n }),
    there.simplePacket(payload(24), 800),
  )
}

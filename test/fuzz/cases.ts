/** Inputs to try a reader with: bytes out of nothing, packets of any kind, and captures that were changed. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { linktypeOf } from '../../src/capture/linktypes.ts'
import { ethernet, ipv4, ipv6, tcp, u16, u32, udp } from '../summary/frames.ts'
import { HEADERS } from '../summary/headers.ts'
import { bytes, pcapHeader, pcapng, pcapRecord, writer } from '../support/captures.ts'
import { lz4Frame } from '../support/lz4.ts'
import { MADE, originals } from './captures.ts'

/** A file, the sizes of the chunks in which it comes, over and over, and where its reading is stopped and taken up again. */
export interface Case {
  /** What it was made of. */
  origin: string
  file: Uint8Array
  chunks: number[]
  /** As parts of the whole. */
  stops: number[]
}

/** Of the corpus' files that are changed. */
const LARGEST = 96 * 1024
const REMEMBERED = 64

const LINKTYPES = Array.from({ length: 400 }, (_, value) => value).filter((value) => linktypeOf(value) !== null)

/** Numbers at which lengths, counts and signs turn over. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 20, 28, 31, 32, 40, 60, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000,
]
const WIDE = [...EDGES, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x0a0d0d0a, 0x1a2b3c4d, 0x4d3c2b1a]

/** Numbers that lead to what is looked into. */
const PORTS = [
  53, 67, 68, 80, 137, 138, 139, 443, 445, 500, 1701, 2123, 2152, 3386, 3544, 4341, 4342, 4500, 4754, 4789, 4790, 5060,
  5353, 6081, 6635,
]
const PROTOCOLS = [
  0, 1, 2, 4, 6, 17, 33, 41, 43, 44, 47, 50, 51, 58, 60, 89, 94, 97, 103, 108, 112, 115, 132, 135, 136, 137, 139, 140,
  255,
]
const ETHERTYPES = [
  0x0800, 0x86dd, 0x8100, 0x88a8, 0x88e7, 0x8847, 0x8848, 0x8863, 0x8864, 0x0806, 0x88e5, 0x894f, 0x22eb, 0x880b,
  0x8809, 0x22f0, 3, 40, 200,
]

/** Now and then the packets come again and again, up to this many bytes: what is slow or grows shows only then. */
const MUCH = 1024 ** 2
const much = fc.oneof({ arbitrary: fc.constant(false), weight: 40 }, { arbitrary: fc.constant(true), weight: 1 })
function repeated(head: Uint8Array, body: Uint8Array, often: boolean): Uint8Array {
  const times = often && body.length > 0 ? Math.ceil(MUCH / body.length) : 1
  const whole = new Uint8Array(head.length + times * body.length)
  whole.set(head)
  for (let time = 0; time < times; time++) whole.set(body, head.length + time * body.length)
  return whole
}

const number = fc.oneof(fc.constantFrom(...WIDE), fc.nat(0xffffffff))
const small = fc.uint8Array({ maxLength: 300 })
/** Bytes with edges in them: more likely to be a length that lies than plain noise. */
const edgy = fc
  .array(fc.constantFrom(...EDGES.map((edge) => edge & 255)), { maxLength: 120 })
  .map((list) => Uint8Array.from(list))
const rest = fc.oneof(small, edgy)
const port = fc.oneof(fc.constantFrom(...PORTS), fc.nat(0xffff))
const protocol = fc.oneof(fc.constantFrom(...PROTOCOLS), fc.nat(255))
const flags = fc.oneof(
  { arbitrary: fc.constant(0), weight: 3 },
  fc.constantFrom(0x2000, 0x2001, 0x0001, 0x0004, 0x1fff),
)
/** Layers that hold each other, up to a depth. */
const { ip } = fc.letrec<{ ip: Uint8Array; carried: [number, Uint8Array] }>((tie) => ({
  carried: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.tuple(protocol, rest),
    fc.tuple(
      fc.constant(17),
      fc.tuple(rest, port, port).map(([data, from, to]) => udp(data, from, to)),
    ),
    fc.tuple(
      fc.constant(6),
      fc.tuple(rest, port, fc.nat(255)).map(([data, to, bits]) => tcp(data, { to, flags: bits })),
    ),
    fc.tuple(fc.constantFrom(4, 41, 137), tie('ip')),
    fc.tuple(
      fc.constant(44),
      fc.tuple(protocol, flags, rest).map(([next, bits, data]) => bytes([next, 0], u16(bits), u32(7), data)),
    ),
  ),
  ip: fc.oneof(
    fc
      .tuple(tie('carried'), flags, edgy)
      .map(([[next, data], fragment, options]) =>
        ipv4(next, data, { fragment, options: options.subarray(0, Math.min(40, options.length & ~3)) }),
      ),
    tie('carried').map(([next, data]) => ipv6(next, data)),
  ),
}))
const RAW = 101
const packet = fc.oneof({ arbitrary: ip, weight: 3 }, rest)
const framed = fc.tuple(fc.constantFrom(...ETHERTYPES), fc.oneof(ip, rest)).map(([type, data]) => ethernet(type, data))
const linked = fc.oneof(
  fc.tuple(fc.constant(RAW), fc.array(packet)),
  fc.tuple(fc.constant(1), fc.array(fc.oneof(framed, rest))),
  fc.tuple(fc.oneof(fc.constantFrom(...LINKTYPES), fc.nat(300)), fc.array(packet)),
)

const pcapCase = fc
  .tuple(
    linked,
    fc.array(fc.record({ seconds: number, fraction: number, longer: fc.constantFrom(0, 0, 1, 1500, 2 ** 31) }), {
      minLength: 1,
    }),
    much,
  )
  .map(([[linktype, packets], given, often]) => {
    const records = packets.map((data, i) => {
      const { seconds, fraction, longer } = given[i % given.length] as (typeof given)[number]
      return pcapRecord({ data, seconds, fraction, origlen: data.length + longer })
    })
    return {
      origin: `pcap of link type ${linktype}`,
      file: repeated(pcapHeader({ linktype }), bytes(...records), often),
    }
  })

const ng = pcapng()
const block = fc.oneof(
  fc
    .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 9, 10, 0xbad, 0x40000bad, 0x0a0d0d0a), small)
    .map(([type, body]) => ng.block(type, body)),
  fc
    .tuple(packet, fc.nat(3), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
    .map(([data, interfaceId, time]) => ng.packet(data, { interfaceId, time })),
  fc
    .tuple(fc.constantFrom(...LINKTYPES), fc.nat(255), number, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map(([linktype, resolution, snaplen, offset]) =>
      ng.interface([ng.tsresol(resolution), ng.tsoffset(offset)], { linktype, snaplen }),
    ),
)
const pcapngCase = fc.tuple(fc.array(block), much).map(([blocks, often]) => ({
  origin: 'pcapng',
  file: repeated(bytes(ng.section(), ng.interface()), bytes(...blocks), often),
}))

/** A place in a file, as a part of the whole. `fc.double` would give the first bytes most of the time. */
const PARTS = 2 ** 20
const part = fc.nat(PARTS).map((parts) => parts / PARTS)

const change = fc.record({
  kind: fc.constantFrom('byte', 'u16', 'u32', 'cut', 'drop', 'repeat', 'insert', 'swap'),
  at: part,
  length: fc.oneof(fc.nat(16), fc.nat(2000)),
  value: number,
  big: fc.boolean(),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** A packet for each header that is known, some of them changed. */
const headerCase = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...HEADERS), fc.array(change, { maxLength: 3 })), {
      minLength: 1,
      maxLength: 20,
    }),
    much,
  )
  .map(([packets, often]) => ({
    origin: packets.map(([{ name }]) => name).join(', '),
    file: repeated(
      ng.section(),
      bytes(
        ...packets.flatMap(([{ linktype, packet }, changes], interfaceId) => [
          ng.interface([], { linktype }),
          ng.packet(changes.reduce(changed, packet), { interfaceId }),
        ]),
      ),
      often,
    ),
  }))

/** What files begin with that are looked into: each format's first bytes, and those of what compresses them. */
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
const heads = [
  ...[0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x1c0001ac, 0x1c0001ab].flatMap((magic) => [
    [...writer('big').u32(magic)],
    [...writer('little').u32(magic)],
  ]),
  [0x0a, 0x0d, 0x0d, 0x0a],
  [...ascii('snoop\0\0\0'), 0, 0, 0, 2, 0, 0, 0, 4],
  [...ascii('btsnoop\0'), 0, 0, 0, 1, 0, 0, 3, 0xea],
  [0, 0, 0, 29, 0x59, 0x68, 0x2f, 0, 0, 0, 0, 7, 1], // PacketLogger
  [...ascii('RTSS'), 0, 1, 1, 0],
  [...ascii('GMBU'), 0, 2, 1, 0],
  [...ascii('GMBU'), 3, 2, 1, 0],
  [0x54, 0x52, 0, 0x64, 0, 0, 0, 0, 0, 0, 0], // nettl
  [0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0xd0, 0],
  [0, 0, 0, 0, 0, 0x2f, 0x68, 0x59, 1, 4, 0, 76, 0, 0, 0, 60], // ERF
  [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
  [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58],
  [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
  [],
]
const noiseCase = fc
  .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 4096 }))
  .map(([head, rest]) => ({ origin: 'noise', file: bytes(head, rest) }))

/** All cases, with what the corpus holds among them. */
export function cases(): fc.Arbitrary<Case> {
  const list = originals(LARGEST)
  const contents = new Map<number, Uint8Array>()
  const contentOf = (index: number): Uint8Array => {
    const known = contents.get(index)
    if (known !== undefined) return known
    if (contents.size === REMEMBERED) contents.clear()
    const content = list[index]?.content() ?? new Uint8Array(0)
    contents.set(index, content)
    return content
  }
  const changedCase = fc
    .tuple(
      fc.oneof(fc.nat(MADE.length - 1), fc.nat(list.length - 1)),
      fc.array(change, { minLength: 1, maxLength: 10 }),
    )
    .map(([index, changes]) => ({
      origin: `${list[index]?.name}, changed`,
      file: changes.reduce(changed, contentOf(index)),
    }))
  const members = fc.array(part, { maxLength: 6 })
  const compressedCase = fc
    .tuple(
      fc.oneof(fc.nat(MADE.length - 1), fc.nat(list.length - 1)),
      fc.constantFrom(...COMPRESSORS),
      members,
      fc.array(change, { maxLength: 2 }),
    )
    .map(([index, compress, ends, changes]) => ({
      origin: `${list[index]?.name}, compressed`,
      file: changes.reduce(changed, inMembers(contentOf(index), ends, compress)),
    }))
  return fc
    .tuple(
      fc.oneof(
        { arbitrary: changedCase, weight: 6 },
        { arbitrary: compressedCase, weight: 3 },
        { arbitrary: pcapCase, weight: 3 },
        { arbitrary: pcapngCase, weight: 3 },
        { arbitrary: headerCase, weight: 3 },
        noiseCase,
      ),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 100_000 })), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(part, { maxLength: 4 }),
    )
    .map(([made, chunks, stops]) => ({ ...made, chunks, stops }))
}

const COMPRESSORS: ((content: Uint8Array) => Uint8Array)[] = [
  (content) => gzipSync(content, { level: 1 }),
  (content) => zstdCompressSync(content),
  (content) => lz4Frame(content, { stored: content.length > 4096 }), // what compresses it is slow
]

/** Compressed piece by piece, each a member of its own. */
function inMembers(content: Uint8Array, ends: number[], compress: (content: Uint8Array) => Uint8Array): Uint8Array {
  const cuts = [...ends.map((end) => Math.floor(end * content.length)), content.length].sort((a, b) => a - b)
  return bytes(...cuts.map((cut, i) => compress(content.subarray(cuts[i - 1] ?? 0, cut))))
}

function changed(file: Uint8Array, { kind, at, length, value, big }: Change): Uint8Array {
  const from = Math.floor(at * file.length)
  const to = Math.min(file.length, from + length)
  const order = writer(big ? 'big' : 'little')
  const put = (octets: Uint8Array) => bytes(file.subarray(0, from), octets, file.subarray(from + octets.length))
  if (kind === 'byte') return put(Uint8Array.of(value))
  if (kind === 'u16') return put(order.u16(value))
  if (kind === 'u32') return put(order.u32(value))
  if (kind === 'cut') return file.subarray(0, from)
  if (kind === 'drop') return bytes(file.subarray(0, from), file.subarray(to))
  if (kind === 'repeat') return bytes(file.subarray(0, to), file.subarray(from))
  if (kind === 'insert') return bytes(file.subarray(0, from), new Uint8Array(length).fill(value), file.subarray(from))
  return bytes(file.subarray(from), file.subarray(0, from))
}

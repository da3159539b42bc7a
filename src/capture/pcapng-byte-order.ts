/** Blocks of pcapng turned from big-endian to little-endian. draft-ietf-opsawg-pcapng. */
import { padded } from './pcapng-options.ts'

/** Bytes of each number in an option's value, by its code; all else is text, addresses or bytes, which have no order. */
type Numbers = ReadonlyMap<number, readonly number[]>

/** What comes between a block's length and its options. */
interface Layout {
  /** Bytes of the numbers that every such block begins with. */
  fields: readonly number[]
  options: Numbers
}

const PB = 2
const SPB = 3
const NRB = 4
const EPB = 6
const DSB = 10

const WORD: readonly number[] = [4]
const LONG: readonly number[] = [8]
/** Two words, the upper first in either order. */
const HALVES: readonly number[] = [4, 4]

/** §4.3; appendix A has the first two alone. */
const PACKET_OPTIONS: Numbers = new Map([
  [2, WORD],
  [4, LONG],
  [5, LONG],
  [6, WORD],
])

/** By block type. §4.2, §4.3, §4.4, §4.5, §4.6, §4.7, §4.8, §4.9; Sysdig's by https://github.com/draios/sysdig. */
const LAYOUTS = new Map<number, Layout>([
  [
    1,
    {
      fields: [2, 2, 4],
      options: new Map([
        [8, LONG],
        [10, WORD],
        [14, LONG],
        [16, LONG],
        [17, LONG],
      ]),
    },
  ],
  [PB, { fields: [2, 2, 4, 4, 4, 4], options: PACKET_OPTIONS }],
  [SPB, { fields: [4], options: new Map() }],
  [NRB, { fields: [], options: new Map() }],
  [
    5,
    {
      fields: [4, 4, 4],
      options: new Map([
        [2, HALVES],
        [3, HALVES],
        [4, LONG],
        [5, LONG],
        [6, LONG],
        [7, LONG],
        [8, LONG],
      ]),
    },
  ],
  [EPB, { fields: [4, 4, 4, 4, 4], options: PACKET_OPTIONS }],
  [DSB, { fields: [4, 4], options: new Map() }],
  [0x0bad, { fields: [4], options: new Map() }],
  [0x204, { fields: [2, 8, 8, 4, 2], options: new Map() }],
  [0x216, { fields: [2, 8, 8, 4, 2, 4], options: new Map() }],
  [0x221, { fields: [2, 8, 8, 4, 2, 4], options: new Map() }],
])

/** Custom options begin with a Private Enterprise Number. §3.5.1. */
const CUSTOM_OPTIONS: ReadonlySet<number> = new Set([2988, 2989, 19_372, 19_373])
const IF_FILTER = 11

/** An instruction of Berkeley's packet filter. */
const INSTRUCTION = [2, 1, 1, 4] as const

/**
 * A copy of a big-endian block, a whole and sound one, in little-endian: its head, its fields and what its options say in numbers.
 * What only its writer can read (custom data, parameters of Sysdig events) stays as it is.
 */
export function littleEndianBlock(block: Uint8Array): Uint8Array {
  const copy = block.slice()
  const turn = new Turner(copy)
  const view = new DataView(copy.buffer)
  const type = view.getUint32(0)
  const end = copy.length - 4
  turn.numbers(0, [4, 4])
  turn.numbers(end, [4])
  const layout = LAYOUTS.get(type)
  if (layout === undefined) return copy
  let at = turn.numbers(8, layout.fields)
  if (type === EPB || type === PB) at += padded(view.getUint32(20, true))
  else if (type === NRB) at = turn.records(at, end)
  else if (type === DSB) at += padded(view.getUint32(12, true))
  else if (layout.options.size === 0) return copy
  turn.options(at, end, layout.options)
  return copy
}

class Turner {
  private readonly bytes: Uint8Array
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @returns where they end */
  numbers(from: number, sizes: readonly number[]): number {
    let at = from
    for (const size of sizes) {
      this.bytes.subarray(at, at + size).reverse()
      at += size
    }
    return at
  }

  /** Of names: type, length, value; up to one of type 0. @returns where they end */
  records(from: number, end: number): number {
    let at = from
    while (end - at >= 4) {
      const [type, length] = [this.view.getUint16(at), this.view.getUint16(at + 2)]
      at = this.numbers(at, [2, 2]) + padded(length)
      if (type === 0) return at
    }
    return at
  }

  options(from: number, end: number, numbers: Numbers): void {
    for (let at = from; end - at >= 4; ) {
      const [code, length] = [this.view.getUint16(at), this.view.getUint16(at + 2)]
      const value = this.numbers(at, [2, 2])
      if (code === 0 || length > end - value) return
      const sizes = CUSTOM_OPTIONS.has(code) ? WORD : numbers.get(code)
      if (sizes !== undefined && sizes.reduce((sum, size) => sum + size, 0) <= length) this.numbers(value, sizes)
      const isBytecode = code === IF_FILTER && numbers.has(14) && this.bytes[value] === 1
      if (isBytecode) for (let next = value + 1; value + length - next >= 8; ) next = this.numbers(next, INSTRUCTION)
      at = value + padded(length)
    }
  }
}

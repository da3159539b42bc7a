/**
 * A second, plain reading of pcap and pcapng for tests to check the first by: the whole file in memory, times as
 * bigints, nothing bounded, nothing forgiven. It knows nothing of src/.
 */

export interface PlainPacket {
  /** Nanoseconds since 1970; `null` without a time. */
  time: bigint | null
  /** The same as written: seconds, and ticks beside them. */
  seconds: bigint
  rest: bigint
  perSecond: bigint
  origlen: number
  section: number
  /** In its section. */
  interfaceId: number
}

export interface PlainCapture {
  packets: PlainPacket[]
  /** Ticks per second by interface of the file; zero where no 64-bit timestamp can carry them. */
  ticks: bigint[]
  /** Interfaces of each section. */
  interfaces: number[]
  /** Interface Statistics Blocks: their section and interface. */
  statistics: [section: number, interfaceId: number][]
  /** A pcap record has a fraction of a second or more. */
  fractionOutOfRange: boolean
  /** How a pcap file ends. */
  end: 'whole' | 'cut' | 'damaged'
}

export function readPlainly(file: Uint8Array): PlainCapture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const capture: PlainCapture = {
    packets: [],
    ticks: [],
    interfaces: [],
    statistics: [],
    fractionOutOfRange: false,
    end: 'whole',
  }
  try {
    const magic = view.getUint32(0)
    if (magic === 0x0a0d0d0a) readBlocks(view, capture)
    else if (MAGICS.includes(magic)) readRecords(view, capture)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // a DataView says that the file is cut off
    capture.end = 'cut'
  }
  return capture
}

const MAGICS = [0xd4c3b2a1, 0xa1b2c3d4, 0x4d3cb2a1, 0xa1b23c4d, 0x34cdb2a1, 0xa1b2cd34]

function readRecords(view: DataView, capture: PlainCapture): void {
  const little = [0xd4c3b2a1, 0x4d3cb2a1, 0x34cdb2a1].includes(view.getUint32(0))
  const magic = view.getUint32(0, little)
  const perSecond = magic === 0xa1b23c4d ? 1_000_000_000n : 1_000_000n
  const headerLength = magic === 0xa1b2cd34 ? 24 : 16
  const version = view.getUint16(4, little) * 1000 + view.getUint16(6, little)
  capture.ticks.push(perSecond)
  capture.interfaces.push(1)
  for (let at = 24; at < view.byteLength; ) {
    const fraction = BigInt(view.getUint32(at + 4, little))
    let [caplen, origlen] = [view.getUint32(at + 8, little), view.getUint32(at + 12, little)]
    if (version < 2003 || (version === 2003 && caplen > origlen)) [caplen, origlen] = [origlen, caplen]
    if (caplen > 262_144 || at + headerLength + caplen > view.byteLength) {
      capture.end = caplen > 262_144 ? 'damaged' : 'cut'
      return
    }
    if (fraction >= perSecond) capture.fractionOutOfRange = true
    const seconds = BigInt(view.getUint32(at, little))
    const time = (seconds * perSecond + fraction) * (1_000_000_000n / perSecond)
    capture.packets.push({ time, seconds, rest: fraction, perSecond, origlen, section: 0, interfaceId: 0 })
    at += headerLength + caplen
  }
}

function readBlocks(view: DataView, capture: PlainCapture): void {
  let little = true
  let clocks: { ticks: bigint; offset: bigint }[] = []
  for (let at = 0; at < view.byteLength; ) {
    if (view.getUint32(at) === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d
      clocks = []
      capture.interfaces.push(0)
    }
    const section = capture.interfaces.length - 1
    const type = view.getUint32(at, little)
    const length = Math.ceil(view.getUint32(at + 4, little) / 4) * 4
    if (length < 12 || Math.ceil(view.getUint32(at + length - 4, little) / 4) * 4 !== length) return
    if (type === 1) {
      clocks.push(clockOf(view, at + 16, at + length - 4, little))
      capture.ticks.push(clocks.at(-1)?.ticks ?? 0n)
      capture.interfaces[section] = clocks.length
    }
    if (type === 5) capture.statistics.push([section, view.getUint32(at + 8, little)])
    if (type === 3) {
      const origlen = view.getUint32(at + 8, little)
      capture.packets.push({ time: null, seconds: 0n, rest: 0n, perSecond: 1n, origlen, section, interfaceId: 0 })
    }
    if (type === 6 || type === 2) {
      const interfaceId = type === 6 ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little)
      const clock = clocks[interfaceId]
      if (clock === undefined) return
      const count = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little))
      const perSecond = clock.ticks || 1n
      const seconds = count / perSecond + clock.offset
      const rest = count % perSecond
      const time = clock.ticks === 0n ? null : seconds * 1_000_000_000n + (rest * 1_000_000_000n) / perSecond
      const origlen = view.getUint32(at + 24, little)
      capture.packets.push({ time, seconds, rest, perSecond, origlen, section, interfaceId })
    }
    at += length
  }
}

function clockOf(view: DataView, from: number, to: number, little: boolean): { ticks: bigint; offset: bigint } {
  let resolution = 6
  let offset = 0n
  for (let at = from; at + 4 <= to; ) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === 0) break
    if (code === 9 && length >= 1) resolution = view.getUint8(at + 4)
    if (code === 14 && length >= 8) offset = view.getBigInt64(at + 4, little)
    at += 4 + Math.ceil(length / 4) * 4
  }
  const power = BigInt(resolution & 127)
  const ticks = resolution & 128 ? 2n ** power : 10n ** power
  return { ticks: ticks >= 2n ** 64n ? 0n : ticks, offset }
}

/** Writes pcapng blocks: new ones, and those of another pcapng file. draft-ietf-opsawg-pcapng. */
import { padded } from './pcapng-options.ts'

const SHB = 0x0a0d0d0a
const IDB = 1
const PB = 2
const SPB = 3
const EPB = 6
const CUSTOM_NOT_COPIED = 0x40000bad

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPT_ENDOFOPT = 0
const EPB_DROPCOUNT = 4
const EPB_PACKETID = 5
/** Bytes of a block's type and its two lengths. */
const FRAME = 12
const EPB_DATA = 28
/** Most bytes of an option's value. */
const MAX_OPTION = 0xffff

const NO_BYTES = new Uint8Array(0)

/** An option's code and value, which is in the byte order of what it is written to. */
export type Option = [code: number, value: Uint8Array]

/** A packet as it stands in a file, pseudo-header included. */
export interface StoredPacket {
  /** In its section. */
  interfaceId: number
  /** 64-bit count of the interface's ticks. */
  ticksHigh: number
  ticksLow: number
  data: Uint8Array
  origlen: number
  /** As options of an Enhanced Packet Block, in the section's byte order. */
  options: Uint8Array
  /** Packets lost before this one; `null` if the file does not say. */
  dropped: number | null
}

/** @returns the total length of the block that begins at `at`, a whole one */
export const blockLength = (bytes: Uint8Array, at: number, littleEndian: boolean): number =>
  padded(viewOf(bytes).getUint32(at + 4, littleEndian))

/**
 * A packet from its Enhanced or old Packet Block, a whole and sound one. §4.3, appendix A.
 * @returns `null` for a Simple Packet Block, which has no time that an Enhanced one could bring
 */
export function storedPacket(block: Uint8Array, littleEndian: boolean): StoredPacket | null {
  const view = viewOf(block)
  const type = view.getUint32(0, littleEndian)
  if (type === SPB) return null
  const caplen = view.getUint32(20, littleEndian)
  const drops = type === PB ? view.getUint16(10, littleEndian) : 0xffff
  return {
    interfaceId: type === PB ? view.getUint16(8, littleEndian) : view.getUint32(8, littleEndian),
    ticksHigh: view.getUint32(12, littleEndian),
    ticksLow: view.getUint32(16, littleEndian),
    data: block.subarray(EPB_DATA, EPB_DATA + caplen),
    origlen: view.getUint32(24, littleEndian),
    options: block.subarray(EPB_DATA + padded(caplen), block.length - 4),
    dropped: drops === 0xffff ? null : drops,
  }
}

/** Writes blocks in one byte order. What it writes is gathered until it is taken. */
export class PcapngWriter {
  littleEndian: boolean
  private bytes = new Uint8Array(64 * 1024)
  private view = new DataView(this.bytes.buffer)
  private length = 0

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian
  }

  /** Bytes written since they were last taken. */
  get held(): number {
    return this.length
  }

  /** @returns what was written since the last time */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length)
    this.length = 0
    return taken
  }

  /** A section header without options, of unknown length. §4.1. */
  section(): void {
    const at = this.begin(SHB, 16)
    this.view.setUint32(at, BYTE_ORDER_MAGIC, this.littleEndian)
    this.view.setUint16(at + 4, 1, this.littleEndian)
    this.view.setUint16(at + 6, 0, this.littleEndian)
    this.bytes.fill(0xff, at + 8, at + 16)
    this.close(at + 16)
  }

  /** Another file's section header with its options; the length of the section becomes unknown. */
  copySection(block: Uint8Array): void {
    const at = this.length
    this.append(block)
    this.bytes.fill(0xff, at + 16, at + 24)
  }

  /** @param options those that are too long for one are left out. §4.2. */
  interface(linktype: number, snaplen: number, options: Option[]): void {
    const fitting = options.filter(([, value]) => value.length <= MAX_OPTION)
    const at = this.begin(IDB, 8 + fitting.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4))
    this.view.setUint16(at, linktype, this.littleEndian)
    this.view.setUint16(at + 2, 0, this.littleEndian)
    this.view.setUint32(at + 4, snaplen, this.littleEndian)
    let end = at + 8
    for (const [code, value] of fitting) end = this.option(end, code, value)
    this.close(this.option(end, OPT_ENDOFOPT, NO_BYTES))
  }

  /** An Enhanced Packet Block with the packet's options, except that `epb_packetid` is `id` where one is given. §4.3. */
  packet(packet: StoredPacket, id: number | null): void {
    const { data, options } = packet
    const at = this.begin(EPB, EPB_DATA - 8 + padded(data.length) + options.length + 2 * 12 + 4)
    const { view, littleEndian } = this
    view.setUint32(at, packet.interfaceId, littleEndian)
    view.setUint32(at + 4, packet.ticksHigh, littleEndian)
    view.setUint32(at + 8, packet.ticksLow, littleEndian)
    view.setUint32(at + 12, data.length, littleEndian)
    view.setUint32(at + 16, packet.origlen, littleEndian)
    let end = this.put(at + 20, data)
    if (options.length > 0) end = this.copyOptions(end, options, id === null)
    if (packet.dropped !== null) end = this.countOption(end, EPB_DROPCOUNT, packet.dropped)
    if (id !== null) end = this.countOption(end, EPB_PACKETID, id)
    this.close(end === at + 20 + padded(data.length) ? end : this.option(end, OPT_ENDOFOPT, NO_BYTES))
  }

  /** Any other block in the same byte order as it stands; but not one that must not be copied. §4.9. */
  copy(block: Uint8Array): void {
    if (viewOf(block).getUint32(0, this.littleEndian) !== CUSTOM_NOT_COPIED) this.append(block)
  }

  /** Whatever bytes they are. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Copy options up to their end, or up to where they make no sense. */
  private copyOptions(to: number, options: Uint8Array, withId: boolean): number {
    const from = viewOf(options)
    let end = to
    for (let at = 0; options.length - at >= 4; ) {
      const code = from.getUint16(at, this.littleEndian)
      const length = from.getUint16(at + 2, this.littleEndian)
      if (code === OPT_ENDOFOPT || length > options.length - at - 4) break
      if (withId || code !== EPB_PACKETID) end = this.option(end, code, options.subarray(at + 4, at + 4 + length))
      at += 4 + padded(length)
    }
    return end
  }

  /** An option of 64 bits. */
  private countOption(at: number, code: number, value: number): number {
    const { view, littleEndian } = this
    view.setUint16(at, code, littleEndian)
    view.setUint16(at + 2, 8, littleEndian)
    view.setUint32(at + (littleEndian ? 4 : 8), value >>> 0, littleEndian)
    view.setUint32(at + (littleEndian ? 8 : 4), Math.floor(value / 2 ** 32), littleEndian)
    return at + 12
  }

  private option(at: number, code: number, value: Uint8Array): number {
    this.view.setUint16(at, code, this.littleEndian)
    this.view.setUint16(at + 2, value.length, this.littleEndian)
    return this.put(at + 4, value)
  }

  /** Put bytes, and zeros up to a multiple of four. */
  private put(at: number, value: Uint8Array): number {
    const end = at + padded(value.length)
    this.bytes.fill(0, at + value.length, end)
    this.bytes.set(value, at)
    return end
  }

  /** Begin a block with room for a body of `most` bytes. @returns where the body begins */
  private begin(type: number, most: number): number {
    this.room(FRAME + most)
    this.view.setUint32(this.length, type, this.littleEndian)
    return this.length + 8
  }

  /** End the block, whose body ends at `end`. */
  private close(end: number) {
    const total = end + 4 - this.length
    this.view.setUint32(this.length + 4, total, this.littleEndian)
    this.view.setUint32(end, total, this.littleEndian)
    this.length += total
  }

  private room(count: number) {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

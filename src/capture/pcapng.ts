/** The pcapng file format. draft-ietf-opsawg-pcapng. */
import { maxCaplen } from './linktypes.ts'
import { blankPacket } from './packet.ts'
import {
  IDB_OPTIONS,
  type InterfaceOptions,
  type InterfaceStatistics,
  ISB_OPTIONS,
  type OptionTable,
  padded,
  readOptions,
  readPacketOptions,
  SHB_OPTIONS,
} from './pcapng-options.ts'
import { hasPseudoHeader, stripPseudoHeader } from './pseudo-headers.ts'
import type { Frame, NameResolution, Section, Sink } from './sink.ts'
import { Clock, precisionOf, ticksPerSecond } from './timestamps.ts'
import { Walker } from './walker.ts'

/** Block types. §10.1; the Sysdig ones by https://github.com/draios/sysdig. */
const SHB = 0x0a0d0d0a
const IDB = 1
const PB = 2
const SPB = 3
const NRB = 4
const ISB = 5
const EPB = 6
const JOURNAL = 9
const DSB = 10
const CUSTOM = 0x00000bad
const CUSTOM_NOT_COPIED = 0x40000bad
const SYSDIG_EVENT = 0x204
const SYSDIG_EVENT_V2 = 0x216
const SYSDIG_EVENT_V2_LARGE = 0x221

/** Least total lengths of the blocks that are read. */
const LEAST = new Map([
  [SHB, 28],
  [IDB, 20],
  [PB, 32],
  [SPB, 16],
  [NRB, 16],
  [ISB, 24],
  [EPB, 32],
  [JOURNAL, 35],
  [DSB, 20],
  [CUSTOM, 16],
  [CUSTOM_NOT_COPIED, 16],
  [SYSDIG_EVENT, 36],
  [SYSDIG_EVENT_V2, 40],
  [SYSDIG_EVENT_V2_LARGE, 40],
])
const LEAST_BLOCK = 12
/** A packet of 128 MiB, its options and its headers: Wireshark's limit on any block. */
const LARGEST_BLOCK = 134_348_832

/** Type and length before, length after. */
const HEAD = 8
const TAIL = 4

/** Most bytes of a block other than a packet's that are gathered; options beyond are left out, with a notice. */
const MAX_BLOCK_HELD = 4 * 1024 * 1024
/** Most interfaces that are kept of one section. */
const MAX_INTERFACES = 65_536

const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/** What must be remembered of an interface to read its packets. */
interface InterfaceState {
  linktype: number
  snaplen: number
  tsresol: number
  tsoffset: number
}

interface PcapngState {
  /** Something else than the first section's header and its first interfaces has been met. */
  opened: boolean
  littleEndian: boolean
  /** Sections so far. */
  sections: number
  /** Interfaces of the sections before this one. */
  earlierInterfaces: number
  /** Interfaces of this section, kept or not. */
  described: number
  interfaces: InterfaceState[]
  frames: number
}

const BEFORE_SECTIONS: PcapngState = {
  opened: false,
  littleEndian: true,
  sections: 0,
  earlierInterfaces: 0,
  described: 0,
  interfaces: [],
  frames: 0,
}

/** An interface made ready for its packets. */
interface Channel {
  linktype: number
  /** 0: no limit. */
  snaplen: number
  clock: Clock
  maxCaplen: number
  pseudoHeader: boolean
}

/**
 * Reads pcapng. Holds at most one block: up to `MAX_SNAPLEN` bytes of a packet, `MAX_BLOCK_HELD` of any other; and of
 * the section in hand its interfaces, up to `MAX_INTERFACES`.
 */
export class PcapngWalker extends Walker {
  readonly state: PcapngState
  private channels: Channel[]
  private readonly packet = blankPacket()
  private readonly comments: string[] = []

  constructor(sink: Sink, state: PcapngState = BEFORE_SECTIONS) {
    super(sink)
    this.state = { ...state, interfaces: [...state.interfaces] }
    this.channels = state.interfaces.map(channelOf)
  }

  override get begun(): boolean {
    return this.state.sections > 0
  }

  override walk(bytes: Uint8Array, from: number, to: number, offset: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.packet.data = bytes
    let at = from
    while (to - at >= HEAD) {
      const block = offset + at - from
      const type = view.getUint32(at, this.state.littleEndian)
      if (type === SHB && to - at < HEAD + 4) {
        this.ask(HEAD + 4)
        return at
      }
      if (type === SHB) this.orient(view, at, block)
      if (!this.state.opened && type !== IDB && (type !== SHB || this.state.sections > 0)) this.open()
      const length = roundUp(view.getUint32(at + 4, this.state.littleEndian))
      if (length < leastLength(type) || length > LARGEST_BLOCK)
        this.fault(block, 'bad-length', `${nameOf(type)} with a total length of ${length}`)
      if (this.stopped) return at

      const dataAt = packetDataAt(type)
      if (dataAt > 0) {
        if (to - at < dataAt) {
          this.ask(dataAt)
          return at
        }
        this.readPacketHead(view, at, block, type, length)
        if (this.stopped) return at
      }
      const end = at + length - this.gap
      if (end > to) {
        // Names count up to where the file ends, as they do for capinfos.
        if (this.over && type === NRB) this.readNames({ view, at, block, length: 0, end: to, cut: true })
        this.askForBlock(type, length)
        return at
      }
      if (roundUp(view.getUint32(end - TAIL, this.state.littleEndian)) !== length)
        this.fault(block, 'bad-trailer', `${nameOf(type)} of ${length} bytes that gives another length at its end`)
      else if (dataAt > 0) this.readPacket(view, at, block, dataAt, length)
      else this.readBlock(view, at, block, type, length)
      if (this.stopped) return at
      this.gap = 0
      at = end
    }
    if (at < to) this.ask(HEAD)
    return at
  }

  override end(at: number | null): void {
    if (at === null) {
      if (!this.state.opened) this.open()
    } else if (this.state.opened) this.fault(at, 'truncated-block', 'the file ends within a block')
    else this.fault(at, 'truncated-header', 'the file ends within the blocks that stand before the packets')
  }

  /** Find a section's byte order. */
  private orient(view: DataView, at: number, block: number) {
    if (view.getUint32(at + HEAD, true) === BYTE_ORDER_MAGIC) this.state.littleEndian = true
    else if (view.getUint32(at + HEAD, false) === BYTE_ORDER_MAGIC) this.state.littleEndian = false
    else this.fault(block, 'bad-byte-order', 'a section without a byte-order magic')
  }

  /** The first section's header and the interfaces right after it are the file's header; that is over. */
  private open() {
    this.state.opened = true
    this.sink.opened()
  }

  /** Say what to gather of a block that is not whole. A packet's head has been read. */
  private askForBlock(type: number, length: number) {
    const dataAt = packetDataAt(type)
    if (dataAt > 0) {
      const data = padded(this.packet.caplen)
      const held = Math.min(data, padded(this.held))
      const options = length - dataAt - data - TAIL
      const gap = data - held + (options > MAX_BLOCK_HELD ? options : 0)
      this.ask(length - gap, gap > 0 ? dataAt + held : length - gap, gap)
    } else {
      const held = Math.min(length - TAIL, LEAST.has(type) ? MAX_BLOCK_HELD : HEAD)
      this.ask(held + TAIL, held, length - TAIL - held)
    }
  }

  /** Fill the packet from the fixed part of its block. §4.3, §4.4, appendix A. */
  private readPacketHead(view: DataView, at: number, block: number, type: number, length: number) {
    const { littleEndian } = this.state
    const packet = this.packet
    const interfaceId =
      type === EPB ? view.getUint32(at + 8, littleEndian) : type === PB ? view.getUint16(at + 8, littleEndian) : 0
    const channel = this.channels[interfaceId]
    if (channel === undefined) return this.missInterface(block, interfaceId)
    if (type === SPB) {
      packet.origlen = view.getUint32(at + 8, littleEndian)
      packet.caplen = channel.snaplen === 0 ? packet.origlen : Math.min(packet.origlen, channel.snaplen)
      packet.timed = false
      packet.seconds = 0
      packet.nanoseconds = 0
    } else {
      channel.clock.read(view.getUint32(at + 12, littleEndian), view.getUint32(at + 16, littleEndian), packet)
      packet.caplen = view.getUint32(at + 20, littleEndian)
      packet.origlen = view.getUint32(at + 24, littleEndian)
      packet.timed = true
    }
    const { caplen } = packet
    const room = length - packetDataAt(type) - TAIL
    // A Simple Packet Block has no options, so its packet must fill it.
    if (caplen > room || caplen > channel.maxCaplen || (type === SPB && padded(caplen) !== room))
      return this.fault(block, 'bad-length', `a packet of ${caplen} bytes in a block of ${length}`)
    packet.interfaceId = this.state.earlierInterfaces + interfaceId
    packet.linktype = channel.linktype
  }

  private missInterface(block: number, interfaceId: number) {
    const { described } = this.state
    if (interfaceId < described)
      this.fault(block, 'too-many-interfaces', `interface ${interfaceId}; the first ${MAX_INTERFACES} are kept`)
    else this.fault(block, 'no-interface', `a packet on interface ${interfaceId} of ${described}`)
  }

  /** Hand on a packet whose head has been read and whose block is whole. */
  private readPacket(view: DataView, at: number, block: number, dataAt: number, length: number) {
    const packet = this.packet
    const interfaceId = packet.interfaceId - this.state.earlierInterfaces
    const options = length - dataAt - padded(packet.caplen) - TAIL
    if (options > 0) this.readOptionsOfPacket(view, at + length - this.gap - TAIL, block, options)
    packet.at = block
    packet.start = at + dataAt
    if (this.channels[interfaceId]?.pseudoHeader) {
      const problem = stripPseudoHeader(packet, false)
      if (problem !== null) this.fault(block, 'bad-pseudo-header', problem)
    }
    if (this.stopped) return
    packet.number = ++this.state.frames
    this.sink.packet(packet)
    if (this.comments.length === 0) return
    for (const comment of this.comments.splice(0)) this.sink.packetComment(packet.number, comment)
  }

  private readOptionsOfPacket(view: DataView, end: number, block: number, length: number) {
    if (length > MAX_BLOCK_HELD) return this.fault(block, 'left-out', `${length} bytes of packet options`)
    const problem = readPacketOptions(view, end - length, end, this.state.littleEndian, this.comments)
    if (problem !== null) this.fault(block, 'bad-option', problem)
  }

  private readBlock(view: DataView, at: number, block: number, type: number, length: number) {
    if (!LEAST.has(type)) return
    const cut = length - TAIL > MAX_BLOCK_HELD
    const content: Content = { view, at, block, length, end: at + (cut ? MAX_BLOCK_HELD : length - TAIL), cut }
    if (cut) this.fault(block, 'left-out', `all of ${nameOf(type)} beyond its first ${MAX_BLOCK_HELD} bytes`)
    switch (type) {
      case SHB:
        return this.readSection(content)
      case IDB:
        return this.readInterface(content)
      case NRB:
        return this.readNames(content)
      case ISB:
        return this.readStatistics(content)
      case DSB:
        return this.readSecrets(content)
      case JOURNAL:
        return this.readJournal(content)
      case CUSTOM:
      case CUSTOM_NOT_COPIED:
        return this.readCustom(content)
      default:
        return this.readSysdig(content, type)
    }
  }

  /** Section Header Block: byte-order magic 8, version 12 and 14, section length 16 (ignored), options 24. §4.1. */
  private readSection(content: Content) {
    const { view, at, block } = content
    const { littleEndian } = this.state
    const major = view.getUint16(at + 12, littleEndian)
    const minor = view.getUint16(at + 14, littleEndian)
    if (major !== 1 || (minor !== 0 && minor !== 2))
      return this.fault(block, 'unsupported', `pcapng version ${major}.${minor}`)
    const section: Section = {
      at: block,
      index: this.state.sections,
      byteOrder: littleEndian ? 'little' : 'big',
      version: `${major}.${minor}`,
      comments: [],
    }
    if (!this.takeOptions(content, 24, SHB_OPTIONS, section)) return
    if (this.state.sections === 0) this.sink.format('pcapng')
    this.state.sections++
    this.state.earlierInterfaces += this.state.described
    this.state.described = 0
    this.state.interfaces = []
    this.channels = []
    this.sink.section(section)
  }

  /** Interface Description Block: link type 8, snaplen 12, options 16. §4.2. */
  private readInterface(content: Content) {
    const { view, at, block } = content
    const { littleEndian, earlierInterfaces, described, sections } = this.state
    const linktype = view.getUint16(at + 8, littleEndian)
    const snaplen = view.getUint32(at + 12, littleEndian)
    const options: InterfaceOptions = { comments: [] }
    if (!this.takeOptions(content, 16, IDB_OPTIONS, options)) return
    const ticks = ticksPerSecond(options.if_tsresol)
    if (ticks === null) return this.fault(block, 'unsupported', `an if_tsresol of ${options.if_tsresol}`)
    const state = { linktype, snaplen, tsresol: options.if_tsresol ?? 6, tsoffset: Number(options.if_tsoffset ?? 0) }
    if (described < MAX_INTERFACES) {
      this.state.interfaces.push(state)
      this.channels.push(channelOf(state))
    }
    this.state.described++
    this.sink.interface({
      at: block,
      id: earlierInterfaces + described,
      section: sections - 1,
      linktype,
      snaplen,
      ticksPerSecond: ticks,
      precision: precisionOf(ticks),
      ...options,
    })
  }

  /** Name Resolution Block: records from 8, each type 0, length 2, address and names 4; then options. §4.5. */
  private readNames(content: Content) {
    const { view, block, length, end, cut } = content
    const { littleEndian } = this.state
    const names: NameResolution = { at: block, length, ipv4: 0, ipv6: 0 }
    let at = content.at + HEAD
    while (end - at >= 4) {
      const type = view.getUint16(at, littleEndian)
      const size = view.getUint16(at + 2, littleEndian)
      at += 4
      if (type === NRB_END) break
      if ((cut ? size : padded(size)) > end - at) {
        if (!cut) return this.fault(block, 'bad-name', `a record of ${size} bytes, where ${end - at} are left`)
        at = end
        break
      }
      const address = type === NRB_IPV4 ? 4 : type === NRB_IPV6 ? 16 : 0
      if (address > 0) {
        if (size < address) return this.fault(block, 'bad-name', `an address of ${size} bytes instead of ${address}`)
        if (size > address && view.getUint8(at + size - 1) !== 0)
          return this.fault(block, 'bad-name', 'a name without a NUL at its end')
        const count = nulsIn(view, at + address, at + size)
        if (type === NRB_IPV4) names.ipv4 += count
        else names.ipv6 += count
      }
      at += padded(size)
    }
    if (!this.takeOptions(content, at - content.at, {}, names)) return
    this.sink.nameResolution(names)
  }

  /** Interface Statistics Block: interface 8, timestamp 12, options 20. §4.6. */
  private readStatistics(content: Content) {
    const interfaceId = content.view.getUint32(content.at + 8, this.state.littleEndian)
    const known = interfaceId < this.state.described
    const statistics: InterfaceStatistics = {
      at: content.block,
      interfaceId: known ? this.state.earlierInterfaces + interfaceId : null,
      comments: [],
    }
    if (this.takeOptions(content, 20, ISB_OPTIONS, statistics)) this.sink.interfaceStatistics(statistics)
  }

  /** Decryption Secrets Block: type 8, length 12, secrets 16. §4.7. */
  private readSecrets({ view, at, block, length }: Content) {
    const type = view.getUint32(at + 8, this.state.littleEndian)
    const size = view.getUint32(at + 12, this.state.littleEndian)
    if (size > length - 16 - TAIL)
      return this.fault(block, 'bad-length', `secrets of ${size} bytes in a block of ${length}`)
    this.sink.decryptionSecrets({ at: block, length, type })
  }

  /** systemd Journal Export Block: one entry as text, with NULs to a multiple of four. §4.8. */
  private readJournal({ view, at, block, end }: Content) {
    let last = end
    while (last > at + HEAD && view.getUint8(last - 1) === 0) last--
    const time = JOURNAL_TIME.exec(
      latin1.decode(new DataView(view.buffer, view.byteOffset + at + HEAD, last - at - HEAD)),
    )
    const microseconds = BigInt(time?.[1] ?? -1)
    const timed = microseconds >= 0n && microseconds < 2n ** 64n
    this.hand({
      at: block,
      kind: 'journal',
      timed,
      seconds: timed ? Number(microseconds / 1_000_000n) : 0,
      nanoseconds: timed ? Number(microseconds % 1_000_000n) * 1000 : 0,
      caplen: last - at - HEAD,
      origlen: last - at - HEAD,
    })
  }

  /** Custom Block: Private Enterprise Number 8, data 12. §4.9. */
  private readCustom({ view, at, block, length }: Content) {
    if (view.getUint32(at + 8, this.state.littleEndian) === NETFLIX) {
      if (length < 20) return this.fault(block, 'bad-length', `a Netflix custom block with a total length of ${length}`)
      const kind = view.getUint32(at + 12, true)
      if (kind === NETFLIX_EVENT) this.state.frames++ // takes a number; its time is in options that are not read
      if (kind !== NETFLIX_SKIP) return
    }
    const size = length - 12 - TAIL
    this.hand({ at: block, kind: 'custom', timed: false, seconds: 0, nanoseconds: 0, caplen: size, origlen: size })
  }

  /** Sysdig event: CPU 8, nanoseconds since 1970 10, thread 18, event length 26, type 30; in version 2 parameters 32. */
  private readSysdig({ view, at, block, length }: Content, type: number) {
    const { littleEndian } = this.state
    const [first, second] = [view.getUint32(at + 10, littleEndian), view.getUint32(at + 14, littleEndian)]
    const frame = {
      at: block,
      kind: 'sysdig' as const,
      timed: true,
      seconds: 0,
      nanoseconds: 0,
      caplen: length - leastLength(type),
      origlen: view.getUint32(at + 26, littleEndian),
    }
    SYSDIG_CLOCK.read(littleEndian ? second : first, littleEndian ? first : second, frame)
    this.hand(frame)
  }

  private hand(frame: Omit<Frame, 'number'>) {
    this.sink.frame({ number: ++this.state.frames, ...frame })
  }

  /** Read a block's options from `from` bytes after its start. @returns whether all is well with them */
  private takeOptions({ view, at, block, end, cut }: Content, from: number, table: OptionTable, into: object): boolean {
    const problem = readOptions(view, at + from, end, this.state.littleEndian, table, into)
    if (problem === null || cut) return true
    this.fault(block, 'bad-option', problem)
    return false
  }
}

/** A block to be read: `end` is where what there is of its body ends, `cut` whether that is not all. */
interface Content {
  view: DataView
  at: number
  /** The block's offset in the file, and its total length there. */
  block: number
  length: number
  end: number
  cut: boolean
}

/** Name resolution record types. §4.5. */
const NRB_END = 0
const NRB_IPV4 = 1
const NRB_IPV6 = 2

/** Netflix's Private Enterprise Number, under which FreeBSD's TCP logs events and gaps in them. */
const NETFLIX = 10_949
const NETFLIX_EVENT = 1
const NETFLIX_SKIP = 2

const JOURNAL_TIME = /__REALTIME_TIMESTAMP=(\d{1,20})(?!\d)/
const latin1 = new TextDecoder('latin1')
const SYSDIG_CLOCK = new Clock(1_000_000_000n, 0)

function channelOf({ linktype, snaplen, tsresol, tsoffset }: InterfaceState): Channel {
  const clock = new Clock(ticksPerSecond(tsresol) ?? 1n, tsoffset)
  return { linktype, snaplen, clock, maxCaplen: maxCaplen(linktype), pseudoHeader: hasPseudoHeader(linktype) }
}

/** Lengths are taken up to the next multiple of four; 2^32 is 0. */
const roundUp = (length: number): number => padded(length) >>> 0

/** Where a packet's bytes begin in its block; 0 for a block that holds none. */
const packetDataAt = (type: number): number => (type === EPB || type === PB ? 28 : type === SPB ? 12 : 0)

const leastLength = (type: number): number => (type === EPB ? 32 : (LEAST.get(type) ?? LEAST_BLOCK))

const nameOf = (type: number): string => `a block of type 0x${type.toString(16).padStart(8, '0')}`

function nulsIn(view: DataView, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (view.getUint8(at) === 0) count++
  return count
}

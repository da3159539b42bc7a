/** What a capture is, in the words and digits of capinfos. */
import { FAULTS, type Fault, type Gravity } from '../capture/faults.ts'
import { type Linktype, linktypeOf, UNKNOWN_LINKTYPE } from '../capture/linktypes.ts'
import type { Packet } from '../capture/packet.ts'
import type { InterfaceOptions, InterfaceStatistics } from '../capture/pcapng-options.ts'
import type { DecryptionSecrets, FormatName, Frame, Interface, NameResolution, Section, Sink } from '../capture/sink.ts'
import type { Compression } from '../capture/stored.ts'
import type { Moment, Precision } from '../capture/timestamps.ts'
import { decimalSeconds, timeBetween, twoDecimals } from './facts-figures.ts'

/** Sections, interfaces and faults that are listed; the rest is counted. */
const MAX_LISTED = 1000
/** Characters of text (names, comments, …) that are kept, each text costing `TEXT_COST` more. */
const MAX_TEXT = 256 * 1024
const TEXT_COST = 64

/** How the reading of a file ended. */
export type Verdict =
  /** It was read to its end. */
  | 'whole'
  /** It ends too early: cut off after what was read. */
  | 'truncated'
  /** It is damaged, or goes on in a way that we do not read: nothing after the last fault's offset was read. */
  | 'damaged'
  /** It is no capture, or none that we read, or is cut off or damaged before its packets begin. */
  | 'refused'

/** Plain JSON. Text is as it stands in the file; `null` where the file does not say, or where it has no meaning. */
export interface Facts {
  verdict: Verdict
  truncated: boolean
  /** In file order: the last one says where and why the reading ended, unless the verdict is `whole`. */
  faults: Fault[]
  fileType: FormatName | null
  fileTypeName: string | null
  compression: Compression | null
  /** Short name of the encapsulation, `per-packet` where interfaces differ, `unknown` where there is none. */
  encapsulation: string
  encapsulationName: string
  /** Packets by the encapsulation's long name. */
  encapsulations: { name: string; count: number }[]
  /** `microseconds` and so on; `per-packet` where interfaces differ, `unknown` where there is none. */
  timePrecision: string
  /** Bytes; from a pcap file header. An interface has its own. */
  snaplen: number | null
  /** Least and greatest caplen of the packets that were cut; `null` where none was, or all to nothing. */
  snaplenInferred: { min: number; max: number } | null
  packets: number
  /** As tshark counts: packets, and pcapng blocks that are none but take a number. */
  frames: number
  /** Of the stored file. Bytes. */
  fileSize: number
  /** Sum of the packets' lengths on the wire. Bytes; a decimal string beyond 2^53. */
  dataSize: number | string
  /** Seconds since 1970 of the least and greatest time; `null` where a record has none, or there is no packet. */
  firstTime: string | null
  lastTime: string | null
  /** Seconds. */
  duration: string | null
  /** Per second, to two decimals; `n/a` where there is nothing, or the duration is 0 or not known. */
  byteRate: string
  bitRate: string
  packetRate: string
  /** Bytes, to two decimals. */
  averagePacketSize: string
  /** `Unknown` where a record without a time leaves it open. */
  strictTimeOrder: 'True' | 'False' | 'Unknown'
  sections: SectionFacts[]
  sectionCount: number
  interfaces: InterfaceFacts[]
  interfaceCount: number
  /** Names given to addresses by Name Resolution Blocks. */
  resolvedIpv4: number
  resolvedIpv6: number
  decryptionSecrets: number
  /** The comments of all sections. */
  comments: string[]
  packetComments: number
  /** What the bounds on this object left out. */
  leftOut: { sections: number; interfaces: number; faults: number; texts: number }
}

export interface SectionFacts {
  byteOrder: 'little' | 'big'
  version: string
  hardware: string | null
  os: string | null
  application: string | null
  comments: string[]
}

export interface InterfaceFacts extends InterfaceOptions {
  /** Index of its section. */
  section: number
  linktype: number
  encapsulation: string
  encapsulationName: string
  snaplen: number
  timePrecision: string
  /** Decimal. */
  ticksPerSecond: string
  packets: number
  /** Interface Statistics Blocks. */
  statistics: number
}

const FILE_TYPES: Record<FormatName, string> = {
  pcap: 'Wireshark/tcpdump/... - pcap',
  nsecpcap: 'Wireshark/tcpdump/... - nanosecond pcap',
  modpcap: 'Modified tcpdump - pcap',
  rh6_1pcap: 'RedHat 6.1 tcpdump - pcap',
  suse6_3pcap: 'SuSE 6.3 tcpdump - pcap',
  nokiapcap: 'Nokia tcpdump - pcap',
  aixpcap: 'AIX tcpdump - pcap',
  pcapng: 'Wireshark/... - pcapng',
  snoop: 'Sun snoop',
  shomiti: 'Shomiti/Finisar Surveyor',
  btsnoop: 'Symbian OS btsnoop',
  pklg: 'macOS PacketLogger',
  netmon1: 'Microsoft NetMon 1.x',
  netmon2: 'Microsoft NetMon 2.x',
  erf: 'Endace ERF capture',
  nettl: 'HP-UX nettl trace',
}

const PRECISION_NAMES: Record<Precision, string> = {
  0: 'seconds',
  1: 'deciseconds',
  2: 'centiseconds',
  3: 'milliseconds',
  6: 'microseconds',
  9: 'nanoseconds',
}

/** One value of the whole file: none yet, the one that all interfaces share, or several. */
type Common<T> = T | 'unknown' | 'per-packet'

/** All that is collected: plain JSON, so that it can be put away with a reader's checkpoint. */
interface FactsState {
  format: FormatName | null
  snaplen: number | null
  opened: boolean
  faults: Fault[]
  faultCount: number
  sections: SectionFacts[]
  sectionCount: number
  interfaces: Listed[]
  interfaceCount: number
  /** Characters of text kept, and texts not kept. */
  text: number
  textsLeftOut: number
  encapsulation: Linktype
  precision: Common<Precision>
  packets: number
  frames: number
  packetsByLinktype: Record<number, number>
  /** Packets in a row on one interface, not yet added to its counts; and where they belong. */
  run: number
  runInterface: number
  runLinktype: number
  runPrecision: Precision
  /** The data size is high × 2^52 + low. */
  dataSizeLow: number
  dataSizeHigh: number
  /** Least and greatest caplen of the packets that were cut. */
  shortest: number
  longest: number
  /** Every record so far had a time. */
  timed: boolean
  order: Facts['strictTimeOrder']
  first: Instant
  last: Instant
  previous: Instant
  resolvedIpv4: number
  resolvedIpv6: number
  decryptionSecrets: number
  packetComments: number
}

/** An interface as it is collected. */
type Listed = Omit<InterfaceFacts, 'timePrecision'> & { precision: Precision }

/** A time, and the places to print it in. */
interface Instant extends Moment {
  precision: Precision
}

const epoch = (): Instant => ({ seconds: 0, nanoseconds: 0, precision: 6 })

const nothingYet = (): FactsState => ({
  format: null,
  snaplen: null,
  opened: false,
  faults: [],
  faultCount: 0,
  sections: [],
  sectionCount: 0,
  interfaces: [],
  interfaceCount: 0,
  text: 0,
  textsLeftOut: 0,
  encapsulation: UNKNOWN_LINKTYPE,
  precision: 'unknown',
  packets: 0,
  frames: 0,
  packetsByLinktype: {},
  run: 0,
  runInterface: -1,
  runLinktype: -1,
  runPrecision: 6,
  dataSizeLow: 0,
  dataSizeHigh: 0,
  shortest: Number.MAX_SAFE_INTEGER,
  longest: 0,
  timed: true,
  order: 'True',
  first: epoch(),
  last: epoch(),
  previous: epoch(),
  resolvedIpv4: 0,
  resolvedIpv6: 0,
  decryptionSecrets: 0,
  packetComments: 0,
})

/** Start collecting, or go on with what was collected before. */
export const createFacts = (state?: object): FactsCollector => new FactsCollector(state as FactsState | undefined)

/**
 * Collects the facts of a capture. Holds at most 1,000 sections, interfaces and faults and 256 KiB of text, however long
 * the file; everything is counted.
 */
export class FactsCollector implements Sink {
  readonly snaplen = 0
  readonly state: FactsState

  constructor(state: FactsState = nothingYet()) {
    this.state = structuredClone(state)
  }

  format(format: FormatName) {
    this.state.format = format
  }

  opened() {
    this.state.opened = true
  }

  section(section: Section) {
    const { sections } = this.state
    this.state.sectionCount = Math.max(this.state.sectionCount, section.index + 1)
    if (section.index >= MAX_LISTED) return
    const { hardware, os, application, comments } = sections[section.index] ?? {}
    this.giveBack({ hardware, os, application, comments })
    sections[section.index] = {
      byteOrder: section.byteOrder,
      version: section.version,
      hardware: this.keep(section.shb_hardware) ?? null,
      os: this.keep(section.shb_os) ?? null,
      application: this.keep(section.shb_userappl) ?? null,
      comments: section.comments.filter((comment) => this.keep(comment) !== undefined),
    }
  }

  interface({ at: _at, id, implied, ticksPerSecond, precision, ...described }: Interface) {
    const { state } = this
    const linktype = linktypeOf(described.linktype) ?? UNKNOWN_LINKTYPE
    // An unknown encapsulation gives way to the first that is known; the other way round they differ.
    if (state.encapsulation.encapsulation === UNKNOWN_LINKTYPE.encapsulation) state.encapsulation = linktype
    else if (state.encapsulation.encapsulation !== linktype.encapsulation) state.encapsulation = PER_PACKET
    if (state.precision === 'unknown') state.precision = precision
    else if (state.precision !== precision) state.precision = 'per-packet'
    if (implied) return
    state.interfaceCount = Math.max(state.interfaceCount, id + 1)
    if (id >= MAX_LISTED) return
    const ofFile = state.format !== 'pcapng' && state.format !== 'erf' // else a snaplen is the file's, and 0 is none
    if (ofFile) state.snaplen = described.snaplen || null
    const { packets = 0, statistics = 0 } = state.interfaces[id] ?? {}
    const before = Object.entries(state.interfaces[id] ?? {}).filter(([name]) => name in described)
    this.giveBack(Object.fromEntries(before))
    state.interfaces[id] = {
      ...this.keepTexts(described),
      snaplen: ofFile ? described.snaplen || UNLIMITED : described.snaplen,
      encapsulation: linktype.name,
      encapsulationName: linktype.description,
      precision,
      ticksPerSecond: String(ticksPerSecond),
      packets,
      statistics,
    }
  }

  packet(packet: Packet) {
    const { state } = this
    if (packet.interfaceId !== state.runInterface) this.turnTo(packet)
    if (packet.timed) this.observe(packet, state.runPrecision)
    else this.missTime()
    state.run++
    state.packets++
    state.frames++
    state.dataSizeLow += packet.origlen
    if (state.dataSizeLow >= TWO_52) {
      state.dataSizeLow -= TWO_52
      state.dataSizeHigh++
    }
    if (packet.caplen < packet.origlen) {
      if (packet.caplen < state.shortest) state.shortest = packet.caplen
      if (packet.caplen > state.longest) state.longest = packet.caplen
    }
  }

  frame(frame: Frame) {
    const { state } = this
    state.frames++
    if (frame.timed) this.observe(frame, frame.kind === 'journal' ? 6 : 9)
    else this.missTime()
    // capinfos: an entry before any interface is of an encapsulation of its own.
    if (frame.kind === 'journal' && state.encapsulation.encapsulation === UNKNOWN_LINKTYPE.encapsulation)
      state.encapsulation = PER_PACKET
  }

  packetComment() {
    this.state.packetComments++
  }

  nameResolution(names: NameResolution) {
    this.state.resolvedIpv4 += names.ipv4
    this.state.resolvedIpv6 += names.ipv6
  }

  interfaceStatistics({ interfaceId }: InterfaceStatistics) {
    const listed = interfaceId === null ? undefined : this.state.interfaces[interfaceId]
    if (listed !== undefined) listed.statistics++
  }

  decryptionSecrets(_secrets: DecryptionSecrets) {
    this.state.decryptionSecrets++
  }

  fault(fault: Fault) {
    const { state } = this
    state.faultCount++
    if (state.faults.length === MAX_LISTED) state.faults.pop() // the last one is worth more than the one before
    state.faults.push(fault)
  }

  /** @param fileSize of the stored file, before decompression. Bytes. */
  finish(fileSize: number, compression: Compression | null = null): Facts {
    this.endRun()
    const { state } = this
    const known = state.timed && state.packets > 0
    const duration = timeBetween(state.first, state.last)
    const seconds = known ? asDouble(state.last) - asDouble(state.first) : 0 // capinfos: to a quarter of a microsecond
    const dataSize = BigInt(state.dataSizeHigh) * BigInt(TWO_52) + BigInt(state.dataSizeLow)
    const perSecond = (amount: number) => (amount > 0 && seconds > 0 ? twoDecimals(amount / seconds) : 'n/a')
    const gravities = state.faults.map(({ what }) => FAULTS[what])
    return {
      verdict: verdictOf(gravities, state.opened),
      truncated: gravities.includes('truncated'),
      faults: compression === null ? state.faults : state.faults.map(inDecompressed),
      fileType: state.format,
      fileTypeName: state.format && FILE_TYPES[state.format],
      compression,
      encapsulation: state.encapsulation.name,
      encapsulationName: state.encapsulation.description,
      encapsulations: this.encapsulations(),
      timePrecision: precisionName(state.precision),
      snaplen: state.snaplen,
      snaplenInferred: state.longest > 0 ? { min: state.shortest, max: state.longest } : null,
      packets: state.packets,
      frames: state.frames,
      fileSize,
      dataSize: dataSize <= Number.MAX_SAFE_INTEGER ? Number(dataSize) : String(dataSize),
      firstTime: known ? decimalSeconds(state.first, state.first.precision) : null,
      lastTime: known ? decimalSeconds(state.last, state.last.precision) : null,
      duration: known ? decimalSeconds(duration, finer(state.first.precision, state.last.precision)) : null,
      byteRate: perSecond(Number(dataSize)),
      bitRate: perSecond(Number(dataSize) * 8),
      packetRate: perSecond(state.packets),
      averagePacketSize: twoDecimals(state.packets > 0 ? Number(dataSize) / state.packets : 0),
      strictTimeOrder: state.order,
      sections: state.sections,
      sectionCount: state.sectionCount,
      interfaces: state.interfaces.map(({ precision, ...listed }) => ({
        ...listed,
        timePrecision: precisionName(precision),
      })),
      interfaceCount: state.interfaceCount,
      resolvedIpv4: state.resolvedIpv4,
      resolvedIpv6: state.resolvedIpv6,
      decryptionSecrets: state.decryptionSecrets,
      comments: state.sections.flatMap(({ comments }) => comments),
      packetComments: state.packetComments,
      leftOut: {
        sections: state.sectionCount - state.sections.length,
        interfaces: state.interfaceCount - state.interfaces.length,
        faults: state.faultCount - state.faults.length,
        texts: state.textsLeftOut,
      },
    }
  }

  /** The packet is on another interface than the one before. */
  private turnTo(packet: Packet) {
    this.endRun()
    const { state } = this
    state.runInterface = packet.interfaceId
    state.runLinktype = packet.linktype
    // Of an interface that is not listed only the precision that all share is known.
    const shared = typeof state.precision === 'number' ? state.precision : 9
    state.runPrecision = state.interfaces[packet.interfaceId]?.precision ?? shared
  }

  private endRun() {
    const { run, runInterface, runLinktype, interfaces, packetsByLinktype } = this.state
    if (run === 0) return
    const listed = interfaces[runInterface]
    if (listed !== undefined) listed.packets += run
    packetsByLinktype[runLinktype] = (packetsByLinktype[runLinktype] ?? 0) + run
    this.state.run = 0
  }

  private observe(moment: Moment, precision: Precision) {
    const { first, last, previous } = this.state
    const starts = this.state.packets === 0 // as capinfos: what stands before the first packet is forgotten
    if (starts || isBefore(moment, first)) setInstant(first, moment, precision)
    if (starts || isBefore(last, moment)) setInstant(last, moment, precision)
    if (!starts && isBefore(moment, previous)) this.state.order = 'False'
    setInstant(previous, moment, precision)
  }

  private missTime() {
    this.state.timed = false
    if (this.state.order === 'True') this.state.order = 'Unknown'
  }

  private encapsulations(): Facts['encapsulations'] {
    const counts = new Map<Linktype, number>()
    const shared = new Map<number, Linktype>()
    for (const [value, packets] of Object.entries(this.state.packetsByLinktype)) {
      const linktype = linktypeOf(Number(value)) ?? UNKNOWN_LINKTYPE
      const same = shared.get(linktype.encapsulation) ?? linktype
      shared.set(same.encapsulation, same)
      counts.set(same, (counts.get(same) ?? 0) + packets)
    }
    const inOrder = [...counts].sort(([a], [b]) => a.encapsulation - b.encapsulation)
    return inOrder.map(([{ description }, count]) => ({ name: description, count }))
  }

  /** @returns the text, or `undefined` if there is no more room */
  private keep(text: string | undefined): string | undefined {
    if (text === undefined) return undefined
    if (this.state.text + text.length + TEXT_COST > MAX_TEXT) {
      this.state.textsLeftOut++
      return undefined
    }
    this.state.text += text.length + TEXT_COST
    return text
  }

  /** The same, less the texts for which there is no more room. */
  /** Texts that others take the place of, for something is told again. */
  private giveBack(replaced: object) {
    for (const text of Object.values(replaced).flat())
      if (typeof text === 'string') this.state.text -= text.length + TEXT_COST
  }

  private keepTexts<T extends object>(described: T): T {
    const kept = Object.entries(described).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.filter((text) => this.keep(text) !== undefined)]
      return [name, typeof value === 'string' ? this.keep(value) : value]
    })
    return Object.fromEntries(kept)
  }
}

/** What capinfos gives as the capture length of a pcap file without a limit. */
const UNLIMITED = 262_144

const TWO_52 = 2 ** 52

const inDecompressed = (fault: Fault): Fault => ({
  ...fault,
  message: `${fault.message} (offset ${fault.at} of the decompressed file)`,
})

const PER_PACKET: Linktype = { encapsulation: -1, name: 'per-packet', description: 'Per packet' }

const precisionName = (precision: Common<Precision>): string =>
  typeof precision === 'number' ? PRECISION_NAMES[precision] : precision

const asDouble = ({ seconds, nanoseconds }: Moment): number => seconds + nanoseconds / 1e9

const finer = (a: Precision, b: Precision): Precision => (a > b ? a : b)

const isBefore = (a: Moment, b: Moment): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds)

function setInstant(instant: Instant, { seconds, nanoseconds }: Moment, precision: Precision) {
  instant.seconds = seconds
  instant.nanoseconds = nanoseconds
  instant.precision = precision
}

function verdictOf(gravities: Gravity[], opened: boolean): Verdict {
  const ending = gravities.find((gravity) => gravity !== 'notice')
  if (ending === undefined) return 'whole'
  if (!opened) return 'refused'
  return ending === 'truncated' ? 'truncated' : 'damaged'
}

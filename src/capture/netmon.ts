/** The formats of Microsoft Network Monitor 1 and 2. Checked against editcap's files and capinfos 4.0.17. */
import {
  IEEE_802_11_NETMON,
  linktypeOf,
  NETMON_EVENT,
  NETMON_FILTER,
  NETMON_INFO,
  SEVERAL_LINKTYPES,
} from './linktypes.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Sink } from './sink.ts'
import { Clock, type Moment } from './timestamps.ts'

// File header: magic 0, minor version 4, major 5, network 6, start as SYSTEMTIME 8, frame table's offset 24, length 28; ….
const FILE_HEADER = 128
// Frame of version 1: milliseconds since the start 0, origlen 4, caplen 6.
const FRAME_HEADER_1 = 8
// Frame of version 2: microseconds since the start, signed 0, origlen 8, caplen 12.
const FRAME_HEADER_2 = 16
/** An entry of the frame table: the offset of a frame. */
const ENTRY = 4
/** Bytes behind a frame of version 2, by minor version. Network 0; process 2; from 2.3 FILETIME 6 and time zone 14. */
const TRAILERS = [0, 2, 6, 15]
const TIMED_TRAILER = 15

/** LINKTYPE_ values by network. */
const LINKTYPES = new Map([
  [0, 1],
  [1, 1],
  [2, 6],
  [3, 10],
  [4, 123],
  [6, IEEE_802_11_NETMON],
  [7, 101],
  [8, 101],
  [9, 101],
])
/** The same for what only a frame's own network can be. */
const FRAME_LINKTYPES = new Map([
  [0xffe0, NETMON_EVENT],
  [0xfffb, NETMON_INFO],
  [0xffff, NETMON_FILTER],
])
/** Networks of frames that hold no packet: payload headers, network information and names of the file's own. */
const NO_PACKETS = [0xfffc, 0xfffd, 0xfffe]
/** Networks from here on are LINKTYPE_ values. */
const LINKTYPE_BASE = 0xe000

const ATM = 123
/** Destination, source, VPI, VCI: what stands before an ATM packet where the whole file is of them. */
const ATM_HEADER = 16

/** From 1601 to 1970. Seconds. */
const FILETIME_EPOCH = 11_644_473_600

interface NetmonState extends RecordsState {
  major: number
  minor: number
  linktype: number
  /** The link types met so far, in the order of the interfaces that stand for them. */
  linktypes: number[]
  /** Seconds since 1970, and milliseconds. */
  start: number
  startMilliseconds: number
  phase: 'frames' | 'table' | 'rest'
  /** Where the next frame or entry stands. */
  next: number
  /** Where the frames end, and then their table. */
  tableAt: number
  tableEnd: number
  /** Over the offsets of the frames, and of the table's entries. */
  frames: number
  entries: number
}

const BEFORE_HEADER: NetmonState = {
  begun: false,
  packets: 0,
  major: 0,
  minor: 0,
  linktype: 0,
  linktypes: [],
  start: 0,
  startMilliseconds: 0,
  phase: 'frames',
  next: 0,
  tableAt: 0,
  tableEnd: 0,
  frames: 0,
  entries: 0,
}

/**
 * Reads NetMon in file order, from the first frame to the table of frames, which stands behind them; it must list just
 * these. See `RecordWalker`.
 */
export class NetmonWalker extends RecordWalker<NetmonState> {
  constructor(sink: Sink, state: NetmonState = BEFORE_HEADER) {
    super(sink, state)
    this.state.linktypes = [...state.linktypes]
    this.packet.linktype = this.state.linktype
  }

  protected override get recordHeader(): number {
    if (this.state.phase !== 'frames') return this.state.phase === 'table' ? ENTRY : 1
    return this.state.major === 1 ? FRAME_HEADER_1 : FRAME_HEADER_2
  }

  protected override get trailer(): number {
    if (this.state.phase !== 'frames' || this.state.major === 1) return 0
    return TRAILERS[this.state.minor] ?? TIMED_TRAILER
  }

  protected override readFileHeader(view: DataView): number | null {
    if (view.byteLength < FILE_HEADER) {
      this.ask(FILE_HEADER)
      return null
    }
    const minor = view.getUint8(4)
    const major = view.getUint8(5)
    const network = view.getUint16(6, true)
    const linktype = LINKTYPES.get(network)
    const tableAt = view.getUint32(24, true)
    const tableLength = view.getUint32(28, true)
    this.sink.format(major === 1 ? 'netmon1' : 'netmon2')
    if (major !== 1 && major !== 2) this.fault(0, 'unsupported', `NetMon version ${major}.${minor}`)
    else if (linktype === undefined) this.fault(0, 'unsupported', `NetMon network ${network}`)
    else if (tableAt < FILE_HEADER || tableLength < 4 || tableLength % 4 > 0)
      this.fault(0, 'bad-length', `a frame table at ${tableAt} of ${tableLength} bytes`)
    else {
      const start = startOf(view)
      Object.assign(this.state, { major, minor, linktype, ...start, tableAt, tableEnd: tableAt + tableLength })
      if (tableAt === FILE_HEADER) this.state.phase = 'table'
      this.packet.linktype = linktype
      this.state.linktypes.push(this.trailer > 0 ? SEVERAL_LINKTYPES : linktype)
      this.tell(`${major}.${minor}`, {
        linktype: this.trailer > 0 ? SEVERAL_LINKTYPES : linktype,
        implied: true,
        ...(major === 1 ? MILLISECONDS : NANOSECONDS),
      })
    }
    return FILE_HEADER
  }

  override end(at: number | null): void {
    if (this.state.phase === 'rest') return
    if (!this.state.begun) super.end(at)
    else this.fault(at ?? this.state.next, 'truncated-record', 'the file ends before the end of its frame table')
  }

  protected override readRecord(view: DataView, at: number, offset: number, to: number): number {
    const { phase, major, minor, tableAt } = this.state
    if (phase === 'rest') return to - at
    if (phase === 'table') return ENTRY
    const { packet } = this
    packet.caplen = major === 1 ? view.getUint16(at + 6, true) : view.getUint32(at + 12, true)
    packet.origlen = major === 1 ? view.getUint16(at + 4, true) : view.getUint32(at + 8, true)
    if (!this.fits(packet.caplen, offset)) return 0
    const length = this.recordHeader + packet.caplen + this.trailer
    if (offset + length > tableAt) {
      this.fault(offset, 'bad-length', 'a frame that reaches into the frame table')
      return 0
    }
    if (major === 1) setTime(packet, this.state, view.getUint32(at, true) * 1000)
    else if (minor < 3) setTime(packet, this.state, view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32)
    packet.start = this.recordHeader
    return length
  }

  protected override readTrailer(view: DataView, end: number): boolean {
    const { state, packet } = this
    if (state.phase === 'rest') return false
    if (state.phase === 'table') {
      state.entries = mixed(state.entries, view.getUint32(end - ENTRY, true))
      state.next = packet.at + ENTRY
      if (state.next < state.tableEnd) return false
      state.phase = 'rest'
      if (state.entries !== state.frames)
        this.fault(
          state.tableAt,
          'left-out',
          'the frame table lists other frames than lie before it, or in another order',
        )
      return false
    }
    const { trailer } = this
    state.frames = mixed(state.frames, packet.at)
    state.next = packet.at + this.recordHeader + packet.caplen + trailer
    if (state.next === state.tableAt) state.phase = 'table'
    if (trailer > 0) return this.readFrameTrailer(view, end - trailer, trailer === TIMED_TRAILER)
    if (packet.linktype === ATM) return this.stripAtmHeader()
    return true
  }

  private readFrameTrailer(view: DataView, at: number, timed: boolean): boolean {
    const network = view.getUint16(at, true)
    if (NO_PACKETS.includes(network)) return false
    const { packet } = this
    const linktype =
      LINKTYPES.get(network) ??
      FRAME_LINKTYPES.get(network) ??
      (network >= LINKTYPE_BASE && network < LINKTYPE_BASE + 0x1000 ? network - LINKTYPE_BASE : null)
    if (linktype === null || linktypeOf(linktype) === null) {
      this.fault(packet.at, 'unsupported', `a frame of network ${network}`)
      return false
    }
    packet.linktype = linktype
    this.turnTo(this.state.linktypes, NANOSECONDS)
    if (timed) FILETIME.read(view.getUint32(at + 10, true), view.getUint32(at + 6, true), packet)
    return true
  }

  /** The header lies where other formats have ATM's pseudo-header, which so begins before it. */
  private stripAtmHeader(): boolean {
    const { packet } = this
    if (packet.caplen < ATM_HEADER) {
      this.fault(packet.at, 'bad-pseudo-header', `${packet.caplen} bytes are too few for an ATM header`)
      return false
    }
    packet.start += ATM_HEADER
    packet.caplen -= ATM_HEADER
    packet.origlen = Math.max(0, packet.origlen - ATM_HEADER)
    return true
  }
}

const MILLISECONDS = { ticksPerSecond: 1000n, precision: 3 } as const
const NANOSECONDS = { ticksPerSecond: 1_000_000_000n, precision: 9 } as const
const FILETIME = new Clock(10_000_000n, -FILETIME_EPOCH)

/** One number for a list of offsets, whose order counts. */
const mixed = (before: number, offset: number): number => (Math.imul(before, 31) + offset) | 0

/** A SYSTEMTIME: year 0, month 2, day of the week 4, day 6, hour 8, minute 10, second 12, millisecond 14. In local time. */
function startOf(view: DataView): { start: number; startMilliseconds: number } {
  const [year = 0, month = 0, , day = 0, hour = 0, minute = 0, second = 0, startMilliseconds = 0] = Array.from(
    { length: 8 },
    (_, i) => view.getUint16(8 + 2 * i, true),
  )
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return { start: date.getTime() / 1000, startMilliseconds }
}

/** @param microseconds since the start, signed; beyond 2^53 rounded */
function setTime(into: Moment, { start, startMilliseconds }: NetmonState, microseconds: number) {
  const since = microseconds + startMilliseconds * 1000
  const seconds = Math.floor(since / 1_000_000)
  into.seconds = start + seconds
  into.nanoseconds = (since - seconds * 1_000_000) * 1000
}

/** How pcapng describes the interfaces of other formats, and counts their times. */
import { joined } from '../capture/joined.ts'
import type { Packet } from '../capture/packet.ts'
import type { Option, StoredPacket } from '../capture/pcapng-writer.ts'
import type { Interface } from '../capture/sink.ts'

// Options of an Interface Description Block. draft-ietf-opsawg-pcapng §4.2.
const COMMENT = 1
const IF_NAME = 2
const IF_DESCRIPTION = 3
const IF_SPEED = 8
const IF_TSRESOL = 9
const IF_FILTER = 11
const IF_FCSLEN = 13
const IF_TSOFFSET = 14
/** First octet of an `if_filter` that is no bytecode. */
const FILTER_AS_TEXT = Uint8Array.of(0)

const ERF = 197
const NO_BYTES = new Uint8Array(0)

/** The clock of an interface. */
export interface Channel {
  ticksPerSecond: number
  nanosecondsPerTick: number
}

export function channelOf({ linktype, ticksPerSecond }: Interface): Channel {
  // The time in an ERF header is finer than that of the pcap record around it, and takes its place.
  const ticks = linktype === ERF ? 1_000_000_000 : Number(ticksPerSecond)
  return { ticksPerSecond: ticks, nanosecondsPerTick: 1_000_000_000 / ticks }
}

/**
 * A packet as pcapng has it.
 * @param data its bytes, pseudo-header included
 * @param epoch seconds since 1970 from which its interface's clock counts
 */
export function storedAs(
  { seconds, nanoseconds, caplen, origlen }: Packet,
  data: Uint8Array,
  interfaceId: number,
  { ticksPerSecond, nanosecondsPerTick }: Channel,
  epoch: number,
): StoredPacket {
  const fraction = Math.floor(nanoseconds / nanosecondsPerTick)
  const [ticksHigh, ticksLow] = ticksIn(seconds - epoch, ticksPerSecond, fraction)
  const wire = origlen + data.length - caplen
  return { interfaceId, ticksHigh, ticksLow, data, origlen: wire, options: NO_BYTES, dropped: null }
}

/** A count of 64 bits, in halves: in parts that 53 bits can hold, as big integers cost more than all else here. */
function ticksIn(seconds: number, perSecond: number, fraction: number): [high: number, low: number] {
  const rest = (seconds % 65_536) * perSecond + fraction
  const upper = Math.floor(seconds / 65_536) * perSecond + Math.floor(rest / 65_536)
  return [Math.floor(upper / 65_536), (upper % 65_536) * 65_536 + (rest % 65_536)]
}

const encoder = new TextEncoder()

/**
 * Options of the description that pcapng has of such an interface.
 * @param epoch seconds since 1970 from which its clock counts
 * @param fcslen bytes of frame check sequence; `null`: not known
 */
export function interfaceOptions(
  described: Interface,
  { ticksPerSecond }: Channel,
  epoch: number,
  fcslen: number | null,
): Option[] {
  const { if_name, if_description, if_speed, if_filter, comments } = described
  const options: Option[] = [[IF_TSRESOL, Uint8Array.of(String(ticksPerSecond).length - 1)]]
  if (epoch !== 0) options.push([IF_TSOFFSET, u64(BigInt(epoch))])
  if (fcslen !== null) options.push([IF_FCSLEN, Uint8Array.of(fcslen)])
  if (if_name !== undefined) options.push([IF_NAME, encoder.encode(if_name)])
  if (if_description !== undefined) options.push([IF_DESCRIPTION, encoder.encode(if_description)])
  if (if_speed !== undefined) options.push([IF_SPEED, u64(BigInt(if_speed))])
  if (if_filter !== undefined) options.push([IF_FILTER, joined([FILTER_AS_TEXT, encoder.encode(if_filter)])])
  for (const comment of comments) options.push([COMMENT, encoder.encode(comment)])
  return options
}

/** Little-endian, as the writer is; of a negative number its two's complement. */
function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

/** Bytes of frame check sequence that a pcap file header gives: a number of 16-bit words. `null`: it does not say. */
export function fcsLength(header: Uint8Array, littleEndian: boolean): number | null {
  const field = new DataView(header.buffer, header.byteOffset, header.length).getUint32(20, littleEndian)
  return field & 0x04000000 ? (field >>> 28) * 2 : null
}

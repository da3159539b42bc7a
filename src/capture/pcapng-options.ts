/** Options of pcapng blocks. draft-ietf-opsawg-pcapng §3.5 and the sections named at each table. */

/** What stands in a Section Header Block, by spec name. */
export interface SectionOptions {
  shb_hardware?: string
  shb_os?: string
  shb_userappl?: string
  comments: string[]
}

/** What an Interface Description Block's options say, by spec name. Of an option that may not be repeated, the first counts. */
export interface InterfaceOptions {
  if_name?: string
  if_description?: string
  /** Addresses with their masks, `192.0.2.1/255.255.255.0`. */
  if_IPv4addr?: string[]
  /** Addresses with their prefix lengths, all eight groups in hexadecimal. */
  if_IPv6addr?: string[]
  if_MACaddr?: string
  if_EUIaddr?: string
  /** Bits per second, decimal. */
  if_speed?: string
  /** As written; see `ticksPerSecond`. */
  if_tsresol?: number
  if_tzone?: number
  /** The filter as text; of BPF bytecode only its size. */
  if_filter?: string
  if_os?: string
  /** Bytes of frame check sequence at the end of each packet. */
  if_fcslen?: number
  /** Seconds to be added to each timestamp, decimal. */
  if_tsoffset?: string
  if_hardware?: string
  if_txspeed?: string
  if_rxspeed?: string
  if_iana_tzname?: string
  comments: string[]
}

/** An Interface Statistics Block. Counts are decimal. */
export interface InterfaceStatistics {
  at: number
  /** Index in the whole file; `null` if the block names an interface that was not described. */
  interfaceId: number | null
  isb_ifrecv?: string
  isb_ifdrop?: string
  isb_filteraccept?: string
  isb_osdrop?: string
  isb_usrdeliv?: string
  comments: string[]
}

/** How one option's value is read; `length` is the least that it needs, and a shorter one is passed over. */
interface Reading {
  name: string
  length?: number
  read: (value: DataView, littleEndian: boolean) => unknown
  /** It may come more than once; its values are gathered in a list. */
  repeated?: true
}

export type OptionTable = Record<number, Reading>

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

/** UTF-8, with U+FFFD for what is none; as in C, a NUL ends it. */
function text(value: DataView): string {
  if (value.byteLength === 0) return '' // the decoder would take most of a parse for files full of these
  const decoded = decoder.decode(value)
  const nul = decoded.indexOf('\0')
  return nul < 0 ? decoded : decoded.slice(0, nul)
}
const u8 = (value: DataView) => value.getUint8(0)
const i32 = (value: DataView, littleEndian: boolean) => value.getInt32(0, littleEndian)
const u64 = (value: DataView, littleEndian: boolean) => value.getBigUint64(0, littleEndian).toString()
const i64 = (value: DataView, littleEndian: boolean) => value.getBigInt64(0, littleEndian).toString()
const hex = (value: DataView, at: number) => value.getUint8(at).toString(16).padStart(2, '0')
const octets =
  (count: number, separator: string, write: (value: DataView, at: number) => string) => (value: DataView) =>
    Array.from({ length: count }, (_, i) => write(value, i)).join(separator)
const mac = octets(6, ':', hex)
const eui = octets(8, ':', hex)
const dotted = octets(4, '.', (value, at) => String(value.getUint8(at)))
const groups = octets(8, ':', (value, at) => value.getUint16(at * 2).toString(16))
const ipv4 = (value: DataView) => `${dotted(value)}/${dotted(new DataView(value.buffer, value.byteOffset + 4, 4))}`
const ipv6 = (value: DataView) => `${groups(value)}/${value.getUint8(16)}`
function filter(value: DataView): string {
  if (value.getUint8(0) === 0) return text(new DataView(value.buffer, value.byteOffset + 1, value.byteLength - 1))
  return `BPF bytecode, ${Math.floor((value.byteLength - 1) / 8)} instructions`
}

const COMMENT = { name: 'comments', read: text, repeated: true } as const

/** Options of a Section Header Block, by code. §4.1. */
export const SHB_OPTIONS = {
  1: COMMENT,
  2: { name: 'shb_hardware', read: text },
  3: { name: 'shb_os', read: text },
  4: { name: 'shb_userappl', read: text },
} as const satisfies OptionTable

/** Options of an Interface Description Block, by code. §4.2. */
export const IDB_OPTIONS = {
  1: COMMENT,
  2: { name: 'if_name', read: text },
  3: { name: 'if_description', read: text },
  4: { name: 'if_IPv4addr', length: 8, read: ipv4, repeated: true },
  5: { name: 'if_IPv6addr', length: 17, read: ipv6, repeated: true },
  6: { name: 'if_MACaddr', length: 6, read: mac },
  7: { name: 'if_EUIaddr', length: 8, read: eui },
  8: { name: 'if_speed', length: 8, read: u64 },
  9: { name: 'if_tsresol', length: 1, read: u8 },
  10: { name: 'if_tzone', length: 4, read: i32 },
  11: { name: 'if_filter', length: 1, read: filter },
  12: { name: 'if_os', read: text },
  13: { name: 'if_fcslen', length: 1, read: u8 },
  14: { name: 'if_tsoffset', length: 8, read: i64 },
  15: { name: 'if_hardware', read: text },
  16: { name: 'if_txspeed', length: 8, read: u64 },
  17: { name: 'if_rxspeed', length: 8, read: u64 },
  18: { name: 'if_iana_tzname', read: text },
} as const satisfies OptionTable

/** Options of an Interface Statistics Block, by code. §4.6. */
export const ISB_OPTIONS = {
  1: COMMENT,
  4: { name: 'isb_ifrecv', length: 8, read: u64 },
  5: { name: 'isb_ifdrop', length: 8, read: u64 },
  6: { name: 'isb_filteraccept', length: 8, read: u64 },
  7: { name: 'isb_osdrop', length: 8, read: u64 },
  8: { name: 'isb_usrdeliv', length: 8, read: u64 },
} as const satisfies OptionTable

const OPT_ENDOFOPT = 0
const OPT_COMMENT = 1
const EPB_VERDICT = 7
/** Custom options begin with a Private Enterprise Number. §3.5.1. */
const CUSTOM_OPTIONS = new Set([2988, 2989, 19372, 19373])

/**
 * Read options into `into`, by the names of `table`.
 * @returns what is wrong with them, or `null`
 */
export function readOptions(
  view: DataView,
  from: number,
  to: number,
  littleEndian: boolean,
  table: OptionTable,
  into: object,
): string | null {
  const options = into as Record<string, unknown>
  return eachOption(view, from, to, littleEndian, (code, at, length) => {
    const reading = table[code]
    if (reading === undefined) return null
    if (reading.name === 'if_filter' && length === 0) return 'an if_filter of no bytes'
    if (length < (reading.length ?? 0)) return null
    const earlier = options[reading.name]
    if (earlier !== undefined && !reading.repeated) return null
    const value = reading.read(valueAt(view, at, length), littleEndian)
    if (Array.isArray(earlier)) earlier.push(value)
    else options[reading.name] = reading.repeated ? [value] : value
    return null
  })
}

/**
 * Read the options of an Enhanced or old Packet Block, its comments into `comments`. §4.3, appendix A.
 * @returns what is wrong with them, or `null`
 */
export function readPacketOptions(
  view: DataView,
  from: number,
  to: number,
  littleEndian: boolean,
  comments: string[],
): string | null {
  return eachOption(view, from, to, littleEndian, (code, at, length) => {
    if (code === OPT_COMMENT) comments.push(text(valueAt(view, at, length)))
    const wanted = PACKET_OPTION_LENGTHS.get(code)
    if (wanted !== undefined && length !== wanted)
      return `packet option ${code} of ${length} bytes instead of ${wanted}`
    if (code === EPB_VERDICT && !isVerdict(view, at, length)) return `an epb_verdict of ${length} bytes`
    return null
  })
}

const NOTHING = new DataView(new ArrayBuffer(0))
const valueAt = (view: DataView, at: number, length: number): DataView =>
  length === 0 ? NOTHING : new DataView(view.buffer, view.byteOffset + at, length)

/** epb_flags, epb_dropcount, epb_packetid, epb_queue. */
const PACKET_OPTION_LENGTHS = new Map([
  [2, 4],
  [4, 8],
  [5, 8],
  [6, 4],
])

/** A verdict of Linux eBPF (1 or 2 in its first octet) has 8 octets after the first. */
function isVerdict(view: DataView, at: number, length: number): boolean {
  if (length === 0) return false
  const kind = view.getUint8(at)
  return (kind !== 1 && kind !== 2) || length === 9
}

type VisitOption = (code: number, at: number, length: number) => string | null

/** Visit each option up to `opt_endofopt` or the end of the block. A visitor that returns a problem ends it. */
function eachOption(
  view: DataView,
  from: number,
  to: number,
  littleEndian: boolean,
  visit: VisitOption,
): string | null {
  let at = from
  while (to - at >= 4) {
    const code = view.getUint16(at, littleEndian)
    const length = view.getUint16(at + 2, littleEndian)
    at += 4
    if (length > to - at) return `option ${code} of ${length} bytes, where ${to - at} are left`
    if (code === OPT_ENDOFOPT) return null
    if (CUSTOM_OPTIONS.has(code) && length < 4) return `a custom option of ${length} bytes`
    const problem = visit(code, at, length)
    if (problem !== null) return problem
    at += padded(length)
  }
  return null
}

/** Up to the next multiple of four. */
export const padded = (length: number): number => (length + 3) & ~3

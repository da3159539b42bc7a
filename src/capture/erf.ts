/** Endace's Extensible Record Format, which has neither a file header nor a magic number. Checked against capinfos 4.0.17, not against Endace's own document. */
import { type ErfInterface, ErfMetadata } from './erf-metadata.ts'
import { type RecordsState, RecordWalker } from './records.ts'
import type { Interface, Sink } from './sink.ts'

// Record: timestamp, seconds × 2^32, little-endian 0, type 8, flags 9, record length 10, lost or color 12, wire length 14.
const RECORD_HEADER = 16
/** ERF_LINKTYPE of pcap: each packet has its record's header as a pseudo-header. */
const LINKTYPE = 197

/** Bit of the type, and of an extension header's, that says that another follows. */
const MORE = 0x80
const EXTENSION = 8
const PAD = 48
const META = 27
const LAST_TYPE = 27
/** Bits of the flags: the number of the interface. */
const INTERFACE = 0x03

/** Extension headers that say where a record is from: flow ID, of which 1 is the source; host ID, and from 2 the host. */
const FLOW_ID = 16
const HOST_ID = 17

/** What a file must begin with, as nothing else tells the format: records of one time. */
const RECORDS_TRIED = 20
const MOST_TRIED = 65_536
const YEAR_1990 = 631_152_000
const FURTHEST_APART = 604_800

const MAX_INTERFACES = 4096
/** Most that is kept of what provenance records say of interfaces. Characters, as JSON. */
const MAX_SAID = 1024 * 1024
const SNAPLEN = 65_535

interface ErfState extends RecordsState {
  interfaces: ErfInterface[]
  /** See `MAX_SAID`; and whether there was more. */
  said: number
  leftOut: boolean
  metadata: object
}

/** @returns whether these first bytes can be those of an ERF file */
export const mayBeErf = (head: DataView): boolean =>
  head.byteLength >= RECORD_HEADER && isRecord(head, 0, head.getUint32(4, true)) && !isPad(head, 0)

const typeOf = (view: DataView, at: number): number => view.getUint8(at + 8) & ~MORE
const isPad = (view: DataView, at: number): boolean => typeOf(view, at) === PAD

function isRecord(view: DataView, at: number, seconds: number): boolean {
  const type = typeOf(view, at)
  const time = view.getUint32(at + 4, true)
  return (
    ((type > 0 && type <= LAST_TYPE) || type === PAD) &&
    view.getUint16(at + 10) >= RECORD_HEADER &&
    (type === PAD || (time >= YEAR_1990 && Math.abs(time - seconds) <= FURTHEST_APART))
  )
}

const BEFORE_RECORDS: ErfState = { begun: false, packets: 0, interfaces: [], said: 0, leftOut: false, metadata: {} }

/** Reads ERF; see `RecordWalker`. Holds a whole record, up to 64 KiB, and up to `MAX_INTERFACES` interfaces. */
export class ErfWalker extends RecordWalker<ErfState> {
  protected override readonly recordHeader = RECORD_HEADER
  protected override readonly pseudoHeaders = true
  protected override readonly held = SNAPLEN
  private readonly metadata: ErfMetadata
  /** Where the last record was from, and its interfaces by number; -1 for those not met. */
  private hostHigh = 0
  private hostLow = 0
  private source = 0
  private readonly ids = [-1, -1, -1, -1]

  constructor(sink: Sink, state: ErfState = BEFORE_RECORDS) {
    super(sink, state)
    this.state.interfaces = structuredClone(state.interfaces)
    this.state.metadata = structuredClone(state.metadata)
    this.metadata = new ErfMetadata(this.state.metadata)
    this.packet.linktype = LINKTYPE
  }

  protected override readFileHeader(view: DataView): number | null {
    const seconds = view.getUint32(4, true)
    for (let at = 0, i = 0; i < RECORDS_TRIED && at < MOST_TRIED; i++) {
      const rest = view.byteLength - at
      if (rest < RECORD_HEADER && !this.over) {
        this.ask(at + RECORD_HEADER)
        return null
      }
      if (rest < RECORD_HEADER || !isRecord(view, at, seconds)) {
        if (i > 0 && rest < RECORD_HEADER) break
        this.fault(0, 'unrecognised', 'the file begins like no capture')
        return null
      }
      at += view.getUint16(at + 10)
      if (this.over && at > view.byteLength) {
        if (i > 1) break
        this.fault(0, 'unrecognised', 'the file begins like no capture')
        return null
      }
    }
    this.sink.format('erf')
    this.sink.section({ at: 0, index: 0, byteOrder: 'big', version: '', comments: [] })
    this.sink.opened()
    return 0
  }

  protected override readRecord(view: DataView, at: number, offset: number): number {
    const { packet } = this
    const length = view.getUint16(at + 10)
    if (length < RECORD_HEADER || (length === RECORD_HEADER && !isPad(view, at))) {
      this.fault(offset, 'bad-length', `a record of ${length} bytes`)
      return 0
    }
    packet.caplen = length
    packet.origlen = length
    packet.start = 0
    return length
  }

  protected override readTrailer(view: DataView, end: number): boolean {
    const { packet } = this
    const at = packet.start
    if (isPad(view, at)) return false
    const body = this.readExtensions(view, at, end)
    const number = view.getUint8(at + 9) & INTERFACE
    packet.interfaceId = this.ids[number] ?? -1
    if (packet.interfaceId < 0) packet.interfaceId = this.meet(number)
    if (typeOf(view, at) === META) this.learn(view, body, end)
    return !this.stopped
  }

  /** See where the record is from. @returns where what follows the extension headers begins */
  private readExtensions(view: DataView, record: number, end: number): number {
    let [high, low, source] = [0, 0, 0]
    let at = record + RECORD_HEADER
    for (let type = view.getUint8(record + 8); type & MORE && at + EXTENSION <= end; at += EXTENSION) {
      type = view.getUint8(at)
      if ((type & ~MORE) === HOST_ID) {
        source = view.getUint8(at + 1)
        high = view.getUint16(at + 2)
        low = view.getUint32(at + 4)
      } else if ((type & ~MORE) === FLOW_ID && source === 0) source = view.getUint8(at + 1)
    }
    if (high !== this.hostHigh || low !== this.hostLow || source !== this.source) {
      this.hostHigh = high
      this.hostLow = low
      this.source = source
      this.ids.fill(-1)
    }
    return at
  }

  /** @returns the index of an interface of the host and source in hand */
  private meet(number: number): number {
    const { interfaces } = this.state
    const host = this.host
    let id = interfaces.findIndex(
      (known) => known.host === host && known.source === this.source && known.number === number,
    )
    if (id < 0 && interfaces.length === MAX_INTERFACES) {
      this.fault(this.packet.at, 'too-many-interfaces', `the first ${MAX_INTERFACES} interfaces are kept`)
      return 0
    }
    if (id < 0) {
      id = interfaces.push({ host, source: this.source, number }) - 1
      this.describe(id)
    }
    if (number < this.ids.length) this.ids[number] = id
    return id
  }

  private get host(): string {
    const { hostHigh, hostLow } = this
    if (hostHigh === 0 && hostLow === 0) return ''
    return hostHigh.toString(16).padStart(4, '0') + hostLow.toString(16).padStart(8, '0')
  }

  private describe(id: number) {
    const known = this.state.interfaces[id]
    if (known === undefined) return
    this.tellInterface({ ...describe(known), at: this.packet.at, id })
  }

  /** Take in a metadata record, and tell what it changes. */
  private learn(view: DataView, from: number, to: number) {
    const { interfaces } = this.state
    const { metadata } = this
    metadata.read(view, from, to)
    for (const [number, learnt] of metadata.interfaces) {
      const id = this.meet(number)
      if (this.stopped) return
      if (this.improve(interfaces[id], learnt)) this.describe(id)
    }
    const { filter } = metadata
    for (let id = 0; filter !== undefined && id < interfaces.length; id++) {
      const known = interfaces[id]
      if (known?.host !== this.host || known.source !== this.source) continue
      if (known.filter === undefined && this.improve(known, { filter })) this.describe(id)
    }
    if (metadata.changed) this.sink.section({ at: 0, index: 0, byteOrder: 'big', version: '', ...metadata.section })
  }

  /** @returns whether something is new, and kept */
  private improve(known: ErfInterface | undefined, learnt: Partial<ErfInterface>): boolean {
    if (known === undefined) return false
    const before = JSON.stringify(known)
    const after = JSON.stringify({ ...known, ...learnt })
    if (after === before) return false
    const said = this.state.said + after.length - before.length
    if (said > MAX_SAID) {
      if (!this.state.leftOut)
        this.fault(this.packet.at, 'left-out', `what is said of interfaces beyond ${MAX_SAID} characters`)
      this.state.leftOut = true
      return false
    }
    this.state.said = said
    Object.assign(known, learnt)
    return true
  }
}

/** In the words of Wireshark's tools. */
function describe({ host, source, number, name, description, speed, filter, comment }: ErfInterface) {
  const origin = [host && `Host ${host}`, source > 0 && `Source ${source}`, `Interface ${number}`].filter(Boolean)
  const title = name ?? description ?? `Port ${String.fromCharCode(65 + number)}`
  const where = `(ERF ${origin.join(', ')})`
  return {
    linktype: LINKTYPE,
    snaplen: SNAPLEN,
    if_tsresol: 9,
    ticksPerSecond: 1_000_000_000n,
    precision: 9,
    if_name: `${title} ${where}`,
    if_description: `${description ?? title} ${where}`,
    ...(speed !== undefined && { if_speed: speed }),
    ...(filter !== undefined && { if_filter: filter }),
    comments: comment === undefined ? [] : [comment],
  } satisfies Partial<Interface>
}

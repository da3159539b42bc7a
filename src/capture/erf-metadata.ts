/** Provenance records of ERF: sections of tags that tell of the capture, its host and its interfaces. Tags as capinfos 4.0.17 was seen to use them. */

/** An interface, by where it is, and what a provenance record says of it. */
export interface ErfInterface {
  /** Hexadecimal; empty if it is not known. */
  host: string
  source: number
  number: number
  name?: string
  description?: string
  /** Bits per second, decimal. */
  speed?: string
  filter?: string
  comment?: string
}

// A tag: type 0, length 2, value 4, up to a multiple of four. A section is a tag of its number 0 and length 2.
const TAG_HEADER = 4
const CAPTURE = 0xff00
const HOST = 0xff01
const INTERFACE = 0xff03
const FIRST_SECTION = 0xff00

const COMMENT = 1
const NAME = 12
const DESCRIPTION = 13
const APPLICATION = 16
const SYSTEM = 17
const MODEL = 20
const FILTER = 36
const APPLICATION_VERSION = 47
const SPEED = 66

/** Interfaces of one record that are looked at. */
const MOST_INTERFACES = 256

interface Origin {
  model?: string
  system?: string
  application?: string
  version?: string
  comment?: string
}

const decoder = new TextDecoder()

/** Reads provenance records one after the other. Keeps what the last one of each kind said: `known` is plain JSON. */
export class ErfMetadata {
  /** What the last record said of interfaces, by number. */
  readonly interfaces = new Map<number, Partial<ErfInterface>>()
  /** The filter of all interfaces of the record's origin. */
  filter: string | undefined
  /** Whether the last record changed what is known of the section. */
  changed = false
  private readonly known: Origin

  constructor(known: object) {
    this.known = known
  }

  read(view: DataView, from: number, to: number): void {
    const before = JSON.stringify(this.known)
    this.interfaces.clear()
    this.filter = undefined
    let section = 0
    let described: Partial<ErfInterface> = {}
    for (let at = from; at + TAG_HEADER <= to; ) {
      const type = view.getUint16(at)
      const length = view.getUint16(at + 2)
      const value = at + TAG_HEADER
      if (value + length > to) break
      if (type >= FIRST_SECTION && length >= 2) {
        section = type
        const number = view.getUint16(value) - 1
        described = this.interfaces.get(number) ?? {}
        if (type === INTERFACE && number >= 0 && this.interfaces.size < MOST_INTERFACES)
          this.interfaces.set(number, described)
      } else if (section === CAPTURE || section === HOST || section === INTERFACE) {
        this.take(section, type, new DataView(view.buffer, view.byteOffset + value, length), described)
      }
      at = value + length + (-length & 3)
    }
    this.changed = JSON.stringify(this.known) !== before
  }

  /** As pcapng's options for it. */
  get section() {
    const { model, system, application, version, comment } = this.known
    const program = [application, version].filter((part) => part !== undefined).join(' ')
    return {
      ...(model !== undefined && { shb_hardware: model }),
      ...(system !== undefined && { shb_os: system }),
      ...(program !== '' && { shb_userappl: program }),
      comments: comment === undefined ? [] : [comment],
    }
  }

  private take(section: number, type: number, value: DataView, described: Partial<ErfInterface>) {
    const text = () => decoder.decode(value).replace(/\0.*$/s, '')
    if (section === INTERFACE) {
      if (type === NAME) described.name = text()
      else if (type === DESCRIPTION) described.description = text()
      else if (type === COMMENT) described.comment = text()
      else if (type === FILTER) described.filter = text()
      else if (type === SPEED && value.byteLength >= 8) described.speed = String(value.getBigUint64(0))
    } else if (section === HOST) {
      if (type === MODEL) this.known.model = text()
      else if (type === SYSTEM) this.known.system = text()
    } else if (type === APPLICATION) this.known.application = text()
    else if (type === APPLICATION_VERSION) this.known.version = text()
    else if (type === COMMENT) this.known.comment = text()
    else if (type === FILTER) this.filter = text()
  }
}

/** Captures put together into one, by time. */
import { PcapngWriter } from '../capture/pcapng-writer.ts'
import { Intake, type Notice, type Unit } from './merge-intake.ts'

export interface MergeOptions {
  /** Leave packets out that one of the four before them, those left out counted, has all bytes of: as `editcap -d` does. */
  dropDuplicates?: boolean
}

/** Bytes that are written before they are given out. */
const PIECE = 256 * 1024
/** Interfaces of all sources together. */
const MOST_INTERFACES = 2 ** 20
/** Packets before one among which its duplicate is looked for. editcap's window of 5 counts the packet itself. */
const BEFORE = 4

/**
 * Put captures together, as `mergecap -I none -w` does: all packets by time, into pcapng of one section, little-endian.
 *
 * Of packets with one time, those of the earlier source come first. (mergecap 4.0 takes the later source's; see the tests.) Each source
 * is read in its own order: a packet that is earlier than the one before it in its file comes right after that. One without a time
 * comes as soon as it is its source's next.
 *
 * Interfaces are kept apart, each with all that described it and its own clock; those that the files begin with come first. Packets
 * keep their ticks and their options. A Simple Packet Block becomes an Enhanced one of 1970, as mergecap writes it, for only a section's
 * first interface can have Simple ones. Names, decryption secrets and statistics come where they stood, before the packet that they stood
 * before; so does each custom, journal and Sysdig block that takes a number, but for custom ones that must not be copied. Blocks that
 * no reader here knows are left out, and so are section headers.
 *
 * A source that is damaged, cut short or no capture at all gives what could be read of it. Holds a window of each source, and of the
 * packets before one, where duplicates are looked for, their bytes.
 * @param sources the content of each, decompressed; a chunk need hold only until the next is asked for. All are let go at the end
 * @throws RangeError with words for the owner, where pcapng cannot hold what a source has
 */
export async function* merge(
  sources: AsyncIterable<Uint8Array>[],
  { dropDuplicates = false }: MergeOptions = {},
): AsyncGenerator<Uint8Array> {
  const intakes = sources.map((source) => new Intake(source, sources.length))
  const writer = new MergeWriter()
  const recent = dropDuplicates ? new Recent() : null
  try {
    for (const [i, intake] of intakes.entries()) for (const notice of await intake.open()) writer.note(i, notice)
    for (;;) {
      for (const intake of intakes) {
        intake.next()
        while (intake.wanting) {
          await intake.fill()
          intake.next()
        }
      }
      for (const [i, intake] of intakes.entries()) for (const notice of intake.takeNotices()) writer.note(i, notice)
      const first = earliest(intakes)
      const unit = intakes[first]?.head
      if (!unit) break
      if (!recent?.has(unit)) writer.write(first, unit)
      ;(intakes[first] as Intake).head = null
      if (writer.held >= PIECE) yield writer.take()
    }
    yield writer.take()
  } finally {
    for (const intake of intakes) await intake.close().catch(() => undefined)
  }
}

/** Which source comes next. @returns -1 where all are through */
function earliest(intakes: Intake[]): number {
  let first = -1
  let least: Unit | null = null
  for (let i = 0; i < intakes.length; i++) {
    const head = (intakes[i] as Intake).head
    if (head === null) continue
    if (!head.timed) return i
    if (least !== null && !isEarlier(head, least)) continue
    first = i
    least = head
  }
  return first
}

const isEarlier = (a: Unit, b: Unit): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds)

/** Writes what several sources have, with the interfaces numbered anew. */
class MergeWriter {
  private readonly writer = new PcapngWriter()
  /** By source and its own number of an interface. */
  private readonly ids: number[][] = []
  private interfaces = 0

  constructor() {
    this.writer.section()
  }

  get held(): number {
    return this.writer.held
  }

  take(): Uint8Array {
    return this.writer.take()
  }

  note(source: number, notice: Notice): void {
    const { block } = notice
    if (notice.what === 'interface') {
      this.ids[source] ??= []
      this.ids[source][notice.id] = this.interfaces
      if (block === null) return
      this.interfaces++
      if (this.interfaces > MOST_INTERFACES) throw new RangeError(`more than ${MOST_INTERFACES} interfaces`)
    } else if (notice.what === 'statistics') {
      const id = this.ids[source]?.[notice.id] as number
      new DataView(notice.block.buffer, notice.block.byteOffset).setUint32(8, id, true)
    }
    this.writer.copy(block as Uint8Array)
  }

  write(source: number, { packet, block }: Unit): void {
    if (packet === null) this.writer.copy(block)
    else this.writer.packet({ ...packet, interfaceId: this.ids[source]?.[packet.interfaceId] as number }, null)
  }
}

/** The bytes of the last packets, in copies. */
class Recent {
  private readonly packets: Uint8Array[] = []
  private at = 0

  /** Whether a packet is a duplicate of one of the last. From now on it is among them itself. */
  has({ packet, caplen }: Unit): boolean {
    if (packet === null) return false
    const data = packet.data.subarray(packet.data.length - caplen)
    const known = this.packets.some((other) => isSame(other, data))
    this.packets[this.at] = data.slice()
    this.at = (this.at + 1) % BEFORE
    return known
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

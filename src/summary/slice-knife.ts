/** What cutting a slice takes, whatever the format: to hear what a reader reads, and to keep what is chosen. */
import type { Packet } from '../capture/packet.ts'
import type { Checkpoint } from '../capture/reader.ts'
import type { Frame, Interface, Section, Sink } from '../capture/sink.ts'
import type { Moment } from '../capture/timestamps.ts'
import { momentOf, type Span } from './packet-index.ts'
import type { Choice } from './slice-choice.ts'

/** Bytes of a slice, or where they stand in the source. */
export type Piece = Uint8Array | { at: number; length: number }

/** Where to read from. */
export interface Start {
  at: number
  /** `undefined`: there is nothing that a reader must know, for this is the file's start. */
  from: Checkpoint | undefined
}

/** A sink that is given, one after the other, spans that hold what is chosen, and copies that out of them. */
export abstract class Knife implements Sink {
  readonly snaplen: number
  /** The last packet that was chosen, or one beyond it, has been met. */
  done = false
  protected bytes: Uint8Array = new Uint8Array(0)
  private bytesAt = 0
  private readonly choice: Choice
  private numbersBefore = 0
  private readonly time: Moment = { seconds: 0, nanoseconds: 0 }

  constructor(choice: Choice) {
    this.choice = choice
    this.snaplen = choice.snaplen ?? 0
  }

  /** Make ready for a span. @returns `null` where the source is not what the index says */
  abstract open(span: Span): Promise<Start | null>
  /** What was kept since the last time. */
  abstract take(): Piece[]
  abstract section(section: Section): void
  abstract interface(described: Interface): void
  protected abstract keepPacket(packet: Packet, number: number): void
  protected abstract keepFrame(frame: Frame): void

  /** The bytes in which all that is told next lies in one piece, of which the first stands at `at` in the file. */
  show(bytes: Uint8Array, at: number): void {
    this.bytes = bytes
    this.bytesAt = at
  }

  packet(packet: Packet): void {
    const number = packet.number + this.numbersBefore
    if (this.chooses(number, packet, packet)) this.keepPacket(packet, number)
  }

  frame(frame: Frame): void {
    if (this.chooses(frame.number + this.numbersBefore, frame, null)) this.keepFrame(frame)
  }

  format(): void {}
  opened(): void {}
  packetComment(): void {}
  nameResolution(): void {}
  interfaceStatistics(): void {}
  decryptionSecrets(): void {}
  fault(): void {}

  /** The packet that a reader is told of next is the span's first. @param counted packets that the reader has counted */
  protected begin({ number, before }: Span, counted: number): void {
    this.numbersBefore = number - 1 - counted
    Object.assign(this.time, before === null ? NEVER_YET : momentOf(before))
  }

  /** Where something that was told with this `at` stands in `bytes`. */
  protected place(at: number): number {
    return at - this.bytesAt
  }

  private chooses(number: number, { timed, seconds, nanoseconds }: Packet | Frame, packet: Packet | null): boolean {
    const { choice, time } = this
    if (timed) {
      time.seconds = seconds
      time.nanoseconds = nanoseconds
    }
    if (number >= choice.last) this.done = true
    return choice.has(number, time, packet)
  }
}

/** Before all times. */
const NEVER_YET: Moment = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 }

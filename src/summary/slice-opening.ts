/** What a reader must know in the middle of a file that is one record after the other. */
import { type Checkpoint, openReader } from '../capture/reader.ts'
import type { Interface, Section, Sink } from '../capture/sink.ts'
import { type RangedSource, someRead } from './ranged-source.ts'

/** Read so much of a file at first, to learn how it is laid out, or of an interface. Bytes. */
const BEGINNING = 4096

/** What a reader knows at a packet. Its `at` is of no meaning. */
export interface Opening {
  checkpoint: Checkpoint
  /** Counted so far. */
  packets: number
}

/** Hears of sections and interfaces on the way. */
export type Listener = Pick<Sink, 'section' | 'interface'>

/**
 * Have a reader read what it must know in order to go on at `end`, and leave out what is between.
 * @param runs of records in which interfaces were first met, as a packet index has them; the first begins at 0
 * @returns `null` if there is no packet at the end of one of them, or behind it
 */
export async function openingBefore(
  end: number,
  runs: number[],
  source: RangedSource,
  listener: Listener,
): Promise<Opening | null> {
  let opening: Opening | null = null
  for (let i = 0; i < runs.length; i += 2) {
    const [first, last] = [runs[i] as number, runs[i + 1] as number]
    if (first > 0 && first >= end) break
    opening = await readRun(first, Math.min(last, end), source, listener, opening?.checkpoint)
    if (opening === null) return null
  }
  return opening
}

/** Read from `first` to a packet at `last`, or the next one. */
async function readRun(first: number, last: number, source: RangedSource, listener: Listener, from?: Checkpoint) {
  const scout = new Scout(last, listener)
  const reader = openReader(scout, from && { ...from, at: first })
  scout.checkpoint = () => reader.checkpoint()
  for (let at = first, length = BEGINNING; at < source.size && scout.opening === null && !reader.ended; length *= 2) {
    const chunk = await someRead(source, at, Math.min(length, source.size - at))
    reader.push(chunk)
    at += chunk.length
  }
  if (scout.opening === null) reader.end()
  return scout.opening
}

/** Takes down what its reader knows at the first packet from `last` on. */
class Scout implements Sink {
  readonly snaplen = 0
  opening: Opening | null = null
  checkpoint: () => Checkpoint | null = () => null
  private readonly last: number
  private readonly listener: Listener

  constructor(last: number, listener: Listener) {
    this.last = last
    this.listener = listener
  }

  section(section: Section): void {
    if (this.opening === null) this.listener.section(section)
  }

  interface(described: Interface): void {
    if (this.opening === null) this.listener.interface(described)
  }

  packet({ number, at }: { number: number; at: number }): void {
    if (this.opening !== null || at < this.last) return
    const checkpoint = this.checkpoint()
    if (checkpoint !== null) this.opening = { checkpoint, packets: number }
  }

  format(): void {}
  opened(): void {}
  frame(): void {}
  packetComment(): void {}
  nameResolution(): void {}
  interfaceStatistics(): void {}
  decryptionSecrets(): void {}
  fault(): void {}
}

/** Reads captures in tests: bytes in chunks to facts, or to a list of all that a sink is told. */
import type { Packet } from '../../src/capture/packet.ts'
import { type Checkpoint, openReader } from '../../src/capture/reader.ts'
import type { Sink } from '../../src/capture/sink.ts'
import { type Limits, openStored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { createFacts, type Facts } from '../../src/summary/facts.ts'

/** Cut into chunks of `size` bytes. */
export function* chunksOf(content: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

/** By default in chunks of an odd size, so that records straddle them. */
export function factsOf(content: Uint8Array, chunks: Iterable<Uint8Array> = chunksOf(content, 1_000_003)): Facts {
  const facts = createFacts()
  const reader = openReader(facts)
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return facts.finish(content.length)
}

/** Of a file that may be compressed, fed in chunks of `size` bytes. */
export async function factsOfStored(content: Uint8Array, size = 65_537, limits?: Limits): Promise<Facts> {
  const facts = createFacts()
  const reader = openReader(facts)
  const stored = await openStored(arriving(content, size), nodeEngines, limits)
  for await (const chunk of stored.chunks()) {
    reader.push(chunk)
    if (reader.ended) break
  }
  reader.end(stored.fault)
  return facts.finish(content.length, stored.compression)
}

/** As a stream brings it. */
export async function* arriving(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  yield* chunksOf(content, size)
}

/** The same as facts, with a checkpoint taken and taken up again between any two chunks. */
export function factsByCheckpoints(content: Uint8Array, cuts: number[]): Facts {
  let state: object | undefined
  let checkpoint: Checkpoint | undefined
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut <= from) continue
    const facts = createFacts(state)
    const reader = openReader(facts, checkpoint)
    reader.push(content.subarray(from, cut))
    const taken = reader.checkpoint()
    if (taken === null) continue
    checkpoint = JSON.parse(JSON.stringify(taken))
    state = JSON.parse(JSON.stringify(facts.state))
    from = taken.at
  }
  const facts = createFacts(state)
  const reader = openReader(facts, checkpoint)
  reader.push(content.subarray(from))
  reader.end()
  return facts.finish(content.length)
}

/** A packet as it was told, with its bytes in hexadecimal. */
export type ToldPacket = Omit<Packet, 'data' | 'start'> & { bytes: string }

/** Anything that a sink is told: the callback's name, and what it got. */
export type Told = [callback: string, ...what: unknown[]]

/** Writes down all that it is told. */
export function recorder(snaplen = 262_144): Sink & { told: Told[]; packets: ToldPacket[] } {
  const told: Told[] = []
  const packets: ToldPacket[] = []
  const tell =
    (callback: string) =>
    (...what: unknown[]) => {
      told.push([callback, ...what])
    }
  return {
    snaplen,
    told,
    packets,
    format: tell('format'),
    opened: tell('opened'),
    section: tell('section'),
    interface: tell('interface'),
    packet: ({ data, start, ...packet }) => {
      const held = data.subarray(start, start + Math.min(packet.caplen, snaplen))
      const copy = { ...packet, bytes: Array.from(held, (octet) => octet.toString(16).padStart(2, '0')).join('') }
      packets.push(copy)
      told.push(['packet', copy])
    },
    frame: tell('frame'),
    packetComment: tell('packetComment'),
    nameResolution: tell('nameResolution'),
    interfaceStatistics: tell('interfaceStatistics'),
    decryptionSecrets: tell('decryptionSecrets'),
    fault: tell('fault'),
  }
}

/** Read all of a file into a recorder. */
export function recordingOf(content: Uint8Array, chunkSize = content.length || 1, snaplen?: number) {
  const sink = recorder(snaplen)
  const reader = openReader(sink)
  for (const chunk of chunksOf(content, chunkSize)) reader.push(chunk)
  reader.end()
  return sink
}

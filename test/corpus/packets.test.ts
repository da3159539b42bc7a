/** Every packet beside tshark's row for it: number, time, lengths, interface and encapsulation. */

import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { linktypeOf, UNKNOWN_LINKTYPE } from '../../src/capture/linktypes.ts'
import type { Packet } from '../../src/capture/packet.ts'
import { openReader } from '../../src/capture/reader.ts'
import type { FormatName, Frame, Interface, Sink } from '../../src/capture/sink.ts'
import { createFacts } from '../../src/summary/facts.ts'
import { needs } from '../support/needs.ts'
import { chunksOf } from '../support/reading.ts'
import { NAMED } from './classes.ts'
import { readCorpusFile, readObjects, readTable, tally } from './oracle.ts'
import type { PlainCapture, PlainPacket } from './plain.ts'
import { type PlainStored, readPlainlyStored } from './plain-stored.ts'

interface Listing {
  file: string
  rc: number
  packets: number
  digest: string
  rows?: string[]
}

/** A row of tshark's, and whether it is a packet's. */
interface Row {
  fields: { number: number; time: string; caplen: number; origlen: number; interfaceId: string; encapsulation: string }
  isPacket: boolean
}

describe.skipIf(!needs.corpus.met)('packets of the corpus', () => {
  const classes = tally('packets')
  afterAll(classes.print)

  it('equal those of tshark, or are in a class that says what is right', async () => {
    const columns = new Map(readTable('MANIFEST.tsv').map((row) => [row.file, row]))
    const unexplained: object[] = []
    for (const listing of readObjects<Listing>('oracle/packets.jsonl')) {
      const fileType = columns.get(listing.file)?.file_type ?? ''
      if (NAMED[fileType] !== undefined || listing.file.endsWith('.ncfx')) continue // facts.test.ts sees to them
      const stored = await readPlainlyStored(readCorpusFile(listing.file))
      const found = classOf(listing, stored)
      if (found) classes.add(found, listing.file)
      else unexplained.push({ file: listing.file, packets: listing.packets, rows: listing.rows?.slice(0, 3) })
    }
    expect(unexplained).toEqual([])
  })
})

/** @returns the name of the class by which our rows are right; `null` if they are not */
function classOf({ digest, packets }: Listing, { content, plain, decompression }: PlainStored): string | null {
  const ours = rowsOf(content)
  if (digestOf(ours) === digest) return 'equal'
  if (plain.ticks.includes(0n)) return ours.length === 0 ? 'clock-beyond-64-bits' : null
  if (decompression === 'bad-stream') return ours.length === plain.packets.length ? 'compressed-data-damaged' : null
  // What is left must be tshark's overflows, and nothing else: with them, our rows become its own.
  if (ours.length !== packets) return null
  const isPcapng = plain.ticks.length !== 1 || ours.some(({ fields }) => fields.interfaceId !== '')
  const overflown = withOverflows(ours, plain, isPcapng ? overflownInPcapng : overflownInPcap)
  return digestOf(overflown) === digest ? 'overflows in tshark' : null
}

function digestOf(rows: Row[]): string {
  const hash = createHash('sha256')
  for (const { fields } of rows) hash.update(`${Object.values(fields).join()}\n`)
  return hash.digest('hex')
}

/** Lengths on the wire end at 2^31 - 1, and times are as tshark's own arithmetic has them. */
function withOverflows(rows: Row[], plain: PlainCapture, timeOf: (packet: PlainPacket) => string): Row[] {
  const packets = plain.packets.values()
  return rows.map(({ fields, isPacket }) => {
    const packet = isPacket ? packets.next().value : undefined
    const time = packet === undefined || packet.time === null ? fields.time : timeOf(packet)
    return { isPacket, fields: { ...fields, time, origlen: Math.min(fields.origlen, 2 ** 31 - 1) } }
  })
}

/** A fraction of a second or more stays one, in a signed 32-bit number of nanoseconds. */
function overflownInPcap({ seconds, rest, perSecond }: PlainPacket): string {
  const nanoseconds = Number(BigInt.asIntN(32, rest * (1_000_000_000n / perSecond)))
  return `${nanoseconds < 0 ? '-' : ''}${seconds}.${String(Math.abs(nanoseconds)).padStart(9, '0')}`
}

/** Ticks × 10^9 are taken in 64 bits. */
const overflownInPcapng = ({ seconds, rest, perSecond }: PlainPacket): string =>
  `${seconds}.${String(BigInt.asUintN(64, rest * 1_000_000_000n) / perSecond).padStart(9, '0')}`

/** What `tshark -T fields` gives as frame.number, time_epoch, cap_len, len, interface_id and encap_type. */
function rowsOf(content: Uint8Array): Row[] {
  const rows: Row[] = []
  /** Of each interface: its number in its section. */
  const numbers: number[] = []
  let inSection = 0
  let isPcapng = false
  const sink: Sink = Object.assign(createFacts(), {
    format: (format: FormatName) => {
      isPcapng = format === 'pcapng' || format === 'erf'
    },
    section: () => {
      inSection = 0
    },
    interface: ({ id }: Interface) => {
      numbers[id] ??= inSection++ // one may be told again
    },
    packet: (packet: Packet) => {
      const { encapsulation } = linktypeOf(packet.linktype) ?? UNKNOWN_LINKTYPE
      const interfaceId = isPcapng ? String(numbers[packet.interfaceId]) : ''
      rows.push({ isPacket: true, fields: { ...common(packet), interfaceId, encapsulation: String(encapsulation) } })
    },
    frame: (frame: Frame) => {
      rows.push({ isPacket: false, fields: { ...common(frame), interfaceId: '', encapsulation: '' } })
    },
  })
  const reader = openReader(sink)
  for (const chunk of chunksOf(content, 65_537)) reader.push(chunk)
  reader.end()
  return rows
}

const common = ({ number, timed, seconds, nanoseconds, caplen, origlen }: Packet | Frame) => ({
  number,
  time: timed ? `${seconds}.${String(nanoseconds).padStart(9, '0')}` : '',
  caplen,
  origlen,
})

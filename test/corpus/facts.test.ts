/** Our facts beside those of capinfos, field by field, for every capture of the corpus. */
import { afterAll, describe, expect, it } from 'vitest'
import { linktypeOf, UNKNOWN_LINKTYPE } from '../../src/capture/linktypes.ts'
import type { Facts, InterfaceFacts } from '../../src/summary/facts.ts'
import { needs } from '../support/needs.ts'
import { factsOfStored } from '../support/reading.ts'
import { CLASSES, NAMED, type Row } from './classes.ts'
import { type Columns, type Report, readCorpusFile, readObjects, readTable, tally } from './oracle.ts'
import { readPlainlyStored } from './plain-stored.ts'

describe.skipIf(!needs.corpus.met)('facts of the corpus', () => {
  const classes = tally('facts')
  afterAll(classes.print)

  it('equal those of capinfos, or are in a class that says what is right', async () => {
    const reports = new Map(
      readObjects<{ file: string; info: Report | null }>('oracle/capinfos-4.0.17.jsonl').map(({ file, info }) => [
        file,
        info,
      ]),
    )
    const unexplained: Row[] = []
    for (const columns of readTable('MANIFEST.tsv')) {
      const file = columns.file ?? ''
      const content = readCorpusFile(file)
      const facts = await factsOfStored(content)
      if (columns.rc !== '2' && NAMED[columns.file_type ?? ''] !== undefined) {
        const named =
          facts.verdict === 'refused' && facts.faults[0]?.message.includes(NAMED[columns.file_type ?? ''] ?? '')
        if (named) classes.add('formats refused by name', file)
        else unexplained.push({ file, ours: JSON.stringify(facts.faults) })
        continue
      }
      const ours = rowOf(facts)
      const oracle = oracleRow(columns, reports.get(file) ?? {})
      const tried = { file, ...(await readPlainlyStored(content)), oracle }
      const applying = CLASSES.filter((candidate) => candidate.applies(tried))
      let differs = false
      for (const column of Object.keys(oracle)) {
        if (ours[column] === oracle[column]) continue
        differs = true
        const right = applying.map((candidate) => [candidate.name, candidate.expected(tried)] as const)
        const refused = right.find(([, row]) => row.verdict === 'refused' && ours.verdict === 'refused')
        const found = refused ?? right.find(([, row]) => row[column] !== undefined && row[column] === ours[column])
        if (found) classes.add(found[0], file)
        else unexplained.push({ file, column, ours: ours[column] ?? '', oracle: oracle[column] ?? '' })
      }
      if (!differs) classes.add('files that are equal', file)
    }
    expect(unexplained).toEqual([])
  })
})

const VERDICTS: Record<string, string> = { 0: 'whole', 1: 'truncated' }

/** The columns of capinfos that are compared. After an error it prints none: we keep what was read. */
function oracleRow(columns: Columns, report: Report): Row {
  const rejected = columns.rc === '2'
  const opened = /An error occurred after reading (\d+) packets/.exec(columns.error ?? '')
  const verdict = VERDICTS[columns.rc ?? ''] ?? (opened ? 'damaged' : 'refused')
  if (rejected) return opened ? { verdict, packets: opened[1] ?? '' } : { verdict }
  const interfaces = report.interfaces ?? report.sections?.[0]?.interfaces ?? []
  return {
    verdict,
    ...Object.fromEntries(COMPARED.map((column) => [column, columns[column] ?? ''])),
    comments: commentsOf(columns),
    ...Object.fromEntries(interfaces.flatMap(interfaceLines)),
  }
}

const COMPARED =
  `file_type compression encapsulation encap_counts time_precision snaplen snaplen_inferred_min snaplen_inferred_max
  packets file_size data_size duration first_time last_time byte_rate bit_rate avg_packet_size packet_rate
  strict_time_order hardware os application interfaces_count resolved_ipv4 resolved_ipv6 decryption_secrets
  sections_count`.split(/\s+/)

/** An empty comment is not printed. */
function commentsOf({ comments = '' }: Columns): string {
  const listed: (string | string[] | null)[] = JSON.parse(comments || '[]')
  return JSON.stringify(listed.flatMap((entry) => entry ?? []).filter((comment) => comment !== ''))
}

const interfaceLines = ({ index, ...lines }: Columns): [string, string][] =>
  Object.entries(lines).map(([line, value]) => [`interface ${index}: ${line}`, value])

const PLACES: Record<string, string> = {
  seconds: 'seconds (0)',
  deciseconds: 'deciseconds (1)',
  centiseconds: 'centiseconds (2)',
  milliseconds: 'milliseconds (3)',
  microseconds: 'microseconds (6)',
  nanoseconds: 'nanoseconds (9)',
  'per-packet': 'per-packet (-1)',
  unknown: 'UNKNOWN (-2)',
}

/** Our facts, as capinfos would print them. */
function rowOf(facts: Facts): Row {
  const several = facts.sectionCount > 1
  // Of records without a time nothing is printed; of no records at all, n/a.
  const none = facts.packets === 0 && facts.strictTimeOrder === 'True' ? 'n/a' : ''
  const rate = (value: string) => (facts.duration === null ? none : value)
  const counts = facts.encapsulations.filter(({ name }) => name !== 'Unknown').map(({ name, count }) => [name, count])
  const ofSection = (what: 'hardware' | 'os' | 'application') =>
    several ? listOf(facts.sections.map((section) => section[what])) : (facts.sections[0]?.[what] ?? '').trimStart()
  const countOrNone = (count: number) => (count === 0 ? '' : String(count))
  return {
    verdict: facts.verdict,
    file_type: facts.fileType ?? '',
    compression: facts.compression === null ? '' : `${facts.compression} compressed`,
    encapsulation: facts.encapsulation,
    encap_counts: facts.encapsulation === 'per-packet' && counts.length > 0 ? listOf(counts) : '',
    time_precision: PLACES[facts.timePrecision] ?? '',
    snaplen: String(facts.snaplen ?? ''),
    snaplen_inferred_min: String(facts.snaplenInferred?.min ?? ''),
    snaplen_inferred_max: String(facts.snaplenInferred?.max ?? ''),
    packets: String(facts.packets),
    file_size: String(facts.fileSize),
    data_size: String(facts.dataSize),
    duration: facts.duration ?? none,
    first_time: facts.firstTime ?? none,
    last_time: facts.lastTime ?? none,
    byte_rate: rate(facts.byteRate),
    bit_rate: rate(facts.bitRate),
    avg_packet_size: facts.averagePacketSize,
    packet_rate: rate(facts.packetRate),
    strict_time_order: facts.strictTimeOrder,
    hardware: ofSection('hardware'),
    os: ofSection('os'),
    application: ofSection('application'),
    comments: JSON.stringify(facts.comments.map(inOneLine).filter((comment) => comment !== '')),
    interfaces_count: countOrNone(facts.interfaceCount),
    resolved_ipv4: countOrNone(facts.resolvedIpv4),
    resolved_ipv6: countOrNone(facts.resolvedIpv6),
    decryption_secrets: countOrNone(facts.decryptionSecrets),
    sections_count: several ? String(facts.sectionCount) : '',
    ...Object.fromEntries(
      facts.interfaces.flatMap((described, i) => interfaceLines({ index: String(i), ...linesOf(described) })),
    ),
  }
}

const inOneLine = (text: string) => text.replace(/\r\n|[\r\n]/g, ' ').trimStart()

/** As Python writes JSON, which wrote the oracle. */
const listOf = (list: unknown[]) =>
  JSON.stringify(list, null, 1)
    .replace(/\n\s*(?=[\]}])/g, '')
    .replace(/(?<=[[{])\n\s*/g, '')
    .replace(/\n\s*/g, ' ')

function linesOf(described: InterfaceFacts): Columns {
  const { encapsulation } = linktypeOf(described.linktype) ?? UNKNOWN_LINKTYPE
  const filter = described.if_filter?.startsWith('BPF bytecode') ? undefined : described.if_filter
  const lines = {
    Name: described.if_name,
    Description: described.if_description,
    Encapsulation: `${described.encapsulationName} (${encapsulation} - ${described.encapsulation})`,
    Hardware: described.if_hardware,
    Speed: described.if_speed,
    'Capture length': String(described.snaplen),
    'FCS length': described.if_fcslen === undefined ? undefined : String(described.if_fcslen),
    'Time precision': PLACES[described.timePrecision],
    'Time ticks per second': described.ticksPerSecond,
    'Time resolution':
      described.if_tsresol === undefined ? undefined : `0x${described.if_tsresol.toString(16).padStart(2, '0')}`,
    'Timestamp offset': described.if_tsoffset,
    'Filter string': filter,
    'Operating system': described.if_os,
    Comment: described.comments[0],
    'Number of stat entries': String(described.statistics),
    'Number of packets': String(described.packets),
  }
  return Object.fromEntries(
    Object.entries(lines).flatMap(([line, value]) => (value === undefined ? [] : [[line, value]])),
  )
}

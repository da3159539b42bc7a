/** Display filters, asked of tshark: each finds as many packets as the row that it stands at counts. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { TABLES } from '../../../src/summary/tables.ts'
import {
  conversationFilter,
  endpointFilter,
  lengthFilter,
  nameFilter,
  timeFilter,
} from '../../../src/web/ui/display-filter.ts'
import { momentAt } from '../../../src/web/ui/moments.ts'
import { summaryOfFile } from '../../summary/oracle-tables.ts'
import { manyConversations } from '../../support/conversations.ts'
import { needs } from '../../support/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'pcaport-filters-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Packets that tshark finds by each filter, in one run. */
function found(path: string, filters: string[]): number[] {
  const text = execFileSync('tshark', ['-n', '-q', '-r', path, '-z', `io,stat,0,${filters.join(',')}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  })
  const line = text.split('\n').find((one) => /^\|\s*[\d.]+ <>/.test(one)) ?? ''
  const cells = line.split('|').map((cell) => cell.trim())
  return filters.map((_, i) => Number(cells[2 + i * 2])) // packets and bytes of each
}

/** What our rows of a file count, by the filter that should find it. */
function wanted(path: string, rows: number): [filter: string, packets: number][] {
  const summary = summaryOfFile(path)
  if (!summary) throw new Error(`${path} was not read`)
  const tables = summary.finish(rows)
  return [
    ...TABLES.flatMap((name) => [
      ...tables.conversations[name].rows.flatMap((row): [string, number][] => {
        const packets = row.packetsAToB + row.packetsBToA
        const filters = [false, true].map((byStream) => conversationFilter(name, row, byStream))
        return [...new Set(filters)].map((filter) => [filter, packets])
      }),
      ...tables.endpoints[name].rows.map((row): [string, number] => [
        endpointFilter(name, row),
        row.packetsSent + row.packetsReceived,
      ]),
    ]),
    ...tables.lengths.map(({ from, to, packets }): [string, number] => [lengthFilter(from, to), packets]),
  ]
}

describe.skipIf(!needs.tshark.met)('display filters', () => {
  it('find what rows of conversations, endpoints and lengths count', () => {
    const path = join(folder, 'many.pcap')
    writeFileSync(path, manyConversations(200))
    const rows = wanted(path, 4)
    expect(
      found(
        path,
        rows.map(([filter]) => filter),
      ),
    ).toEqual(rows.map(([, packets]) => packets))
  })

  it('find the packets of a span of time', () => {
    const path = join(folder, 'span.pcap')
    writeFileSync(path, manyConversations(200))
    const base = summaryOfFile(path)?.finish().base ?? ''
    // Two packets a millisecond: 50 ms are 100, and the end is not among them.
    expect(found(path, [timeFilter(momentAt(base, 0.1), momentAt(base, 0.15))])).toEqual([100])
  })

  it.skipIf(!needs.corpus.met)('find them in real captures', () => {
    const corpus = process.env.PCAPORT_CORPUS ?? ''
    // Without tunnels, fragments and quoted headers, in which a packet counts otherwise than a filter finds it.
    const files = [
      'captures/KimiNewt__pyshark/tests/data/capture_test.pcapng',
      'captures/JarryShaw__PyPCAPKit/sample/in.pcap',
      'captures/dotpcap__sharppcap/Test/capture_files/10k_packets.pcap',
      'captures/seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/example.pcap',
    ]
    for (const file of files) {
      const rows = wanted(join(corpus, file), 3)
      expect(
        found(
          join(corpus, file),
          rows.map(([filter]) => filter),
        ),
        file,
      ).toEqual(rows.map(([, packets]) => packets))
    }
  })

  it.skipIf(!needs.corpus.met)('find names', () => {
    const path = join(
      process.env.PCAPORT_CORPUS ?? '',
      'captures/seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/example.pcap',
    )
    const names = summaryOfFile(path)?.finish().names
    const filters = (['dns', 'tls', 'http'] as const).flatMap((kind) =>
      (names?.[kind].rows ?? []).slice(0, 4).map(({ name }) => nameFilter(kind, name)),
    )
    expect(filters.length).toBeGreaterThan(6)
    for (const packets of found(path, filters)) expect(packets).toBeGreaterThan(0)
  })

  it('take quotes and backslashes in names as text', () => {
    const path = join(folder, 'few.pcap')
    writeFileSync(path, manyConversations(2))
    expect(found(path, [nameFilter('http', 'a"b\\c'), nameFilter('dns', '") || frame || ("')])).toEqual([0, 0])
  })
})

/** How every broken or hostile file of the corpus ends, beside what capinfos makes of it. */
import { createReadStream, readFileSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { createFacts, type Facts } from '../../src/summary/facts.ts'
import { factsOf } from '../support/reading.ts'
import {
  CORPUS,
  type Columns,
  corpusPath,
  filesBelow,
  hasCaptureMagic,
  readCorpusFile,
  readTable,
  tally,
} from './oracle.ts'
import { isOddFromTheStart, type PlainCapture, readPlainly } from './plain.ts'

/** Milliseconds that the reading of a file may take: a start, and so much for each byte. */
const allowed = (size: number) => 250 + size / 5_000

const OURS: Record<Facts['verdict'], string> = {
  whole: 'accepted',
  truncated: 'partial',
  damaged: 'error-after-N-packets',
  refused: 'rejected-at-open',
}

describe.skipIf(CORPUS === undefined)('verdicts of the corpus', () => {
  const classes = tally('verdicts')
  afterAll(classes.print)

  it('are those of capinfos, or are in a class that says what is right', () => {
    const unexplained: object[] = []
    for (const columns of readTable('bad/EXPECTATIONS.tsv')) {
      const file = columns.file ?? ''
      const content = readCorpusFile(`bad/${file}`)
      const facts = factsOf(content)
      const found = classOf(columns, content, facts)
      if (found) classes.add(found, file)
      else unexplained.push({ file, ...seen(facts), oracle: columns.verdict, message: columns.error })
    }
    expect(unexplained).toEqual([])
  })

  it('come for every file without a throw and in time', () => {
    const slow: string[] = []
    for (const file of [...filesBelow('captures'), ...filesBelow('derived'), ...filesBelow('bad')]) {
      const content = readCorpusFile(file)
      const begun = performance.now()
      factsOf(content)
      if (performance.now() - begun > allowed(content.length)) slow.push(file)
    }
    expect(slow).toEqual([])
  })

  it('come for what is large once decompressed, in bounded memory', async () => {
    const expectations = readTable('bad/EXPECTATIONS.tsv').filter(({ file }) => file?.startsWith('huge/'))
    expect(expectations.length).toBeGreaterThan(0)
    for (const columns of expectations) {
      const facts = createFacts()
      const reader = openReader(facts)
      const file = corpusPath(`bad/${columns.file}`)
      for await (const chunk of createReadStream(file).pipe(createGunzip({ chunkSize: 1 << 20 }))) reader.push(chunk)
      reader.end()
      const finished = facts.finish(readFileSync(file).length, 'gzip')
      expect([columns.file, seen(finished).verdict]).toEqual([columns.file, columns.verdict])
      if (columns.data_size) expect(String(finished.dataSize)).toBe(columns.data_size)
      expect(JSON.stringify(facts.state).length).toBeLessThan(8 << 20)
    }
  })
})

const seen = (facts: Facts) => ({
  verdict: OURS[facts.verdict].replace('N', String(facts.packets)),
  packets: String(facts.packets),
  fault: facts.faults.at(-1)?.message,
})

/** @returns the name of the class by which our verdict is right; `null` if it is not */
function classOf(columns: Columns, content: Uint8Array, facts: Facts): string | null {
  const { verdict, packets } = seen(facts)
  const agrees = (theirs = '', theirPackets = '') =>
    theirs === verdict && (theirPackets === '' || theirPackets === packets)
  if (!hasCaptureMagic(content)) {
    if (facts.verdict !== 'refused') return null
    return columns.verdict === 'rejected-at-open' ? 'refused by both' : 'other formats, compressed or no captures'
  }
  if (agrees(columns.verdict, columns.packets)) return 'equal to 4.0.17'
  if (agrees(columns['verdict_4.4.18'], columns['packets_4.4.18'])) return 'equal to 4.4.18'
  if (columns.file_type && !/pcap/.test(columns.file_type))
    return facts.verdict === 'refused' ? 'taken for something else by capinfos' : null
  const plain = readPlainly(content)
  if (isOddFromTheStart(plain)) return verdict === plainVerdict(plain) ? 'taken for a pcap variant by capinfos' : null
  if (isOverlongSecret(columns)) return verdict === 'error-after-0-packets' ? 'secrets longer than their block' : null
  return null
}

const plainVerdict = ({ end, packets }: PlainCapture) =>
  end === 'whole' ? 'accepted' : end === 'cut' ? 'partial' : `error-after-${packets.length}-packets`

/** capinfos reads such secrets past the end of their block, and so finds the file cut short. */
const isOverlongSecret = ({ file, verdict }: Columns) => verdict === 'partial' && /\/dsb_/.test(file ?? '')

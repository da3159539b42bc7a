/** How every broken or hostile file of the corpus ends, beside what capinfos makes of it. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Facts } from '../../src/summary/facts.ts'
import { needs } from '../support/needs.ts'
import { factsOfStored } from '../support/reading.ts'
import { type Columns, filesBelow, readCorpusFile, readTable, tally } from './oracle.ts'

/** Milliseconds that the reading of a file may take: a start, and so much for each byte. */
const allowed = (size: number) => 250 + size / 5_000

/** The same for a file that holds far more than its size: the limits on decompression stop it. */
const MOST_FOR_A_BOMB = 5_000

const OURS: Record<Facts['verdict'], string> = {
  whole: 'accepted',
  truncated: 'partial',
  damaged: 'error-after-N-packets',
  refused: 'rejected-at-open',
}

describe.skipIf(!needs.corpus.met)('verdicts of the corpus', () => {
  const classes = tally('verdicts')
  afterAll(classes.print)

  it('are those of capinfos, or are in a class that says what is right', async () => {
    const unexplained: object[] = []
    for (const columns of readTable('bad/EXPECTATIONS.tsv')) {
      const file = columns.file ?? ''
      const facts = await factsOfStored(readCorpusFile(`bad/${file}`))
      const found = classOf(columns, facts)
      if (found) classes.add(found, file)
      else unexplained.push({ file, ...seen(facts), oracle: columns.verdict, message: columns.error })
    }
    expect(unexplained).toEqual([])
  })

  it('come for every file without a throw and in time', async () => {
    const slow: string[] = []
    for (const file of [...filesBelow('captures'), ...filesBelow('derived'), ...filesBelow('bad')]) {
      const content = readCorpusFile(file)
      const begun = performance.now()
      const facts = await factsOfStored(content)
      const took = performance.now() - begun
      if (took > allowed(content.length) && took > MOST_FOR_A_BOMB) slow.push(file)
      expect(JSON.stringify(facts).length).toBeLessThan(8 << 20)
    }
    expect(slow).toEqual([])
  })
})

const seen = (facts: Facts) => ({
  verdict: OURS[facts.verdict].replace('N', String(facts.packets)),
  packets: String(facts.packets),
  fault: facts.faults.at(-1)?.message,
})

/** @returns the name of the class by which our verdict is right; `null` if it is not */
function classOf(columns: Columns, facts: Facts): string | null {
  const { verdict, packets } = seen(facts)
  const agrees = (theirs = '', theirPackets = '') =>
    theirs === verdict && (theirPackets === '' || theirPackets === packets)
  const last = facts.faults.at(-1)?.what
  if (agrees(columns.verdict, columns.packets)) return 'equal to 4.0.17'
  if (agrees(columns['verdict_4.4.18'], columns['packets_4.4.18'])) return 'equal to 4.4.18'
  if (columns.file_type && ACCIDENTS.includes(columns.file_type))
    return facts.verdict === 'refused' ? 'no capture, though capinfos takes it' : null
  if (last === 'bomb') return Number(columns.packets) > facts.packets ? 'bombs, which end early' : null
  // capinfos does not miss a stream's last checksum, and takes a frame that is cut for all there is.
  if (last === 'truncated-stream')
    return verdict === 'partial' && packets === columns.packets ? 'cut compressed streams' : null
  // capinfos loses what it had in its buffer, or does not look at what follows the last frame.
  if (last === 'bad-stream') {
    const theirs = columns.packets || /^error-after-(\d+)/.exec(columns.verdict ?? '')?.[1]
    return facts.packets >= Number(theirs ?? 0) ? 'damaged compressed streams' : null
  }
  if (isOverlongSecret(columns)) return verdict === 'error-after-0-packets' ? 'secrets longer than their block' : null
  return null
}

/** What capinfos takes for a capture for want of a magic number: an empty file, text, a picture. */
const ACCIDENTS = ['erf', 'mime', 'json', 'mp4', 'mpeg', 'logcat-threadtime', 'csids']

/** capinfos reads such secrets past the end of their block, and so finds the file cut short. */
const isOverlongSecret = ({ file, verdict }: Columns) => verdict === 'partial' && /\/dsb_/.test(file ?? '')

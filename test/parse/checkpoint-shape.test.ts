/** A checkpoint outlives the code that wrote it: when what it is made of changes, so must its version. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { VERSION } from '../../src/parse/checkpoint.ts'
import { RunningHash } from '../../src/parse/running-hash.ts'
import { both } from '../../src/summary/both.ts'
import { createFacts } from '../../src/summary/facts.ts'
import { MADE } from '../fuzz/captures.ts'

/** Names of all fields, of lists those of what they list. */
function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, one]) => pathsOf(one, `${path}.${/^\d+$/.test(name) ? '*' : name}`))
}

it('has another version where the states that it holds have other fields', () => {
  const paths = new Set(pathsOf(new RunningHash('MD5').save(), 'hash'))
  const families = new Set<string>()
  for (const { content } of MADE) {
    const facts = createFacts()
    const reader = openReader(both(facts, createFacts()))
    for (let times = 0; times < 4 && reader.checkpoint() === null; times++) reader.push(content())
    const checkpoint = reader.checkpoint()
    if (checkpoint === null) continue // too short to be sure of its variant
    families.add(checkpoint.family)
    for (const path of [...pathsOf(checkpoint.state, checkpoint.family), ...pathsOf(facts.state, 'facts')])
      paths.add(path)
  }
  expect([...families].sort()).toEqual(['btsnoop', 'erf', 'netmon', 'nettl', 'packetlogger', 'pcap', 'pcapng', 'snoop'])
  const shape = createHash('sha256')
    .update([...paths].sort().join('\n'))
    .digest('hex')
    .slice(0, 16)
  // When this fails: raise the first number of VERSION in src/parse/checkpoint.ts, then write both down here.
  expect([VERSION, shape]).toEqual(['1.1.2', '89b5a8eae192d537'])
})

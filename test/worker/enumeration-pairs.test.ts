/** Two faults, one soon after the other: what cleans up after the first meets the second. */
import { describe, expect, it } from 'vitest'
import { REFUSED, UPLOADS, WORK } from '../support/faults-flows.ts'
import { report, walk } from '../support/faults-walk.ts'

const NAMES = [
  'PUT with a length',
  'PUT with an Idempotency-Key, in parts',
  'PUT with a wrong Content-Digest, in parts',
  'delete',
  'parse',
]

describe('every pair of faults', () => {
  it.each(
    [...UPLOADS, ...REFUSED, ...WORK]
      .filter(({ name }) => NAMES.includes(name))
      .map((flow) => [flow.name, flow] as const),
  )(
    'of %s',
    async (_, flow) => {
      const walked = await walk(flow, { modes: [], pairs: true })
      console.log(`in pairs, ${report(walked)}`)
      expect(walked.violations.slice(0, 20)).toEqual([])
      expect(walked.walked).toBeGreaterThan(0)
    },
    120_000,
  )
})

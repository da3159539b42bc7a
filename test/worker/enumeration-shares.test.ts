/** Every call of what works on links and notes, with every fault. docs/adr/0016. */
import { describe, expect, it } from 'vitest'
import { SHARES } from '../support/faults-shares.ts'
import { report, walk } from '../support/faults-walk.ts'

describe('every fault point', () => {
  it.each(SHARES.map((flow) => [flow.name, flow] as const))(
    'of %s',
    async (_, flow) => {
      const walked = await walk(flow)
      console.log(report(walked))
      expect(walked.violations.slice(0, 20)).toEqual([])
      expect(walked.points).toBeGreaterThan(0)
    },
    120_000,
  )
})

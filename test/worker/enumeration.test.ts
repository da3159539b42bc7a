/** Every call of every upload and of all that works on one capture, with every fault. docs/adr/0001. */
import { describe, expect, it } from 'vitest'
import { REFUSED, UPLOADS, WORK } from '../support/faults-flows.ts'
import { report, walk } from '../support/faults-walk.ts'

describe('every fault point', () => {
  it.each([...UPLOADS, ...REFUSED, ...WORK].map((flow) => [flow.name, flow] as const))(
    'of %s',
    async (_, flow) => {
      const walked = await walk(flow)
      console.log(report(walked))
      expect(walked.violations.slice(0, 20)).toEqual([])
      expect(walked.points).toBeGreaterThan(0)
    },
    240_000,
  )
})

/** Every call of every resumable upload, with every fault. docs/adr/0008. */
import { describe, expect, it } from 'vitest'
import { RESUMABLE } from '../support/faults-tus.ts'
import { report, walk } from '../support/faults-walk.ts'

describe('every fault point', () => {
  it.each(RESUMABLE.map((flow) => [flow.name, flow] as const))(
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

/** The test that walks every call of some flows with every fault. */
import { describe, expect, it } from 'vitest'
import { type Flow, report, walk } from './faults-walk.ts'

/** @param timeout of each flow. Milliseconds */
export function everyFaultPoint(flows: readonly Flow[], timeout = 120_000): void {
  describe('every fault point', () => {
    it.each(flows.map((flow) => [flow.name, flow] as const))(
      'of %s',
      async (_, flow) => {
        const walked = await walk(flow)
        console.log(report(walked))
        expect(walked.violations.slice(0, 20)).toEqual([])
        expect(walked.walked).toBeGreaterThan(0)
      },
      timeout,
    )
  })
}

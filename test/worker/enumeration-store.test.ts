/** What the cron does with the whole store, every call of it with every fault. docs/adr/0001. */
import { describe, expect, it } from 'vitest'
import { CRON } from '../support/faults-flows.ts'
import { report, walk } from '../support/faults-walk.ts'

/** For walks with many calls, each of which does the same again: a fault of each sort. They go one after the other, which takes its time. */
const SOME = ['refused', 'answer lost', 'dies before', 'acts very late', 'outage'] as const

describe('every fault point', () => {
  it.each(CRON.map((flow) => [flow.name, flow] as const))(
    'of %s',
    async (_, flow) => {
      const walked = await walk(flow, /^re(concile|index)$/.test(flow.name) ? { modes: SOME } : {})
      console.log(report(walked))
      expect(walked.violations.slice(0, 20)).toEqual([])
      expect(walked.walked).toBeGreaterThan(0)
    },
    240_000,
  )
})

/**
 * Ends a run with plain lines: what passed only when it was tried again, what was missing where tests were skipped, then how many
 * passed, failed and were skipped.
 * With CI_NOTHING_SKIPPED=1 a run that skipped anything has failed.
 */
import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { needs } from './needs.ts'

export default class SummaryReporter implements Reporter {
  private lines: string[] = []

  onInit(): void {
    // The default reporter, and what the pools print as they end, come before.
    process.once('exit', () => {
      for (const line of this.lines) console.log(line)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.lines = []
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        counts[test.result().state]++
        if (test.diagnostic()?.flaky)
          this.lines.push(`passed at the second try alone: ${module.relativeModuleId} > ${test.fullName}`)
      }
      // A file that could not be loaded has no tests: it has failed all the same.
      if (module.errors().length > 0) counts.failed++
    }
    const skipped = counts.skipped + counts.pending
    if (skipped > 0) {
      for (const { met, otherwise } of Object.values(needs)) if (!met) this.lines.push(`skipped: ${otherwise}`)
      if (process.env.CI_NOTHING_SKIPPED === '1') {
        this.lines.push('failed: CI_NOTHING_SKIPPED is set, and tests were skipped')
        process.exitCode = 1
      }
    }
    this.lines.push(`${counts.passed} passed, ${counts.failed} failed, ${skipped} skipped`)
  }
}

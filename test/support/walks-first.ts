/** Begins with the files that take longest, which no file's length tells: nobody waits for them at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

export default class WalksFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = (file: TestSpecification) =>
      Number(!/\/(enumeration[\w-]*|checkpoint|verdicts)\.test\.ts$/.test(file.moduleId))
    return (await super.sort(files)).sort((a, b) => others(a) - others(b))
  }
}

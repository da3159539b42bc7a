/** How much of a capture one invocation reads before it leaves the rest to the next. */
import type { Settings } from '../store/env.ts'

/** A consumer has 15 minutes of wall time; whoever reads slowly stops here. Milliseconds. */
const MOST_TIME = 8 * 60_000
/** Whoever cannot stop there gives up here. Milliseconds. */
const TOO_MUCH_TIME = 12 * 60_000
/** One member or frame of a compressed file has to be decompressed in one go: it may take so many budgets. */
const MEMBER_BUDGETS = 4

/** Bytes, packets and time. The clock stands still while a Worker computes: it is asked after bytes have come in. */
export class Budget {
  /** Most bytes of content that one member or frame may have. */
  readonly member: number
  private content: number
  private stored: number
  private packets: number
  private readonly begunAt: number
  private readonly clock: () => number

  constructor({ bytes, packets }: Settings['parseBudget'], clock: () => number) {
    this.content = bytes
    this.stored = bytes
    this.packets = packets
    this.member = bytes * MEMBER_BUDGETS
    this.clock = clock
    this.begunAt = clock()
  }

  /** Content has been read. */
  spend(bytes: number, packets = 0): void {
    this.content -= bytes
    this.packets -= packets
  }

  /** Bytes of the file have been read, whatever they hold. */
  spendStored(bytes: number): void {
    this.stored -= bytes
  }

  get spent(): boolean {
    const { content, stored, packets, begunAt } = this
    return content <= 0 || stored <= 0 || packets <= 0 || this.clock() - begunAt >= MOST_TIME
  }

  /** There is no time left to come to a place where one can stop. */
  get overdrawn(): boolean {
    return this.clock() - this.begunAt >= TOO_MUCH_TIME
  }
}

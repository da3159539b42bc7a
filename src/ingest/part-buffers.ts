/** The memory in which uploads of unknown length gather their parts: bounded for the isolate as a whole. */
import { GatewayError } from '../errors.ts'
import type { PeekableSource } from './source.ts'

/** What a part buffer counts for at least. Bytes. */
const PART = 8 * 1024 ** 2
/** Part buffers that all uploads of an isolate may hold together: 8 of 8 MiB, or 6 of 10, half of what an isolate has. Bytes. */
const MOST = 8 * PART
/** Those that the uploads of one account may hold together: slow senders of one never keep all others out. Bytes. */
const MOST_OF_ONE_OWNER = 6 * PART
/** What an upload gathers before it needs a part buffer. Bytes. */
export const SMALL = 32 * 1024
/** How long an upload waits for its turn. Milliseconds. */
const PATIENCE = 120_000
/** A buffer that was not touched for so long belonged to a request that was cut down; it counts as free. Milliseconds. */
const FORGOTTEN = 10 * 60_000

/** Holders of part buffers, and when each last touched its own. */
const holders = new Map<PartBuffer, number>()

/**
 * Gathers bytes up to `size`, in a buffer that doubles as it fills, to a sixteenth, and then has all of it. Beyond 32 KiB it counts as a whole one against what
 * the isolate has for all; who holds one never waits for another, so nobody waits in a ring.
 */
export class PartBuffer {
  #bytes = new Uint8Array(4096)
  #length = 0
  readonly #size: number
  readonly #owner: number
  #countsSince: number | null = null
  #givesWayAfter: number | null
  #gaveWay = false

  /**
   * @param owner the account whose upload it is
   * @param givesWayAfter milliseconds that it may count before who waits for a turn takes it away; `null`: nobody does
   */
  constructor(size: number, owner: number, givesWayAfter: number | null = null) {
    this.#size = size
    this.#owner = owner
    this.#givesWayAfter = givesWayAfter
  }

  get full(): boolean {
    return this.#length === this.#size
  }

  /** When it began to count against the isolate's, in milliseconds since 1970; `null` where it does not. */
  get countsSince(): number | null {
    return this.#countsSince
  }

  /** What was gathered. Holds until the next call. @throws GatewayError `too-slow` where it was taken away */
  get bytes(): Uint8Array {
    if (this.#gaveWay) throw new GatewayError('too-slow')
    return this.#bytes.subarray(0, this.#length)
  }

  /**
   * Take bytes in.
   * @param patience milliseconds to wait for a turn, for who has another place for what does not fit
   * @returns how many were taken; fewer than given only where the buffer is full then, or `patience` was over
   * @throws GatewayError `busy` where no buffer became free, and no `patience` was given; `too-slow` where it was taken away
   */
  async append(chunk: Uint8Array, patience?: number): Promise<number> {
    if (this.#gaveWay) throw new GatewayError('too-slow')
    const room = Math.min(chunk.length, this.#size - this.#length)
    let wanted = this.#length + room
    if (wanted > SMALL && !holders.has(this) && !(await this.#turnCame(patience ?? PATIENCE))) {
      if (patience === undefined) throw new GatewayError('busy')
      wanted = Math.min(wanted, SMALL)
    }
    const taken = wanted - this.#length
    if (wanted > this.#bytes.length) {
      const isMuch = wanted > Math.max(SMALL, this.#size >> 4)
      const larger = new Uint8Array(
        isMuch ? this.#size : Math.min(this.#size, Math.max(wanted, 2 * this.#bytes.length)),
      )
      larger.set(this.bytes)
      this.#bytes = larger
    }
    if (holders.has(this)) holders.set(this, Date.now())
    this.#bytes.set(chunk.subarray(0, taken), this.#length)
    this.#length = wanted
    return taken
  }

  /**
   * Read on until it is full.
   * @param before is called before each read, and may throw
   * @returns whether the source ended before
   */
  async fill(source: PeekableSource, before: () => void | Promise<void> = () => {}): Promise<boolean> {
    while (!this.full) {
      await before()
      const chunk = await source.read()
      if (chunk === null) return true
      const taken = await this.append(chunk)
      if (taken < chunk.length) source.unread(chunk.subarray(taken))
    }
    return false
  }

  /** All that was gathered, which nobody takes away from now on. @throws GatewayError `too-slow` where somebody has */
  keep(): Uint8Array {
    this.#givesWayAfter = null
    return this.bytes
  }

  /** Begin anew in the same memory. */
  clear(): void {
    this.#length = 0
    if (this.#countsSince !== null) this.#countsSince = Date.now()
  }

  /** Begin anew with little memory: what was gathered has gone elsewhere. */
  shrink(): void {
    this.release()
    this.#bytes = new Uint8Array(4096)
  }

  /** Give the memory back. Always called, whatever happened. */
  release(): void {
    holders.delete(this)
    this.#countsSince = null
    this.#bytes = new Uint8Array(0)
    this.#length = 0
  }

  /** What it counts for. Bytes. */
  get #weight(): number {
    return Math.max(this.#size, PART)
  }

  get #isSlow(): boolean {
    const [since, after] = [this.#countsSince, this.#givesWayAfter]
    return since !== null && after !== null && Date.now() - since > after
  }

  // Waiting by the clock, not on a promise of another request's, which dies with it.
  async #turnCame(patience: number): Promise<boolean> {
    const until = Date.now() + patience
    for (;;) {
      for (const [holder, touchedAt] of holders) if (Date.now() - touchedAt > FORGOTTEN) holders.delete(holder)
      const isOwn = (holder: PartBuffer) => holder.#owner === this.#owner
      const weightOf = (buffers: PartBuffer[]) => buffers.reduce((sum, buffer) => sum + buffer.#weight, 0)
      const held = [...holders.keys()]
      const ownsTooMuch = weightOf([...held.filter(isOwn), this]) > MOST_OF_ONE_OWNER
      if (!ownsTooMuch && weightOf([...held, this]) <= MOST) {
        this.#countsSince = Date.now()
        holders.set(this, this.#countsSince)
        return true
      }
      const slow = held.find((holder) => holder.#isSlow && (!ownsTooMuch || isOwn(holder)))
      if (slow) {
        slow.release()
        slow.#gaveWay = true
        continue
      }
      if (Date.now() >= until) return false
      await scheduler.wait(20)
    }
  }
}

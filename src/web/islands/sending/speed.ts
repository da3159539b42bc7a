/** How fast something goes, over the last seconds. */

/** Milliseconds that count. */
const WINDOW = 8000

export class Speed {
  private samples: { at: number; done: number }[] = []

  /** @param done bytes so far; fewer than before: it goes on from there */
  note(done: number, at = performance.now()): void {
    const last = this.samples.at(-1)
    if (last !== undefined && done < last.done) this.samples = []
    this.samples.push({ at, done })
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > WINDOW) this.samples.shift()
  }

  rest(): void {
    this.samples = []
  }

  /** Bytes a second; `null` where that is not known yet. */
  get rate(): number | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)]
    if (first === undefined || last === undefined || last.at - first.at < 500) return null
    return ((last.done - first.done) * 1000) / (last.at - first.at)
  }
}

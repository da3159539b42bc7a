/** One capture on its way to the gateway, by whichever door it has. */
import { type BigIntStats, realpathSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway, Kept, Status } from './gateway.ts'
import { journalOf } from './journal.ts'
import { sendPlainly } from './plain.ts'
import { progressOf } from './progress.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { MAX_KEYLOG_IN_HEADER, sendResumably } from './resumable.ts'
import { tell } from './screen.ts'
import type { Wishes } from './wishes.ts'

/** A file that the gateway has. */
export interface Sent extends Kept {
  path: string
  filename: string
  size: number
  /** Have the next upload of the same file be a new one: to be called when what came of this one is known to the caller. */
  forget(): void
}

/** Gateways without the resumable door: each is asked once. */
const withoutResumption = new Set<string>()

/**
 * Send a file, from where an attempt before was cut off. Until `forget` is called, the same file with the same wishes
 * is the same upload, also for the next process.
 * @throws Refusal
 */
export async function sendFile(gateway: Gateway, path: string, wishes: Wishes, quiet: boolean): Promise<Sent> {
  const before = statSync(path, { bigint: true })
  if (!before.isFile()) throw new Refusal(`${path}: it is no file`)
  const size = Number(before.size)
  if (size === 0) throw new Refusal(`${path}: it is empty`)
  const identity = [`${before.size}`, `${before.mtimeNs}`, { ...wishes, keylog: wishes.keylog?.toString('base64') }]
  const journal = journalOf(realpathSync(path), gateway.host, identity)
  const progress = progressOf(path, size, quiet)
  const file = { path, size, wishes }
  try {
    const resumable =
      !wishes.private && (wishes.keylog?.length ?? 0) <= MAX_KEYLOG_IN_HEADER && !withoutResumption.has(gateway.host)
    let kept = resumable ? await sendResumably(gateway, file, journal, progress) : null
    if (kept === null) {
      if (resumable) withoutResumption.add(gateway.host)
      kept = await sendPlainly(gateway, file, journal, progress)
    }
    progress.end()
    if (!isSame(before, path))
      tell(`${path}: changed while it was uploaded; what is kept may be a mixture: ${kept.url}`)
    return { ...kept, path, filename: wishes.name ?? basename(path), size, forget: journal.forget }
  } catch (error) {
    // What was refused begins anew another time; what was cut off goes on.
    if (!refusalOf(error).passing && journal.entry.uploadUrl === null) journal.forget()
    throw error
  } finally {
    progress.end()
  }
}

function isSame(before: BigIntStats, path: string): boolean {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false })
  return now !== undefined && now.size === before.size && now.mtimeNs === before.mtimeNs
}

/** Longest pause between two questions. Milliseconds. */
const SLOWEST = 5_000

/**
 * Wait until a capture has been read, for as long as that takes.
 * @param told hears of each step of it
 * @throws Refusal
 */
async function outcomeOf(
  gateway: Gateway,
  id: string,
  told: (percent: number | null) => void,
): Promise<Exclude<Status, { status: 'processing' }>> {
  for (let pause = 200; ; pause = Math.min(pause * 1.5, SLOWEST)) {
    const status = await patiently(() => gateway.status(id))
    if (status.status !== 'processing') return status
    told(status.progress ?? null)
    await sleep(pause)
  }
}

/** The outcome of a capture that is waited for, with its progress on the screen. @throws Refusal */
export async function readingOf(gateway: Gateway, id: string, quiet: boolean) {
  const shown = !quiet && process.stderr.isTTY
  const outcome = await outcomeOf(gateway, id, (percent) => {
    if (shown) process.stderr.write(`\r\u001b[Kreading${percent === null ? '' : ` ${percent}%`} …`)
  })
  if (shown) process.stderr.write('\r\u001b[K')
  return outcome
}

/** Ask a few times, where the gateway cannot be reached. */
export async function patiently<T>(question: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof Refusal && error.passing) || attempt === 5) throw error
      await sleep(1_000 * 2 ** attempt)
    }
  }
}

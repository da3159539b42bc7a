/** Sends the files of a folder as they become whole, each once. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from './gateway.ts'
import { about, EXIT, type ExitCode, Refusal, refusalOf } from './refusal.ts'
import { tell } from './screen.ts'
import { type Sent, sendFile } from './sending.ts'
import type { Wishes } from './wishes.ts'

/** A file as it was seen. */
export interface Seen {
  path: string
  name: string
  size: number
  mtimeMs: number
  /** The same for the same bytes under another name, another for a file that was written on or anew. */
  identity: string
}

export interface Work {
  gateway: Gateway
  folder: string
  wishes: Wishes
  quiet: boolean
  /** Whether a file was sent before, by this process or an earlier one. */
  sentBefore(file: Seen): boolean
  /** Of the files that were not sent, those that nobody will write to any more. */
  whole(files: Seen[]): Promise<Seen[]>
  /** Hears of each file that the gateway has, before it is forgotten that it was under way. */
  sent(file: Seen, sent: Sent): void
  /** Whether no more files come. */
  over(): boolean
}

/** Milliseconds between two looks. */
const LOOK = 500
/** Milliseconds of the first pause after the gateway could not be reached, and of the longest. */
const FIRST_PAUSE = 2_000
const LONGEST_PAUSE = 300_000

/** Names of files that their writers will give other names. */
const UNFINISHED = /^\.|\.(part|partial|tmp|temp|new|crdownload|filepart)$|~$/i

/**
 * Go on until `over`, and then until all is sent that can be. While the gateway cannot be reached it is asked again, ever less
 * often; what it refuses is told and left alone until it changes.
 * @returns the exit code of the first file that failed
 * @throws Refusal where the key opens nothing any more, or the folder cannot be read
 */
export async function sendFolder(work: Work): Promise<ExitCode> {
  const refused = new Set<string>()
  let exitCode: ExitCode = EXIT.done
  let pause = FIRST_PAUSE
  for (;;) {
    const over = work.over() // before the look: what comes after it has been seen
    const open = filesIn(work.folder).filter((file) => !work.sentBefore(file) && !refused.has(file.identity))
    const whole = open.length > 0 ? await work.whole(open) : []
    for (const file of whole) {
      try {
        const sent = await sendFile(work.gateway, file.path, work.wishes, work.quiet)
        work.sent(file, sent)
        sent.forget()
        pause = FIRST_PAUSE
      } catch (error) {
        const refusal = refusalOf(error)
        if (refusal.exitCode === EXIT.key) throw refusal
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue // it was taken away
        tell(`pcaport: ${about(file.path, refusal)}`)
        if (refusal.passing && !over) {
          for (const until = Date.now() + pause; Date.now() < until && !work.over(); ) await sleep(LOOK)
          pause = Math.min(pause * 2, LONGEST_PAUSE)
          break // the next would fare the same
        }
        exitCode ||= refusal.exitCode
        if (refusal.passing) return exitCode
        refused.add(file.identity)
      }
    }
    if (over) return exitCode
    await sleep(LOOK)
  }
}

/** The files of a folder, the one written to first in front. @throws Refusal */
export function filesIn(folder: string): Seen[] {
  const names = readNames(folder).filter((name) => !UNFINISHED.test(name))
  const files = names.flatMap((name) => {
    const path = join(folder, name)
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!found?.isFile() || found.size === 0n) return []
    const identity = `${found.ino} ${found.size} ${found.mtimeNs}`
    return [
      {
        path,
        name,
        size: Number(found.size),
        mtimeMs: Number(found.mtimeNs / 1_000_000n),
        order: found.mtimeNs,
        identity,
      },
    ]
  })
  files.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.name < b.name ? -1 : 1))
  return files.map(({ order: _order, ...file }) => file)
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw new Refusal(refusalOf(error).message)
  }
}

/** `pcaport upload`: files, or what comes on standard input. */
import { createReadStream, statSync } from 'node:fs'
import { type Command, read } from './command.ts'
import { type Gateway, gateway, type Kept } from './gateway.ts'
import { untilInterrupted } from './live.ts'
import { sendStream } from './plain.ts'
import { progressOf } from './progress.ts'
import { about, EXIT, type ExitCode, misuse, Refusal, refusalOf } from './refusal.ts'
import { print, tell } from './screen.ts'
import { readingOf, sendFile } from './sending.ts'
import { WISH_FLAGS, WISH_HELP, type Wishes, wishesOf } from './wishes.ts'

export const upload: Command = {
  summary: 'send captures and print their links',
  help: `pcaport upload FILE… [options]
tcpdump -U -w - | pcaport upload - [options]

${WISH_HELP}
  --wait             until the capture has been read; exit 5 where it could not be
  --json             a JSON object a file, one a line, instead of its link
  -q, --quiet        no progress

Prints the link of each capture on standard output, everything else on standard error. What is cut off, by a broken
connection or by the end of this program, goes on where it was when the same command is given again. A file that
fails does not keep the others from being sent; the exit code is that of the first that failed.

-  is standard input, sent as it comes and under a name of --name or the gateway's making; Ctrl-C ends the stream, not
the upload. What is cut off of a stream is not kept.`,
  async run(args) {
    const { words, flags } = read(
      args,
      { ...WISH_FLAGS, wait: { type: 'boolean' }, json: { type: 'boolean' }, quiet: { type: 'boolean', short: 'q' } },
      1,
    )
    const wishes = wishesOf(flags)
    if (wishes.name !== undefined && words.length > 1) throw misuse('--name names one file, and there are several')
    const door = gateway()
    const quiet = flags.has('quiet')
    let exitCode: ExitCode = EXIT.done
    for (const word of words) {
      try {
        const { code, ...told } = await one(door, word, wishes, { quiet, wait: flags.has('wait') })
        print(flags.has('json') ? JSON.stringify(told) : told.url)
        exitCode ||= code
      } catch (error) {
        const refusal = refusalOf(error)
        tell(`pcaport: ${about(word, refusal)}`)
        exitCode ||= refusal.exitCode
        if (refusal.exitCode === EXIT.key) break // the next would fare the same
      }
    }
    return exitCode
  },
}

async function one(door: Gateway, word: string, wishes: Wishes, { quiet, wait }: { quiet: boolean; wait: boolean }) {
  const sent = isStream(word)
    ? { ...(await streamed(door, word, wishes, quiet)), file: word, forget: () => {} }
    : await sendFile(door, word, wishes, quiet).then(({ path, ...rest }) => ({ file: path, ...rest }))
  const { forget, ...told } = sent
  forget()
  if (!wait) return { ...told, code: EXIT.done }
  const outcome = await readingOf(door, told.id, quiet)
  if (outcome.status === 'error') tell(`pcaport: ${word}: was kept, but could not be read: ${outcome.message}`)
  return { ...told, ...outcome, code: outcome.status === 'ok' ? EXIT.done : EXIT.unreadable }
}

/** A pipe is sent as it comes, whatever its name. */
const isStream = (word: string): boolean => word === '-' || statSync(word).isFIFO()

async function streamed(door: Gateway, word: string, wishes: Wishes, quiet: boolean): Promise<Kept> {
  if (word === '-' && process.stdin.isTTY) throw new Refusal('standard input is a terminal: pipe a capture into it')
  const progress = progressOf(word, null, quiet)
  const source = word === '-' ? process.stdin : createReadStream(word)
  try {
    return await sendStream(door, untilInterrupted(source), wishes, progress)
  } finally {
    source.destroy() // a writer that never ends would keep us
    progress.end()
  }
}

/** `pcaport watch`: a folder into which others write captures. */
import { realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Command, read } from './command.ts'
import { positive } from './figures.ts'
import { filesIn, type Seen, sendFolder } from './folder.ts'
import { gateway } from './gateway.ts'
import { openLedger } from './ledger.ts'
import { recogniseFile } from './reading.ts'
import { misuse } from './refusal.ts'
import { print, tell } from './screen.ts'
import { WISH_FLAGS, WISH_HELP, wishesOf } from './wishes.ts'
import { openForWriting } from './writers.ts'

/** Seconds that a file has to stand still. */
const SETTLE = 5

export const watch: Command = {
  summary: 'upload captures as they are finished in a folder',
  help: `pcaport watch DIR [options]

${WISH_HELP.split('\n')
  .filter((line) => !line.includes('--name'))
  .join('\n')}
  --settle SECONDS   a file is complete when it has not changed for so long (${SETTLE}) and no process that this user may
                     look into has it open for writing (Linux)
  --once             send what is complete now, and end
  --json             a JSON object a file, one a line, instead of its link
  --quiet            no progress

Each file is sent once, also when this is stopped, killed or started again, and when a file is renamed; one that is
written on or anew is another. What was sent is written down in $XDG_STATE_HOME/pcaport (~/.local/state/pcaport).
Only captures are sent, known by their first bytes; folders within, hidden files and *.part, *.tmp and the like are not.
While the gateway cannot be reached, it is asked again for as long as it takes.`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        ...WISH_FLAGS,
        settle: { type: 'string' },
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean' },
      },
      1,
      1,
    )
    const folder = words[0] ?? ''
    const wishes = wishesOf(flags)
    if (wishes.name !== undefined) throw misuse('a watched file keeps its own name: --name is for upload')
    const settle = positive('--settle', flags.one('settle') ?? String(SETTLE)) * 1000
    const door = gateway()
    const ledger = await openLedger(folder, door.host, filesIn(folder))
    if (!flags.has('once')) tell(`Watching ${folder} for ${door.host}`)
    try {
      return await sendFolder({
        gateway: door,
        folder,
        wishes,
        quiet: flags.has('quiet'),
        sentBefore: ledger.has,
        whole: settled(folder, settle, flags.has('once')),
        sent(file, { id, url, filename, size }) {
          ledger.add(file, { id, url })
          print(flags.has('json') ? JSON.stringify({ file: file.path, id, url, filename, size }) : url)
        },
        over: () => flags.has('once'),
      })
    } finally {
      ledger.close()
    }
  },
}

/** Picks the captures that have stood still, and that nobody has open for writing. */
function settled(folder: string, settle: number, once: boolean): (files: Seen[]) => Promise<Seen[]> {
  const real = realpathSync(folder)
  let since = new Map<string, number>()
  const kinds = new Map<string, boolean>()
  return async (files) => {
    const now = Date.now()
    since = new Map(files.map(({ identity }) => [identity, since.get(identity) ?? now]))
    const still = files.filter(
      ({ identity, mtimeMs }) => now - mtimeMs >= settle || now - (since.get(identity) ?? now) >= settle,
    )
    const unknown = still.filter(({ identity }) => kinds.get(identity) !== false)
    const writing = unknown.length > 0 ? openForWriting() : new Set()
    const whole: Seen[] = []
    for (const file of unknown) {
      if (writing.has(join(real, basename(file.path)))) {
        if (once) tell(`${file.name}: is still being written`)
        continue
      }
      if (!kinds.has(file.identity))
        kinds.set(file.identity, (await recogniseFile(file.path).catch(() => 'unknown')) === 'capture')
      if (kinds.get(file.identity)) whole.push(file)
      else tell(`${file.name}: is no capture, and is left alone`)
    }
    return whole
  }
}

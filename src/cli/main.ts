#!/usr/bin/env node
/** The `pcaport` command: which of its commands is meant, and how the process ends. */
import { capture } from './capture.ts'
import type { Command } from './command.ts'
import { remove } from './delete.ts'
import { download } from './download.ts'
import { edit } from './edit.ts'
import { VERSION } from './http.ts'
import { info } from './info.ts'
import { keys } from './keys.ts'
import { list } from './list.ts'
import { login } from './login.ts'
import { merge } from './merge.ts'
import { misuse, refusalOf } from './refusal.ts'
import { print, tell } from './screen.ts'
import { search } from './search.ts'
import { share, shares, unshare } from './share.ts'
import { show } from './show.ts'
import { slice } from './slice.ts'
import { upload } from './upload.ts'
import { watch } from './watch.ts'

const COMMANDS: Record<string, Command> = {
  login,
  upload,
  watch,
  capture,
  list,
  search,
  show,
  edit,
  download,
  slice,
  merge,
  share,
  shares,
  unshare,
  delete: remove,
  keys,
  info,
}

const HELP = `pcaport COMMAND …

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

  pcaport COMMAND --help says more; pcaport --version

First:  pcaport login https://pcap.example.com
Then:   pcaport upload traffic.pcapng --tag lab --wait

Environment
  PCAPORT_HOST, PCAPORT_KEY   instead of what login wrote down; a saved key is shown to the host it was saved for alone
  XDG_CONFIG_HOME             config.json is in its folder pcaport (~/.config)
  XDG_STATE_HOME              uploads under way, and what was watched (~/.local/state)
  NODE_EXTRA_CA_CERTS         certificates to be trusted beside the usual ones

Exit codes
  0  done
  1  refused, or failed; standard error says why
  2  asked for wrongly
  3  not logged in, or the gateway does not know the key
  4  the gateway could not be reached, or cannot answer now: the same again may work later
  5  the capture was kept, but could not be read (upload --wait, merge --wait)
  130  interrupted`

async function main(args: string[]): Promise<void> {
  const [name = '', ...rest] = args
  if (name === '' || name === 'help' || name === '--help' || name === '-h') return print(HELP)
  if (name === '--version' || name === '-V') return print(VERSION)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw misuse(`there is no command ${name}; pcaport --help lists them`)
  const flags = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (flags.includes('--help') || flags.includes('-h')) return print(command.help)
  process.exitCode = await command.run(rest)
}

/** End with what went wrong, in words. */
function fail(error: unknown): void {
  const refusal = refusalOf(error)
  tell(`pcaport: ${refusal.message}`)
  process.exitCode = refusal.exitCode
}

// A reader that has seen enough, as `head` does, ends us without a word.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    fail(error)
    process.exit()
  })
await main(process.argv.slice(2)).catch(fail)

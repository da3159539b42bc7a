/** `pcaport login`: which gateway, and by which key. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { keyOf, originOf, saveAccount } from './account.ts'
import { type Command, read } from './command.ts'
import { sizeWords } from './figures.ts'
import { Gateway } from './gateway.ts'
import { EXIT, Refusal } from './refusal.ts'
import { print } from './screen.ts'

export const login: Command = {
  summary: 'write down the gateway and your key',
  help: `pcaport login HOST

  HOST is https://pcap.example.com; without a scheme https is meant, and http on this machine.
  The key is asked for and not shown; where standard input is no terminal, it is read from there:
    pcaport login pcap.example.com < key.txt
  It is never taken from the command line, where everybody on the machine could see it.

  The gateway is asked whether the key opens it; then both are written to
  $XDG_CONFIG_HOME/pcaport/config.json (~/.config/…), readable by you alone.`,
  async run(args) {
    const { words } = read(args, {}, 1, 1)
    const host = originOf(words[0] ?? '')
    const key = keyOf(process.stdin.isTTY ? await asked(`Key for ${host}: `) : await text(process.stdin))
    const { currentFilesCount, filesLimit, maxFileSize } = await new Gateway({ host, key }).limits()
    const path = saveAccount({ host, key })
    print(
      `Logged in at ${host}: ${currentFilesCount} of ${filesLimit} captures, each up to ${sizeWords(maxFileSize)}. Written to ${path}`,
    )
    return EXIT.done
  },
}

/** What is typed, unseen. */
export function asked(question: string): Promise<string> {
  process.stderr.write(question)
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const typing = createInterface({ input: process.stdin, output: unseen, terminal: true })
  return new Promise<string>((resolve, reject) => {
    typing.once('SIGINT', () => reject(new Refusal('nothing was given', EXIT.interrupted)))
    typing.once('line', resolve)
    typing.once('close', () => reject(new Refusal('nothing was given', EXIT.key)))
  }).finally(() => {
    process.stderr.write('\n')
    typing.close()
  })
}

/** `pcaport slice`: some packets of a capture as a capture of their own. */
import { existsSync } from 'node:fs'
import { apiOf } from './api.ts'
import { type Command, read } from './command.ts'
import { intoFile, intoStdout, nameIn, pour } from './download.ts'
import { gateway, idOf } from './gateway.ts'
import { lossWords } from './http.ts'
import { EXIT, misuse, Refusal, unreachable } from './refusal.ts'
import { print } from './screen.ts'

export const slice: Command = {
  summary: 'get some packets of a capture',
  help: `pcaport slice ID|LINK [--from BOUND] [--to BOUND] [-o FILE] [--format pcapng|pcap] [--secrets] [--force]

  --from BOUND        the first packet's number, or a time: 2026-11-29T08:00:00.000000001Z, 1700000000.5
  --to BOUND          the last packet's number, or the time before which all lie
  -o, --output FILE   where to; - is standard output     (else the name that the gateway gives it, in this folder)
  --format pcap       instead of pcapng
  --secrets           with the decryption secrets that the capture holds
  --force             over a file that is there already

Prints the name of the file.`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        from: { type: 'string' },
        to: { type: 'string' },
        output: { type: 'string', short: 'o' },
        format: { type: 'string' },
        secrets: { type: 'boolean' },
        force: { type: 'boolean' },
      },
      1,
      1,
    )
    const id = idOf(words[0] ?? '')
    const format = flags.one('format') ?? 'pcapng'
    if (format !== 'pcapng' && format !== 'pcap') throw misuse(`--format takes pcapng or pcap, not ${format}`)
    const door = gateway()
    const [from, to] = [flags.one('from'), flags.one('to')]
    const query = {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      format,
      ...(flags.has('secrets') ? { secrets: 'true' as const } : {}),
    } as const
    const { pathname, search } = apiOf(door).captures[':id'].slice.$url({ param: { id }, query })
    const answer = await door.ask('GET', `${pathname}${search}`)
    const path = flags.one('output') ?? (nameIn(answer) || `${id}.${format}`)
    if (path !== '-' && !flags.has('force') && existsSync(path)) {
      answer.body.destroy()
      throw new Refusal(`${path}: it is there already; --force overwrites it`)
    }
    await (path === '-' ? intoStdout : intoFile)(path, async (write) => {
      const broken = await pour(answer.body, write)
      if (broken !== null) throw unreachable(lossWords(new URL(door.host), broken))
    })
    if (path !== '-') print(path)
    return EXIT.done
  },
}

/** `pcaport capture`: packets from the wire to the gateway, a file at a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import type { ParseArgsConfig } from 'node:util'
import { type Command, read } from './command.ts'
import { positive } from './figures.ts'
import { sendFolder } from './folder.ts'
import { gateway } from './gateway.ts'
import { EXIT, misuse, Refusal } from './refusal.ts'
import { print, tell } from './screen.ts'
import { WISH_FLAGS, WISH_HELP, wishesOf } from './wishes.ts'

/** Seconds and megabytes (10^6 bytes) of a file; Cloudflare takes at most 100 MB in one request. */
const EVERY = 60
const SIZE = 90
/** Bytes of a pcap file without packets. */
const EMPTY = 24

const FLAGS = {
  ...WISH_FLAGS,
  with: { type: 'string' },
  every: { type: 'string' },
  size: { type: 'string' },
  dir: { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options']

export const capture: Command = {
  summary: 'capture with tcpdump or dumpcap, and upload as it goes',
  help: `pcaport capture [-i IF] [options] [what tcpdump takes: options and a filter]

  sudo pcaport capture -i eth0 --tag edge -s 128 port 53

tcpdump wants root, who logs in for himself, once: sudo pcaport login HOST. dumpcap may be used by whom its group allows.

${WISH_HELP.replace(/--name NAME .*/, '--name NAME        what the names of the files begin with (else the name of this machine)')}
  --every SECONDS    a new file after so long     (${EVERY})
  --size MB          and after so many megabytes  (${SIZE})
  --with PROGRAM     tcpdump or dumpcap           (tcpdump, where there is one)
  --dir DIR          where the files are until they are sent  (a folder of its own in ${tmpdir()})
  --keep             do not delete them then
  --json             a JSON object a file, one a line, instead of its link
  --quiet            no progress

Everything else goes to the program as it is; the names and sizes of files (-w, -C, -G, -W, -b, -r, -z) are pcaport's.
Ctrl-C ends the capture and sends what is left; once more, and what is left stays in the folder, and it is said which.
While the gateway cannot be reached, the files wait there.`,
  async run(args) {
    const { own, others } = divided(args)
    const { flags } = read(own, FLAGS, 0, 0)
    const wishes = wishesOf(flags)
    const every = positive('--every', flags.one('every') ?? String(EVERY))
    const size = positive('--size', flags.one('size') ?? String(SIZE))
    const program = programOf(flags.one('with'))
    const prefix = (wishes.name ?? hostname()).replace(/[^\w.-]+/g, '-')
    const door = gateway()
    const given = flags.one('dir')
    if (given !== undefined) mkdirSync(given, { recursive: true })
    const folder = given ?? mkdtempSync(join(tmpdir(), 'pcaport-capture-'))
    const before = new Set(readdirSync(folder))
    const child = start(program, [...ARGUMENTS[program](prefix, Math.ceil(every), Math.ceil(size)), ...others], folder)
    const sent = new Set<string>()
    const running = () => child.exitCode === null && child.signalCode === null
    const stopping = stopWith(child, folder)
    try {
      const failed = await sendFolder({
        gateway: door,
        folder,
        wishes: { ...wishes, name: undefined },
        quiet: flags.has('quiet'),
        sentBefore: ({ name, identity, size }) =>
          before.has(name) || sent.has(identity) || (size <= EMPTY && !running()),
        whole: async (files) => (running() ? files.slice(0, -1) : files), // it writes to the newest
        sent(file, { id, url, filename, size }) {
          sent.add(file.identity)
          print(flags.has('json') ? JSON.stringify({ file: file.path, id, url, filename, size }) : url)
          if (!flags.has('keep')) rmSync(file.path, { force: true })
        },
        over: () => !running(),
      })
      if (failed !== EXIT.done) tell(`pcaport: ${leftWords(folder)}`)
      else if (given === undefined && !flags.has('keep')) removeEmpty(folder)
      if (stopping.asked || child.exitCode === 0) return failed
      const started = child.pid !== undefined
      throw new Refusal(
        `${program} ${started ? `ended with ${child.exitCode ?? child.signalCode}` : 'could not be started'}`,
      )
    } finally {
      stopping.end()
      if (running()) child.kill('SIGINT')
    }
  },
}

const leftWords = (folder: string): string => `what was not sent is in ${folder}: pcaport watch ${folder} --once`

/** What is pcaport's own, and what goes to the program. @throws Refusal for what would take the files out of our hands */
export function divided(args: string[]): { own: string[]; others: string[] } {
  const own: string[] = []
  const others: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--') {
      others.push(...args.slice(i + 1))
      break
    }
    const [, name = '', value] = /^--([a-z]+)(=.*)?$/s.exec(arg) ?? []
    if (Object.hasOwn(FLAGS, name)) {
      own.push(arg)
      if (FLAGS[name as keyof typeof FLAGS].type === 'string' && value === undefined && i + 1 < args.length)
        own.push(args[++i] ?? '')
    } else if (/^-[wCGWbrz]/.test(arg))
      throw misuse(`${arg.slice(0, 2)} is pcaport's to say: --every and --size divide the capture into files`)
    else others.push(arg)
  }
  return { own, others }
}

const PROGRAMS = ['tcpdump', 'dumpcap'] as const
type Program = (typeof PROGRAMS)[number]

/** Names of files are relative: `%` in a folder's name would be a date to tcpdump. */
const ARGUMENTS: Record<Program, (prefix: string, every: number, megabytes: number) => string[]> = {
  tcpdump: (prefix, every, megabytes) => [
    ...['-w', `${prefix}-%Y%m%dT%H%M%S.pcap`, '-G', String(every), '-C', String(megabytes)],
    ...(process.getuid?.() === 0 ? ['-Z', userInfo().username] : []), // else it becomes a user who cannot write here
  ],
  dumpcap: (prefix, every, megabytes) => [
    ...['-q', '-w', `${prefix}.pcapng`, '-b', `duration:${every}`, '-b', `filesize:${megabytes * 1000}`],
  ],
}

/** @throws Refusal where there is none */
function programOf(wanted: string | undefined): Program {
  const known = PROGRAMS.filter((name) => wanted === undefined || name === wanted)
  if (known.length === 0) throw misuse(`--with takes ${PROGRAMS.join(' or ')}, not ${wanted}`)
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = known.find((name) => folders.some((folder) => existsSync(join(folder, name))))
  if (found === undefined) throw new Refusal(`${known.join(' and ')} cannot be found on PATH: install one of them`)
  return found
}

/** Without the key in its environment, and with all that it says on standard error. */
function start(program: Program, args: string[], folder: string): ChildProcess {
  const { PCAPORT_KEY: _key, ...env } = process.env
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 2, 2] })
  child.on('error', () => {}) // it has no process id then, which is told
  return child
}

/** The first SIGINT or SIGTERM ends the capture, the second one us. */
function stopWith(child: ChildProcess, folder: string) {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const stopping = {
    asked: false,
    end() {
      for (const signal of signals) process.removeListener(signal, asked)
    },
  }
  function asked() {
    if (stopping.asked) {
      tell(`pcaport: ${leftWords(folder)}`)
      process.exit(EXIT.interrupted)
    }
    stopping.asked = true
    child.kill('SIGINT')
  }
  for (const signal of signals) process.on(signal, asked)
  return stopping
}

function removeEmpty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true }) // files without a packet
  rmdirSync(folder)
}

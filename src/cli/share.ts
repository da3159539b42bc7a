/** `pcaport share`, `shares`, `unshare`: links that open one capture for whoever has them. */
import { text } from 'node:stream/consumers'
import { type Command, type Flags, read } from './command.ts'
import { gateway, idOf } from './gateway.ts'
import { asked } from './login.ts'
import { about, EXIT, type ExitCode, misuse, refusalOf } from './refusal.ts'
import { columns, print, tell } from './screen.ts'

/** A link, as the gateway tells of it. */
interface Share {
  id: string
  url: string
  status: string
  expiresAt: string | null
  hasPassword: boolean
  viewLimit: number | null
  views: number
  lastViewedAt: string | null
  keylog: boolean
  packets: { from: number; to: number } | null
  times: { from?: string; to?: string } | null
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

export const share: Command = {
  summary: 'make a link that opens a capture, or a part of it',
  help: `pcaport share ID|LINK [--expires WHEN] [--password -] [--views N] [--packets A-B | --from TIME --to TIME] [--keylog] [--json]

  --expires WHEN   7d (m, h, d, w), or a time as 2027-01-01T00:00:00Z
  --password -     is read from standard input, or asked for; never from the command line
  --views N        it can be opened so often
  --packets A-B    these packets alone; also one: A
  --from, --to     packets of this time alone: 2026-10-01T21:00:05.104Z, or seconds since 1970; --to is not included
  --keylog         the TLS key log goes with it
  --json           the gateway's own object, not the link alone`,
  async run(args) {
    const string = { type: 'string' } as const
    const boolean = { type: 'boolean' } as const
    const options = { expires: string, password: string, views: string, packets: string, from: string, to: string }
    const { words, flags } = read(args, { ...options, keylog: boolean, json: boolean }, 1, 1)
    const id = idOf(words[0] ?? '')
    const wish = { ...wishOf(flags, Date.now()), ...(await passwordOf(flags.one('password'))) }
    const door = gateway()
    const made = await door.json<Share>(
      await door.ask('POST', `/api/v2/captures/${id}/shares`, {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(wish),
      }),
    )
    print(flags.has('json') ? JSON.stringify(made, null, 2) : made.url)
    return EXIT.done
  },
}

export const shares: Command = {
  summary: 'the links of a capture, with their views',
  help: `pcaport shares ID|LINK [--json]

  --json   a JSON object a link, one a line`,
  async run(args) {
    const { words, flags } = read(args, { json: { type: 'boolean' } }, 1, 1)
    const door = gateway()
    const answer = await door.ask('GET', `/api/v2/captures/${idOf(words[0] ?? '')}/shares`)
    const all = (await door.json<{ shares: Share[] }>(answer)).shares
    if (flags.has('json')) for (const one of all) print(JSON.stringify(one))
    else if (all.length === 0) tell('There are none.')
    else print(columns([HEAD, ...all.map(rowOf)], new Set([2])))
    return EXIT.done
  },
}

export const unshare: Command = {
  summary: 'withdraw links',
  help: `pcaport unshare SHARE…

SHARE is a link, or what stands behind its last slash.
One that cannot be withdrawn does not keep the others from it; the exit code is that of the first that failed.`,
  async run(args) {
    const { words } = read(args, {}, 1)
    const ids = words.map(shareIdOf) // all of them are read before one is gone
    const door = gateway()
    let exitCode: ExitCode = EXIT.done
    for (const id of ids) {
      try {
        const { body } = await door.ask('DELETE', `/api/v2/shares/${id}`)
        body.resume()
        tell(`Withdrawn ${id}.`)
      } catch (error) {
        const refusal = refusalOf(error)
        tell(`pcaport: ${about(id, refusal)}`)
        exitCode ||= refusal.exitCode
      }
    }
    return exitCode
  },
}

const HEAD = ['LINK', 'STATUS', 'VIEWS', 'LAST', 'EXPIRES', 'WHAT']

const minuteOf = (time: string | null) => (time ?? '').slice(0, 16).replace('T', ' ')

function rowOf(one: Share): string[] {
  const views = `${one.views}${one.viewLimit === null ? '' : `/${one.viewLimit}`}`
  const { packets, times } = one
  const part = packets
    ? `packets ${packets.from}-${packets.to}`
    : times
      ? `${times.from ?? ''}–${times.to ?? ''}`
      : 'all'
  const words = [part, one.hasPassword ? 'password' : '', one.keylog ? 'key log' : ''].filter((word) => word !== '')
  return [one.url, one.status, views, minuteOf(one.lastViewedAt), minuteOf(one.expiresAt), words.join(', ')]
}

function shareIdOf(word: string): string {
  const id = /(?:^|\/s\/)([0-9a-f]{32})\/?$/i.exec(word)?.[1]
  if (id === undefined) throw misuse(`${word} is no link that shares a capture`)
  return id.toLowerCase()
}

function wishOf(flags: Flags, now: number): object {
  const [views, packets, from, to] = ['views', 'packets', 'from', 'to'].map(flags.one)
  const expires = flags.one('expires')
  if (views !== undefined && !/^[1-9]\d{0,8}$/.test(views)) throw misuse('--views takes a number from 1 on')
  return {
    ...(expires === undefined ? {} : { expiresAt: endOf(expires, now) }),
    ...(views === undefined ? {} : { viewLimit: Number(views) }),
    ...(packets === undefined ? {} : { packets: packetsOf(packets) }),
    ...(from === undefined && to === undefined ? {} : { times: { from, to } }),
    ...(flags.has('keylog') ? { keylog: true } : {}),
  }
}

function endOf(when: string, now: number): string {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(when) ?? []
  const end = count === undefined ? Date.parse(when) : now + Number(count) * (UNITS[unit] ?? 0)
  if (Number.isNaN(end)) throw misuse('--expires takes 30m, 12h, 7d, 2w or a time as 2027-01-01T00:00:00Z')
  return new Date(end).toISOString()
}

function packetsOf(span: string): { from: number; to: number } {
  const [, from, to = from] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(span) ?? []
  if (from === undefined) throw misuse('--packets takes A-B, as 1-500')
  return { from: Number(from), to: Number(to) }
}

async function passwordOf(where: string | undefined): Promise<{ password?: string }> {
  if (where === undefined) return {}
  if (where !== '-')
    throw misuse('--password takes - alone, and reads it: everybody on the machine can see command lines')
  const said = process.stdin.isTTY ? await asked('Password for the link: ') : await text(process.stdin)
  return { password: said.replace(/\r?\n$/, '') }
}

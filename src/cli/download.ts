/** `pcaport download`: the very bytes that were uploaded. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, read } from './command.ts'
import { type Gateway, gateway, idOf } from './gateway.ts'
import { type Answer, lossWords } from './http.ts'
import { type Progress, progressOf } from './progress.ts'
import { EXIT, Refusal, unreachable } from './refusal.ts'
import { print } from './screen.ts'

/** Milliseconds before each further attempt; from the start again after each one that got on. */
const PAUSES = [500, 2_000, 8_000, 20_000]

export const download: Command = {
  summary: 'get a capture as it was uploaded',
  help: `pcaport download ID|LINK [-o FILE] [--force] [-q]

  -o, --output FILE   where to; - is standard output     (else the name that it has there, in this folder)
  --force             over a file that is there already
  -q, --quiet         no progress

A broken connection is taken up where it broke. The file is there when it is whole, and not before; where the gateway
gives a SHA-256, it has been checked. Prints the name of the file.`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        output: { type: 'string', short: 'o' },
        force: { type: 'boolean' },
        quiet: { type: 'boolean', short: 'q' },
      },
      1,
      1,
    )
    const id = idOf(words[0] ?? '')
    const door = gateway()
    const first = await door.download(id, 0, undefined)
    const path = flags.one('output') ?? (nameIn(first) || `${id}.pcap`)
    const isFile = path !== '-'
    if (isFile && !flags.has('force') && existsSync(path)) {
      first.body.destroy()
      throw new Refusal(`${path}: it is there already; --force overwrites it`)
    }
    const total = Number(first.headers['content-length'] ?? Number.NaN)
    const progress = progressOf(path, Number.isNaN(total) ? null : total, flags.has('quiet') || !isFile)
    try {
      await (isFile ? intoFile : intoStdout)(path, (write) => fetchInto(write, door, id, first, progress))
    } finally {
      progress.end()
    }
    if (isFile) print(path)
    return EXIT.done
  },
}

type Write = (chunk: Buffer) => Promise<unknown>

/** The file comes to be when all of it is there. */
export async function intoFile(path: string, fetch: (write: Write) => Promise<void>): Promise<void> {
  const part = `${path}.${process.pid}.part`
  const file = await open(part, 'w')
  try {
    await fetch((chunk) => file.writeFile(chunk))
    await file.close()
    await rename(part, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(part, { force: true })
    throw error
  }
}

export async function intoStdout(_path: string, fetch: (write: Write) => Promise<void>): Promise<void> {
  await fetch(async (chunk) => process.stdout.write(chunk) || once(process.stdout, 'drain'))
}

/** Fetch what `first` began, and go on where it breaks off. @throws Refusal, and what `write` throws */
async function fetchInto(write: Write, door: Gateway, id: string, first: Answer, progress: Progress): Promise<void> {
  const hash = createHash('sha256')
  let answer = first
  let got = 0
  for (let attempt = 0; ; attempt++) {
    const from = got
    const broken = await pour(answer.body, async (chunk) => {
      await write(chunk)
      hash.update(chunk)
      got += chunk.length
      progress.at(got)
    })
    if (broken === null) break
    if (got > from) attempt = 0
    const pause = PAUSES[attempt]
    if (pause === undefined) throw unreachable(lossWords(new URL(door.host), broken))
    await sleep(pause)
    answer = await door.download(id, got, first.headers.etag)
    if (got > 0 && answer.status !== 206) throw new Refusal('the capture changed while it was fetched')
  }
  const wanted = /sha-256=:([^:]+):/.exec(String(first.headers['repr-digest'] ?? ''))?.[1]
  if (wanted !== undefined && hash.digest('base64') !== wanted)
    throw new Refusal('what was received does not have the SHA-256 that the gateway gives: try again')
}

/** @returns what broke the connection, `null` where nothing did @throws what `take` throws */
export async function pour(body: AsyncIterable<Buffer>, take: Write): Promise<Error | null> {
  const chunks = body[Symbol.asyncIterator]()
  for (;;) {
    const next = await chunks.next().catch((error: Error) => error)
    if (next instanceof Error) return next
    if (next.done) return null
    await take(next.value)
  }
}

/** The last part of the name in Content-Disposition (RFC 6266), so that it stays in this folder; empty: there is none. */
export function nameIn({ headers }: Answer): string {
  const disposition = headers['content-disposition'] ?? ''
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1]
  const name = basename((encoded === undefined ? plain : decoded(encoded))?.replaceAll('\\', '/') ?? '')
  return name.replace(/^\.+/, '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** The doors that take a capture in one request: a PUT, or a form where a PUT cannot say all. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { formOf } from './form.ts'
import type { Gateway, Kept } from './gateway.ts'
import type { Answer, Asked } from './http.ts'
import type { Journal } from './journal.ts'
import type { Progress } from './progress.ts'
import { Refusal } from './refusal.ts'
import { tell } from './screen.ts'
import { fieldsOf, type Wishes } from './wishes.ts'

/** Milliseconds before each further attempt. */
const PAUSES = [1_000, 4_000, 15_000]
/** Longest silence while the gateway stores what it got. Milliseconds. */
const STORING = 300_000
/** Characters of options that an address may have. */
const MAX_QUERY = 2_000

/** A file on its way. */
export interface Outgoing {
  path: string
  size: number
  wishes: Wishes
}

/** Send a file, again from its start where the connection breaks; the gateway keeps it once. @throws Refusal */
export async function sendPlainly(
  gateway: Gateway,
  file: Outgoing,
  journal: Journal,
  progress: Progress,
): Promise<Kept> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await attemptPlainly(gateway, file, journal, progress)
    } catch (error) {
      const pause = PAUSES[attempt]
      if (!(error instanceof Refusal && error.passing) || pause === undefined) throw error
      progress.end()
      tell(`${file.path}: ${error.message}; trying again in ${pause / 1000} s`)
      await sleep(pause)
    }
  }
}

async function attemptPlainly(gateway: Gateway, file: Outgoing, journal: Journal, progress: Progress): Promise<Kept> {
  const { path, size, wishes } = file
  const filename = wishes.name ?? basename(path)
  const open = () => counted(createReadStream(path, size > 0 ? { end: size - 1 } : {}), progress)
  const key = { 'Idempotency-Key': journal.entry.idempotencyKey }
  const fields = fieldsOf(wishes, filename)
  const query = new URLSearchParams(fields)
  if (!wishes.private && wishes.keylog === null && `${query}`.length < MAX_QUERY)
    return put(gateway, query, { headers: { 'Content-Length': size, ...key }, body: open(), silence: STORING })
  const { keylog } = wishes
  const { headers, body } = formOf(fields, [
    ...(keylog === null
      ? []
      : [{ name: 'keylog', filename: 'keylog.txt', size: keylog.length, open: () => once(keylog) }]),
    { name: 'file', filename, size, open },
  ])
  const asked = { headers: { ...headers, ...key }, body, silence: STORING }
  return keptIn(
    gateway,
    await (wishes.private
      ? gateway.ask('POST', '/api/v1/upload/private/', asked)
      : gateway.askCloudshark('POST', 'upload', asked)),
  )
}

/** Send what comes for as long as it comes; there is no second attempt. @throws Refusal */
export async function sendStream(gateway: Gateway, body: Readable, wishes: Wishes, progress: Progress): Promise<Kept> {
  if (wishes.private || wishes.keylog !== null)
    throw new Refusal('a stream cannot be sent with --private or --keylog: write it to a file first')
  return put(gateway, new URLSearchParams(fieldsOf(wishes, wishes.name)), { body: counted(body, progress), silence: 0 })
}

async function put(gateway: Gateway, query: URLSearchParams, asked: Asked): Promise<Kept> {
  const type = { 'Content-Type': 'application/vnd.tcpdump.pcap' }
  return keptIn(
    gateway,
    await gateway.askCloudshark('PUT', `upload?${query}`, { ...asked, headers: { ...type, ...asked.headers } }),
  )
}

/** @throws Refusal where the answer says no id */
async function keptIn(gateway: Gateway, answer: Answer): Promise<Kept> {
  const said = await gateway.json<{ id?: string; uuid?: string }>(answer)
  const id = said.id ?? said.uuid
  if (id === undefined) throw new Refusal(`${gateway.host} took the capture, but did not say under which id`)
  return { id, url: linkIn(answer) ?? gateway.linkOf(id) }
}

/** The link that an answer gives, where it gives one. */
export function linkIn({ headers }: Pick<Answer, 'headers'>): string | undefined {
  const link = headers['x-capture-url']
  return typeof link === 'string' ? link : undefined
}

function counted(stream: Readable, progress: Progress): Readable {
  let sent = 0
  return stream.on('data', (chunk: Buffer) => {
    sent += chunk.length
    progress.at(sent)
  })
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** Several captures as one download: a ZIP whose members are stored as they are, made while it is sent. docs/adr/0019. */

import { makeZip, predictLength } from 'client-zip'
import { GatewayError } from '../../errors.ts'
import type { Capture } from '../../store/captures.ts'
import { contentDisposition, TURNING } from '../download.ts'
import type { GatewayContext } from '../gateway.ts'
import { INERT } from '../inert.ts'

/**
 * Answer with all of these. Holds a chunk, and opens one object of R2 at a time; one that is deleted meanwhile breaks the download off, so
 * that nobody takes it for whole.
 */
export function zipped(c: GatewayContext, captures: Capture[], now: Date): Response {
  const { objects } = c.var.store
  const names = distinct(captures.map(({ filename }) => harmless(filename)))
  const members = captures.map((capture, at) => ({
    capture,
    about: { name: names[at] ?? capture.id, size: capture.size, lastModified: new Date(capture.createdAt) },
  }))
  async function* opened() {
    for (const { capture, about } of members) {
      const object = await objects.get(capture.objectKey)
      if (!object || object.size !== capture.size) throw new GatewayError('no-such-capture')
      yield { ...about, input: object.body }
    }
  }
  const length = Number(predictLength(members.map(({ about }) => about)))
  const body = new FixedLengthStream(length)
  const sent = makeZip(opened(), { buffersAreUTF8: true }).pipeTo(body.writable)
  c.executionCtx.waitUntil(sent.catch(() => undefined))
  const day = now.toISOString().slice(0, 10)
  return new Response(body.readable, {
    headers: {
      'Content-Type': 'application/zip',
      'Content-Length': String(length),
      'Content-Disposition': contentDisposition(`captures-${day}.zip`),
      'Cache-Control': 'private, no-store',
      ...INERT,
    },
  })
}

/** What turns the writing direction, and what leads to a drive, a stream of a file or a device where it is unpacked on Windows. */
const harmless = (name: string): string =>
  name
    .replace(TURNING, '_')
    .replace(/[:<>"|?*]/g, '_')
    .replace(/^(?=(con|prn|aux|nul|com\d|lpt\d)(\.|$))/i, '_')

/** `x.cap`, `x (2).cap`: where two differ in case alone, too, for those who unpack them where that does not count. */
function distinct(names: string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const [, stem = name, ending = ''] = /^(.+?)((?:\.[A-Za-z0-9]{1,8}){0,2})$/.exec(name) ?? []
    let free = name
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${stem} (${number})${ending}`
    taken.add(free.toLowerCase())
    return free
  })
}

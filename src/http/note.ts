/** A note on a packet, as any of the APIs may be given one. */
import { GatewayError } from '../errors.ts'
import { stripControls } from '../ingest/options.ts'
import { MAX_ANNOTATIONS, MAX_NOTE } from '../store/annotations.ts'
import type { Capture } from '../store/captures.ts'
import type { GatewayContext } from './gateway.ts'

/** A frame's number, written in digits. @throws GatewayError `bad-option` */
export function frameIn(text: string | undefined): number {
  const frame = /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0
  if (frame === 0) throw new GatewayError('bad-option', 'frame is the number of a packet: 1 or more.')
  return frame
}

/**
 * Write a note on a packet of a capture of the caller's; the one that stood there gives way.
 * @throws GatewayError `bad-option`, `too-many-notes`, `no-such-capture`
 */
export async function annotate(c: GatewayContext, capture: Capture, frame: number, text: string) {
  const { annotations, captures } = c.var.store
  const cleaned = noteOf(text)
  await seeFrame(c, capture, frame)
  const { accountId } = c.var.principal
  const note = await annotations.set(capture.id, accountId, { frame, text: cleaned }, Date.now())
  if (note !== null) return note
  if ((await captures.findOwn(capture.id, accountId)) === null) throw new GatewayError('no-such-capture')
  throw new GatewayError('too-many-notes', `The capture has ${MAX_ANNOTATIONS} notes, and may have no more.`)
}

function noteOf(text: string): string {
  if (text.length > 4 * MAX_NOTE) throw tooLong()
  const cleaned = stripControls(text, true).trim()
  if (cleaned.length > MAX_NOTE) throw tooLong()
  if (cleaned === '') throw new GatewayError('bad-option', 'text holds nothing that could be shown.')
  return cleaned
}

const tooLong = () => new GatewayError('bad-option', `text is longer than ${MAX_NOTE} characters.`)

/**
 * See that a capture may have a packet of this number. Before they are counted, any number may be one. Frames that hold no packet are
 * counted in the summary alone, which is read only for a number beyond the packets'.
 * @param what the option that it stands in
 * @throws GatewayError `bad-option`
 */
export async function seeFrame(
  c: GatewayContext,
  { facts, summaryKey }: Capture,
  frame: number,
  what = 'frame',
): Promise<void> {
  if (facts === null || frame <= facts.packets) return
  const summary =
    summaryKey === null ? null : await c.var.store.objects.json<{ facts: { frames?: number } }>(summaryKey)
  const frames = Math.max(summary?.facts.frames ?? 0, facts.packets)
  if (frame > frames) throw new GatewayError('bad-option', `${what} is ${frame}, and the capture ends with ${frames}.`)
}
